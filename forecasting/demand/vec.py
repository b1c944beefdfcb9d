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
from forecasting.demand.calendar import Ints, Numbers
from forecasting.demand.classes import CLASSES, classify, spike_caps
from forecasting.demand.series import Panel

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
AT_ONCE = 1 << 20  # cells of candidates' forecasts that are held at once
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
    freq, values = panel.frequency, panel.flat()
    n, width = values.shape
    season = freq.season
    caps = spike_caps(values)
    capped = np.minimum(values, caps[:, None])
    classes = classify(values)
    edges = np.arange(width, 0, -max(1, horizon // 2), dtype=np.int64)[::-1]
    places = freq.places(panel.ends[:, None] + np.arange(1 - width, horizon + 1)[None, :])
    sums = seasons.sums(capped, places[:, :width], season, edges)
    shared = prior.profile if prior else seasons.profile(sums, season)
    index = seasons.indices(sums, shared, season)  # blocks, variants, series, places
    marks = edges[-(ORIGINS + 1) :]
    states = _states(capped, seasons.lay(index, places[:, :width], edges), marks, PHI[freq.code])
    index, k = index[-len(marks) :], len(marks)
    unknown = np.full((n, horizon), np.nan)
    ahead = marks[:, None] + np.arange(horizon)[None, :]
    came = np.concatenate([capped, unknown], axis=1)[:, ahead].swapaxes(0, 1).astype(np.float32)
    actual = np.concatenate([panel.values, unknown], axis=1)[:, ahead].swapaxes(0, 1).astype(np.float32)
    where = places[:, ahead].swapaxes(0, 1)
    rise = damping(freq.code, horizon)
    past = np.zeros((k, n, horizon), dtype=np.float32)
    errors, judged = np.zeros((2, k, CANDIDATES, n), dtype=np.float32), np.zeros((k, n), dtype=np.float32)
    given = prior.at(k) if prior else None
    pooled = []
    step = max(1, AT_ONCE // (CANDIDATES * n * horizon))
    for part in (slice(first, first + step) for first in range(0, k, step)):
        paths = _paths(
            states.level[part],
            states.trend[part],
            np.take_along_axis(index[part], where[part, None], axis=3),
            rise,
            capped,
            marks[part],
            season,
        )
        errors[:, part], judged[part] = _errors(paths, came[part], states.count[part])
        age = marks[part, None] - horizon - marks[None, :]
        counting = np.where(age >= 0, DISCOUNT ** (np.maximum(age, 0) / max(1, horizon // 2)), 0.0).astype(np.float32)
        weights, learnt = _weights(errors, judged, counting, classes, None if given is None else given[part])
        past[part] = np.matmul(weights.transpose(0, 2, 1)[:, :, None], paths.transpose(0, 2, 1, 3))[:, :, 0]
        pooled.append(learnt)
    if panel.factors is not None:
        past *= panel.factors[:, ahead].swapaxes(0, 1).astype(np.float32)
    return Core(
        past[-1], past[:-1], actual[:-1], marks[:-1], classes, states.level[-1], states.trend[-1], index[-1], weights[-1], caps,
        states.count[-1], prior or Prior(shared, np.concatenate(pooled)),
    )  # fmt: skip


def _states(capped: Numbers, laid: Floats, marks: Ints, phi: float) -> smoothing.States:
    usable = np.isfinite(capped).T[:, None, :] & (laid > CLOSED)
    x = np.where(usable, np.nan_to_num(capped.astype(np.float32)).T[:, None, :] / np.maximum(laid, CLOSED), 0.0)
    return smoothing.run(x.astype(np.float32, copy=False), usable, marks, phi)


def _paths(level: Floats, trend: Floats, factors: Floats, rise: Floats, capped: Numbers, marks: Ints, season: int) -> Floats:
    """Forecasts of all candidates at some marks, (marks, candidates, series, horizon), never below zero.

    `level` and `trend` (marks, variants, states, series), `factors` (marks, variants, series, horizon).
    """
    half = STATES // 2
    k, v, n, h = factors.shape
    out = np.empty((k, CANDIDATES, n, h), dtype=np.float32)
    smooth = out[:, : v * STATES].reshape(k, v, STATES, n, h)
    np.multiply(level[:, :, :half, :, None], factors[:, :, None], out=smooth[:, :, :half])
    rising = smooth[:, :, half:]
    np.multiply(trend[:, :, half:, :, None], rise, out=rising)
    rising += level[:, :, half:, :, None]
    rising *= factors[:, :, None]
    np.maximum(rising, 0.0, out=rising)  # without a trend nothing falls below zero
    out[:, v * STATES :] = naives(capped, marks, season, h, out[:, : v * STATES])
    return out


def naives(capped: Numbers, marks: Ints, season: int, horizon: int, others: Floats) -> Floats:
    """The last season repeated, and the mean of the last two, (marks, 2, series, horizon).

    Where there is none, the mean of `others`, (marks, candidates, series, horizon).
    """
    columns = marks[:, None] - season + np.arange(horizon)[None, :] % season
    last = np.where((marks >= season)[None, :, None], capped[:, np.maximum(columns, 0)], np.nan).swapaxes(0, 1)
    older = np.where((marks >= 2 * season)[None, :, None], capped[:, np.maximum(columns - season, 0)], np.nan).swapaxes(0, 1)
    known = np.isfinite(last)
    if not known.all():
        last = np.where(known, last, np.einsum("kcnh->knh", others) / others.shape[1])
    return np.stack([last, (last + np.where(np.isfinite(older), older, last)) / 2], axis=1).astype(np.float32)


def _errors(paths: Floats, actual: Floats, count: Ints) -> tuple[Floats, Floats]:
    """Mean absolute error of the total and of the path, (2, marks, candidates, series), and which count, (marks, series).

    An origin counts where half of its window is known; the errors of others are 0.
    """
    known = np.isfinite(actual)
    periods = known.sum(axis=2)
    rest = paths - np.where(known, actual, np.float32(0.0))[:, None]
    for mark in np.flatnonzero(~known.all(axis=(1, 2))):
        rest[mark] *= known[mark]
    judged = (2 * periods >= paths.shape[3]) & (count >= 1)
    out = np.empty((2, *rest.shape[:3]), dtype=np.float32)
    np.abs(np.einsum("kcnh->kcn", rest), out=out[0])  # no BLAS: its threads cost more than they bring at these sizes
    np.einsum("kcnh->kcn", np.abs(rest, out=rest), out=out[1])
    out *= (judged / np.maximum(periods, 1)).astype(np.float32)[:, None]
    return out, judged.astype(np.float32)


def _weights(errors: Floats, judged: Floats, counting: Floats, classes: Ints, given: Numbers | None) -> tuple[Floats, Numbers]:
    """Weights at some marks, (marks, candidates, series), and the classes' own errors that shrank them.

    `errors` (2, origins, candidates, series) and `judged` (origins, series) of all origins; `counting` (marks, origins) how much
    each counts at each mark.
    """
    amount = (counting @ judged)[:, None]
    total, path = (np.einsum("kj,jcn->kcn", counting, e) for e in errors)
    for what in (total, path):
        what /= np.maximum(amount, 1e-9)
        what /= np.maximum(what.mean(axis=1, keepdims=True), 1e-9)
    relative = (1.0 - PATH_SHARE) * total + PATH_SHARE * path
    pooled = given
    if pooled is None:
        member = (classes[:, None] == np.arange(len(CLASSES))).astype(np.float32)
        top, bottom = (relative * amount) @ member, amount @ member
        everyone = top.sum(axis=2, keepdims=True) / np.maximum(bottom.sum(axis=2, keepdims=True), 1e-9)
        found = np.where(bottom.sum(axis=2, keepdims=True) > 0, (top + 10.0 * everyone) / (bottom + 10.0), 1.0)
        pooled = found.swapaxes(1, 2).astype(np.float64)
    common = np.log(pooled + FLOOR).astype(np.float32).swapaxes(1, 2)[:, :, classes]
    logs = (amount * np.log(relative + np.float32(FLOOR)) + CLASS_STRENGTH * common) / (amount + CLASS_STRENGTH)
    weights = np.exp(-POWER * (logs - logs.min(axis=1, keepdims=True)))
    return weights / weights.sum(axis=1, keepdims=True), pooled


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
    capped = np.minimum(panel.flat()[:, -2 * panel.frequency.season :], core.caps[:, None])
    repeated = naives(capped, np.array([capped.shape[1]]), panel.frequency.season, horizon, mean.astype(np.float32)[None, None])[
        0
    ]
    mean = mean * (1.0 - naive.sum(axis=0))[:, None] + (repeated * naive[:, :, None]).sum(axis=0)
    if panel.factors is not None:
        mean = mean * panel.factors[:, panel.values.shape[1] :][:, :horizon]
    return np.asarray(np.maximum(mean, 0.0), dtype=np.float64)
