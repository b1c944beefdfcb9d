"""Every scan and what was said about it. A record is never changed: a refined answer is a record of its own."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from chain.epcis import time_of, time_text
from chain.journey import Place
from chain.travel import Sighting


@dataclass(frozen=True, slots=True)
class ScanRow:
    """One recorded scan. `key` is the item's identity, "" where the code was unreadable; `block` 0 where nothing was proven."""

    at: datetime
    text: str
    by: str
    via: str
    place: Place | None
    key: str
    kind: str
    code: str
    reason: str
    block: int
    as_of: datetime | None
    risk: float | None
    ms: float
    findings: tuple[tuple[str, str, str, str], ...] = ()


class Scans:
    """The list of scans. Writers call within a transaction of the store."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def record(self, row: ScanRow) -> None:
        """Keep one."""
        place = orjson.dumps(row.place).decode() if row.place else ""
        self._db.execute(
            "insert into checks (at, text, by, via, place, key, kind, code, reason, block, as_of, risk, ms, findings)"
            " values (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                time_text(row.at), row.text, row.by, row.via, place, row.key, row.kind, row.code, row.reason, row.block,
                time_text(row.as_of) if row.as_of else "", row.risk, row.ms, orjson.dumps(row.findings),
            ),
        )  # fmt: skip

    def recent(self, limit: int) -> list[ScanRow]:
        """The newest first."""
        rows = self._db.execute(
            "select at, text, by, via, place, key, kind, code, reason, block, as_of, risk, ms, findings from checks"
            " order by id desc limit ?",
            (limit,),
        )
        return [
            ScanRow(
                time_of(r[0]), r[1], r[2], r[3], _place(r[4]), r[5], r[6], r[7], r[8], r[9], time_of(r[10]) if r[10] else None,
                r[11], r[12], tuple(tuple(f) for f in orjson.loads(r[13])),
            )
            for r in rows
        ]  # fmt: skip

    def sightings(self, key: str, since: datetime) -> tuple[Sighting, ...]:
        """Where and when this laptop itself saw an item, oldest first; scans without a place are none."""
        rows = self._db.execute(
            "select at, place from checks where key = ? and at >= ? and place != '' order by at", (key, time_text(since))
        )
        found = ((time_of(at).astimezone(UTC), _place(place)) for at, place in rows)
        return tuple(Sighting(at, place) for at, place in found if place is not None)


def _place(text: str) -> Place | None:
    return Place(**orjson.loads(text)) if text else None
