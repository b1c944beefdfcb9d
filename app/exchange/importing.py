"""`wayproof import`: what a file is decides what becomes of it. Events of documents enter as claims (`claiming`) unless they are
to be recorded (`recording`); tables whose mapping names parties and verbs are recorded here, block by block, proven at the end.

1. The file is read, and every row is told and rehearsed. Unless told to keep going, one bad row refuses the file, and nothing
   has been touched.
2. A profile without a network founds its embedded one an hour before the oldest record time in the file; parties are enrolled.
3. Lines are recorded in the blocks of `app.exchange.plan`. What stands on the log already is skipped. Killed at any point, the
   same call goes on where it was: a block is on the chain whole or not at all, and the next ones get the times they would have
   had. So the same file on an empty profile always ends in the same log root.
4. The log is pulled and proven, so that every item can be verified without a network.

On a network that has other content the blocks come behind it, at later times, and the log root is that network's own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.exchange.checking import Checked, Checker, Refused, stop_if
from app.exchange.claiming import nothing_of, take
from app.exchange.documents import EpcisSource
from app.exchange.found import Source
from app.exchange.gazetteer import Gazetteer
from app.exchange.grounds import ENROLLED_BEFORE, FOUNDED_BEFORE, founded, recorder_of
from app.exchange.mapping import TableMapping
from app.exchange.opening import form_of, open_table
from app.exchange.plan import CHUNK, blocks, chunks
from app.exchange.rows import Table
from app.exchange.tables import EventsSource, TableSource
from app.exchange.telling import Teller
from app.network import Network
from app.recorder import Member, Recorder
from app.station import Station
from app.store import bytes_of
from app.sync import Progress, silent
from chain.errors import BadInput
from chain.journey import Party


def never() -> bool:
    """A `cancelled` that does not cancel."""
    return False


def import_file(
    station: Station,
    path: Path,
    mapping: str | None = None,
    *,
    keep_going: bool = False,
    record: bool = False,
    progress: Progress = silent,
    cancelled: Callable[[], bool] = never,
    chunk: int = CHUNK,
) -> Iterator[dict[str, object]]:
    """Bring a file's history in: as claims, or recorded on the station's network.

    Args:
        station: the profile; where something is recorded, its embedded network is founded if it has none.
        path: an EPCIS document (JSON or XML), a workbook or a delimited file; its content says which.
        mapping: of a table, the name of a shipped mapping or the path of one; None to find it by the header.
        keep_going: leave bad rows and events out, and report each, instead of refusing the file.
        record: record the events of documents, and of tables whose mapping enters claims, on the network.
        progress: told what is being done and how far it is.
        cancelled: asked between blocks; when it says so, `Stopped` is raised.
        chunk: lines whose events share blocks; part of what makes an import reproducible.

    Yields: what `claiming.take`, `recording.record` or `record_table` yield.

    Raises:
        BadInput: the file, the mapping, or (unless `keep_going`) a row or event is bad; nothing was kept or recorded then.
        Stopped: cancelled.
        LedgerError, StoreError: the network or the disk failed; what was recorded until then is whole.
    """
    found = opened(path, mapping)
    if isinstance(found, RecordedTable):
        yield from record_table(
            station, path, found.spec, found.rows, keep_going=keep_going, progress=progress, cancelled=cancelled, chunk=chunk
        )
    elif record:
        from app.exchange.recording import record as recorded

        yield from recorded(station, found, str(path), keep_going=keep_going, progress=progress, cancelled=cancelled)
    else:
        yield from take(station.store, found, str(path), keep_going=keep_going, progress=progress, cancelled=cancelled)


@dataclass(frozen=True, slots=True)
class RecordedTable:
    """A table whose mapping records what its rows tell, and never enters claims."""

    spec: TableMapping
    rows: Table


def opened(path: Path, mapping: str | None) -> Source | RecordedTable:
    """What a file holds, by its content; `mapping` as in `import_file`. Raises BadInput in one sentence."""
    form = form_of(path)
    if form == "epcis":
        if mapping:
            raise BadInput(f"{path} is no table: a mapping has nothing to say about EPCIS documents. Leave --mapping out.")
        try:
            return EpcisSource(path)
        except BadInput as error:
            raise BadInput(nothing_of(path, error), **error.details) from None
    spec, rows = open_table(path, form, mapping)
    if spec is None:
        return EventsSource(path.name, form, rows)
    return (
        TableSource(path.name, form, rows, Teller(spec, Gazetteer.read(spec.places)))
        if spec.claims
        else RecordedTable(spec, rows)
    )


def checked_table(
    station: Station, spec: TableMapping, rows: Table, progress: Progress, cancelled: Callable[[], bool]
) -> tuple[Checked, Teller, Recorder | None, dict[str, Party]]:
    """Every row of a table told and rehearsed on the present state of the network; nothing is touched."""
    if station.offline:
        raise BadInput("Recording needs the network: this is offline work.")
    teller = Teller(spec, Gazetteer.read(spec.places))
    recorder = recorder_of(station, progress) if station.trust is not None else None
    known = {party.gln: party for party in station.store.goods.parties() if party.organisation}
    return Checker(teller, recorder, known, progress, cancelled).check(rows.rows), teller, recorder, known


def record_table(
    station: Station,
    path: Path,
    spec: TableMapping,
    rows: Table,
    *,
    keep_going: bool,
    progress: Progress,
    cancelled: Callable[[], bool],
    chunk: int,
) -> Iterator[dict[str, object]]:
    """Record a table's history on the station's network.

    Yields: {source, row, line, column, reason} for each refused row, then one summary: source, mapping, rows, events, recorded,
        duplicates, refused, blocks, gas_per_event, seconds, events_per_second, log_size, log_root, block, bytes_on_disk.
    """
    started = time.monotonic()
    checked, teller, recorder, known = checked_table(station, spec, rows, progress, cancelled)
    if checked.refused and not keep_going:
        raise BadInput(_all_or_nothing(path, checked.refused))
    for one in checked.refused:
        yield one.as_json(str(path))
    if not checked.rows:
        raise BadInput(f"No row of {path} can be imported.")
    if recorder is None:
        founded(station, int(checked.since.timestamp()) - FOUNDED_BEFORE)
        recorder = recorder_of(station, progress)
    work = _Recording(recorder, teller, station.network(), progress, cancelled)
    work.record(checked, known, chunk)
    station.sync(progress)
    seconds = time.monotonic() - started
    newest = station.store.replica.checkpoint()
    yield {
        "source": str(path),
        "mapping": spec.name,
        "rows": len(rows.rows),
        "events": checked.events,
        "recorded": work.recorded,
        "duplicates": checked.events - work.recorded,
        "refused": len(checked.refused),
        "blocks": work.blocks,
        "gas_per_event": round(work.gas / work.recorded) if work.recorded else 0,
        "seconds": round(seconds, 3),
        "events_per_second": round(work.recorded / seconds, 1),
        "log_size": newest[0].size if newest else 0,
        "log_root": newest[0].root.hex() if newest else "",
        "block": newest[0].block if newest else 0,
        "bytes_on_disk": sum(map(bytes_of, station.profile.glob("*.sqlite"))),
    }


def _all_or_nothing(path: Path, refused: Sequence[Refused]) -> str:
    more = f" ({len(refused) - 1} more rows are bad)" if len(refused) > 1 else ""
    return f"Nothing of {path} was imported: {refused[0].words}{more}. --keep-going leaves bad rows out and reports each."


class _Recording:
    """Records what was checked; counts what was new."""

    def __init__(
        self, recorder: Recorder, teller: Teller, network: Network, progress: Progress, cancelled: Callable[[], bool]
    ) -> None:
        self._recorder = recorder
        self._teller = teller
        self._progress = progress
        self._cancelled = cancelled
        self._network = network
        self.recorded = self.blocks = self.gas = 0

    def record(self, checked: Checked, known: dict[str, Party], chunk: int) -> None:
        """Enrol the parties, keep the places, record the lines."""
        self._enrol(list(checked.members.values()), known, int(checked.since.timestamp()) - ENROLLED_BEFORE)
        store = self._recorder.store
        with store.transaction():
            store.goods.add_places(checked.places.values())
        before = self._recorder.gas
        done = 0
        for rows in chunks(checked.rows, chunk):
            for block in blocks([self._teller.tell(row) for row in rows]):
                stop_if(self._cancelled)
                entries = self._recorder.record(block.drafts, self._time(block.at))
                self.recorded += len(entries)
                self.blocks += len({entry.block for entry in entries})
                done += len(block.drafts)
                self._progress("events", done, checked.events)
        self.gas = self._recorder.gas - before

    def _enrol(self, members: Sequence[Member], known: dict[str, Party], at: int) -> None:
        """A party that the network knows already stays as it was enrolled, and gets the roles that it lacks."""
        self._recorder.enrol(
            [
                Member(replace(known[m.party.gln], roles=known[m.party.gln].roles | m.party.roles), m.prefixes)
                if m.party.gln in known
                else m
                for m in members
            ],
            self._time(at),
        )

    def _time(self, at: int) -> int | None:
        """The time of a block where it can be chosen: that of the history, and never one that is to come."""
        return None if self._network.embedded is None else min(at, int(time.time()))
