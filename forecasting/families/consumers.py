"""Consumers' scans: one serial verified by many phones, far from where its custody ended, or before it was ever sold."""

from __future__ import annotations

import numpy as np

from forecasting.families.feature import Columns, Family, Feature
from forecasting.segments import Array, combine, counts, distinct, frequency, least, most, size_of, surprise
from forecasting.tables import DESTROY, GPS, SELL
from forecasting.trail import DAY, HOUR, Trail, kilometres

FEATURES = (
    Feature("scan_count", "log scans", "scans by phones"),
    Feature("scan_phones", "log phones", "different phones that scanned it"),
    Feature("scan_surprise", "nats", "how unlikely so many phones are, given how often this network's items are scanned"),
    Feature("scan_spread", "log km", "farthest two of its scans are apart, the places' error taken off"),
    Feature("scan_places", "places", "scans that are far from every scan before them"),
    Feature("scan_far", "log km", "farthest a scan is from where its custody was then"),
    Feature("scan_near", "log km", "nearest any of its scans is to where its custody ended"),
    Feature("scan_far_fix", "log km", "farthest a scan with its own fix is from where its custody was then"),
    Feature("scan_far_share", "share", "share of its scans more than 100 km from where its custody was then"),
    Feature("scan_before_sale", "scans", "scans an hour and more before its sale"),
    Feature("scan_inside", "nats", "scanned where its holder's kind hardly ever lets consumers scan"),
    Feature("scan_after_destroyed", "scans", "scans after it was destroyed"),
    Feature("scan_days", "log days", "time between its first and last scan"),
    Feature("scan_late", "log days", "time between its sale and the last scan"),
    Feature("scan_burst", "log phones", "most phones within one day"),
    Feature("scan_rush", "log scans", "scans of other items from within 30 km in the same two minutes"),
    Feature("scan_only", "0/1", "known by scans alone"),
)


def compute(trail: Trail) -> Columns:
    """Columns of FEATURES."""
    size, e = trail.size, trail.events
    rows = trail.scans
    found = {f.name: np.zeros(size) for f in FEATURES}
    if not len(rows):
        return found
    item, time = trail.item[rows], trail.time[rows]
    # where devices are not told, every scan is its own phone
    phone = np.where(
        e.device[rows] >= 0, e.device[rows].astype(np.int64), int(e.device.max(initial=0)) + 1 + np.arange(len(rows))
    )
    scans, phones = counts(item, size), distinct(item, phone, size)
    found["scan_count"], found["scan_phones"] = np.log1p(scans), np.log1p(phones)
    found["scan_surprise"] = _surprise(phones)
    first, last = least(item, time, size), most(item, time, size)
    found["scan_days"] = np.log1p((last - first) / DAY)
    found["scan_only"] = ((counts(trail.item[trail.handled], size) == 0) & (scans > 0)).astype(np.float64)
    held = trail.handled
    for action, name in ((SELL, "sale"), (DESTROY, "destroyed")):
        at = np.full(size, np.nan)
        ends = held[trail.action[held] == action]
        at[trail.item[ends[::-1]]] = trail.time[ends[::-1]]
        if name == "sale":
            found["scan_before_sale"] = counts(item[time < at[item] - HOUR], size)
            found["scan_late"] = np.log1p(np.maximum(np.nan_to_num(last - at), 0) / DAY)
        else:
            found["scan_after_destroyed"] = counts(item[time > at[item] + HOUR], size)
    day = np.floor(time / DAY).astype(np.int64)
    slot = combine(item, day)
    busy = distinct(slot, phone, size_of(slot))[slot]
    found["scan_burst"] = most(item, np.log1p(busy), size)
    found["scan_rush"] = _rush(trail)
    found |= _spread(trail)
    found |= _custody(trail)
    return found


def _surprise(phones: Array) -> Array:
    """-log P(at least so many phones), from the network's own tail of counts: an item among a thousand is worth 7 nats."""
    top = int(phones.max(initial=0))
    tail = np.cumsum(np.bincount(phones.astype(np.int64), minlength=top + 1)[::-1])[::-1]
    own = -np.log((tail[phones.astype(np.int64)]) / len(phones))
    # far beyond the tail, more is still rarer: a geometric tail from the mean
    mean = max(float(phones.mean()), 1e-3)
    return np.asarray(np.maximum(own, np.minimum(phones * np.log((1 + mean) / mean), 40.0)) * (phones > 0), np.float64)


def _rush(trail: Trail) -> Array:
    """Other items' scans in the same cell of a quarter degree and the same two minutes (either half of two grids)."""
    rows = trail.scans[~np.isnan(trail.lat[trail.scans])]
    found = np.zeros(trail.size)
    for shift in (0.0, 0.5):
        cell = combine(
            np.floor(trail.lat[rows] * 4 + shift).astype(np.int64),
            np.floor(trail.lon[rows] * 4 + shift).astype(np.int64),
            np.floor(trail.time[rows] / 120 + shift).astype(np.int64),
        )
        others = distinct(cell, trail.item[rows], size_of(cell))[cell] - 1 if len(rows) else np.zeros(0)
        found = np.maximum(found, most(trail.item[rows], np.log1p(others), trail.size))
    return found


def _spread(trail: Trail) -> dict[str, Array]:
    size = trail.size
    rows = trail.scans[~np.isnan(trail.lat[trail.scans])]
    if not len(rows):
        return {}
    item = trail.item[rows]
    first = np.full(size, -1, np.int64)
    first[item[::-1]] = rows[::-1]
    start = first[item]
    km = (
        kilometres(trail.lat[start], trail.lon[start], trail.lat[rows], trail.lon[rows])
        - trail.radius[rows]
        - trail.radius[start]
    )
    km[start == rows] = 0.0
    pairs = trail.pairs(rows)
    a, b = pairs.first, pairs.second
    step = trail.km(pairs) - trail.radius[a] - trail.radius[b]
    fresh = counts(pairs.item[step > 100], size)
    return {"scan_spread": most(item, np.log1p(np.maximum(km, 0)), size), "scan_places": fresh}


def _custody(trail: Trail) -> dict[str, Array]:
    """Each scan against the last handling with a place before it, or the first after it where there is none."""
    size = trail.size
    held = np.flatnonzero(np.isin(np.arange(len(trail)), trail.handled) & ~np.isnan(trail.lat))
    scans = trail.scans[~np.isnan(trail.lat[trail.scans])]
    if not len(held) or not len(scans):
        return {}
    before = np.searchsorted(held, scans) - 1
    own = (before >= 0) & (trail.item[held[np.maximum(before, 0)]] == trail.item[scans])
    after = np.minimum(before + 1, len(held) - 1)
    follows = ~own & (trail.item[held[after]] == trail.item[scans])
    anchor = np.where(own, held[np.maximum(before, 0)], np.where(follows, held[after], -1))
    fine = anchor >= 0
    scans, anchor = scans[fine], anchor[fine]
    if not len(scans):
        return {}
    item = trail.item[scans]
    km = kilometres(trail.lat[anchor], trail.lon[anchor], trail.lat[scans], trail.lon[scans])
    km = np.maximum(km - trail.radius[scans] - trail.radius[anchor], 0)
    sharp = trail.events.geo[scans] == GPS
    role = trail.role[anchor] + 1
    kind = combine(role, (trail.action[anchor] == SELL).astype(np.int64))
    rare = surprise(np.zeros(len(kind), np.int64), kind, item, frequency(kind, item))
    return {
        "scan_far": most(item, np.log1p(km), size),
        "scan_near": least(item, np.log1p(km), size),
        "scan_far_fix": most(item[sharp], np.log1p(km[sharp]), size),
        "scan_far_share": counts(item[km > 100], size) / np.maximum(counts(item, size), 1),
        "scan_inside": most(item, np.maximum(rare, 0), size),
    }


FAMILY = Family("consumers", FEATURES, compute)
