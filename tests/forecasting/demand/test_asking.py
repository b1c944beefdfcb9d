"""The Python door as somebody from another project would use it: every wrong call is one sentence, never a traceback of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from chain.errors import BadInput
from forecasting.demand import Forecaster

IDS = ("a", "b")


def sales(freq: str = "D", periods: int = 60) -> pd.DataFrame:
    """Sales as most libraries have them: time stamps, floats, an index of no meaning."""
    random = np.random.default_rng(5)
    dates = pd.date_range("2024-01-01", periods=periods, freq=freq)
    parts = [pd.DataFrame({"unique_id": name, "ds": dates, "y": random.poisson(8, periods).astype(float)}) for name in IDS]
    return pd.concat(parts)


def as_any(value: Any) -> Any:
    """What no type checker would let through."""
    return value


def coming(**changed: object) -> pd.DataFrame:
    return pd.DataFrame({"unique_id": list(IDS), "ds": pd.Timestamp("2024-03-01"), "y": [5.0, 6.0]}).assign(**changed)


@pytest.fixture(scope="module")
def fitted() -> Forecaster:
    return Forecaster("D", horizon=7).fit(sales())


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Forecaster("D").predict(), "call fit first"),
        (lambda: Forecaster("D").update(coming()), "call fit first"),
        (lambda: Forecaster("D").forecast(sales(), 7, level=as_any([80.5])), "A level is a whole percentage"),
        (lambda: Forecaster("D").forecast(sales(), 7, level=as_any(["80"])), "A level is a whole percentage"),
        (lambda: Forecaster("D", horizon=as_any("7")).fit(sales()), "The horizon is a whole number, not '7'"),
        (lambda: Forecaster("D", horizon=True).fit(sales()), "The horizon is a whole number, not True"),
        (lambda: Forecaster(as_any(None)).fit(sales()), "The frequency None is not known"),
        (lambda: Forecaster("D").fit("sales.csv"), "Sales are a table .*, not str"),
        (lambda: Forecaster("D").fit(pd.concat([sales(), sales()[["y"]]], axis=1)), "column 'y' twice"),
        (
            lambda: Forecaster("D", horizon=7).cross_validation(sales(), n_windows=as_any("2")),
            "The number of windows is a whole number",
        ),
        (lambda: Forecaster("D", country=as_any(3)).fit(sales()), "3 is not a country"),
    ],
)
def test_a_call_that_makes_no_sense_is_one_sentence(call: Callable[[], object], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        call()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (coming(y="many"), "a: row 2: 'many' is not a number"),
        (coming(y=np.inf), "is not a number"),
        (coming(ds="tomorrow"), "'tomorrow' is not a date"),
        (coming(ds=pd.Timestamp("2024-02-29")), "must come after 2024-02-29"),
        (coming(ds=pd.Timestamp("2034-03-01")), "too far beyond"),
        (coming(unique_id="c"), "c was not there"),
        (coming(unique_id=None), "without unique_id was not there"),
        (coming(unique_id="a"), "two new rows for the same period"),
        (coming().drop(columns="y"), "column 'y' is missing"),
        (coming().iloc[:0], "must come after"),
    ],
)
def test_new_rows_that_cannot_be_used_are_one_sentence_and_change_nothing(
    fitted: Forecaster, rows: pd.DataFrame, words: str
) -> None:
    before = fitted.predict()
    with pytest.raises(BadInput, match=words):
        fitted.update(rows)
    pd.testing.assert_frame_equal(fitted.predict(), before)


def test_new_weeks_begin_on_the_weekday_that_was_fitted() -> None:
    weekly = Forecaster("W", horizon=2).fit(sales("W-MON", 30))
    with pytest.raises(BadInput, match="the next one is 2024-07-29"):
        weekly.update(coming(ds=pd.Timestamp("2024-07-31")))
    assert weekly.update(coming(ds=pd.Timestamp("2024-07-29"))).predict(1)["ds"].iloc[0] == pd.Timestamp("2024-08-05")


def test_tables_of_other_shapes_are_the_same_sales() -> None:
    usual = Forecaster("D").forecast(sales(), 7)
    zoned = sales().assign(ds=lambda table: table["ds"].dt.tz_localize("Europe/Berlin"))
    for other in (sales().set_index("unique_id"), zoned, sales().astype({"unique_id": "category", "y": "Int64"})):
        pd.testing.assert_frame_equal(Forecaster("D").forecast(other, 7), usual)


def test_whole_number_ids_are_asked_for_as_they_were_given() -> None:
    numbered = sales().assign(unique_id=lambda table: table["unique_id"].map({"a": 1, "b": 2}))
    assert Forecaster("D", horizon=7).fit(numbered).explain(as_any(1)).unique_id == "1"


def test_forecast_leaves_the_settings_as_they_were() -> None:
    forecaster = Forecaster("D")
    assert len(forecaster.forecast(sales(), 3)) == 6
    assert forecaster.horizon is None


def test_one_level_may_stand_alone(fitted: Forecaster) -> None:
    assert list(fitted.predict(level=80).columns) == ["unique_id", "ds", "mean", "lo-80", "hi-80", "model"]


def test_quantiles_come_in_the_order_in_which_they_are_asked_for(fitted: Forecaster) -> None:
    rising = fitted.lead_time_quantiles(7, [0.5, 0.95])[2]
    np.testing.assert_array_equal(fitted.lead_time_quantiles(7, [0.95, 0.5])[2], rising[:, ::-1])
