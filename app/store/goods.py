"""What the hashes stand for: items, the details of events, parties, places; and the settings of the profile."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import orjson

from chain.epcis import event_of_fields
from chain.errors import BadInput
from chain.evidence import Detail
from chain.journey import NO_ROLE, Item, Party, Place, Role

ALL_ROLES = int(Role.ISSUER | Role.CARRIER | Role.KEEPER | Role.RETAILER | Role.AUDITOR)


class Goods:
    """Master data and event details. Writers call within a transaction of the store."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def add_items(self, items: Iterable[tuple[bytes, Item, str]]) -> None:
        """Keep (unit id, item, product name)."""
        self._db.executemany(
            "insert or replace into items (unit, key, gtin, serial, lot, expiry, sscc, product) values (?,?,?,?,?,?,?,?)",
            (
                (unit, i.key, i.gtin, i.serial, i.lot, i.expiry.isoformat() if i.expiry else "", i.sscc, product)
                for unit, i, product in items
            ),
        )

    def item(self, unit: bytes) -> tuple[Item, str] | None:
        """The item and product name behind a unit id."""
        row = self._db.execute("select gtin, serial, lot, expiry, sscc, product from items where unit = ?", (unit,)).fetchone()
        return None if row is None else (_item(row), row[5])

    def by_key(self, key: str) -> tuple[Item, str] | None:
        """The item of an identity, with its product name."""
        row = self._db.execute("select gtin, serial, lot, expiry, sscc, product from items where key = ?", (key,)).fetchone()
        return None if row is None else (_item(row), row[5])

    def search(self, query: str, limit: int, offset: int) -> list[tuple[bytes, Item, str]]:
        """Items whose identity, lot or product contains the query, the newest first."""
        like = "%" + query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        where = "where key like ? escape '\\' or product like ? escape '\\' or lot like ? escape '\\'" if query else ""
        rows = self._db.execute(
            f"select gtin, serial, lot, expiry, sscc, product, unit from items {where} order by rowid desc limit ? offset ?",
            ((like, like, like) if query else ()) + (limit, offset),
        )
        return [(row[6], _item(row), row[5]) for row in rows]

    def matching(self, query: str) -> int:
        """How many items `search` finds."""
        like = "%" + query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        where = "where key like ? escape '\\' or product like ? escape '\\' or lot like ? escape '\\'" if query else ""
        return int(self._db.execute(f"select count(*) from items {where}", (like, like, like) if query else ()).fetchone()[0])

    def count(self) -> int:
        """How many items are known."""
        return int(self._db.execute("select count(*) from items").fetchone()[0])

    def add_details(self, details: Iterable[tuple[bytes, Mapping[str, object], bytes]]) -> None:
        """Keep (commitment, fields, seed of the salts)."""
        rows = [(commitment, orjson.dumps(fields), seed) for commitment, fields, seed in details]
        self._db.executemany("insert or ignore into details values (?,?,?)", rows)
        self._db.executemany("update events set detailed = 1 where commitment = ?", ((row[0],) for row in rows))

    def forget_details(self, commitments: Iterable[bytes]) -> None:
        """Erase what stands behind commitments (GDPR article 17): the log keeps its hashes, this laptop no longer the words."""
        rows = [(commitment,) for commitment in commitments]
        self._db.executemany("delete from details where commitment = ?", rows)
        self._db.executemany("update events set detailed = 0 where commitment = ?", rows)

    def detail(self, commitment: bytes) -> Detail | None:
        """The details behind a commitment; what cannot be read is told as something else, and noticed by its hash."""
        row = self._db.execute("select fields, seed from details where commitment = ?", (commitment,)).fetchone()
        if row is None:
            return None
        try:
            fields, seed = orjson.loads(row[0]), row[1]
            if isinstance(fields, dict) and isinstance(seed, bytes):
                return Detail(fields, seed, event_of_fields(fields))
        except (BadInput, orjson.JSONDecodeError):
            pass
        return Detail({"unreadable": True}, bytes(32), event_of_fields({}))

    def newest_detail(self) -> int:
        """A number that grows with every detail that comes in."""
        return int(self._db.execute("select coalesce(max(rowid), 0) from details").fetchone()[0])

    def add_parties(self, parties: Iterable[Party]) -> None:
        """Keep organisations by their GLN."""
        self._db.executemany(
            "insert or replace into parties (gln, name, address, country, organisation, roles) values (?,?,?,?,?,?)",
            ((p.gln, p.name, p.address, p.country, p.organisation, int(p.roles)) for p in parties),
        )

    def parties(self) -> list[Party]:
        """All of them, by name."""
        rows = self._db.execute("select gln, name, address, roles, organisation, country from parties order by name")
        return [_party(row) for row in rows]

    def party(self, organisation: int) -> Party | None:
        """The organisation with this number on the contract."""
        row = self._db.execute(
            "select gln, name, address, roles, organisation, country from parties where organisation = ?", (organisation,)
        ).fetchone()
        return None if row is None else _party(row)

    def add_places(self, places: Iterable[Place]) -> None:
        """Keep locations by their GLN."""
        self._db.executemany(
            "insert or replace into places (gln, name, lat, lon, country) values (?,?,?,?,?)",
            ((p.gln, p.name, p.lat, p.lon, p.country) for p in places),
        )

    def place(self, gln: str) -> Place | None:
        """A location by its GLN."""
        row = self._db.execute("select gln, name, lat, lon, country from places where gln = ?", (gln,)).fetchone()
        return None if row is None else Place(*row)

    def places(self) -> list[Place]:
        """All locations, by name."""
        return [Place(*row) for row in self._db.execute("select gln, name, lat, lon, country from places order by name")]

    def setting(self, name: str) -> object:
        """A setting, None where it was never made."""
        row = self._db.execute("select value from settings where name = ?", (name,)).fetchone()
        return None if row is None else orjson.loads(row[0])

    def set(self, name: str, value: object) -> None:
        """Make a setting; any JSON value."""
        self._db.execute("insert or replace into settings values (?,?)", (name, orjson.dumps(value).decode()))


def _item(row: Sequence[str]) -> Item:
    expiry = date.fromisoformat(row[3]) if row[3] else None
    return Item(gtin=row[0], serial=row[1], lot=row[2], expiry=expiry, sscc=row[4])


def _party(row: Sequence[object]) -> Party:
    gln, name, address, roles, organisation, country = row
    known = Role(roles & ALL_ROLES) if isinstance(roles, int) else NO_ROLE
    number = organisation if isinstance(organisation, int) else 0
    return Party(str(gln), str(name), str(address), known, number, str(country))
