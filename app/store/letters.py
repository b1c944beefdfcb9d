"""Which shipments' details were sent to which laptop (`app.letters`). Writers call within a transaction of the store."""

from __future__ import annotations

import sqlite3

from app.store.replica import Replica
from chain.journey import Entry, Verb

_OURS = f"e.verb = {int(Verb.SHIP)} and e.organisation = ? and e.counterparty = ? and e.idx < ?"
NEVER = -1


class Letters:
    """One row a shipment (its commitment) and reader (a device): how many details were told, how many were missing."""

    def __init__(self, connection: sqlite3.Connection, replica: Replica) -> None:
        self._db = connection
        self._replica = replica

    def due(self, ours: int, theirs: int, device: bytes, size: int, limit: int) -> list[tuple[Entry, int]]:
        """Proven shipments to an organisation of which a device was told nothing, oldest first, each with NEVER."""
        query = (
            f"select e.idx, {NEVER} from events e where {_OURS}"
            " and not exists (select 1 from letters l where l.ship = e.commitment and l.device = ?) order by e.idx limit ?"
        )
        return self._entries(query, ours, theirs, size, device, limit)

    def unfinished(self, ours: int, theirs: int, device: bytes, size: int, limit: int) -> list[tuple[Entry, int]]:
        """Those of which it was told something with details missing, newest first, each with how many it was told."""
        query = (
            f"select e.idx, l.told from events e join letters l on l.ship = e.commitment and l.device = ? where {_OURS}"
            " and l.missing > 0 order by e.idx desc limit ?"
        )
        return self._entries(query, device, ours, theirs, size, limit)

    def sent(self, ship: bytes, device: bytes, told: int, missing: int) -> None:
        """A device was told so much of a shipment."""
        self._db.execute("insert or replace into letters values (?,?,?,?)", (ship, device, told, missing))

    def forget(self) -> None:
        """As if nothing had been told to anybody."""
        self._db.execute("delete from letters")

    def _entries(self, query: str, *values: object) -> list[tuple[Entry, int]]:
        rows = self._db.execute(query, values).fetchall()
        return [(entry, told) for index, told in rows for entry in self._replica.entries(index, index + 1)]
