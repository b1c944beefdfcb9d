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
NAMES = (
    "m001_replica",
    "m002_goods",
    "m003_scans",
    "m004_claims",
    "m005_desk",
    "m006_outbox",
    "m007_alerts",
    "m008_administration",
    "m009_standings",
    "m010_letters",
)


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

    @steps()
    def m004_claims(db: Database) -> None:
        """What imported files tell (`app.store.claims`); nothing here is ever part of a proof."""
        db.execute("create table claim_sources (id integer primary key, name text, at integer) strict")
        db.execute(
            "create table claims (id integer primary key, source integer, hash blob, event_id text, error text, at integer,"
            " fields blob, raw blob) strict"
        )
        db.execute("create unique index claims_once on claims (hash, event_id, error)")
        db.execute("create index claims_ids on claims (event_id) where error != ''")
        db.execute("create table claim_goods (name text, claim integer, primary key (name, claim)) strict, without rowid")
        db.execute(
            "create table claimed_items (key text primary key, gtin text, serial text, lot text, expiry text, sscc text,"
            " product text) strict"
        )
        db.execute(
            "create table claimed_masters (kind text, name text, title text, lat real, lon real, country text, address text,"
            " primary key (kind, name)) strict, without rowid"
        )

    @steps()
    def m005_desk(db: Database) -> None:
        """The desk (`app.store.desk`): sessions, what they record, notes, people, the audit trail, label issues."""
        db.execute(
            "create table desk_sessions (id text primary key, task text, begun text, by text, place text, other text, note text,"
            " ending text, state text, finished text) strict"
        )
        db.execute(
            "create table desk_lines (session text, n integer, at text, mark text, text text, key text, name text, by text,"
            " via text, kind text, code text, why text, step text, stops integer, carrier text, box text, of integer, lot text,"
            " covers blob, primary key (session, n)) strict"
        )
        db.execute(
            "create table desk_posts (session text, n integer, step blob, at text, state text, reason text, tries integer,"
            " undoes integer, primary key (session, n)) strict"
        )
        db.execute("create index desk_posts_waiting on desk_posts (state) where state = 'waiting'")
        db.execute(
            "create table desk_notes (number text primary key, sender text, receiver text, source text, at text, lines blob)"
            " strict"
        )
        db.execute(
            "create table desk_people (id text primary key, name text, rank text, pin text, badge text, active integer) strict"
        )
        db.execute(
            "create table desk_audit (n integer primary key, at text, who text, station text, act text, about text,"
            " evidence text, previous text, hash text) strict"
        )
        db.execute("create table desk_issues (id text primary key, about blob, recorded integer default 0) strict")
        db.execute("create table desk_serials (issue text, n integer, serial text, primary key (issue, n)) strict, without rowid")

    @steps()
    def m006_outbox(db: Database) -> None:
        """What this laptop's devices signed (`app.store.outbox`), and the transactions that bring it to the network."""
        db.execute(
            "create table outgoing (id integer primary key, device blob, gln text, at integer, words text, commitment blob,"
            " batch blob, conflict text, reason text, theirs text, tries integer, last_error text) strict"
        )
        db.execute("create index outgoing_commitments on outgoing (commitment)")
        db.execute(
            "create table transmissions (sender blob, nonce integer, hash blob, raw blob, target blob, calldata blob,"
            " gas integer, fee text, tip text, primary key (sender, nonce)) strict"
        )
        db.execute("create table handovers (id text primary key, at integer, role text, offer blob, answer blob) strict")

    @steps()
    def m007_alerts(db: Database) -> None:
        """What the detector asked, what people decided, what was opened (`app.store.alerts`)."""
        db.execute(
            "create table alert_runs (id integer primary key, at text, model text, card blob, size integer, root blob,"
            " block integer, scans integer, items integer, events integer, sightings integer, left_out integer, cutoff real)"
            " strict"
        )
        db.execute("create table alert_risks (run integer, key text, risk real, p_value real, primary key (run, key)) strict")
        db.execute(
            "create table alerts (id integer primary key, key text, opened text, run integer, state text, told blob) strict"
        )
        db.execute("create unique index alerts_open on alerts (key) where state = 'open'")
        db.execute("create index alerts_keys on alerts (key)")
        db.execute(
            "create table alert_decisions (id integer primary key, alert integer, at text, by text, decision text, note text,"
            " photo text, photo_hash text, risk real, model text) strict"
        )
        db.execute("create index alert_decisions_of on alert_decisions (alert)")
        db.execute("create table goods_worth (gtin text primary key, amount real) strict, without rowid")
        db.execute(
            "create table inspections (id integer primary key, shift text, key text, place integer, context blob, why text,"
            " at text, outcome integer, found text) strict"
        )
        db.execute("create unique index inspections_once on inspections (shift, key)")

    @steps()
    def m008_administration(db: Database) -> None:
        """Entries about organisations and devices are read at every posting: found without reading the rest."""
        db.execute("create index events_administration on events (idx) where verb >= 32")

    @steps()
    def m009_standings(db: Database) -> None:
        """Where every unit stood after its last entry (`app.store.standings`): told from the log, once."""
        db.execute(
            "create table standings (unit blob primary key, last integer, status integer, custodian integer, receiver integer,"
            " parent blob) strict, without rowid"
        )
        db.execute("create index standings_last on standings (last)")
        db.execute("create table standings_told (id integer primary key check (id = 1), size integer) strict")
        db.execute("insert into standings_told values (1, 0)")

    @steps()
    def m010_letters(db: Database) -> None:
        """Which shipments' details were sent to which laptop (`app.store.letters`); how shipments are found."""
        db.execute(
            "create table letters (ship blob, device blob, told integer, missing integer, primary key (ship, device)) strict,"
            " without rowid"
        )
        db.execute("create index events_shipped on events (organisation, counterparty) where verb = 3")

    return steps
