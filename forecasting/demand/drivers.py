"""What prices, promotions and holidays do to sales: factors that history is divided by and forecasts are multiplied by.

Sales are taken as Poisson-like around a level that moves slowly: mean = level x exp(price x b1 + promotion x b2). Each series has
its own b, shrunk toward the panel's (a Gaussian prior whose spread is learnt from the panel; Laplace approximation). A holiday's
factor is the panel's, a ratio of sums shrunk toward 1. Whether factors are used is decided by the engine's backtest, not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from chain.errors import BadInput
from forecasting.demand.calendar import Frequency, Ints, Numbers
from forecasting.demand.classes import spike_caps
from forecasting.demand.series import Panel

NAMES = ("price", "promotion")
WINDOW = {"D": 29, "W": 13, "MS": 13}  # periods of the moving level
ROUNDS = 3  # level and effects are found in turns
STEPS = 4  # of Newton's method each time
WIDE = 1.0  # the spread of effects among series that is begun with
MOST = np.log(8.0)  # no factor is above 8 or below 1/8
LEAST_EXPECTED = 20.0  # a holiday's factor counts like so many sold at par
LEAST_CELLS = 8  # a driver that moved in fewer periods of a series leaves it at the panel's


@dataclass(frozen=True, slots=True)
class Effects:
    """What was learnt. `names` of the columns of `own` (series, drivers): price as an elasticity, promotion as a log factor.

    `pooled` (drivers,) are the panel's; `holidays` name -> factor.
    """

    names: tuple[str, ...]
    own: Numbers
    pooled: Numbers
    holidays: Mapping[str, float]

    def words(self, row: int | None = None) -> str:
        """A series' effects in words, or (None) the panel's with its holidays."""
        said = []
        for name, effect in zip(self.names, self.pooled if row is None else self.own[row], strict=True):
            if name == "price":
                said.append(f"a price 10 % lower sells {100 * (0.9**effect - 1):+.0f} %")
            else:
                said.append(f"a promotion {100 * (np.exp(effect) - 1):+.0f} %")
        far = sorted(self.holidays.items(), key=lambda one: -abs(np.log(one[1])))[:3] if row is None else []
        said += [f"{name} {100 * (factor - 1):+.0f} %" for name, factor in far]
        return ", ".join(said)


def design(panel: Panel, width: int) -> tuple[tuple[str, ...], Numbers]:
    """The drivers as they enter, (series, periods and ahead, drivers): log of the price over its median, promotion as given.

    Unknown ones are the last known value for a price and none for a promotion. Only the first `width` periods set the median.
    """
    names = tuple(name for name in NAMES if name in panel.drivers)
    out = []
    for name in names:
        what = panel.drivers[name]
        if name == "price":
            past = np.where(what[:, :width] > 0, what[:, :width], np.nan)
            known = np.isfinite(past).any(axis=1)
            usual = np.ones(len(what))
            usual[known] = np.nanmedian(past[known], axis=1)
            what = np.log(filled(np.where(what > 0, what, np.nan), usual) / usual[:, None])
        out.append(np.nan_to_num(what))
    return names, np.stack(out, axis=2) if out else np.zeros((*panel.values.shape, 0))


def filled(what: Numbers, usual: Numbers) -> Numbers:
    """Gaps take the last known value before them; what lies before the first known one is `usual` (series,)."""
    at = np.maximum.accumulate(np.where(np.isfinite(what), np.arange(what.shape[1]), -1), axis=1)
    return np.where(at >= 0, np.take_along_axis(what, np.maximum(at, 0), axis=1), usual[:, None])


def holidays(freq: Frequency, ordinals: Ints, country: str) -> tuple[tuple[str, ...], Ints]:
    """Which holiday each day is (0: none, else the place in the names, from 1), with the days before each, (series, periods).

    Raises BadInput for a country that is not known. Weeks and months know none: their year is a season of its own.
    """
    if not country or freq.code != "D":
        return (), np.zeros(ordinals.shape, dtype=np.int64)
    import holidays as calendar

    first, last = freq.dates(np.array([ordinals.min(), ordinals.max()])).astype(object)
    try:
        days = calendar.country_holidays(str(country).upper(), years=range(first.year, last.year + 2), language="en_US")
    except (NotImplementedError, KeyError, AttributeError) as error:
        raise BadInput(f"{country!r} is not a country whose holidays are known: use two letters, such as DE.") from error
    named: dict[int, str] = {}
    for day, name in sorted(days.items()):
        told = name.split(";")[0].removesuffix(" (observed)").strip()
        ordinal = int(np.datetime64(day).astype("datetime64[D]").astype(np.int64))
        named.setdefault(ordinal - 1, f"the day before {told}")
        named[ordinal] = told
    names = tuple(sorted(set(named.values())))
    place = {name: i for i, name in enumerate(names, 1)}
    table = np.zeros(int(ordinals.max() - ordinals.min()) + 1, dtype=np.int64)
    for ordinal, name in named.items():
        if 0 <= ordinal - ordinals.min() < len(table):
            table[ordinal - ordinals.min()] = place[name]
    return names, np.asarray(table[ordinals - ordinals.min()])


def learn(panel: Panel, width: int, horizon: int, *, drivers: bool, country: str = "") -> tuple[Effects, Numbers]:
    """Effects learnt from the first `width` periods, and the factors of all periods and `horizon` ahead, (series, periods)."""
    freq, (n, periods) = panel.frequency, panel.values.shape
    names, x = design(panel, width) if drivers else ((), np.zeros((n, periods, 0)))
    x = _ahead(names, x, periods + horizon)
    ordinals = panel.ends[:, None] + np.arange(1 - periods, horizon + 1)[None, :]
    days, day = holidays(freq, ordinals, country)
    values = np.minimum(panel.values, spike_caps(panel.values[:, :width])[:, None])[:, :width]
    places = freq.places(ordinals)[:, :width]
    own, pooled, of_day = np.zeros((n, len(names))), np.zeros(len(names)), np.zeros(len(days) + 1)
    for _ in range(ROUNDS):
        log = np.clip(np.einsum("ntp,np->nt", x[:, :width], own) + of_day[day[:, :width]], -MOST, MOST)
        level = _level(values / np.exp(log), WINDOW[freq.code], places if freq.code == "D" else None, freq.season)
        use = np.isfinite(values) & (level > 0)
        if names:
            own, pooled = _newton(values, level * np.exp(of_day[day[:, :width]]), x[:, :width], use, own)
        if days:
            log = np.clip(np.einsum("ntp,np->nt", x[:, :width], own), -MOST, MOST)
            of_day = _of_days(values, np.where(use, level * np.exp(log), 0.0), day[:, :width], use, len(days) + 1)
    factors = np.exp(np.clip(np.einsum("ntp,np->nt", x, own) + of_day[day], -MOST, MOST))
    told = {name: float(np.exp(of_day[i])) for i, name in enumerate(days, 1) if of_day[i]}
    return Effects(names, own, pooled, told), factors


def lifted(own: Numbers, one: Panel, horizon: int, planned: Mapping[str, Numbers]) -> Numbers:
    """What the next `horizon` periods of a series sell with other prices and promotions, over what they sell as it is known.

    `own` (drivers,) are its effects, `one` a panel of nothing else; `planned` (horizon,) by name, NaN where nothing is planned.
    A price that ends is followed by the one that was known, or by the last one before.
    """
    width = one.values.shape[1]
    names, now = design(one, width)
    usual = _ahead(names, now, width + horizon)[0, width:]
    others = {}
    for name, what in one.drivers.items():
        known = np.full((1, width + horizon), np.nan)
        known[:, : what.shape[1]] = what[:, : width + horizon]
        if name == "price":
            known[:, width:] = filled(known, np.full(1, np.nan))[:, width:]
        asked = planned.get(name, np.full(horizon, np.nan))
        known[0, width:] = np.where(np.isfinite(asked), asked, known[0, width:])
        others[name] = known
    tried = design(replace(one, drivers=others), width)[1][0, width:]
    return np.asarray(np.exp(np.clip((tried - usual) @ own, -MOST, MOST)))


def _ahead(names: tuple[str, ...], x: Numbers, width: int) -> Numbers:
    """As many periods as asked: beyond what is known the last price stays, and there is no promotion."""
    more = np.zeros((len(x), max(width - x.shape[1], 0), x.shape[2]))
    for i, name in enumerate(names):
        if name == "price":
            more[:, :, i] = x[:, -1:, i]
    return np.concatenate([x, more], axis=1)[:, :width]


def _level(values: Numbers, window: int, places: Ints | None, season: int) -> Numbers:
    """A centred moving mean of what is known (times the weekday's share of the series), (series, periods)."""
    known = np.isfinite(values)
    half = window // 2

    def moving(what: Numbers) -> Numbers:
        sums = np.pad(np.cumsum(what, axis=1), ((0, 0), (1, 0)))
        t = np.arange(what.shape[1])
        return np.asarray(sums[:, np.minimum(t + half + 1, what.shape[1])] - sums[:, np.maximum(t - half, 0)])

    level = moving(np.where(known, values, 0.0)) / np.maximum(moving(known.astype(np.float64)), 1.0)
    if places is None:
        return level
    n = len(values)
    cell = (np.arange(n)[:, None] * season + places).ravel()
    sold = np.bincount(cell, np.where(known, values, 0.0).ravel(), n * season).reshape(n, season)
    usual = np.bincount(cell, np.where(known, level, 0.0).ravel(), n * season).reshape(n, season)
    overall = sold.sum(axis=0) / np.maximum(usual.sum(axis=0), 1e-9)
    share = (sold + LEAST_EXPECTED * overall) / (usual + LEAST_EXPECTED)
    return np.asarray(level * np.take_along_axis(share, places, axis=1))


def _newton(values: Numbers, level: Numbers, x: Numbers, use: NDArray[np.bool_], own: Numbers) -> tuple[Numbers, Numbers]:
    """Each series' effects and the panel's, (series, drivers) and (drivers,)."""
    many = x.shape[2]
    level, y = np.where(use, level, 0.0), np.where(use, values, 0.0)
    x = np.where(use[:, :, None], x, 0.0)
    moved = (np.abs(x - np.where(use, 1.0, 0.0)[:, :, None] * _mean(x, use)[:, None]) > 1e-3).sum(axis=1) >= LEAST_CELLS
    x = x * moved[:, None]
    spread = np.full(many, WIDE)
    pooled = own.mean(axis=0)
    for _ in range(STEPS):
        mean = level * np.exp(np.clip(np.einsum("ntp,np->nt", x, own), -MOST, MOST))
        mean *= (y.sum(axis=1) / np.maximum(mean.sum(axis=1), 1e-9))[:, None]  # the level itself is not what is asked
        count = np.maximum(use.sum(axis=1) - many, 1)
        noise = np.maximum(((y - mean) ** 2 / np.maximum(mean, 1e-3)).sum(axis=1) / count, 0.2)
        centred = np.where(use[:, :, None], x - (mean[:, :, None] * x).sum(axis=1, keepdims=True) /
                           np.maximum(mean.sum(axis=1), 1e-9)[:, None, None], 0.0)  # fmt: skip
        slope = np.einsum("ntp,nt->np", centred, y - mean) / noise[:, None]
        bend = np.einsum("ntp,nt,ntq->npq", centred, mean, centred) / noise[:, None, None]
        prior = np.eye(many) / spread**2
        step = slope - np.einsum("pq,nq->np", prior, own - pooled)
        own = np.clip(own + np.clip(np.linalg.solve(bend + prior, step[:, :, None])[:, :, 0], -1.0, 1.0), -6.0, 6.0)
        variance = np.diagonal(np.linalg.inv(bend + prior), axis1=1, axis2=2)
        some = moved.sum(axis=0) > 0
        weight = np.where(moved, 1.0 / (variance + spread**2), 0.0)
        pooled = np.where(some, (weight * own).sum(axis=0) / np.maximum(weight.sum(axis=0), 1e-9), 0.0)
        apart = (np.where(moved, (own - pooled) ** 2 + variance, 0.0)).sum(axis=0) / np.maximum(moved.sum(axis=0), 1)
        spread = np.clip(np.sqrt(apart), 0.05, 3.0)
        own = np.where(moved, own, pooled)
    return own, pooled


def _mean(x: Numbers, use: NDArray[np.bool_]) -> Numbers:
    return np.asarray(x.sum(axis=1) / np.maximum(use.sum(axis=1), 1)[:, None])


def _of_days(values: Numbers, expected: Numbers, day: Ints, use: NDArray[np.bool_], many: int) -> Numbers:
    """Log factor of each holiday, the panel's: each series counts by the root of its volume, so that none decides alone."""
    weight = use / np.sqrt(1.0 + expected.mean(axis=1))[:, None]
    sold = np.bincount(day.ravel(), (weight * np.where(use, values, 0.0)).ravel(), many)
    usual = np.bincount(day.ravel(), (weight * expected).ravel(), many)
    found = np.log((sold + LEAST_EXPECTED) / (usual + LEAST_EXPECTED))
    found[0] = 0.0
    return np.asarray(np.clip(found, -MOST, MOST))
