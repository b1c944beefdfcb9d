"""The tables of the one SQLite file, as migrations of sqlite-utils: a file of any earlier version is brought up to date in place.

sqlite-utils is loaded only where a migration is pending: it takes longer to import than a scan takes.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from app.errors import newer_file

if TYPE_CHECKING:
    from sqlite_utils import Database, Migrations

SET = "wayproof"
NAMES = ("m001_replica", "m002_goods", "m003_scans")


def applied(connection: sqlite3.Connection) -> set[str]:
    """The names of the migrations this file has had."""
    found = connection.execute("select 1 from sqlite_master where type = 'table' and name = '_sqlite_migrations'").fetchone()
    if not found:
        return set()
    return {row[0] for row in connection.execute("select name from _sqlite_migrations where migration_set = ?", (SET,))}


def bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Apply what is pending. Raises StoreError where the file is from a newer program."""
    have = applied(connection)
    if have - set(NAMES):
        raise newer_file()
    if have == set(NAMES):
        return
    from sqlite_utils import Database

    _migrations().apply(Database(connection))


def _migrations() -> Migrations:
    from sqlite_utils import Migrations

    steps = Migrations(SET)

    @steps()
    def m001_replica(db: Database) -> None:
        """The contract's log, its tiles, the pieces of proofs, and the checkpoints they were proven at."""
        db.table("events").create(
            {
                "idx": int, "verb": int, "organisation": int, "device": bytes, "counterparty": int, "event_time": int,
                "record_time": int, "commitment": bytes, "argument": bytes, "units": bytes, "block": int, "detailed": int,
            },
            pk="idx",
            strict=True,
        )  # fmt: skip
        db.table("events").create_index(["commitment"])
        # What an entry is about: its units; for a lot's recall the lot; for roles the organisation's number as a word.
        db.execute("create table about (subject blob, idx integer, primary key (subject, idx)) strict, without rowid")
        db.execute(
            "create table births (unit blob primary key, kind integer, prefix integer, lot blob, expiry integer, root blob,"
            " size integer) strict, without rowid"
        )
        db.execute("create index births_lots on births (prefix) where kind = 3")  # asked at every check
        db.execute("create table drawn (unit blob primary key, lot blob) strict, without rowid")
        db.execute("create table lot_units (unit blob primary key, lot blob, position integer) strict, without rowid")
        db.table("lot_units").create_index(["lot", "position"])
        db.execute("create table nodes (hash blob primary key, node blob) strict, without rowid")
        db.execute("create table slots (path blob primary key, slot blob) strict, without rowid")
        db.execute("create table tiles (level integer, n integer, data blob, primary key (level, n)) strict, without rowid")
        db.table("checkpoints").create(
            {
                "block": int,
                "origin": str,
                "size": int,
                "root": bytes,
                "hash": bytes,
                "state_root": bytes,
                "at": int,
                "header": bytes,
            },
            pk="block",
            strict=True,
        )

    @steps()
    def m002_goods(db: Database) -> None:
        """What the hashes stand for: items, the details of events, parties and places; and the settings."""
        db.table("items").create(
            {"unit": bytes, "key": str, "gtin": str, "serial": str, "lot": str, "expiry": str, "sscc": str, "product": str},
            pk="unit",
            strict=True,
        )
        db.table("items").create_index(["key"])
        # With a rowid: long rows that are keyed by a hash would leave half of every page empty.
        db.execute("create table details (commitment blob primary key, fields blob, seed blob) strict")
        db.table("parties").create(
            {"gln": str, "name": str, "address": str, "country": str, "organisation": int, "roles": int}, pk="gln", strict=True
        )
        db.table("parties").create_index(["organisation"])
        db.table("places").create({"gln": str, "name": str, "lat": float, "lon": float, "country": str}, pk="gln", strict=True)
        db.table("settings").create({"name": str, "value": str}, pk="name", strict=True)

    @steps()
    def m003_scans(db: Database) -> None:
        """Every scan and what was said about it."""
        db.table("checks").create(
            {
                "id": int, "at": str, "text": str, "by": str, "via": str, "place": str, "key": str, "kind": str, "code": str,
                "reason": str, "block": int, "as_of": str, "risk": float, "ms": float, "findings": bytes,
            },
            pk="id",
            strict=True,
        )  # fmt: skip
        db.table("checks").create_index(["key", "at"])

    return steps
