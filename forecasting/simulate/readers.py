"""How reads become records: readers and their clocks, late sync, missed and double reads, coordinates. The honest noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecasting.simulate.shape import DAY, Shape
from forecasting.simulate.world import Array, Ints, World, moved
from forecasting.tables import COMMISSION, GPS, IP, SCAN, SELL, SHIP, SITE

READER = 10_000_000  # a forced device from here on is the first reader of party (device - READER)
ZONES = np.array([-8, -6, -5, -3, -2, -1, 1, 2, 3, 5.5, 7, 8, 9]) * 3600.0


def missed(shape: Shape, rows: dict[str, Array], rng: np.random.Generator) -> dict[str, Array]:
    """Reads that did not happen: single ones, and a whole delivery's at once; and reads that happened twice."""
    size = len(rows["item"])
    chance = np.where(rows["action"] == COMMISSION, 0.1, 1.0) * shape.miss_item
    lost = rng.random(size) < chance
    key = rows["shipment"] * 16 + rows["action"]
    grouped = rows["shipment"] >= 0
    groups = np.unique(key[grouped])
    dropped = groups[rng.random(len(groups)) < shape.miss_group]
    lost |= grouped & np.isin(key, dropped)
    lost &= rows["fixed"] == 0
    kept = {name: column[~lost] for name, column in rows.items()}
    again = (rng.random(len(kept["item"])) < shape.double) & (kept["action"] != COMMISSION) & (kept["action"] != SELL)
    twice = {name: column[again].copy() for name, column in kept.items()}
    twice["time"] += np.where(
        rng.random(int(again.sum())) < 0.7, rng.uniform(1, 90, int(again.sum())), rng.uniform(0, 6, int(again.sum())) * 3600
    )
    return {name: np.concatenate([kept[name], twice[name]]) for name in kept}


def rerouted(shape: Shape, world: World, rows: dict[str, Array], rng: np.random.Generator) -> None:
    """Deliveries that went to a sister site of the one on the note, in place."""
    ships = rows["action"] == SHIP
    number = rows["shipment"][ships].astype(np.int64)
    groups = np.unique(number[number >= 0])
    changed = groups[rng.random(len(groups)) < shape.reroute]
    if not len(changed):
        return
    target = np.full(int(groups.max()) + 1, -1)
    for group in changed:
        row = np.flatnonzero(ships & (rows["shipment"] == group))[0]
        real = int(rows["target"][row])
        if real >= 0:
            sisters = world.at(int(world.layer[real]))
            near = sisters[np.argsort(world.km(sisters, real))[: min(8, len(sisters))]]
            target[group] = int(rng.choice(near))
    hit = np.flatnonzero(ships & (rows["shipment"] >= 0))
    new = target[rows["shipment"][hit].astype(np.int64)]
    rows["target"][hit[new >= 0]] = new[new >= 0]


def devices(world: World, rows: dict[str, Array], rng: np.random.Generator) -> Ints:
    """A device for each row: one of the actor's readers, the buyer's phone, or the forced one. Phones are below -1."""
    count = 1 + rng.poisson(0.8, len(world.layer))
    first = np.concatenate([[0], np.cumsum(count)])[:-1]
    actor = np.maximum(rows["actor"], 0).astype(np.int64)
    spot = (rows["shipment"].astype(np.int64) * 7 + rows["action"].astype(np.int64)) % count[actor]
    spot = np.where(rng.random(len(actor)) < 0.25, rng.integers(0, 1000, len(actor)) % count[actor], spot)
    found = first[actor] + spot
    forced = rows["device"].astype(np.int64)
    found = np.where(forced >= READER, first[np.clip(forced - READER, 0, len(first) - 1)], found)
    return np.where(forced < -1, forced, found)


def clocks(shape: Shape, world: World, rows: dict[str, Array], device: Ints, rng: np.random.Generator) -> tuple[Array, Array]:
    """(claimed, recorded) times: the reader's clock, its outages, the network's delay, and whoever lies."""
    names, which = np.unique(device, return_inverse=True)
    which = which.reshape(-1)
    n, true = len(names), rows["time"]
    phone = names < -1
    offset = rng.normal(0, 15, n)
    bad = rng.random(n) < shape.clock_bad
    offset[bad] = rng.normal(0, 900, int(bad.sum()))
    zone = rng.random(n) < shape.clock_zone
    offset[zone] = rng.choice(ZONES, int(zone.sum())) + rng.normal(0, 20, int(zone.sum()))
    wild = rng.random(n) < shape.clock_wild
    offset[wild] = -rng.uniform(0.02, 10, int(wild.sum())) * 365 * DAY
    offset[phone] = rng.normal(0, 3, int(phone.sum()))
    # some faults last for a while only
    begin = world.start + rng.uniform(-1, 0.7, n) * shape.horizon
    until = begin + rng.uniform(0.1, 2.0, n) * shape.horizon
    faulty = (true >= begin[which]) & (true <= until[which])
    claimed = true + np.where(faulty, offset[which], rng.normal(0, 10, n)[which]) + rng.normal(0, 2, len(true))
    recorded = true + rng.exponential(shape.delay, len(true))
    straggler = rng.random(len(true)) < shape.late
    recorded[straggler] += rng.exponential(shape.late_days * DAY, int(straggler.sum()))
    for _ in range(max(1, round(2 * shape.outages))):
        off = world.start + rng.uniform(0, 1, n) * shape.horizon
        on = off + rng.exponential(shape.outage_days * DAY, n) * ((rng.random(n) < shape.outages / 2) & ~phone)
        cut = (true >= off[which]) & (true < on[which])
        recorded = np.where(cut, np.maximum(recorded, on[which] + rng.uniform(0, 600, len(true))), recorded)
    lied = rows["shift"] != 0
    claimed[lied] = true[lied] + rows["shift"][lied]
    forced = ~np.isnan(rows["lag"])
    recorded[forced] = true[forced] + rows["lag"][forced]
    if shape.minute_clock:
        claimed = np.floor(claimed / 60) * 60
    return np.floor(claimed), np.ceil(recorded)


def places(
    shape: Shape, world: World, rows: dict[str, Array], rng: np.random.Generator
) -> tuple[Array, Array, NDArray[np.int64]]:
    """(lat, lon, source) of each row: the site's, a reader's own fix, or the coarse place of an internet address."""
    code = rows["actor"].astype(np.int64)
    near = np.where(code < -1, -2 - code, np.maximum(code, 0))
    lat, lon = world.lat[near], world.lon[near]
    told = ~np.isnan(rows["lat"])
    lat, lon = np.where(told, rows["lat"], lat), np.where(told, rows["lon"], lon)
    source = np.full(len(code), SITE)
    fix = (rng.random(len(code)) < shape.gps) | told
    source[fix] = GPS
    lat[fix], lon[fix] = moved(rng, lat[fix], lon[fix], rng.exponential(0.3, int(fix.sum())))
    phone = np.flatnonzero((rows["channel"] == SCAN) & ~told)
    _phones(shape, world, rows, near, phone, lat, lon, source, rng)
    hidden = (rng.random(len(code)) < shape.no_place) & ~told
    lat[hidden], lon[hidden] = np.nan, np.nan
    return lat, lon, source


def _phones(
    shape: Shape, world: World, rows: dict[str, Array], near: Ints, phone: Ints, lat: Array, lon: Array, source: Ints,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Places of phones, in place: one phone near one shop is at one place, and its address is wrong in one way."""
    keys = np.stack([rows["device"][phone], near[phone]], 1)
    first, same = np.unique(keys, axis=0, return_index=True, return_inverse=True)[1:]
    same, n = same.reshape(-1), len(first)
    home = near[phone[first]]
    north, east = moved(rng, world.lat[home], world.lon[home], rng.exponential(15, n))
    good = rng.random(n) < 0.25
    off = moved(rng, north, east, rng.exponential(shape.ip_km, n))
    north, east = np.where(good, north, off[0]), np.where(good, east, off[1])
    wild = np.flatnonzero(~good & (rng.random(n) < shape.ip_wild))
    country = rng.integers(0, len(world.country_at[0]), len(wild))
    north[wild], east[wild] = moved(rng, world.country_at[0][country], world.country_at[1][country], 100.0)
    lat[phone], lon[phone] = north[same], east[same]
    source[phone] = np.where(good, GPS, IP)[same]
