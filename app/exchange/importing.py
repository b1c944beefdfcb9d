"""`wayproof import`: a file's history onto the network, checked as a whole first, recorded block by block, proven at the end.

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
from dataclasses import replace
from pathlib import Path

from app.exchange.checking import Checked, Checker, Refused, stop_if
from app.exchange.gazetteer import Gazetteer
from app.exchange.mapping import TableMapping
from app.exchange.mapping_file import mapping, names
from app.exchange.plan import CHUNK, blocks, chunks
from app.exchange.rows import Table, content, decoded, header, quoted, table
from app.exchange.telling import Teller
from app.network import Network
from app.recorder import Member, Recorder
from app.station import Station
from app.store import bytes_of
from app.sync import Progress, pull, silent
from chain.errors import BadInput
from chain.journey import Party

FOUNDED_BEFORE, ENROLLED_BEFORE = 3600, 1800  # seconds before the oldest record time


def never() -> bool:
    """A `cancelled` that does not cancel."""
    return False


def import_file(
    station: Station,
    path: Path,
    mapping: str | None = None,
    *,
    keep_going: bool = False,
    progress: Progress = silent,
    cancelled: Callable[[], bool] = never,
    chunk: int = CHUNK,
) -> Iterator[dict[str, object]]:
    """Record a file's history on the station's network.

    Args:
        station: the profile; its embedded network is founded where it has none.
        path: a delimited file.
        mapping: the name of a shipped mapping or the path of one; None to find it by the file's header.
        keep_going: leave bad rows out, and report each, instead of refusing the file.
        progress: told what is being done and how far it is.
        cancelled: asked between blocks; when it says so, `Stopped` is raised.
        chunk: lines whose events share blocks; part of what makes an import reproducible.

    Yields: {source, row, line, column, reason} for each refused row, then one summary: source, mapping, rows, events, recorded,
        duplicates, refused, blocks, gas_per_event, seconds, events_per_second, log_size, log_root, block, bytes_on_disk.

    Raises:
        BadInput: the file, the mapping, or (unless `keep_going`) a row is bad; nothing was recorded then.
        Stopped: cancelled.
        LedgerError, StoreError: the network or the disk failed; what was recorded until then is whole.
    """
    started = time.monotonic()
    if station.offline:
        raise BadInput("Importing needs the network: this is offline work.")
    spec, rows = opened(path, mapping)
    teller = Teller(spec, Gazetteer.read(spec.places))
    recorder = _recorder(station, progress) if station.trust is not None else None
    known = {party.gln: party for party in station.store.goods.parties() if party.organisation}
    checked = Checker(teller, recorder, known, progress, cancelled).check(rows.rows)
    if checked.refused and not keep_going:
        raise BadInput(_all_or_nothing(path, checked.refused))
    for one in checked.refused:
        yield one.as_json(str(path))
    if not checked.rows:
        raise BadInput(f"No row of {path} can be imported.")
    if recorder is None:
        _found(station, int(checked.since.timestamp()) - FOUNDED_BEFORE)
        recorder = _recorder(station, progress)
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


def opened(path: Path, name: str | None) -> tuple[TableMapping, Table]:
    """A delimited file and the mapping that fits it. Raises BadInput in one sentence."""
    data = content(path)
    spec = mapping(name) if name else _fitting(path, data)
    rows = table(decoded(data, spec.encoding, str(path)), spec.delimiter, str(path))
    missing = sorted(spec.columns.difference(rows.columns))
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise BadInput(f"{path} lacks columns of the mapping “{spec.name}”: {', '.join(map(quoted, missing[:3]))}{more}.")
    return spec, rows


def _fitting(path: Path, data: bytes) -> TableMapping:
    """The shipped mapping whose columns are all in the file's header: the one with the most, where there are several."""
    fitting: list[TableMapping] = []
    complaint: BadInput | None = None
    for name in names():
        spec = mapping(name)
        try:
            columns = header(decoded(data, spec.encoding, str(path)), spec.delimiter, str(path))
        except BadInput as error:
            complaint = error
            continue
        if spec.columns <= set(columns):
            fitting.append(spec)
    if fitting:
        return max(fitting, key=lambda spec: len(spec.columns))
    if complaint is not None:
        raise complaint
    raise BadInput(f"No mapping fits the header of {path}: name one with --mapping (shipped: {', '.join(names())}).")


def _all_or_nothing(path: Path, refused: Sequence[Refused]) -> str:
    more = f" ({len(refused) - 1} more rows are bad)" if len(refused) > 1 else ""
    return f"Nothing of {path} was imported: {refused[0].words}{more}. --keep-going leaves bad rows out and reports each."


def _found(station: Station, at: int) -> None:
    """A network for a profile that has none, as old as the history that it is to hold."""
    station.join(Network.embedded_in(station.profile, at))


def _recorder(station: Station, progress: Progress) -> Recorder:
    """A recorder on the present state of the network. No block is sealed by asking for it: blocks decide the log's root."""
    network = station.network()
    pull(station.store, network.ledger, network.trust, progress)
    return Recorder(network.ledger, station.store, network.keys)


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
