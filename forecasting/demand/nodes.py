"""Sums of many products taken apart by Prophet: trend with its change points, week, year and holidays.

Only for the few aggregated nodes with at least a year of days and few zeros: there its picture of the year says more than pooled
smoothing can. It explains; forecasts come from the pooled engine, which is no worse and a hundred times faster.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chain.errors import BadInput
from forecasting.demand.calendar import Dates, Numbers

LEAST_DAYS = 350
MOST_ZEROS = 0.1
BENT = 0.15  # a change point is named when the slope changes by this share of the largest change
NAMED = 3
BENDS, STIFF = 8, 0.01  # few and stiff: with Prophet's own 25 the trend swallows the year


@dataclass(frozen=True, slots=True)
class Parts:
    """`trend` (days,) in units, `week` (Monday first) and `year` (January first) as factors around 1, `holidays` name -> factor.

    `bends` are the dates at which the trend turned most; `growth` its change from the first to the last day, as a share.
    """

    dates: Dates
    trend: Numbers
    week: tuple[float, ...]
    year: tuple[float, ...]
    holidays: Mapping[str, float]
    bends: tuple[np.datetime64, ...]
    growth: float


def take_apart(dates: Dates, values: Numbers, country: str = "") -> Parts:
    """The parts of one daily series (NaN: unknown). `country`: ISO code whose holidays are looked for, "" for none.

    Raises BadInput where there is less than a year, or too many zeros.
    """
    known = np.isfinite(values)
    if known.sum() < 0.75 * LEAST_DAYS or len(values) < LEAST_DAYS:
        raise BadInput("A year of days is needed to take a total apart.")
    if float((values[known] == 0).mean()) > MOST_ZEROS:
        raise BadInput("Too many days without a sale to take this total apart.")
    import pandas as pd
    from prophet import Prophet

    for name in ("cmdstanpy", "prophet"):
        logging.getLogger(name).disabled = True
    model = Prophet(
        weekly_seasonality=True, yearly_seasonality=4, daily_seasonality=False, seasonality_mode="multiplicative",
        uncertainty_samples=0, n_changepoints=BENDS, changepoint_prior_scale=STIFF,
    )  # fmt: skip
    if country:
        try:
            model.add_country_holidays(country_name=country)
        except (AttributeError, NotImplementedError, KeyError, ValueError):  # a country that the holidays package does not know
            country = ""
    model.fit(pd.DataFrame({"ds": dates[known].astype("datetime64[ns]"), "y": values[known]}))
    told = model.predict(pd.DataFrame({"ds": dates.astype("datetime64[ns]")}))
    stamps = told["ds"].dt
    trend = told["trend"].to_numpy()
    holidays = {}
    for name in model.train_holiday_names if country and model.train_holiday_names is not None else ():
        effect = told[name].to_numpy() if name in told else np.zeros(0)
        if (effect != 0).any():
            holidays[str(name)] = 1.0 + float(effect[effect != 0].mean())
    turns = np.abs(np.asarray(model.params["delta"]).mean(axis=0))
    order = [i for i in np.argsort(-turns)[:NAMED] if turns[i] >= max(BENT * turns.max(), 1e-3)]
    changes: Any = model.changepoints
    points = changes.to_numpy().astype("datetime64[D]")
    return Parts(
        dates, trend, _factors(told["weekly"].to_numpy(), stamps.dayofweek.to_numpy(), 7),
        _factors(told["yearly"].to_numpy(), stamps.month.to_numpy() - 1, 12), holidays,
        tuple(sorted(points[i] for i in order)), float(trend[-1] / max(trend[0], 1e-9) - 1.0),
    )  # fmt: skip


def _factors(effect: Numbers, place: Numbers, places: int) -> tuple[float, ...]:
    return tuple(1.0 + float(effect[place == one].mean()) if (place == one).any() else 1.0 for one in range(places))
