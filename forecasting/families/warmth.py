"""The cold chain: excursions, mean kinetic temperature, silent sensors, series that were smoothed or copied.

Sources: USP <1079.2> for the mean kinetic temperature (83.144 kJ/mol). Limits come from products.csv; where they are missing,
from what most readings of the product show.
"""

from __future__ import annotations

import numpy as np

from forecasting.families.feature import Columns, Family, Feature
from forecasting.segments import Array, Ints, combine, counts, distinct, least, most, number, quantile, size_of, z_scores
from forecasting.tables import RECEIVE, SHIP
from forecasting.trail import HOUR, Trail

ACTIVATION_K = 83_144.0 / 8.3144
ZERO_C = 273.15
FEATURES = (
    Feature("warmth_above", "°C", "farthest above the upper limit by its shipments' sensors"),
    Feature("warmth_held", "°C", "farthest outside the limits for two readings in a row: a door opened for a moment is left out"),
    Feature("warmth_below", "°C", "farthest below the lower limit by its shipments' sensors"),
    Feature("warmth_hours", "log hours", "time outside the limits by its shipments' sensors"),
    Feature("warmth_degree_hours", "log °C h", "degrees outside the limits times hours"),
    Feature("warmth_kinetic", "°C", "mean kinetic temperature above the upper limit"),
    Feature("warmth_read_above", "°C", "farthest above the upper limit by temperatures read with the item"),
    Feature("warmth_read_below", "°C", "farthest below the lower limit by temperatures read with the item"),
    Feature("warmth_read_off", "°C", "farthest a temperature read with the item is from its shipment's sensor then"),
    Feature("warmth_silent", "share", "longest gap of a sensor as a share of its trip"),
    Feature("warmth_missing", "trips", "cold trips without any sensor, where nearly all have one"),
    Feature("warmth_flat", "spreads", "how much steadier a series is than others of its product"),
    Feature("warmth_repeats", "share", "share of readings equal to the one before, beyond the product's usual"),
    Feature("warmth_copied", "share", "share of a series' runs of six readings that another trip has too"),
    Feature("warmth_copied_long", "share", "share of a series' runs of twelve readings that another trip has too"),
    Feature("warmth_copied_later", "share", "the same of runs of twelve, where the other trip began before this one"),
    Feature("warmth_read_company", "°C", "middle of its company's temperatures beyond the limits, read at one hand-over"),
    Feature("warmth_cold", "0/1", "the product is kept cold"),
)


def compute(trail: Trail) -> Columns:
    """Columns of FEATURES."""
    size = trail.size
    found = {f.name: np.zeros(size) for f in FEATURES}
    low, high, cold = limits(trail)
    goods = trail.product
    own = np.maximum(goods, 0)
    found["warmth_cold"] = np.where(goods >= 0, cold[own], 0.0) if len(cold) else np.zeros(size)
    if not len(cold):
        return found
    found |= _reads(trail, low, high)
    trips = _trips(trail)
    if trips is not None:
        found |= _series(trail, trips, low, high, cold)
    return found


def limits(trail: Trail) -> tuple[Array, Array, Array]:
    """(low, high, cold) per product. Where no limits are told: what 95 % of the product's readings keep, and a degree more."""
    products, e = trail.tables.products, trail.events
    low, high, cold = products.low.copy(), products.high.copy(), np.nan_to_num(products.cold)
    rows = np.flatnonzero(~np.isnan(e.temperature))
    unknown = np.isnan(high) | np.isnan(low)
    if len(rows) and unknown.any():
        goods = trail.product[trail.item[rows]]
        rows, goods = rows[goods >= 0], goods[goods >= 0]
        if len(rows):
            values = e.temperature[rows]
            warm, chill = quantile(goods, values, len(low), 0.95), quantile(goods, values, len(low), 0.05)
            high = np.where(np.isnan(high), warm + 1.0, high)
            low = np.where(np.isnan(low), chill - 1.0, low)
            cold = np.where(unknown & (quantile(goods, values, len(low), 0.5) < 12), 1.0, cold)
    return low, high, cold


def _reads(trail: Trail, low: Array, high: Array) -> dict[str, Array]:
    e, size = trail.events, trail.size
    rows = np.flatnonzero(~np.isnan(e.temperature) & (trail.product[trail.item] >= 0))
    goods, value = trail.product[trail.item[rows]], e.temperature[rows]
    beyond = np.maximum(np.maximum(value - high[goods], low[goods] - value), 0)
    grouped = trail.group[rows] >= 0
    act = combine(np.maximum(trail.group[rows], 0), trail.action[rows])
    acts = size_of(act)
    middle = np.nan_to_num(quantile(act, beyond, acts, 0.5))[act] if len(rows) else beyond
    several = grouped & (counts(act, acts)[act] >= 2) if len(rows) else grouped
    return {
        "warmth_read_company": most(trail.item[rows], np.where(several, middle, 0.0), size),
        "warmth_read_above": most(trail.item[rows], np.maximum(value - high[goods], 0), size),
        "warmth_read_below": most(trail.item[rows], np.maximum(low[goods] - value, 0), size),
    }


def _trips(trail: Trail) -> tuple[Ints, Ints, Array, Array, Array, Ints] | None:
    """Sensor rows tied to trips: (trip per row, series per row, time, value, and per (item, trip): item and trip)."""
    sensors = trail.tables.sensors
    if not len(sensors.time):
        return None
    fine = ~np.isnan(sensors.time) & ~np.isnan(sensors.value)
    note = np.where(sensors.shipment >= 0, sensors.shipment.astype(np.int64), -1)[fine]
    box = np.where(sensors.container >= 0, sensors.container.astype(np.int64), -1)[fine]
    time, value = sensors.time[fine], sensors.value[fine]
    order = np.lexsort((time, box, note))
    return note[order], box[order], time[order], value[order], np.empty(0), np.empty(0, np.int64)


def _series(
    trail: Trail, trips: tuple[Ints, Ints, Array, Array, Array, Ints], low: Array, high: Array, cold: Array
) -> dict[str, Array]:
    note, box, time, value, _, _ = trips
    series = combine(note, box)
    count = size_of(series)
    item, which, start, stop = _members(trail, note, box, series)
    size = trail.size
    if not len(item):
        return {}
    goods_of = _guarded(trail, item, which, series, value, low, high, cold, count)
    goods = goods_of[series]
    fine = goods >= 0
    top = np.where(fine, high[np.maximum(goods, 0)], np.nan)
    bottom = np.where(fine, low[np.maximum(goods, 0)], np.nan)
    order = np.lexsort((time, series))
    step = np.zeros(len(time))
    step[order[:-1]] = np.where(np.diff(series[order]) == 0, np.diff(time[order]), 0.0)
    usual = np.nan_to_num(quantile(series, np.where(step > 0, step, np.nan), count, 0.5))
    hours = np.minimum(step, 3 * np.maximum(usual[series], 60.0)) / HOUR
    over = np.nan_to_num(np.maximum(np.maximum(value - top, bottom - value), 0.0))
    begin, end = least(series, time, count), most(series, time, count)
    trip_from, trip_to = least(which, start, count, np.nan), most(which, stop, count, np.nan)
    edges = np.maximum(np.nan_to_num(begin - trip_from), np.nan_to_num(trip_to - end))
    length = np.maximum(np.fmax(end, trip_to) - np.fmin(begin, trip_from), HOUR)
    gap = np.maximum(most(series, step, count), np.minimum(edges, length))
    many = counts(series, count)
    kinetic = counts(series, count, np.exp(-ACTIVATION_K / (value + ZERO_C))) / np.maximum(many, 1)
    per = {
        "warmth_above": most(series, value - top, count),
        "warmth_held": _held(series[order], over[order], count),
        "warmth_below": most(series, bottom - value, count),
        "warmth_hours": np.log1p(counts(series, count, np.where(over > 0, hours, 0.0))),
        "warmth_degree_hours": np.log1p(counts(series, count, over * hours)),
        "warmth_kinetic": ACTIVATION_K / -np.log(np.maximum(kinetic, 1e-300)) - ZERO_C - _of(high, goods_of),
        "warmth_silent": np.where(many >= 3, np.maximum(gap - 2 * usual, 0) / length, 0.0),
        "warmth_flat": _flat(series[order], value[order], goods_of, count),
        "warmth_repeats": _repeats(series[order], value[order], goods_of, count),
        "warmth_copied": _copied(series, order, value, count, 6, begin)[0],
    }
    per["warmth_copied_long"], per["warmth_copied_later"] = _copied(series, order, value, count, 12, begin)
    guarded = trail.product[item] == goods_of[which]
    found = {
        name: most(item[guarded], np.maximum(np.nan_to_num(column), 0)[which[guarded]], size) for name, column in per.items()
    }
    found["warmth_missing"] = _missing(trail, item, cold)
    found["warmth_read_off"] = _against(trail, item[guarded], which[guarded], series, time, value, order)
    return found


def _of(column: Array, goods: Ints) -> Array:
    return np.where(goods >= 0, column[np.maximum(goods, 0)], np.nan)


def _guarded(
    trail: Trail, item: Ints, which: Ints, series: Ints, value: Array, low: Array, high: Array, cold: Array, count: int
) -> Ints:
    """The product that each series watches over: where goods of several climates ride together, the one whose limits fit best.

    -1 where none of them is kept cold: a sensor among goods for room temperature proves nothing about them.
    """
    middle = quantile(series, value, count, 0.5)
    goods = trail.product[item]
    known = np.flatnonzero(goods >= 0)
    goods, which = goods[known], which[known]
    off = np.maximum(np.maximum(middle[which] - high[goods], low[goods] - middle[which]), 0.0)
    off = np.nan_to_num(off, nan=1e6) + np.where(cold[goods] > 0, 0.0, 1e3)
    order = np.lexsort((goods, off, which))
    first = np.unique(which[order], return_index=True)[1]
    best = order[first]
    found = np.full(count, -1, np.int64)
    found[which[best]] = np.where(cold[goods[best]] > 0, goods[best], -1)
    return found


def _members(trail: Trail, note: Ints, box: Ints, series: Ints) -> tuple[Ints, Ints, Array, Array]:
    """(item, series, start, stop) for each item that travelled with a series: by shipment and container, or by what is told."""
    e = trail.events
    rows = np.flatnonzero(np.isin(trail.action, (SHIP, RECEIVE)) & (e.channel != 1))
    by_note: dict[tuple[int, int], int] = {}
    first = np.unique(series, return_index=True)[1]
    for row in first:
        by_note[(int(note[row]), int(box[row]))] = int(series[row])
    shipment, container = e.shipment[rows].astype(np.int64), e.container[rows].astype(np.int64)
    found: list[tuple[Ints, Ints, Ints]] = []
    for a, b in ((shipment, container), (shipment, np.full(len(rows), -1)), (np.full(len(rows), -1), container)):
        key = combine(np.concatenate([a, note[first]]), np.concatenate([b, box[first]]))
        known = np.full(size_of(key), -1, np.int64)
        known[key[len(rows) :]] = series[first]
        hit = known[key[: len(rows)]]
        fit = (hit >= 0) & ((a >= 0) | (b >= 0))
        found.append((trail.item[rows][fit], hit[fit], rows[fit]))
    item = np.concatenate([f[0] for f in found])
    which = np.concatenate([f[1] for f in found])
    row = np.concatenate([f[2] for f in found])
    if not len(item):
        return item, which, np.empty(0), np.empty(0)
    pair = combine(item, which)
    pairs = size_of(pair)
    start, stop = least(pair, trail.time[row], pairs), most(pair, trail.time[row], pairs)
    one = np.unique(pair, return_index=True)[1]
    single = np.where(stop[pair[one]] > start[pair[one]], stop[pair[one]], np.nan)
    return item[one], which[one], np.where(np.isnan(single), np.nan, start[pair[one]]), single


def _flat(series: Ints, value: Array, goods: Ints, count: int) -> Array:
    """How far a series' wobble lies below its product's usual, in spreads that a series of its length has by chance."""
    change = np.abs(np.diff(value))
    same = series[1:] == series[:-1]
    wobble = counts(series[1:][same], count, change[same]) / np.maximum(counts(series[1:][same], count), 1)
    many = counts(series, count)
    fine = np.flatnonzero(many >= 6)
    found = np.zeros(count)
    if len(fine) >= 5:
        level = np.log(wobble[fine] + 0.02)
        found[fine] = -z_scores(level, [number(goods[fine])], 0.15) * np.sqrt(np.minimum(many[fine], 40) / 15)
    return found


def _repeats(series: Ints, value: Array, goods: Ints, count: int) -> Array:
    """Share of readings equal to the one before, beyond the product's usual share; long enough series only."""
    same = series[1:] == series[:-1]
    steps = counts(series[1:][same], count)
    equal = counts(series[1:][same & (np.diff(value) == 0)], count) / np.maximum(steps, 1)
    group = number(np.maximum(goods, -1))
    usual = np.nan_to_num(quantile(group, np.where(steps >= 6, equal, np.nan), size_of(group), 0.5))[group]
    return np.where(steps >= 6, np.maximum(equal - usual, 0) * np.sqrt(np.minimum(steps, 40) / 15), 0.0)


def _held(series: Ints, over: Array, count: int) -> Array:
    """The most that two readings of a series in a row are both beyond."""
    same = series[1:] == series[:-1]
    return most(series[1:][same], np.minimum(over[1:], over[:-1])[same], count)


def _copied(series: Ints, order: Ints, value: Array, count: int, length: int, begin: Array) -> tuple[Array, Array]:
    """Share of a series' runs of `length` readings (not all alike) that another series has too, and that an earlier one has."""
    v = np.round(value[order] * 10).astype(np.int64)
    s = series[order]
    if len(v) < length:
        return np.zeros(count), np.zeros(count)
    key = np.zeros(len(v) - length + 1, np.int64)
    spread = np.zeros(len(key), np.int64)
    for k in range(length):
        part = v[k : len(v) - length + 1 + k]
        key = key * 1_000_003 + part
        spread = np.maximum(spread, np.abs(part - v[: len(key)]))
    whole = s[: len(key)] == s[length - 1 :]
    varied = whole & (spread >= 3)
    rows = np.flatnonzero(varied)
    if not len(rows):
        return np.zeros(count), np.zeros(count)
    run, owner = number(key[rows]), s[rows]
    runs = counts(owner, count)
    shared = distinct(run, owner, size_of(run))[run] > 1
    later = shared & (begin[owner] > least(run, begin[owner], size_of(run))[run])
    enough = np.where(runs >= 3, 1.0, 0.0) / np.maximum(runs, 1)
    return counts(owner[shared], count) * enough, counts(owner[later], count) * enough


def _missing(trail: Trail, item: Ints, cold: Array) -> Array:
    """Shipments of cold goods without a sensor, where at least 70 % of the product's have one."""
    e, size = trail.events, trail.size
    rows = np.flatnonzero((trail.action == SHIP) & (e.shipment >= 0))
    goods = trail.product[trail.item[rows]]
    keep = (goods >= 0) & (cold[np.maximum(goods, 0)] > 0)
    rows, goods = rows[keep], goods[keep]
    if not len(rows):
        return np.zeros(size)
    note = e.shipment[rows].astype(np.int64)
    watched = np.zeros(size, np.int64)
    watched = counts(item, size).astype(np.int64)
    own = np.unique(combine(trail.item[rows], note), return_index=True)[1]
    trips = counts(trail.item[rows][own], size)
    lack = np.maximum(trips - watched, 0)
    product = np.maximum(trail.product, 0)
    sums, all_ = counts(product, size_of(product), np.minimum(watched, trips)), counts(product, size_of(product), trips)
    mostly = (sums / np.maximum(all_, 1) > 0.7)[product]
    return np.where(mostly & (trips > 0), lack, 0.0)


def _against(trail: Trail, item: Ints, which: Ints, series: Ints, time: Array, value: Array, order: Ints) -> Array:
    """Temperatures read with the item on a trip against the nearest reading of the trip's own sensor."""
    e, size = trail.events, trail.size
    rows = np.flatnonzero(~np.isnan(e.temperature) & np.isin(trail.action, (SHIP, RECEIVE)))
    if not len(rows) or not len(item):
        return np.zeros(size)
    base, span = float(time.min()), float(max(time.max(), trail.ended) - min(time.min(), trail.time.min()) + 1e6)
    keys = series[order] * span + (time[order] - base)
    by_item = np.argsort(item, kind="stable")
    left = np.searchsorted(item[by_item], trail.item[rows], "left")
    right = np.searchsorted(item[by_item], trail.item[rows], "right")
    found = np.zeros(size)
    for k in range(int((right - left).max(initial=0))):
        has = left + k < right
        trip = which[by_item[np.minimum(left + k, len(by_item) - 1)]]
        want = trip * span + (trail.time[rows] - base)
        place = np.clip(np.searchsorted(keys, want), 1, len(keys) - 1)
        near = np.where(np.abs(keys[place] - want) < np.abs(keys[place - 1] - want), place, place - 1)
        close = has & (series[order[near]] == trip) & (np.abs(keys[near] - want) < HOUR)
        off = np.abs(e.temperature[rows] - value[order[near]])
        np.maximum.at(found, trail.item[rows][close], off[close])
    return found


FAMILY = Family("warmth", FEATURES, compute)
