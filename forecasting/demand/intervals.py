"""How far off a forecast may be, learnt from the lived backtest and from nothing else. Assumes no normal errors.

A cell's variance is dispersion(series) x growth(horizon) x mean. The dispersion is the series' own, shrunk toward what its
class and volume suggest. Counts below 30 get the quantiles of a negative binomial at levels that held in the backtest (its
probability integral transforms, by class); the rest get the backtest's own standardised errors.
Totals of a lead time are learnt from backtested totals, with the same code: "z x sigma x sqrt(L)" misses what errors of
neighbouring days have in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.demand import counts
from forecasting.demand.calendar import Ints, Numbers
from forecasting.demand.classes import CLASSES

FEW = 30.0  # below this mean a count is counted
GRID = np.linspace(0.0, 1.0, 801)
SHRINK = 4.0  # the class' dispersion counts like so many origins
OVERLAP = 0.5  # neighbouring origins share half of their window
CELLS = 30_000  # errors that the tables are drawn from, at most about so many
RECENT = 0.93  # how much an origin one older counts
LEAST = 150  # a class with fewer errors than this borrows those of all
LOW_SHARE = 0.05  # of the mean level: a forecast below it is as uncertain as if it were that much
HELD = 0.8  # the share of errors by which widths are compared
BLIND = 3  # origins that are needed before widths are compared
TINY = 1e-6
Sums = tuple[Numbers, Numbers, Numbers]  # squared errors, what they are measured by, share known, each (origins, series)
MOST_SURE = 0.9995  # no level of a count's law beyond this is asked for


@dataclass(slots=True)
class Spread:
    """What a panel's errors have in common. `slope` and `height` (classes,) give the usual dispersion, `growth` (H,) per horizon.

    `errors` (classes, grid) are quantiles of standardised errors, `ranks` those of the probability integral transforms;
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
    basis = _basis(past, level)
    square = (actual - past) ** 2
    known = np.isfinite(square)
    growth = _growth(np.where(known, square, 0.0), np.where(known, basis, 0.0))
    basis = basis * growth
    sums = _sums(square, basis, known)
    own, amount, left_out = _own(sums)
    height, slope = _usual(own, amount, level, classes)
    spread = Spread(slope, height, growth, np.zeros(0), np.zeros(0), whole)
    usual = spread.usual(level, classes)
    lone = _shrunk(left_out[0], left_out[1], usual[None, :])
    variance = lone[:, :, None] * basis
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
    spread.errors = _table(z, judged, classes, np.sqrt(2.0))
    spread.ranks = _table(u, low, classes, None)
    if high.sum() >= LEAST and (held := _held(np.abs(z[high]))) > 0:
        spread.wider = _wider(square, basis, known, sums, usual, held)
    return spread


def _wider(square: Numbers, basis: Numbers, known: NDArray[np.bool_], sums: Sums, usual: Numbers, held: float) -> float:
    """How much wider intervals would have had to be at past origins that knew only what came before them.

    `held` is the standardised error that holds `HELD` of all with hindsight. This is conformal calibration over time: what a
    whole panel shares (a boom, a drift) is seen from one origin to the next, never within one. Newer origins count more.
    """
    origin = np.arange(len(square))
    judged = origin[(origin > BLIND) & known.any(axis=(1, 2))]
    if not len(judged):
        return 1.0
    age = judged[:, None] - 2 - origin  # the window of the one before had not ended
    before = np.where(age >= 0, RECENT ** np.maximum(age, 0), 0.0)
    top, bottom, share = (np.einsum("ij,jn->in", before, what) for what in sums)
    variance = _shrunk(top / np.maximum(bottom, TINY), share * OVERLAP, usual)[:, :, None] * basis[judged]
    there = known[judged]
    lived = np.sqrt(square[judged] / np.maximum(variance, TINY))[there]
    many = there.sum(axis=(1, 2))
    weight = np.repeat(RECENT ** (len(square) - 1 - judged) / many, many)
    order = np.argsort(lived)
    share = np.cumsum(weight[order]) / weight.sum()
    return float(max(lived[order[int(np.searchsorted(share, HELD))]] / held, 0.3))


def _held(errors: Numbers) -> float:
    """What `HELD` of the errors stay below."""
    return float(np.sort(errors)[int(HELD * (len(errors) - 1))])


def dispersion(spread: Spread, past: Numbers, actual: Numbers, level: Numbers, classes: Ints) -> Numbers:
    """Each series' dispersion: its own, shrunk toward the usual."""
    basis = _basis(past, level)
    square = (actual - past) ** 2
    own, amount, _ = _own(_sums(square, basis * spread.growth, np.isfinite(square)))
    return _shrunk(own, amount, spread.usual(level, classes)) * spread.wider**2


def quantiles(spread: Spread, mean: Numbers, own: Numbers, level: Numbers, classes: Ints, at: Sequence[float]) -> Numbers:
    """Quantiles of each cell, (series, horizon, levels), ascending and never negative. `own` from `dispersion`, `at` in 0..1."""
    basis = _basis(mean[None], level)[0]
    deviation = np.sqrt(np.maximum(own[:, None] * basis * spread.growth, TINY))
    wanted = np.asarray(at, dtype=np.float64)
    z = _read(spread.errors, wanted)  # classes, levels
    out = mean[:, :, None] + deviation[:, :, None] * z[classes][:, None]
    low = (mean < FEW) & spread.whole
    if low.any():
        levels = np.minimum(_read(spread.ranks, wanted), MOST_SURE)[classes[np.nonzero(low)[0]]]
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
    padded = np.concatenate([np.full(width // 2, curve[0]), curve, np.full(width - 1 - width // 2, curve[-1])])
    curve = np.maximum.accumulate(np.convolve(padded, np.ones(width) / width, mode="valid"))
    return np.asarray(curve / curve.mean())


def _own(sums: Sums) -> tuple[Numbers, Numbers, tuple[Numbers, Numbers]]:
    """Own dispersion, on how many independent origins it rests, and both again with each origin left out."""
    fade = _age(len(sums[0]))[:, None]
    top, bottom, share = (what * fade for what in sums)
    all_top, all_bottom, amount = top.sum(axis=0), bottom.sum(axis=0), share.sum(axis=0)
    own = all_top / np.maximum(all_bottom, TINY)
    near_top, near_bottom, near = top.copy(), bottom.copy(), share.copy()
    if len(top) > 1:  # the neighbours share half of the window: leave them out too
        for whole, part in ((near_top, top), (near_bottom, bottom), (near, share)):
            whole[1:] += part[:-1]
            whole[:-1] += part[1:]
    lone = np.maximum(all_top - near_top, 0.0) / np.maximum(all_bottom - near_bottom, TINY)
    return own, amount * OVERLAP, (lone, np.maximum(amount - near, 0.0) * OVERLAP)


def _sums(square: Numbers, basis: Numbers, known: NDArray[np.bool_]) -> Sums:
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
    limited = np.minimum(own[good], _read(np.sort(own[good]), np.array([0.98]))[0])
    overall = float(limited.sum() / size.sum())
    height = np.array([np.log((limited[c == k].sum() + 5.0 * overall) / (size[c == k].sum() + 5.0)) for k in range(len(CLASSES))])
    return height, slope


def _shrunk(own: Numbers, amount: Numbers, usual: Numbers) -> Numbers:
    return np.asarray((amount * own + SHRINK * usual) / (amount + SHRINK))


def _table(what: Numbers, use: NDArray[np.bool_], classes: Ints, normal: float | None) -> Numbers:
    """Quantile tables per class; sparse ones borrow from all.

    Without any errors: the normal's (`normal`, the square root of 2), or none moved.
    """
    everything, kinds = what[use], classes[np.nonzero(use)[1]]
    if not len(everything):
        if normal is None:
            base = GRID
        else:
            from scipy.special import erfinv

            base = normal * erfinv(2.0 * np.clip(GRID, 0.0005, 0.9995) - 1.0)
        return np.broadcast_to(base, (len(CLASSES), len(GRID))).copy()
    overall = _quantiles(everything)
    many = np.bincount(kinds, minlength=len(CLASSES))
    alone = (many >= LEAST) & (many < len(kinds))
    return np.stack([_quantiles(everything[kinds == c]) if alone[c] else overall for c in range(len(CLASSES))])


def _quantiles(values: Numbers) -> Numbers:
    return _read(np.sort(values), GRID)


def _read(table: Numbers, levels: Numbers) -> Numbers:
    """Values of ascending tables (last axis, evenly spaced levels 0..1) at levels, between two by interpolation."""
    last = table.shape[-1] - 1
    place = levels * last
    low = place.astype(np.int64)
    part = place - low
    return np.asarray(table[..., low] * (1.0 - part) + table[..., np.minimum(low + 1, last)] * part)
