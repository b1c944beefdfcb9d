"""The canary: fixed networks with known attacks that every learned model is tried on before use, and that none learns from.

A model that does worse there than the one it started from is not promoted, however well it does on its own cases: so poisoned
cases can make learning useless, but not dangerous. The networks are simulated anew from fixed seeds: nothing to tamper with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from forecasting.calibrate import calibration_error
from forecasting.design import View, look
from forecasting.mixture import Mixture, probability
from forecasting.segments import Array, Flags
from forecasting.simulate.network import TRACELESS, Network, simulate
from forecasting.simulate.pull import records

ITEMS, SHARE = 1500, 0.06
SEEDS = ((91_000_001, simulate), (91_000_002, simulate), (91_000_003, records.simulate), (91_000_004, records.simulate))
RATE = 0.005  # of honest items above the mark that recall is measured at: seven of a canary's
SLACK = {"pr_auc": 0.03, "recall": 0.04, "calibration_error": 0.01}
"""How far a figure may fall behind the start's before the model is held back: what honest cases of other worlds cost at most."""


@dataclass(frozen=True, slots=True)
class Canary:
    """One network: what is seen of it, and the truth about items whose crime left a trace or that are honest."""

    view: View
    illicit: Flags
    counted: Flags

    @classmethod
    def of(cls, network: Network) -> Canary:
        """The canary of a simulated network."""
        return cls(look(network.tables), network.illicit, ~np.isin(network.kind, list(TRACELESS)))


@cache
def fixed() -> tuple[Canary, ...]:
    """The canary networks."""
    return tuple(Canary.of(make(seed, ITEMS, SHARE)) for seed, make in SEEDS)


def recall(score: Array, illicit: Flags, rate: float) -> float:
    """The share of illicit items above all but `rate` of the honest ones."""
    honest = np.sort(score[~illicit])[::-1]
    return float((score[illicit] > honest[int(rate * len(honest))]).mean())


def metrics(model: Mixture, canaries: tuple[Canary, ...] | None = None) -> dict[str, float]:
    """Figures of a model on the canary: mean PR-AUC, recall at RATE false alarms and calibration error over its networks."""
    from sklearn.metrics import average_precision_score

    found = []
    for own in fixed() if canaries is None else canaries:
        ratio = model.ratio(*model.opinions(own.view))
        score, truth = ratio[own.counted], own.illicit[own.counted]
        risk = probability(ratio)[own.counted]
        found.append((average_precision_score(truth, score), recall(score, truth, RATE), calibration_error(risk, truth)))
    mean = np.mean(found, axis=0)
    return {name: round(float(value), 4) for name, value in zip(("pr_auc", "recall", "calibration_error"), mean, strict=True)}


def worse(new: Mapping[str, float], start: Mapping[str, float]) -> str:
    """Why a model of the figures `new` may not take the place of one of the figures `start`; empty where it may."""
    for name, sign in (("pr_auc", 1), ("recall", 1), ("calibration_error", -1)):
        if sign * (start[name] - new[name]) > SLACK[name]:
            return f"{name.replace('_', ' ')} on the canary networks would go from {start[name]:.3f} to {new[name]:.3f}"
    return ""
