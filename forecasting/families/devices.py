"""Readers and serials: stolen or shared readers, codes collected in bulk, serials that were guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from forecasting.families.feature import Columns, Family, Feature
from forecasting.segments import Array, Ints, combine, counts, distinct, frequency, least, most, quantile, size_of, surprise
from forecasting.tables import COMMISSION, INSPECT, SCAN
from forecasting.trail import HOUR, Trail, kilometres

FEATURES = (
    Feature("device_actor", "nats", "party least likely to use the device that read it"),
    Feature("device_owners", "log parties", "most parties that one of its devices read for"),
    Feature("device_rare", "nats", "rarest device for the party that used it"),
    Feature("device_speed", "log km/h", "fastest move of one of its devices around its read"),
    Feature("device_burst", "log items", "most items one of its devices read within two minutes"),
    Feature("device_scan_burst", "log items", "the same, on the scan channel"),
    Feature("device_scan_items", "log items", "most items that a phone which scanned it ever scanned"),
    Feature("device_scan_unborn", "share", "share of never-commissioned serials among the other scans of its phones"),
    Feature("device_scan_sequence", "share", "share of neighbouring serials among the scans of its phones"),
    Feature("device_scan_inside", "log items", "items its phones scanned while they were still in the trade"),
    Feature("serial_gap", "log ratio", "distance of its serial to the nearest commissioned one, against the product's usual"),
    Feature("serial_outside", "0/1", "its serial lies outside its batch's, where batches are numbered in runs"),
    Feature("serial_beyond", "0/1", "its serial lies beyond all that its product's maker commissioned"),
    Feature("serial_shape", "nats", "how unlike the other serials of its product it is written"),
)


def compute(trail: Trail) -> Columns:
    """Columns of FEATURES."""
    size, e = trail.size, trail.events
    found = {name: np.zeros(size) for name in (f.name for f in FEATURES)}
    serial = serials(trail.tables.items)
    rows = np.flatnonzero(e.device >= 0)
    if len(rows):
        found |= _owners(trail, rows)
        found |= _bursts(trail, rows)
        found |= _phones(trail, rows[e.channel[rows] == SCAN], serial)
    found |= _serials(trail, serial)
    return found


def _owners(trail: Trail, rows: Ints) -> dict[str, Array]:
    size, e = trail.size, trail.events
    used = rows[(trail.actor[rows] >= 0) & (e.channel[rows] != SCAN)]
    if not len(used):
        return {}
    device, actor, evidence = e.device[used].astype(np.int64), trail.actor[used], trail.evidence[used]
    common = frequency(actor, evidence)
    by = surprise(device, actor, evidence, common)
    own = surprise(actor, device, evidence, frequency(device, evidence))
    owners = distinct(device, actor, size_of(device))
    item = trail.item[used]
    still = used[trail.action[used] != INSPECT]  # inspectors travel
    order = still[np.lexsort((trail.time[still], e.device[still]))]
    speed = np.zeros(len(order))
    if len(order) > 1:
        a, b = order[:-1], order[1:]
        km = np.nan_to_num(kilometres(trail.lat[a], trail.lon[a], trail.lat[b], trail.lon[b])) - trail.radius[a] - trail.radius[b]
        hours = np.abs(trail.time[b] - trail.time[a]) / HOUR
        fast = np.where(e.device[a] == e.device[b], np.log1p(np.maximum(km, 0) / np.maximum(hours, 0.5)), 0.0)
        speed[1:] = fast
        speed[:-1] = np.maximum(speed[:-1], fast)
    return {
        "device_actor": most(item, by, size),
        "device_rare": most(item, own, size),
        "device_owners": most(item, np.log(np.maximum(owners[device], 1)), size),
        "device_speed": most(trail.item[order], speed, size),
    }


def _bursts(trail: Trail, rows: Ints) -> dict[str, Array]:
    """Items read by the same device within two minutes either way of each read."""
    size, e = trail.size, trail.events
    found = {}
    for name, part in (("device_burst", rows), ("device_scan_burst", rows[e.channel[rows] == SCAN])):
        if not len(part):
            continue
        order = part[np.lexsort((trail.time[part], e.device[part]))]
        base = float(trail.time[order].min())
        key = e.device[order].astype(np.float64) * (trail.ended - base + 1e6) + (trail.time[order] - base)
        around = np.searchsorted(key, key + 120.0, "right") - np.searchsorted(key, key - 120.0, "left")
        found[name] = most(trail.item[order], np.log(np.maximum(around, 1)), size)
    return found


def _phones(trail: Trail, rows: Ints, serial: Array) -> dict[str, Array]:
    size, e = trail.size, trail.events
    if not len(rows):
        return {}
    device, item = combine(e.device[rows]), trail.item[rows]
    phones = size_of(device)
    first = np.unique(combine(device, item), return_index=True)[1]
    total = counts(device[first], phones)
    born = np.zeros(size, bool)
    born[trail.item[trail.action == COMMISSION]] = True
    unborn = counts(device[first[~born[item[first]]]], phones)
    mine = (~born[item]).astype(np.float64)
    share = (unborn[device] - mine) / np.maximum(total[device] - 1, 1)
    own = first[np.lexsort((serial[item[first]], device[first]))]
    near = np.zeros(phones)
    if len(own) > 1:
        close = (device[own][1:] == device[own][:-1]) & (np.abs(np.diff(serial[item[own]])) <= 3)
        near = counts(device[own][1:][close], phones)
    last = np.full(size, np.nan)
    held = trail.handled
    last[trail.item[held]] = trail.time[held]
    inside = first[trail.time[rows][first] < last[item[first]] - 12 * HOUR]
    within = counts(device[inside], phones)
    return {
        "device_scan_items": most(item, np.log(np.maximum(total[device], 1)), size),
        "device_scan_unborn": most(item, share, size),
        "device_scan_sequence": most(item, np.where(total >= 3, near / np.maximum(total - 1, 1), 0.0)[device], size),
        "device_scan_inside": most(item, np.log1p(within[device]), size),
    }


def serials(items: Sequence[str]) -> Array:
    """The number at the end of each id (its last run of digits, at most 15), NaN where there is none."""
    tail = re.compile(r"(\d{1,15})\D*$")
    found = np.full(len(items), np.nan)
    for index, text in enumerate(items):
        match = tail.search(text)
        if match:
            found[index] = float(match.group(1))
    return found


def shapes(items: Sequence[str]) -> Ints:
    """A number for how each id is written: letters, digits and marks in their order, runs of one kind with their length."""
    table = str.maketrans("0123456789", "9" * 10)
    kinds: dict[str, int] = {}
    found = np.zeros(len(items), np.int64)
    for index, text in enumerate(items):
        plain = re.sub(r"[^\W\d_]", "a", text.translate(table))
        found[index] = kinds.setdefault(plain, len(kinds))
    return found


def _serials(trail: Trail, serial: Array) -> dict[str, Array]:
    size = trail.size
    goods = combine(trail.product)
    born = np.zeros(size, bool)
    born[trail.item[trail.action == COMMISSION]] = True
    shape = shapes(trail.tables.items)
    alone = np.arange(size, dtype=np.int64)
    unlike = surprise(goods, shape, alone, frequency(shape, alone))
    known = ~np.isnan(serial)
    gap = np.zeros(size)
    order = np.flatnonzero(known)[np.lexsort((serial[known], goods[known]))]
    if len(order) > 2:
        s, g = serial[order], goods[order]
        anchor = born[order]
        left, right = _to_anchor(s, g, anchor), _to_anchor(-s[::-1], g[::-1], anchor[::-1])[::-1]
        distance = np.minimum(left, right)
        usual = quantile(g, np.where(anchor, distance, np.nan), size_of(goods), 0.5)[g]
        ratio = np.log((distance + 1) / (np.nan_to_num(usual, nan=1.0) + 1))
        gap[order] = np.where(np.isfinite(ratio), np.maximum(ratio, 0), 0.0)
    top = most(goods[born & known], serial[born & known], size_of(goods), np.nan)[goods]
    bottom = least(goods[born & known], serial[born & known], size_of(goods), np.nan)[goods]
    beyond = known & ((serial > top) | (serial < bottom))
    return {
        "serial_gap": gap,
        "serial_shape": np.maximum(unlike, 0),
        "serial_beyond": beyond.astype(np.float64),
        "serial_outside": _outside(trail, serial, born & known),
    }


def _to_anchor(serial: Array, group: Ints, anchor: Array) -> Array:
    """Distance to the nearest other anchor before each place of a sorted run, infinite where there is none in the group."""
    places = np.arange(len(serial))
    last = np.maximum.accumulate(np.where(anchor, places, -1))
    previous = np.concatenate([[-1], last[:-1]])
    fine = (previous >= 0) & (group[np.maximum(previous, 0)] == group)
    return np.where(fine, serial - serial[np.maximum(previous, 0)], np.inf)


def _outside(trail: Trail, serial: Array, born: Array) -> Array:
    """1 where a batch's serials run on without gaps for most, and this one is not within the run."""
    batch = combine(trail.product, trail.batch)
    batches = size_of(batch)
    low = quantile(batch[born], serial[born], batches, 0.05)
    high = quantile(batch[born], serial[born], batches, 0.95)
    units = counts(batch[born], batches)
    dense = (high - low) < 4 * units
    margin = 0.2 * units + 5
    off = (serial < low[batch] - margin[batch]) | (serial > high[batch] + margin[batch])
    found: Array = (dense[batch] & (units[batch] >= 8) & off).astype(np.float64)
    return found


FAMILY = Family("devices", FEATURES, compute)
