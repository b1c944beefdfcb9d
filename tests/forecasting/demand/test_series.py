"""What the intake makes of sales tables, and what it says of those it cannot use."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.errors import BadInput
from forecasting.demand import Forecaster, read_panel


def table(**series: list[float]) -> pd.DataFrame:
    """Daily series that begin on 2024-01-01."""
    rows = [
        {"unique_id": name, "ds": str(np.datetime64("2024-01-01") + i), "y": value}
        for name, values in series.items()
        for i, value in enumerate(values)
    ]
    return pd.DataFrame(rows, columns=["unique_id", "ds", "y"])


def changed(frame: pd.DataFrame, row: int, column: str, value: object) -> pd.DataFrame:
    frame = frame.astype({column: object})
    frame.loc[row, column] = value
    return frame


GOOD = table(good=[1, 2, 0, 4, 5, 6, 7, 8, 1, 2])


@pytest.mark.parametrize(
    ("bad", "freq", "words"),
    [
        (GOOD.drop(columns="y"), "D", "column 'y' is missing"),
        (GOOD.iloc[:0], "D", "no rows"),
        (changed(GOOD, 3, "y", "many"), "D", "row 5: 'many' is not a number"),
        (changed(GOOD, 3, "ds", "31/12/2024"), "D", "is not a date"),
        (changed(GOOD, 3, "y", np.inf), "D", "is not a number"),
        (changed(GOOD, 3, "ds", "2024-01-01"), "D", "2024-01-01 stands there more than once (rows 2 and 5)"),
        (table(a=[3]), "D", "has one row"),
        (table(a=[0] * 9), "D", "only zeros"),
        (table(a=[-1, 0, -3]), "D", "zeros and negative values"),
        (changed(GOOD, 3, "y", 1e22), "D", "row 5: '1e+22' is more than anything can sell"),
        (GOOD.assign(y=True), "D", "row 2: 'True' is not a number"),
        (GOOD.assign(price=-1.0), "D", "row 2: '-1.0' is not a price"),
        (GOOD.assign(promotion="yes"), "D", "is not a promotion (write 1 or 0)"),
        (changed(GOOD.assign(on_hand=1), 4, "on_hand", "some"), "D", "row 6: 'some' is not a number"),
        (changed(GOOD, 9, "ds", "2204-01-10"), "D", "row 11: the date 2204-01-10 is 179 years after the one before it"),
        (GOOD.assign(unique_id="two\nlines", y=0), "D", "two lines: has only zeros"),
        (GOOD.assign(unique_id="x" * 5000, y=0), "D", "…: has only zeros"),
        (table(a=[np.nan] * 9), "D", "no value at all"),
        (GOOD, "W", "row 3: the dates are not one a week: mixed frequencies"),
        (GOOD, "MS", "mixed frequencies"),
        (GOOD.assign(ds=pd.date_range("2024-01-01", periods=10, freq="7D")), "D", "mixed frequencies"),
        (GOOD.assign(ds=pd.date_range("2024-01-01", periods=10, freq="MS")), "W", "mixed frequencies"),
        (GOOD, "Q", "frequency 'Q' is not known"),
    ],
)
def test_each_bad_table_gives_one_clear_line(bad: pd.DataFrame, freq: str, words: str) -> None:
    with pytest.raises(BadInput, match=re.escape(words)) as caught:
        read_panel(bad, freq)
    assert "\n" not in caught.value.words
    assert len(caught.value.words) < 200


@pytest.mark.parametrize("bad", [[3.0], [0.0] * 9, [np.nan] * 9])
def test_the_good_series_still_come_out(bad: list[float]) -> None:
    both = pd.concat([table(bad=bad), GOOD])
    with pytest.raises(BadInput):
        read_panel(both, "D")
    panel = read_panel(both, "D", keep_going=True)
    assert panel.ids == ("good",)
    assert [(note.unique_id, note.refused) for note in panel.notes] == [("bad", True)]


def test_gaps_are_unknown_and_reported() -> None:
    panel = read_panel(GOOD.drop(index=[4, 5]), "D")
    assert np.isnan(panel.values[0, 4:6]).all()
    assert np.isfinite(panel.values).sum() == 8
    assert "2 absent days, taken as unknown" in panel.notes[0].words


def test_where_only_sales_are_written_down_a_gap_is_a_zero() -> None:
    sparse = table(a=list(range(1, 31))).iloc[::2]
    sparse = pd.concat([sparse, table(a=list(range(1, 31))).iloc[1:8:2]]).sort_values("ds")
    panel = read_panel(sparse, "D")
    assert not np.isnan(panel.values).any()
    assert "taken as zero" in panel.notes[0].words


def test_a_day_without_stock_is_unknown_unless_it_sold_as_usual() -> None:
    frame = table(a=[5, 0, 6, 9, 1, 4]).assign(on_hand=[3, 0, 4, 0, 0, 7])
    assert np.array_equal(np.isnan(read_panel(frame, "D").values[0]), [False, True, False, False, True, False])


def test_time_zones_keep_the_day_of_the_shop() -> None:
    stamped = GOOD.assign(ds=GOOD["ds"] + "T23:30:00+02:00")
    assert np.array_equal(read_panel(stamped, "D").values, read_panel(GOOD, "D").values)
    aware = GOOD.assign(ds=pd.to_datetime(GOOD["ds"]).dt.tz_localize("Europe/Berlin"))
    assert read_panel(aware, "D").ends[0] == read_panel(GOOD, "D").ends[0]


def test_weeks_keep_the_weekday_of_the_data() -> None:
    weekly = GOOD.assign(ds=pd.date_range("2024-01-04", periods=10, freq="7D"))
    panel = read_panel(weekly, "W")
    assert panel.frequency.dates(panel.ends)[0] == np.datetime64("2024-03-07")


def test_negative_values_count_as_zero_and_are_named() -> None:
    panel = read_panel(table(a=[4, -2, 5]), "D")
    assert panel.values[0, 1] == 0
    assert "1 negative" in panel.notes[0].words


CELL = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True), st.integers(-(10**18), 10**18), st.text(max_size=4))
DATE = st.one_of(st.text(max_size=12), st.dates().map(str), st.just("2024-02-30"), st.none())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), DATE, CELL), min_size=1, max_size=12), st.sampled_from(["D", "W", "MS"]))
def test_any_table_is_read_or_refused_in_one_line(rows: list[tuple[str, object, object]], freq: str) -> None:
    frame = pd.DataFrame(rows, columns=["unique_id", "ds", "y"], dtype=object)
    try:
        answer = Forecaster(freq, horizon=3).fit(read_panel(frame, freq, keep_going=True)).predict()
    except BadInput as refused:
        words = refused.words
    else:
        numbers = answer.drop(columns=["unique_id", "ds", "model"]).to_numpy(dtype=float)
        assert np.isfinite(numbers).all()
        assert (numbers >= 0).all()
        words = "read"
    assert len(words.splitlines()) == 1
