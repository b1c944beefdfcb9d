"""What a merchant may rely on: forecasts never negative, repeatable, honest about their errors, and right where it is easy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from chain.errors import BadInput
from forecasting.demand import Forecaster, Panel, engine, trees
from forecasting.demand.calendar import frequency
from forecasting.demand.series import from_arrays

WEEK = np.array([1.0, 0.8, 0.9, 1.0, 1.3, 1.6, 0.4])
DAYS = 280


def sold(many: int = 24, days: int = DAYS, seed: int = 3) -> Panel:
    """Poisson sales with a shared week, from under one to some hundred a day."""
    random = np.random.default_rng(seed)
    level = np.geomspace(0.3, 200, many)[:, None]
    mean = level * WEEK[np.arange(days) % 7][None, :]
    return from_arrays([f"P{i:02}" for i in range(many)], random.poisson(mean).astype(float), np.datetime64("2024-10-06"), "D")


@pytest.fixture(scope="module")
def fitted() -> Forecaster:
    return Forecaster("D", horizon=28).fit(sold())


def test_the_table_has_the_promised_columns(fitted: Forecaster) -> None:
    table = fitted.predict()
    assert list(table.columns) == ["unique_id", "ds", "mean", "lo-80", "hi-80", "lo-95", "hi-95", "model"]
    assert len(table) == 24 * 28
    assert str(table["ds"].iloc[0])[:10] == "2024-10-07"


def test_intervals_are_nested_hold_the_mean_and_never_fall_below_zero(fitted: Forecaster) -> None:
    table = fitted.predict()
    ordered = table[["lo-95", "lo-80", "mean", "hi-80", "hi-95"]].to_numpy()
    assert np.isfinite(ordered).all()
    assert (ordered >= 0).all()
    assert (np.diff(ordered, axis=1) >= 0).all()


def test_the_week_is_found(fitted: Forecaster) -> None:
    table = fitted.predict()
    last = table[table["unique_id"] == "P23"]["mean"].to_numpy()[:7]
    assert np.allclose(last / last.mean(), WEEK / WEEK.mean(), atol=0.08)


def test_the_true_mean_is_met(fitted: Forecaster) -> None:
    totals = fitted.lead_time_demand(28)["mean"].to_numpy()
    truth = np.geomspace(0.3, 200, 24) * 28
    assert np.abs(totals - truth)[truth > 50].max() < 0.25 * truth[truth > 50].max()
    assert abs(totals.sum() / truth.sum() - 1) < 0.03


def test_totals_are_covered_as_often_as_is_said() -> None:
    panel = sold(many=150, days=DAYS + 28, seed=11)
    truth = panel.values[:, DAYS:]
    forecaster = Forecaster("D", horizon=28).fit(panel.before(28))
    bands = forecaster.lead_time_demand(28)
    total = truth.sum(axis=1)
    inside = ((total >= bands["lo-95"]) & (total <= bands["hi-95"])).mean()
    assert 0.88 <= inside <= 1.0
    table = forecaster.predict()
    cells = ((truth.ravel() >= table["lo-80"]) & (truth.ravel() <= table["hi-80"])).mean()
    assert 0.76 <= cells <= 0.92


def test_the_same_input_gives_the_same_numbers(fitted: Forecaster) -> None:
    pd.testing.assert_frame_equal(fitted.predict(), Forecaster("D", horizon=28).fit(sold()).predict(), check_exact=True)


def test_chunks_do_not_change_the_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    panel = sold()
    monkeypatch.setattr(engine, "PILOT", 24)
    whole = engine.learn_shared(panel, 14, with_trees=False, seed=0)[0]
    together = engine.fit_chunk(panel, 14, whole)
    apart = [engine.fit_chunk(panel.take(slice(a, a + 5)), 14, whole) for a in range(0, 24, 5)]
    assert np.allclose(together.mean, np.concatenate([part.mean for part in apart]), rtol=1e-4)


def test_an_update_is_close_to_fitting_again(fitted: Forecaster) -> None:
    panel = sold(days=DAYS + 7, seed=5)
    dates = panel.frequency.dates(panel.ends[0] + np.arange(-6, 1))
    rows = [
        {"unique_id": name, "ds": str(date), "y": panel.values[i, DAYS + j]}
        for i, name in enumerate(panel.ids)
        for j, date in enumerate(dates)
    ]
    old = Forecaster("D", horizon=28).fit(panel.before(7))
    old.update(pd.DataFrame(rows))
    new = Forecaster("D", horizon=28).fit(panel)
    left, right = old.predict(), new.predict()
    assert left["ds"].equals(right["ds"])
    assert np.abs(left["mean"] - right["mean"]).sum() < 0.06 * right["mean"].sum()


def test_an_update_refuses_what_it_does_not_know(fitted: Forecaster) -> None:
    with pytest.raises(BadInput, match="NEW was not there"):
        fitted.update(pd.DataFrame({"unique_id": ["NEW"], "ds": ["2024-10-07"], "y": [1.0]}))
    with pytest.raises(BadInput, match="must come after 2024-10-06"):
        fitted.update(pd.DataFrame({"unique_id": ["P01"], "ds": ["2024-10-06"], "y": [1.0]}))


def test_cross_validation_knows_nothing_of_what_came() -> None:
    panel = sold(many=6)
    early = Forecaster("D", horizon=14).cross_validation(panel, n_windows=2)
    panel.values[:, -14:] *= 50
    late = Forecaster("D", horizon=14).cross_validation(panel, n_windows=2)
    assert early["cutoff"].nunique() == 2
    assert np.array_equal(early["mean"], late["mean"])


def test_missing_periods_are_not_zeros() -> None:
    panel = sold(many=8)
    holes = sold(many=8)
    holes.values[:, 200:230] = np.nan
    whole, with_holes = (Forecaster("D").fit(p).lead_time_demand(28)["mean"].sum() for p in (panel, holes))
    assert abs(with_holes / whole - 1) < 0.05


def test_a_weekday_that_is_never_there_is_closed() -> None:
    panel = sold(many=8)
    sunday = (panel.ends[0] + np.arange(1 - DAYS, 1) + 3) % 7 == 6
    panel.values[:4, sunday] = np.nan
    forecaster = Forecaster("D", horizon=28).fit(panel)
    for _ in range(2):
        table = forecaster.predict()
        shut = table["unique_id"].isin(list(panel.ids[:4])) & (table["ds"].dt.dayofweek == 6)
        assert (table.loc[shut, ["mean", "lo-95", "hi-95"]] == 0).to_numpy().all()
        assert (table.loc[~shut, "hi-95"] > 0).all()
        day = pd.DataFrame({"unique_id": panel.ids, "ds": str(table["ds"].iloc[0])[:10], "y": 5.0})
        forecaster.update(day)


def test_a_single_spike_does_not_lift_the_level() -> None:
    panel, spiked = sold(many=8), sold(many=8)
    spiked.values[:, -20] = 100_000.0
    plain, lifted = (Forecaster("D").fit(p).lead_time_demand(28)["mean"].to_numpy() for p in (panel, spiked))
    assert (lifted < 3 * plain + 5).all()
    told = Forecaster("D").fit(spiked).explain("P05")
    assert told.spikes
    assert "kept out of the level" in told.words


@pytest.mark.parametrize("days", [2, 3, 6, 8, 15])
def test_short_histories_are_forecast_without_a_fuss(days: int) -> None:
    panel = sold(many=5, days=days)
    panel.values[:, -1] += 1
    table = Forecaster("D", horizon=10).fit(panel).predict()
    assert np.isfinite(table["mean"]).all()
    assert (table["mean"] > 0).all()


def test_the_card_names_the_rivals_and_uses_them_where_they_are_better() -> None:
    random = np.random.default_rng(0)
    cycle = random.integers(0, 90, 7).astype(float)
    panel = sold(many=12)
    cards = Forecaster("D").fit(panel).cards()
    assert all("seasonal naive" in card.words for card in cards)
    assert cards[-1].model == "pooled smoothing"
    assert cards[-1].total_error is not None
    assert cards[-1].total_error < 0.1
    panel.values[0] = cycle[np.arange(DAYS) % 7]
    table = Forecaster("D").fit(panel).predict()
    ahead = table[table["unique_id"] == "P00"]["mean"].to_numpy()
    assert np.allclose(ahead, np.tile(cycle, 4), atol=1.0)


def test_trees_join_in_where_the_panel_is_large_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trees, "ROWS", 4_000)
    panel = sold(many=60)
    forecaster = Forecaster("D", trees=True).fit(panel)
    assert forecaster.shared_.trees is not None
    assert 0 <= forecaster.shared_.trees.share.min() <= forecaster.shared_.trees.share.max() <= 1
    total = forecaster.lead_time_demand(28)["mean"].sum()
    assert abs(total / (28 * np.geomspace(0.3, 200, 60).sum()) - 1) < 0.05
    assert Forecaster("D", trees=True).fit(sold(many=20)).shared_.trees is None


def test_explanations_say_what_the_forecast_rests_on(fitted: Forecaster) -> None:
    told = fitted.explain("P23")
    assert told.kind == "smooth"
    assert "most on a" in told.words
    shares = {name: share for name, share in told.weights.items() if name != "of these with a trend"}
    assert sum(shares.values()) == pytest.approx(1, abs=1e-3)
    with pytest.raises(BadInput):
        fitted.explain("nothing")


def test_calls_that_cannot_be_met_are_refused(fitted: Forecaster) -> None:
    for wrong in (0, 29):
        with pytest.raises(BadInput):
            fitted.predict(wrong)
    with pytest.raises(BadInput):
        fitted.predict(level=[0])
    with pytest.raises(BadInput):
        Forecaster("D").predict()
    with pytest.raises(BadInput):
        Forecaster("D", horizon=0).fit(sold(many=3))


def test_months_and_weeks_are_dated_as_the_data_are() -> None:
    months = pd.DataFrame(
        {"unique_id": "m", "ds": pd.date_range("2020-01-01", periods=40, freq="MS"), "y": np.arange(40) % 12 + 5}
    )
    assert str(Forecaster("MS").fit(months).predict()["ds"].iloc[-1])[:10] == "2024-04-01"
    assert frequency("me").code == "MS"
