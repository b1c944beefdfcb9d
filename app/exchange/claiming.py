"""Imported history enters as claims: kept with its exact bytes, shown, exported again, and never taken for proof.

A file is taken whole or not at all, in one transaction of the store; with `keep_going` what is refused is left out and reported.
The report of each event waits in a temporary file until the transaction holds, so that nothing is called accepted that is not.
No network is needed and none is asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from tempfile import SpooledTemporaryFile

import orjson

from app.exchange.checking import stop_if
from app.exchange.found import Counts, Found, Source
from app.store import Store
from app.store.imported import located
from app.sync import Progress
from chain.epcis import hash_of
from chain.errors import BadInput
from chain.journey import Party, Place

_EVERY = 500  # events between two words of progress
_IN_MEMORY = 4 * 1024 * 1024  # bytes of the report


def take(
    store: Store, source: Source, shown: str, *, keep_going: bool, progress: Progress, cancelled: Callable[[], bool]
) -> Iterator[dict[str, object]]:
    """Keep the events of a source as claims.

    Args:
        shown: the file's name in the report.

    Yields: {source, ..., id, hash, result, reason} for each event, `result` being ``accepted``, ``duplicate`` or ``refused``;
        then one summary: source, format, events, accepted, duplicates, refused, seconds.

    Raises BadInput where the file holds no events, breaks off, or (unless `keep_going`) where one is refused.
    """
    started = time.monotonic()
    counts = Counts()
    with SpooledTemporaryFile(_IN_MEMORY) as report:
        with store.transaction():
            try:
                for row in _taken(store, source, counts, progress, cancelled):
                    report.write(orjson.dumps({"source": shown} | row) + b"\n")
                    if counts.refused and not keep_going:
                        raise BadInput(f"{counts.first} --keep-going leaves out what is refused and reports it")
            except BadInput as error:
                raise BadInput(nothing_of(shown, error), **error.details) from None
        report.seek(0)
        for line in report:
            yield orjson.loads(line)
    yield {
        "source": shown,
        "format": source.form,
        "events": counts.events,
        "accepted": counts.accepted,
        "duplicates": counts.duplicates,
        "refused": counts.refused,
        "seconds": round(time.monotonic() - started, 3),
    }


def nothing_of(file: object, error: BadInput) -> str:
    """One sentence that names the file and why it was left alone."""
    why = error.words.removesuffix(".")
    return f"{why}." if str(file) in why else f"Nothing of {file} was imported: {why}."


def _taken(
    store: Store, source: Source, counts: Counts, progress: Progress, cancelled: Callable[[], bool]
) -> Iterator[dict[str, object]]:
    """Each event's report row, once it is in the store."""
    for fault in source.faults:
        yield _row(fault, counts, "refused", fault.reason)
    number = store.claims.source(source.name)
    seen: set[str] = set()
    for found in source:
        counts.events += 1
        result, reason = _kept(store, number, found, seen)
        yield _row(found, counts, result, reason)
        if counts.events % _EVERY == 0:
            stop_if(cancelled)
            progress(reading(source), source.done, source.size)
    keep_masters(store, source)
    store.claims.drop_source(number)
    if counts.events >= _EVERY:
        progress(reading(source), source.size, source.size)


def reading(source: Source) -> str:
    """What is counted while a source is read."""
    return "bytes read" if source.form.startswith("epcis") else "rows read"


def _kept(store: Store, source: int, found: Found, seen: set[str]) -> tuple[str, str]:
    if found.event is None:
        return "refused", found.reason
    if found.index >= 0 and _on_log(store, found):
        return "duplicate", "it is on the log already"
    for place in located(found.event):
        if place.gln not in seen:
            seen.add(place.gln)
            store.claims.add_places((place,))
    try:
        new = store.claims.add(source, found.event, found.hash, found.raw(), found.product)
    except (orjson.JSONEncodeError, OverflowError, UnicodeEncodeError):
        return "refused", "it holds a number or a text that JSON cannot hold"
    return ("accepted", "") if new else ("duplicate", "the same event was imported already")


def standing(store: Store, found: Found) -> bool:
    """Whether an event is here already, as a claim or on the log."""
    assert found.event is not None
    return (found.index >= 0 and _on_log(store, found)) or store.claims.has(found.event, found.hash)


def _on_log(store: Store, found: Found) -> bool:
    """Whether the entry that the file names is this very event."""
    for entry in store.replica.entries(found.index, found.index + 1):
        detail = store.goods.detail(entry.commitment)
        if detail is not None and "eventTime" in detail.fields:
            return hash_of(detail.event) == found.hash
    return False


def _row(found: Found, counts: Counts, result: str, reason: str) -> dict[str, object]:
    if result == "refused":
        counts.refused += 1
        counts.first = counts.first or f"{words_of_place(found)}{reason.rstrip('.')}."
    elif result == "accepted":
        counts.accepted += 1
    else:
        counts.duplicates += 1
    return {**found.where, "hash": found.hash or None, "result": result, "reason": reason}


def words_of_place(found: Found) -> str:
    """Where a refused event stands, in front of its reason; a fault's own path says enough for documents."""
    if found.where.get("row") is not None:
        column = found.where.get("column")
        return f"row {found.where['row']}{f', column “{column}”' if column else ''}: "
    number = found.where.get("event")
    return f"event {number}: " if number is not None else ""


def keep_masters(store: Store, source: Source) -> None:
    """What the file says about places, parties and classes."""
    for one in source.masters():
        if one.kind == "place":
            store.claims.add_places((Place(one.name, one.title, one.lat, one.lon, one.country),))
        elif one.kind == "party":
            store.claims.add_parties((Party(one.name, one.title, one.address, country=one.country),))
        else:
            store.claims.add_classes(((one.name, one.title),))
