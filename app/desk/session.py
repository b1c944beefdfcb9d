"""One task from its first scan to its end: a list of lines that only grows. What was taken back stays, with a line that says so.

Pure values: the same lines always fold into the same state, on this laptop and after a power loss.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from functools import cached_property

from app.desk.tasks import Ending, Task
from chain.journey import Item


class Mark(Enum):
    """What a line says of a scan, or of an earlier line."""

    TAKEN = "taken"
    NOTED = "noted"
    """Seen and judged; the task does nothing with it."""
    BOX = "box"
    """The container that what follows is packed into."""
    CLOSED = "closed"
    """That container was scanned again: it is full."""
    EXTRA = "extra"
    """Taken, and not expected."""
    TWICE = "twice"
    REFUSED = "refused"
    UNDONE = "undone"
    """An earlier line was taken back."""
    DAMAGED = "damaged"
    """The goods of an earlier line are damaged."""


COUNTED = frozenset((Mark.TAKEN, Mark.EXTRA))
AMENDS = frozenset((Mark.UNDONE, Mark.DAMAGED))


class State(Enum):
    """How far a session is."""

    OPEN = "open"
    POSTING = "posting"
    """Finished by the person; what it records is on its way."""
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Covered:
    """One identified thing that a line speaks for: the scanned one, or one inside the scanned container."""

    key: str
    gtin: str = ""
    lot: str = ""

    @classmethod
    def of(cls, item: Item) -> Covered:
        """What covers an item."""
        return cls(item.key, item.gtin, item.lot)


@dataclass(frozen=True, slots=True)
class Line:
    """One line. Times are aware UTC; `n` counts from 1 within the session.

    `key` is the item's identity, "" where the code was unreadable; `carrier` the outermost container it came in, or itself;
    `box` the container it is being packed into or taken out of; `of` the line that an amending line is about; `kind` and `code`
    are the verdict's; `stops` says that a person has to acknowledge it; `why` and `step` are one sentence each.
    """

    n: int
    at: datetime
    mark: Mark
    text: str = ""
    key: str = ""
    name: str = ""
    by: str = ""
    via: str = ""
    kind: str = ""
    code: str = ""
    why: str = ""
    step: str = ""
    stops: bool = False
    carrier: str = ""
    box: str = ""
    of: int = 0
    lot: str = ""
    covers: tuple[Covered, ...] = ()


@dataclass(frozen=True, slots=True)
class Session:
    """A task that was begun: what it is, who began it where, and what was said at the start.

    `other` is the GLN of the party that goods go to, `note` the number of the delivery note, `ending` why goods are
    decommissioned.
    """

    id: str
    task: Task
    begun: datetime
    by: str = ""
    place: str = ""
    other: str = ""
    note: str = ""
    ending: Ending | None = None
    state: State = State.OPEN
    finished: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """The counter of a session."""

    taken: int = 0
    extra: int = 0
    refused: int = 0
    twice: int = 0
    undone: int = 0
    damaged: int = 0


@dataclass(frozen=True)
class Standing:
    """The lines that still count, in order, with damage written onto them: what a plan and a summary are made of.

    What is worked out from them is kept, and carried on when a line is added, so that a scan costs the same in the eighth hour.
    """

    lines: tuple[Line, ...]
    damaged: frozenset[int]
    undone: frozenset[int]

    @classmethod
    def of(cls, lines: Iterable[Line]) -> Standing:
        """Fold the lines of a session."""
        every = list(lines)
        undone = {line.of for line in every if line.mark is Mark.UNDONE}
        alive = [line for line in every if line.n not in undone and line.mark is not Mark.UNDONE]
        damaged = {line.of for line in alive if line.mark is Mark.DAMAGED}
        return cls(tuple(line for line in alive if line.mark is not Mark.DAMAGED), frozenset(damaged), frozenset(undone))

    def plus(self, line: Line) -> Standing:
        """The same with one line more, which must not be about an earlier one."""
        after = Standing((*self.lines, line), self.damaged, self.undone)
        counts = line.mark in COUNTED
        after.__dict__["counted"] = (*self.counted, line) if counts else self.counted
        after.__dict__["_covering"] = _covering((line,)) | self._covering if counts else self._covering
        return after

    @cached_property
    def counted(self) -> tuple[Line, ...]:
        """Lines whose goods the task acts on."""
        return tuple(line for line in self.lines if line.mark in COUNTED)

    @cached_property
    def _covering(self) -> dict[str, Line]:
        return _covering(self.counted)

    @property
    def box(self) -> str:
        """The container that is open now, "" for none."""
        for line in reversed(self.lines):
            if line.mark is Mark.CLOSED:
                return ""
            if line.mark is Mark.BOX:
                return line.key
        return ""

    def has(self, key: str) -> Line | None:
        """The counted line that covers an identity."""
        return self._covering.get(key)

    def last(self) -> Line | None:
        """The newest line that can be taken back."""
        return next((line for line in reversed(self.lines) if line.mark in COUNTED | {Mark.BOX, Mark.CLOSED}), None)


def _covering(lines: Sequence[Line]) -> dict[str, Line]:
    """The first line that covers each identity."""
    return {one.key: line for line in reversed(lines) for one in line.covers}


def tally(standing: Standing) -> Tally:
    """Count the lines of a session; what was taken back counts as undone only."""
    marks = Counter(line.mark for line in standing.lines)
    return Tally(
        taken=marks[Mark.TAKEN] + marks[Mark.NOTED],
        extra=marks[Mark.EXTRA],
        refused=marks[Mark.REFUSED],
        twice=marks[Mark.TWICE],
        undone=len(standing.undone),
        damaged=len(standing.damaged),
    )


@dataclass(frozen=True)
class Whole:
    """A session with its lines: what the desk page shows. `boxes` lists the containers in the order they were opened."""

    session: Session
    lines: tuple[Line, ...] = field(default=())

    @cached_property
    def standing(self) -> Standing:
        """What still counts."""
        return Standing.of(self.lines)

    @cached_property
    def tally(self) -> Tally:
        """The counter."""
        return tally(self.standing)

    def plus(self, line: Line) -> Whole:
        """The same with one line more; what counts is folded anew only where the line is about an earlier one."""
        after = replace(self, lines=(*self.lines, line))
        if line.mark not in AMENDS:
            after.__dict__["standing"] = self.standing.plus(line)
        return after
