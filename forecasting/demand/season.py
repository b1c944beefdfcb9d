"""Multiplicative seasons, shrunk: each series' own indices toward the panel's profile, never on hindsight.

An index is a ratio of sums (sold over moving average), so zeros and sparse products do no harm; how far it is trusted follows
from its sampling variance against the spread of true differences in the panel (empirical Bayes, Gamma-Poisson in spirit).
Indices exist once a block: those of a block use only what came before it, which keeps the backtest honest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.demand.calendar import Ints
from forecasting.demand.series import Numbers

DAYS = 7
SMOOTH_WEEKS = np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9.0
FADE = 0.9  # how much a season one cycle older counts
FADE_WEEK = 0.98  # the same of weekdays: a week is soon over, and its shape lasts
PANEL_STRENGTH = 12.0  # the panel's spread counts like so many indices of the series' own


@dataclass(slots=True)
class Sums:
    """Per block, series and place of the season: `sold`, `level` and `level2` (squares), all before the block. (B, N, m)."""

    sold: Numbers
    level: Numbers
    level2: Numbers
    noise: Numbers  # (B, N): relative variance of one value around level x index


@dataclass(slots=True)
class Profile:
    """What the panel's seasons have in common, once a block, counted back from the end. `mean` (B, m), `spread` (B,)."""

    mean: Numbers
    spread: Numbers

    def at(self, blocks: int) -> tuple[Numbers, Numbers]:
        """The last `blocks` blocks; older ones than are known repeat the oldest."""
        have = len(self.mean)
        pick = np.clip(np.arange(have - blocks, have), 0, have - 1)
        return self.mean[pick], self.spread[pick]


def moving_average(values: Numbers, width: int) -> Numbers:
    """Centred mean over one season, NaN where less than half of it is known or the window leaves the matrix."""
    n, t = values.shape
    if t < width + 1:
        return np.full((n, t), np.nan)
    half = width // 2
    known = np.isfinite(values)
    sums = np.concatenate([np.zeros((n, 1)), np.cumsum(np.where(known, values, 0.0), axis=1)], axis=1)
    counts = np.concatenate([np.zeros((n, 1)), np.cumsum(known, axis=1)], axis=1)

    def window(cumulated: Numbers) -> Numbers:
        whole = cumulated[:, width:] - cumulated[:, :-width]
        return whole if width % 2 else (whole[:, :-1] + whole[:, 1:]) / 2

    total, count = window(sums), window(counts)
    result = np.full((n, t), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = (
            np.where(count >= 0.95 * width, total / count, np.nan) if width > 7 else np.where(count >= 5, total / count, np.nan)
        )
    result[:, half : half + middle.shape[1]] = middle
    return result


def sums(values: Numbers, places: Ints, season: int, edges: Ints) -> Sums:
    """Cumulated sums at each edge (the first column of a block). `places` is (series, periods)."""
    n = len(values)
    average = moving_average(values, season)
    half = season // 2 + (season % 2 == 0)
    use = np.isfinite(values) & np.isfinite(average)
    level = np.where(use, average, 0.0)
    sold = np.where(use, values, 0.0)
    cell = np.arange(n)[:, None] * season + places
    shape = (len(edges), n, season)
    out = Sums(np.zeros(shape), np.zeros(shape), np.zeros(shape), np.ones(shape[:2]))
    running = np.zeros((3, n * season))
    before = 0
    for block, edge in enumerate(edges):
        upto = max(0, int(edge) - half)
        if upto > before:
            part = slice(before, upto)
            index = cell[:, part].ravel()
            fade = (FADE_WEEK if season == DAYS else FADE) ** ((upto - before) / season)
            running *= fade
            for i, what in enumerate((sold, level, level**2)):
                running[i] += np.bincount(index, weights=what[:, part].ravel(), minlength=n * season)
            before = upto
        out.sold[block], out.level[block], out.level2[block] = running.reshape(3, n, season)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(out.level[-1] > 0, out.sold[-1] / out.level[-1], 1.0)
    rest = np.where(use, values - level * np.take_along_axis(ratio, places, axis=1), 0.0)
    cycles = np.maximum(use.sum(axis=1) / season, 1.0)
    correction = np.where(cycles > 1.5, cycles / np.maximum(cycles - 1.0, 0.5), 3.0)
    denominator = (level**2).sum(axis=1)
    noise = np.where(denominator > 0, (rest**2).sum(axis=1) / np.maximum(denominator, 1e-12), 1.0) * correction
    out.noise[:] = np.maximum(noise, 1e-6)[None, :]
    return out


def _smooth(array: Numbers, season: int) -> Numbers:
    """Neighbouring weeks of the year lend each other strength."""
    if season <= 12:
        return array
    lent = np.zeros_like(array)
    for shift, weight in zip(range(-2, 3), SMOOTH_WEEKS, strict=True):
        lent += weight * np.roll(array, shift, axis=-1)
    return lent


def profile(found: Sums, season: int) -> Profile:
    """The panel's common indices and how widely series truly differ from them."""
    total = found.level[-1].sum(axis=1)
    count = (found.level[-1] > 0).sum(axis=1)
    mean = np.where(count > 0, total / np.maximum(count, 1), 1.0)
    weight = 1.0 / (1.0 + mean)
    sold = np.einsum("n,bnm->bm", weight, found.sold)
    level = np.einsum("n,bnm->bm", weight, found.level)
    sold, level = _smooth(sold, season), _smooth(level, season)
    with np.errstate(divide="ignore", invalid="ignore"):
        common = np.where(level > 0, sold / level, 1.0)
    common = common / np.maximum(common.mean(axis=1, keepdims=True), 1e-9)
    spread = np.zeros(len(common))
    for block in range(len(common)):
        ratio, variance = _own(found, block, season)
        difference = ((ratio - common[block]) ** 2).mean(axis=1)
        use = np.isfinite(difference) & (variance.mean(axis=1) < 50)
        if use.any():
            v = variance.mean(axis=1)[use]
            w = 1.0 / (v + np.median(v)) ** 2
            spread[block] = max(0.0, float((w * (difference[use] - v)).sum() / w.sum()))
    return Profile(common, spread)


def _own(found: Sums, block: int, season: int) -> tuple[Numbers, Numbers]:
    """A block's own indices and their sampling variance, (N, m); places never seen get the index 1 and variance 100."""
    sold, level, level2 = (_smooth(a[block], season) for a in (found.sold, found.level, found.level2))
    seen = level > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(seen, sold / level, 1.0)
        variance = np.where(seen, found.noise[block][:, None] * level2 / level**2, 100.0)
    if season > 12:
        variance = variance * float((SMOOTH_WEEKS**2).sum() / SMOOTH_WEEKS.sum())
    return ratio, variance


def indices(found: Sums, shared: Profile, season: int) -> tuple[Numbers, Numbers]:
    """Per block the panel's profile (B, m) and the shrunk own indices (B, N, m), each with mean 1."""
    blocks, n, _ = found.sold.shape
    common, spread = shared.at(blocks)
    own = np.ones((blocks, n, season))
    for block in range(blocks):
        ratio, variance = _own(found, block, season)
        excess = season * ((ratio - common[block]) ** 2 - variance).mean(axis=1)
        true = np.maximum(0.0, (PANEL_STRENGTH * spread[block] + excess) / (PANEL_STRENGTH + season))[:, None]
        trust = true / (true + variance)
        index = np.maximum(common[block] + trust * (ratio - common[block]), 0.0)
        own[block] = index / np.maximum(index.mean(axis=1, keepdims=True), 1e-9)
    return common, own


def lay(index: NDArray[np.float32], places: Ints, edges: Ints) -> NDArray[np.float32]:
    """Indices laid out along the periods: each column uses those of its block. `index` is (B, N, m) or (B, m)."""
    n, t = places.shape
    out = np.ones((n, t), dtype=np.float32)
    starts = [0, *(int(edge) for edge in edges[:-1])]
    for block, (first, last) in enumerate(zip(starts, edges, strict=True)):
        if last <= first:
            continue
        known = max(block - 1, 0)
        if index.ndim == 2:
            out[:, first:last] = index[known][places[:, first:last]]
        else:
            out[:, first:last] = np.take_along_axis(index[known], places[:, first:last], axis=1)
    return out
