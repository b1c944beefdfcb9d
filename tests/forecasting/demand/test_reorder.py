"""Stock advice against textbook answers and simulated shops."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chain.errors import BadInput
from forecasting.reorder import (
    LEVELS,
    Demand,
    Override,
    Rules,
    Stock,
    abc_xyz,
    advise,
    lead_spread,
    newsvendor,
    order_size,
)  # fmt: skip
from forecasting.transfers import Trip, balance, lanes


def normal(mean: float, deviation: float) -> Demand:
    from scipy.stats import norm

    return Demand(LEVELS, np.maximum(norm.ppf(LEVELS, mean, deviation), 0.0), mean)


def test_the_reorder_point_is_the_quantile_of_the_lead_time() -> None:
    advice = advise("a", normal(100, 20), Stock(on_hand=50), Rules(lead=10, service=0.95))
    assert advice.reorder_point == pytest.approx(100 + 1.645 * 20, abs=0.5)
    assert advice.safety_stock == pytest.approx(1.645 * 20, abs=0.5)
    assert advice.quantity >= advice.reorder_point - 50


def test_a_fill_rate_needs_less_stock_than_the_same_cycle_service() -> None:
    by_cycle = advise("a", normal(100, 20), Stock(0), Rules(lead=10, service=0.95))
    by_fill = advise("a", normal(100, 20), Stock(0), Rules(lead=10, service=0.95, by_fill=True))
    assert by_fill.reorder_point < by_cycle.reorder_point
    assert normal(100, 20).shortage(by_fill.reorder_point) == pytest.approx(5.0, abs=0.05)


def test_enough_stock_orders_nothing_and_is_not_urgent() -> None:
    advice = advise("a", normal(100, 20), Stock(on_hand=40, on_order=200), Rules(lead=10))
    assert advice.quantity == 0
    assert advice.urgency < 0
    assert "Order nothing yet" in advice.words


def test_periodic_review_orders_up_to() -> None:
    advice = advise("a", normal(170, 20), Stock(on_hand=140), Rules(lead=10, review=7))
    assert advice.quantity == pytest.approx(np.ceil(advice.order_up_to - 140))


@given(st.floats(0, 1e6), st.floats(0, 1e4), st.floats(0.5, 1e3))
def test_an_order_is_whole_cases_and_at_least_the_minimum(wanted: float, minimum: float, pack: float) -> None:
    size = order_size(wanted, minimum, pack)
    if wanted <= 1e-9:
        assert size == 0
    else:
        assert size >= max(wanted, minimum) * (1 - 1e-6) - 1e-6
        assert size / pack == pytest.approx(round(size / pack), abs=1e-6)
        assert size <= max(wanted, minimum) + pack * (1 + 1e-6)


def test_shelf_life_caps_the_order_and_expiring_stock_counts_less() -> None:
    plain = advise("a", normal(100, 20), Stock(on_hand=90), Rules(lead=10, minimum=500))
    short = advise("a", normal(100, 20), Stock(on_hand=90), Rules(lead=10, minimum=0, pack=6, shelf_life=5))
    assert plain.quantity == np.ceil(plain.order_up_to - 90) >= 500
    assert short.quantity <= 50
    assert short.quantity % 6 == 0
    stale = advise("a", normal(100, 20), Stock(on_hand=90, expiring=((2, 60),)), Rules(lead=10))
    assert stale.wasted == pytest.approx(40)
    assert "40 will expire" in stale.words


def test_an_order_is_no_more_than_sells_before_it_expires_at_the_service_level() -> None:
    rules = Rules(lead=2, review=7, service=0.9, shelf_life=4, period="day")
    life = normal(60, 10)  # of lead time and shelf life, six days
    advice = advise("a", normal(90, 12), Stock(on_hand=30), rules, life=life)
    assert advice.quantity == np.floor(life.at(0.9) - 30)
    free = advise("a", normal(90, 12), Stock(on_hand=30), Rules(lead=2, review=7, service=0.9, period="day"))
    assert advice.quantity < free.quantity
    assert advice.words == (
        f"Order {advice.quantity:g} now instead of {free.quantity:g}: more would not sell within the 4 days that it keeps."
    )
    empty = advise("a", normal(90, 12), Stock(on_hand=0), rules, life=life)
    assert empty.quantity == np.floor(life.at(0.9) - 20)  # what the lead time asks for is lost, not sold later
    none = advise(
        "a", normal(90, 12), Stock(on_hand=30), Rules(lead=2, review=7, shelf_life=4, minimum=80, period="day"), life=life
    )
    assert none.quantity == 0
    assert "Order nothing: 80 would not sell within the 4 days" in none.words


def test_newsvendor() -> None:
    assert newsvendor(normal(100, 20), price=10, cost=5, salvage=0) == pytest.approx(100, abs=0.3)
    assert newsvendor(normal(100, 20), price=10, cost=2, salvage=0) == pytest.approx(100 + 0.8416 * 20, abs=0.4)
    with pytest.raises(BadInput):
        newsvendor(normal(100, 20), price=2, cost=5)


def test_a_lead_time_that_varies_needs_more_safety() -> None:
    wider = lead_spread(normal(100, 20), per_period=10, spread=2)
    assert wider.at(0.95) == pytest.approx(100 + 1.645 * np.sqrt(800), rel=0.02)
    assert lead_spread(normal(100, 20), 10, 0.0).at(0.95) == normal(100, 20).at(0.95)


def test_overrides_name_who_and_why() -> None:
    advice = advise("a", normal(100, 20), Stock(0), Rules(lead=10))
    mine = advice.overridden(Override(12, "Ada", "promotion cancelled", datetime(2024, 1, 1, tzinfo=UTC)))
    assert (mine.quantity, mine.proposed) == (12, advice.proposed)
    assert "Ada orders 12" in mine.words
    with pytest.raises(BadInput):
        Override(12, "Ada", " ", datetime(2024, 1, 1, tzinfo=UTC))


def _flat(mean: float) -> Demand:
    return Demand(LEVELS, np.full(len(LEVELS), mean), mean)


def test_what_is_owed_is_ordered_even_where_nothing_sells() -> None:
    nothing = advise("a", _flat(0.0), Stock(0.0), Rules(2.0, review=7.0))
    assert (nothing.quantity, nothing.coverage, nothing.words) == (0.0, None, "Nothing sells: order nothing.")
    owed = advise("a", _flat(0.0), Stock(-5.0), Rules(2.0, review=7.0))
    assert owed.quantity == 5
    assert "owed" in owed.words


def test_goods_that_are_owed_do_not_expire() -> None:
    advice = advise("a", _flat(10.0), Stock(-4.0, expiring=((1.0, 50.0),)), Rules(2.0, review=3.0))
    assert (advice.wasted, advice.position, advice.quantity) == (0.0, -4.0, 14.0)


def test_a_delivery_on_the_same_day_needs_a_review_period() -> None:
    assert advise("a", _flat(7.0), Stock(2.0), Rules(0.0, review=7.0)).quantity == 5
    with pytest.raises(BadInput, match="one of them is above"):
        Rules(0.0, review=0.0)


def test_a_minimum_order_that_would_perish_is_not_ordered() -> None:
    advice = advise("a", _flat(10.0), Stock(0.0), Rules(1.0, review=1.0, minimum=1000.0, shelf_life=3.0, period="day"))
    assert advice.quantity == 0
    assert advice.words == "Order nothing: 1000 would not sell within the 3 days that it keeps."


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Stock(float("nan")),
        lambda: Stock(1.0, on_order=-1.0),
        lambda: Stock(1.0, expiring=((2.0, -3.0),)),
        lambda: Rules(float("inf")),
        lambda: Rules(1.0, minimum=float("nan")),
        lambda: Rules(1.0, shelf_life=-1.0),
        lambda: Rules(1.0, shelf_life=float("inf")),
        lambda: Demand(LEVELS, np.full(len(LEVELS), np.nan), 1.0),
        lambda: Demand(LEVELS, np.linspace(9.0, 1.0, len(LEVELS)), 1.0),
        lambda: newsvendor(_flat(3.0), 2.0, float("nan")),
        lambda: newsvendor(_flat(3.0), float("inf"), 1.0),
    ],
)
def test_what_is_unknown_is_refused_and_never_reckoned_with(wrong: Callable[[], object]) -> None:
    with pytest.raises(BadInput):
        wrong()


def test_an_unknown_turnover_leaves_the_other_classes_alone() -> None:
    assert abc_xyz([90.0, float("nan"), 10.0], [0.1, 0.2, float("nan")]) == ["AX", "CX", "BZ"]


@given(
    st.floats(0, 1e6), st.floats(-1e6, 1e6), st.floats(0, 400), st.floats(0, 400), st.floats(0, 1e5), st.floats(0.01, 1e4),
    st.none() | st.floats(0, 1e4), st.booleans(),
)  # fmt: skip
def test_whatever_is_asked_the_answer_is_a_number(
    mean: float, stock: float, lead: float, review: float, minimum: float, pack: float, life: float | None, by_fill: bool
) -> None:
    assume(lead + review > 0)
    rules = Rules(lead, 0.95, review, by_fill, minimum, pack, life)
    demand = Demand(LEVELS, mean * np.linspace(0.0, 2.0, len(LEVELS)), mean)
    advice = advise("a", demand, Stock(stock, expiring=((1.0, max(stock, 0.0) / 2),)), rules)
    figures = (advice.reorder_point, advice.order_up_to, advice.position, advice.quantity, advice.urgency, advice.wasted)
    assert np.isfinite(figures).all()
    assert advice.quantity == 0 or advice.quantity >= 0.999999 * minimum
    assert advice.quantity >= 0
    assert advice.words


def test_a_shop_that_follows_the_advice_reaches_its_service_level() -> None:
    random = np.random.default_rng(2)
    totals = random.poisson(5 * 4, size=(20_000,))
    demand = Demand(LEVELS, np.quantile(totals, LEVELS), 20.0)
    point = advise("a", demand, Stock(0), Rules(lead=4, service=0.95)).reorder_point
    assert 0.94 <= (random.poisson(20, 20_000) <= point).mean() <= 0.975


def test_abc_by_turnover_and_xyz_by_variation() -> None:
    assert abc_xyz([800, 150, 40, 10, 0], [0.2, 0.8, 2.0, 0.5, 0.0]) == ["AX", "BY", "CZ", "CX", "CX"]


@pytest.mark.parametrize(
    "wrong", [{"lead": 0.0}, {"lead": 3, "service": 1.0}, {"lead": 3, "pack": 0.0}, {"lead": 3, "minimum": -1}]
)
def test_rules_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(BadInput):
        Rules(**wrong)  # type: ignore[arg-type]


def test_sites_help_each_other_where_that_is_cheaper() -> None:
    cost = np.array([[0, 1, 5], [1, 0, 1], [5, 1, 0]], dtype=float)
    moves = balance(["A", "B", "C"], [10, 4, 0], [0, 0, 8], cost, order_cost=3)
    assert [(move.origin, move.target, move.quantity) for move in moves] == [("B", "C", 4.0)]
    moves = balance(["A", "B", "C"], [10, 4, 0], [0, 0, 8], cost, order_cost=6)
    assert {(move.origin, move.quantity) for move in moves} == {("A", 4.0), ("B", 4.0)}


def test_a_lane_that_slows_down_is_named_first() -> None:
    day = 86_400.0
    steady = [Trip("A", "B", i * day, (i + 3 + 0.1 * (i % 3)) * day) for i in range(12)]
    slowing = [Trip("A", "C", i * day, (i + (2 if i < 8 else 4) + 0.1 * (i % 3)) * day) for i in range(12)]
    backwards = [Trip("A", "C", 5 * day, 4 * day)]
    found = lanes([*steady, *slowing, *backwards])
    assert [(lane.target, lane.slower, lane.trips) for lane in found] == [("C", True, 12), ("B", False, 12)]
    assert found[1].mean == pytest.approx(3.1)
