"""What an import would do, told before anything is touched: the same reading and the same rehearsal, and nothing written.

The window shows it and asks; the command line has `--keep-going` instead. What is refused can be saved as a table.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from app.exchange.checking import stop_if
from app.exchange.claiming import reading, standing
from app.exchange.found import Found, Source
from app.exchange.importing import RecordedTable, checked_table, never, opened
from app.exchange.spreadsheet import safe
from app.station import Station
from app.store import Store
from app.sync import Progress, silent
from chain.errors import BadInput

MOST = 10_000
"""Refused lines that are kept with their reasons; all are counted."""
COLUMNS = ("row", "event", "line", "column", "path", "id", "reason")
_EVERY = 500  # events between two words of progress


@dataclass(slots=True)
class Preview:
    """What would become of a file.

    `form` is what it is (``epcis-json``, ``epcis-xml``, ``table``, ``workbook``), `mapping` the one that tells a table's rows.
    `records` says that its events would be recorded on the network, `only_records` that nothing else can be done with it.
    `parties` are names that the network does not know: they would be enrolled with stand-in keys. `refused` are the first MOST.
    """

    path: Path
    form: str
    mapping: str = ""
    records: bool = False
    only_records: bool = False
    events: int = 0
    fresh: int = 0
    duplicates: int = 0
    bad: int = 0
    first: datetime | None = None
    last: datetime | None = None
    parties: tuple[str, ...] = ()
    refused: list[Mapping[str, object]] = field(default_factory=list)

    def refuse(self, row: Mapping[str, object], reason: str) -> None:
        """Count a line that is refused, and keep it."""
        self.bad += 1
        if len(self.refused) < MOST:
            self.refused.append({**row, "reason": reason})

    def span(self, at: datetime) -> None:
        """An event of this time is among those that would come in."""
        self.first = at if self.first is None or at < self.first else self.first
        self.last = at if self.last is None or at > self.last else self.last


def preview(
    station: Station,
    path: Path,
    mapping: str | None = None,
    *,
    record: bool = False,
    progress: Progress = silent,
    cancelled: Callable[[], bool] = never,
) -> Preview:
    """What `import_file` with the same arguments and `keep_going` would do. A rehearsal for the network pulls what is new there.

    Raises BadInput where the file or the mapping is bad, Stopped, LedgerError.
    """
    found = opened(path, mapping)
    if isinstance(found, RecordedTable):
        return _of_table(station, path, found, progress, cancelled)
    told = Preview(path, found.form, mapping or "", records=record)
    if record:
        _rehearse(station, found, told, progress, cancelled)
    else:
        _claim(station.store, found, told, progress, cancelled)
    if not (told.events or told.bad):
        raise BadInput(f"{path} holds no events.")
    return told


def _claim(store: Store, source: Source, told: Preview, progress: Progress, cancelled: Callable[[], bool]) -> None:
    seen: set[tuple[str, str, str]] = set()
    for fault in source.faults:
        told.refuse(fault.where, fault.reason)
    for one in source:
        told.events += 1
        if told.events % _EVERY == 0:
            stop_if(cancelled)
            progress(reading(source), source.done, source.size)
        _look(store, one, told, seen)


def _look(store: Store, one: Found, told: Preview, seen: set[tuple[str, str, str]]) -> None:
    if one.event is None:
        told.refuse(one.where, one.reason)
        return
    told.span(one.event.event_time)
    name = (one.hash, one.event.event_id, str(one.event.error))
    if name in seen or standing(store, one):
        told.duplicates += 1
    else:
        told.fresh += 1
    seen.add(name)


def _rehearse(station: Station, source: Source, told: Preview, progress: Progress, cancelled: Callable[[], bool]) -> None:
    from app.exchange.recording import rehearsed

    tried = rehearsed(station, source, str(told.path), progress, cancelled)
    told.events = len(tried.events) - len(source.faults)
    for one, (result, reason) in zip(tried.events, tried.results, strict=True):
        if result == "refused":
            told.refuse(one.where, reason)
            continue
        assert one.event is not None
        told.span(one.event.event_time)
        told.duplicates += result == "duplicate"
    told.fresh = len(tried.planned)
    known = {party.gln for party in station.store.goods.parties() if party.organisation}
    members = tried.plan.members(tried.planned)
    told.parties = tuple(one.party.name for one in members if one.party.gln not in known)


def _of_table(station: Station, path: Path, table: RecordedTable, progress: Progress, cancelled: Callable[[], bool]) -> Preview:
    checked, _, _, known = checked_table(station, table.spec, table.rows, progress, cancelled)
    told = Preview(path, "table", table.spec.name, records=True, only_records=True)
    for one in checked.refused:
        told.refuse({"row": one.row, "line": one.line, "column": one.column}, one.reason)
    told.events = told.fresh = checked.events
    if checked.rows:
        told.span(checked.since)
    told.parties = tuple(member.party.name for gln, member in checked.members.items() if gln not in known)
    return told


def refused_csv(refused: Iterable[Mapping[str, object]]) -> bytes:
    """Refused lines as a table: UTF-8 with a byte order mark, and no cell that a spreadsheet takes for a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in refused:
        writer.writerow([safe(str(row.get(name) if row.get(name) is not None else "")) for name in COLUMNS])
    return b"\xef\xbb\xbf" + text.getvalue().encode()
