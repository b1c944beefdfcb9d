"""From scores to what may be promised: probabilities, p-values, and which items to flag within a budget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.segments import Array, Flags

BEFORE = (1.0, 30.0)
"""Illicit and all items that a network is taken to have shown before, for a few items alone tell no share: between the one in
ten that the WHO found in poor markets (2017) and the far fewer in rich ones. Among thousands it weighs nothing."""
PRIOR = (1e-5, 0.3)  # a network with more than 30 % illicit items is no network that statistics can help


@dataclass(frozen=True, slots=True)
class Calibration:
    """Score -> log likelihood ratio (illicit against honest), strictly increasing, linear between its knots and beyond them."""

    knots: Array
    ratios: Array

    @classmethod
    def fit(cls, score: Array, illicit: Flags, weight: Array | None = None, bins: int = 40) -> Calibration:
        """Isotonic regression over bins that are finest at the top, made strictly increasing.

        Raises ValueError where there are no honest or no illicit scores.
        """
        w = np.ones(len(score)) if weight is None else weight
        bad, good = float(w[illicit].sum()), float(w[~illicit].sum())
        if not bad or not good:
            raise ValueError("a calibration needs honest and illicit scores")
        cuts = np.unique(np.concatenate([np.quantile(score[illicit], np.linspace(0, 1, bins // 2)),
                                         np.quantile(score[~illicit], 1 - np.logspace(-4, 0, bins // 2))]))  # fmt: skip
        place = (
            np.clip(np.searchsorted(cuts, score, "right"), 1, len(cuts) - 1) - 1 if len(cuts) > 1 else np.zeros(len(score), int)
        )
        size = max(len(cuts) - 1, 1)
        p = (np.bincount(place, w * illicit, size) + 0.5) / (bad + 1)
        q = (np.bincount(place, w * ~illicit, size) + 0.5) / (good + 1)
        middle = np.bincount(place, score, size) / np.maximum(np.bincount(place, minlength=size), 1)
        used = np.bincount(place, minlength=size) > 0
        ratio = _rising(np.log(p / q)[used], np.bincount(place, w, size)[used])
        knots = middle[used]
        gap = np.concatenate([[0.0], np.maximum(np.diff(knots), 1e-9)])
        return cls(knots, ratio + 0.02 * np.cumsum(gap))

    def ratio(self, score: Array) -> Array:
        """Log likelihood ratios; beyond the knots with slope 0.5, so that order is kept and nothing explodes."""
        inside = np.interp(score, self.knots, self.ratios)
        found: Array = inside + 0.5 * (np.maximum(score - self.knots[-1], 0) + np.minimum(score - self.knots[0], 0))
        return found

    def probability(self, score: Array, prior: float | None = None) -> Array:
        """Probability of being illicit. Without a prior, the share of illicit items is estimated from the scores themselves."""
        ratio = self.ratio(score)
        if prior is None:
            prior = estimated_prior(ratio)
        return logistic(ratio + np.log(prior / (1 - prior)))

    def arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """What to save."""
        return {f"{prefix}knots": self.knots, f"{prefix}ratios": self.ratios}

    @classmethod
    def of_arrays(cls, stored: Mapping[str, NDArray[Any]], prefix: str) -> Calibration:
        """The inverse of `arrays`."""
        knots, ratios = stored[f"{prefix}knots"].astype(np.float64), stored[f"{prefix}ratios"].astype(np.float64)
        if knots.ndim != 1 or len(knots) != len(ratios) or not len(knots) or not np.isfinite([knots, ratios]).all():
            raise ValueError("a calibration without knots")
        return cls(knots, ratios)


def logistic(x: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x, -60, 60))), np.float64)


def _rising(values: Array, weight: Array) -> Array:
    """Pool adjacent violators."""
    blocks: list[list[float]] = []
    for value, own in zip(values, weight, strict=True):
        blocks.append([float(value), float(own), 1.0])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            last, before = blocks.pop(), blocks.pop()
            both = before[1] + last[1]
            blocks.append([(before[0] * before[1] + last[0] * last[1]) / both, both, before[2] + last[2]])
    return np.concatenate([np.full(int(n), value) for value, _, n in blocks])


def estimated_prior(ratio: Array, start: float = 0.01, rounds: int = 60) -> float:
    """The share of illicit items that explains these likelihood ratios best (EM; Saerens, Latinne, Decaestecker 2002).

    With BEFORE as the prior's own prior: else the share of a small network jumps with a single item.
    """
    prior = start
    for _ in range(rounds):
        posterior = logistic(ratio + np.log(prior / (1 - prior)))
        prior = float(np.clip((posterior.sum() + BEFORE[0]) / (len(posterior) + BEFORE[1]), *PRIOR))
    return prior


@dataclass(frozen=True, slots=True)
class Reference:
    """Scores of honest items, ascending, and how many of all are at least as high as each; thinned out below the top."""

    scores: Array
    above: Array
    total: float

    @classmethod
    def of(cls, scores: Array, weight: Array | None = None, exact: int = 2000, rest: int = 1000) -> Reference:
        """Keep the `exact` highest scores and `rest` of those below; `weight` is the chance of each to be honest."""
        order = np.argsort(scores, kind="stable")
        own = np.ones(len(scores)) if weight is None else weight[order]
        first = np.searchsorted(scores[order], scores[order], "left")  # equal scores are all at least as high as each other
        above = np.cumsum(own[::-1])[::-1][first]
        cut = max(len(order) - exact, 0)
        kept = np.unique(np.concatenate([np.linspace(0, max(cut - 1, 0), min(rest, cut)).astype(np.int64),
                                         np.arange(cut, len(order))]))  # fmt: skip
        return cls(scores[order][kept], above[kept], float(own.sum()))

    def p_values(self, score: Array) -> Array:
        """Conformal p-values: the share of honest scores at least as high, itself counted in (Vovk et al. 2005)."""
        place = np.searchsorted(self.scores, score, "left")
        above = np.append(self.above, 0.0)[place]
        found: Array = (above + 1.0) / (self.total + 1.0)
        return found

    def arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """What to save."""
        return {f"{prefix}scores": self.scores, f"{prefix}above": self.above, f"{prefix}total": np.array([self.total])}

    @classmethod
    def of_arrays(cls, stored: Mapping[str, NDArray[Any]], prefix: str) -> Reference:
        """The inverse of `arrays`. Raises KeyError or ValueError."""
        scores, above, total = (stored[prefix + name].astype(np.float64) for name in ("scores", "above", "total"))
        if scores.ndim != 1 or scores.shape != above.shape or total.shape != (1,) or (np.diff(scores) < 0).any():
            raise ValueError("honest scores that are not in order")
        return cls(scores, above, float(total[0]))


def false_discovery(risk: Array, rate: float) -> Flags:
    """The riskiest items, as many as there can be while at most `rate` of them are false in expectation.

    By the calibrated risks themselves (Bayesian false discovery rate; Efron, Tibshirani 2002): no p-value is smaller than one
    over the honest cases known, and those are few where cases are decided one by one.
    """
    order = np.argsort(-risk, kind="stable")
    false = np.cumsum(1.0 - risk[order]) / np.arange(1, len(risk) + 1)
    found = np.zeros(len(risk), bool)
    found[order[: int((false <= rate).sum())]] = True
    return found


def within_budget(risk: Array, budget: int, least: float) -> Flags:
    """The `budget` riskiest items, none below `least`."""
    found = np.zeros(len(risk), bool)
    found[np.argsort(-risk, kind="stable")[: max(budget, 0)]] = True
    return found & (risk >= least)


def calibration_error(risk: Array, illicit: Flags, bins: int = 15) -> float:
    """Expected calibration error over bins of equal width (Naeini et al. 2015)."""
    place = np.minimum((risk * bins).astype(int), bins - 1)
    many = np.bincount(place, minlength=bins)
    said, true = np.bincount(place, risk, bins), np.bincount(place, illicit.astype(np.float64), bins)
    return float(np.abs(said - true).sum() / max(many.sum(), 1))
