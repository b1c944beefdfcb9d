"""From a panel to fitted chunks: a pilot teaches what the panel shares, then every chunk of series is fitted on its own.

`fit_chunk` needs nothing but its series and `Shared`, so the same call runs here, in processes of joblib or on a cluster, and
gives the same numbers. The pilot is chosen by a checksum of the ids: the same series are drawn every time.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from forecasting.demand import intervals, smoothing, trees, vec
from forecasting.demand.calendar import Ints, Numbers
from forecasting.demand.series import Panel

PILOT = 2_000
CHUNK = 1_000
LIVED = 16  # past origins from which errors are learnt
RECENT_YEARS = 1.2
SURER = 0.98  # of the lived deviation: early origins knew less than is known now (docs/forecasting.md, intervals)


@dataclass(slots=True)
class Shared:
    """What all chunks of a panel have in common.

    `totals` hold the spread of lead-time totals by lead time, learnt when asked for.
    """

    prior: vec.Prior
    spread: intervals.Spread
    trees: trees.Trees | None
    past: Numbers
    actual: Numbers
    level: Numbers
    classes: Ints
    whole: bool
    totals: dict[int, intervals.Spread] = field(default_factory=dict)

    def total(self, lead: int) -> intervals.Spread:
        """The spread of totals of the next `lead` periods."""
        if lead not in self.totals:
            past, actual = summed(self.past, self.actual, lead)
            self.totals[lead] = intervals.learn(past, actual, self.level * lead, self.classes, whole=self.whole)
        return self.totals[lead]


@dataclass(slots=True)
class Chunk:
    """Some series, fitted: `mean` (N, H), `past` and `actual` (K, N, H) with `origins` (K,) columns, and what `update` needs."""

    panel: Panel
    mean: Numbers
    past: Numbers
    actual: Numbers
    origins: Ints
    level: Numbers
    dispersion: Numbers
    highest: Numbers
    core: vec.Core

    def quantiles(self, shared: Shared, at: Sequence[float]) -> Numbers:
        """Quantiles per period, (series, horizon, levels)."""
        found = intervals.quantiles(shared.spread, self.mean, self.dispersion * SURER**2, self.level, self.core.classes, at)
        found[self.panel.closed(self.mean.shape[1])] = 0.0
        return found

    def totals(self, shared: Shared, lead: int, at: Sequence[float]) -> tuple[Numbers, Numbers]:
        """Mean (series,) and quantiles (series, levels) of what the next `lead` periods sell together."""
        past, actual = summed(self.past, self.actual, lead)
        spread, level, classes = shared.total(lead), self.level * lead, self.core.classes
        own = intervals.dispersion(spread, past, actual, level, classes)
        mean = self.mean[:, :lead].sum(axis=1)
        return mean, intervals.quantiles(spread, mean[:, None], own, level, classes, at)[:, 0]


def summed(past: Numbers, actual: Numbers, lead: int) -> tuple[Numbers, Numbers]:
    """Totals of the first `lead` periods after each origin; where some periods are unknown the forecast of the others counts."""
    known = np.isfinite(actual[:, :, :lead])
    count = known.sum(axis=2)
    judged = 2 * count > lead
    fill = np.where(judged, lead / np.maximum(count, 1), 1.0)
    total = np.where(judged, np.where(known, actual[:, :, :lead], 0.0).sum(axis=2) * fill, np.nan)
    said = np.where(known | ~judged[:, :, None], past[:, :, :lead], 0.0).sum(axis=2) * fill
    return said[:, :, None], total[:, :, None]


def pilot_rows(ids: Sequence[str], most: int | None = None) -> Ints:
    """Which series teach the panel: those with the smallest checksums."""
    most = PILOT if most is None else most
    if len(ids) <= most:
        return np.arange(len(ids), dtype=np.int64)
    sums = np.array([zlib.crc32(name.encode()) for name in ids], dtype=np.int64)
    return np.sort(np.argsort(sums, kind="stable")[:most]).astype(np.int64)


def learn_shared(panel: Panel, horizon: int, *, with_trees: bool, seed: int) -> tuple[Shared, vec.Core | None]:
    """Fit the pilot; its core is given back where the pilot is the whole panel."""
    rows = pilot_rows(panel.ids)
    pilot = panel if len(rows) == len(panel) else panel.take(rows)
    core = vec.fit_core(pilot, horizon)
    learnt = trees.learn(pilot, core, horizon, seed) if with_trees else None
    past, actual, _ = _lived(core, horizon, pilot.values.shape[1])
    known = pilot.values[np.isfinite(pilot.values)]
    whole = bool((known == np.round(known)).all())
    level = _level(pilot)
    if not np.isfinite(actual).any():
        past, actual = _around_mean(pilot, horizon)
    spread = intervals.learn(past, actual, level, core.classes, whole=whole)
    shared = Shared(core.prior, spread, learnt, past, actual, level, core.classes, whole)
    return shared, core if pilot is panel else None


def fit_chunk(panel: Panel, horizon: int, shared: Shared, core: vec.Core | None = None) -> Chunk:
    """Fit some series with what the panel shares."""
    core = core or vec.fit_core(panel, horizon, shared.prior)
    past, actual, origins = _lived(core, horizon, panel.values.shape[1])
    mean = trees.add(shared.trees, panel, core, horizon) if shared.trees else core.mean.astype(np.float64)
    level = _level(panel)
    own = intervals.dispersion(shared.spread, past, actual, level, core.classes)
    highest = np.max(np.where(np.isfinite(panel.values), panel.values, 0.0), axis=1)
    mean = np.where(panel.closed(horizon), 0.0, clamp(mean, highest))
    core.past, core.actual = core.past[:0], core.actual[:0]
    return Chunk(panel, mean, past, actual, origins, level, own, highest, core)


def clamp(mean: Numbers, highest: Numbers) -> Numbers:
    """Never NaN, never negative, never above twice what was ever sold in a period (a trend that ran away)."""
    return np.asarray(np.fmin(np.fmax(mean, 0.0), 2.0 * highest[:, None]))


def advance(chunk: Chunk, values: Numbers, horizon: int) -> None:
    """One new period, `values` (series,), NaN where unknown: states and forecasts move on, weights and spread stay."""
    core, panel = chunk.core, chunk.panel
    freq = panel.frequency
    place = freq.places(panel.ends + 1)
    factors = np.take_along_axis(core.index, place[None, :, None], axis=2)[:, :, 0]
    at = panel.values.shape[1]
    new = np.minimum(values if panel.factors is None else values / panel.factors[:, at], core.caps)
    ok = np.isfinite(new)[None, :] & (factors > vec.CLOSED)
    x = np.where(ok, np.nan_to_num(new)[None, :] / np.maximum(factors, vec.CLOSED), 0.0).astype(np.float32)
    smoothing.step(core.level, core.trend, x, ok, core.count, vec.PHI[freq.code])
    core.count += np.isfinite(new)
    panel.values = np.concatenate([panel.values[:, 1:], values[:, None]], axis=1)
    if panel.factors is not None:  # what is further ahead than was known is as usual
        panel.factors = np.concatenate([panel.factors[:, 1:], np.ones((len(panel), 1))], axis=1)
    panel.starts = np.maximum(panel.starts - 1, 0)
    panel.ends = panel.ends + 1
    chunk.origins = chunk.origins - 1
    chunk.highest = np.fmax(chunk.highest, values)
    chunk.mean = np.where(panel.closed(horizon), 0.0, clamp(vec.combine(core, panel, horizon), chunk.highest))


def _around_mean(panel: Panel, horizon: int) -> tuple[Numbers, Numbers]:
    """What errors are learnt from where no window has ended yet: the newest values around their own mean, as if forecast."""
    actual = np.full((1, len(panel), horizon), np.nan)
    part = panel.values[:, -horizon:]
    actual[0, :, : part.shape[1]] = part
    return np.broadcast_to(_level(panel)[None, :, None], actual.shape), actual


def _level(panel: Panel) -> Numbers:
    """Mean of the last year or so, per series."""
    width = int(RECENT_YEARS * 365.25 / panel.frequency.days)
    part = panel.values[:, -width:]
    known = np.isfinite(part)
    return np.asarray(np.where(known, part, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1))


def _lived(core: vec.Core, horizon: int, width: int) -> tuple[Numbers, Numbers, Ints]:
    """The last origins whose whole window has passed."""
    ended = np.flatnonzero(core.origins + horizon <= width)[-LIVED:]
    return core.past[ended].astype(np.float64), core.actual[ended].astype(np.float64), core.origins[ended]
