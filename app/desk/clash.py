"""Events of this desk that somebody else's came before, as both sides tell them. Nothing is decided or closed here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.desk.recording import words_of
from chain.journey import Verb

if TYPE_CHECKING:
    from app.station import Station


@dataclass(frozen=True, slots=True)
class Theirs:
    """What was recorded first: the verb, by whom (a name, "" where unknown here), and when it came onto the log (aware UTC)."""

    verb: Verb
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Clash:
    """Our event (`number` is its place in the outbox) with its own words, the rule it broke as a sentence, and their events."""

    number: int
    ours: str
    at: datetime
    why: str
    theirs: tuple[Theirs, ...]


def clashes(station: Station) -> tuple[Clash, ...]:
    """What no person has seen yet, the oldest first."""
    names = {one.organisation: one.name for one in station.store.goods.parties()}
    return tuple(
        Clash(
            one.ours.id,
            one.ours.words,
            one.ours.at,
            words_of(one.ours.reason),
            tuple(
                Theirs(entry.verb, names.get(entry.organisation, ""), datetime.fromtimestamp(entry.record_time, UTC))
                for entry in one.theirs
            ),
        )
        for one in station.conflicts()
    )
