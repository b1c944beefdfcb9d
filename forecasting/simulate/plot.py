"""The board that attacks are played on: the honest draft, indexed by item, with rows to drop, change and add. Before any
noise."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from forecasting.simulate.flow import COLUMNS, EMPTY, Draft, Goods
from forecasting.simulate.shape import DAY, Shape
from forecasting.simulate.world import Array, Ints, World
from forecasting.tables import RECEIVE, SCAN, SELL, SHIP, UNPACK, VERIFY

HOLDING = (RECEIVE, UNPACK, SHIP, SELL)


@dataclass(slots=True)
class Excursion:
    """What happened to the temperature of a shipment's leg: degrees beyond the limit, its share of the leg, how it is hidden."""

    degrees: float
    share: float
    hidden: str = ""  # "", "silent", "smooth", "copied"


@dataclass(slots=True)
class Plot:
    """The draft as arrays `t` (true times), and the attackers' moves."""

    shape: Shape
    world: World
    goods: Goods
    rows: dict[str, Array]
    rng: np.random.Generator
    draft: Draft
    alive: NDArray[np.bool_] = field(init=False)
    order: Ints = field(init=False)
    start: Ints = field(init=False)
    moves: list[dict[str, float]] = field(default_factory=list)
    excursions: dict[int, Excursion] = field(default_factory=dict)
    kind: dict[int, str] = field(default_factory=dict)
    onset: dict[int, float] = field(default_factory=dict)
    products: list[int] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    guessed: set[int] = field(default_factory=set)
    used: set[int] = field(default_factory=set)
    phones: int = 0
    guilty: bool = False  # whether what is done to the rows now is an attack
    honest: int = field(init=False)

    def __post_init__(self) -> None:
        self.honest = len(self.goods.product)
        self.alive = np.ones(len(self.rows["item"]), bool)
        self.order = np.lexsort((self.rows["time"], self.rows["item"]))
        counts = np.bincount(self.rows["item"].astype(np.int64), minlength=self.honest)
        self.start = np.concatenate([[0], np.cumsum(counts)])
        self.phones = 20 * self.honest

    @property
    def end(self) -> float:
        """The moment the tables are written."""
        return self.world.start + self.shape.horizon

    def journey(self, item: int) -> Ints:
        """Rows of an honest item in the order of time, dropped ones left out."""
        found = self.order[self.start[item] : self.start[item + 1]]
        return found[self.alive[found]]

    def seen(self, item: int) -> Ints:
        """Its rows before the end of the tables."""
        found = self.journey(item)
        return found[self.rows["time"][found] < self.end]

    def of(self, found: Ints, *actions: int) -> Ints:
        """Those of some actions."""
        return found[np.isin(self.rows["action"][found], actions)]

    def add(self, **columns: float) -> None:
        """One more row."""
        self.moves.append(columns | {"mark": float(self.guilty)})

    def drop(self, rows: Ints) -> None:
        """Take rows out."""
        self.alive[rows] = False

    def set(self, rows: Ints | int, **columns: float) -> None:
        """Change rows."""
        for name, value in columns.items():
            self.rows[name][rows] = value
        self.touch(rows)

    def delay(self, rows: Ints, seconds: float) -> None:
        """Let rows happen later."""
        self.rows["time"][rows] += seconds
        self.touch(rows)

    def touch(self, rows: Ints | int) -> None:
        """Rows that an attack shows in. What it leaves no such row of cannot be found by anybody."""
        if self.guilty:
            self.rows["mark"][rows] = 1.0

    def blame(self, item: int, kind: str, onset: float) -> None:
        """Mark an item as illicit from `onset` on."""
        self.kind[item] = kind
        self.onset[item] = onset

    def coin(self, product: int, batch: int, *, guessed: bool = False) -> int:
        """A new item number under a product and batch that no maker issued."""
        number = self.honest + len(self.products)
        self.products.append(product)
        self.batches.append(batch)
        if guessed:
            self.guessed.add(number)
        return number

    def product_of(self, item: int) -> int:
        """The product of an item, coined ones too."""
        return int(self.goods.product[item]) if item < self.honest else self.products[item - self.honest]

    def phone(self) -> int:
        """A phone not seen before, as a forced device."""
        self.phones += 1
        return -2 - self.phones

    def shipment(self) -> int:
        """A new shipment number."""
        self.draft.shipments += 1
        return self.draft.shipments - 1

    def container(self) -> int:
        """A new container number."""
        self.draft.containers += 1
        return self.draft.containers - 1

    def legs(self, numbers: list[int], a: int, b: int, left: float, arrived: float) -> None:
        """Declare shipments: they get a delivery note and, where cold, a sensor."""
        ones = np.ones(len(numbers), np.int64)
        self.draft.legs.append(
            (np.array(numbers), a * ones, b * ones, left * np.ones(len(numbers)), arrived * np.ones(len(numbers)))
        )

    def spare(self, count: int) -> list[int]:
        """Honest items that nothing odd has happened to yet."""
        pick = self.rng.permutation(self.honest)[: 3 * count + 10]
        return [int(i) for i in pick if int(i) not in self.used and int(i) not in self.kind][:count]

    def victims(self, count: int, least: int = 4) -> list[int]:
        """Honest items not yet used, with at least `least` rows before the end."""
        found: list[int] = []
        for item in self.rng.permutation(self.honest):
            if int(item) not in self.kind and int(item) not in self.used and len(self.seen(int(item))) >= least:
                found.append(int(item))
                if len(found) == count:
                    break
        return found

    def retailer(self, near: int | None = None, far: int | None = None, kilometres: float = 0.0) -> int:
        """A retailer: at random, near a party, or farther than so many km (the farthest of some, where none is)."""
        pool = self.world.at(self.world.last)
        pick = self.rng.choice(pool, min(len(pool), 30), replace=False)
        if near is not None:
            pick = pick[pick != near] if (pick != near).any() else pick
            return int(pick[np.argmin(self.world.km(pick, near))])
        if far is not None:
            km = self.world.km(pick, far)
            fit = pick[km > kilometres]
            return int(self.rng.choice(fit)) if len(fit) else int(pick[np.argmax(km)])
        return int(self.rng.choice(pick))

    def parent(self, party: int) -> int:
        """Somebody of the layer above."""
        layer = max(0, int(self.world.layer[party]) - 1)
        return int(self.rng.choice(self.world.at(layer)))

    def ride(self, a: int, b: int) -> float:
        """Seconds from a to b at the network's usual speed."""
        km = float(self.world.km(np.array([a]), np.array([b]))[0])
        return (km / self.shape.speed * 3600 + self.rng.uniform(3, 30) * 3600) * float(np.exp(self.rng.normal(0, 0.2)))

    def sale(self, item: int, party: int, at: float, verified: float = 0.3) -> None:
        """Sale at a party, and perhaps a buyer's scan."""
        if self.shape.sells:
            self.add(item=item, action=SELL, actor=party, time=at)
        if self.shape.verify > 0 and self.rng.random() < verified:
            self.scan(item, party, at + self.rng.exponential(6 * DAY))

    def scan(self, item: int, near: int, at: float, phone: int | None = None) -> None:
        """A phone's scan near a party."""
        device = self.phone() if phone is None else phone
        self.add(item=item, action=VERIFY, channel=SCAN, actor=-2 - near, device=device, time=at)

    def move(self, item: int, a: int, b: int, at: float, *, shipped: bool = True, received: bool = True) -> float:
        """A shipment from a to b, or half of its record, with a note or without; returns the arrival."""
        noted = self.rng.random() < 0.7
        number = self.shipment() if noted else -1
        arrive = at + self.ride(a, b)
        if noted and self.rng.random() < 0.7:
            self.legs([number], a, b, at, arrive)
        if shipped:
            self.add(item=item, action=SHIP, actor=a, origin=a, target=b, shipment=number, time=at)
        if received:
            self.add(item=item, action=RECEIVE, actor=b, origin=a, target=b, shipment=number, time=arrive)
        return arrive

    def table(self) -> dict[str, Array]:
        """All rows after the moves."""
        added = {name: np.array([m.get(name, EMPTY.get(name, 0)) for m in self.moves], np.float64) for name in COLUMNS}
        return {name: np.concatenate([self.rows[name][self.alive], added[name]]) for name in COLUMNS}
