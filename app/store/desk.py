"""What the desk keeps: sessions and their lines, what they record, delivery notes, operators, the audit trail, label issues.

Lines and audit rows are only ever added. A session's state and the state of what it records are the only things that change.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import orjson

from app.desk.audit import FIRST, Act
from app.desk.notes import Note, NoteLine
from app.desk.people import Operator, Rank
from app.desk.session import Covered, Line, Mark, Session, State
from app.desk.step import Step
from app.desk.tasks import Ending, Task
from chain.epcis import time_of, time_text
from chain.journey import Receipt, Verb

_SESSION = "id, task, begun, by, place, other, note, ending, state, finished"
_LINE = tuple(one.name for one in fields(Line) if one.name != "covers")


@dataclass(frozen=True, slots=True)
class Post:
    """One event that a session records and how far it is: `waiting`, `recorded`, or `refused` with the `reason`.

    `n` is its number within the session, `undoes` the step that it makes up for (0 for none).
    """

    session: str
    n: int
    step: Step
    at: datetime
    state: str = "waiting"
    reason: str = ""
    tries: int = 0
    undoes: int = 0


class DeskRows:
    """The desk's tables. Writers call within a transaction of the store."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    # ---- sessions ------------------------------------------------------------------------------------------------------

    def begin(self, session: Session) -> None:
        """Keep a new session."""
        self._db.execute(f"insert into desk_sessions ({_SESSION}) values (?,?,?,?,?,?,?,?,?,?)", _session_row(session))

    def move(self, session: Session) -> None:
        """Keep a session's new state."""
        finished = time_text(session.finished) if session.finished else ""
        self._db.execute(
            "update desk_sessions set state = ?, finished = ? where id = ?", (session.state.value, finished, session.id)
        )

    def session(self, number: str) -> Session | None:
        """A session by its id."""
        row = self._db.execute(f"select {_SESSION} from desk_sessions where id = ?", (number,)).fetchone()
        return None if row is None else _session(row)

    def sessions(self, state: State | None = None, limit: int = 50) -> list[Session]:
        """The newest first, of one state where it is given."""
        where, values = ("where state = ?", (state.value,)) if state else ("", ())
        rows = self._db.execute(f"select {_SESSION} from desk_sessions {where} order by rowid desc limit ?", (*values, limit))
        return [_session(row) for row in rows]

    def add_line(self, session: str, line: Line) -> None:
        """Append a line."""
        covers = orjson.dumps([[one.key, one.gtin, one.lot] for one in line.covers])
        values = [_cell(getattr(line, name)) for name in _LINE]
        marks = ",".join("?" * (len(values) + 2))
        names = ", ".join(f'"{name}"' for name in _LINE)
        self._db.execute(f"insert into desk_lines (session, {names}, covers) values ({marks})", (session, *values, covers))

    def lines(self, session: str) -> tuple[Line, ...]:
        """A session's lines in order."""
        names = ", ".join(f'"{name}"' for name in _LINE)
        rows = self._db.execute(f"select {names}, covers from desk_lines where session = ? order by n", (session,))
        return tuple(_line(row) for row in rows)

    # ---- what they record ----------------------------------------------------------------------------------------------

    def add_posts(self, posts: Iterable[Post]) -> None:
        """Keep what is to be recorded."""
        self._db.executemany(
            "insert into desk_posts (session, n, step, at, state, reason, tries, undoes) values (?,?,?,?,?,?,?,?)",
            (
                (one.session, one.n, _step_json(one.step), time_text(one.at), one.state, one.reason, one.tries, one.undoes)
                for one in posts
            ),
        )

    def settle(self, post: Post) -> None:
        """Keep how far one is."""
        self._db.execute(
            "update desk_posts set state = ?, reason = ?, tries = ? where session = ? and n = ?",
            (post.state, post.reason, post.tries, post.session, post.n),
        )

    def posts(self, session: str = "", state: str = "") -> list[Post]:
        """In the order they were made; of one session, of one state."""
        rows = self._db.execute(
            "select session, n, step, at, state, reason, tries, undoes from desk_posts"
            " where (? = '' or session = ?) and (? = '' or state = ?) order by rowid",
            (session, session, state, state),
        )
        return [Post(r[0], r[1], _step(r[2]), time_of(r[3]), *r[4:]) for r in rows]

    # ---- notes ---------------------------------------------------------------------------------------------------------

    def add_note(self, note: Note, at: datetime) -> None:
        """Keep a delivery note; one of the same number is replaced."""
        lines = orjson.dumps([[one.n, one.key, one.gtin, one.lot, one.quantity, one.name, one.box] for one in note.lines])
        self._db.execute(
            "insert or replace into desk_notes (number, sender, receiver, source, at, lines) values (?,?,?,?,?,?)",
            (note.number, note.sender, note.receiver, note.source, time_text(at), lines),
        )

    def note(self, number: str) -> Note | None:
        """A delivery note by its number."""
        row = self._db.execute(
            "select number, sender, receiver, source, lines from desk_notes where number = ?", (number,)
        ).fetchone()
        if row is None:
            return None
        return Note(row[0], tuple(NoteLine(*one) for one in orjson.loads(row[4])), row[1], row[2], row[3])

    # ---- people --------------------------------------------------------------------------------------------------------

    def keep_operator(self, one: Operator) -> None:
        """Keep a person."""
        self._db.execute(
            "insert or replace into desk_people (id, name, rank, pin, badge, active) values (?,?,?,?,?,?)",
            (one.id, one.name, one.rank.value, one.pin, one.badge, int(one.active)),
        )

    def operators(self) -> list[Operator]:
        """Everybody, by name."""
        rows = self._db.execute("select id, name, rank, pin, badge, active from desk_people order by name, id")
        return [Operator(r[0], r[1], Rank(r[2]), r[3], r[4], bool(r[5])) for r in rows]

    # ---- the audit trail -----------------------------------------------------------------------------------------------

    def last_act(self) -> tuple[int, str]:
        """The number and hash of the newest row; (0, FIRST) where there is none."""
        row = self._db.execute("select n, hash from desk_audit order by n desc limit 1").fetchone()
        return (0, FIRST) if row is None else (row[0], row[1])

    def add_act(self, act: Act) -> None:
        """Append a row."""
        self._db.execute(
            "insert into desk_audit (n, at, who, station, act, about, evidence, previous, hash) values (?,?,?,?,?,?,?,?,?)",
            (act.n, time_text(act.at), act.who, act.station, act.act, act.about, act.evidence, act.previous, act.hash),
        )

    def acts(self) -> Iterator[tuple[Act, str]]:
        """Every row in order with the hash that was kept of it."""
        rows = self._db.execute("select n, at, who, station, act, about, evidence, previous, hash from desk_audit order by n")
        return ((Act(r[0], time_of(r[1]), *r[2:8]), r[8]) for r in rows)

    # ---- label issues --------------------------------------------------------------------------------------------------

    def begin_issue(self, number: str, about: bytes, serials: Sequence[str]) -> None:
        """Keep an issue of labels and all its serials."""
        self._db.execute("insert into desk_issues (id, about) values (?,?)", (number, about))
        self._db.executemany(
            "insert into desk_serials (issue, n, serial) values (?,?,?)",
            ((number, place, one) for place, one in enumerate(serials)),
        )

    def issue(self, number: str) -> tuple[bytes, list[str], int] | None:
        """What an issue is about, its serials in order, and how many of them are recorded; None where there is none."""
        row = self._db.execute("select about, recorded from desk_issues where id = ?", (number,)).fetchone()
        if row is None:
            return None
        serials = [r[0] for r in self._db.execute("select serial from desk_serials where issue = ? order by n", (number,))]
        return row[0], serials, row[1]

    def issue_recorded(self, number: str, count: int) -> None:
        """So many of an issue's serials stand on the contract."""
        self._db.execute("update desk_issues set recorded = ? where id = ?", (count, number))

    def issues(self) -> list[str]:
        """The ids of all issues, the newest first."""
        return [row[0] for row in self._db.execute("select id from desk_issues order by rowid desc")]


def _session_row(one: Session) -> tuple[object, ...]:
    return (
        one.id, one.task.value, time_text(one.begun), one.by, one.place, one.other, one.note,
        one.ending.value if one.ending else "", one.state.value, time_text(one.finished) if one.finished else "",
    )  # fmt: skip


def _session(r: Sequence[str]) -> Session:
    return Session(
        r[0], Task(r[1]), time_of(r[2]), r[3], r[4], r[5], r[6], Ending(r[7]) if r[7] else None, State(r[8]),
        time_of(r[9]) if r[9] else None,
    )  # fmt: skip


def _cell(value: object) -> object:
    if isinstance(value, Mark):
        return value.value
    if isinstance(value, datetime):
        return time_text(value)
    return int(value) if isinstance(value, bool) else value


def _line(row: Sequence[Any]) -> Line:
    told = dict(zip(_LINE, row[:-1], strict=True))
    covers = tuple(Covered(*one) for one in orjson.loads(row[-1]))
    told |= {"at": time_of(told["at"]), "mark": Mark(told["mark"]), "stops": bool(told["stops"]), "covers": covers}
    return Line(**told)


def _step_json(step: Step) -> bytes:
    outcome = None if step.outcome is None else int(step.outcome)
    return orjson.dumps([int(step.verb), step.keys, step.biz_step, step.disposition, step.to, outcome, step.why])


def _step(data: bytes) -> Step:
    verb, keys, biz_step, disposition, to, outcome, why = orjson.loads(data)
    return Step(Verb(verb), tuple(keys), biz_step, disposition, to, None if outcome is None else Receipt(outcome), why)
