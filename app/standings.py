"""Where every unit stands, kept up to date: only what the log says of it since the last time is told.

A count needs the whole stock, and telling 100,000 entries again took seconds at its every beginning. Each row was told from the
unit's own entries and held against its proven head (`app.known`) when it was written; a reorganisation marks what it undid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from app.known import teller
from app.store import Store
from app.store.standings import Standing
from chain.calls import Held
from chain.evidence import Checkpoint
from chain.journey import Verb

STEP = 400
"""Entries whose units one transaction writes."""

Progress = Callable[[str, int, int], None]


def bring_up(store: Store, progress: Progress | None = None) -> None:
    """Bring the rows to the newest checkpoint, in short transactions.

    `progress` may raise to stop: the next call goes on. Raises StoreError where a unit does not fit what was proven of it.
    """
    told = set[bytes]()
    while (newest := store.replica.checkpoint()) is not None:
        at = newest[0]
        tell = teller(store, at)
        if not _undone(store, at, tell):
            continue
        while (done := store.standings.told_to()) < at.size:
            end = min(at.size, done + STEP)
            with store.reading():
                units = {unit for entry in store.replica.entries(done, end) for unit in _moved(entry.verb, entry.units)} - told
                rows = _rows(store, at, tell, units)
            if not _write(store, at, rows, (), end):
                told.clear()
                break
            told |= units
            if progress is not None:
                progress("standings", end, at.size)
        else:
            return


def _undone(store: Store, at: Checkpoint, tell: Callable[[bytes], Held | None]) -> bool:
    """Tell anew what a reorganisation undid; False where the replica moved meanwhile."""
    with store.reading():
        units = store.standings.undone()
        rows = _rows(store, at, tell, units)
    return not units or _write(store, at, rows, set(units) - {row.unit for row in rows}, None)


def _moved(verb: Verb, units: tuple[bytes, ...]) -> tuple[bytes, ...]:
    return units if verb < Verb.ENROL_ORGANISATION else ()


def _rows(store: Store, at: Checkpoint, tell: Callable[[bytes], Held | None], units: Iterable[bytes]) -> list[Standing]:
    found = []
    for unit in units:
        held, last = tell(unit), store.replica.last_about(unit, at.size)
        if held is not None and last is not None:
            one = held.state
            found.append(Standing(unit, last, int(one.status), one.custodian, one.receiver, one.parent))
    return found


def _write(store: Store, at: Checkpoint, rows: Iterable[Standing], gone: Iterable[bytes], end: int | None) -> bool:
    """Keep rows that were told at a checkpoint; False where it is no longer the newest, and nothing was written."""
    with store.transaction():
        newest = store.replica.checkpoint()
        if newest is None or newest[0] != at:
            return False
        store.standings.keep(rows)
        store.standings.forget(gone)
        if end is not None:
            store.standings.tell_to(end)
    return True
