"""Sending what finished sessions record, in order and each once, and making up for what should not have been recorded.

An event's id comes from its session and number, so a push that died half-way is simply done again. The first event that finds no
network stops the rest: they are about the same goods, and order matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from app.desk import plan
from app.desk.recording import NOT_FINAL_YET, RECORDED, REFUSED, WAITING, Outcome, Queued, Recording, said
from app.desk.session import Session, State
from app.desk.shift import Shift
from app.desk.tasks import Task
from app.desk.trail import Trail
from app.desk.units import Units
from app.store.desk import Post
from chain.errors import BadInput, LedgerError
from chain.journey import Verb

if TYPE_CHECKING:
    from app.station import Station


class Posting:
    """What the sessions of an open station record.

    Args:
        recording: where events go; the station's own network where it is not given.
    """

    def __init__(self, station: Station, shift: Shift, trail: Trail, recording: Recording | None = None) -> None:
        self._station, self._shift, self._trail = station, shift, trail
        self._rows = station.store.desk
        self.recording = recording or Queued(station)

    def posts(self, number: str) -> tuple[Post, ...]:
        """What a session records, in order."""
        return tuple(self._rows.posts(number))

    def push(self, number: str = "") -> tuple[Post, ...]:
        """Record what waits, in order. Returns what was tried, as it stands now.

        What can be signed and kept follows what was; where nothing can be kept, the first that finds no network stops the rest.
        """
        waiting = self._rows.posts(number, WAITING)
        if not waiting:
            return ()
        self.recording.renew()
        tried = [self._settled(post, outcome) for post, outcome in self._taken(waiting)]
        why = self.recording.send()
        self.recording.renew()
        for place, post in enumerate(tried):
            if post.state == WAITING and post.reason in ("", NOT_FINAL_YET):
                tried[place] = self._settled(post, Outcome(WAITING, why) if why and not post.reason else self._outcome(post))
        if any(one.state != WAITING for one in tried):
            self.pull()
        for session in {post.session for post in tried}:
            self.close(session)
        return tuple(tried)

    def _taken(self, waiting: Sequence[Post]) -> Iterator[tuple[Post, Outcome]]:
        for post in waiting:
            outcome = self._outcome(post)
            yield replace(post, tries=post.tries + 1), outcome
            if outcome.state == WAITING and not outcome.kept:
                return

    def _settled(self, post: Post, outcome: Outcome) -> Post:
        """Keep how far one is."""
        settled = replace(post, state=outcome.state, reason=outcome.reason)
        with self._station.store.transaction():
            self._rows.settle(settled)
            if settled.state != WAITING:
                about = plan.event_id(post.session, str(post.n))
                self._trail.log(self._shift.name, settled.state, about, settled.reason)
        return settled

    def _outcome(self, post: Post) -> Outcome:
        """Record one; where it is refused as a whole, piece by piece, so that one bad piece does not hold the others up."""
        session = self._rows.session(post.session)
        assert session is not None
        outcome = self._record(session, post, "")
        if outcome.state == REFUSED and len(post.step.keys) > 1:
            boxed = post.step.verb in (Verb.PACK, Verb.UNPACK)
            alone = post.step.keys[1:] if boxed else post.step.keys
            each = [(key, self._record(session, post, key)) for key in alone]
            bad = [f"{key}: {one.reason}" for key, one in each if one.state == REFUSED]
            outcome = replace(said([one for _, one in each]), reason=" ".join(bad))
        return outcome

    def _record(self, session: Session, post: Post, alone: str) -> Outcome:
        draft = plan.draft(session, post.step, str(post.n), session.place, post.at, alone)
        return self.recording.record(draft)

    def close(self, number: str) -> None:
        """A session whose events all stand, or were refused, is done."""
        session = self._rows.session(number)
        if session is not None and session.state is State.POSTING and not self._rows.posts(number, WAITING):
            with self._station.store.transaction():
                self._rows.move(replace(session, state=State.DONE))

    def make_up(self, number: str, n: int) -> Post:
        """Make up for an event that was recorded by another event, and send it. Raises BadInput where the contract knows none."""
        made = self.against(number, n)
        self.push(number)
        return next(one for one in self._rows.posts(number) if one.n == made.n)

    def against(self, number: str, n: int) -> Post:
        """The event that makes up for one that was recorded, kept and not sent yet. Raises BadInput where there is none."""
        post = next((one for one in self._rows.posts(number) if one.n == n), None)
        if post is None or post.state != RECORDED:
            raise BadInput("This event was not recorded: there is nothing to make up for.")
        if any(one.undoes == n for one in self._rows.posts(number)):
            raise BadInput("This event was made up for already.")
        session = self._rows.session(number)
        assert session is not None
        self._shift.must_be_allowed(Task.RELEASE if post.step.verb is Verb.QUARANTINE else session.task)
        with self._station.store.reading():
            sender = self._units().sender(plan.item_of(post.step.keys[0]))
        step = plan.undoing(post.step, sender)
        if step is None:
            raise BadInput("What was shipped, sold or destroyed cannot be taken back: tell whoever has it now.")
        made = Post(number, len(self._rows.posts(number)) + 1, step, self._trail.now(), undoes=n)
        with self._station.store.transaction():
            self._rows.add_posts([made])
            self._trail.log(self._shift.name, "made up for", plan.event_id(number, str(n)), plan.event_id(number, str(made.n)))
        return made

    def seen(self, number: int) -> None:
        """A person has seen that somebody else's event came before ours (`Clash.number`): what waited of it here is refused, and
        it is shown no more. Nothing is sent."""
        self.recording.renew()
        for post in self.waiting():
            session = self._rows.session(post.session)
            assert session is not None
            outcome = self._record(session, post, "")
            if outcome.state == REFUSED:  # as a whole: pieces are not signed anew behind the other side's event
                self.close(self._settled(post, outcome).session)
        self._station.close_conflict(number)
        with self._station.store.transaction():
            self._trail.log(self._shift.name, "conflict seen", f"outbox {number}")

    def waiting(self) -> list[Post]:
        """Events that wait for a network, the oldest first."""
        return self._rows.posts(state=WAITING)

    def _units(self) -> Units:
        trust = self._station.trust
        if trust is None:
            raise BadInput("This profile belongs to no network yet.")
        return Units(self._station.store, trust)

    def pull(self) -> None:
        """Bring what was recorded into the replica; without a network it comes the next time."""
        try:
            self._station.sync()
        except LedgerError:
            return  # the strip says so; what was recorded is pulled the next time
