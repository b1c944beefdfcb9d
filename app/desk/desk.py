"""The desk of a station: begin a task, scan, take lines back, finish. Every line is on the disk before it is answered.

What a finished task records goes through one small door (`recording.Recording`); what cannot be recorded now waits, in order, and
is pushed when somebody says so. Used from one thread, the store lane's.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from app.checks import Check
from app.desk import finishing, people, plan
from app.desk.judging import judge
from app.desk.notes import Matching, Note, NoteLine, Reconciled, reconcile
from app.desk.posting import Posting
from app.desk.recording import RECORDED, WAITING, Recording
from app.desk.rules import Setting
from app.desk.session import AMENDS, COUNTED, Line, Mark, Session, Standing, State, Whole
from app.desk.shift import Shift
from app.desk.stock import Held, RecallNotice, expected, stock
from app.desk.tasks import MODES, Ending, Task
from app.desk.trail import Clock, Trail, utc_now, whole_ms
from app.desk.units import Units
from app.store.desk import Post
from chain.errors import BadInput
from chain.journey import Item, Party, Scan

if TYPE_CHECKING:
    from app.station import Station


_JUDGED = frozenset((Mark.TAKEN, Mark.EXTRA, Mark.NOTED, Mark.REFUSED))
_LOOKS_INSIDE = frozenset((Task.CHECK, Task.RECEIVE, Task.SHIP, Task.RETURN, Task.PACK))


@dataclass(frozen=True, slots=True)
class Answer:
    """What the desk says to one scan: the check, the line it became (None where no task is open), and the session after it."""

    check: Check
    line: Line | None
    whole: Whole | None


@dataclass(frozen=True, slots=True)
class Again:
    """What came of judging lines again: the lines that were added, and the number of the next line to look at, 0 for none."""

    lines: tuple[Line, ...]
    next: int


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished session: what it recorded and, for a receipt, how the note came out."""

    whole: Whole
    posts: tuple[Post, ...]
    note: Note | None = None
    against: Reconciled | None = None
    missing: tuple[Held, ...] = ()
    """Of a count: what should be here and was not found."""
    earlier: int = 0
    """How many events of earlier sessions, which had waited for a network, were sent with it."""

    @property
    def waiting(self) -> int:
        """How many of its events wait for a network."""
        return sum(1 for one in self.posts if one.state == WAITING)


class Desk:
    """The desk of an open station.

    Args:
        station: the open profile.
        recording: where events go; the station's own network where it is not given.
        now: the clock.
        shift: who is here, where a desk of this profile in another thread knows that.
    """

    def __init__(
        self, station: Station, recording: Recording | None = None, now: Clock = utc_now, shift: Shift | None = None
    ) -> None:
        self.station = station
        self._now = now
        self.trail = Trail(station, now)
        self.shift = shift or Shift(station, self.trail)
        self.posting = Posting(station, self.shift, self.trail, recording)
        self._rows = station.store.desk
        self._whole: Whole | None = None
        self._note: Note | None = None
        self._matching: Matching | None = None
        self._affected = frozenset[str]()
        opened = self._rows.sessions(State.OPEN, 1)
        if opened:
            self._resume(opened[0])

    # ---- who and where -------------------------------------------------------------------------------------------------

    @property
    def here(self) -> Party:
        """Whose desk this is. Raises BadInput where that was not set."""
        party = self.station.here
        if party is None:
            raise BadInput("This station does not say whose it is: choose that under Settings first.")
        return party

    def remembered(self, name: str) -> str:
        """A choice of this desk that was kept, "" where none was."""
        return str(self.station.store.goods.setting(f"desk/{name}") or "")

    def remember(self, name: str, value: str) -> None:
        """Keep a choice of this desk."""
        with self.station.store.transaction():
            self.station.store.goods.set(f"desk/{name}", value)

    # ---- sessions ------------------------------------------------------------------------------------------------------

    @property
    def open(self) -> Whole | None:
        """The session that is open, None where none is."""
        return self._whole

    @property
    def note(self) -> Note | None:
        """The delivery note of the open session; of a recall or a count the goods it is about."""
        return self._note

    def begin(
        self,
        task: Task,
        *,
        other: str = "",
        note: Note | None = None,
        ending: Ending | None = None,
        recall: RecallNotice | None = None,
    ) -> Whole:
        """Begin a task. Raises BadInput where one is open, or something that it needs was not said."""
        if self._whole is not None:
            raise BadInput("A task is open: finish it first.")
        self.shift.must_be_allowed(task)
        here = self.here
        if MODES[task].other_party:
            known = {one.gln for one in self.station.store.goods.parties()}
            if other not in known or other == here.gln:
                raise BadInput("Say who the goods go to.")
        if note is not None and note.receiver and note.receiver != here.gln:
            raise BadInput(f"This delivery note is for somebody else (GLN {note.receiver}).")
        session = Session(str(uuid.uuid4()), task, self._now(), self.shift.name, here.gln, other, "", ending)
        if task is Task.RECALL:
            if recall is None:
                raise BadInput("Say what the recall is about.")
            note = _list(f"recall/{session.id}", self.affected(recall))
        elif task is Task.COUNT:
            note = _list(f"count/{session.id}", list(expected(stock(self.station.store, here.gln)).values()))
        session = replace(session, note=note.number if note is not None else "")
        with self.station.store.transaction():
            if note is not None:
                self._rows.add_note(note, session.begun)
            self._rows.begin(session)
            self.trail.log(self.shift.name, f"began {task.value}", session.id, session.note)
        return self._take_up(Whole(session), note)

    def _resume(self, session: Session) -> None:
        note = self._rows.note(session.note) if session.note else None
        self._take_up(Whole(session, self._rows.lines(session.id)), note)

    def _take_up(self, whole: Whole, note: Note | None) -> Whole:
        """Go on with a session from what it adds up to; every scan then adds its own line to that."""
        self._whole, self._note, task = whole, note, whole.session.task
        self._matching = Matching(note, whole.standing.counted) if note is not None and task is Task.RECEIVE else None
        self._affected = frozenset(line.key for line in note.lines) if note is not None and task is Task.RECALL else frozenset()
        return whole

    def affected(self, notice: RecallNotice) -> list[Held]:
        """Everything known here that a recall is about, and where it is."""
        return [one for one in stock(self.station.store, self.here.gln) if notice.concerns(one.item)]

    def scan(self, text: str, at: datetime | None = None, via: str = "wedge") -> Answer:
        """Check a scan and, where a task is open, make it a line. A badge signs in and is not kept as a scan: see `sign_in`."""
        if people.is_badge(text):
            raise BadInput("This is a badge, not a product.")
        whole = self._whole
        scan = Scan(text, whole_ms(at or self._now()), self.shift.name, via)
        if whole is None:
            return Answer(self.station.check(scan), None, None)
        check = self.station.judge(scan)
        line = self._append(self._judged(check, whole.standing), check)
        return Answer(check, line, self._whole)

    def _judged(self, check: Check, before: Standing) -> Line:
        """The line that a check becomes behind others."""
        session = self._must_be_open().session
        setting = Setting(self.here.gln, self._matching.ticking if self._matching is not None else None, self._affected)
        unit = None
        if isinstance(check.item, Item) and self.station.trust is not None:
            with self.station.store.reading():
                unit = self._units().find(check.item, look_inside=session.task in _LOOKS_INSIDE)
        return judge(session, before, check, unit, setting)

    def look_again(self, first: int = 1, most: int = 20) -> Again:
        """Judge the next lines of the open task again, after the network took back what verdicts may have rested on.

        A line that would be refused now is taken back, and the refusal stands below it to be acknowledged; a refusal that does
        not hold any more is taken back, and its piece has to be scanned again. `first` is the number of the first line to look
        at, `most` how many: in between scans have their turn.
        """
        whole = self._whole
        if whole is None:
            return Again((), 0)
        lines = [line for line in whole.standing.lines if line.n >= first and line.mark in _JUDGED and line.text][:most]
        fresh = [added for line in lines for added in self._looked_again(line)]
        return Again(tuple(fresh), lines[-1].n + 1 if len(lines) == most else 0)

    def _looked_again(self, line: Line) -> list[Line]:
        whole = self._must_be_open()
        if line.mark is Mark.REFUSED and whole.standing.has(line.key) is not None:
            return []  # it was scanned again meanwhile, and taken
        check = self.station.judge(Scan(line.text, whole_ms(self._now()), line.by, line.via))
        before = Standing.of(one for one in whole.lines if one.n < line.n or one.mark in AMENDS)
        now = self._judged(check, before)
        same = (now.mark is Mark.REFUSED) == (line.mark is Mark.REFUSED)
        if same and (line.mark is not Mark.NOTED or (now.kind, now.code) == (line.kind, line.code)):
            return []
        why = "The network took back what this rested on."
        if line.mark is Mark.REFUSED:
            why = "The network took back what this refusal rested on: scan it again."
        gone = Line(0, self._now(), Mark.UNDONE, key=line.key, name=line.name, by=self.shift.name, why=why, of=line.n)
        added = [self._append(gone)]
        if line.mark is not Mark.REFUSED:
            added.append(self._append(self._judged(check, self._must_be_open().standing), check))
        return added

    def _units(self) -> Units:
        trust = self.station.trust
        if trust is None:
            raise BadInput("This profile belongs to no network yet.")
        return Units(self.station.store, trust)

    def _append(self, line: Line, check: Check | None = None) -> Line:
        """Write a line, and with it the check that it came from: one wait for the disk, not two."""
        whole = self._must_be_open()
        line = replace(line, n=len(whole.lines) + 1)
        with self.station.store.transaction():
            if check is not None:
                self.station.record(check)
            self._rows.add_line(whole.session.id, line)
        self._whole = whole.plus(line)
        if line.mark in AMENDS:
            self._take_up(self._whole, self._note)
        elif self._matching is not None and line.mark in COUNTED:
            self._matching.take(line)
        return line

    def undo(self, n: int = 0) -> Line:
        """Take a line back, the newest where none is named: a line is added that says so. Raises BadInput."""
        whole = self._must_be_open()
        line = next((one for one in whole.standing.lines if one.n == n), None) if n else whole.standing.last()
        if line is None or line.mark in AMENDS:
            raise BadInput("There is nothing to take back.")
        if line.mark is Mark.BOX and any(one.box == line.key for one in whole.standing.counted):
            raise BadInput("There is something in this container: take that back first.")
        words = f"Line {line.n} was taken back."
        return self._append(
            Line(0, self._now(), Mark.UNDONE, key=line.key, name=line.name, by=self.shift.name, why=words, of=line.n)
        )

    def damaged(self, n: int = 0) -> Line:
        """The goods of a line, of the newest where none is named, are damaged. Raises BadInput."""
        whole = self._must_be_open()
        counted = [one for one in whole.standing.counted if not n or one.n == n]
        if whole.session.task is not Task.RECEIVE or not counted:
            raise BadInput("Scan what is damaged first.")
        line = counted[-1]
        if line.n in whole.standing.damaged:
            raise BadInput(f"Line {line.n} is marked as damaged already.")
        words = f"Line {line.n} is damaged."
        return self._append(
            Line(0, self._now(), Mark.DAMAGED, key=line.key, name=line.name, by=self.shift.name, why=words, of=line.n)
        )

    def _must_be_open(self) -> Whole:
        if self._whole is None:
            raise BadInput("No task is open: choose one first.")
        return self._whole

    def progress(self) -> Reconciled | None:
        """The delivery note against what was scanned so far, None where there is none."""
        return self._matching.so_far(self._whole.standing) if self._whole is not None and self._matching is not None else None

    # ---- finishing -----------------------------------------------------------------------------------------------------

    def finish(self) -> Finished:
        """End the open session: what it records is worked out, kept, and sent where there is a network."""
        ended = self.end()
        tried = self.posting.push()
        return self.finished(ended.whole.session.id, tried)

    def end(self) -> Finished:
        """End the open session: what it records is worked out and kept, and not sent yet."""
        whole = self._must_be_open()
        self.shift.must_be_allowed(whole.session.task)
        note = self._note
        short = None
        if whole.session.task is Task.RECEIVE:
            with self.station.store.reading():
                short = finishing.shortfall(whole, note, self._units(), self.here.gln)
        at = self._now()
        session = replace(whole.session, state=State.POSTING, finished=at)
        todo = plan.steps(session, whole.lines, short)
        posts = [Post(session.id, n, step, at) for n, step in enumerate(todo, 1)]
        with self.station.store.transaction():
            self._rows.add_posts(posts)
            self._rows.move(session)
            self.trail.log(self.shift.name, f"finished {session.task.value}", session.id, f"{len(posts)} events")
        self._whole = self._note = self._matching = None
        self.posting.close(session.id)
        return self.finished(session.id)

    def finished(self, number: str, tried: Sequence[Post] = ()) -> Finished:
        """A session that was finished, as it stands now; `tried` is what a push tried, this session's and others'.

        Raises BadInput.
        """
        session = self._rows.session(number)
        if session is None:
            raise BadInput("This session is not known here.")
        whole = Whole(session, self._rows.lines(number))
        note = self._rows.note(session.note) if session.note else None
        against = reconcile(note, whole.lines) if note is not None else None
        missing: tuple[Held, ...] = ()
        if session.task is Task.COUNT and against is not None:
            missing = tuple(
                Held(plan.item_of(one.line.key), one.line.name, "here", self.here.name, one.line.key) for one in against.missing
            )
        earlier = sum(1 for one in tried if one.session != number and one.state == RECORDED)
        return Finished(whole, tuple(self._rows.posts(number)), note, against, missing, earlier)

    def sessions(self, limit: int = 50) -> list[Session]:
        """Past sessions, the newest first."""
        return [one for one in self._rows.sessions(limit=limit) if one.state is not State.OPEN]


def _list(number: str, held: list[Held]) -> Note:
    lines = (NoteLine(n, one.item.key, one.item.gtin, one.item.lot, 1, one.product, one.carrier) for n, one in enumerate(held, 1))
    return Note(number, tuple(lines))
