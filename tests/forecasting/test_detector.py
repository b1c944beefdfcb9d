"""The parts of the table detector: what they promise of numbers, of files, of liars, and that risk never improves a verdict."""

from __future__ import annotations

import random
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chain.errors import BadInput
from chain.verdict import Code, Finding, Kind, Outcome, Verdict
from forecasting import canary, design, judge, mixture, modelfile, novelty, reasons, rehearsal
from forecasting.calibrate import (
    Calibration,
    Reference,
    calibration_error,
    estimated_prior,
    false_discovery,
    logistic,
    within_budget,
)
from forecasting.detect import NetworkDetector
from forecasting.features import FAMILIES, FAMILY_OF, FEATURES, NAMES
from forecasting.risk import Reason, Risk
from forecasting.simulate.network import Network, simulate
from forecasting.tables import Labels, no_labels
from resources.detector import build

SMALL = judge.Effort(trees=12, honest=1500)


@cache
def network(seed: int, items: int = 700) -> Network:
    return simulate(seed, items, share=0.06)


def decided(found: Network) -> Labels:
    return Labels(found.illicit.astype(np.int32), no_labels(found.tables.size).kind)


@cache
def view(seed: int) -> design.View:
    return design.look(network(seed).tables)


# ---- features --------------------------------------------------------------------------------------------------------------


def test_every_feature_has_a_name_a_unit_a_sentence_and_a_teller() -> None:
    assert len(set(NAMES)) == len(NAMES) == len(FAMILY_OF)
    assert all(f.unit and len(f.words) > 8 for f in FEATURES)
    assert max(FAMILY_OF) == len(FAMILIES) - 1
    untold = [name for name in (*NAMES, *design.NEAR) if reasons.teller(name) is None]
    assert untold == []


def test_features_do_not_depend_on_the_order_of_rows_or_on_names() -> None:
    tables = network(5, 300).tables
    rows = np.random.default_rng(1).permutation(len(tables.events))
    shuffled = simulate(5, 300, share=0.06).tables
    shuffled.events = tables.events.take(rows)
    shuffled.party_ids = [f"other {n}" for n in range(len(tables.party_ids))]
    a, b = design.look(tables).base, design.look(shuffled).base
    assert np.isfinite(a).all()
    # rows of equal time may change places: hardly anything moves
    assert (np.abs(a - b) > 1e-3).mean() < 0.01


def test_rarity_counts_its_tail() -> None:
    values = np.array([[0.0], [0.0], [0.0], [5.0]], np.float32)
    found = novelty.tails(values)[:, 0]
    assert found[3] == pytest.approx(-np.log10(1.5 / 5))
    assert found[0] == pytest.approx(-np.log10(4.5 / 5))


# ---- learning --------------------------------------------------------------------------------------------------------------


def test_learning_from_other_networks_finds_most_and_is_deterministic() -> None:
    views, labels = [view(11), view(12)], [decided(network(11)), decided(network(12))]
    shipped = modelfile.shipped()[0]
    model = mixture.fit(shipped, views, labels, SMALL, 3)
    again = mixture.fit(shipped, views, labels, SMALL, 3)
    assert modelfile.digest(modelfile.numbers(model)) == modelfile.digest(modelfile.numbers(again))
    ratio = model.ratio(*model.opinions(view(13)))
    illicit = network(13).illicit
    assert illicit[np.argsort(-ratio)[:10]].mean() >= 0.9
    risk = mixture.probability(ratio)
    assert ((risk >= 0) & (risk <= 1)).all()


def test_the_shipped_model_fits_this_version_and_knows_without_a_label() -> None:
    model, card = modelfile.shipped()
    assert card["features_sha256"] == modelfile.features_hash()
    ratio = model.ratio(*model.opinions(view(14)))
    assert network(14).illicit[np.argsort(-ratio)[:10]].mean() >= 0.9


def test_a_party_cannot_teach_more_than_its_share() -> None:
    seen, labels = view(11), decided(network(11))
    labels.label[:] = 0
    weight = mixture.influence(seen, labels, cap=0.02)
    last = np.full(seen.size, -1)
    held = seen.trail.handled
    last[seen.trail.item[held]] = seen.trail.actor[held]
    for party in np.unique(last):
        assert weight[last == party].sum() <= 0.02 * seen.size + 5
    assert ((weight > 0) & (weight <= 1)).all()


def test_a_twentieth_of_lies_among_the_labels_costs_little() -> None:
    shipped, seen, truth = modelfile.shipped()[0], [view(11), view(12)], [network(11), network(12)]
    dice = np.random.default_rng(0)
    lies = [decided(n) for n in truth]
    for own in lies:  # one case in twenty of all is told as its contrary, illicit ones called honest first
        wrong = np.concatenate([dice.permutation(np.flatnonzero(own.label == 1))[:15], dice.permutation(len(own.label))[:30]])
        own.label[wrong] = 1 - own.label[wrong]
    y = network(13).illicit
    found = []
    for labels in ([decided(n) for n in truth], lies):
        model = mixture.fit(shipped, seen, labels, SMALL, 0)
        ratio = model.ratio(*model.opinions(view(13)))
        found.append(float(y[np.argsort(-ratio)[: int(y.sum())]].mean()))
    assert found[1] >= found[0] - 0.15


def test_a_small_network_without_a_decided_case_leaves_the_shipped_model_as_it_is() -> None:
    detector = NetworkDetector().fit([network(11).tables], target=network(13).tables)
    assert detector.decided_ == (0, 0)
    assert detector.model_ is not None
    assert detector.model_.own is None


def test_what_is_usual_in_the_network_judged_is_learned_without_a_look_at_its_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    fit = judge.fit
    monkeypatch.setattr(judge, "fit", lambda cases, effort, seed, beside: fit(cases, SMALL, seed, beside))
    monkeypatch.setattr(canary, "metrics", lambda model: {"pr_auc": 0.9, "recall": 0.9, "calibration_error": 0.001})
    monkeypatch.setattr(mixture, "HABITS", 600)
    target = replace(network(13).tables, labels=decided(network(13)))
    detector = NetworkDetector().fit([], target=target)
    bare = NetworkDetector().fit([], target=replace(target, labels=no_labels(target.size)))
    assert detector.decided_ == (0, 0)
    assert detector.model_ is not None
    assert bare.model_ is not None
    assert (detector.model_.share, detector.model_.recast) == (mixture.UNDECIDED, None)
    digests = [modelfile.digest(modelfile.numbers(model)) for model in (detector.model_, bare.model_)]
    assert digests[0] == digests[1]
    risk = detector.predict(target, words=False).risk
    assert network(13).illicit[np.argsort(-risk)[:10]].mean() >= 0.9


def test_whoever_ranked_the_decided_cases_better_weighs_more_and_networks_are_not_mixed() -> None:
    dice = np.random.default_rng(4)
    cases = [judge.Case(view(n), decided(network(n)).label, np.ones(view(n).size)) for n in (11, 12)]
    noise = [dice.normal(0, 30, case.view.size) for case in cases]
    # the one network's scores all stand above the other's: within each they are right
    right = [20.0 * n + 3.0 * (case.label == 1) for n, case in enumerate(cases)]
    empty = np.zeros((0, 0), np.float32)
    opinions = [[judge.Opinion(ratio, ratio, ratio, empty) for ratio in told] for told in (noise, right)]
    recasts = [judge.calibrated(told, cases) for told in (noise, right)]
    assert mixture._share(opinions[0], recasts[0], right, cases, 0.9) == 0.9
    assert mixture._share(opinions[1], recasts[1], noise, cases, 0.9) == 0.0
    assert mixture._share(opinions[1], recasts[1], right, cases, 0.9) == 0.9
    assert mixture._precision(right, cases) == pytest.approx(1.0)


def test_networks_that_are_rehearsed_are_used_for_nothing_else() -> None:
    taken = {seed for seed, _ in canary.SEEDS}
    taken |= {first + n for first, _ in build.WORLDS for n in range(1000)}
    rehearsed = {first + n for first, _ in rehearsal.WORLDS for n in range(rehearsal.NETWORKS)}
    assert len(rehearsed) == 2 * rehearsal.NETWORKS
    assert not rehearsed & taken
    case = rehearsal.cases()[0]
    assert {0, 1} <= set(case.label.tolist())
    assert (case.weight == (case.label == 0)).all()


def test_reasons_are_three_at_most_and_tell_facts() -> None:
    scores = NetworkDetector(budget=20).predict(network(13).tables)
    assert scores.flag.sum() <= 20
    told = [scores.reasons[i] for i in np.flatnonzero(scores.flag)]
    assert all(1 <= len(r) <= 3 for r in told)
    assert all("|" not in words and "nan" not in words.lower() for r in told for words in r)
    assert sum(any(c.isdigit() for c in " ".join(r)) for r in told) >= 0.8 * len(told)


# ---- numbers that are promised ---------------------------------------------------------------------------------------------

scores = st.lists(st.floats(-30, 30), min_size=1, max_size=60)


@given(scores, scores, scores)
def test_calibration_keeps_the_order(bad: list[float], good: list[float], asked: list[float]) -> None:
    s = np.array(bad + good)
    found = Calibration.fit(s, np.arange(len(s)) < len(bad))
    x = np.sort(np.array(asked))
    assert (np.diff(found.ratio(x)) >= -1e-9).all()
    p = found.probability(x)
    assert ((p >= 0) & (p <= 1)).all()


@example([0.0] * 12 + [-1.0] * 4, [0.0])
@given(scores, scores)
def test_p_values_of_honest_items_are_never_too_small(honest: list[float], asked: list[float]) -> None:
    reference = Reference.of(np.array(honest), exact=10, rest=5)
    exact = (np.array([[h >= a for h in honest] for a in asked]).sum(axis=1) + 1) / (len(honest) + 1)
    found = reference.p_values(np.array(asked))
    assert ((found > 0) & (found <= 1)).all()
    top = np.sort(honest)[-min(10, len(honest))]
    near = np.array(asked) >= top
    assert np.allclose(found[near], exact[near])


def test_a_p_value_is_below_a_tenth_for_a_tenth_of_honest_items() -> None:
    rng = np.random.default_rng(5)
    found = Reference.of(rng.normal(size=20_000)).p_values(rng.normal(size=20_000))
    for level in (0.001, 0.01, 0.1):
        assert (found <= level).mean() == pytest.approx(level, rel=0.35)


def test_the_share_of_illicit_items_is_found_from_the_scores() -> None:
    rng = np.random.default_rng(2)
    illicit = rng.random(50_000) < 0.02
    s = rng.normal(np.where(illicit, 4.0, 0.0))
    ratio = 4.0 * s - 8.0  # of two unit normals four apart
    assert estimated_prior(ratio) == pytest.approx(0.02, rel=0.1)
    assert calibration_error(logistic(ratio + np.log(0.02 / 0.98)), illicit) < 0.002


@given(st.lists(st.floats(1e-6, 1), min_size=1, max_size=50), st.integers(0, 60))
def test_budgets_and_false_discoveries_are_kept(p: list[float], budget: int) -> None:
    risk = np.array(p)
    assert within_budget(risk, budget, 0.5).sum() <= budget
    flags = false_discovery(risk, 0.1)
    assert (1 - risk[flags]).sum() <= 0.1 * flags.sum() + 1e-9
    assert flags.all() or not flags.any() or risk[flags].min() >= risk[~flags].max()


# ---- files -----------------------------------------------------------------------------------------------------------------


def test_a_model_is_the_same_after_a_file_and_a_changed_one_is_refused(tmp_path: Path) -> None:
    model = modelfile.shipped()[0]
    card = modelfile.write(model, tmp_path / "a.npz", {"root": "none"})
    read, told = modelfile.read(tmp_path / "a.npz")
    assert told == card
    assert np.array_equal(read.ratio(*read.opinions(view(13))), model.ratio(*model.opinions(view(13))))
    assert modelfile.write(model, tmp_path / "b.npz", {"root": "none"}) == card
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    raw = bytearray((tmp_path / "a.npz").read_bytes())
    dice = random.Random(0)
    for _ in range(60):
        changed = bytearray(raw)
        changed[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
        (tmp_path / "c.npz").write_bytes(changed)
        try:
            other = modelfile.read(tmp_path / "c.npz")[1]
        except BadInput:
            continue
        assert other["model_sha256"] == card["model_sha256"]  # a byte of the zip's own that means nothing


def test_a_model_that_holds_code_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    np.savez(path, card=np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(BadInput):
        modelfile.read(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("card.npy", b"\x93NUMPY")
    with pytest.raises(BadInput):
        modelfile.read(path)


# ---- statistics only ask ---------------------------------------------------------------------------------------------------


def test_risk_never_improves_a_verdict_in_a_hundred_thousand_cases() -> None:
    dice = random.Random(7)
    codes = [code for code in Code if code is not Code.OK]
    for _ in range(100_000):
        findings = []
        for _ in range(dice.randrange(1, 5)):
            outcome = dice.choice((Outcome.PASS, Outcome.PASS, Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN))
            findings.append(Finding("check", outcome, "why", Code.OK if outcome is Outcome.PASS else dice.choice(codes)))
        before = Verdict.of(findings)
        risk = Risk.of(Reason(str(n), "words", dice.uniform(-1, 2)) for n in range(dice.randrange(4)))
        after = before.asked(risk.words) if risk.asks else before
        if before.kind is Kind.GENUINE:
            assert after.kind is (Kind.CAUTION if risk.asks else Kind.GENUINE)
        else:
            assert after is before


@settings(max_examples=50)
@given(st.lists(st.floats(allow_nan=False, min_value=-5, max_value=5), max_size=6))
def test_a_risk_is_a_probability_whatever_the_weights(weights: list[float]) -> None:
    assert 0 <= Risk.of(Reason(str(n), "words", w) for n, w in enumerate(weights)).score <= 1
