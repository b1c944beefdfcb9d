"""A forecast taken apart: level, trend, season, which candidates speak, and the spikes that were kept out of the level."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from forecasting.demand import vec
from forecasting.demand.engine import Chunk
from forecasting.selection import Card

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
Told = tuple[float, float, tuple[float, ...], Mapping[str, float], float, tuple[str, ...], Card, str]


def explain(chunk: Chunk, row: int, trees: float, card: Card, effects: str = "") -> Told:
    """The fields of an Explanation after its kind: level and trend per period, season, weights, trees, spikes, card, words."""
    core, panel = chunk.core, chunk.panel
    half = vec.STATES // 2
    weights = core.weights[: vec.VARIANTS * vec.STATES, row].reshape(vec.VARIANTS, vec.STATES)
    naive = float(core.weights[vec.VARIANTS * vec.STATES :, row].sum())
    smooth = max(float(weights.sum()), 1e-9)
    level = float((weights * core.level[:, :, row]).sum() / smooth)
    trend = float((weights[:, half:] * core.trend[:, half:, row]).sum() / smooth)
    season = (weights.sum(axis=1)[:, None] * core.index[:, row]).sum(axis=0) / smooth
    shares = {
        "no season": float(weights[0].sum()),
        "season of all products": float(weights[1].sum()),
        "its own season": float(weights[2].sum()),
        "last season again": naive,
        "of these with a trend": float(weights[:, half:].sum()),
    }
    high = np.flatnonzero(np.nan_to_num(panel.flat()[row]) > core.caps[row])[-5:]
    dates = panel.frequency.dates(panel.ends[row] - panel.values.shape[1] + 1 + high)
    spikes = tuple(f"{date}: {panel.values[row, at]:g}" for date, at in zip(dates, high, strict=True))
    freq = panel.frequency
    words = f"About {level:.3g} a {freq.word}{_season_words(season, freq.code)}{_trend_words(level, trend)}."
    if effects:
        words += f" {effects[:1].upper()}{effects[1:]}."
    if spikes:
        words += f" {len(spikes)} unusual peaks were kept out of the level."
    return level, trend, tuple(float(one) for one in season), shares, trees, spikes, card, words


def _trend_words(level: float, trend: float) -> str:
    if level <= 0 or abs(trend) < 0.002 * level:
        return ", neither rising nor falling"
    return ", rising" if trend > 0 else ", falling"


def _season_words(season: np.ndarray[tuple[int], np.dtype[np.float64]], code: str) -> str:
    if season.max() < 1.05:
        return ""
    best = int(season.argmax())
    if code == "D":
        name = DAYS[(best + 3) % 7]  # 1970-01-01 was a Thursday
    elif code == "MS":
        name = MONTHS[best]
    else:
        name = f"week {best + 1} of the year"
    return f", most in {name}" if code != "D" else f", most on a {name}"
