"""Multiplicative seasons, shrunk: each series' own indices toward the panel's profile, never on hindsight.

An index is a ratio of sums (sold over moving average), so zeros and sparse products do no harm; how far it is trusted follows
from its sampling variance against the spread of true differences in the panel (empirical Bayes, Gamma-Poisson in spirit).
Indices exist once a block: those of a block use only what came before it, which keeps the backtest honest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.demand.calendar import Ints, Numbers

Floats = NDArray[np.float32]

DAYS = 7
SMOOTH_WEEKS = np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9.0
FADE = 0.9  # how much a season one cycle older counts
FADE_WEEK = 0.98  # the same of weekdays: a week is soon over, and its shape lasts
AT_ONCE = 1 << 18  # cells (blocks x series x places) that are worked on at once
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
    upto = np.maximum(0, edges - half)
    block = np.searchsorted(upto, np.arange(values.shape[1]), side="right")
    inside = int(upto[-1])
    shape = (len(edges), n, season)
    cell = ((block[None, :inside] * n + np.arange(n)[:, None]) * season + places[:, :inside]).ravel()
    square = level**2
    new = np.empty((3, *shape))
    for i, what in enumerate((sold, level, square)):
        new[i] = np.bincount(cell, what[:, :inside].ravel(), new[i].size).reshape(shape)
    fades = (FADE_WEEK if season == DAYS else FADE) ** (np.diff(upto) / season)
    for one, fade in enumerate(fades.tolist(), 1):
        new[:, one] += fade * new[:, one - 1]
    out = Sums(new[0], new[1], new[2], np.ones(shape[:2]))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(out.level[-1] > 0, out.sold[-1] / out.level[-1], 1.0)
    rest = np.where(use, values - level * np.take_along_axis(ratio, places, axis=1), 0.0)
    cycles = np.maximum(use.sum(axis=1) / season, 1.0)
    correction = np.where(cycles > 1.5, cycles / np.maximum(cycles - 1.0, 0.5), 3.0)
    denominator = square.sum(axis=1)
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
    for blocks in _parts(found):
        ratio, variance = _own(found, blocks, season)
        difference, v = ((ratio - common[blocks, None]) ** 2).mean(axis=2), variance.mean(axis=2)
        use = np.isfinite(difference) & (v < 50)
        w = np.where(use, 1.0 / (v + _median(v, use)[:, None]) ** 2, 0.0)
        spread[blocks] = np.maximum((w * np.where(use, difference - v, 0.0)).sum(axis=1) / np.maximum(w.sum(axis=1), 1e-300), 0.0)
    return Profile(common, spread)


def _parts(found: Sums) -> list[slice]:
    """Blocks that are worked on at once: all of a small panel, one of a large."""
    blocks, series, season = found.sold.shape
    step = max(1, AT_ONCE // (series * season))
    return [slice(first, first + step) for first in range(0, blocks, step)]


def _median(values: Numbers, use: NDArray[np.bool_]) -> Numbers:
    """Median of those in use, row by row; 1 where none is."""
    ordered, many = np.sort(np.where(use, values, np.inf), axis=1), use.sum(axis=1)
    row = np.arange(len(values))
    middle = (ordered[row, np.maximum(many - 1, 0) // 2] + ordered[row, np.minimum(many // 2, values.shape[1] - 1)]) / 2
    return np.asarray(np.where(many > 0, middle, 1.0))


def _own(found: Sums, blocks: slice, season: int) -> tuple[Numbers, Numbers]:
    """Own indices and their sampling variance, (blocks, N, m); places never seen get the index 1 and variance 100."""
    sold, level, level2 = (_smooth(a[blocks], season) for a in (found.sold, found.level, found.level2))
    seen = level > 0
    some = np.where(seen, level, 1.0)
    ratio = np.where(seen, sold / some, 1.0)
    variance = np.where(seen, found.noise[blocks, :, None] * level2 / some**2, 100.0)
    if season > 12:
        variance = variance * float((SMOOTH_WEEKS**2).sum() / SMOOTH_WEEKS.sum())
    return ratio, variance


def indices(found: Sums, shared: Profile, season: int) -> Floats:
    """Per block no season, the panel's profile and the shrunk own indices, each with mean 1: (B, 3, N, m)."""
    blocks, n, _ = found.sold.shape
    common, spread = shared.at(blocks)
    out = np.ones((blocks, 3, n, season), dtype=np.float32)
    out[:, 1] = common[:, None]
    for part in _parts(found):
        ratio, variance = _own(found, part, season)
        away = ratio - common[part, None]
        excess = season * (away**2 - variance).mean(axis=2)
        true = np.maximum(0.0, (PANEL_STRENGTH * spread[part, None] + excess) / (PANEL_STRENGTH + season))[:, :, None]
        index = np.maximum(common[part, None] + true / (true + variance) * away, 0.0)
        out[part, 2] = index / np.maximum(index.mean(axis=2, keepdims=True), 1e-9)
    return out


def lay(index: Floats, places: Ints, edges: Ints) -> Floats:
    """Indices laid out along the periods, (T, 3, N): each column uses those known at its block's beginning."""
    n, t = places.shape
    known = np.maximum(np.searchsorted(edges, np.arange(t), side="right") - 1, 0)
    out = np.ones((t, 3, n), dtype=np.float32)
    across, series = places.T, np.arange(n)[None, :]
    for variant in (1, 2):
        out[:, variant] = index[known[:, None], variant, series, across]
    return out
