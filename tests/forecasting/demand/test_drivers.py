"""Prices, promotions and holidays: found where they are, left out where they are not, and what is unknown of them is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app.cli import main
from chain.errors import BadInput
from forecasting.demand import Forecaster, read_panel
from forecasting.demand.calendar import frequency
from forecasting.demand.drivers import holidays, learn

WEEKS, SERIES = 104, 30


def sold(elasticity: float = -2.5, promotion: float = 0.8, weeks: int = WEEKS, seed: int = 5) -> pd.DataFrame:
    """Weekly sales that follow a price and promotions."""
    random = np.random.default_rng(seed)
    tables = []
    for i in range(SERIES):
        price = 4.0 * np.where(random.random(weeks) < 0.25, 0.8, 1.0)
        shown = (random.random(weeks) < 0.15).astype(float)
        mean = random.uniform(20, 90) * (price / 4.0) ** elasticity * np.exp(promotion * shown)
        days = np.datetime64("2022-01-03") + 7 * np.arange(weeks)
        tables.append(pd.DataFrame(
            {"unique_id": f"P{i:02}", "ds": days, "y": random.poisson(mean).astype(float), "price": price, "promotion": shown}
        ))  # fmt: skip
    return pd.concat(tables, ignore_index=True)


def without_future_sales(table: pd.DataFrame, weeks: int = 8) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table with nothing known of the last weeks' sales, and what they were."""
    last = np.sort(table["ds"].unique())[-weeks]
    return table.assign(y=table["y"].where(table["ds"] < last)), table[table["ds"] >= last]


def error(forecast: pd.DataFrame, truth: pd.DataFrame) -> float:
    both = forecast.merge(truth, on=["unique_id", "ds"])
    assert len(both) == len(truth)
    return float((both["mean"] - both["y"]).abs().sum() / both["y"].sum())


def test_effects_are_found_as_they_were() -> None:
    effects, factors = learn(read_panel(sold(), "W"), WEEKS, 8, drivers=True)
    price, promotion = effects.pooled
    assert price == pytest.approx(-2.5, abs=0.25)
    assert promotion == pytest.approx(0.8, abs=0.1)
    assert np.isfinite(factors).all()
    assert factors.shape == (SERIES, WEEKS + 8)


def test_known_prices_and_promotions_ahead_make_forecasts_better() -> None:
    table, truth = without_future_sales(sold())
    forecaster = Forecaster("W", horizon=8).fit(table)
    plain = Forecaster("W", horizon=8).fit(table[["unique_id", "ds", "y"]].dropna())
    assert plain.effects_ is None
    assert error(forecaster.predict(), truth) < 0.5 * error(plain.predict(), truth)
    assert any("Prices and promotions are used" in note.words for note in forecaster.notes_)


def test_what_is_tried_is_what_would_be_forecast_if_it_were_known() -> None:
    table, truth = without_future_sales(sold())
    known = Forecaster("W", horizon=8).fit(table).predict()
    forecaster = Forecaster("W", horizon=8).fit(table.dropna())
    usual = forecaster.predict()
    for name in ("P00", "P17"):
        ahead = truth[truth["unique_id"] == name]
        lift = forecaster.lifted(name, {one: ahead[one].to_numpy() for one in ("price", "promotion")})
        assert lift is not None
        tried = lift * usual["mean"][usual["unique_id"] == name].to_numpy()
        np.testing.assert_allclose(tried, known["mean"][known["unique_id"] == name].to_numpy(), rtol=1e-6)
        nothing = forecaster.lifted(name, {"price": np.full(8, np.nan)})
        assert nothing is not None
        np.testing.assert_allclose(nothing, 1.0)
    gappy = table.dropna().assign(price=lambda rows: rows["price"].where(np.arange(len(rows)) % 3 > 0))
    still = Forecaster("W", horizon=8).fit(gappy).lifted("P00", {"promotion": np.array([1.0] + [np.nan] * 7)})
    assert still is not None
    assert still[0] > 1.5
    np.testing.assert_allclose(still[1:], 1.0)  # gaps among the prices of the past do not move what is ahead
    with pytest.raises(BadInput, match="no series P99"):
        forecaster.lifted("P99", {})
    assert Forecaster("W").fit(table[["unique_id", "ds", "y"]].dropna()).lifted("P00", {}) is None


def test_intervals_hold_what_they_say_with_factors() -> None:
    table, truth = without_future_sales(sold(seed=8))
    both = Forecaster("W", horizon=8).fit(table).predict().merge(truth, on=["unique_id", "ds"])
    assert 0.7 < ((both["y"] >= both["lo-80"]) & (both["y"] <= both["hi-80"])).mean() < 0.9


def test_what_does_nothing_is_not_used() -> None:
    table, _ = without_future_sales(sold(elasticity=0.0, promotion=0.0))
    forecaster = Forecaster("W", horizon=8).fit(table)
    plain = Forecaster("W", horizon=8).fit(table[["unique_id", "ds", "y"]].dropna())
    assert forecaster.effects_ is None
    assert [note.words for note in forecaster.notes_ if note.kind == "drivers"] == [
        "Prices and promotions are not used: they would not have made past forecasts better."
    ]
    pd.testing.assert_frame_equal(forecaster.predict(), plain.predict())


def test_an_unknown_price_ahead_is_the_last_one_and_that_is_said() -> None:
    table = sold()
    cheap = table["ds"] >= np.sort(table["ds"].unique())[-3]
    table.loc[cheap, "price"] = 3.2
    table.loc[cheap, "y"] *= 0.8**-2.5
    forecaster = Forecaster("W", horizon=8).fit(table)
    assert "The price is not known for all 8 weeks ahead of any series: the last known one is used." in [
        note.words for note in forecaster.notes_
    ]
    at_last = forecaster.predict()["mean"].sum()
    dates = table["ds"].max() + 7 * np.arange(1, 9).astype("timedelta64[D]")
    ahead = pd.DataFrame({"unique_id": np.repeat(sorted(table["unique_id"].unique()), 8), "ds": np.tile(dates, SERIES)})
    told = pd.concat([table, ahead.assign(price=4.0, promotion=0.0, y=np.full(len(ahead), np.nan))], ignore_index=True)
    usual = Forecaster("W", horizon=8).fit(told).predict()["mean"].sum()
    assert at_last / usual == pytest.approx(0.8**-2.5, rel=0.15)


def test_an_update_goes_on_with_the_next_period_s_factor() -> None:
    table, truth = without_future_sales(sold())
    forecaster = Forecaster("W", horizon=8).fit(table)
    before = forecaster.predict()
    day = truth[truth["ds"] == truth["ds"].min()]
    after = forecaster.update(day[["unique_id", "ds", "y"]]).predict()
    both = after.merge(before, on=["unique_id", "ds"])
    assert (both["mean_x"] / both["mean_y"]).median() == pytest.approx(1.0, abs=0.1)


def test_cross_validation_knows_what_was_planned() -> None:
    table = sold()
    known = Forecaster("W", horizon=8).cross_validation(table, n_windows=2)
    plain = Forecaster("W", horizon=8).cross_validation(table[["unique_id", "ds", "y"]], n_windows=2)
    assert (known["mean"] - known["y"]).abs().sum() < 0.6 * (plain["mean"] - plain["y"]).abs().sum()


def test_the_tree_model_takes_factors_too() -> None:
    table = sold(weeks=70)
    table = pd.concat([table, table.assign(unique_id="Q" + table["unique_id"])], ignore_index=True)
    hidden, truth = without_future_sales(table)
    forecaster = Forecaster("W", horizon=8, trees=True).fit(hidden)
    assert forecaster.shared_.trees is not None
    assert forecaster.effects_ is not None
    assert error(forecaster.predict(), truth) < 0.25


def test_an_explanation_names_the_effects() -> None:
    table, _ = without_future_sales(sold())
    forecaster = Forecaster("W", horizon=8).fit(table)
    assert forecaster.effects_ is not None
    words = forecaster.explain("P07").words
    assert f"A price 10 % lower sells {100 * (0.9 ** forecaster.effects_.own[7, 0] - 1):+.0f} %" in words


def test_a_price_that_is_text_is_one_line() -> None:
    table = sold(weeks=30).astype({"price": object})
    table.loc[3, "price"] = "cheap"
    with pytest.raises(BadInput, match=r"^P00: row 5: 'cheap' is not a price\.$"):
        read_panel(table, "W")


def test_holidays_of_three_years_are_used() -> None:
    random = np.random.default_rng(2)
    days = np.datetime64("2021-03-01") + np.arange(1036)  # ends on 2023-12-31
    _, day = holidays(frequency("D"), days.astype("datetime64[D]").astype(np.int64)[None], "DE")
    mean = np.where(day[0] > 0, 0.2, 1.0) * np.linspace(20, 60, 40)[:, None]
    values = random.poisson(mean).astype(float)
    table = pd.DataFrame(
        {"unique_id": np.repeat([f"P{i}" for i in range(40)], 1036), "ds": np.tile(days, 40), "y": values.ravel()}
    )
    past, truth = table[table["ds"] < "2023-12-10"], table[table["ds"] >= "2023-12-10"]
    forecaster = Forecaster("D", horizon=22, country="DE").fit(past)
    assert forecaster.effects_ is not None
    assert forecaster.effects_.holidays["Christmas Day"] == pytest.approx(0.2, abs=0.05)
    assert error(forecaster.predict(), truth) < 0.8 * error(Forecaster("D", horizon=22).fit(past).predict(), truth)


def test_weeks_have_no_holidays_and_little_history_no_effects() -> None:
    table, _ = without_future_sales(sold(weeks=28))
    forecaster = Forecaster("W", horizon=8, country="DE").fit(table)
    assert forecaster.effects_ is None
    assert [note.words.split(":")[0] for note in forecaster.notes_ if note.kind == "drivers"] == [
        "Holidays are looked at for days only",
        "Too little history to learn from prices, promotions or holidays",
    ]


def test_a_country_nobody_knows_is_one_line() -> None:
    table = pd.DataFrame({"unique_id": "A", "ds": np.datetime64("2023-01-01") + np.arange(200), "y": np.arange(200.0) % 9})
    with pytest.raises(BadInput, match="'ZZ' is not a country"):
        Forecaster("D", horizon=14, country="ZZ").fit(table)


def test_prices_to_come_from_another_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, truth = without_future_sales(sold())
    table.dropna().to_csv(tmp_path / "sales.csv", index=False)
    truth[["unique_id", "ds", "price", "promotion"]].to_csv(tmp_path / "plan.csv", index=False)
    call = ["--profile", str(tmp_path), "forecast", str(tmp_path / "sales.csv"), "--freq", "W", "--horizon", "8"]
    assert main([*call, "-o", str(tmp_path / "out.csv"), "--future", str(tmp_path / "plan.csv")]) == 0
    assert "Prices and promotions are used" in capsys.readouterr().err
    beside = Forecaster("W", horizon=8).fit(table).predict()["mean"]
    assert np.allclose(pd.read_csv(tmp_path / "out.csv")["mean"], beside, rtol=1e-4)


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ("ds,price\n2024-01-01,3\n", "the column 'unique_id' is missing"),
        ("unique_id,ds\nP00,2024-01-01\n", "neither a column price nor a column promotion"),
        ("unique_id,ds,price\nP99,2024-01-01,3\n", "names 'P99', which the sales do not have"),
        ("unique_id,ds,price\nP00,2022-01-03,3\n", "P00: the date 2022-01-03 stands there more than once"),
    ],
)
def test_a_bad_plan_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], plan: str, words: str) -> None:
    sold(weeks=30).to_csv(tmp_path / "sales.csv", index=False)
    (tmp_path / "plan.csv").write_text(plan)
    out = tmp_path / "out.csv"
    call = ["--profile", str(tmp_path), "forecast", str(tmp_path / "sales.csv"), "--freq", "W", "--horizon", "4", "-o", str(out)]
    assert main([*call, "--future", str(tmp_path / "plan.csv")]) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert words in said[0]
    assert not out.exists()
