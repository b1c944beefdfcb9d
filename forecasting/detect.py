"""Whole networks' tables judged: a calibrated risk for every item, with p-values, flags, kinds and reasons. The door.

Works with decided cases of these or other networks, and without any: then the model that comes with the program judges alone.
It ranks and asks; it rejects nothing (DESIGN.md section 2).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from forecasting import canary, mixture, modelfile, reasons
from forecasting.calibrate import false_discovery, within_budget
from forecasting.design import View, look
from forecasting.features import Progress, silent
from forecasting.judge import Effort, Opinion
from forecasting.mixture import Mixture
from forecasting.segments import Array, Flags
from forecasting.tables import Tables, no_labels

FALSE_DISCOVERIES = 0.05  # of the flags, where no budget is given
LEAST = 0.02  # a budget is not spent on items below this risk
TOLD = 0.02  # from here on a kind and reasons are given
MOST_TOLD = 2000  # items of one network that get them, the riskiest first


@dataclass(frozen=True, slots=True)
class Scores:
    """One row an item, in the order of `Tables.items`. `kind` is "" and `reasons` () where nothing is asked."""

    items: Sequence[str]
    risk: Array
    p_value: Array
    flag: Flags
    kind: list[str]
    reasons: list[tuple[str, ...]]


class NetworkDetector:
    """Learns from networks' tables and judges others.

    Args:
        random_state: everything random follows from it.
        budget: how many items may be flagged; None controls the share of false flags instead.
        shipped: the mixture to start from; None for the one that comes with the program.
    """

    def __init__(self, random_state: int = 0, budget: int | None = None, shipped: Mixture | None = None) -> None:
        self.random_state = random_state
        self.budget = budget
        self.shipped = shipped
        self.model_: Mixture | None = None
        self.decided_: tuple[int, int] = (0, 0)
        self.metrics_: dict[str, float] = {}
        self.held_back_ = ""
        self._looked: tuple[Tables, View] | None = None

    def fit(self, networks: Sequence[Tables], progress: Progress = silent, target: Tables | None = None) -> NetworkDetector:
        """Learn from networks: from their decided cases and, where they are large, from what is usual in them.

        Of `target`, the network that is to be judged, no label is looked at. What is learned is used only where it does no worse
        on the canary than the model to start from: else `held_back_` says why not, and that model judges alone. `metrics_` are
        the canary figures of the model that judges.
        """
        start = self.shipped or modelfile.shipped()[0]
        useful = [n for n in networks if (n.labels.label >= 0).any() or n.size >= mixture.HABITS]
        label = np.concatenate([n.labels.label for n in useful]) if useful else np.zeros(0, np.int32)
        self.decided_ = int((label == 1).sum()), int((label == 0).sum())
        self.model_ = start
        usual = target is not None and target.size >= mixture.HABITS
        if min(self.decided_) >= mixture.FEWEST or usual or any(n.size >= mixture.HABITS for n in useful):
            views, labels = [look(n, progress) for n in useful], [n.labels for n in useful]
            if target is not None and usual:
                views.append(self._look(target, progress))
                labels.append(no_labels(target.size))
            progress("learning", 0.0)
            self.model_ = mixture.fit(start, views, labels, Effort(), self.random_state, self._trial(start))
        return self

    def _look(self, tables: Tables, progress: Progress) -> View:
        """A network's features, made once for learning and judging."""
        if self._looked is None or self._looked[0] is not tables:
            self._looked = tables, look(tables, progress)
        return self._looked[1]

    def _trial(self, start: Mixture) -> Callable[[Mixture], bool]:
        """Whether a model may take the place of `start`, by the canary."""
        floor = self.metrics_ = canary.metrics(start)

        def passes(model: Mixture) -> bool:
            found = canary.metrics(model)
            self.held_back_ = canary.worse(found, floor)
            self.metrics_ = floor if self.held_back_ else found
            return not self.held_back_

        return passes

    def score_samples(self, tables: Tables) -> Array:
        """The risk of each item."""
        model = self._model()
        view = look(tables)
        return mixture.probability(model.ratio(*model.opinions(view)))

    def predict(self, tables: Tables, progress: Progress = silent, words: bool = True) -> Scores:
        """Everything that is told about each item."""
        model = self._model()
        view = self._look(tables, progress)
        progress("judging", 0.0)
        opinions = model.opinions(view)
        ratio = model.ratio(*opinions)
        risk, p = mixture.probability(ratio), model.honest.p_values(ratio)
        flag = false_discovery(risk, FALSE_DISCOVERIES) if self.budget is None else within_budget(risk, self.budget, LEAST)
        told = np.argsort(-risk, kind="stable")[:MOST_TOLD] if words else np.zeros(0, np.int64)
        told = told[flag[told] | (risk[told] >= TOLD)]
        kind, told_of = [""] * tables.size, [()] * tables.size  # type: list[str], list[tuple[str, ...]]
        if len(told):
            near = opinions[0].near
            best = model.kinds.best(mixture.kind_columns(view, near)[told])
            parts = contributions(model, view, opinions, told)
            for place, item in enumerate(told):
                kind[item] = best[place]
                told_of[item] = reasons.reasons(view.trail, int(item), parts[place])
        return Scores(tables.items, risk, p, flag, kind, told_of)

    def _model(self) -> Mixture:
        if self.model_ is None:
            self.model_ = self.shipped or modelfile.shipped()[0]
        return self.model_


def contributions(
    model: Mixture, view: View, opinions: tuple[Opinion, Opinion | None], rows: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> Array:
    """(rows, features): what each of NAMES and context.NAMES adds to the log odds, by the judge that is surer of each row."""
    first, second = opinions
    found = reasons.by_feature(model.base.contributions(view, first, rows))
    if second is not None and model.own is not None:
        surer = second.ratio[rows] > mixture.known(first, model.recast, model.share)[rows]
        found = np.where(surer[:, None], reasons.by_feature(model.own.contributions(view, second, rows)), found)
    return found
