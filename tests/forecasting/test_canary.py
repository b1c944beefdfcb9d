"""A learned model takes over only where it does no worse on the canary; and what a twentieth of poison among the cases does."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from forecasting import canary, judge, mixture, modelfile
from forecasting.canary import Canary
from forecasting.design import View, look
from forecasting.detect import NetworkDetector
from forecasting.judge import Effort
from forecasting.mixture import Mixture
from forecasting.simulate.network import Network, simulate
from forecasting.simulate.pull import records
from forecasting.tables import Labels

SMALL = Effort(trees=12, honest=1500)


@cache
def networks() -> tuple[Network, ...]:
    return simulate(501, 900, share=0.1), records.simulate(502, 900, share=0.1)


@cache
def views() -> tuple[View, ...]:
    return tuple(look(network.tables) for network in networks())


@cache
def tried() -> tuple[Canary, ...]:
    return Canary.of(simulate(503, 700, share=0.1)), Canary.of(records.simulate(504, 700, share=0.1))


def told(network: Network, lies: int = 0) -> Labels:
    """All items decided; the first `lies` illicit ones, class by class, as honest, and as many honest ones as illicit."""
    kinds = tuple(sorted(set(network.kind.tolist()) - {""}))
    label = network.illicit.astype(np.int32)
    bad = np.flatnonzero(network.illicit)
    bad = bad[np.argsort(network.kind[bad], kind="stable")]
    good = np.random.default_rng(0).permutation(np.flatnonzero(~network.illicit))
    label[bad[: lies // 2]], label[good[: lies - lies // 2]] = 0, 1
    return Labels(label, np.array([kinds.index(k) if k else -1 for k in network.kind], np.int32), kinds)


def learned(labels: list[Labels]) -> Mixture:
    return mixture.fit(modelfile.shipped()[0], list(views()), labels, SMALL, 0)


def test_the_shipped_models_card_tells_its_figures_on_the_canary() -> None:
    model, card = modelfile.shipped()
    assert card["metrics"] == pytest.approx(canary.metrics(model), abs=1e-3)
    assert card["metrics"]["pr_auc"] > 0.8


def test_a_model_that_is_worse_by_any_figure_is_named_with_it() -> None:
    start = {"pr_auc": 0.9, "recall": 0.9, "calibration_error": 0.004}
    assert canary.worse(start, start) == ""
    assert canary.worse(start | {"pr_auc": 0.99, "calibration_error": 0.0}, start) == ""
    assert "recall on the canary" in canary.worse(start | {"recall": 0.5}, start)
    assert "from 0.004 to 0.300" in canary.worse(start | {"calibration_error": 0.3}, start)


def test_a_twentieth_of_poison_among_the_cases_moves_the_canary_little() -> None:
    clean = canary.metrics(learned([told(n) for n in networks()]), tried())
    poisoned = canary.metrics(learned([told(n, lies=len(n.kind) // 20) for n in networks()]), tried())
    assert poisoned["pr_auc"] >= clean["pr_auc"] - 0.1
    assert poisoned["recall"] >= clean["recall"] - 0.15


def test_what_makes_the_canary_worse_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canary, "fixed", tried)
    tables = []
    for network in networks():
        network.tables.labels = told(network)
        tables.append(network.tables)
    start, fit = modelfile.shipped()[0], judge.fit

    def contrary(model: Mixture, canaries: tuple[Canary, ...] | None = None) -> dict[str, float]:
        good = {"pr_auc": 0.9, "recall": 0.9, "calibration_error": 0.001}
        return good if model is start else good | {"recall": 0.2}

    monkeypatch.setattr(canary, "metrics", contrary)
    monkeypatch.setattr(mixture, "_share", lambda *told: 0.5)
    monkeypatch.setattr(judge, "fit", lambda cases, effort, seed, beside: fit(cases, SMALL, seed, beside))
    detector = NetworkDetector(shipped=start).fit(tables)
    assert detector.model_ is start
    assert "recall on the canary networks would go from 0.900 to 0.200" in detector.held_back_
    assert detector.metrics_["recall"] == 0.9
    monkeypatch.setattr(canary, "metrics", lambda model, canaries=None: {"pr_auc": 1.0, "recall": 1.0, "calibration_error": 0.0})
    promoted = NetworkDetector(shipped=start).fit(tables)
    assert promoted.held_back_ == ""
    assert promoted.metrics_["recall"] == 1.0
