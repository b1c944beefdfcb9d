"""GS1 dates: the century, the last of the month, and back."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.errors import BadInput
from chain.gs1 import calendar_date, gs1_date
from chain.gs1.dates import full_year


@pytest.mark.parametrize(
    ("yy", "current", "year"),
    [
        (76, 2026, 2076),
        (77, 2026, 1977),
        (0, 2026, 2000),
        (99, 2026, 1999),
        (0, 2050, 2100),
        (1, 2050, 2001),
        (51, 2000, 1951),
        (50, 2000, 2050),
    ],
)
def test_the_century_of_section_7_12(yy: int, current: int, year: int) -> None:
    assert full_year(yy, current) == year


@given(st.integers(0, 99), st.integers(1970, 2300))
def test_a_year_is_never_further_than_fifty_away(yy: int, current: int) -> None:
    year = full_year(yy, current)
    assert year % 100 == yy
    assert -50 < year - current <= 50


@given(st.dates(date(2000, 1, 1), date(2075, 12, 31)))
def test_a_date_comes_back(day: date) -> None:
    on = date(2026, 1, 1)
    assert calendar_date(gs1_date(day, on), on) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [("250200", date(2025, 2, 28)), ("280200", date(2028, 2, 29)), ("251200", date(2025, 12, 31)), ("250430", date(2025, 4, 30))],
)
def test_day_zero_is_the_last_of_the_month(text: str, day: date) -> None:
    assert calendar_date(text, date(2026, 1, 1)) == day


@pytest.mark.parametrize("text", ["250229", "251301", "250001", "250431", "250000"])
def test_there_is_no_such_day(text: str) -> None:
    with pytest.raises(BadInput, match=text):
        calendar_date(text, date(2026, 1, 1))


def test_a_year_too_far_away_cannot_be_written() -> None:
    with pytest.raises(BadInput, match="another century"):
        gs1_date(date(2090, 1, 1), date(2026, 1, 1))
