"""`wayproof import --record`: the events of a file onto the contract, bound to their exact bytes and their CBV hash.

1. Every event is read, judged and rehearsed (`intended`). Unless told to keep going, one that cannot be recorded refuses the
   file, and nothing has been touched.
2. A profile without a network founds its embedded one an hour before the oldest event; unknown parties become stand-ins.
3. Events are recorded in the order of their times, one block for as many as share no goods. An event's drafts share a block: it
   is on the log whole or not at all, and an import that was killed goes on where it was.
4. The exact bytes stay beside the log as those of claims do; the log is pulled and proven.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.exchange.checking import stop_if
from app.exchange.claiming import keep_masters, nothing_of, reading, words_of_place
from app.exchange.found import Found, Source
from app.exchange.grounds import ENROLLED_BEFORE, FOUNDED_BEFORE, founded, recorder_of
from app.exchange.intended import Plan, Planned
from app.recorder import Recorder
from app.station import Station
from app.sync import Progress
from chain.epcis import Master, gln_of
from chain.errors import BadInput, RuleBroken
from chain.journey import Place, Verb

MOST = 100_000
"""Events of one file: what is recorded is rehearsed whole, in memory."""
_BLOCK = 200  # drafts


def record(
    station: Station, source: Source, shown: str, *, keep_going: bool, progress: Progress, cancelled: Callable[[], bool]
) -> Iterator[dict[str, object]]:
    """Record the events of a source.

    Yields: {source, ..., id, hash, result, reason} for each event, `result` being ``recorded``, ``duplicate`` or ``refused``;
        then one summary: source, format, events, recorded, duplicates, refused, entries, blocks, gas_per_event, seconds,
        log_size, log_root, block.

    Raises:
        BadInput: the file is bad, or (unless `keep_going`) an event cannot be recorded; nothing was recorded then.
        Stopped, LedgerError, StoreError: what was recorded until then is whole.
    """
    started = time.monotonic()
    tried = rehearsed(station, source, shown, progress, cancelled)
    events, results, planned = tried.events, tried.results, tried.planned
    refused = [place for place, (result, _) in enumerate(results) if result == "refused"]
    if refused and not keep_going:
        place, more = refused[0], f" ({len(refused) - 1:,} more cannot either)" if len(refused) > 1 else ""
        raise BadInput(
            f"Nothing of {shown} was recorded: {words_of_place(events[place])}{results[place][1].rstrip('.')}{more}."
            " --keep-going leaves out what cannot be recorded and reports it."
        )
    work = _Work(station, progress, cancelled)
    if planned:
        work.record(tried.plan, planned, tried.masters, source, tried.recorder)
    for one, (result, reason) in zip(events, results, strict=True):
        yield {"source": shown, **one.where, "hash": one.hash or None, "result": result, "reason": reason}
    newest = station.store.replica.checkpoint()
    yield {
        "source": shown,
        "format": source.form,
        "events": len(events) - len(source.faults),
        "recorded": len(planned),
        "duplicates": sum(result == "duplicate" for result, _ in results),
        "refused": len(refused),
        "entries": work.entries,
        "blocks": work.blocks,
        "gas_per_event": round(work.gas / len(planned)) if planned else 0,
        "seconds": round(time.monotonic() - started, 3),
        "log_size": newest[0].size if newest else 0,
        "log_root": newest[0].root.hex() if newest else "",
        "block": newest[0].block if newest else 0,
    }


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """The events of a file, how each fared (a result and its reason), and what would be recorded, in that order."""

    events: Sequence[Found]
    results: Sequence[tuple[str, str]]
    planned: Sequence[Planned]
    plan: Plan
    masters: Sequence[Master]
    recorder: Recorder | None


def rehearsed(station: Station, source: Source, shown: str, progress: Progress, cancelled: Callable[[], bool]) -> Rehearsed:
    """Try the events of a source under the contract's rules; nothing is touched. Raises BadInput, Stopped, LedgerError."""
    if station.offline:
        raise BadInput("Recording needs the network: this is offline work.")
    try:
        events = [*source.faults, *_read(source, shown, progress, cancelled)]
    except BadInput as error:
        raise BadInput(nothing_of(shown, error), **error.details) from None
    recorder = recorder_of(station, progress) if station.trust is not None else None
    masters = list(source.masters())
    known = {party.gln: party for party in station.store.goods.parties() if party.organisation}
    plan = Plan(recorder, known, _names(masters))
    planned, results = _planned(plan, events)
    return Rehearsed(events, results, planned, plan, masters, recorder)


def _read(source: Source, shown: str, progress: Progress, cancelled: Callable[[], bool]) -> Iterator[Found]:
    for count, found in enumerate(source, 1):
        if count > MOST:
            raise BadInput(f"{shown} has more than {MOST:,} events: record it in parts.")
        if count % 500 == 0:
            stop_if(cancelled)
            progress(reading(source), source.done, source.size)
        yield found


def _names(masters: Sequence[Master]) -> dict[str, str]:
    """What the file calls parties, and the places that are theirs."""
    named = {gln: one.title for one in masters if one.kind == "place" and (gln := gln_of(one.name))}
    return named | {gln: one.title for one in masters if one.kind == "party" and (gln := gln_of(one.name))}


def _planned(plan: Plan, events: Sequence[Found]) -> tuple[list[Planned], list[tuple[str, str]]]:
    """What is to be recorded, in the order of the events' times, and how each event of the file fared."""
    results: list[tuple[str, str]] = [("refused", one.reason) for one in events]
    told = [place for place, one in enumerate(events) if one.event is not None]
    for place in told:
        plan.look(events[place])
    planned: list[Planned] = []
    for place in sorted(told, key=lambda place: (_time(events[place]), place)):
        try:
            one = plan.plan(events[place])
        except RuleBroken as broken:
            results[place] = "refused", f"the contract would refuse it: {broken.reason}"
        except BadInput as error:
            results[place] = "refused", error.words
        else:
            results[place] = ("recorded", "") if one else ("duplicate", "it is on the log already")
            planned += [one] if one else []
    return planned, results


def _time(found: Found) -> datetime:
    assert found.event is not None
    return found.event.event_time


class _Work:
    """Records what was planned; counts what it took."""

    def __init__(self, station: Station, progress: Progress, cancelled: Callable[[], bool]) -> None:
        self._station, self._progress, self._cancelled = station, progress, cancelled
        self.entries = self.blocks = self.gas = 0

    def record(
        self, plan: Plan, planned: Sequence[Planned], masters: Sequence[Master], source: Source, recorder: Recorder | None
    ) -> None:
        """Found or join the network, enrol, keep what the file says, record block by block, prove."""
        since = int(_time(planned[0].found).timestamp())
        fresh = recorder is None
        if recorder is None:
            founded(self._station, max(0, since - FOUNDED_BEFORE))
            recorder = recorder_of(self._station, self._progress)
        recorder.enrol(plan.members(planned), self._at(since - ENROLLED_BEFORE) if fresh else None)
        self._keep(planned, masters, source)
        done = 0
        for block in _blocks(planned):
            stop_if(self._cancelled)
            newest = max(int(_time(one.found).timestamp()) for one in block)
            entries = recorder.record([draft for one in block for draft in one.drafts], self._at(newest))
            self.entries += len(entries)
            self.blocks += len({entry.block for entry in entries})
            done += len(block)
            self._progress("events", done, len(planned))
        self.gas = recorder.gas
        self._station.sync(self._progress)

    def _keep(self, planned: Sequence[Planned], masters: Sequence[Master], source: Source) -> None:
        """The exact bytes, and places that nobody here has named before."""
        store = self._station.store
        with store.transaction():
            number = store.claims.source(source.name)
            for one in planned:
                assert one.found.event is not None
                store.claims.add(number, one.found.event, one.found.hash, one.found.raw(), one.found.product)
            keep_masters(store, source)
            store.claims.drop_source(number)
            places = (
                Place(gln, m.title, m.lat, m.lon, m.country) for m in masters if m.kind == "place" and (gln := gln_of(m.name))
            )
            store.goods.add_places(place for place in places if store.goods.place(place.gln) is None)

    def _at(self, at: int) -> int | None:
        """The time of a block where it can be chosen: that of the history, and never one that is to come."""
        return None if self._station.network().embedded is None else min(max(at, 1), int(time.time()))


def _blocks(planned: Sequence[Planned]) -> Iterator[list[Planned]]:
    """As many events in a row as share no goods; what is about a whole lot stands alone."""
    block: list[Planned] = []
    units: set[str] = set()
    for one in planned:
        mine = {item.key for draft in one.drafts for item in draft.items}
        alone = any(draft.verb in (Verb.RECALL, Verb.LIFT) for draft in one.drafts)
        if block and (alone or mine & units or sum(len(other.drafts) for other in block) >= _BLOCK):
            yield block
            block, units = [], set()
        block.append(one)
        units |= mine
        if alone:
            yield block
            block, units = [], set()
    if block:
        yield block
