"""Negative binomial counts, for many cells at once: where a level of the distribution lies, and where a count stands in it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecasting.demand.calendar import Numbers

MOST = 600  # no quantile of a mean below 30 is looked for beyond this
STEP, FEW_CELLS = 24, 2_000  # counts that are looked at in one go where there are few cells
RARE = 3.0  # below this mean quantiles are whole numbers
LEAST_EXCESS = 1e-3  # a variance is at least this much above the mean, relatively: else the law is a Poisson


def shape(mean: Numbers, variance: Numbers) -> Numbers:
    """The size r of the negative binomial with that mean and variance."""
    return np.asarray(mean**2 / np.maximum(variance - mean, LEAST_EXCESS * np.maximum(mean, 1e-9)))


def quantiles(mean: Numbers, variance: Numbers, levels: Numbers) -> Numbers:
    """Where the distribution reaches each level, never below 0. `mean`, `variance` (cells,), `levels` (cells, levels).

    A whole number overstates its level: an interval that ends on a count takes all of its chance. From a mean of `RARE` on every
    count is therefore spread evenly over the unit around it, and intervals hold what they say over many cells (the continuity
    correction). Below, the smallest count that reaches the level is given: there, most of the chance is in two counts.
    """
    out = np.zeros(levels.shape)
    if not len(mean):
        return out
    mean = np.maximum(mean, 1e-9)
    size = shape(mean, variance)
    chance = size / (size + mean)
    top = levels.max(axis=1)
    order = np.argsort(-(mean + 3.0 * np.sqrt(np.maximum(variance, mean))))
    size, chance, wanted, limit = size[order], chance[order], levels[order], top[order]
    pmf = np.exp(size * np.log(chance))
    cdf = pmf.copy()
    result = np.clip(wanted / np.maximum(pmf, 1e-300)[:, None], 0.0, 1.0) - 0.5
    alive = len(mean)
    step = STEP if len(mean) < FEW_CELLS else 1
    for x in range(0, MOST, step):
        open_ = np.flatnonzero(cdf[:alive] < limit[:alive])
        if not len(open_):
            break
        alive = int(open_[-1]) + 1
        counts = np.arange(x, x + step)
        now = (counts + size[:alive, None]) / (counts + 1.0) * (1.0 - chance[:alive, None])
        now[:, 0] *= pmf[:alive]
        now = np.multiply.accumulate(now, axis=1)
        upto = cdf[:alive, None] + np.add.accumulate(now, axis=1)
        rest = (wanted[:alive, :, None] - (upto - now)[:, None]) / np.maximum(now, 1e-300)[:, None]
        result[:alive] += np.clip(rest, 0.0, 1.0).sum(axis=2)
        pmf[:alive], cdf[:alive] = now[:, -1], upto[:, -1]
    out[order] = np.where(mean[order, None] < RARE, np.ceil(np.maximum(result - 0.5, 0.0)), np.maximum(result, 0.0))
    return out


def standing(count: Numbers, mean: Numbers, variance: Numbers, chance: NDArray[np.float64]) -> Numbers:
    """The randomised probability integral transform of counts (Czado, Gneiting, Held 2009); `chance` in 0..1 breaks the ties."""
    from scipy.special import betainc, gammaln

    mean, count = np.maximum(mean, 1e-9), np.floor(count)
    size = shape(mean, variance)
    p = size / (size + mean)
    at = np.exp(gammaln(count + size) - gammaln(count + 1.0) - gammaln(size) + size * np.log(p) + count * np.log1p(-p))
    return np.asarray(np.clip(betainc(size, count + 1.0, p) - (1.0 - chance) * at, 0.0, 1.0))
