"""From the replica to the detector's tables: proven events, this laptop's own scans, parties, places, products, sensors.

The same meaning as `forecasting.reading` gives the CSV files of DETECT_FORMAT.md. Ids are words that a person can read, so that
reasons name parties and papers; the detector looks inside none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from app.alerts.proven import ProvenLog, Watch, unwatched
from app.alerts.rows import Movement, Row, Warmth
from app.store import Store
from app.store.alerts import Seen
from chain.journey import Item, Party, Place, Role, Verb
from forecasting.cells import Codebook
from forecasting.tables import (
    LEDGER,
    OBSERVE,
    SCAN,
    SITE,
    VERIFY,
    Events,
    Parties,
    Products,
    Sensors,
    Shipments,
    Tables,
    no_labels,
)

AGAIN = timedelta(hours=1)  # the same item scanned at the same place within this is one sighting
NUMBERS = ("lat", "lon", "claimed", "recorded", "temperature")
ROLES = (
    (Role.ISSUER, "manufacturer"), (Role.CARRIER, "carrier"), (Role.KEEPER, "wholesaler"), (Role.RETAILER, "retailer"),
    (Role.AUDITOR, "authority"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gathered:
    """The tables and what each row rests on.

    `entry[row]` is a row's index in the log, -1 for a scan. `left_out` counts the items that are not judged because their
    records here are not what the contract holds. `later` holds the keys of items that entries beyond the bound are about.
    """

    tables: Tables
    entry: np.ndarray[tuple[int], np.dtype[np.int64]]
    items: Sequence[Item]
    products: Mapping[str, str]
    size: int
    scans: int
    left_out: int
    later: frozenset[str] = frozenset()

    def rows_of(self, item: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """The rows of an item, by code."""
        return np.flatnonzero(self.tables.events.item == item)


def gather(
    log: ProvenLog, scans: Iterable[Seen], here: Party | None, watch: Watch = unwatched, before: int | None = None
) -> Gathered:
    """Tables of everything that is proven, and of this laptop's own scans. `here` is the party that scanned.

    `before` leaves entries of that index and above out, as if they had not been recorded yet.
    """
    store, replica = log.store, log.store.replica
    wrong = frozenset(entry.argument for entry in log.entries if entry.verb is Verb.CORRECT)
    moving = Movement(replica.births(), dict(replica.drawn()), wrong)
    rows = [row for entry, detail in log.details(watch) for row in moving.rows(entry, detail)]
    doubted = _with_contents(log.doubted, rows)
    late = {row.unit for row in rows if before is not None and row.entry >= before}
    kept = [row for row in rows if row.unit not in doubted and (before is None or row.entry < before)]
    moving.warmth = [one for one in moving.warmth if before is None or one.entry < before]
    watch("reading", 1.0)
    made = _Gathering(store, moving, here)
    left_out = sum(moving.is_item(unit) for unit in doubted)
    return made.tables(kept, list(scans), left_out, log.checkpoint.size, frozenset(map(made.key, late)))


def _with_contents(doubted: set[bytes], rows: Sequence[Row]) -> set[bytes]:
    """Doubted units, and the items that travelled in them: their own journey rests on their container's."""
    return doubted | {row.unit for row in rows if row.container in doubted}


class _Gathering:
    """One gathering: the codebooks that the tables share."""

    def __init__(self, store: Store, moving: Movement, here: Party | None) -> None:
        self._store, self._moving, self._here = store, moving, here
        self._places: dict[str, Place | None] = {}
        self.parties = _Names(store.goods.parties())
        self.items, self.products, self.batches, self.devices = Codebook(), Codebook(), Codebook(), Codebook()
        self.containers, self.shipments = Codebook(), Codebook()
        self.goods: dict[bytes, tuple[int, int, int]] = {}
        self.named: list[Item] = []
        self.titles: dict[str, str] = {}
        self.makers: dict[int, int] = {}

    def key(self, unit: bytes) -> str:
        """What a unit goes by in the tables."""
        found = self._store.goods.item(unit)
        return found[0].key if found is not None else unit.hex()

    def tables(
        self, rows: Sequence[Row], scans: Sequence[Seen], left_out: int, size: int, later: frozenset[str] = frozenset()
    ) -> Gathered:
        """All tables."""
        columns = [self._event(row) for row in rows]
        known = {item.key: code for code, item in enumerate(self.named)}
        seen = self._sightings([one for one in scans if one.key in known])
        columns += [self._scan(one, known[one.key]) for one in seen]
        events = _events(columns)
        sensors = self._sensors(self._moving.warmth)
        shipments = self._shipments(rows)
        tables = Tables(
            events, self._parties(), self._products(), sensors, shipments, no_labels(len(self.items)), self.items.names,
            self.parties.names, self.products.names, [name for _, name in ROLES], self.parties.countries.names, (),
            {"device": self.devices.names, "shipment": self.shipments.names, "container": self.containers.names,
             "batch": self.batches.names},
        )  # fmt: skip
        entry = np.array([row.entry for row in rows] + [-1] * len(seen), np.int64)
        last = max((one.id for one in scans), default=0)
        return Gathered(tables, entry, self.named, self.titles, size, last, left_out, later)

    def _event(self, row: Row) -> tuple[float, ...]:
        item, product, batch = self._unit(row.unit)
        actor = self.parties.of(row.actor)
        if row.action == 0 and product >= 0:
            self.makers.setdefault(product, actor)
        place = self._place(row.read_point)
        lat, lon = (place.lat, place.lon) if place is not None else (None, None)
        return (
            item, product, batch, row.action, actor, self.parties.of(row.origin), self.parties.of(row.target),
            self.devices.code("0x" + row.device.hex()), self._container(row.container), self._note(row.shipment),
            _degrees(lat), _degrees(lon), SITE if lat is not None else -1, row.claimed, row.recorded, LEDGER, row.temperature,
        )  # fmt: skip

    def _unit(self, unit: bytes) -> tuple[int, int, int]:
        """(item, product, batch) codes of a unit; a unit that nobody named here goes by its id."""
        if unit not in self.goods:
            found = self._store.goods.item(unit)
            item, title = found if found is not None else (Item(serial=unit.hex()), "")
            code = self.items.code(item.key if found is not None else unit.hex())
            if code == len(self.named):
                self.named.append(item)
            product = self.products.code(item.gtin) if item.gtin else -1
            if item.gtin and title:
                self.titles.setdefault(item.gtin, title)
            lot = self._moving.lot_of(unit)
            batch = self.batches.code(item.lot or lot.hex()[:12]) if lot or item.lot else -1
            self.goods[unit] = code, product, batch
        return self.goods[unit]

    def _container(self, unit: bytes) -> int:
        if not unit:
            return -1
        found = self._store.goods.item(unit)
        return self.containers.code(found[0].key if found is not None else unit.hex()[:12])

    def _note(self, entry: int) -> int:
        return self.shipments.code(f"of entry {entry}") if entry >= 0 else -1

    def _place(self, name: str) -> Place | None:
        if name not in self._places:
            self._places[name] = self._store.goods.place(name) if name else None
        return self._places[name]

    def _sightings(self, scans: Sequence[Seen]) -> list[Seen]:
        """Scans with a place; the same item at the same place within the hour is one."""
        found: list[Seen] = []
        last: dict[tuple[str, str], datetime] = {}
        for one in sorted(scans, key=lambda scan: scan.at):
            spot = one.key, one.place.gln or f"{one.place.lat},{one.place.lon}"
            if spot not in last or one.at - last[spot] > AGAIN:
                last[spot] = one.at
                found.append(one)
        return found

    def _scan(self, one: Seen, item: int) -> tuple[float, ...]:
        """A scan of this laptop. Where it is known whose laptop it is, its party saw the item, by a clock that is this laptop's.

        That is a read of the trade, none of a consumer's phone, whose habits are others: a warehouse scans goods before they are
        sold. It names no device, because a scanner that reads a whole delivery does not collect codes.
        """
        goods = next((code[1:] for code in self.goods.values() if code[0] == item), (-1, -1))
        at = one.at.timestamp()
        actor = self.parties.of(self._here.organisation) if self._here is not None else -1
        action, channel = (OBSERVE, LEDGER) if actor >= 0 else (VERIFY, SCAN)
        return (
            item, *goods, action, actor, -1, -1, -1, -1, -1, _degrees(one.place.lat), _degrees(one.place.lon), SITE, at, at,
            channel, float("nan"),
        )  # fmt: skip

    def _parties(self) -> Parties:
        known = [self.parties.known[name] for name in self.parties.names]
        places = [self._place(party.gln) for party in known]
        empty = np.full(len(known), np.nan)
        return Parties(
            np.array([bool(party.gln) for party in known], bool),
            np.array([_role(party.roles) for party in known], np.int32),
            np.array([self.parties.countries.code(party.country) for party in known], np.int32),
            np.array([_degrees(place.lat if place else None) for place in places], np.float64),
            np.array([_degrees(place.lon if place else None) for place in places], np.float64),
            np.array([float(bool(party.roles)) if party.gln else np.nan for party in known], np.float64),
            empty, empty.copy(),
        )  # fmt: skip

    def _products(self) -> Products:
        size = len(self.products)
        unknown = np.full(size, np.nan)
        maker = np.array([self.makers.get(code, -1) for code in range(size)], np.int32)
        return Products(
            maker, np.full(size, -1, np.int32), unknown, unknown.copy(), unknown.copy(), np.zeros(size, bool),
            np.zeros((size, len(self.parties.countries)), bool), np.zeros((size, len(self.parties.names)), bool),
        )  # fmt: skip

    def _sensors(self, warmth: Sequence[Warmth]) -> Sensors:
        told = [one for one in warmth if one.container or one.shipment >= 0]
        return Sensors(
            np.array([self._container(one.container) for one in told], np.int32),
            np.array([self._note(one.shipment) for one in told], np.int32),
            np.array([one.at for one in told], np.float64), np.array([one.value for one in told], np.float64),
        )  # fmt: skip

    def _shipments(self, rows: Sequence[Row]) -> Shipments:
        size = len(self.shipments)
        found = Shipments(np.full(size, -1, np.int32), np.full(size, -1, np.int32), np.full(size, np.nan), np.full(size, np.nan))
        for row in rows:
            if row.shipment == row.entry >= 0:
                code = self._note(row.shipment)
                found.origin[code], found.target[code] = self.parties.of(row.actor), self.parties.of(row.target)
                found.time[code] = row.claimed
                found.declared[code] = np.nan_to_num(found.declared[code]) + 1
        return found


class _Names:
    """Parties by their number on the contract, under names that no two of them share."""

    def __init__(self, parties: Sequence[Party]) -> None:
        self._by_number = {party.organisation: party for party in parties if party.organisation}
        times: dict[str, int] = {}
        for party in parties:
            times[party.name] = times.get(party.name, 0) + 1
        self._shared = {name for name, count in times.items() if count > 1}
        self._codes = Codebook()
        self.countries = Codebook()
        self.known: dict[str, Party] = {}

    @property
    def names(self) -> list[str]:
        """In the order of their codes."""
        return self._codes.names

    def of(self, number: int) -> int:
        """The code of an organisation, -1 for none."""
        if not number:
            return -1
        party = self._by_number.get(number) or Party("", f"organisation {number}", organisation=number)
        name = party.name or party.gln or f"organisation {number}"
        if name in self._shared:
            name = f"{name} ({party.gln})"
        self.known.setdefault(name, party)
        return self._codes.code(name)


def _events(rows: Sequence[tuple[float, ...]]) -> Events:
    table = np.array(rows, np.float64).reshape(len(rows), len(Events.__slots__))
    columns: Any = {name: table[:, at] for at, name in enumerate(Events.__slots__)}
    codes = {name: column.astype(np.int32) for name, column in columns.items() if name not in NUMBERS}
    return Events(**columns | codes)


def _role(roles: Role) -> int:
    return next((code for code, (role, _) in enumerate(ROLES) if roles & role), -1)


def _degrees(value: float | None) -> float:
    return float("nan") if value is None else float(value)
