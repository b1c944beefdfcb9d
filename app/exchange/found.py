"""An event found in a file, whatever the file is, before anybody decided what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from chain.epcis import Master
from chain.journey import Event


@dataclass(frozen=True, slots=True)
class Found:
    """One event of a file, or why it is none.

    `where` says where it stands, as members of its report row. `event` is None where it is refused because of `reason`. `raw`
    gives its exact bytes. `index` is its place on our own log, -1 where the file does not say.
    """

    where: dict[str, object]
    event: Event | None = None
    hash: str = ""
    raw: Callable[[], bytes] = bytes
    product: str = ""
    reason: str = ""
    index: int = -1


class Source(Protocol):
    """A file of events. `faults` are what is wrong with what stands around them; `done` of `size` bytes or rows were read."""

    name: str
    form: str
    faults: tuple[Found, ...]

    @property
    def done(self) -> int: ...
    @property
    def size(self) -> int: ...
    def masters(self) -> Iterator[Master]: ...
    def __iter__(self) -> Iterator[Found]: ...


@dataclass(slots=True)
class Counts:
    """How an import went, event by event."""

    events: int = 0
    accepted: int = 0
    duplicates: int = 0
    refused: int = 0
    first: str = ""
    masters: dict[str, int] = field(default_factory=dict)
