"""Events as an EPCIS 2.0 JSON-LD document, all at once or as a stream that never holds more than one of them.

A document names the EPCIS context by its address and declares every other prefix that its events use. Events of many makers may
use one prefix for different namespaces, and the EPCIS context protects its own: where that happens, the event declares its
prefixes itself, or its names get another prefix.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import BinaryIO

import orjson

from chain.epcis.events import members_of
from chain.epcis.names import CONTEXT, STANDARD, UNDECLARED
from chain.epcis.times import time_text
from chain.journey import Event


def document(events: Sequence[Event], created: datetime | None = None) -> dict[str, object]:
    """An EPCISDocument as JSON values.

    Args:
        created: when the document is made; now where it is left out.
    """
    shared = _shared(events)
    return {**_head(shared, created), "epcisBody": {"eventList": [_member(event, shared) for event in events]}}


def bare_event(event: Event) -> dict[str, object]:
    """One event with its context and nothing around it."""
    names, members = _protected(event)
    return {"@context": _context(names), **members}


def write(events: Iterable[Event], file: BinaryIO, created: datetime | None = None) -> int:
    """Write an EPCISDocument as UTF-8, one event a line, as the events come; each declares its prefixes itself.

    Returns: how many events were written.
    """
    head = orjson.dumps(_head({}, created))
    file.write(head[:-1] + b',"epcisBody":{"eventList":[')
    count = 0
    for event in events:
        file.write((b",\n" if count else b"\n") + orjson.dumps(_member(event, {})))
        count += 1
    file.write(b"\n]}}\n")
    return count


def _head(names: Mapping[str, str], created: datetime | None) -> dict[str, object]:
    return {
        "@context": _context(names),
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": time_text(created or datetime.now(UTC)),
    }


def _context(names: Mapping[str, str]) -> list[object]:
    return [CONTEXT, dict(names)] if names else [CONTEXT]


def _shared(events: Iterable[Event]) -> dict[str, str]:
    """The prefixes that all events that use them mean alike."""
    found: dict[str, str] = {}
    doubtful: set[str] = set()
    for event in events:
        for prefix, space in _protected(event)[0].items():
            if found.setdefault(prefix, space) != space:
                doubtful.add(prefix)
    return {prefix: space for prefix, space in found.items() if prefix not in doubtful}


def _member(event: Event, shared: Mapping[str, str]) -> dict[str, object]:
    names, members = _protected(event)
    own = {prefix: space for prefix, space in names.items() if shared.get(prefix) != space}
    return {"@context": [own], **members} if own else members


def _protected(event: Event) -> tuple[dict[str, str], dict[str, object]]:
    """The prefixes that a document must declare for an event, and its members; what the EPCIS context protects is renamed."""
    members = members_of(event)
    names: dict[str, str] = {}
    other: dict[str, str] = {}
    for prefix, space in event.namespaces.items():
        if UNDECLARED.get(prefix) == space:
            continue
        if prefix in STANDARD and STANDARD[prefix] != space:
            free = next(name for number in range(1, 100) if (name := f"{prefix}{number}") not in event.namespaces)
            other[prefix] = free
            names[free] = space
        else:
            names[prefix] = space
    return names, {name: _renamed(name, value, other) for name, value in _names(members, other)} if other else members


def _names(members: Mapping[str, object], other: Mapping[str, str]) -> Iterable[tuple[str, object]]:
    for name, value in members.items():
        prefix, colon, local = name.partition(":")
        yield (f"{other[prefix]}:{local}" if colon and prefix in other else name), value


def _renamed(name: str, value: object, other: Mapping[str, str]) -> object:
    """A value whose inner names have their prefixes renamed."""
    if isinstance(value, Mapping):
        return {inner: _renamed(inner, one, other) for inner, one in _names(value, other)}
    if isinstance(value, list | tuple):
        return [_renamed(name, one, other) for one in value]
    return value
