"""Where every unit stood after its last entry: kept beside the log, so that a whole stock is read and not told again.

A row is worth what `app.standings` made sure of when it wrote it. Rows that a reorganisation undid are marked where the log is
rewound (`Replica.rewind`), and told anew.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from chain.encoding import ZERO
from chain.journey import Item

UNDONE = -1


@dataclass(frozen=True, slots=True)
class Standing:
    """A unit after the entry `last`: its life's status, the organisations that hold and await it, and its container."""

    unit: bytes
    last: int
    status: int
    custodian: int
    receiver: int
    parent: bytes = ZERO


class Standings:
    """The rows. Writers call within a transaction of the store."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def told_to(self) -> int:
        """How many of the log's entries the rows include."""
        return int(self._db.execute("select size from standings_told").fetchone()[0])

    def tell_to(self, size: int) -> None:
        """The rows include so many entries now."""
        self._db.execute("update standings_told set size = ?", (size,))

    def undone(self) -> list[bytes]:
        """Units whose last entries a reorganisation took away."""
        return [row[0] for row in self._db.execute("select unit from standings where last = ?", (UNDONE,))]

    def keep(self, rows: Iterable[Standing]) -> None:
        """Keep how units stand."""
        self._db.executemany(
            "insert or replace into standings values (?,?,?,?,?,?)",
            ((one.unit, one.last, one.status, one.custodian, one.receiver, one.parent) for one in rows),
        )

    def forget(self, units: Iterable[bytes]) -> None:
        """Drop the rows of units that are none any more."""
        self._db.executemany("delete from standings where unit = ?", ((unit,) for unit in units))

    def all(self) -> dict[bytes, Standing]:
        """Every row by its unit."""
        rows = self._db.execute("select unit, last, status, custodian, receiver, parent from standings")
        return {row[0]: Standing(*row) for row in rows}

    def named(self) -> Iterator[tuple[bytes, Item, str]]:
        """The units that have a row and are known by name: the unit, the item and its product."""
        rows = self._db.execute(
            "select i.unit, i.gtin, i.serial, i.lot, i.expiry, i.sscc, i.product from items i join standings s on s.unit = i.unit"
        )
        for unit, gtin, serial, lot, expiry, sscc, product in rows:
            yield unit, Item(gtin, serial, lot, date.fromisoformat(expiry) if expiry else None, sscc), product
