"""What `wayproof detect` knows: a judge trained on many simulated networks, and one that learned from the tables at hand.

The second one learns from the decided cases, from what is usual where nobody decided anything, and from rehearsed networks beside
(`rehearsal`), so that what the labels do not show is not forgotten. Both opinions are pooled by how well they would have ranked
the decided cases. Reads and writes no file and tells no reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from forecasting import judge, kinds, rehearsal
from forecasting.calibrate import Calibration, Reference, estimated_prior, logistic
from forecasting.design import NEAR, WIDTH, Floats, View
from forecasting.judge import Case, Effort, Judge, Opinion
from forecasting.kinds import Kinds
from forecasting.segments import Array
from forecasting.tables import Labels

FEWEST = 15  # illicit cases (and honest ones) from which a judge of their own is trained
DOUBT = 60.0  # illicit cases at which the judge of these cases weighs as much as the shipped one
HABITS = 5000  # items of a network from which on it is learned from what is honest there, though nobody decided a case
UNDECIDED = 0.5  # weight of what was learned so
GAIN = 0.002  # by which a smaller share must rank the decided cases better (average precision) to be taken
KIND_WIDTH = WIDTH + len(NEAR)


@dataclass(frozen=True, slots=True)
class Mixture:
    """A fitted model. `own` is None where too little was decided; `recast` is how the shipped judge fares on these networks."""

    base: Judge
    own: Judge | None
    recast: Calibration | None
    share: float
    kinds: Kinds
    honest: Reference

    def opinions(self, view: View) -> tuple[Opinion, Opinion | None]:
        """Both judges' opinions of a network."""
        return self.base.opinion(view), self.own.opinion(view) if self.own is not None else None

    def ratio(self, first: Opinion, second: Opinion | None) -> Array:
        """The log likelihood ratio of both together."""
        base = known(first, self.recast, self.share)
        return base if second is None else pooled(base, second.ratio, self.share)


def known(first: Opinion, recast: Calibration | None, share: float) -> Array:
    """The shipped judge's log likelihood ratio: as it was calibrated, moved towards how it fares here as cases add up."""
    return first.ratio if recast is None else (1 - share) * first.ratio + share * recast.ratio(first.blend)


def pooled(base: Array, own: Array, share: float) -> Array:
    """The log likelihood ratio of both judges together (logarithmic pool; Genest, Zidek 1986): both know every class, so neither
    need shout the other down, and what only one of them takes for an attack weighs by its share."""
    return (1 - share) * base + share * own


def probability(ratio: Array) -> Array:
    """Probabilities of being illicit, with the share of illicit items estimated from the network itself."""
    prior = estimated_prior(ratio)
    return logistic(ratio + np.log(prior / (1 - prior)))


def kind_columns(view: View, near: Floats) -> Floats:
    """What classes are told apart by."""
    return np.concatenate([view.tails, near], axis=1)


def fit_base(views: Sequence[View], labels: Sequence[Labels], effort: Effort, random_state: int) -> Mixture:
    """A mixture of one judge alone, from networks whose every item is decided: the one that is shipped."""
    cases = [Case(view, own.label, (own.label == 0).astype(np.float64)) for view, own in zip(views, labels, strict=True)]
    base, ratios = judge.fit(cases, effort, random_state)
    honest = np.concatenate([r[c.label == 0] for r, c in zip(ratios, cases, strict=True)])
    told = _kinds([base.opinion(v) for v in views], views, labels, random_state)
    return Mixture(base, None, None, 0.0, told, Reference.of(honest))


def fit(
    shipped: Mixture, views: Sequence[View], labels: Sequence[Labels], effort: Effort, random_state: int,
    passes: Callable[[Mixture], bool] | None = None, rehearsed: Sequence[Case] | None = None,
) -> Mixture:  # fmt: skip
    """The shipped mixture with what these networks teach: their decided cases, and what is honest there.

    Where decided cases teach nothing that ranks them better than the shipped judge does, it stays alone; and so it does where no
    share of what they teach `passes` (the canary), and where there are few cases and no network of HABITS items.
    `rehearsed` are the networks that are learned from beside (those of `rehearsal` by default).
    """
    illicit = int(sum((own.label == 1).sum() for own in labels))
    honest = int(sum((own.label == 0).sum() for own in labels))
    enough = min(illicit, honest) >= FEWEST
    if not enough and not any(view.size >= HABITS for view in views):
        return shipped
    firsts = [shipped.base.opinion(view) for view in views]
    cases = [
        Case(view, own.label, np.where(own.label < 0, 1.0 - probability(first.ratio), influence(view, own)))
        for view, first, own in zip(views, firsts, labels, strict=True)
    ]
    own_judge, ratios = judge.fit(cases, effort, random_state, rehearsal.cases() if rehearsed is None else rehearsed)
    recast, best = None, UNDECIDED
    if enough:
        recast = judge.calibrated([first.blend for first in firsts], cases)
        best = _share(firsts, recast, ratios, cases, illicit / (illicit + DOUBT))
    told = _kinds(firsts, views, labels, random_state)
    for share in (best, best / 2, best / 4) if best else ():
        ratio = [pooled(known(first, recast, share), own, share) for first, own in zip(firsts, ratios, strict=True)]
        kinds_ = told if told.names else shipped.kinds
        found = Mixture(shipped.base, own_judge, recast, share, kinds_, _reference(ratio, labels))
        if passes is None or passes(found):
            return found
    return shipped


def _share(firsts: Sequence[Opinion], recast: Calibration, ratios: Sequence[Array], cases: Sequence[Case], most: float) -> float:
    """How much the own judge weighs: `most`, or less where that would have ranked the decided cases better.

    0 where the shipped judge alone would have ranked them better. The benefit of the doubt is the own judge's, because the ones
    that are tried here had to do without a part of the cases.
    """
    best, found = -1.0, most
    for share in (most, 0.6 * most, 0.3 * most, 0.0):
        scores = [
            pooled(known(f, recast, share), own, share) if share else f.ratio for f, own in zip(firsts, ratios, strict=True)
        ]
        precision = _precision(scores, cases)
        if precision > best + GAIN:
            best, found = precision, share
    return found


def _precision(scores: Sequence[Array], cases: Sequence[Case]) -> float:
    """Average precision within each network, weighed by its decided illicit cases: nobody is ranked against another network."""
    from sklearn.metrics import average_precision_score

    total, many = 0.0, 0
    for score, case in zip(scores, cases, strict=True):
        illicit = case.label == 1
        if illicit.any():
            weight = np.where(illicit, 1.0, case.weight)
            total += int(illicit.sum()) * float(average_precision_score(illicit, score, sample_weight=weight))
            many += int(illicit.sum())
    return total / max(many, 1)


def _reference(ratio: Sequence[Array], labels: Sequence[Labels]) -> Reference:
    """Scores of honest items; those not decided count by their chance to be honest, for the decided ones are few."""
    honest = [
        np.where(own.label >= 0, (own.label == 0).astype(np.float64), 1.0 - probability(r))
        for r, own in zip(ratio, labels, strict=True)
    ]
    return Reference.of(np.concatenate(ratio), np.concatenate(honest))


def influence(view: View, labels: Labels, cap: float = 0.05) -> Array:
    """Each item's weight in learning: no party's items (by who held them last) make up more than `cap` of the honest cases.

    Who wants a model to overlook him has cases decided as honest. Illicit cases all count the same.
    """
    trail = view.trail
    last = np.full(view.size, -1, np.int64)
    held = trail.handled
    last[trail.item[held]] = trail.actor[held]
    found = np.ones(view.size)
    honest = labels.label == 0
    many = np.bincount(last[honest] + 1, minlength=int(last.max(initial=-1)) + 2).astype(np.float64)
    limit = max(cap * honest.sum(), 5.0)
    found[honest] = np.minimum(1.0, limit / np.maximum(many, 1.0))[last[honest] + 1]
    return found


def _kinds(firsts: Sequence[Opinion], views: Sequence[View], labels: Sequence[Labels], random_state: int) -> Kinds:
    x, names = [], []
    for first, view, own in zip(firsts, views, labels, strict=True):
        rows = np.flatnonzero((own.label == 1) & (own.kind >= 0))
        x.append(np.concatenate([view.tails[rows], first.near[rows]], axis=1))
        names += [own.kinds[k] for k in own.kind[rows]]
    return kinds.Kinds.fit(np.concatenate(x), names, random_state)
