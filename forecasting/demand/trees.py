"""One boosted-tree model for a whole panel: direct, Poisson, on top of what the pooled engine said. Used beside it, never alone.

Every row is (series, origin, step ahead). The target is what was sold over the series' recent mean, so that a model learnt on
big series serves small ones; features are what was known at the origin. It is learnt on the pilot only, once on the older
origins to find out how far each class may trust it on the newer ones, and once on all. Below 50 series or 120 days there is
none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from forecasting.demand.calendar import Ints, Numbers
from forecasting.demand.classes import CLASSES
from forecasting.demand.series import Panel
from forecasting.demand.vec import Core

LEAST_SERIES, LEAST_DAYS = 50, 120
ROWS = 30_000
HELD_OUT = 4  # origins on which trust is measured
STRENGTH = 30.0  # trust in equal weights counts like so many series
EQUAL = 0.5
TOP = 20.0  # a target above this many recent means is cut
WINDOWS = {"D": (7, 28, 91), "W": (4, 13, 52), "MS": (3, 12, 36)}
SHARES = np.linspace(0.0, 1.0, 11)


@dataclass(slots=True)
class Trees:
    """The learnt model and the share of each class' forecast that it gives, 0 .. 1."""

    model: Any
    share: Numbers


def suits(panel: Panel, core: Core, horizon: int) -> bool:
    """Whether the panel is large and long enough."""
    days = np.median(panel.values.shape[1] - panel.starts) * panel.frequency.days
    whole = np.isfinite(core.actual).any(axis=(1, 2)).sum() if len(core.actual) else 0
    return len(panel) >= LEAST_SERIES and bool(days >= LEAST_DAYS) and whole >= HELD_OUT + 4 and horizon > 0


def learn(panel: Panel, core: Core, horizon: int, seed: int) -> Trees | None:
    """Learn from a pilot and its lived backtest; None where the panel is too small or short."""
    if not suits(panel, core, horizon):
        return None
    width = panel.values.shape[1]
    ended = np.flatnonzero(core.origins + horizon <= width)
    if len(ended) < HELD_OUT + 2:
        return None
    new = ended[-HELD_OUT:]
    old = ended[core.origins[ended] + horizon <= core.origins[new[0]]]
    share = np.full(len(CLASSES), EQUAL)
    if len(old) >= 2:
        trial = _train(panel, core, horizon, old, seed)
        said = np.stack([_say(trial, panel, core, core.past[i].astype(np.float64), int(core.origins[i]), horizon) for i in new])
        share = _share(said, core.past[new].astype(np.float64), core.actual[new].astype(np.float64), core.classes)
        core.past[new] = _blend(core.past[new].astype(np.float64), said, share, core.classes)
    return Trees(_train(panel, core, horizon, ended, seed), share)


def add(trees: Trees, panel: Panel, core: Core, horizon: int) -> Numbers:
    """The combined forecast of the next `horizon` periods, (series, horizon)."""
    plain = core.mean.astype(np.float64)
    return _blend(plain, _say(trees.model, panel, core, plain, panel.values.shape[1], horizon), trees.share, core.classes)


def _blend(plain: Numbers, said: Numbers, share: Numbers, classes: Ints) -> Numbers:
    part = share[classes][:, None]
    return (1.0 - part) * plain + part * said


def _share(said: Numbers, plain: Numbers, actual: Numbers, classes: Ints) -> Numbers:
    """How much of the tree each class takes: the least error of totals and paths, shrunk to equal."""
    known = np.isfinite(actual)
    truth = np.where(known, actual, 0.0)
    scale = np.maximum(truth.sum(axis=(0, 2)), 1e-9)
    cost = np.zeros((len(SHARES), len(classes)))
    for i, share in enumerate(SHARES):
        rest = np.where(known, (1.0 - share) * plain + share * said, 0.0) - truth
        cost[i] = 0.6 * np.abs(rest.sum(axis=2)).sum(axis=0) + 0.4 * np.abs(rest).sum(axis=(0, 2))
    cost /= np.sqrt(scale)
    out = np.full(len(CLASSES), EQUAL)
    for c in range(len(CLASSES)):
        mine = classes == c
        if mine.any():
            best = SHARES[int(cost[:, mine].sum(axis=1).argmin())]
            out[c] = (mine.sum() * best + STRENGTH * EQUAL) / (mine.sum() + STRENGTH)
    return out


def _base(values: Numbers, origin: int, windows: tuple[int, int, int]) -> tuple[Numbers, list[Numbers]]:
    """The recent mean (never zero) and the means of the three windows before an origin."""
    means = []
    for window in windows:
        part = values[:, max(0, origin - window) : origin]
        known = np.isfinite(part)
        means.append(np.where(known, part, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1))
    return 0.7 * means[1] + 0.3 * means[2] + 0.02, means


def _features(panel: Panel, core: Core, plain: Numbers, origin: int, horizon: int) -> tuple[Numbers, Numbers]:
    """Rows (series x horizon) of features, and the recent mean of each series."""
    freq = panel.frequency
    values = np.minimum(panel.values[:, :origin], core.caps[:, None])
    n = len(values)
    base, means = _base(values, origin, WINDOWS[freq.code])
    ahead = panel.ends[:, None] - (panel.values.shape[1] - origin) + np.arange(1, horizon + 1)[None, :]
    recent = values[:, -WINDOWS[freq.code][1] :]
    spread = np.sqrt(np.maximum(np.nanvar(np.where(np.isfinite(recent), recent, base[:, None]), axis=1), 0.0)) / base
    silent = (np.nan_to_num(recent) <= 0).mean(axis=1)
    age = np.minimum(origin - np.minimum(panel.starts, origin), 400).astype(np.float64)
    season = freq.season
    if origin >= season:
        same = values[:, origin - season + np.arange(horizon) % season]
        same = np.where(np.isfinite(same), same, plain)
    else:
        same = plain
    per_series = [np.log(base), means[0] / base, means[2] / base, spread, silent, age, core.classes.astype(np.float64)]
    columns = [np.repeat(column, horizon) for column in per_series]
    day = freq.dates(ahead.ravel())
    of_month = (day - day.astype("datetime64[M]").astype("datetime64[D]")).astype(np.float64)
    columns += [
        (plain / base[:, None]).ravel(),
        (same / base[:, None]).ravel(),
        np.tile(np.arange(horizon, dtype=np.float64), n),
        freq.places(ahead).ravel().astype(np.float64),
        of_month,
    ]
    if panel.factors is not None:
        columns.append(np.log(panel.factors[:, origin : origin + horizon]).ravel())
    return np.column_stack(columns), base


def _train(panel: Panel, core: Core, horizon: int, origins: Ints, seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor

    random = np.random.default_rng(seed)
    x, y, w = [], [], []
    share = min(1.0, ROWS / max(1, len(panel) * horizon * len(origins)))
    for i in origins:
        origin = int(core.origins[i])
        features, base = _features(panel, core, core.past[i].astype(np.float64), origin, horizon)
        target = (np.minimum(core.actual[i], core.caps[:, None]) / base[:, None]).ravel()
        begun = np.repeat(panel.starts + WINDOWS[panel.frequency.code][0] <= origin, horizon)
        rows = np.flatnonzero(np.isfinite(target) & begun & (random.random(len(target)) < share))
        x.append(features[rows])
        y.append(np.minimum(target[rows], TOP))
        w.append(np.repeat(np.sqrt(base), horizon)[rows])
    weight = np.concatenate(w)
    model = HistGradientBoostingRegressor(
        loss="poisson", learning_rate=0.05, max_iter=120, max_leaf_nodes=15, min_samples_leaf=80, l2_regularization=5.0,
        early_stopping=False, random_state=seed,
    )  # fmt: skip
    return model.fit(np.concatenate(x), np.concatenate(y), sample_weight=weight / weight.mean())


def _say(model: Any, panel: Panel, core: Core, plain: Numbers, origin: int, horizon: int) -> Numbers:
    features, base = _features(panel, core, plain, origin, horizon)
    return np.asarray(model.predict(features)).reshape(len(panel), horizon) * base[:, None]
