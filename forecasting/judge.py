"""The supervised part: two stages of boosted trees and a linear model beside them, learned from decided cases of any networks.

The first stage looks at an item alone; the second also at what its neighbours (shipment, batch, parties, devices) are suspected
of by the first. Whatever one stage tells the next is told about items it was not trained on. Nothing here knows a file or an id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting import rules
from forecasting.calibrate import Calibration
from forecasting.design import NEAR, WIDTH, Floats, View
from forecasting.segments import Array, Flags, Ints, combine, size_of
from forecasting.trees import Forest

HARD = 0.05  # share of each network's honest items that a scout, and then the first stage, suspects most: all are learned from
LINEAR_SHARE = 0.15  # of the linear model in the blend
FOLDS = 3
BATCHES = 12  # of a network from which on its batches are kept together, for what is done to one unit is done to its mates
ENOUGH = 60  # illicit cases from which scores are read by these cases alone
FEW = 5000  # rows below which a second thread costs more than it saves


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is spent on learning."""

    trees: int = 120
    rate: float = 0.12
    leaves: int = 8
    honest: int = 20_000  # honest items drawn at random over all networks


@dataclass(frozen=True, slots=True)
class Case:
    """A network to learn from: what is seen of it, and per item 1 illicit, 0 honest, -1 not decided.

    `weight` (0 to 1) is how far an item counts as honest: the chance that it is learned from as such. It need not be decided:
    most goods are honest, and the few that were decided to be so do not show what honest oddities there are.
    """

    view: View
    label: NDArray[np.int32]
    weight: Array

    def columns(self, rows: Ints | Flags, *further: Floats) -> Floats:
        """The design of some rows, with further columns beside it."""
        return np.concatenate([self.view.base[rows], *(f[rows] for f in further)], axis=1)


@dataclass(frozen=True, slots=True)
class Linear:
    """A weighted sum of rarities and context."""

    weights: Array
    start: float

    def score(self, x: Floats) -> Array:
        """Log odds per row."""
        found: Array = x.astype(np.float64) @ self.weights + self.start
        return found

    @classmethod
    def fit(cls, x: Floats, y: Flags) -> Linear:
        """Ridge logistic regression, both classes weighing the same."""
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=0.01, max_iter=400, class_weight="balanced").fit(x.astype(np.float64), y)
        return cls(model.coef_[0].astype(np.float64), float(model.intercept_[0]))


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a judge thinks of each item: log likelihood ratio (illicit against honest), and what led there."""

    ratio: Array
    blend: Array
    first: Array
    near: Floats


@dataclass(frozen=True, slots=True)
class Judge:
    """A fitted judge."""

    first: Forest
    bridge: Calibration
    second: Forest
    linear: Linear
    final: Calibration

    def opinion(self, view: View) -> Opinion:
        """Judge all items of a network."""
        first = _score(self.first, view)
        near = view.near(self.bridge.probability(first))
        second = _score(self.second, view, near, first[:, None].astype(np.float32))
        linear = self.linear.score(_linear_columns(view, near))
        blend = _blend(second, linear)
        return Opinion(rules.floored(self.final.ratio(blend), view.trail), blend, first, near)

    def contributions(self, view: View, opinion: Opinion, rows: Ints) -> Array:
        """(rows, columns of the view + NEAR): what each adds to the log odds, the first stage's share in."""
        inside = view.base[rows]
        last = opinion.first[rows, None].astype(np.float32)
        parts = self.second.contributions(np.concatenate([inside, opinion.near[rows], last], axis=1))
        own, passed = parts[:, :-1], parts[:, -1:]
        early = self.first.contributions(inside)
        total = np.maximum(np.abs(early).sum(axis=1, keepdims=True), 1e-9)
        own[:, : early.shape[1]] += early / total * np.abs(passed)
        return own

    def arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """What to save."""
        return {
            **self.first.arrays(f"{prefix}first_"), **self.bridge.arrays(f"{prefix}bridge_"),
            **self.second.arrays(f"{prefix}second_"), **self.final.arrays(f"{prefix}final_"),
            f"{prefix}linear": np.append(self.linear.weights, self.linear.start),
        }  # fmt: skip

    @classmethod
    def of_arrays(cls, stored: Mapping[str, NDArray[Any]], prefix: str) -> Judge:
        """The inverse of `arrays`. Raises KeyError or ValueError."""
        first, second = Forest.of_arrays(stored, f"{prefix}first_"), Forest.of_arrays(stored, f"{prefix}second_")
        linear = stored[f"{prefix}linear"].astype(np.float64)
        beyond = first.feature.max() >= 2 * WIDTH or second.feature.max() >= 2 * WIDTH + len(NEAR) + 1
        if beyond or len(linear) != WIDTH + len(NEAR) + 1 or not np.isfinite(linear).all():
            raise ValueError("a model of other features")
        return cls(
            first, Calibration.of_arrays(stored, f"{prefix}bridge_"), second, Linear(linear[:-1], float(linear[-1])),
            Calibration.of_arrays(stored, f"{prefix}final_"),
        )  # fmt: skip


def fit(cases: Sequence[Case], effort: Effort, random_state: int, rehearsed: Sequence[Case] = ()) -> tuple[Judge, list[Array]]:
    """A judge, and the log likelihood ratios that judges trained without them give the items of each case.

    `rehearsed` are networks of elsewhere that are learned from too, so that what only they show is not forgotten; half of the
    honest items come from them. Raises ValueError where there is no illicit or no honest item among the decided ones.
    """
    rng = np.random.default_rng(random_state)
    every = [*cases, *rehearsed]
    folds = [*_folds(cases, rng), *_folds(rehearsed, rng)]
    honest = [effort.honest // len(part) // (2 if rehearsed else 1) for part in (cases, rehearsed) for _ in part]
    drawn = [_drawn(case, many, rng) for case, many in zip(every, honest, strict=True)]
    # Honest items drawn at random stop teaching once they are all told apart; who stands at the top is decided by the few that
    # look guilty (hard negatives; Felzenszwalb et al. 2010).
    scout = grow(*_rows(every, drawn), effort, random_state)
    drawn = [np.union1d(rows, _hard(case, _score(scout, case.view), rng)) for case, rows in zip(every, drawn, strict=True)]
    first, firsts = _stage(every, drawn, folds, effort, random_state, [() for _ in every])
    # what these cases show says how the scores are to be read here, once there are enough of them
    told = len(cases) if sum(int((case.label == 1).sum()) for case in cases) >= ENOUGH else len(every)
    bridge = calibrated(firsts[:told], every[:told])
    nears = [case.view.near(bridge.probability(z)) for case, z in zip(every, firsts, strict=True)]
    drawn = [np.union1d(rows, _hard(case, z, rng)) for case, z, rows in zip(every, firsts, drawn, strict=True)]
    further = [(near, z[:, None].astype(np.float32)) for near, z in zip(nears, firsts, strict=True)]
    second, seconds = _stage(every, drawn, folds, effort, random_state + 1, further)
    linear, linears = _linears(every, drawn, folds, nears)
    blends = [_blend(a, b) for a, b in zip(seconds, linears, strict=True)]
    final = calibrated(blends[:told], every[:told])
    return Judge(first, bridge, second, linear, final), [final.ratio(b) for b in blends[: len(cases)]]


def _score(forest: Forest, view: View, *further: Floats, step: int = 20_000) -> Array:
    found = np.empty(view.size)
    for start in range(0, view.size, step):
        part = slice(start, start + step)
        found[part] = forest.score(np.concatenate([view.base[part], *(f[part] for f in further)], axis=1))
    return found


def _blend(trees: Array, linear: Array) -> Array:
    found: Array = (1 - LINEAR_SHARE) * trees + LINEAR_SHARE * np.clip(linear, -8, 8)
    return found


def _linear_columns(view: View, near: Floats) -> Floats:
    return np.concatenate([view.tails, near], axis=1)


def _folds(cases: Sequence[Case], rng: np.random.Generator) -> list[NDArray[np.int64]]:
    """Per case, which fold each item belongs to: whole networks where there are enough, else batches of each."""
    useful = sum((case.label == 1).sum() >= 3 and (case.label == 0).sum() >= 3 for case in cases)
    if useful >= 2:
        order = rng.permutation(len(cases))
        place = np.empty(len(cases), np.int64)
        place[order] = np.arange(len(cases)) % min(FOLDS, len(cases))
        return [np.full(case.view.size, place[index]) for index, case in enumerate(cases)]
    found = []
    for case in cases:
        batch = combine(case.view.trail.product, case.view.trail.batch)
        whole = batch if size_of(batch) >= BATCHES else np.arange(case.view.size)
        found.append(rng.integers(0, FOLDS, size_of(whole))[whole])
    return found


def _drawn(case: Case, honest: int, rng: np.random.Generator) -> Ints:
    lucky = rng.random(case.view.size) < case.weight
    good = np.flatnonzero((case.label == 0) & lucky)
    good = rng.choice(good, honest, replace=False) if len(good) > honest else good
    more = np.flatnonzero((case.label < 0) & lucky)
    more = rng.choice(more, min(honest - len(good), len(more)), replace=False)
    return np.sort(np.concatenate([np.flatnonzero(case.label == 1), good, more]))


def _hard(case: Case, score: Array, rng: np.random.Generator) -> Ints:
    """The decided honest items that are suspected most, each by its weight: nobody's influence is larger than elsewhere."""
    good = np.flatnonzero((case.label == 0) & (rng.random(case.view.size) < case.weight))
    return good[np.argsort(-score[good], kind="stable")[: int(HARD * len(good)) + 1]]


def calibrated(scores: Sequence[Array], cases: Sequence[Case]) -> Calibration:
    """Log likelihood ratios from scores of items that their judge was not trained on."""
    label = np.concatenate([case.label for case in cases])
    weight = np.where(label == 1, 1.0, np.concatenate([case.weight for case in cases]))
    used = weight > 0
    return Calibration.fit(np.concatenate(scores)[used], label[used] == 1, weight[used])


def _stage(
    cases: Sequence[Case], drawn: Sequence[Ints], folds: Sequence[NDArray[np.int64]], effort: Effort, seed: int,
    further: Sequence[tuple[Floats, ...]],
) -> tuple[Forest, list[Array]]:  # fmt: skip
    """The forest of all drawn rows, and each item's score by a forest that did not see its fold."""
    x, y = _rows(cases, drawn, further)
    fold = np.concatenate([own[rows] for own, rows in zip(folds, drawn, strict=True)])
    scores = [np.zeros(case.view.size) for case in cases]
    whole = grow(x, y, effort, seed)
    for part in range(FOLDS):
        inside = fold != part
        forest = grow(x[inside], y[inside], effort, seed) if 0 < y[inside].sum() < inside.sum() else whole
        for index, case in enumerate(cases):
            rows = np.flatnonzero(folds[index] == part)
            for start in range(0, len(rows), 20_000):
                some = rows[start : start + 20_000]
                scores[index][some] = forest.score(case.columns(some, *further[index]))
    return whole, scores


def _rows(
    cases: Sequence[Case], drawn: Sequence[Ints], further: Sequence[tuple[Floats, ...]] | None = None
) -> tuple[Floats, Flags]:
    """(columns, illicit) of the drawn items of all cases."""
    beside = further or [() for _ in cases]
    x = np.concatenate([case.columns(rows, *more) for case, rows, more in zip(cases, drawn, beside, strict=True)])
    return x, np.concatenate([case.label[rows] == 1 for case, rows in zip(cases, drawn, strict=True)])


def grow(x: Floats, y: Flags, effort: Effort, seed: int) -> Forest:
    """Boosted trees on these rows. No weights: with them scikit-learn 1.9 bins twenty times slower than it grows."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    model = HistGradientBoostingClassifier(
        max_iter=effort.trees, learning_rate=effort.rate, max_leaf_nodes=effort.leaves, l2_regularization=2.0, max_features=0.2,
        min_samples_leaf=int(np.clip(y.sum() // 10, 2, 20)), early_stopping=False, random_state=seed,
    )  # fmt: skip
    with threadpool_limits(1 if len(x) < FEW else None, user_api="openmp"):
        return Forest.of_boosting(model.fit(x, y))


def _linears(
    cases: Sequence[Case], drawn: Sequence[Ints], folds: Sequence[NDArray[np.int64]], nears: Sequence[Floats]
) -> tuple[Linear, list[Array]]:
    columns = [_linear_columns(case.view, near) for case, near in zip(cases, nears, strict=True)]
    x = np.concatenate([c[rows] for c, rows in zip(columns, drawn, strict=True)])
    y = np.concatenate([case.label[rows] == 1 for case, rows in zip(cases, drawn, strict=True)])
    fold = np.concatenate([own[rows] for own, rows in zip(folds, drawn, strict=True)])
    scores = [np.zeros(case.view.size) for case in cases]
    whole = Linear.fit(x, y)
    for part in range(FOLDS):
        inside = fold != part
        model = Linear.fit(x[inside], y[inside]) if 0 < y[inside].sum() < inside.sum() else whole
        for index, own in enumerate(folds):
            scores[index][own == part] = model.score(columns[index][own == part])
    return whole, scores
