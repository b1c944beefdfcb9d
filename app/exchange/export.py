"""`wayproof export`: events of this laptop's log in a file that other systems read, each with its hash and its place on the log.

1. The events of some items' journeys, of a day (UTC, by eventTime), or all are told in the order of the log, one at a time.
2. An event is *proven* where its entry is a leaf of the log whose root the newest checkpoint names, and where its details are the
   ones that the entry commits to. What stands on the log only since then, or was changed on this laptop, is told and not proven.
3. The file appears whole or not at all; one that stood there before stays until then.

The event hash stands beside the event and takes no part in it: members of the namespace `LOG` are named in the document's
``ignoreFields``. Entries whose details are not on this laptop have nothing to tell; they are left out and counted. No network is
asked, and nothing is corrected: events are written as their makers wrote them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import BinaryIO

import orjson

from app.exchange import spreadsheet
from app.exchange.spreadsheet import Record
from app.store import Store, dossier
from app.store.claims import Heard, digest_of
from app.store.imported import heard
from app.sync import Progress, silent
from app.whole import whole
from chain import encoding
from chain.encoding import leaf
from chain.epcis import bare_event, hash_of, time_text
from chain.epcis.names import CONTEXT
from chain.errors import BadInput, BadProof, MissingNode
from chain.evidence import Detail
from chain.journey import Entry, Event, Item, Unreadable, Verb
from chain.label import read_label
from chain.merkle import HASH, TILE_WIDTH

LOG = "wayproof:log#"
"""The namespace of what an export adds to an event; an import leaves it out."""
PREFIX = "wplog"
ADDED = ("eventHash", "logIndex", "block", "blockTime", "proven")

FORMATS: Mapping[str, str] = {".json": "epcis", ".jsonld": "epcis", ".csv": "csv", ".xlsx": "xlsx"}
"""The format that goes with a suffix."""

_EVERY = 500
_LAST = int(datetime.max.replace(tzinfo=UTC).timestamp())
_NO_EVENTS = frozenset((Verb.ANCHOR_MODEL, *(verb for verb in Verb if verb >= Verb.ENROL_ORGANISATION)))


@dataclass(frozen=True, slots=True)
class Selection:
    """Which events: those of the items' journeys (of all items where there are none), and of the day where there is one."""

    items: tuple[Item, ...] = ()
    day: date | None = None

    @classmethod
    def of(cls, items: Sequence[str], day: str | None, everything: bool) -> Selection:
        """The selection that a person names. Raises BadInput."""
        if everything and (items or day):
            raise BadInput("--everything goes with no items and no --day: leave one of them out.")
        if not (everything or items or day):
            raise BadInput("Say which events to export: items, --day YYYY-MM-DD, or --everything.")
        return cls(tuple(map(_item, items)), _day(day) if day else None)

    def words(self) -> str:
        """What was asked for, behind “No event”."""
        about = f" of {' or '.join(map(str, self.items[:3]))}" if self.items else ""
        return about + (f" on {self.day.isoformat()} (UTC)" if self.day else "")


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: `unproven` events and `claims` are in the file, `left_out` entries (no details here) are not."""

    output: Path
    format: str
    events: int
    bytes: int
    unproven: int
    left_out: int
    claims: int = 0


def format_of(output: Path) -> str:
    """The format that a file's suffix asks for. Raises BadInput."""
    found = FORMATS.get(output.suffix.lower())
    if found is None:
        raise BadInput(f"{output} does not say its format: let it end in .json or .jsonld (EPCIS 2.0), .csv or .xlsx.")
    return found


def export(store: Store, output: Path, selection: Selection, progress: Progress = silent) -> Exported:
    """Write the selected events to a file of the format that its suffix names.

    Raises:
        BadInput: unknown suffix or item, no such event, or more than a workbook holds; the file is left as it was.
        StoreError: the file or the profile cannot be written or read.
    """
    kind = format_of(output)
    if output.is_dir():
        raise BadInput(f"{output} is a folder, not a file.")
    with store.reading(), whole(output) as file:
        records = Records(store, selection, progress)
        events = _WRITERS[kind](records, store, file)
        if not events:
            raise BadInput(_nothing(store, selection, records.left_out))
        size = file.seek(0, os.SEEK_END)
    return Exported(output, kind, events, size, records.unproven, records.left_out, records.claims)


class Records:
    """The selected events in the order of the log, read as they are asked for, within one `Store.reading`.

    Behind them stand the claims: imported events that are not on the log, in the order of their import. `told`, `unproven`,
    `claims` and `left_out` count as they go. Raises BadInput on an item that has no history here.
    """

    def __init__(self, store: Store, selection: Selection, progress: Progress = silent) -> None:
        self._store = store
        self._selection = selection
        self._progress = progress
        self._proven = _Proven(store)
        self.told = self.unproven = self.claims = self.left_out = 0

    def __iter__(self) -> Iterator[Record]:
        entries, claims, total = self._chosen()
        recorded: set[bytes] = set()  # digests of what the log has, so that no claim repeats it
        for place, entry in enumerate(entries):
            if place and place % _EVERY == 0:
                self._progress("events", place, total)
            record = None if entry.verb in _NO_EVENTS else self._record(entry)
            if record is not None:
                self.told += 1
                self.unproven += not record.proven
                recorded.add(digest_of(record.hash))
                yield record
        for one in claims:
            day = one.event.event_time.astimezone(UTC).date()
            if self._selection.day in (None, day) and (one.event.error or digest_of(one.hash) not in recorded):
                self.told += 1
                self.claims += 1
                if self.told % _EVERY == 0:
                    self._progress("events", self.told, total)
                yield Record(None, one.event, one.hash, False)
        self._progress("events", total, total)

    def _chosen(self) -> tuple[Iterator[Entry], Iterator[Heard], int]:
        """The entries and the claims, and how many there are."""
        store = self._store
        if not self._selection.items:
            size = store.replica.size()
            return iter(store.replica.entries(0, size)), store.claims.all(), size + store.claims.count()
        found: dict[int, Entry] = {}
        told: dict[int, Heard] = {}
        for item in self._selection.items:
            steps, claims = dossier.journey(store, item).steps, heard(store, item)
            if not (steps or claims):
                raise BadInput(f"Nothing is known here about {item.key}: sync or import its history first.")
            found |= {step.entry.index: step.entry for step in steps}
            told |= {one.number: one for one in claims}
        entries, kept = (found[index] for index in sorted(found)), (told[number] for number in sorted(told))
        return entries, kept, len(found) + len(told)

    def _record(self, entry: Entry) -> Record | None:
        detail = self._store.goods.detail(entry.commitment)
        event = detail.event if detail is not None and "eventTime" in detail.fields else None
        if max(entry.event_time, entry.record_time) > _LAST:  # edited: no log that was ever proven says so
            self.left_out += 1
            return None
        if detail is None or event is None:
            self.left_out += self._selection.day in (None, datetime.fromtimestamp(entry.event_time, UTC).date())
            return None
        if self._selection.day not in (None, event.event_time.astimezone(UTC).date()):
            return None
        try:
            return Record(entry, event, hash_of(event), self._proven(entry, detail))
        except (TypeError, ValueError, KeyError, AttributeError):  # details that were edited into a shape EPCIS does not know
            self.left_out += 1
            return None


class _Proven:
    """Asks of entries whether they are leaves of the newest checkpoint's log, whose stored tree is hashed once."""

    def __init__(self, store: Store) -> None:
        newest = store.replica.checkpoint()
        self._tiles = store.replica.tiles()
        self._size = newest[0].size if newest else 0
        self._tile: tuple[int, bytes] = (-1, b"")
        try:
            if newest is not None and self._size:
                self._tiles.check(self._size, newest[0].root)
        except (BadProof, MissingNode):
            self._size = 0

    def __call__(self, entry: Entry, detail: Detail) -> bool:
        if entry.index >= self._size:
            return False
        n, place = divmod(entry.index, TILE_WIDTH)
        if self._tile[0] != n:
            self._tile = n, self._tiles.read(0, n)
        there = self._tile[1][place * HASH : (place + 1) * HASH]
        return leaf(entry) == there and encoding.commitment(detail.fields, detail.seed) == entry.commitment


# ---- EPCIS ---------------------------------------------------------------------------------------------------------------


def _write_epcis(records: Records, store: Store, file: BinaryIO) -> int:
    """An EPCISDocument, one event a line."""
    del store
    head = {
        "@context": [CONTEXT, {PREFIX: LOG}],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": time_text(datetime.now(UTC)),
        f"{PREFIX}:ignoreFields": [f"{PREFIX}:{name}" for name in ADDED],
    }
    file.write(orjson.dumps(head)[:-1] + b',"epcisBody":{"eventList":[')
    separator = b"\n"
    for record in records:
        file.write(separator + orjson.dumps(event_member(record)))
        separator = b",\n"
    file.write(b"\n]}}\n")
    return records.told


def event_member(record: Record) -> dict[str, object]:
    """An event as a member of an exported document: as its maker wrote it, and what the log says of it."""
    event, entry = record.event, record.entry
    members = bare_event(_named(event, record.hash))
    names = next((names for names in _rows(members.pop("@context")) if isinstance(names, dict)), {})
    prefix = PREFIX
    while names.get(prefix, LOG) != LOG:  # the maker's prefix means something else: the event declares another one for us
        prefix += "x"
    if prefix != PREFIX:
        names = {**names, prefix: LOG}
        members[f"{prefix}:ignoreFields"] = [f"{prefix}:{name}" for name in ADDED]
    said: dict[str, object] = {"eventHash": record.hash}
    if entry is not None:
        at = time_text(datetime.fromtimestamp(entry.record_time, UTC))
        said |= {"logIndex": entry.index, "block": entry.block, "blockTime": at}
    said["proven"] = record.proven
    members |= {f"{prefix}:{name}": said[name] for name in ADDED if name in said}
    return {"@context": [names], **members} if names else members


def _named(event: Event, hash_: str) -> Event:
    """An event without an eventID has its hash for one (CBV 2.0 section 8.9)."""
    return event if event.event_id else replace(event, event_id=hash_)


def _rows(context: object) -> list[object]:
    return context if isinstance(context, list) else [context]


# ---- the rest ------------------------------------------------------------------------------------------------------------


def _write_csv(records: Records, store: Store, file: BinaryIO) -> int:
    return spreadsheet.write_csv(spreadsheet.rows(records, store), file)


def _write_xlsx(records: Records, store: Store, file: BinaryIO) -> int:
    return spreadsheet.write_xlsx(spreadsheet.rows(records, store), file)


_WRITERS: dict[str, Callable[[Records, Store, BinaryIO], int]] = {
    "epcis": _write_epcis,
    "csv": _write_csv,
    "xlsx": _write_xlsx,
}


def _nothing(store: Store, selection: Selection, left_out: int) -> str:
    if not store.replica.size() and not store.claims.count():
        return "This profile knows no events yet: sync or import first."
    if left_out:
        return f"No event{selection.words()} can be exported: the details of {left_out:,} are not on this laptop."
    return f"No event{selection.words()} is known here."


def _item(text: str) -> Item:
    label = read_label(text)
    if isinstance(label, Unreadable):
        raise BadInput(f"{label.reason} {label.hint}".strip())
    if not label.item.serialised:
        raise BadInput(f"{label.item.key} names a class of goods, not one item: its serial is missing.")
    return label.item


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise BadInput(f"“{text[:40]}” is not a day such as 2026-02-28.")
    return day
