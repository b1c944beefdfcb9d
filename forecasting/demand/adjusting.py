"""Whether prices, promotions and holidays are used: what they would have saved in the backtest decides, for a whole panel.

Effects learnt up to some time ago are tried on the forecasts made since then; where they took nothing off the error, the engine
goes without them. Learns nothing about levels and seasons itself.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forecasting.demand import drivers, vec
from forecasting.demand.calendar import Numbers
from forecasting.demand.columns import DRIVERS
from forecasting.demand.drivers import Effects
from forecasting.demand.engine import PILOT, pilot_rows
from forecasting.demand.note import Note
from forecasting.demand.series import Panel

WORTH = 0.99  # of the error without: above it factors are not worth their risk
TRIED, PART = 4, 3  # horizons on which they are tried, at most this part of the past
LEAST = 3  # horizons that must lie before
WORST = 5.0  # a series' error counts at most so many times what it sold


def adjust(panel: Panel, horizon: int, country: str = "") -> tuple[Panel, Effects | None, tuple[Note, ...]]:
    """The panel with its factors where they help, what they are, and what is to be said about it. Raises BadInput (country)."""
    said: tuple[Note, ...] = ()
    if country and panel.frequency.code != "D":
        country, said = (
            "",
            (Note("", "drivers", "Holidays are looked at for days only: weeks and months have them in their season."),),
        )
    if country:
        drivers.holidays(panel.frequency, panel.ends[:1], country)  # an unknown one is told, however short the past
    given = tuple(name for name in DRIVERS if name in panel.drivers)
    options = [(bool(given), "")] if given else []
    options += [(False, country), *([(True, country)] if given else [])] if country else []
    if not options:
        return panel, None, said
    width = panel.values.shape[1]
    cut = width - min(TRIED * horizon, width // PART)
    if cut < LEAST * horizon or width - cut < horizon:
        short = Note("", "drivers", "Too little history to learn from prices, promotions or holidays: not used.")
        return panel, None, (*said, short)
    pilot = panel.take(pilot_rows(panel.ids))
    plain = _error(pilot, horizon, cut)
    tried = {}
    for with_drivers, nation in options:
        factors = drivers.learn(pilot, cut, horizon, drivers=with_drivers, country=nation)[1]
        tried[with_drivers, nation] = _error(replace(pilot, factors=factors), horizon, cut)
    (with_drivers, nation), error = min(tried.items(), key=lambda one: one[1])
    share = error / max(plain, 1e-12)
    names = " and ".join([*(f"{name}s" for name in given), *(["holidays"] if country else [])])
    if share > WORTH:
        words = f"{names[:1].upper()}{names[1:]} are not used: they would not have made past forecasts better."
        return panel, None, (*said, Note("", "drivers", words))
    effects, factors = _whole(panel, horizon, with_drivers, nation)
    used = " and ".join([*(f"{name}s" for name in given if with_drivers), *(["holidays"] if nation else [])])
    words = f"{used[:1].upper()}{used[1:]} are used ({effects.words()}): past forecasts were {100 * (1 - share):.0f} % nearer."
    notes = [*said, Note("", "drivers", words), *(_unknown(panel, horizon) if with_drivers else ())]
    return replace(panel, factors=factors), effects, tuple(notes)


def _whole(panel: Panel, horizon: int, with_drivers: bool, country: str) -> tuple[Effects, Numbers]:
    """Effects and factors of all series, so many at a time; what the panel has in common is told of the first ones."""
    width = panel.values.shape[1]
    parts = [
        drivers.learn(panel.take(slice(first, first + PILOT)), width, horizon, drivers=with_drivers, country=country)
        for first in range(0, len(panel), PILOT)
    ]
    effects = replace(parts[0][0], own=np.concatenate([effects.own for effects, _ in parts]))
    return effects, np.concatenate([factors for _, factors in parts])


def _error(pilot: Panel, horizon: int, cut: int) -> float:
    """The mean error of the forecasts made from `cut` on: mostly that of the total, as in the engine's own choice."""
    core = vec.fit_core(pilot, horizon)
    mine = (core.origins >= cut) & (core.origins + horizon <= pilot.values.shape[1])
    known = np.isfinite(core.actual[mine])
    truth, said = np.where(known, core.actual[mine], 0.0), np.where(known, core.past[mine], 0.0)
    sold = truth.sum(axis=(0, 2))
    total, path = np.abs((said - truth).sum(axis=2)).sum(axis=0), np.abs(said - truth).sum(axis=(0, 2))
    error = ((1.0 - vec.PATH_SHARE) * total + vec.PATH_SHARE * path)[sold > 0] / sold[sold > 0]
    return float(np.minimum(error, WORST).mean()) if len(error) else 0.0


def _unknown(panel: Panel, horizon: int) -> list[Note]:
    """What is not known of the time ahead, a line for each driver."""
    width, found = panel.values.shape[1], []
    for name, what in panel.drivers.items():
        ahead = what[:, width : width + horizon]
        many = int((np.isfinite(ahead).sum(axis=1) < horizon).sum())
        if many:
            of = f"{many} series" if many < len(panel) else "any series"
            instead = "the last known one is used" if name == "price" else "none is expected there"
            period = panel.frequency.word
            found.append(Note("", name, f"The {name} is not known for all {horizon} {period}s ahead of {of}: {instead}."))
    return found
