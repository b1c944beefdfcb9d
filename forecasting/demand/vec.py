"""The pooled engine: every candidate for every series in one pass, weighed by what it would have got wrong. Draws no intervals.

A series' forecast is the weighted mean of its candidates: {no season, the panel's season, the own season shrunk toward it} x
{level, damped trend} x 8 smoothing constants, and two seasonal naives. Weights fall with the discounted backtest error,
mostly that of the *total of the horizon* (what a reorder needs), shrunk toward the series' class. At each past origin only
errors whose window had ended by then are used: the backtest the intervals and the honest card rest on is the one a merchant
would have lived through.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.demand import season as seasons
from forecasting.demand import smoothing
from forecasting.demand.calendar import Ints
from forecasting.demand.classes import CLASSES, classify, spike_caps
from forecasting.demand.series import Numbers, Panel

Floats = NDArray[np.float32]

VARIANTS = 3  # no season, the panel's, the own
NAIVES = 2  # the last season, the mean of the last two
STATES = 2 * len(smoothing.ALPHAS)
CANDIDATES = VARIANTS * STATES + NAIVES
ORIGINS = 16
DISCOUNT = 0.9  # of an error one origin older
POWER = 10.0  # weights fall with error ** -POWER
PATH_SHARE = 0.4  # the rest of the criterion is the error of the total
CLASS_STRENGTH = 6.0  # the class counts like so many origins
FLOOR = 0.05  # relative errors below this are alike
CLOSED = 0.1  # a place of the season with less than this share of the level says nothing about the level
PHI = {"D": 0.97, "W": 0.93, "MS": 0.95}


@dataclass(slots=True)
class Prior:
    """What a panel shares, learnt from a pilot: its season, and per origin (counted back) and class the candidates' errors."""

    profile: seasons.Profile
    errors: Numbers  # (origins, classes, candidates)

    def at(self, origins: int) -> Numbers:
        """Errors of the last `origins` origins."""
        have = len(self.errors)
        return self.errors[np.clip(np.arange(have - origins, have), 0, have - 1)]


@dataclass(slots=True)
class Core:
    """Some series, fitted. `mean` (N, H) from the last period on; `past` and `actual` (K, N, H) the lived backtest, NaN unknown.

    `origins` are the columns at which the past forecasts were made. `level`, `trend` (variants, states, N), `index` (variants, N,
    season) and `weights` (candidates, N) are what `update` carries forward.
    """

    mean: Floats
    past: Floats
    actual: Floats
    origins: Ints
    classes: Ints
    level: Floats
    trend: Floats
    index: Floats
    weights: Floats
    caps: Numbers
    count: Ints
    prior: Prior


def damping(code: str, horizon: int) -> Floats:
    """Sum of phi^1 .. phi^h for h = 1 .. horizon."""
    return np.cumsum(PHI[code] ** np.arange(1, horizon + 1)).astype(np.float32)


def fit_core(panel: Panel, horizon: int, prior: Prior | None = None) -> Core:
    """Fit the series of a panel; without a prior the panel is its own pilot. `horizon` in periods."""
    freq, values = panel.frequency, panel.values
    n, width = values.shape
    season = freq.season
    caps = spike_caps(values)
    capped = np.minimum(values, caps[:, None])
    classes = classify(values)
    edges = np.arange(width, 0, -max(1, horizon // 2), dtype=np.int64)[::-1]
    places = freq.places(panel.ends[:, None] + np.arange(1 - width, horizon + 1)[None, :])
    sums = seasons.sums(capped, places[:, :width], season, edges)
    shared = prior.profile if prior else seasons.profile(sums, season)
    common, own = seasons.indices(sums, shared, season)
    index = np.stack([np.ones_like(own), np.broadcast_to(common[:, None], own.shape), own], axis=1).astype(
        np.float32
    )  # B, V, N, m
    laid = np.stack([seasons.lay(index[:, v], places[:, :width], edges) for v in range(VARIANTS)])  # V, N, T
    marks = edges[-(ORIGINS + 1) :]
    states = _states(capped, laid, marks, PHI[freq.code])
    del laid
    padded = np.concatenate([capped, np.full((n, horizon), np.nan)], axis=1)
    truth = np.concatenate([values, np.full((n, horizon), np.nan)], axis=1)
    rise = damping(freq.code, horizon)
    k = len(marks)
    errors = np.full((2, k, CANDIDATES, n), np.nan, dtype=np.float32)
    pooled = np.ones((k, len(CLASSES), CANDIDATES))
    given = prior.at(k) if prior else None
    past = np.zeros((k, n, horizon), dtype=np.float32)
    actual = np.full((k, n, horizon), np.nan, dtype=np.float32)
    weights = np.full((CANDIDATES, n), 1.0 / CANDIDATES, dtype=np.float32)
    for i, mark in enumerate(marks):
        block = len(edges) - k + i
        ahead = places[:, mark : mark + horizon]
        paths = _paths(states.level[i], states.trend[i], np.take_along_axis(index[block], ahead[None], axis=2), rise)
        paths = np.concatenate([paths, _naives(capped, int(mark), season, horizon, paths)])
        ended = marks[:i] + horizon <= mark
        if ended.any():
            age = (mark - horizon - marks[:i][ended]) / max(1, horizon // 2)
            weights, pooled[i] = _weights(errors[:, :i][:, ended], DISCOUNT**age, classes, None if given is None else given[i])
        elif given is not None:
            weights, pooled[i] = _weights(errors[:, :0], np.zeros(0), classes, given[i])
        past[i] = np.einsum("cn,cnh->nh", weights, paths, optimize=True)
        actual[i] = truth[:, mark : mark + horizon]
        errors[:, i] = _errors(paths, padded[:, mark : mark + horizon], states.count[i])
    learnt = prior or Prior(shared, pooled)
    return Core(
        past[-1], past[:-1], actual[:-1], marks[:-1], classes, states.level[-1], states.trend[-1], index[-1], weights, caps,
        states.count[-1], learnt,
    )  # fmt: skip


def _states(capped: Numbers, laid: Floats, marks: Ints, phi: float) -> smoothing.States:
    laid = np.ascontiguousarray(laid.transpose(2, 0, 1))  # T, V, N
    known = np.isfinite(capped).T[:, None, :]
    usable = known & (laid > CLOSED)
    x = np.where(usable, np.nan_to_num(capped).T[:, None, :] / np.maximum(laid, CLOSED), 0.0).astype(np.float32)
    return smoothing.run(x, usable, marks, phi)


def _paths(level: Floats, trend: Floats, factors: Floats, rise: Floats) -> Floats:
    """Forecasts of the smoothing candidates, (candidates, series, horizon), never below zero.

    `factors` (variants, series, horizon).
    """
    half = STATES // 2
    v, n, h = factors.shape
    out = np.empty((v, STATES, n, h), dtype=np.float32)
    np.multiply(level[:, :half, :, None], factors[:, None], out=out[:, :half])
    rising = trend[:, half:, :, None] * rise
    rising += level[:, half:, :, None]
    np.multiply(rising, factors[:, None], out=out[:, half:])
    np.maximum(out, 0.0, out=out)
    return out.reshape(v * STATES, n, h)


def _naives(capped: Numbers, mark: int, season: int, horizon: int, paths: Floats) -> Floats:
    """The last season repeated, and the mean of the last two; where there is none, the mean of the other candidates."""
    plain = paths.mean(axis=0)
    if mark < season:
        return np.stack([plain, plain])
    columns = mark - season + np.arange(horizon) % season
    last = capped[:, columns]
    last = np.where(np.isfinite(last), last, plain)
    if mark < 2 * season:
        return np.stack([last, last]).astype(np.float32)
    older = capped[:, columns - season]
    return np.stack([last, (last + np.where(np.isfinite(older), older, last)) / 2]).astype(np.float32)


def _errors(paths: Floats, actual: Numbers, count: Ints) -> Floats:
    """Mean absolute error of the total and of the path per candidate, (2, candidates, series).

    NaN where half is not known yet.
    """
    known = np.isfinite(actual)
    periods = known.sum(axis=1)
    rest = paths * known.astype(np.float32)
    rest -= np.where(known, actual, 0.0).astype(np.float32)
    out = np.stack([np.abs(rest.sum(axis=2)), np.abs(rest, out=rest).sum(axis=2)])
    out /= np.maximum(periods, 1).astype(np.float32)
    out[:, :, (2 * periods < paths.shape[2]) | (count < 1)] = np.nan
    return out


def _weights(errors: Floats, discount: Numbers, classes: Ints, given: Numbers | None) -> tuple[Floats, Numbers]:
    """Weights (candidates, series) from errors (2, origins, candidates, series), and the classes' own errors that shrank them."""
    counted = np.isfinite(errors[0, :, 0, :]) * discount[:, None]  # origins, series
    amount = counted.sum(axis=0)
    total, path = (np.einsum("kcn,kn->cn", np.nan_to_num(e), counted, optimize=True) / np.maximum(amount, 1e-9) for e in errors)
    total /= np.maximum(total.mean(axis=0), 1e-9)
    path /= np.maximum(path.mean(axis=0), 1e-9)
    relative = (1.0 - PATH_SHARE) * total + PATH_SHARE * path
    pooled = given
    if pooled is None:
        everyone = (relative * amount).sum(axis=1)
        pooled = np.ones((len(CLASSES), CANDIDATES))
        for c in range(len(CLASSES)):
            mine = classes == c
            pooled[c] = ((relative[:, mine] * amount[mine]).sum(axis=1) + 10.0 * everyone / max(amount.sum(), 1e-9)) / (
                amount[mine].sum() + 10.0
            )
        if not amount.any():
            pooled[:] = 1.0
    logs = amount * np.log(relative + FLOOR) + CLASS_STRENGTH * np.log(pooled + FLOOR)[classes].T
    logs /= amount + CLASS_STRENGTH
    weights = np.exp(-POWER * (logs - logs.min(axis=0)))
    return (weights / weights.sum(axis=0)).astype(np.float32), pooled


def combine(core: Core, panel: Panel, horizon: int) -> Numbers:
    """The forecast from the states as they are now, (series, horizon): candidates are summed before they are laid out."""
    n = len(panel)
    half = STATES // 2
    weights = core.weights[: VARIANTS * STATES].reshape(VARIANTS, STATES, n)
    flat = (weights * core.level).sum(axis=1)
    rising = (weights[:, half:] * core.trend[:, half:]).sum(axis=1)
    ahead = panel.frequency.places(panel.future(horizon))
    factors = np.take_along_axis(core.index, ahead[None], axis=2)
    rise = damping(panel.frequency.code, horizon)
    mean = ((flat[:, :, None] + rising[:, :, None] * rise) * factors).sum(axis=0)
    mean /= np.maximum(weights.sum(axis=(0, 1)), 1e-6)[:, None]
    naive = core.weights[VARIANTS * STATES :]
    capped = np.minimum(panel.values[:, -2 * panel.frequency.season :], core.caps[:, None])
    repeated = _naives(capped, capped.shape[1], panel.frequency.season, horizon, mean[None].astype(np.float32))
    mean = mean * (1.0 - naive.sum(axis=0))[:, None] + (repeated * naive[:, :, None]).sum(axis=0)
    return np.asarray(np.maximum(mean, 0.0), dtype=np.float64)
