"""Would a plain rule have done as well? Naive, seasonal naive and the 30-day mean, asked at the engine's own past origins.

They are opponents first: the card of every series says what each would have got wrong. Where a rule was far better over enough
origins the forecast *is* that rule and says so. The bar is high because picking whatever won last makes forecasts worse (by 1.6 %
at a bar of 0.90, by 0.5 % at 0.70: docs/forecasting.md); the rules' own share is already inside the engine's weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.demand.calendar import Ints
from forecasting.demand.series import Numbers

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
    n, width = values.shape
    known = np.isfinite(values)
    last_at = np.where(known.any(axis=1), width - 1 - known[:, ::-1].argmax(axis=1), 0)
    last = np.where(known.any(axis=1), values[np.arange(n), last_at], 0.0)
    recent = values[:, -MONTH[code] :]
    there = np.isfinite(recent)
    mean = np.where(there.any(axis=1), np.where(there, recent, 0.0).sum(axis=1) / np.maximum(there.sum(axis=1), 1), last)
    flat = np.repeat(mean[:, None], horizon, axis=1)
    same = flat
    if width >= season:
        same = values[:, width - season + np.arange(horizon) % season]
        same = np.where(np.isfinite(same), same, flat)
    return np.stack([np.repeat(last[:, None], horizon, axis=1), same, flat])


def lived_rules(values: Numbers, origins: Ints, season: int, code: str, horizon: int) -> Numbers:
    """The same at past origins, (rules, origins, series, horizon)."""
    if not len(origins):
        return np.zeros((len(RULES), 0, len(values), horizon))
    return np.stack([plain_rules(values[:, : max(int(o), 1)], season, code, horizon) for o in origins], axis=1)


def errors(said: Numbers, actual: Numbers) -> tuple[Numbers, Numbers, Ints]:
    """WAPE per period and of the total per series, and on how many origins they rest. Inputs (origins, series, horizon)."""
    known = np.isfinite(actual)
    truth, guess = np.where(known, actual, 0.0), np.where(known, said, 0.0)
    sold = np.maximum(truth.sum(axis=(0, 2)), 1e-9)
    path = np.abs(guess - truth).sum(axis=(0, 2)) / sold
    total = np.abs(guess.sum(axis=2) - truth.sum(axis=2)).sum(axis=0) / sold
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
