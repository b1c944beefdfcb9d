"""Exponential smoothing of every series and every candidate in one pass over time. Chooses nothing.

A candidate is (season variant) x (level | damped trend) x (smoothing constant). The constant of the n-th value is at least
1 / (n + 1), so that the start is a plain mean and no initial value has to be guessed (Gardner 2006, section 3.2). A missing value
leaves the states as they are, but for the damping of the trend.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

ALPHAS = np.array([0.01, 0.03, 0.06, 0.1, 0.2, 0.35, 0.55, 0.85], dtype=np.float32)
TREND_ALPHAS = ALPHAS
TREND_GAIN = np.float32(0.1)


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
    a = ALPHAS[None, :, None]
    many = len(ALPHAS)
    level = np.zeros((variants, many, series), dtype=np.float32)
    steady = np.zeros((variants, many, series), dtype=np.float32)
    trend = np.zeros((variants, many, series), dtype=np.float32)
    count = np.zeros((variants, 1, series), dtype=np.float32)
    out = States(
        np.zeros((len(marks), variants, 2 * many, series), dtype=np.float32),
        np.zeros((len(marks), variants, 2 * many, series), dtype=np.float32),
        np.zeros((len(marks), series), dtype=np.int64),
    )
    damping = np.float32(phi)
    where = {int(mark): i for i, mark in enumerate(marks)}
    for t in range(periods + 1):
        if t in where:
            i = where[t]
            out.level[i, :, :many], out.level[i, :, many:] = steady, level
            out.trend[i, :, many:] = trend
            out.count[i] = count.max(axis=(0, 1)).astype(np.int64)
        if t == periods:
            break
        ok = usable[t][:, None, :]
        now = x[t][:, None, :]
        gain = np.maximum(a, 1.0 / (count + 1.0)) * ok
        count += ok
        steady += gain * (now - steady)
        trend *= damping
        level += trend
        error = gain * (now - level)
        level += error
        trend += (TREND_GAIN * (count > 3)) * error
    return out


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
    trend[:, many:] += (TREND_GAIN * (seen > 3)) * error
