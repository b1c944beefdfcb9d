"""Exponential smoothing of every series and every candidate in one pass over time. Chooses nothing.

A candidate is (season variant) x (level | damped trend) x (smoothing constant). The constant of the n-th value is at least
1 / (n + 1), so that the start is a plain mean and no initial value has to be guessed (Gardner 2006, section 3.2). A missing value
leaves the states as they are, but for the damping of the trend.
"""

from __future__ import annotations

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
    variants, series = x.shape[1:]
    narrow = variants * series < NARROW
    if narrow and (usable == usable[:, :1]).all():
        usable = usable[:, :1]  # how far values are trusted is then the same for all variants
    count = np.concatenate([np.zeros((1, *usable.shape[1:]), dtype=np.float32), np.cumsum(usable, axis=0, dtype=np.float32)])
    level, trend = (_side_by_side if narrow else _one_by_one)(x, usable, count, marks, np.array(phi, dtype=np.float32))
    level = level.reshape(len(marks), -1, variants, series).swapaxes(1, 2)
    rising = np.zeros_like(level)
    rising[:, :, len(ALPHAS) :] = trend.swapaxes(1, 2)
    return States(level, rising, count[marks].max(axis=1).astype(np.int64))


def _gains(usable: NDArray[np.bool_], before: Floats) -> tuple[Floats, Floats]:
    """How far a new value is trusted, (periods, alphas, variants, series), and that of the trend, (periods, variants, series)."""
    gain = np.maximum(ALPHAS[:, None, None], (1.0 / (before + 1.0))[:, None]) * usable[:, None]
    return gain, TREND_GAIN * (before > 2)


class _Filters:
    """Levels (filters, alphas, variants, series), of which the last have a trend of the same shape, and room to work in."""

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
) -> tuple[Floats, Floats]:
    """Period after period: level (marks; without a trend, with one; alphas, variants, series) and trend (the same)."""
    shape = (len(ALPHAS), *x.shape[1:])
    filters = _Filters(np.zeros((2, *shape), dtype=np.float32), np.zeros((1, *shape), dtype=np.float32), damping)
    level, trend = np.empty((len(marks), 2, *shape), dtype=np.float32), np.empty((len(marks), *shape), dtype=np.float32)
    stretch = max(1, STRETCH // filters.trend.size)
    place, last = {mark: i for i, mark in enumerate(marks.tolist())}, int(marks[-1])
    for first in range(0, last, stretch):
        part = slice(first, min(first + stretch, last))
        gain, gain_of_trend = _gains(usable[part], count[part])
        for t, value in enumerate(x[part]):
            filters.step(value, gain[t], gain_of_trend[t])
            if (i := place.get(first + t + 1)) is not None:
                level[i], trend[i] = filters.level, filters.trend[0]
    return level, trend


def _side_by_side(
    x: Floats, usable: NDArray[np.bool_], count: Floats, marks: NDArray[np.int64], damping: Floats
) -> tuple[Floats, Floats]:
    """The same for few series: the stretches between marks at once, then joined, for a filter is linear in where it begins.

    Two filters begin from nothing; three more, without values, tell what becomes of a level without a trend, a level with one, a
    trend. `usable` and `count` have one variant where all are alike.
    """
    last = int(marks[-1])
    long = int(np.gcd.reduce(np.diff(marks))) or last
    before = -last % long  # periods that were not, so that all stretches are equally long
    parts = (last + before) // long

    def cut(what: NDArray[Any]) -> NDArray[Any]:
        _, variants, series = what.shape
        padded = np.concatenate([np.zeros((before, variants, series), dtype=what.dtype), what[:last]])
        return padded.reshape(parts, long, variants, series).transpose(1, 2, 0, 3).reshape(long, variants, parts * series)

    values = cut(x)
    gain, gain_of_trend = _gains(cut(usable), cut(count))
    shape, common = (len(ALPHAS), *values.shape[1:]), gain.shape[1:]
    alone = _Filters(np.zeros((2, *shape), dtype=np.float32), np.zeros((1, *shape), dtype=np.float32), damping)
    kept = _Filters(np.zeros((3, *common), dtype=np.float32), np.zeros((2, *common), dtype=np.float32), damping)
    kept.level[:2], kept.trend[1] = 1.0, 1.0
    nothing = np.zeros((1, 1), dtype=np.float32)
    for t in range(long):
        alone.step(values[t], gain[t], gain_of_trend[t])
        kept.step(nothing, gain[t], gain_of_trend[t])
    return _joined(alone, kept, parts, (marks + before) // long)


def _joined(alone: _Filters, kept: _Filters, parts: int, ends: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Stretches one after the other: what each comes to from nothing, and what it makes of the state before it.

    A state is (trend, level without one, level with one): the first and the last act on each other, hence the reversed term.
    """

    variants = alone.level.shape[2]

    def apart(*three: Floats) -> Floats:
        what = np.stack(three)
        first = what.reshape(*what.shape[:-1], parts, -1).transpose(3, 0, 1, 2, 4)
        return np.ascontiguousarray(np.broadcast_to(first, (*first.shape[:3], variants, first.shape[4])))

    own = apart(alone.trend[0], alone.level[0], alone.level[1])
    straight = apart(kept.trend[1], kept.level[0], kept.level[1])
    crossed = apart(kept.trend[0], np.zeros_like(kept.trend[0]), kept.level[2])
    states, other = np.zeros((parts + 1, *own.shape[1:]), dtype=np.float32), np.empty(own.shape[1:], dtype=np.float32)
    for part in range(parts):
        before, after = states[part], states[part + 1]
        np.multiply(straight[part], before, after)
        np.multiply(crossed[part], before[::-1], other)
        np.add(after, other, after)
        np.add(after, own[part], after)
    return states[ends, 1:], states[ends, 0]


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
