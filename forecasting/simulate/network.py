"""One simulated network from a seed: the tables of DETECT_FORMAT.md and the truth about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.simulate import clones, detours, oddities, readers, rings, warmth
from forecasting.simulate.dialect import Dialect
from forecasting.simulate.flow import make, run
from forecasting.simulate.plot import Plot
from forecasting.simulate.shape import DAY, Shape
from forecasting.simulate.world import Array, World, build
from forecasting.tables import Events, Labels, Parties, Products, Shipments, Tables

Attack = Callable[[Plot, int], None]
ATTACKS: Mapping[str, Attack] = {
    f.__name__: f
    for f in (
        clones.clone_far, clones.clone_near, clones.clone_consumer, clones.replay, clones.unissued, clones.guessed,
        clones.harvesting, detours.diversion_hard, detours.diversion_slow, detours.missing_handover, detours.out_of_order,
        detours.backdating, detours.dwell, detours.return_fraud, rings.cold_chain, rings.volume, rings.collusion,
        rings.poisoned, rings.rogue_device, rings.substitution, rings.relabel,
    )
}  # fmt: skip
UNSEEN = "unseen"
"""The kind of an attack of any class of which no row was recorded: missed reads, habits of writing or late sync hid it."""
TRACELESS = frozenset(("substitution_perfect", UNSEEN))


@dataclass(slots=True)
class Network:
    """Tables without labels, and the truth: `illicit` and `kind` per item code, `onset` in unix seconds (NaN for honest)."""

    tables: Tables
    illicit: NDArray[np.bool_]
    kind: NDArray[np.str_]
    onset: Array
    shape: Shape | None = None
    dialect: Dialect | None = None


def decided(network: Network) -> Labels:
    """Every item decided, but those whose crime leaves no trace: they would teach that anybody is guilty."""
    label = np.where(network.illicit, 1, 0).astype(np.int32)
    label[np.isin(network.kind, list(TRACELESS))] = -1
    kinds = tuple(sorted(set(network.kind[network.illicit].tolist()) - TRACELESS))
    code = {name: index for index, name in enumerate(kinds)}
    return Labels(label, np.array([code.get(str(name), -1) for name in network.kind], np.int32), kinds)


def simulate(
    seed: int, items: int = 10_000, share: float = 0.02, attacks: Sequence[str] | None = None, shape: Shape | None = None,
    dialect: Dialect | None = None,
) -> Network:  # fmt: skip
    """A network.

    Args:
        seed: everything follows from it.
        items: honest items, about.
        share: illicit items, as a share of the honest.
        attacks: names of ATTACKS to play; all by default.
    """
    rng = np.random.default_rng(seed)
    shape = shape or Shape.draw(rng, items)
    dialect = dialect or Dialect.draw(rng)
    world = build(shape, rng)
    goods = make(shape, world, items, rng)
    draft = run(shape, world, goods, rng)
    plot = Plot(shape, world, goods, draft.table(), rng, draft)
    oddities.play(plot)
    names = list(ATTACKS) if attacks is None else list(attacks)
    plot.guilty = True
    if names:
        weights = rng.dirichlet(np.full(len(names), 4.0))
        for name in rng.permutation(names):
            amount = max(3, round(share * items * weights[names.index(name)]))
            ATTACKS[str(name)](plot, amount)
    return _write(plot, dialect)


def _write(plot: Plot, dialect: Dialect) -> Network:
    shape, world, rng = plot.shape, plot.world, plot.rng
    rows = plot.table()
    item = rows["item"].astype(np.int64)
    product = np.concatenate([plot.goods.product, np.array(plot.products, np.int64)])
    batch = np.concatenate([plot.goods.batch, np.array(plot.batches, np.int64)])
    rows["product"] = np.where(rows["product"] < 0, product[item], rows["product"])
    rows["batch"] = np.where(rows["batch"] < 0, batch[item], rows["batch"])
    since = world.start + shape.left_cut * shape.horizon
    window = (rows["time"] < plot.end) & (rows["time"] >= since)
    rows = {name: column[window] for name, column in rows.items()}
    declared = _declared(plot, rows)
    readers.rerouted(shape, world, rows, rng)
    rows = dialect.carry(world, rows, rng)
    rows = readers.missed(shape, rows, rng)
    device = readers.devices(world, rows, rng)
    claimed, recorded = readers.clocks(shape, world, rows, device, rng)
    lat, lon, source = readers.places(shape, world, rows, rng)
    series = warmth.sensors(plot, rows, rng, notes=not dialect.no_notes, boxes=shape.packs and not dialect.no_boxes)
    rows |= {"device": device.astype(np.float64), "claimed": claimed, "recorded": recorded, "put_lat": lat, "put_lon": lon}
    rows["source"] = source.astype(np.float64)
    if dialect.scans_by_shop:
        shop = (rows["actor"] < -1) & (rng.random(len(rows["item"])) < 0.9)
        rows["actor"][shop] = -2 - rows["actor"][shop]
    if dialect.sites_unplaced:
        bare = (rows["source"] == 0) & (rows["channel"] == 0)
        rows["put_lat"][bare], rows["put_lon"][bare] = np.nan, np.nan
    rows = dialect.write(rows)
    device, claimed, recorded = rows["device"].astype(np.int64), rows["claimed"], rows["recorded"]
    lat, lon, source = rows["put_lat"], rows["put_lon"], rows["source"].astype(np.int64)
    known = recorded < plot.end + 10 * DAY
    order = np.flatnonzero(known)
    order = order[np.argsort(recorded[order], kind="stable")]
    codes = np.unique(device, return_inverse=True)[1].reshape(-1)
    if shape.no_device:
        codes = np.full(len(codes), -1)

    def code(values: NDArray[Any]) -> NDArray[np.int32]:
        return np.asarray(values, np.float64)[order].astype(np.int32)

    present, renumbered = np.unique(rows["item"][order].astype(np.int64), return_inverse=True)
    events = Events(
        renumbered.reshape(-1).astype(np.int32), code(rows["product"]), code(rows["batch"]), code(rows["action"]),
        code(np.maximum(rows["actor"], -1)), code(rows["origin"]), code(rows["target"]), code(codes), code(rows["container"]),
        code(rows["shipment"]), lat[order], lon[order], code(source), claimed[order], recorded[order], code(rows["channel"]),
        rows["temperature"][order],
    )  # fmt: skip
    ids = _serials(plot, product, rng)
    kinds, onset = _truth(plot, present, rows["item"][order][rows["mark"][order] > 0])
    empty = np.full(len(present), -1, np.int32)
    tables = Tables(
        events, _parties(world), _products(world), series, declared, Labels(empty, empty.copy()),
        [ids[int(i)] for i in present], [f"P{n:05d}" for n in range(len(world.layer))],
        [f"G{n:03d}" for n in range(len(world.maker))], sorted(set(world.role)), [f"C{n}" for n in range(shape.countries)],
    )  # fmt: skip
    return Network(tables, kinds != "", kinds, onset, shape, dialect)


def _truth(plot: Plot, present: NDArray[np.int64], shown: Array) -> tuple[NDArray[np.str_], Array]:
    """(kind, onset) of each item in the tables; `shown`: the items of the rows that an attack made or changed.

    An attack that was to begin after the tables were written is none yet; one that left no row in them is UNSEEN.
    """
    seen = set(shown.astype(np.int64).tolist())
    kinds, onset = [], np.full(len(present), np.nan)
    for place, item in enumerate(map(int, present)):
        kind = plot.kind.get(item, "")
        if kind and item not in seen:
            told = kind if kind in TRACELESS else UNSEEN
            kind = told if plot.onset[item] < plot.end - DAY else ""
        if kind:
            onset[place] = plot.onset[item]
        kinds.append(kind)
    return np.array(kinds), onset


def _declared(plot: Plot, rows: dict[str, Array]) -> Shipments:
    """Delivery notes: what honest items were shipped, with slips of the pen."""
    rng, count = plot.rng, plot.draft.shipments
    origin, target = np.full(count, -1, np.int32), np.full(count, -1, np.int32)
    time = np.full(count, np.nan)
    for number, a, b, left, _ in plot.draft.legs:
        origin[number], target[number], time[number] = a, b, left
    ships = np.isin(rows["action"], (2, 8)) & (rows["shipment"] >= 0)
    honest = ships & (rows["item"] < plot.honest)
    units = np.bincount(rows["shipment"][honest].astype(np.int64), minlength=count).astype(np.float64)
    made_up = np.isnan(time)
    own = np.bincount(rows["shipment"][ships].astype(np.int64), minlength=count)
    units[made_up] = own[made_up]
    for column, name in ((origin, "origin"), (target, "target")):
        column[rows["shipment"][ships].astype(np.int64)] = rows[name][ships]
    first = np.full(count, np.inf)
    np.minimum.at(first, rows["shipment"][ships].astype(np.int64), rows["time"][ships])
    time = np.where(made_up & np.isfinite(first), first, time)
    slip = rng.random(count) < plot.shape.declared_off
    units[slip] += np.round(rng.normal(0, 2, int(slip.sum())))
    lost = rng.random(count) < rng.uniform(0, 0.05)
    units[(units <= 0) | lost | (made_up & (rng.random(count) < 0.5))] = np.nan
    return Shipments(origin, target, np.floor(time), units)


def _parties(world: World) -> Parties:
    known = world.known
    role = np.array([sorted(set(world.role)).index(r) for r in world.role], np.int32)

    def told(values: Array) -> Array:
        return np.where(known, values, np.nan)

    return Parties(
        known, np.where(known, role, -1).astype(np.int32), np.where(known, world.country, -1).astype(np.int32), told(world.lat),
        told(world.lon), told(world.authorised.astype(np.float64)), told(world.licence_from), told(world.licence_to),
    )  # fmt: skip


def _products(world: World) -> Products:
    importers = np.zeros((len(world.maker), len(world.layer)), bool)
    for product, parties in enumerate(world.parallel):
        importers[product, parties] = True
    return Products(
        world.maker.astype(np.int32), world.category.astype(np.int32), world.cold.astype(np.float64), world.low, world.high,
        world.restricted, world.allowed & world.restricted[:, None], importers,
    )  # fmt: skip


def _serials(plot: Plot, product: NDArray[np.int64], rng: np.random.Generator) -> list[str]:
    """Item ids: counted per product, or random; guessed ones lie near or look alike."""
    counted = rng.random() < 0.5
    width = int(rng.integers(6, 12))
    base = rng.integers(10**5, 10**6, int(product.max()) + 1)
    serial = np.zeros(len(product), np.int64)
    for p in range(int(product.max()) + 1):
        own = np.flatnonzero(product == p)
        serial[own] = base[p] + np.arange(len(own)) if counted else rng.integers(0, 10**width, len(own))
    honest = plot.honest
    for number in sorted(plot.guessed):
        if counted:
            peers = np.flatnonzero(product[:honest] == product[number])
            top = int(serial[peers].max()) if len(peers) else 0
            serial[number] = top + int(rng.integers(1, 5000)) if rng.random() < 0.7 else int(rng.integers(0, 10**width))
        else:
            serial[number] = int(rng.integers(0, 10 ** int(rng.choice([width, width - 1]))))
    used: set[str] = set()
    ids = []
    for number, (p, s) in enumerate(zip(product, serial, strict=True)):
        text = f"{p:03d}.{s:0{width}d}"
        if text in used:
            text = f"{p:03d}.{10**width + number}"
        used.add(text)
        ids.append(text)
    return ids
