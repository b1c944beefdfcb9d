"""Would a plain rule have done as well? Naive, seasonal naive and the 30-day mean, asked at the engine's own past origins.

They are opponents first: the card of every series says what each would have got wrong. Where a rule was far better over enough
origins the forecast *is* that rule and says so. The bar is high because picking whatever won last makes forecasts worse (by 1.6 %
at a bar of 0.90, by 0.5 % at 0.70: docs/forecasting.md); the rules' own share is already inside the engine's weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.demand.calendar import Ints, Numbers

RULES = ("naive", "seasonal naive", "30-day mean")
ENGINE = "pooled smoothing"
CLEARLY = 0.50  # a rule must have had less than this share of the engine's error
ORIGINS = 6  # over at least so many origins
MONTH = {"D": 30, "W": 4, "MS": 3}
MEAN_WORDS = {"D": "30-day mean", "W": "4-week mean", "MS": "3-month mean"}


@dataclass(frozen=True, slots=True)
class Card:
    """How well a series was forecast in the past. Errors are shares of what was sold (WAPE); None: no past to judge by.

    `error` and `total_error` are those of what is used, per period and for the whole horizon; `rules` those of the plain rules.
    """

    unique_id: str
    model: str
    origins: int
    error: float | None
    total_error: float | None
    rules: tuple[tuple[str, float, float], ...]
    words: str


def plain_rules(values: Numbers, season: int, code: str, horizon: int) -> Numbers:
    """What each rule says about the next `horizon` periods, (rules, series, horizon). `values` NaN where unknown."""
    return lived_rules(values, np.array([values.shape[1]]), season, code, horizon)[:, 0]


def lived_rules(values: Numbers, origins: Ints, season: int, code: str, horizon: int) -> Numbers:
    """The same at past origins (how many columns were known then, at least 1), (rules, origins, series, horizon)."""
    n, width = values.shape
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    newest = np.maximum.accumulate(np.where(known, np.arange(width), 0), axis=1)[:, origins - 1].T
    last = filled[np.arange(n), newest]
    from_ = np.maximum(origins - MONTH[code], 0)
    sums, counts = np.zeros((2, n, width + 1))
    np.cumsum(filled, axis=1, out=sums[:, 1:])
    np.cumsum(known, axis=1, out=counts[:, 1:])
    count = (counts[:, origins] - counts[:, from_]).T
    mean = np.where(count > 0, (sums[:, origins] - sums[:, from_]).T / np.maximum(count, 1), last)
    out = np.empty((len(RULES), len(origins), n, horizon))
    out[0], out[2] = last[:, :, None], mean[:, :, None]
    columns = origins[:, None] - season + np.arange(horizon) % season
    same = values[:, np.maximum(columns, 0)].swapaxes(0, 1)
    out[1] = np.where(np.isfinite(same) & (origins >= season)[:, None, None], same, out[2])
    return out


def errors(said: Numbers, actual: Numbers) -> tuple[Numbers, Numbers, Ints]:
    """WAPE per period and of the total per series, and on how many origins they rest.

    `said` (..., origins, series, horizon), `actual` (origins, series, horizon); the errors (..., series).
    """
    known = np.isfinite(actual)
    truth = np.where(known, actual, 0.0)
    rest = np.where(known, said, 0.0) - truth
    sold = np.maximum(np.einsum("knh->n", truth), 1e-9)
    total = np.abs(np.einsum("...knh->...kn", rest)).sum(axis=-2) / sold
    path = np.einsum("...knh->...n", np.abs(rest, out=rest)) / sold
    return path, total, known.any(axis=2).sum(axis=0)


def choose(engine: tuple[Numbers, Numbers], rules: list[tuple[Numbers, Numbers]], origins: Ints) -> NDArray[np.int64]:
    """Per series -1 for the engine, else the rule that was clearly better in both errors."""
    picked = np.full(len(origins), -1, dtype=np.int64)
    best = CLEARLY * (engine[0] + engine[1])
    for number, (path, total) in enumerate(rules):
        better = (origins >= ORIGINS) & (path < engine[0]) & (total < engine[1]) & (path + total < best)
        picked[better] = number
        best = np.where(better, path + total, best)
    return picked


def card(
    unique_id: str, picked: int, code: str, origins: int, engine: tuple[float, float], rules: list[tuple[float, float]]
) -> Card:
    """The card of one series in words."""
    names = [*RULES[:2], MEAN_WORDS[code]]
    told = tuple((name, float(path), float(total)) for name, (path, total) in zip(names, rules, strict=True))
    if not origins:
        return Card(unique_id, ENGINE, 0, None, None, (), "Too little history to say how far off this forecast may be.")
    path, total = engine if picked < 0 else rules[picked]
    model = ENGINE if picked < 0 else names[picked]
    seasonal, mean = rules[1][1], rules[2][1]
    said = f"Over {origins} past forecasts the total was off by {_percent(total)}"
    rivals = f"seasonal naive by {_percent(seasonal)}, the {names[2]} by {_percent(mean)}"
    if picked >= 0:
        words = f"{said} with the {model}, which is used: our own model was off by {_percent(engine[1])} ({rivals})."
    elif total <= min(seasonal, mean):
        words = f"{said}; {rivals}."
    else:
        words = f"{said}; {rivals}. A plain rule was as good here, but not by enough to rely on: our own is used."
    return Card(unique_id, model, origins, float(path), float(total), told, words)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share < 10 else "more than ten times what was sold"
