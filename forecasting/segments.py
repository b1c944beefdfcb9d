"""Arithmetic over groups of rows, in whole columns: medians, shares and tails per group. Plain numpy; knows no supply chain."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]  # numbers, and flags that are counted
Ints = NDArray[np.integer[Any]]
Flags = NDArray[np.bool_]


def combine(*columns: NDArray[np.integer]) -> Ints:
    """One number for each distinct row of the columns (0 to n-1, in no telling order)."""
    key = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        low = int(column.min()) if len(column) else 0
        span = int(column.max()) - low + 1 if len(column) else 1
        if len(key) and int(key.max()) > (2**62) // max(span, 1):
            key = np.unique(key, return_inverse=True)[1].reshape(-1).astype(np.int64)
        key = key * span + (column.astype(np.int64) - low)
    return number(key)


def number(key: NDArray[np.integer]) -> Ints:
    """Keys renumbered 0 to n-1 in sorted order."""
    if not len(key):
        return np.zeros(0, np.int64)
    low, high = int(key.min()), int(key.max())
    if high - low < 8 * len(key) + 1024:
        used = np.zeros(high - low + 1, bool)
        used[key - low] = True
        found: Ints = (np.cumsum(used) - 1)[key - low].astype(np.int64)
        return found
    return np.asarray(np.unique(key, return_inverse=True)[1].reshape(-1), np.int64)


def size_of(group: Ints) -> int:
    """How many groups there are."""
    return int(group.max()) + 1 if len(group) else 0


def counts(group: Ints, size: int, weights: Array | None = None) -> Array:
    """Rows (or weights) per group."""
    return np.bincount(group, weights, size).astype(np.float64)


def most(group: Ints, values: Array, size: int, empty: float = 0.0) -> Array:
    """The largest value per group; NaN values are passed over."""
    found = np.full(size, -np.inf)
    fine = ~np.isnan(values)
    np.maximum.at(found, group[fine], values[fine])
    return np.where(np.isneginf(found), empty, found)


def least(group: Ints, values: Array, size: int, empty: float = 0.0) -> Array:
    """The smallest value per group; NaN values are passed over."""
    found = np.full(size, np.inf)
    fine = ~np.isnan(values)
    np.minimum.at(found, group[fine], values[fine])
    return np.where(np.isposinf(found), empty, found)


def distinct(group: Ints, values: NDArray[np.integer], size: int) -> Array:
    """Distinct values per group; negative values are empty and not counted."""
    fine = values >= 0
    if not fine.any():
        return np.zeros(size)
    span = int(values.max()) + 1
    keys = np.unique(group[fine].astype(np.int64) * span + values[fine])
    return counts(keys // span, size)


def quantile(group: Ints, values: Array, size: int, share: float) -> Array:
    """A quantile per group (lower interpolation), NaN for groups without values."""
    fine = ~np.isnan(values)
    g, v = group[fine], values[fine]
    order = np.lexsort((v, g))
    sizes = np.bincount(g, minlength=size)
    starts = np.concatenate([[0], np.cumsum(sizes)])[:-1]
    place = starts + np.floor(share * np.maximum(sizes - 1, 0)).astype(np.int64)
    found = np.full(size, np.nan)
    has = sizes > 0
    found[has] = v[order][place[has]]
    return found


def robust(group: Ints, values: Array, size: int, floor: float) -> tuple[Array, Array, Array]:
    """(median, spread, count) per group; spread is the scaled median absolute deviation, at least `floor`."""
    middle = quantile(group, values, size, 0.5)
    off = np.abs(values - middle[group])
    spread = np.maximum(1.4826 * quantile(group, off, size, 0.5), floor)
    return middle, np.nan_to_num(spread, nan=floor), counts(group[~np.isnan(values)], size)


def z_scores(values: Array, levels: list[Ints], floor: float = 0.25, weight: float = 8.0) -> Array:
    """How many spreads each value is from the middle of its group, shrunk from fine levels towards coarse ones.

    `levels` go from coarse to fine; a group of n values counts n / (n + weight) against the level above it.
    """
    middle = np.full(len(values), np.nanmedian(values) if len(values) and not np.isnan(values).all() else 0.0)
    off = np.abs(values - middle)
    spread = np.full(
        len(values), max(floor, 1.4826 * float(np.nanmedian(off)) if len(values) and not np.isnan(off).all() else floor)
    )
    for group in levels:
        m, s, n = robust(group, values, size_of(group), floor)
        share = (n / (n + weight))[group]
        own_m, own_s = np.nan_to_num(m[group], nan=0.0), s[group]
        middle = np.where(n[group] > 0, share * own_m + (1 - share) * middle, middle)
        spread = np.where(n[group] > 0, share * own_s + (1 - share) * spread, spread)
    found: Array = (values - middle) / spread
    return found


def surprise(given: Ints, outcome: Ints, weight: Ints, prior: Array, strength: float = 2.0) -> Array:
    """-log P(outcome | given) of each row, in nats, leaving the row's own evidence out.

    Evidence is counted in distinct values of `weight` (a shipment of a hundred is one piece of evidence, not a hundred);
    `prior` is each row's back-off probability, worth `strength` pieces.
    """
    if not len(given):
        return np.zeros(0)
    pair = combine(given, outcome)
    seen = combine(pair, weight)
    first = np.unique(seen, return_index=True)[1]
    both = counts(pair[first], size_of(pair))[pair] - 1.0
    alone = counts(given[first], size_of(given))[given] - 1.0
    found: Array = -np.log((both + strength * np.maximum(prior, 1e-9)) / (alone + strength))
    return found


def frequency(outcome: Ints, weight: Ints) -> Array:
    """How common each row's outcome is over all evidence, with one piece of doubt."""
    if not len(outcome):
        return np.zeros(0)
    first = np.unique(combine(outcome, weight), return_index=True)[1]
    total = counts(outcome[first], size_of(outcome))
    found: Array = (total[outcome] - 0.5) / (len(first) + 1.0)
    return found


def agreement(group: Ints, value: Ints, one_each: Ints) -> tuple[Array, Array]:
    """(others in my group with my value, others in my group), counted in distinct `one_each` (items)."""
    if not len(group):
        return np.zeros(0), np.zeros(0)
    pair = combine(group, value)
    first = np.unique(combine(pair, one_each), return_index=True)[1]
    same = counts(pair[first], size_of(pair))[pair] - 1.0
    whole = np.unique(combine(group, one_each), return_index=True)[1]
    all_ = counts(group[whole], size_of(group))[group] - 1.0
    return same, np.maximum(all_, same)
