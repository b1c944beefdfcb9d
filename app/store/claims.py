"""What imported files tell: claims, kept apart from all that proofs are made of.

A claim is an event with its exact bytes, its CBV 2.0 hash, its id and the names of all goods it speaks of: those it is about,
containers and children, what went in and what came out, by item and by class. Nothing here can make a verdict better: the
verifier never reads these tables. The same event is kept once; the same event with an error declaration is another one, and
marks the first as wrong (EPCIS 2.0 section 7.4.1.3). Master data of documents stand here, too: a file cannot move a place that
the network knows.
"""

from __future__ import annotations

import re
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from urllib.parse import quote, unquote

import orjson

from chain.epcis import event_of_fields, fields_of
from chain.epcis.fields import error_members
from chain.epcis.identities import link_of
from chain.errors import BadInput
from chain.journey import Event, Item, Party, Place, Quantity

MOST = 500
"""Claims that are told about one item; where files name it more often, those imported first."""

_HASH = re.compile(r"ni:///sha-256;([0-9a-f]{64})\?ver=CBV2\.0")
_ITEM = re.compile(r"https://id\.gs1\.org/(?:00/(\d{18})|01/(\d{14})(?:/22/[^/]+)?(?:/10/[^/]+)?/21/([^/]+))", re.ASCII)
_CLASS = re.compile(r"https://id\.gs1\.org/01/(\d{14})(?:/10/([^/]+))?", re.ASCII)
_COLUMNS = (
    "c.id, c.hash, c.fields, s.name, c.error, exists (select 1 from claims w where w.event_id = c.event_id and w.error != '')"
)


@dataclass(frozen=True, slots=True)
class Heard:
    """A claim as it is kept. `wrong`: an error declaration about it was imported, or it is one itself."""

    number: int
    event: Event
    hash: str
    source: str
    wrong: bool


def _declared(event: Event) -> str:
    """An event's error declaration as it is kept, "" where it has none."""
    return orjson.dumps(error_members(event.error), option=orjson.OPT_SORT_KEYS).decode() if event.error else ""


class Claims:
    """The imported events and master data. Writers call within a transaction of the store."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    # ---- writing -------------------------------------------------------------------------------------------------------

    def source(self, name: str) -> int:
        """A file that is being imported; its number."""
        found = self._db.execute("insert into claim_sources (name, at) values (?, unixepoch())", (name,)).lastrowid
        assert found is not None  # SQLite gives one for each inserted row
        return found

    def drop_source(self, number: int) -> None:
        """Forget a file from which nothing was kept."""
        self._db.execute("delete from claim_sources where id = ? and id not in (select source from claims)", (number,))

    def add(self, source: int, event: Event, hash_: str, raw: bytes, product: str = "") -> bool:
        """Keep an event and the exact bytes it was read from; False where it is here already."""
        error = _declared(event)
        at = int(event.event_time.timestamp() * 1000)
        row = (
            source,
            digest_of(hash_),
            event.event_id or hash_,
            error,
            at,
            orjson.dumps(fields_of(event)),
            zlib.compress(raw, 1),
        )
        done = self._db.execute(
            "insert or ignore into claims (source, hash, event_id, error, at, fields, raw) values (?,?,?,?,?,?,?)", row
        )
        if not done.rowcount:
            return False
        names = {name_of(text) for text in goods_of(event)}
        self._db.executemany("insert into claim_goods values (?,?)", ((name, done.lastrowid) for name in names))
        self._add_items(event, product)
        return True

    def _add_items(self, event: Event, product: str) -> None:
        born = event.outputs if event.kind == "TransformationEvent" else event.epcs if event.action == "ADD" else ()
        for text in dict.fromkeys((*event.epcs, event.parent_id, *event.inputs, *event.outputs)):
            item = item_of_name(name_of(text)) if text else None
            if item is not None and item.serialised:
                values = (item.key, item.gtin, item.serial, item.sscc, product if text in born else "")
                self._db.execute(
                    "insert into claimed_items (key, gtin, serial, lot, expiry, sscc, product) values (?,?,?,'','',?,?)"
                    " on conflict (key) do update set product = excluded.product where product = ''",
                    values,
                )

    def add_places(self, places: Iterable[Place]) -> None:
        """Keep places as a document's master data tell them, by the GLN or URI that events name them with."""
        self._db.executemany(
            "insert or replace into claimed_masters values ('place', ?, ?, ?, ?, ?, '')",
            ((one.gln, one.name, one.lat, one.lon, one.country) for one in places),
        )

    def add_parties(self, parties: Iterable[Party]) -> None:
        """Keep parties as a document's master data tell them."""
        self._db.executemany(
            "insert or replace into claimed_masters values ('party', ?, ?, null, null, ?, ?)",
            ((one.gln, one.name, one.country, one.address) for one in parties),
        )

    # ---- reading -------------------------------------------------------------------------------------------------------

    def count(self) -> int:
        """How many events are kept."""
        return int(self._db.execute("select count(*) from claims").fetchone()[0])

    def about(self, name: str, limit: int = MOST) -> list[Heard]:
        """The events that name an item (its key) or a class of goods (its canonical link), by their event times."""
        rows = self._db.execute(
            f"select {_COLUMNS} from claim_goods g join claims c on c.id = g.claim join claim_sources s on s.id = c.source"
            " where g.name = ? order by g.claim limit ?",
            (name, limit),
        )
        return sorted(_heard(rows), key=lambda one: (one.event.event_time, one.number))

    def has(self, event: Event, hash_: str) -> bool:
        """Whether an event is kept already."""
        row = (digest_of(hash_), event.event_id or hash_, _declared(event))
        return self._db.execute("select 1 from claims where hash = ? and event_id = ? and error = ?", row).fetchone() is not None

    def known(self, name: str) -> bool:
        """Whether an event names it."""
        return self._db.execute("select 1 from claim_goods where name = ?", (name,)).fetchone() is not None

    def all(self) -> Iterator[Heard]:
        """Every event in the order of import."""
        return _heard(self._db.execute(f"select {_COLUMNS} from claims c join claim_sources s on s.id = c.source order by c.id"))

    def raw(self, number: int) -> bytes:
        """The exact bytes that an event was read from."""
        row = self._db.execute("select raw from claims where id = ?", (number,)).fetchone()
        return b"" if row is None else zlib.decompress(row[0])

    def place(self, name: str) -> Place | None:
        """A place as a document told it."""
        row = self._db.execute(
            "select name, title, lat, lon, country from claimed_masters where kind = 'place' and name = ?", (name,)
        ).fetchone()
        return None if row is None else Place(*row)

    def party(self, name: str) -> Party | None:
        """A party as a document told it."""
        row = self._db.execute(
            "select name, title, address, country from claimed_masters where kind = 'party' and name = ?", (name,)
        ).fetchone()
        return None if row is None else Party(row[0], row[1], row[2], country=row[3])

    def add_classes(self, names: Iterable[tuple[str, str]]) -> None:
        """Keep what classes of goods are called, by their canonical links."""
        self._db.executemany("insert or replace into claimed_masters values ('class', ?, ?, null, null, '', '')", names)

    def search(self, query: str, limit: int, offset: int) -> list[tuple[Item, str]]:
        """Items that only claims name, whose identity or product contains the query, the newest first."""
        like = "%" + query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        rows = self._db.execute(
            "select gtin, serial, lot, expiry, sscc, product from claimed_items where key not in (select key from items)"
            " and (key like ? escape '\\' or product like ? escape '\\') order by rowid desc limit ? offset ?",
            (like, like, limit, offset),
        )
        return [(Item(r[0], r[1], r[2], date.fromisoformat(r[3]) if r[3] else None, r[4]), r[5]) for r in rows]

    def product(self, key: str) -> str:
        """What an item, or the class of goods that it belongs to, is called in the files; "" where they do not say."""
        row = self._db.execute("select product from claimed_items where key = ? and product != ''", (key,)).fetchone()
        trade_item = f"https://id.gs1.org/01/{key[4:18]}" if key.startswith("(01)") else key
        for name in (key, trade_item, trade_item.partition("/10/")[0]):
            if row is None:
                row = self._db.execute("select title from claimed_masters where kind = 'class' and name = ?", (name,)).fetchone()
        return "" if row is None else str(row[0])


def _heard(rows: Iterable[Sequence[object]]) -> Iterator[Heard]:
    for number, hash_, fields, source, error, wrong in rows:
        if not (isinstance(number, int) and isinstance(hash_, bytes) and isinstance(fields, bytes)):
            continue
        try:
            event = event_of_fields(orjson.loads(fields))
        except (BadInput, orjson.JSONDecodeError):  # edited on this laptop into nonsense: nothing to tell
            continue
        yield Heard(number, event, f"ni:///sha-256;{hash_.hex()}?ver=CBV2.0", str(source), bool(error or wrong))


def digest_of(hash_: str) -> bytes:
    """The 32 bytes of a CBV 2.0 event hash. Raises BadInput."""
    found = _HASH.fullmatch(hash_)
    if found is None:
        raise BadInput(f"{hash_[:80]} is not a CBV 2.0 event hash.")
    return bytes.fromhex(found[1])


def goods_of(event: Event) -> tuple[str, ...]:
    """All goods that an event names, as it names them."""
    quantities = (*event.quantities, *event.input_quantities, *event.output_quantities)
    found = (*event.epcs, event.parent_id, *event.inputs, *event.outputs, *(one.epc_class for one in quantities))
    return tuple(dict.fromkeys(filter(None, found)))


@lru_cache(maxsize=1 << 14)
def name_of(text: str) -> str:
    """One name for all the ways to write one thing: an item's key, a class's canonical link, or the text as it is."""
    link = link_of(text) or text
    link = link.partition("?")[0] if link.startswith("http") else link
    found = _ITEM.fullmatch(link)
    if found is not None:
        return Item(sscc=found[1]).key if found[1] else Item(gtin=found[2], serial=unquote(found[3])).key
    return link


def name_of_item(item: Item) -> str:
    """The name under which claims keep an item, or a class of goods: a GTIN, with or without a lot."""
    if item.serialised:
        return item.key
    return name_of(f"https://id.gs1.org/01/{item.gtin}" + (f"/10/{quote(item.lot, safe='')}" if item.lot else ""))


def item_of_name(name: str) -> Item | None:
    """The item, or the class of goods, behind a name; None where that is no GS1 identity of trade items or logistic units."""
    if not name.startswith("("):
        found = _CLASS.fullmatch(name)
        return Item(gtin=found[1], lot=unquote(found[2] or "")) if found else None
    if name.startswith("(00)"):
        return Item(sscc=name[4:])
    return Item(gtin=name[4:18], serial=name[22:]) if name[18:22] == "(21)" else None


def words_of_quantity(quantity: Quantity) -> str:
    """``12.5 KGM``, ``200``, or "" where no amount is told."""
    return "" if quantity.amount is None else f"{quantity.amount:g} {quantity.uom}".strip()
