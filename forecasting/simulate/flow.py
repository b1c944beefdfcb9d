"""What honestly happens: batches are made, packed, shipped down the layers, sold, verified, returned. True times, no noise
yet."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from forecasting.simulate.shape import DAY, Shape
from forecasting.simulate.world import Array, Ints, World
from forecasting.tables import (
    COMMISSION,
    DESTROY,
    INSPECT,
    LEDGER,
    OBSERVE,
    PACK,
    RECEIVE,
    RETURN,
    SCAN,
    SELL,
    SHIP,
    UNPACK,
    VERIFY,
)  # fmt: skip

COLUMNS = (
    "item", "action", "actor", "origin", "target", "container", "shipment", "time", "channel", "device", "shift", "lag",
    "lat", "lon", "temperature", "fixed", "product", "batch", "mark",
)  # fmt: skip
EMPTY: dict[str, float] = {
    "actor": -1, "origin": -1, "target": -1, "container": -1, "shipment": -1, "channel": LEDGER, "device": -1, "shift": 0.0,
    "lag": np.nan, "lat": np.nan, "lon": np.nan, "temperature": np.nan, "fixed": 0, "product": -1,
    "batch": -1, "mark": 0,
}  # fmt: skip


@dataclass(slots=True)
class Draft:
    """Events in the making: chunks of columns. `shift` is a lie about the time (claimed minus true), `lag` a forced lateness of
    the record, `device` a forced device (-1: one of the actor's), `fixed` 1 where no read is missed, `mark` 1 where an
    attack made or changed the row."""

    chunks: list[dict[str, Array]] = field(default_factory=list)
    containers: int = 0
    shipments: int = 0
    legs: list[tuple[Ints, Ints, Ints, Array, Array]] = field(default_factory=list)  # shipment, from, to, left, arrived

    def add(self, **columns: Array | Ints | float | int) -> None:
        """Append rows; scalars are repeated, columns not given are empty."""
        size = np.size(columns["item"])
        chunk = {}
        for name in COLUMNS:
            value = columns.get(name, EMPTY.get(name, 0))
            chunk[name] = np.broadcast_to(np.asarray(value, np.float64), (size,))
        self.chunks.append(chunk)

    def table(self) -> dict[str, Array]:
        """All rows as one table of float64 columns."""
        return {name: np.concatenate([chunk[name] for chunk in self.chunks]) for name in COLUMNS}


@dataclass(slots=True)
class Goods:
    """The items: product and batch by item number, and when each batch was made."""

    product: Ints
    batch: Ints
    made: Array


def make(shape: Shape, world: World, items: int, rng: np.random.Generator) -> Goods:
    """Batches until there are enough items."""
    sizes: list[int] = []
    while sum(sizes) < items:
        sizes.append(int(max(4, shape.batch * np.exp(rng.normal(0, 0.4)))))
    products = rng.choice(len(world.maker), len(sizes), p=world.popularity)
    made = world.start + np.sort(rng.uniform(0, 0.85, len(sizes))) * shape.horizon
    batch = np.repeat(np.arange(len(sizes)), sizes)
    return Goods(products[batch], batch, made)


def run(shape: Shape, world: World, goods: Goods, rng: np.random.Generator) -> Draft:
    """Move all goods; the draft is not yet cut at the horizon."""
    draft, size = Draft(), len(goods.product)
    here = world.maker[goods.product]
    first = np.concatenate([[0], np.flatnonzero(np.diff(goods.batch)) + 1])
    place_in_batch = np.arange(size) - first[goods.batch]
    now = goods.made[goods.batch] + place_in_batch * rng.uniform(2, 40)
    draft.add(item=np.arange(size), action=COMMISSION, actor=here, time=now)
    layers = world.last
    sizes = _sizes(shape, layers, rng)
    for level in range(layers):
        group = _groups(goods.batch, place_in_batch, sizes[level])
        here, now = _leg(shape, world, goods, draft, level, group, here, now, rng)
    _ends(shape, world, goods, draft, here, now, rng)
    return draft


def _sizes(shape: Shape, layers: int, rng: np.random.Generator) -> list[int]:
    """Group sizes per leg, each dividing the one before, so that groups are nested."""
    sizes = [shape.units]
    for _ in range(layers - 1):
        factor = max(1, round((shape.pallet / shape.units) ** (1 / max(1, layers - 1)) * np.exp(rng.normal(0, 0.2))))
        sizes.append(sizes[-1] * factor)
    return sizes[::-1]


def _groups(batch: Ints, place: Ints, size: int) -> Ints:
    key = batch.astype(np.int64) * 1_000_000 + place // size
    return np.asarray(np.unique(key, return_inverse=True)[1].reshape(-1), np.int64)


def _first_rows(group: Ints) -> Ints:
    return np.unique(group, return_index=True)[1]


def _leg(
    shape: Shape,
    world: World,
    goods: Goods,
    draft: Draft,
    level: int,
    group: Ints,
    here: Ints,
    now: Array,
    rng: np.random.Generator,
) -> tuple[Ints, Array]:
    """One leg for all items: pack, ship, perhaps a hub's read, receive, unpack. Groups of one lane and window share a
    shipment.
    """
    heads = _first_rows(group)
    n = len(heads)
    start = here[heads]
    ready = np.zeros(n)
    np.maximum.at(ready, group, now)
    wait = shape.dwell[level] * DAY * np.exp(rng.normal(0, shape.spread, n)) * world.waiting[start]
    held = rng.random(n) < shape.hold
    wait[held] += rng.gamma(2.0, 8.0, int(held.sum())) * DAY
    ready += wait
    goal = _goals(world, goods.product[heads], start, level, rng)
    slot = np.ceil(ready / shape.window).astype(np.int64)
    # chilled, frozen and other goods ride in different trucks
    climate = np.round(world.low[goods.product[heads]]).astype(np.int64)
    lane = np.unique(np.stack([start, goal, slot, climate], 1), axis=0, return_inverse=True)
    ship = lane[1].reshape(-1)
    count = len(lane[0])
    # trucks leave in working hours, a little apart
    leave = lane[0][:, 2] * shape.window + rng.uniform(0, 8, count) * 3600
    km = world.km(lane[0][:, 0], lane[0][:, 1])
    ride = (km / shape.speed * 3600 + rng.uniform(3, 30, count) * 3600) * np.exp(rng.normal(0, 0.2, count))
    late = rng.random(count) < shape.hold
    ride[late] += rng.gamma(2.0, 4.0, int(late.sum())) * DAY
    arrive = leave + ride
    number = draft.shipments + ship
    draft.legs.append((draft.shipments + np.arange(count), lane[0][:, 0], lane[0][:, 1], leave, arrive))
    draft.shipments += count
    box = draft.containers + group
    draft.containers += n
    jitter = rng.uniform(0, 1200, len(group))
    left, there = leave[ship][group] + jitter, arrive[ship][group] + jitter + 600
    items, a, b = np.arange(len(group)), start[group], goal[group]
    if shape.packs:
        packed = left - rng.uniform(1, 20, n)[group] * 3600 - 2000
        packed = np.maximum(packed, now + 30)
        draft.add(item=items, action=PACK, actor=a, container=box, time=packed)
    container = box if shape.packs else np.full(len(box), -1)
    draft.add(
        item=items, action=SHIP, actor=a, origin=a, target=b, container=container, shipment=number[group], time=left
    )  # fmt: skip
    if shape.hub_reads > 0:
        carrier = world.at(-1)[np.arange(count) % max(1, shape.carriers)]
        seen = (rng.random(count) < shape.hub_reads)[ship][group]
        share = rng.uniform(0.3, 0.7, count)
        mid = leave + ride * share
        draft.add(
            item=items[seen], action=OBSERVE, actor=carrier[ship][group][seen], container=container[seen],
            shipment=number[group][seen], time=(mid[ship][group] + jitter)[seen],
            **_halfway(shape, world, lane[0], share, ship[group][seen]),
        )  # fmt: skip
    draft.add(
        item=items, action=RECEIVE, actor=b, origin=a, target=b, container=container, shipment=number[group], time=there
    )  # fmt: skip
    if shape.packs:
        opened = there + rng.uniform(0.2, 24, n)[group] * 3600
        draft.add(item=items, action=UNPACK, actor=b, container=box, time=opened)
        there = opened
    counted = rng.random(len(items)) < shape.stocktakes
    if counted.any():
        draft.add(
            item=items[counted],
            action=OBSERVE,
            actor=b[counted],
            time=there[counted] + rng.uniform(0.1, 3, int(counted.sum())) * DAY,
        )
    return b, there


def _halfway(shape: Shape, world: World, lanes: Ints, share: Array, leg: Ints) -> dict[str, Array]:
    """Where a hub on the way reads, for networks that tell their hubs' places; in others the carrier's site stands."""
    if not shape.hub_places:
        return {}
    a, b, part = lanes[leg, 0], lanes[leg, 1], share[leg]
    east = (world.lon[b] - world.lon[a] + 180) % 360 - 180
    return {
        "lat": world.lat[a] + part * (world.lat[b] - world.lat[a]),
        "lon": (world.lon[a] + part * east + 180) % 360 - 180,
    }


def _goals(world: World, product: Ints, start: Ints, level: int, rng: np.random.Generator) -> Ints:
    """Where each group goes: a customer of its holder, in a country that its product may be sold in."""
    goal = np.zeros(len(start), np.int64)
    pairs = np.unique(np.stack([start, product], 1), axis=0, return_inverse=True)
    which = pairs[1].reshape(-1)
    for index, (holder, goods) in enumerate(pairs[0]):
        kids, share = world.children[holder], world.share[holder]
        if world.restricted[goods]:
            fit = world.allowed[goods, world.country[kids]]
            if not fit.any():
                pool = world.at(level + 1)
                kids = pool[world.allowed[goods, world.country[pool]]]
                if not len(kids):
                    kids = pool
                share = np.full(len(kids), 1 / len(kids))
            else:
                kids, share = kids[fit], share[fit] / share[fit].sum()
        rows = np.flatnonzero(which == index)
        goal[rows] = rng.choice(kids, len(rows), p=share / share.sum())
    return goal


def _ends(shape: Shape, world: World, goods: Goods, draft: Draft, here: Ints, now: Array, rng: np.random.Generator) -> None:
    """Sale, consumers' scans, returns, inspections, destruction."""
    size = len(here)
    items = np.arange(size)
    shelf = shape.dwell[-1] * DAY * rng.gamma(1.3, 1.0, size) + 1800
    back = rng.random(size) < shape.returns
    over = rng.random(size) < 0.01
    sold = now + shelf
    back_at = now + rng.uniform(1, 40, size) * DAY
    if back.any():
        sold = _returned(shape, world, goods, draft, here, back, back_at, sold, rng)
    plain = ~back & ~over
    if shape.sells:
        draft.add(item=items[plain], action=SELL, actor=here[plain], time=sold[plain])
    gone = over & ~back
    if gone.any():
        draft.add(item=items[gone], action=DESTROY, actor=here[gone], time=sold[gone])
    looked = rng.random(size) < shape.inspections
    if looked.any():
        authority = rng.choice(world.at(-4), int(looked.sum()))
        when = now[looked] + rng.uniform(0, 1, int(looked.sum())) * (sold - now)[looked]
        draft.add(
            item=items[looked], action=INSPECT, actor=authority, time=when, lat=world.lat[here[looked]],
            lon=world.lon[here[looked]]
        )  # fmt: skip
    if shape.verify > 0:
        _verified(shape, draft, items[plain], here[plain], sold[plain], rng)


def _returned(
    shape: Shape,
    world: World,
    goods: Goods,
    draft: Draft,
    here: Ints,
    back: NDArray[np.bool_],
    back_at: Array,
    sold: Array,
    rng: np.random.Generator,
) -> Array:
    """Unsold goods go back one layer; part is sold again elsewhere, part destroyed."""
    parents = world.at(world.last - 1)
    rows = np.flatnonzero(back)
    home = here[rows]
    near = parents[np.argmin(world.km(home[:, None], parents[None, :]), axis=1)]
    ride = (world.km(home, near) / shape.speed * 3600 + rng.uniform(6, 40, len(rows)) * 3600) * np.exp(
        rng.normal(0, 0.2, len(rows))
    )
    number = draft.shipments + np.arange(len(rows))
    draft.shipments += len(rows)
    left = back_at[rows]
    draft.legs.append((number, home, near, left, left + ride))
    draft.add(item=rows, action=RETURN, actor=home, origin=home, target=near, shipment=number, time=left)
    draft.add(item=rows, action=RECEIVE, actor=near, origin=home, target=near, shipment=number, time=left + ride)
    again = rng.random(len(rows)) < shape.resale
    ended = rows[~again]
    draft.add(item=ended, action=DESTROY, actor=near[~again], time=(left + ride)[~again] + rng.uniform(1, 30, len(ended)) * DAY)
    rows, near, left = rows[again], near[again], (left + ride)[again] + rng.uniform(0.5, 20, int(again.sum())) * DAY
    if not len(rows):
        return sold
    goal = _goals(world, goods.product[rows], near, world.last - 1, rng)
    ride = (world.km(near, goal) / shape.speed * 3600 + rng.uniform(6, 40, len(rows)) * 3600) * np.exp(
        rng.normal(0, 0.2, len(rows))
    )
    number = draft.shipments + np.arange(len(rows))
    draft.shipments += len(rows)
    draft.legs.append((number, near, goal, left, left + ride))
    draft.add(item=rows, action=SHIP, actor=near, origin=near, target=goal, shipment=number, time=left)
    draft.add(item=rows, action=RECEIVE, actor=goal, origin=near, target=goal, shipment=number, time=left + ride)
    if shape.sells:
        shelf = shape.dwell[-1] * DAY * rng.gamma(1.3, 1.0, len(rows)) + 1800
        draft.add(item=rows, action=SELL, actor=goal, time=left + ride + shelf)
    return sold


def _verified(shape: Shape, draft: Draft, items: Ints, here: Ints, sold: Array, rng: np.random.Generator) -> None:
    """Consumers scan what they bought, mostly near the shop, some again, a few before they pay."""
    times = rng.poisson(shape.verify * np.where(rng.random(len(items)) < 0.1, 3.0, 0.8))
    who = np.repeat(np.arange(len(items)), times)
    if not len(who):
        return
    after = sold[who] + np.where(rng.random(len(who)) < 0.1, -rng.exponential(600, len(who)), rng.exponential(8 * DAY, len(who)))
    phone = -2 - who - (rng.random(len(who)) < 0.15) * rng.integers(1, 9, len(who)) * len(items)
    draft.add(item=items[who], action=VERIFY, channel=SCAN, actor=-2 - here[who], device=phone, time=after)
