"""EPCIS documents as a source of events: read as a stream, each event judged by the standard's rules first.

What an export of ours added to an event (`app.exchange.export.LOG`) is left out again, so that it never becomes part of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from app.exchange.export import LOG
from app.exchange.found import Found
from chain.epcis import Fault, Master, Told, check_event, check_head, event_of, masters_of, open_document
from chain.errors import BadInput


class EpcisSource:
    """The events of an EPCIS document, query document or bare event, JSON or XML. Raises BadInput where it is none."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._document = open_document(path)
        self.form = f"epcis-{self._document.form}"
        self.faults = tuple(_refusal({"event": None, "path": one.path}, [one]) for one in check_head(self._document) if one.grave)

    @property
    def done(self) -> int:
        """Bytes read so far."""
        return self._document.done

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self._document.size

    def masters(self) -> Iterator[Master]:
        """What the header says about places, parties and classes."""
        return masters_of(self._document.head)

    def __iter__(self) -> Iterator[Found]:
        for told in self._document:
            yield found(told)


def found(told: Told, where: Mapping[str, object] | None = None) -> Found:
    """An event of a document as it was told, or why it is refused. `where`: what its report row says of its place."""
    place = dict(where) if where is not None else {"event": told.number + 1, "path": told.path}
    grave = [fault for fault in check_event(told) if fault.grave]
    if grave:
        return _refusal(place, grave, told.members.get("eventID"))
    clean, index = _without_log(told)
    try:
        event = event_of(clean)
        product = _product(clean)
    except BadInput as error:
        return Found(place | {"id": told.members.get("eventID")}, reason=error.words)
    return Found(place | {"id": event.event_id or None}, event, clean.hash, lambda: told.raw, product, index=index)


def _refusal(where: dict[str, object], faults: list[Fault], name: object = None) -> Found:
    more = f" ({len(faults) - 1} more faults)" if len(faults) > 1 else ""
    return Found(where | {"id": name if isinstance(name, str) else None}, reason=f"{faults[0]}{more}")


def _without_log(told: Told) -> tuple[Told, int]:
    """The event without what our export added, and the place on the log that it had there."""
    ours = {name for name in told.members if ":" in name and told.names.expanded(name).startswith(f"{{{LOG}}}")}
    if not ours:
        return told, -1
    index = next((told.members[name] for name in ours if name.endswith(":logIndex")), -1)
    kept = {name: value for name, value in told.members.items() if name not in ours}
    return replace(told, members=kept), index if isinstance(index, int) and not isinstance(index, bool) else -1


def _product(told: Told) -> str:
    """What goods that come into being are called, from their master data."""
    ilmd = told.members.get("ilmd")
    for name, value in ilmd.items() if isinstance(ilmd, Mapping) else ():
        if name.rpartition(":")[2] in ("descriptionShort", "regulatedProductName", "tradeItemDescription") and isinstance(
            value, str
        ):
            return value.strip()[:200]
    return ""
