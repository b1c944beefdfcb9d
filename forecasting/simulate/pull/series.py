"""Temperatures of the second simulator: a refrigerated body with a daily wave, doors, pre-cooling, and what cheats make of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecasting.simulate.pull.goods import HOUR, Leg, Trade
from forecasting.tables import RECEIVE, SHIP, Sensors

Array = NDArray[np.float64]


def sensors(trade: Trade, told: dict[str, Array]) -> tuple[Sensors, Array, Array]:
    """(series of the cold deliveries, 1 for rows of a delivery that shows an excursion or its hiding, temperatures at reads)."""
    rng = trade.rng
    notes: list[Array] = []
    times: list[Array] = []
    values: list[Array] = []
    shown: list[int] = []
    step, noise = float(rng.choice([900, 1800, 3600])), float(rng.uniform(0.1, 0.4))
    gaps, dead = float(np.exp(rng.uniform(np.log(0.005), np.log(0.08)))), float(np.exp(rng.uniform(np.log(0.003), np.log(0.05))))
    for number, leg in enumerate(trade.legs):
        if not trade.cold[leg.units[0].product] or leg.left > trade.end:
            continue
        count = int(np.clip((leg.came - leg.left) / step, 4, 80))
        time = np.linspace(leg.left, leg.came, count)
        value = _body(rng, time, noise)
        keep = np.ones(count, bool)
        if leg.heat:
            value, keep = _heated(leg, value, values, rng)
        if rng.random() < gaps:
            start = int(rng.integers(0, count))
            keep[start : start + max(2, count // 5)] = False
        if rng.random() < dead or not keep.any():
            continue
        shown += [number] * bool(leg.heat)
        notes.append(np.full(int(keep.sum()), float(number)))
        times.append(np.minimum(time, trade.end)[keep])
        values.append(np.round(value, 1)[keep])
    mark = np.isin(told["note"], np.array(shown, np.float64)) & np.isin(told["action"], (SHIP, RECEIVE))
    temperature = _at_reads(trade, told)
    if not notes:
        none, codes = np.empty(0), np.empty(0, np.int32)
        return Sensors(codes, codes, none, none), mark.astype(np.float64), temperature
    note = np.concatenate(notes).astype(np.int32)
    found = Sensors(np.full(len(note), -1, np.int32), note, np.floor(np.concatenate(times)), np.concatenate(values))
    return found, mark.astype(np.float64), temperature


def _body(rng: np.random.Generator, time: Array, noise: float) -> Array:
    """A cooled body: a slow walk about its setting, a wave by day, warm at first where it was not cooled before loading."""
    value = np.empty(len(time))
    at = rng.normal(0, 0.4)
    setting, wave = rng.uniform(4, 6), rng.uniform(0, 0.5)
    for k in range(len(time)):
        at = 0.8 * at + rng.normal(0, noise)
        value[k] = setting + at + wave * np.sin(time[k] / (24 * HOUR) * 2 * np.pi)
    if rng.random() < 0.03:
        value += rng.uniform(1, 4) * np.exp(-np.arange(len(time)) / 1.5)
    return value


def _heated(leg: Leg, value: Array, others: list[Array], rng: np.random.Generator) -> tuple[Array, NDArray[np.bool_]]:
    keep, count = np.ones(len(value), bool), len(value)
    span = max(3, int(count * rng.uniform(0.2, 0.8)))
    start = int(rng.integers(0, max(1, count - span)))
    part = slice(start, start + span)
    if leg.hidden == "silent":
        keep[part] = False
    elif leg.hidden == "smooth":
        value = np.full(count, float(np.median(value))) + rng.normal(0, 0.05, count)
    elif leg.hidden == "copied" and others:
        value = np.resize(others[int(rng.integers(0, len(others)))], count)
    else:
        wave = np.sin(np.linspace(0, np.pi, span))[: len(value[part])]
        value = value.copy()
        value[part] += wave * (leg.heat + 3)
    return value, keep


def _at_reads(trade: Trade, told: dict[str, Array]) -> Array:
    """Temperatures read with the goods, in networks that do; after an excursion that nobody hid they are still warm."""
    rng, size = trade.rng, len(told["time"])
    found = np.full(size, np.nan)
    if rng.random() < 0.4:
        return found
    middle = trade.limits[told["product"].astype(np.int64)].mean(axis=1)
    read = (rng.random(size) < rng.uniform(0.1, 0.9)) & (told["channel"] == 0)
    found[read] = np.round((middle + rng.normal(0, 0.8, size))[read], 1)
    for number, leg in enumerate(trade.legs):
        if leg.heat and leg.hidden == "":
            hit = read & (told["note"] == number) & (told["action"] == RECEIVE)
            found[hit] += leg.heat * rng.uniform(0, 0.6)
    return found
