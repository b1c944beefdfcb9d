"""New products that borrow from an old one, and sums that are taken apart."""

from __future__ import annotations

import numpy as np
import pytest

from chain.errors import BadInput
from forecasting.demand.lookalike import likeness
from forecasting.demand.nodes import take_apart


def test_without_a_day_of_its_own_it_sells_like_the_other_but_less_surely() -> None:
    found = likeness(np.zeros(0), np.full(90, 4.0))
    assert found.share == 1.0
    assert found.wider > 1.3
    mean = np.array([4.0, 5.0])
    bands = found.quantiles(mean, np.array([[1.0, 4.0, 8.0], [0.0, 5.0, 12.0]]))
    assert (np.diff(bands, axis=1) >= 0).all()
    assert (bands >= 0).all()
    assert bands[0, 2] > 8.0


def test_its_own_days_say_how_much_of_the_other_it_reaches() -> None:
    other = np.tile([2.0, 4.0, 6.0, np.nan], 30)
    few, many = likeness(other[-8:] / 2, other), likeness(other / 2, other)
    assert 0.5 < few.share < 0.9
    assert many.share == pytest.approx(0.5, abs=0.05)
    assert many.wider < few.wider < 1.5
    assert many.mean(np.array([4.0]))[0] == pytest.approx(2.0, abs=0.2)


def test_a_product_that_never_sold_is_nobodys_look_alike() -> None:
    with pytest.raises(BadInput, match="choose another"):
        likeness(np.ones(5), np.zeros(90))


def test_a_total_is_taken_into_trend_week_year_and_holidays() -> None:
    dates = np.datetime64("2024-01-01") + np.arange(730)
    weekday = (dates.astype("datetime64[D]").astype(np.int64) + 3) % 7
    values = (100 + 0.1 * np.arange(730)) * np.where(weekday == 4, 1.5, 1.0)
    values *= 1 + 0.2 * np.cos(2 * np.pi * np.arange(730) / 365.25)
    values *= np.random.default_rng(1).normal(1.0, 0.1, 730)
    values[359] *= 0.2  # 25 December
    values[359 + 365] *= 0.2
    values[50:60] = np.nan
    parts = take_apart(dates, values, "US")
    assert parts.growth == pytest.approx(0.73, abs=0.1)
    assert int(np.argmax(parts.week)) == 4
    assert parts.year[0] > parts.year[6] + 0.25
    assert any("Christmas" in name and effect < 0.6 for name, effect in parts.holidays.items())


@pytest.mark.parametrize("values", [np.ones(200), np.where(np.arange(400) % 3, 0.0, 1.0)])
def test_short_or_sparse_totals_are_not_taken_apart(values: np.ndarray) -> None:
    with pytest.raises(BadInput):
        take_apart(np.datetime64("2024-01-01") + np.arange(len(values)), values)
