"""Who trades, and how goods move: shops sell, order again when they run low, and are served from mixed stock. All honest here."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from forecasting.tables import COMMISSION, DESTROY, LEDGER, OBSERVE, PACK, RECEIVE, RETURN, SELL, SHIP, SITE, UNPACK

DAY, HOUR = 86400.0, 3600.0
MAKER, DEPOT, SHOP, CARRIER, STRANGER, INSPECTOR = range(6)
ROLES = ("manufacturer", "wholesaler", "pharmacy", "carrier", "trader", "authority")


@dataclass(slots=True)
class Read:
    """One record to be: what truly happened, and what is claimed where that is a lie. `mark`: an attack made or changed it."""

    action: int
    actor: int
    time: float
    origin: int = -1
    target: int = -1
    box: int = -1
    note: int = -1
    place: tuple[float, float] | None = None
    geo: int = SITE
    channel: int = LEDGER
    device: int = -1
    claimed: float | None = None
    recorded: float | None = None
    product: int = -1
    batch: int = -1
    mark: bool = False


@dataclass(slots=True)
class Unit:
    """One thing with a serial, its reads, and what was done to it."""

    product: int
    batch: int
    serial: str
    reads: list[Read] = field(default_factory=list)
    kind: str = ""
    onset: float = np.nan

    def at(self, *actions: int) -> list[int]:
        """Places of its reads of some actions."""
        return [place for place, read in enumerate(self.reads) if read.action in actions]


@dataclass(slots=True)
class Leg:
    """A delivery: from, to, when, how many were declared, and what happened to its cold (degrees beyond, how it is hidden)."""

    origin: int
    target: int
    left: float
    came: float
    units: list[Unit]
    box: int = -1
    heat: float = 0.0
    hidden: str = ""


@dataclass(slots=True)
class Habits:
    """How this network works and writes."""

    days: int
    packs: bool
    opens: bool
    totes: bool
    named: bool
    noted: bool
    sells: bool
    carried: bool
    readers: int
    window: float
    pieces: int
    depth: int


class Trade:
    """A network in the making: parties, goods and deliveries."""

    def __init__(self, seed: int, items: int) -> None:
        self.rng = rng = np.random.default_rng(seed)
        self.items = items

        def some(share: float) -> bool:
            return bool(rng.random() < share)

        self.habits = Habits(
            int(rng.integers(90, 420)), some(0.7), some(0.5), some(0.3), some(0.75), some(0.85), some(0.9), some(0.35),
            int(rng.integers(1, 4)), float(rng.uniform(0.5, 4)) * HOUR, int(rng.integers(4, 40)), int(rng.integers(1, 3)),
        )  # fmt: skip
        self.start = 1.6e9 + float(rng.integers(0, 1200)) * DAY
        self.end = self.start + self.habits.days * DAY
        self._people()
        self._products()
        self.units: list[Unit] = []
        self.legs: list[Leg] = []
        self.boxes = 0
        self.batches = 0
        self.clock = self.start

    def _people(self) -> None:
        rng = self.rng
        shops = int(np.clip(self.items / rng.uniform(40, 200), 8, 400))
        depots = [max(2, int(shops / rng.uniform(5, 14))) for _ in range(self.habits.depth)]
        if self.habits.depth > 1:
            depots[0] = max(2, depots[1] // 3)
        sizes = [int(rng.integers(1, 4)), *depots, shops, int(rng.integers(1, 6)), int(rng.integers(3, 12)), 2]
        kinds = [MAKER, *[DEPOT] * len(depots), SHOP, CARRIER, STRANGER, INSPECTOR]
        self.layer = np.repeat(np.arange(len(sizes)), sizes)
        self.role = np.repeat(kinds, sizes)
        n, cities = len(self.layer), int(rng.integers(4, 40))
        lands = int(rng.integers(1, 9))
        wide = float(np.exp(rng.uniform(np.log(1.5), np.log(25))))
        centre = rng.uniform([-30, -150], [50, 150])
        where = centre + rng.normal(size=(cities, 2)) * wide
        land = np.argmin(((where[:, None] - where[None, rng.choice(cities, lands)]) ** 2).sum(-1), axis=1)
        city = rng.choice(cities, n, p=rng.dirichlet(np.ones(cities)))
        self.land = land[city]
        self.lands = lands
        place = where[city] + rng.normal(size=(n, 2)) * 0.08
        self.lat, self.lon = np.clip(place[:, 0], -70, 70), (place[:, 1] + 180) % 360 - 180
        self.last = len(depots) + 1
        self.supplier: dict[int, list[int]] = {}
        for layer in range(1, self.last + 1):
            above = np.flatnonzero(self.layer == layer - 1)
            for party in np.flatnonzero(self.layer == layer):
                near = above[np.argsort(self.km(int(party), above) * rng.uniform(0.7, 1.4, len(above)))]
                self.supplier[int(party)] = [int(p) for p in near[: 1 + int(rng.random() < 0.35)]]

    def _products(self) -> None:
        rng = self.rng
        n = int(rng.integers(2, 18))
        makers = np.flatnonzero(self.role == MAKER)
        self.maker = rng.choice(makers, n)
        self.cold = rng.random(n) < rng.uniform(0.1, 0.6)
        self.limits = np.where(self.cold[:, None], [2.0, 8.0], [15.0, 25.0])
        self.allowed = rng.random((n, self.lands)) < rng.uniform(0.3, 1.0)
        trading = np.unique(self.land[self.role == SHOP])
        self.allowed[np.arange(n), rng.choice(trading, n)] = True
        self.listed = rng.random(n) < rng.uniform(0, 1)
        self.wanted = rng.dirichlet(np.full(n, 1.0))

    def km(self, a: int, b: np.ndarray[tuple[int], np.dtype[np.int64]] | int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Distance on a flat piece of map, which is near enough for choosing."""
        north = (self.lat[b] - self.lat[a]) * 111.2
        east = ((self.lon[b] - self.lon[a] + 180) % 360 - 180) * 111.2 * np.cos(np.radians(self.lat[a]))
        return np.asarray(np.hypot(north, east), np.float64)

    def fits(self, product: int, party: int) -> bool:
        """Whether a product may be sold where a party is."""
        return not self.listed[product] or bool(self.allowed[product, self.land[party]])

    def party(self, *roles: int) -> int:
        """Somebody of these roles."""
        return int(self.rng.choice(np.flatnonzero(np.isin(self.role, roles))))

    # ---- the honest trade --------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """All days: making, selling, ordering, delivering."""
        rng, h = self.rng, self.habits
        stock: dict[tuple[int, int], list[Unit]] = defaultdict(list)
        coming: dict[int, list[tuple[int, int, list[Unit]]]] = defaultdict(list)
        on_order: dict[tuple[int, int], int] = defaultdict(int)
        shops = np.flatnonzero(self.role == SHOP)
        rates = {
            (int(s), p): 1.1 * self.items / h.days * self.wanted[p] / max(1, sum(self.fits(p, int(x)) for x in shops))
            for p in range(len(self.maker)) for s in shops if self.fits(p, int(s))
        }  # fmt: skip
        pull = dict(rates)
        for layer in range(self.last, 0, -1):
            for (party, p), rate in list(pull.items()):
                if self.layer[party] == layer:
                    for source in self.supplier[party][:1]:
                        pull[source, p] = pull.get((source, p), 0.0) + rate
        for day in range(h.days):
            now = self.start + day * DAY
            for party, p, units in coming.pop(day, []):
                stock[party, p] += units
                on_order[party, p] -= len(units)
            sold = rng.poisson(list(rates.values()))
            for (shop, p), count in zip(rates, sold, strict=True):
                for _ in range(min(int(count), len(stock[shop, p]))):
                    self._leave(stock[shop, p].pop(int(rng.random() < 0.2) - 1), shop, now)
            for (party, p), rate in pull.items():
                have = len(stock[party, p]) + on_order[party, p]
                if self.layer[party] == 0:
                    if have < rate * 20 and len(self.units) < self.items:
                        stock[party, p] += self._make(party, p, now, int(rate * rng.uniform(20, 45)) + 8)
                elif have < rate * 10 + 1:
                    self._order(stock, coming, on_order, party, p, int(rate * rng.uniform(10, 22)) + 1, day)

    def _make(self, maker: int, product: int, now: float, count: int) -> list[Unit]:
        self.batches += 1
        at = now + self.rng.uniform(6, 14) * HOUR
        made = []
        for k in range(count):
            unit = Unit(product, self.batches, "")
            unit.reads.append(Read(COMMISSION, maker, at + 7.0 * k))
            made.append(unit)
        self.units += made
        return made

    def _order(
        self, stock: dict[tuple[int, int], list[Unit]], coming: dict[int, list[tuple[int, int, list[Unit]]]],
        on_order: dict[tuple[int, int], int], party: int, product: int, count: int, day: int,
    ) -> None:  # fmt: skip
        for source in self.supplier[party]:
            have = stock[source, product]
            number = min(count, len(have))
            if number and (number >= 0.5 * count or self.layer[source] > 0):
                units = [have.pop(0) for _ in range(number)]
                left = self.start + (day + 1) * DAY + self.rng.uniform(7, 17) * HOUR
                ride = float(self.km(source, party)) / self.rng.uniform(20, 50) * HOUR + self.rng.gamma(2.0, 5.0) * HOUR
                if self.rng.random() < 0.01:
                    ride += self.rng.uniform(2, 15) * DAY
                there = self.send(source, party, units, left, left + ride, fresh=True)
                coming[int((there - self.start) // DAY) + 1].append((party, product, units))
                on_order[party, product] += number
                return

    def send(self, a: int, b: int, units: list[Unit], left: float, came: float, *, fresh: bool = False) -> float:
        """A delivery with all its reads: packed, shipped, perhaps picked up, received, perhaps opened. Returns the arrival.

        Units that leave together on one day on one lane share a note (`fresh` deliveries only).
        """
        h, rng, note = self.habits, self.rng, len(self.legs)
        last = self.legs[-1] if self.legs else None
        if fresh and last is not None and (last.origin, last.target) == (a, b) and abs(last.left - left) < 12 * HOUR:
            note, left, came = note - 1, last.left, last.came
            last.units += units
        else:
            self.legs.append(Leg(a, b, left, came, list(units)))
        for k, unit in enumerate(units):
            if k % h.pieces == 0:
                self.boxes += 1
                box = self.boxes % 60 + 100 * a if h.totes else self.boxes
            box = box if h.packs else -1
            tick = 4.0 * k + rng.uniform(0, 3)
            reads = unit.reads
            if h.packs:
                reads.append(Read(PACK, a, left - h.window + tick, box=box))
            reads.append(Read(SHIP, a, left + tick, a, b, box, note))
            if h.carried:
                truck = np.flatnonzero(self.role == CARRIER)
                who = int(truck[note % len(truck)])
                spot = (float(self.lat[a]), float(self.lon[a]))
                reads.append(Read(OBSERVE, who, left + 1200 + tick, box=box, note=note, place=spot))
            reads.append(Read(RECEIVE, b, came + tick, a if h.named else -1, b if h.named else -1, box, note if h.noted else -1))
            if h.packs and h.opens:
                reads.append(Read(UNPACK, b, came + h.window + tick, box=box))
        return came + h.window

    def _leave(self, unit: Unit, shop: int, now: float) -> None:
        rng, at = self.rng, now + self.rng.uniform(8, 20) * HOUR
        way = rng.random()
        last = unit.reads[-1].time
        if way < 0.985:
            if self.habits.sells:
                unit.reads.append(Read(SELL, shop, max(at, last + 600)))
        elif way < 0.992:
            unit.reads.append(Read(DESTROY, shop, max(at, last + 600)))
        else:
            source = self.supplier[shop][0]
            left = max(at, last + DAY)
            self.legs.append(Leg(shop, source, left, left + 1.5 * DAY, [unit]))
            note = len(self.legs) - 1
            unit.reads.append(Read(RETURN, shop, left, shop, source, note=note))
            unit.reads.append(Read(RECEIVE, source, left + 1.5 * DAY, shop, source, note=note if self.habits.noted else -1))
            if rng.random() < 0.5:
                unit.reads.append(Read(DESTROY, source, left + rng.uniform(2, 20) * DAY))
