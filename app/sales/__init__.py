"""What was sold, day by day, from the proven entries of the log: one series for each product at each of the merchant's sites.

A sale is a unit that was decommissioned as sold or dispensed, a unit shipped to somebody else, or goods named by class in an
event of the site (so many of a GTIN, EPCIS 2.0 section 7.3.3.3). Returns are netted on the day of the sale. Units in quarantine,
recalled or copied count neither as sold nor as stock. Only entries below the newest checkpoint are read, each is shown to stand
in the log under its root, and details count only where they are what was committed to. Forecasts nothing, writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from app.sales.days import Books, Series, laid_out
from app.store import Store
from chain import encoding, gs1
from chain.epcis.times import local_time
from chain.errors import BadInput, WayproofError
from chain.evidence import Checkpoint
from chain.journey import Entry, Event, Item, Receipt, Verb
from chain.merkle import root, verify_inclusion

if TYPE_CHECKING:
    from forecasting.transfers import Trip

SOLD_STEPS = frozenset(("retail_selling", "dispensing"))
SOLD = frozenset(("retail_sold", "dispensed", "partially_dispensed"))
RECEIVED_STEPS = frozenset(("receiving", "accepting", "stocking"))
COUNTED_STEPS = frozenset(("stock_taking", "cycle_counting"))
SHIPPED_STEPS = frozenset(("shipping", "departing"))
COPIED = "CLONE_PROVEN"
BEAT = 2_000  # entries between two words of progress

Progress = Callable[[str, int, int], None]
"""Told how far it is; may raise to stop."""


@dataclass(frozen=True, slots=True)
class Sales:
    """All series and what they rest on.

    `products` GTIN -> name, `sites` GLN -> name, `countries` GLN -> ISO code. `trips` are shipments to the sites, as measured on
    the chain. `entries` were read; `proven` were used, and each stands in the log; `left_out` counts units that did not count.
    """

    series: tuple[Series, ...]
    products: dict[str, str]
    sites: dict[str, str]
    countries: dict[str, str]
    trips: tuple[Trip, ...]
    entries: int
    proven: int
    left_out: dict[str, int]
    as_of: datetime | None


def nothing(what: str, done: int, total: int) -> None:
    """Progress that nobody watches."""
    del what, done, total


def collect(store: Store, sites: Sequence[str], progress: Progress = nothing) -> Sales:
    """The sales of the sites (GLNs of the merchant's own parties). Raises BadInput where a site is unknown."""
    with store.reading():
        newest = store.replica.checkpoint()
        parties = {p.gln: p for p in store.goods.parties()}
        unknown = next((gln for gln in sites if gln not in parties), None)
        if unknown is not None:
            raise BadInput(f"No party with GLN {unknown} is known here.")
        if newest is None or not sites:
            return Sales((), {}, {}, {}, (), 0, 0, {}, None)
        reading = _Reading(store, newest[0], {parties[gln].organisation: gln for gln in sites})
        size = newest[0].size
        for entry in store.replica.entries(0, size):
            if entry.index % BEAT == 0:
                progress("reading the log", entry.index, size)
            reading.take(entry)
        progress("reading the log", size, size)
        copied = {row.key for row in store.scans.recent(10_000) if row.code == COPIED}
        reading.drop_doubtful(copied)
        reading.count_the_shelf()
        series = laid_out(reading.books, newest[0].at.date())
        names = {gln: parties[gln].name for gln in sites}
        countries = {gln: parties[gln].country for gln in sites}
    trips, as_of = tuple(reading.trips), newest[0].at
    return Sales(tuple(series), reading.products, names, countries, trips, size, reading.proven, reading.left_out, as_of)


@dataclass(slots=True)
class _Reading:
    """One pass over the log: who holds what, what is in what, and what was sold."""

    store: Store
    at: Checkpoint
    own: dict[int, str]
    books: Books = field(default_factory=Books)
    products: dict[str, str] = field(default_factory=dict)
    trips: list[Trip] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    proven: int = 0
    _inside: dict[bytes, set[bytes]] = field(default_factory=dict)
    _gtin: dict[bytes, tuple[str, str]] = field(default_factory=dict)
    _expiry: dict[bytes, date] = field(default_factory=dict)
    _sold: dict[bytes, tuple[str, str, date, int]] = field(default_factory=dict)
    _held: set[bytes] = field(default_factory=set)
    _lots: dict[bytes, bytes] = field(default_factory=dict)
    _shipped: dict[bytes, Entry] = field(default_factory=dict)
    _here: dict[bytes, str] = field(default_factory=dict)
    _holds: bool | None = None

    def take(self, entry: Entry) -> None:
        """One entry, in the order of the log."""
        mine = entry.organisation in self.own
        if entry.verb is Verb.PACK:
            self._inside.setdefault(entry.units[0], set()).update(entry.units[1:])
        elif entry.verb is Verb.UNPACK:
            self._inside.get(entry.units[0], set()).difference_update(entry.units[1:])
        elif entry.verb in (Verb.QUARANTINE, Verb.RECALL):
            self._held.update(self._leaves(entry.units) if entry.units else self._of_lot(entry.argument))
        elif entry.verb in (Verb.RELEASE, Verb.LIFT):
            self._held.difference_update(self._leaves(entry.units) if entry.units else self._of_lot(entry.argument))
        elif entry.verb is Verb.SHIP:
            self._ship(entry, mine)
        elif entry.verb is Verb.RECEIVE:
            self._receive(entry, mine)
        elif mine and entry.verb in (Verb.COMMISSION, Verb.DECOMMISSION, Verb.OBSERVE) and self._stands(entry):
            self._at_home(entry)

    def _at_home(self, entry: Entry) -> None:
        """What a site itself made, ended or wrote down."""
        event = self._event(entry)
        site, day = self.own[entry.organisation], _day(entry, event)
        for unit in entry.units:
            if entry.verb is Verb.COMMISSION:
                self._move(unit, site, day)
            elif entry.verb is Verb.DECOMMISSION:
                if event is None:
                    self._leave_out("whose end nobody here knows", 1)
                elif event.biz_step in SOLD_STEPS or event.disposition in SOLD:
                    self._sell(unit, site, day, entry)
                self._move(unit, "", day)
        if event is not None and event.quantities and entry.verb is Verb.OBSERVE:
            self._by_class(entry, event, site, day)

    def _by_class(self, entry: Entry, event: Event, site: str, day: date) -> None:
        """Goods that an event names by class and amount."""
        for one in event.quantities:
            gtin = _gtin_of(one.epc_class)
            if not gtin or one.amount is None or one.amount < 0 or one.uom:
                self._leave_out("of unreadable class or amount", 1)
            elif event.disposition == "returned" or event.biz_step in SOLD_STEPS | SHIPPED_STEPS or event.disposition in SOLD:
                units = float(-one.amount if event.disposition == "returned" else one.amount)
                self.books.sold(gtin, site, day, units, entry.index)
                self.books.stocked(gtin, site, day, -units)
            elif event.biz_step in RECEIVED_STEPS:
                self.books.stocked(gtin, site, day, float(one.amount))
            elif event.biz_step in COUNTED_STEPS:
                self.books.counted(gtin, site, day, float(one.amount))

    def _ship(self, entry: Entry, mine: bool) -> None:
        for unit in entry.units:
            self._shipped[unit] = entry
        if not mine or not self._stands(entry):
            return
        day = _day(entry, self._event(entry))
        for unit in self._leaves(entry.units):
            if entry.counterparty not in self.own:
                self._sell(unit, self.own[entry.organisation], day, entry)
            self._move(unit, "", day)

    def _receive(self, entry: Entry, mine: bool) -> None:
        short = int.from_bytes(entry.argument, "big") == Receipt.SHORT
        sent = {ship.index: ship for unit in entry.units if (ship := self._shipped.pop(unit, None)) is not None}
        if (mine or short) and not self._stands(entry):
            return
        if mine and not short:
            self._arrived(entry, sent.values())
        day = _day(entry, self._event(entry) if mine else None)
        for unit in self._leaves(entry.units):
            if unit in self._sold and (mine or short):  # came back, or never arrived
                gtin, site, when, index = self._sold.pop(unit)
                self.books.sold(gtin, site, when, -1.0, index)
                self._leave_out("that came back", 1)
            if mine and not short:
                self._move(unit, self.own[entry.organisation], day)

    def _arrived(self, entry: Entry, sent: Iterable[Entry]) -> None:
        from forecasting.transfers import Trip

        for ship in sent:
            origin = self.store.goods.party(ship.organisation)
            target = self.own[entry.organisation]
            self.trips.append(Trip(origin.gln if origin else "", target, float(ship.event_time), float(entry.event_time)))

    # ---- units -----------------------------------------------------------------------------------------------------------

    def _leaves(self, units: Iterable[bytes]) -> list[bytes]:
        """The goods themselves: what is in containers, and what is in those."""
        found: list[bytes] = []
        waiting = list(units)
        while waiting:
            unit = waiting.pop()
            inside = self._inside.get(unit)
            if inside:
                waiting.extend(inside)
            else:
                found.append(unit)
        return found

    def _of_lot(self, lot: bytes) -> list[bytes]:
        if not self._lots:
            self._lots = {birth.unit: birth.lot for birth in self.store.replica.births().values()}
        return [unit for unit, of in self._lots.items() if of == lot]

    def _named(self, unit: bytes) -> str:
        """The unit's GTIN, "" for a logistic unit and for one that nobody here knows."""
        if unit not in self._gtin:
            found = self.store.goods.item(unit)
            self._gtin[unit] = (found[0].gtin, found[0].key) if found else ("", "")
            if found and found[0].gtin:
                self.products.setdefault(found[0].gtin, found[1])
            if found and found[0].expiry:
                self._expiry[unit] = found[0].expiry
        return self._gtin[unit][0]

    def _sell(self, unit: bytes, site: str, day: date, entry: Entry) -> None:
        gtin = self._named(unit)
        if gtin:
            self._sold[unit] = (gtin, site, day, entry.index)
            self.books.sold(gtin, site, day, 1.0, entry.index)

    def _move(self, unit: bytes, site: str, day: date) -> None:
        """The unit is at one of the sites now, or ("") at none."""
        gtin, before = self._named(unit), self._here.pop(unit, "")
        if not gtin:
            return
        if before:
            self.books.stocked(gtin, before, day, -1.0)
        if site:
            self._here[unit] = site
            self.books.stocked(gtin, site, day, 1.0)
            if expiry := self._expiry.get(unit):
                self.books.arrived(gtin, site, day, expiry)

    def drop_doubtful(self, copied: set[str]) -> None:
        """Take out what is in quarantine, recalled or a proven copy: sold it does not count, here it is not for sale."""
        for unit in self._held | {unit for unit, (_, key) in self._gtin.items() if key in copied}:
            why = "in quarantine or recalled" if unit in self._held else "with copied labels"
            if unit in self._sold:
                gtin, site, day, index = self._sold.pop(unit)
                self.books.sold(gtin, site, day, -1.0, index)
                self._leave_out(why, 1)
            elif unit in self._here:
                self.books.blocked(self._named(unit), self._here.pop(unit))
                self._leave_out(why, 1)

    def count_the_shelf(self) -> None:
        """What is on its way to a site, and by when what is there has to be sold."""
        for unit, ship in self._shipped.items():
            if ship.counterparty in self.own:
                for one in self._leaves((unit,)):
                    if gtin := self._named(one):
                        self.books.coming[gtin, self.own[ship.counterparty]] += 1.0
        for unit, site in self._here.items():
            if expiry := self._expiry.get(unit):
                self.books.ends[self._named(unit), site][expiry] += 1.0

    def _leave_out(self, why: str, count: int) -> None:
        self.left_out[why] = self.left_out.get(why, 0) + count

    # ---- proofs ----------------------------------------------------------------------------------------------------------

    def _stands(self, entry: Entry) -> bool:
        """Whether the log's root shows this entry at its place; one that was edited on this laptop does not count."""
        if self._holds is None:
            leaves = (encoding.leaf(one) for one in self.store.replica.entries(0, self.at.size))
            self._holds = root(leaves) == self.at.root
        if not self._holds:
            try:
                path = self.store.replica.tiles().inclusion_path(entry.index, self.at.size)
                verify_inclusion(encoding.leaf(entry), entry.index, self.at.size, path, self.at.root)
            except WayproofError:
                self._leave_out("with a record changed here", len(entry.units))
                return False
        self.proven += 1
        return True

    def _event(self, entry: Entry) -> Event | None:
        """The entry's event, where its details are here and are what was committed to."""
        detail = self.store.goods.detail(entry.commitment)
        if detail is None or encoding.commitment(detail.fields, detail.seed) != entry.commitment:
            return None
        return detail.event


def _day(entry: Entry, event: Event | None) -> date:
    """The day at the site: the claimed time in the event's own zone."""
    return local_time(event).date() if event is not None else datetime.fromtimestamp(entry.event_time, UTC).date()


@lru_cache(maxsize=4_096)
def _gtin_of(epc_class: str) -> str:
    """The GTIN of a class of goods (a Digital Link with or without a lot), "" where it names none."""
    found = gs1.parse(epc_class)
    return found.gtin if isinstance(found, Item) else ""


def lead_days(sales: Sales, site: str) -> tuple[float, float, int]:
    """Mean and standard deviation in days of the deliveries to a site as the chain saw them, and how many; 0 trips: unknown."""
    days = np.array([(t.received - t.shipped) / 86_400 for t in sales.trips if t.target == site and t.received >= t.shipped])
    if not len(days):
        return 0.0, 0.0, 0
    return float(days.mean()), float(days.std(ddof=1)) if len(days) > 1 else 0.0, len(days)
