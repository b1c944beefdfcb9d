"""How the second simulator's trade becomes tables: honest oddities, missed reads, clocks, uploads, places, sensors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecasting.simulate.network import TRACELESS, UNSEEN, Network
from forecasting.simulate.pull import crimes
from forecasting.simulate.pull.goods import CARRIER, DAY, HOUR, INSPECTOR, ROLES, SHOP, STRANGER, Leg, Read, Trade
from forecasting.simulate.pull.series import sensors
from forecasting.tables import (
    GPS,
    INSPECT,
    IP,
    OBSERVE,
    RECEIVE,
    SCAN,
    SELL,
    SHIP,
    SITE,
    VERIFY,
    Events,
    Labels,
    Parties,
    Products,
    Shipments,
    Tables,
)

Array = NDArray[np.float64]
NUMBERS = ("action", "actor", "time", "origin", "target", "box", "note", "geo", "channel", "device", "product", "batch", "mark")


def simulate(seed: int, items: int = 7000, share: float = 0.02) -> Network:
    """A network of the second kind; everything follows from the seed."""
    trade = Trade(seed, items)
    trade.run()
    trade.units = [unit for unit in trade.units if unit.reads and unit.reads[0].time < trade.end]
    oddities(trade)
    crimes.play(trade, share)
    return _written(trade)


def oddities(trade: Trade) -> None:
    """Honest things that look odd, at rates drawn anew for every network."""
    rng = trade.rng
    rates = np.exp(rng.uniform(np.log(2e-4), np.log(6e-3), 5)) * (rng.random(5) < 0.8)
    many = np.flatnonzero(trade.role == SHOP)
    verify = float(np.exp(rng.uniform(np.log(0.02), np.log(0.6)))) if rng.random() < 0.85 else 0.0
    authority = int(np.flatnonzero(trade.role == INSPECTOR)[0])
    phone = -1
    for unit in trade.units:
        last, dice = unit.reads[-1], rng.random(6)
        if dice[0] < rates[0] and len(unit.reads) > 3:  # lent to a shop nearby
            shop, at = int(many[np.argsort(trade.km(last.actor, many))[min(1, len(many) - 1)]]), last.time
            if last.action == SELL:
                unit.reads.pop()
                at = unit.reads[-1].time + rng.uniform(0.3, 6) * DAY
            if shop != unit.reads[-1].actor:
                trade.send(unit.reads[-1].actor, shop, [unit], at, at + rng.uniform(1, 30) * HOUR)
                unit.reads.append(Read(SELL, shop, unit.reads[-1].time + rng.exponential(5) * DAY))
        if dice[1] < rates[1] and len(unit.reads) > 4:  # forgotten in a corner
            place = int(rng.integers(2, len(unit.reads)))
            wait = rng.exponential(9) * DAY + DAY
            for read in unit.reads[place:]:
                read.time += wait
        if dice[2] < rates[2]:  # looked at by the authority, where it is
            spot = (float(trade.lat[last.actor]), float(trade.lon[last.actor]))
            unit.reads.append(Read(INSPECT, authority, last.time - rng.uniform(0, 2) * HOUR, place=spot, geo=GPS))
        if dice[3] < 4 * rates[3]:  # counted
            unit.reads.append(Read(OBSERVE, last.actor, last.time - rng.uniform(0.05, 1) * HOUR))
        count = rng.poisson(verify * (6.0 if dice[4] < 0.02 else 0.8)) if last.action == SELL else 0
        phone -= 1
        for _ in range(count):
            phone -= int(rng.random() < 0.3)
            unit.reads.append(Read(VERIFY, -2 - last.actor, last.time + rng.exponential(10) * DAY, channel=SCAN, device=phone))
        unit.reads.sort(key=lambda read: read.time)


def _written(trade: Trade) -> Network:
    rng = trade.rng
    reads, owner = [], []
    for number, unit in enumerate(trade.units):
        reads += unit.reads
        owner += [number] * len(unit.reads)
    item = np.array(owner, np.int64)
    told = {
        name: np.array([getattr(read, name) for read in reads], np.float64)
        for name in NUMBERS
    }  # fmt: skip
    claimed = np.array([np.nan if read.claimed is None else read.claimed for read in reads])
    forced = np.array([np.nan if read.recorded is None else read.recorded for read in reads])
    place = np.array([(np.nan, np.nan) if read.place is None else read.place for read in reads])
    for name, of in (("product", [u.product for u in trade.units]), ("batch", [u.batch for u in trade.units])):
        told[name] = np.where(told[name] < 0, np.array(of, np.float64)[item], told[name])
    keep = _read(trade, told, item)
    again = np.flatnonzero(
        keep & (rng.random(len(keep)) < np.exp(rng.uniform(np.log(5e-4), np.log(2e-2)))) & (told["action"] > 0)
    )
    again = again[told["time"][again] < trade.end - HOUR]
    rows = np.concatenate([np.flatnonzero(keep & (told["time"] < trade.end)), again])
    item, claimed, forced, place = item[rows], claimed[rows], forced[rows], place[rows]
    told = {name: column[rows] for name, column in told.items()}
    told["time"] = told["time"] + np.where(np.arange(len(rows)) >= len(rows) - len(again), rng.exponential(60, len(rows)), 0.0)
    device = _devices(trade, told)
    claim, record = _clocks(trade, told, device, claimed, forced)
    lat, lon, geo = _places(trade, told, place)
    series, warmed, temperature = sensors(trade, told)
    told["mark"] = np.maximum(told["mark"], warmed)
    order = np.flatnonzero(record < trade.end + 5 * DAY)
    order = order[np.argsort(record[order], kind="stable")]
    present, code = np.unique(item[order], return_inverse=True)

    def codes(values: NDArray[np.floating] | NDArray[np.integer]) -> NDArray[np.int32]:
        return np.asarray(values)[order].astype(np.int32)

    events = Events(
        code.reshape(-1).astype(np.int32), codes(told["product"]), codes(told["batch"]), codes(told["action"]),
        codes(np.maximum(told["actor"], -1)), codes(told["origin"]), codes(told["target"]),
        codes(np.unique(device, return_inverse=True)[1]), codes(told["box"]), codes(told["note"]), lat[order], lon[order],
        codes(geo), np.floor(claim[order]), np.ceil(record[order]), codes(told["channel"]), temperature[order],
    )  # fmt: skip
    seen = set(item[order][told["mark"][order] > 0].tolist())
    kinds = [_kind(trade, int(i), int(i) in seen) for i in present]
    onset = np.array([trade.units[i].onset if k else np.nan for i, k in zip(present, kinds, strict=True)])
    empty = np.full(len(present), -1, np.int32)
    serial = _serials(trade)
    tables = Tables(
        events, _parties(trade), _products(trade), series, _declared(trade, told), Labels(empty, empty.copy()),
        [serial[int(i)] for i in present], [f"org-{n}" for n in range(len(trade.layer))],
        [f"sku-{n}" for n in range(len(trade.maker))], list(ROLES), [f"L{n}" for n in range(trade.lands)],
    )  # fmt: skip
    kind = np.array(kinds)
    return Network(tables, kind != "", kind, onset)


def _kind(trade: Trade, number: int, seen: bool) -> str:
    unit = trade.units[number]
    if unit.kind and not seen and unit.kind not in TRACELESS:
        return UNSEEN if unit.onset < trade.end - DAY else ""
    return unit.kind


def _read(trade: Trade, told: dict[str, Array], item: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which reads happened: single ones fail, a device fails for an hour, a whole delivery is not scanned at one end."""
    rng = trade.rng
    lost = rng.random(len(item)) < np.exp(rng.uniform(np.log(1e-3), np.log(3e-2))) * np.where(told["action"] == 0, 0.05, 1.0)
    whole = np.flatnonzero(rng.random(2 * len(trade.legs)) < np.exp(rng.uniform(np.log(5e-4), np.log(1e-2))))
    end = np.where(told["action"] == SHIP, 0, np.where(told["action"] == RECEIVE, 1, -9))
    lost |= (told["note"] >= 0) & np.isin(2 * told["note"] + end, whole)
    hour = told["actor"] * 1e6 + np.floor((told["time"] - trade.start) / HOUR)
    down = np.unique(hour)
    down = down[rng.random(len(down)) < np.exp(rng.uniform(np.log(1e-4), np.log(4e-3)))]
    lost |= np.isin(hour, down) & (told["channel"] != SCAN) & (rng.random(len(item)) < 0.5)
    return np.asarray(~lost, np.bool_)


def _devices(trade: Trade, told: dict[str, Array]) -> NDArray[np.int64]:
    """A party's readers take turns by the hour; phones are their own."""
    hour = np.floor(told["time"] / (3 * HOUR)).astype(np.int64)
    reader = (hour * 7 + told["action"].astype(np.int64)) % trade.habits.readers
    own = np.maximum(told["actor"], 0).astype(np.int64) * 4 + reader
    return np.where(told["device"] < -1, told["device"].astype(np.int64), own)


def _clocks(
    trade: Trade, told: dict[str, Array], device: NDArray[np.int64], claimed: Array, forced: Array
) -> tuple[Array, Array]:
    """Clocks that are off, drift or stand in another zone; uploads at once, hourly or at night; readers without a network."""
    rng = trade.rng
    names, which = np.unique(device, return_inverse=True)
    n, time = len(names), told["time"]
    off = rng.normal(0, 20, n)
    off += (rng.random(n) < rng.uniform(0, 0.2)) * rng.normal(0, 1500, n)
    off += (rng.random(n) < rng.uniform(0, 0.06)) * rng.choice([-9, -5, -1, 1, 2, 5.5, 8], n) * HOUR
    off[names < -1] = 0.0
    drift = (rng.random(n) < 0.1) * rng.normal(0, 20, n) / DAY
    said = time + off[which] + drift[which] * (time - trade.start) + rng.normal(0, 3, len(time))
    step = float(rng.choice([0.0, HOUR, 6 * HOUR, DAY], p=[0.5, 0.2, 0.1, 0.2]))
    record = time + rng.gamma(1.5, 40.0, len(time))
    if step:
        turn = rng.uniform(0, step, n)
        trade_row = told["channel"] != SCAN
        record = np.where(
            trade_row, np.ceil((time - turn[which]) / step) * step + turn[which] + rng.uniform(0, 300, len(time)), record
        )
    for _ in range(int(rng.integers(0, 3))):
        away = trade.start + rng.random(n) * (trade.end - trade.start)
        back = away + (rng.random(n) < 0.15) * rng.exponential(3 * DAY, n)
        hit = (time >= away[which]) & (time < back[which]) & (device >= 0)
        record = np.where(hit, np.maximum(record, back[which] + rng.uniform(0, 1800, len(time))), record)
    late = rng.random(len(time)) < np.exp(rng.uniform(np.log(3e-4), np.log(1e-2)))
    record += late * rng.exponential(1.5 * DAY, len(time))
    return np.where(np.isnan(claimed), said, claimed), np.where(np.isnan(forced), record, forced)


def _places(trade: Trade, told: dict[str, Array], place: Array) -> tuple[Array, Array, NDArray[np.int64]]:
    rng = trade.rng
    near = np.where(told["actor"] < -1, -2 - told["actor"], np.maximum(told["actor"], 0)).astype(np.int64)
    fixed = ~np.isnan(place[:, 0])
    lat, lon = np.where(fixed, place[:, 0], trade.lat[near]), np.where(fixed, place[:, 1], trade.lon[near])
    geo = np.where(fixed, np.where(trade.role[near] == CARRIER, GPS, told["geo"]), SITE).astype(np.int64)
    scan = told["channel"] == SCAN
    by_ip = scan & (rng.random(len(near)) < 0.7)
    # one phone's address is wrong in one way
    names, which = np.unique(told["device"], return_inverse=True)
    shift = (
        rng.normal(size=(len(names), 2)) * np.where(rng.random(len(names)) < 0.02, 5.0, rng.exponential(0.3, len(names)))[:, None]
    )
    home = rng.normal(size=(len(names), 2)) * 0.1
    lat = lat + scan * home[which, 0] + by_ip * shift[which, 0]
    lon = lon + scan * home[which, 1] + by_ip * shift[which, 1]
    geo = np.where(scan, np.where(by_ip, IP, GPS), geo)
    bare = rng.random(len(near)) < (rng.uniform(0, 0.2) if rng.random() < 0.3 else 0.0)
    lat[bare], lon[bare] = np.nan, np.nan
    return np.clip(lat, -85, 85), (lon + 180) % 360 - 180, geo


def _parties(trade: Trade) -> Parties:
    rng, n = trade.rng, len(trade.layer)
    known = rng.random(n) >= (rng.uniform(0, 0.05) if rng.random() < 0.4 else 0.0)
    licit = np.where(trade.role == STRANGER, rng.random(n) < 0.5, True)
    until = trade.end + rng.uniform(50, 900, n) * DAY
    lapsed = rng.random(n) < 0.01
    until[lapsed] = trade.start + rng.uniform(0.4, 1, int(lapsed.sum())) * (trade.end - trade.start)

    def told(values: Array | NDArray[np.bool_]) -> Array:
        return np.where(known, values, np.nan)

    return Parties(
        known, np.where(known, trade.role, -1).astype(np.int32), np.where(known, trade.land, -1).astype(np.int32),
        told(trade.lat), told(trade.lon), told(licit), told(np.full(n, trade.start - 900 * DAY)), told(until),
    )  # fmt: skip


def _products(trade: Trade) -> Products:
    n = len(trade.maker)
    return Products(
        trade.maker.astype(np.int32), (np.arange(n) % 3).astype(np.int32), trade.cold.astype(np.float64), trade.limits[:, 0],
        trade.limits[:, 1], trade.listed, trade.allowed & trade.listed[:, None], np.zeros((n, len(trade.layer)), bool),
    )  # fmt: skip


def _declared(trade: Trade, told: dict[str, Array]) -> Shipments:
    rng, count = trade.rng, max(len(trade.legs), int(told["note"].max(initial=-1)) + 1)
    origin, target = np.full(count, -1, np.int32), np.full(count, -1, np.int32)
    time, units = np.full(count, np.nan), np.full(count, np.nan)
    for number, leg in enumerate(trade.legs):
        slip = int(rng.integers(-2, 3)) if rng.random() < 0.01 else 0
        _declare(number, leg, slip, origin, target, time, units)
    units[rng.random(count) < rng.uniform(0, 0.05)] = np.nan
    return Shipments(origin, target, time, np.maximum(units, 1))


def _declare(
    number: int, leg: Leg, slip: int, origin: NDArray[np.int32], target: NDArray[np.int32], time: Array, units: Array
) -> None:
    origin[number], target[number], time[number], units[number] = (
        leg.origin,
        leg.target,
        np.floor(leg.left),
        len(leg.units) + slip,
    )


def _serials(trade: Trade) -> list[str]:
    """Serials run on or are drawn at random; forged ones lie near or look alike."""
    rng, runs = trade.rng, bool(trade.rng.random() < 0.5)
    width, next_one = int(rng.integers(8, 13)), 10**6
    found = []
    for unit in trade.units:
        if unit.serial == "?near" and runs:
            number = next_one + int(rng.integers(3, 3000))
        elif unit.serial or not runs:
            number = int(rng.integers(10 ** (width - 1), 10**width))
        else:
            next_one += 1
            number = next_one
        found.append(f"{unit.product:02d}-{number}")
    seen: dict[str, int] = {}
    for place, name in enumerate(found):
        if name in seen:
            found[place] = f"{name}{place}"
        seen[name] = place
    return found
