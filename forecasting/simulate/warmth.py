"""Temperatures of cold goods: what the sensors of a leg say, what an excursion does to it, and how one is hidden."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecasting.simulate.plot import Plot
from forecasting.simulate.world import Array, Ints
from forecasting.tables import RECEIVE, SHIP, UNPACK, Sensors


def sensors(plot: Plot, rows: dict[str, Array], rng: np.random.Generator, *, notes: bool = True, boxes: bool = True) -> Sensors:
    """Series of all cold legs; in `rows`, the temperatures at events are written in place, and the rows of shipments are marked
    whose series shows an excursion or the hiding of one. `notes`, `boxes`: what the network's tables tie events to series by."""
    shape, world = plot.shape, plot.world
    ship = rows["action"] == SHIP
    product = np.maximum(rows["product"], 0).astype(np.int64)
    cold = world.cold[product]
    _at_events(plot, rows, product, cold, rng)
    if not plot.draft.legs:
        return Sensors(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0), np.empty(0))
    left, arrived = np.full(plot.draft.shipments, np.nan), np.full(plot.draft.shipments, np.nan)
    for number, _, _, a, b in plot.draft.legs:
        left[number], arrived[number] = a, b
    cool = rows["shipment"][ship & cold].astype(np.int64)
    by_box = shape.packs and rng.random() < 0.4
    box = rows["container"][ship & cold].astype(np.int64) if by_box else np.full(len(cool), -1)
    keys = np.unique(np.stack([cool, box], 1), axis=0)
    keys = keys[(keys[:, 0] >= 0)]
    keys = keys[~np.isnan(left[keys[:, 0]]) & (left[keys[:, 0]] < plot.end)]
    limits = {int(s): int(p) for s, p in zip(cool, product[ship & cold], strict=True)}
    if not len(keys):
        return Sensors(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0), np.empty(0))
    goods = np.array([limits[int(s)] for s in keys[:, 0]])
    start, stop = left[keys[:, 0]], np.minimum(arrived[keys[:, 0]], plot.end)
    size = np.clip(((stop - start) / shape.sensor_step).astype(np.int64), 3, 60)
    leg = np.repeat(np.arange(len(keys)), size)
    k = np.arange(len(leg)) - np.repeat(np.concatenate([[0], np.cumsum(size)])[:-1], size)
    time = start[leg] + (k + rng.uniform(0, 0.05, len(leg))) * ((stop - start) / size)[leg]
    value = _honest(plot, goods, leg, k, rng)
    value, keep, shows = _dishonest(plot, keys[:, 0], goods, leg, size, value, start, rng)
    dead = rng.random(len(keys)) < shape.sensor_dead
    gap_at, gap = rng.random(len(keys)), (rng.random(len(keys)) < shape.sensor_gap) * rng.uniform(0.1, 0.5, len(keys))
    where = k / size[leg]
    keep &= ~dead[leg] & ~((where >= gap_at[leg]) & (where < (gap_at + gap)[leg]))
    nameless = by_box & (rng.random() < 0.5)
    number = np.where(nameless, -1, keys[leg, 0])[keep]
    if (notes and not nameless) or (boxes and by_box):
        told = np.unique(keys[leg[shows & keep], 0])
        rows["mark"][np.isin(rows["shipment"], told) & np.isin(rows["action"], (SHIP, RECEIVE)) & cold] = 1.0
    return Sensors(keys[leg, 1][keep].astype(np.int32), number.astype(np.int32), np.floor(time[keep]), np.round(value[keep], 1))


def _honest(plot: Plot, goods: Ints, leg: Ints, k: Ints, rng: np.random.Generator) -> Array:
    world, legs = plot.world, len(goods)
    middle = (world.low[goods] + world.high[goods]) / 2 + rng.normal(0, 0.5, legs)
    noise = rng.normal(0, 1, len(leg) + 4)
    smooth = (noise[:-4] + noise[1:-3] + noise[2:-2] + noise[3:-1] + noise[4:]) / 5**0.5
    value = middle[leg] + smooth * rng.uniform(0.25, 0.6, legs)[leg]
    door = rng.random(len(leg)) < plot.shape.door / 8
    value[door] += rng.exponential(1.2, int(door.sum()))
    mild = rng.random(legs) < 0.02
    there = mild[leg] & (k >= 1) & (k <= 3)
    value[there] += (rng.uniform(1.5, 4.0, legs))[leg][there]
    return value


def _dishonest(
    plot: Plot, ships: Ints, goods: Ints, leg: Ints, size: Ints, value: Array, begun: Array, rng: np.random.Generator
) -> tuple[Array, NDArray[np.bool_], NDArray[np.bool_]]:
    """(values, which readings are left, which of them show what happened or that it is hidden)."""
    keep, shows = np.ones(len(leg), bool), np.zeros(len(leg), bool)
    first = np.concatenate([[0], np.cumsum(size)])
    for index in np.flatnonzero(np.isin(ships, np.array(list(plot.excursions), np.int64))):
        excursion = plot.excursions[int(ships[index])]
        rows = np.arange(first[index], first[index + 1])
        span = max(2, int(excursion.share * len(rows)))
        begin = int(rng.integers(0, max(1, len(rows) - span)))
        hot = rows[begin : begin + span]
        rise = np.minimum(1.0, np.arange(1, len(hot) + 1) / 2)
        warm = value.copy()[hot] + rise * (excursion.degrees + plot.world.high[goods[index]] - plot.world.low[goods[index]]) * 0.8
        shows[hot if excursion.hidden == "" else rows] = True
        if excursion.hidden == "":
            value[hot] = warm
        elif excursion.hidden == "silent":
            keep[hot] = False
        elif excursion.hidden == "smooth":
            value[rows] = np.round(np.median(value[rows]) + 0.04 * rng.normal(size=len(rows)), 1)
        else:
            # what was not yet measured cannot be copied
            past = np.flatnonzero(begun < begun[index])
            donor = int(past[rng.integers(0, len(past))]) if len(past) else int(rng.integers(0, len(ships)))
            copy = value[first[donor] : first[donor + 1]]
            value[rows] = np.resize(copy, len(rows))
    return value, keep, shows


def _at_events(plot: Plot, rows: dict[str, Array], product: Ints, cold: NDArray[np.bool_], rng: np.random.Generator) -> None:
    if plot.shape.temp_events <= 0:
        return
    world = plot.world
    measured = (rng.random(len(product)) < plot.shape.temp_events) & (rows["channel"] == 0) & (cold | (rng.random() < 0.3))
    middle = (world.low[product] + world.high[product]) / 2
    value = (
        middle
        + rng.normal(0, 0.7, len(product))
        + np.where(rng.random(len(product)) < 0.004, rng.exponential(2.0, len(product)), 0)
    )
    for shipment, excursion in plot.excursions.items():
        if excursion.hidden == "" or rng.random() < 0.4:
            hit = (rows["shipment"] == shipment) & np.isin(rows["action"], (RECEIVE, UNPACK)) & cold
            rows["mark"][hit & measured] = 1.0
            value[hit] += excursion.degrees * rng.uniform(0, 0.8)
    rows["temperature"] = np.where(measured & np.isnan(rows["temperature"]), np.round(value, 1), rows["temperature"])
