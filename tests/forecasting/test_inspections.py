"""Which goods to open: the same for the same seed, by risk at first, then by what openings taught, and never only by that."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.inspections import RISK, Candidate, Inspector, Result, log_odds


def goods(count: int, sender: str = "A", risk: float = 0.05) -> list[Candidate]:
    return [Candidate(f"{sender}{n:03d}", {RISK: log_odds(risk), f"sender {sender}": 1.0}) for n in range(count)]


def results(sender: str, finds: int, tries: int, shift: int, risk: float = 0.05) -> list[Result]:
    context = {RISK: log_odds(risk), f"sender {sender}": 1.0}
    return [Result(context, n < finds, shift) for n in range(tries)]


def test_the_same_seed_and_shift_give_the_same_plan_in_any_order() -> None:
    pool = goods(40) + goods(40, "B", 0.2)
    seen = results("A", 2, 9, 3) + results("B", 0, 5, 4)
    plan = Inspector(7).fit(seen, 5).plan(pool, 6, 5)
    assert Inspector(7).fit(seen[::-1], 5).plan(pool[::-1], 6, 5) == plan
    plans = [Inspector(7, explore=1.0).fit(seen, 5).plan(pool, 6, shift) for shift in range(5)]
    assert any(one != plans[0] for one in plans)


def test_without_results_the_best_guess_is_the_risk() -> None:
    pool = [Candidate(f"{n}", {RISK: log_odds(n / 20)}) for n in range(1, 20)]
    picks = Inspector(explore=0.0).plan(pool, 3)
    assert [pick.key for pick in picks] == ["19", "18", "17"]
    assert picks[0].expected == pytest.approx(0.95, abs=1e-6)


def test_worth_counts_beside_the_chance() -> None:
    pool = [Candidate("likely", {RISK: log_odds(0.2)}, 1.0), Candidate("dear", {RISK: log_odds(0.1)}, 100.0)]
    assert [pick.key for pick in Inspector(explore=0.0).plan(pool, 1)] == ["dear"]


def test_finds_raise_what_is_alike_and_vain_openings_lower_it() -> None:
    seen = results("A", 8, 10, 0) + results("B", 0, 10, 0)
    picks = {pick.key[0]: pick for pick in Inspector().fit(seen, 1).plan(goods(1) + goods(1, "B"), 2, 1)}
    untried = Inspector().fit(results("A", 8, 10, 0), 1).plan(goods(1, "B"), 1, 1)[0]
    assert picks["A"].expected > 2 * picks["B"].expected
    assert untried.expected > picks["B"].expected
    assert "sender A: 7.4 of 9.3 recent openings were finds" in picks["A"].words


def test_old_results_are_worth_less() -> None:
    fresh = Inspector().fit(results("A", 8, 10, 50), 50).plan(goods(1), 1)[0]
    stale = Inspector().fit(results("A", 8, 10, 0), 150).plan(goods(1), 1)[0]
    assert fresh.expected > 2 * stale.expected
    assert fresh.high - fresh.low != stale.high - stale.low


def test_it_keeps_exploring_and_says_so() -> None:
    seen = results("A", 9, 30, 0, 0.1) + results("B", 1, 30, 0, 0.1)
    pool = goods(30, "A", 0.1) + goods(30, "B", 0.1) + goods(30, "new", 0.1)
    picks = [pick for shift in range(30) for pick in Inspector().fit(seen, 1).plan(pool, 4, shift)]
    learning = [pick for pick in picks if pick.key.startswith("new")]
    assert len(learning) >= 4
    assert any("to learn about sender new" in pick.words for pick in learning if pick.exploring)
    greedy = Inspector(explore=0.0).fit(seen, 1)
    assert {pick.key[0] for shift in range(5) for pick in greedy.plan(pool, 4, shift)} == {"A"}


def test_late_results_change_the_plan_when_they_come() -> None:
    pool = goods(5) + goods(5, "B")
    before = Inspector(explore=0.0).fit((), 5).plan(pool, 1, 5)[0]
    after = Inspector(explore=0.0).fit(results("B", 3, 4, 1), 5).plan(pool, 1, 5)[0]
    assert (before.key[0], after.key[0]) == ("A", "B")


def test_a_plan_is_no_longer_than_the_goods_and_names_each_once() -> None:
    picks = Inspector().plan(goods(3), 10)
    assert sorted(pick.key for pick in picks) == ["A000", "A001", "A002"]
    assert Inspector().plan([], 5) == []
    assert Inspector().plan(goods(3), 0) == []


values = st.dictionaries(st.sampled_from(["a", "b", "c", RISK]), st.floats(-9, 9), max_size=4)


@given(st.lists(st.tuples(values, st.booleans(), st.integers(0, 400)), max_size=30), st.lists(values, min_size=1, max_size=8))
def test_any_results_give_a_plan_with_chances(
    seen: list[tuple[dict[str, float], bool, int]], pool: list[dict[str, float]]
) -> None:
    inspector = Inspector().fit([Result(*one) for one in seen], 200)
    assert np.isfinite(inspector.mean_).all()
    picks = inspector.plan([Candidate(str(n), context) for n, context in enumerate(pool)], 3, 200)
    assert len(picks) == min(3, len(pool))
    for pick in picks:
        assert 0 <= pick.low <= pick.expected <= pick.high <= 1
        assert pick.words
