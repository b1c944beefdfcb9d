"""How far off a forecast may be, learnt from the lived backtest and from nothing else. Assumes no normal errors.

A cell's variance is dispersion(series) x growth(horizon) x mean. The dispersion is the series' own, shrunk toward what its
class and volume suggest. Counts below 30 get the quantiles of a negative binomial at levels that held in the backtest (its
probability integral transforms, by class and third of the horizon); the rest get the backtest's own standardised errors.
Totals of a lead time are learnt from backtested totals, with the same code: "z x sigma x sqrt(L)" misses what errors of
neighbouring days have in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.demand import counts
from forecasting.demand.calendar import Ints
from forecasting.demand.classes import CLASSES
from forecasting.demand.series import Numbers

FEW = 30.0  # below this mean a count is counted
GRID = np.linspace(0.0, 1.0, 801)
SHRINK = 4.0  # the class' dispersion counts like so many origins
OVERLAP = 0.5  # neighbouring origins share half of their window
THIRDS = 3
CELLS = 30_000  # errors that the tables are drawn from, at most about so many
RECENT = 0.93  # how much an origin one older counts
LEAST = 150  # a class with fewer errors than this borrows those of all
LOW_SHARE = 0.05  # of the mean level: a forecast below it is as uncertain as if it were that much
HELD = 0.8  # the share of errors by which widths are compared
BLIND = 3  # origins that are needed before widths are compared
GAIN = 0.5  # how far the panel's width follows what would have been needed
TINY = 1e-6
MOST_SURE = 0.9995  # no level of a count's law beyond this is asked for


@dataclass(slots=True)
class Spread:
    """What a panel's errors have in common. `slope` and `height` (classes,) give the usual dispersion, `growth` (H,) per horizon.

    `errors` (classes, thirds, grid) are quantiles of standardised errors, `ranks` those of the probability integral transforms;
    `wider` is by how much the panel's intervals were too narrow at past origins.
    """

    slope: float
    height: Numbers
    growth: Numbers
    errors: Numbers
    ranks: Numbers
    whole: bool
    wider: float = 1.0

    def usual(self, level: Numbers, classes: Ints) -> Numbers:
        """The dispersion expected of a series by volume and class."""
        return np.asarray(np.exp(self.height[classes] + self.slope * np.log1p(level)))


def learn(past: Numbers, actual: Numbers, level: Numbers, classes: Ints, *, whole: bool) -> Spread:
    """Learn from forecasts and what came, (origins, series, horizon), NaN where unknown. `whole`: values are whole numbers."""
    horizon = past.shape[2]
    basis = _basis(past, level)
    square = (actual - past) ** 2
    known = np.isfinite(square)
    growth = _growth(np.where(known, square, 0.0), np.where(known, basis, 0.0))
    own, amount, left_out = _own(square, basis * growth, known)
    height, slope = _usual(own, amount, level, classes)
    spread = Spread(slope, height, growth, np.zeros(0), np.zeros(0), whole)
    usual = spread.usual(level, classes)
    lone = _shrunk(left_out[0], left_out[1], usual[None, :])
    variance = lone[:, :, None] * basis * growth
    chance = np.random.default_rng(7).random((2, *past.shape))
    drawn = known & (chance[0] < CELLS / max(1, past.size) * _age(len(past))[:, None, None])
    low = drawn & (past < FEW) & whole
    u = np.full(past.shape, np.nan)
    if low.any():
        u[low] = counts.standing(actual[low], past[low], variance[low], chance[1][low])
    high = drawn & ~low
    judged = high if high.sum() >= LEAST else drawn
    z = np.full(past.shape, np.nan)
    z[judged] = (actual[judged] - past[judged]) / np.sqrt(np.maximum(variance[judged], TINY))
    third = np.minimum(np.arange(horizon) * THIRDS // max(horizon, 1), THIRDS - 1)
    spread.errors = _table(z, judged, classes, third, np.sqrt(2.0))
    spread.ranks = _table(u, low, classes, third, None)
    if high.sum() >= LEAST and (held := _held(np.abs(z[high]))) > 0:
        spread.wider = _wider(square, basis * growth, known, usual, held)
    return spread


def _wider(square: Numbers, basis: Numbers, known: NDArray[np.bool_], usual: Numbers, held: float) -> float:
    """How much wider intervals would have had to be at past origins that knew only what came before them, half-way to 1.

    `held` is the standardised error that holds `HELD` of all with hindsight. This is conformal calibration over time: what a
    whole panel shares (a boom, a drift) is seen from one origin to the next, never within one. Newer origins count more.
    """
    sums = np.stack(_sums(square, basis, known), axis=1)  # origins, (errors, basis, share), series
    before = np.zeros_like(sums[0])
    errors, weights = [], []
    for i in range(1, len(square)):
        if i > BLIND and known[i].any():
            variance = _shrunk(before[0] / np.maximum(before[1], TINY), before[2] * OVERLAP, usual)[:, None] * basis[i]
            errors.append(np.sqrt(square[i] / np.maximum(variance, TINY))[known[i]])
            weights.append(np.full(len(errors[-1]), RECENT ** (len(square) - 1 - i) / len(errors[-1])))
        before = RECENT * before + sums[i - 1]  # the next one's neighbour: its window will have ended only after that
    if not errors:
        return 1.0
    lived, weight = np.concatenate(errors), np.concatenate(weights)
    order = np.argsort(lived)
    share = np.cumsum(weight[order]) / weight.sum()
    return float(max(lived[order[int(np.searchsorted(share, HELD))]] / held, 0.1) ** GAIN)


def _held(errors: Numbers) -> float:
    """What `HELD` of the errors stay below."""
    return float(np.sort(errors)[int(HELD * (len(errors) - 1))])


def dispersion(spread: Spread, past: Numbers, actual: Numbers, level: Numbers, classes: Ints) -> Numbers:
    """Each series' dispersion: its own, shrunk toward the usual."""
    basis = _basis(past, level)
    square = (actual - past) ** 2
    own, amount, _ = _own(square, basis * spread.growth, np.isfinite(square))
    return _shrunk(own, amount, spread.usual(level, classes)) * spread.wider**2


def quantiles(spread: Spread, mean: Numbers, own: Numbers, level: Numbers, classes: Ints, at: Sequence[float]) -> Numbers:
    """Quantiles of each cell, (series, horizon, levels), ascending and never negative. `own` from `dispersion`, `at` in 0..1."""
    horizon = mean.shape[1]
    basis = _basis(mean[None], level)[0]
    deviation = np.sqrt(np.maximum(own[:, None] * basis * spread.growth, TINY))
    third = np.minimum(np.arange(horizon) * THIRDS // max(horizon, 1), THIRDS - 1)
    wanted = np.asarray(at, dtype=np.float64)
    z = _read(spread.errors, wanted)  # classes, thirds, levels
    out = mean[:, :, None] + deviation[:, :, None] * z[classes][:, third]
    low = (mean < FEW) & spread.whole
    if low.any():
        levels = np.minimum(_read(spread.ranks, wanted)[classes][:, third], MOST_SURE)[low]
        out[low] = counts.quantiles(mean[low], deviation[low] ** 2, levels)
    return np.maximum.accumulate(np.maximum(out, 0.0), axis=2)


def _age(origins: int) -> Numbers:
    """How much each origin counts, the newest 1: early ones knew less than is known now."""
    return np.asarray(RECENT ** np.arange(origins - 1, -1, -1))


def _basis(mean: Numbers, level: Numbers) -> Numbers:
    return np.maximum(mean, LOW_SHARE * np.maximum(level, TINY)[None, :, None])


def _growth(square: Numbers, basis: Numbers) -> Numbers:
    """Relative growth of the variance along the horizon, mean 1, never falling; each series counts alike."""
    own = square.sum(axis=(0, 2)) / np.maximum(basis.sum(axis=(0, 2)), TINY)
    good = own > 0
    if not good.any():
        return np.ones(square.shape[2])
    ratio = square[:, good].sum(axis=0) / np.maximum(own[good, None] * np.maximum(basis[:, good].sum(axis=0), TINY), TINY)
    curve = np.minimum(ratio, 20.0).mean(axis=0)
    width = max(1, len(curve) // 4)
    padded = np.pad(curve, (width // 2, width - 1 - width // 2), mode="edge")
    curve = np.maximum.accumulate(np.convolve(padded, np.ones(width) / width, mode="valid"))
    return np.asarray(curve / curve.mean())


def _own(square: Numbers, basis: Numbers, known: NDArray[np.bool_]) -> tuple[Numbers, Numbers, tuple[Numbers, Numbers]]:
    """Own dispersion, on how many independent origins it rests, and both again with each origin left out."""
    fade = _age(len(square))[:, None]
    top, bottom, share = (what * fade for what in _sums(square, basis, known))
    all_top, all_bottom, amount = top.sum(axis=0), bottom.sum(axis=0), share.sum(axis=0)
    own = all_top / np.maximum(all_bottom, TINY)
    near_top, near_bottom, near = top.copy(), bottom.copy(), share.copy()
    if len(top) > 1:  # the neighbours share half of the window: leave them out too
        for whole, part in ((near_top, top), (near_bottom, bottom), (near, share)):
            whole[1:] += part[:-1]
            whole[:-1] += part[1:]
    lone = np.maximum(all_top - near_top, 0.0) / np.maximum(all_bottom - near_bottom, TINY)
    return own, amount * OVERLAP, (lone, np.maximum(amount - near, 0.0) * OVERLAP)


def _sums(square: Numbers, basis: Numbers, known: NDArray[np.bool_]) -> tuple[Numbers, Numbers, Numbers]:
    """Squared errors, what they are measured by, and the share of the window that is known, (origins, series)."""
    return np.where(known, square, 0.0).sum(axis=2), np.where(known, basis, 0.0).sum(axis=2), known.mean(axis=2)


def _usual(own: Numbers, amount: Numbers, level: Numbers, classes: Ints) -> tuple[Numbers, float]:
    """Height per class and common slope of log dispersion over log volume."""
    good = (amount > 0) & (own > 0)
    if not good.any():
        return np.zeros(len(CLASSES)), 0.0
    x, y, c = np.log1p(level[good]), np.log(own[good]), classes[good]
    slope = 0.0
    if good.sum() >= 20 and x.std() > 0.1:
        away = x - x.mean()
        slope = min(max(float((away * y).sum() / (away**2).sum()), 0.0), 1.0)
    size = np.exp(slope * x)
    limited = np.minimum(own[good], np.quantile(own[good], 0.98))
    overall = float(limited.sum() / size.sum())
    height = np.array([np.log((limited[c == k].sum() + 5.0 * overall) / (size[c == k].sum() + 5.0)) for k in range(len(CLASSES))])
    return height, slope


def _shrunk(own: Numbers, amount: Numbers, usual: Numbers) -> Numbers:
    return np.asarray((amount * own + SHRINK * usual) / (amount + SHRINK))


def _table(what: Numbers, use: NDArray[np.bool_], classes: Ints, third: Ints, normal: float | None) -> Numbers:
    """Quantile tables per class and third; sparse ones borrow from all.

    Without any errors: the normal's (`normal`, the square root of 2), or none moved.
    """
    _, series, step = np.nonzero(use)
    everything, kinds, thirds = what[use], classes[series], third[step]
    if not len(everything):
        if normal is None:
            base = GRID
        else:
            from scipy.special import erfinv

            base = normal * erfinv(2.0 * np.clip(GRID, 0.0005, 0.9995) - 1.0)
        return np.broadcast_to(base, (len(CLASSES), THIRDS, len(GRID))).copy()
    overall = _quantiles(everything)
    out = np.empty((len(CLASSES), THIRDS, len(GRID)))
    for c in range(len(CLASSES)):
        mine = kinds == c
        many = int(mine.sum())
        out[c] = _quantiles(everything[mine]) if LEAST <= many < len(mine) else overall
        for t in range(THIRDS) if many >= LEAST else ():
            part = everything[mine & (thirds == t)]
            if len(part) >= LEAST:
                out[c, t] = _quantiles(part)
    return out


def _quantiles(values: Numbers) -> Numbers:
    return _read(np.sort(values), GRID)


def _read(table: Numbers, levels: Numbers) -> Numbers:
    """Values of ascending tables (last axis, evenly spaced levels 0..1) at levels, between two by interpolation."""
    last = table.shape[-1] - 1
    place = levels * last
    low = place.astype(np.int64)
    part = place - low
    return np.asarray(table[..., low] * (1.0 - part) + table[..., np.minimum(low + 1, last)] * part)
