"""One event as a document tells it, before anything is made of it; and what every reader of documents keeps to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from chain.epcis.faults import Fault
from chain.epcis.hashing import ni, pre_hash
from chain.epcis.names import Names

LARGEST_EVENT = 16 * 1024 * 1024  # bytes; also of all that stands around the events of a document
DEEPEST = 64  # objects, lists or elements inside each other


@dataclass(frozen=True)
class Told:
    """An event in the members of its JSON form, whatever form it came in.

    `number` counts from 0 in the order of the document, `path` is where it stands, `source` its exact bytes or how to
    have them (`raw`). `faults` are what its members no longer show; `form` is ``json`` or ``xml``.
    """

    number: int
    path: str
    members: Mapping[str, object]
    names: Names
    source: bytes | Callable[[], bytes]
    faults: tuple[Fault, ...] = field(default=())
    form: str = "json"

    @cached_property
    def raw(self) -> bytes:
        """The exact bytes of the event."""
        return self.source if isinstance(self.source, bytes) else self.source()

    @cached_property
    def pre_hash(self) -> str:
        """The text whose SHA-256 is the event hash."""
        return pre_hash(self.members, self.names)

    @property
    def hash(self) -> str:
        """The CBV 2.0 event hash."""
        return ni(self.pre_hash)


def with_ignored(members: Mapping[str, object], names: Names, ignored: Mapping[str, object]) -> Mapping[str, object]:
    """An event's members with its document's ``ignoreFields`` (see `hashing`), where the event has any such field."""
    for word, fields in ignored.items():
        space = names.expanded(word).removesuffix("ignoreFields")
        listed = {names.expanded(str(one)) for one in (fields if isinstance(fields, list) else [fields])}
        if word not in members and any(full in listed or full.startswith(space) for full in map(names.expanded, members)):
            members = {**members, word: fields}
    return members


def ignored_of(head: Mapping[str, object]) -> dict[str, object]:
    """The ``ignoreFields`` members of a document, each with its names."""
    return {
        name: list(value) if isinstance(value, Mapping) else value
        for name, value in head.items()
        if name.endswith(":ignoreFields") and isinstance(value, str | list | Mapping)
    }
