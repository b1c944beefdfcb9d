"""Exponential smoothing of every series and every candidate in one pass over time. Chooses nothing.

A candidate is (season variant) x (level | damped trend) x (smoothing constant). The constant of the n-th value is at least
1 / (n + 1), so that the start is a plain mean and no initial value has to be guessed (Gardner 2006, section 3.2). A missing value
leaves the states as they are, but for the damping of the trend.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

ALPHAS = np.array([0.01, 0.03, 0.06, 0.1, 0.2, 0.35, 0.55, 0.85], dtype=np.float32)
TREND_GAIN = np.float32(0.1)
NARROW = 100  # with fewer lines than this stretches of time are filtered side by side
STRETCH = 1 << 18  # numbers of gains that are laid out at once


@dataclass(slots=True)
class States:
    """Level and trend at each mark: `level` (marks, variants, 2 x alphas, series), `trend` likewise.

    The first half has no trend.
    """

    level: Floats
    trend: Floats
    count: NDArray[np.int64]


def run(x: Floats, usable: NDArray[np.bool_], marks: NDArray[np.int64], phi: float) -> States:
    """Filter all series. `x` is (periods, variants, series) deseasonalised, `usable` (periods, variants, series).

    A mark is a number of periods seen: the states are those after that many columns.
    """
    periods, variants, series = x.shape
    many, lines = len(ALPHAS), variants * series
    x, usable = x.reshape(periods, lines), usable.reshape(periods, lines)
    count = np.concatenate([np.zeros((1, lines), dtype=np.float32), np.cumsum(usable, axis=0, dtype=np.float32)])
    states = (_side_by_side if lines < NARROW else _one_by_one)(x, usable, count, marks, np.array(phi, dtype=np.float32))
    out = States(
        np.empty((len(marks), variants, 2 * many, series), dtype=np.float32),
        np.zeros((len(marks), variants, 2 * many, series), dtype=np.float32),
        count[marks].reshape(len(marks), variants, series).max(axis=1).astype(np.int64),
    )
    for i, (level, trend) in enumerate(states):
        out.level[i] = level.reshape(2 * many, variants, series).swapaxes(0, 1)
        out.trend[i, :, many:] = trend.reshape(many, variants, series).swapaxes(0, 1)
    return out


def _gains(usable: NDArray[np.bool_], before: Floats) -> tuple[Floats, Floats]:
    """How far a new value is trusted, (periods, alphas, lines), and that of the trend, (periods, lines)."""
    gain = np.maximum(ALPHAS[:, None], (1.0 / (before + 1.0))[:, None]) * usable[:, None]
    return gain, TREND_GAIN * (before > 2)


class _Filters:
    """Levels (filters, alphas, lines), of which the last have a trend (filters, alphas, lines), and room to work in."""

    def __init__(self, level: Floats, trend: Floats, damping: Floats) -> None:
        self.level, self.trend, self.damping = level, trend, damping
        self.rising = level[-len(trend) :]
        self.error, self.part = np.empty_like(level), np.empty_like(trend)
        self.error_of_rising = self.error[-len(trend) :]

    def step(self, value: Floats, gain: Floats, gain_of_trend: Floats) -> None:
        """One period."""
        np.multiply(self.trend, self.damping, self.trend)
        np.add(self.rising, self.trend, self.rising)
        np.subtract(value, self.level, self.error)
        np.multiply(self.error, gain, self.error)
        np.add(self.level, self.error, self.level)
        np.multiply(self.error_of_rising, gain_of_trend, self.part)
        np.add(self.trend, self.part, self.trend)


def _one_by_one(
    x: Floats, usable: NDArray[np.bool_], count: Floats, marks: NDArray[np.int64], damping: Floats
) -> Iterator[tuple[Floats, Floats]]:
    """Period after period: level (without a trend, with one; alphas; lines) and trend at each mark."""
    many, lines = len(ALPHAS), x.shape[1]
    filters = _Filters(np.zeros((2, many, lines), dtype=np.float32), np.zeros((1, many, lines), dtype=np.float32), damping)
    stretch = max(1, STRETCH // (many * lines))
    wanted, last = set(marks.tolist()), int(marks[-1])
    for first in range(0, last, stretch):
        part = slice(first, min(first + stretch, last))
        gain, gain_of_trend = _gains(usable[part], count[part])
        for t, value in enumerate(x[part]):
            filters.step(value, gain[t], gain_of_trend[t])
            if first + t + 1 in wanted:
                yield filters.level, filters.trend


def _side_by_side(
    x: Floats, usable: NDArray[np.bool_], count: Floats, marks: NDArray[np.int64], damping: Floats
) -> Iterator[tuple[Floats, Floats]]:
    """The same for few series: the stretches between marks at once, then joined, for a filter is linear in where it begins.

    Five filters a line: without a trend from 0 and (with no values) from 1; with one from 0, from level 1, from trend 1.
    """
    many, lines, last = len(ALPHAS), x.shape[1], int(marks[-1])
    long = int(np.gcd.reduce(np.diff(marks))) or last
    before = -last % long  # periods that were not, so that all stretches are equally long
    parts = (last + before) // long

    def cut(what: NDArray[Any]) -> NDArray[Any]:
        padded = np.concatenate([np.zeros((before, lines), dtype=what.dtype), what[:last]])
        return padded.reshape(parts, long, lines).swapaxes(0, 1).reshape(long, parts * lines)

    values, ok = np.zeros((long, 5, 1, parts * lines), dtype=np.float32), cut(usable)
    values[:, 0, 0] = values[:, 2, 0] = cut(x)
    gain, gain_of_trend = _gains(ok, cut(count))
    level, trend = np.zeros((5, many, parts * lines), dtype=np.float32), np.zeros((3, many, parts * lines), dtype=np.float32)
    level[1], level[3], trend[2] = 1.0, 1.0, 1.0
    filters = _Filters(level, trend, damping)
    for t in range(long):
        filters.step(values[t], gain[t], gain_of_trend[t])
    levels, trends = level.reshape(5, many, parts, lines), trend.reshape(3, many, parts, lines)
    state, rise = np.zeros((2, many, lines), dtype=np.float32), np.zeros((many, lines), dtype=np.float32)
    wanted = set(marks.tolist())
    for part in range(parts):
        here, turned = levels[:, :, part], trends[:, :, part]
        new = np.stack([here[0] + here[1] * state[0], here[2] + here[3] * state[1] + here[4] * rise])
        rise = turned[0] + turned[1] * state[1] + turned[2] * rise
        state = new
        if (part + 1) * long - before in wanted:
            yield state, rise


def step(level: Floats, trend: Floats, x: Floats, usable: NDArray[np.bool_], count: NDArray[np.int64], phi: float) -> None:
    """One more period, in place.

    `level`, `trend` (variants, 2 x alphas, series); `x`, `usable` (variants, series); `count` (series,).
    """
    many = len(ALPHAS)
    seen = count.astype(np.float32)[None, None, :]
    gain = np.maximum(ALPHAS[None, :, None], np.float32(1.0) / (seen + 1)) * usable[:, None, :]
    now = x[:, None, :]
    level[:, :many] += gain * (now - level[:, :many])
    trend[:, many:] *= np.float32(phi)
    level[:, many:] += trend[:, many:]
    error = gain * (now - level[:, many:])
    level[:, many:] += error
    trend[:, many:] += (TREND_GAIN * (seen > 2)) * error
