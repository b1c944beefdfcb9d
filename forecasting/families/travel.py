"""Where the item was: speeds between distinct reads, with the coordinates' source and the clocks' error taken off first."""

from __future__ import annotations

import numpy as np

from forecasting.families.feature import Columns, Family, Feature
from forecasting.segments import Array, Ints, counts, most, number, quantile, size_of
from forecasting.tables import INSPECT, RETURN, SCAN, SHIP
from forecasting.trail import HOUR, Pairs, Trail, kilometres

FASTEST_KMH = 900.0
FEATURES = (
    Feature("travel_speed", "log km/h", "fastest move between two reads of the trade, errors of place and clock taken off"),
    Feature("travel_excess", "log km", "distance beyond what an airliner covers in the time, reads of the trade"),
    Feature("travel_speed_all", "log km/h", "fastest move between any two reads, consumers' included"),
    Feature("travel_excess_all", "log km", "distance beyond what an airliner covers in the time, any reads"),
    Feature("travel_unshipped", "log km", "farthest move between parties without a shipment on record"),
    Feature("travel_unshipped_moves", "moves", "moves of more than 30 km without a shipment on record"),
    Feature("travel_back_and_forth", "moves", "far moves that are undone by the next one"),
    Feature("travel_far_moves", "moves", "moves of more than 100 km"),
    Feature("travel_length", "log km", "length of the whole way"),
    Feature("travel_detour", "log ratio", "length of the way against the distance between its ends and its farthest point"),
    Feature("travel_off_site", "log km", "farthest a read is from the site of the party that made it"),
    Feature("travel_off_device", "log km", "farthest a read is from where its device usually reads"),
)


def effective(trail: Trail, pairs: Pairs) -> tuple[Array, Array]:
    """(km, hours) of each pair: least distance and most time that the errors allow."""
    a, b = pairs.first, pairs.second
    km = np.maximum(trail.km(pairs) - trail.radius[a] - trail.radius[b], 0.0)
    hours = (trail.time[b] - trail.time[a] + trail.error[a] + trail.error[b]) / HOUR
    return km, hours


def compute(trail: Trail) -> Columns:
    """Columns of FEATURES."""
    size = trail.size
    located = trail.located
    trade = located[trail.events.channel[located] != SCAN]
    found: dict[str, Array] = {}
    for rows, tail in ((trade, ""), (located, "_all")):
        pairs = trail.pairs(rows)
        km, hours = effective(trail, pairs)
        found[f"travel_speed{tail}"] = most(pairs.item, np.log1p(km / np.maximum(hours, 0.3)), size)
        found[f"travel_excess{tail}"] = most(pairs.item, np.log1p(np.maximum(km - FASTEST_KMH * hours, 0)), size)
    held = trail.pairs(trail.handled)
    km = np.nan_to_num(trail.km(held)) - trail.radius[held.first] - trail.radius[held.second]
    still = ~np.isin(trail.action[held.first], (SHIP, RETURN)) & (trail.actor[held.first] != trail.actor[held.second])
    far = np.where(still, np.maximum(km, 0), 0.0)
    found["travel_unshipped"] = most(held.item, np.log1p(far), size)
    found["travel_unshipped_moves"] = counts(held.item[far > 30], size)
    found |= _ways(trail, trade)
    found["travel_off_site"] = _off_site(trail)
    found["travel_off_device"] = _off_device(trail)
    return found


def _ways(trail: Trail, rows: Ints) -> dict[str, Array]:
    size = trail.size
    pairs = trail.pairs(rows)
    km = np.maximum(np.nan_to_num(trail.km(pairs)) - trail.radius[pairs.first] - trail.radius[pairs.second], 0)
    length = counts(pairs.item, size, km)
    undone = np.zeros(size)
    if len(km) > 1:
        follow = (pairs.item[1:] == pairs.item[:-1]) & (pairs.first[1:] == pairs.second[:-1])
        a, c = pairs.first[:-1], pairs.second[1:]
        home = np.nan_to_num(kilometres(trail.lat[a], trail.lon[a], trail.lat[c], trail.lon[c]))
        there = follow & (km[:-1] > 100) & (km[1:] > 100) & (home < 0.3 * np.minimum(km[:-1], km[1:]))
        undone = counts(pairs.item[1:][there], size)
    first = np.full(size, -1, np.int64)
    first[trail.item[rows[::-1]]] = rows[::-1]
    start = first[trail.item[rows]]
    reach = most(trail.item[rows], kilometres(trail.lat[start], trail.lon[start], trail.lat[rows], trail.lon[rows]), size)
    return {
        "travel_back_and_forth": undone,
        "travel_far_moves": counts(pairs.item[km > 100], size),
        "travel_length": np.log1p(length),
        "travel_detour": np.log((length + 100) / (reach + 100)),
    }


def _off_site(trail: Trail) -> Array:
    parties, e = trail.tables.parties, trail.events
    if not len(parties.lat):
        return np.zeros(trail.size)
    # an inspector reads where the goods are
    own = (trail.actor >= 0) & (e.channel != SCAN) & ~np.isnan(e.lat) & (trail.actor == e.actor) & (trail.action != INSPECT)
    rows = np.flatnonzero(own)
    who = trail.actor[rows]
    km = kilometres(e.lat[rows], e.lon[rows], parties.lat[who], parties.lon[who]) - trail.radius[rows]
    # a party that reads off its address as a habit has several sites or moves about: only what is off that habit counts
    usual = 1.5 * np.nan_to_num(quantile(who, km, size_of(who), 0.8))
    return most(trail.item[rows], np.log1p(np.maximum(km - np.maximum(usual[who], 0), 0)), trail.size)


def _off_device(trail: Trail) -> Array:
    e = trail.events
    rows = np.flatnonzero((e.device >= 0) & ~np.isnan(trail.lat) & (e.channel != SCAN) & (trail.action != INSPECT))
    if not len(rows):
        return np.zeros(trail.size)
    device = number(e.device[rows])
    size = size_of(device)
    lat, lon = quantile(device, trail.lat[rows], size, 0.5), quantile(device, trail.lon[rows], size, 0.5)
    km = kilometres(trail.lat[rows], trail.lon[rows], lat[device], lon[device]) - trail.radius[rows] - 20
    few = counts(device, size)[device] < 5
    usual = 1.5 * np.nan_to_num(quantile(device, km, size, 0.8))
    off = np.maximum(km - np.maximum(usual[device], 0), 0)
    return most(trail.item[rows], np.where(few, 0.0, np.log1p(off)), trail.size)


FAMILY = Family("travel", FEATURES, compute)
