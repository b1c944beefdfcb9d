"""The parts under the forecasts against second opinions: scipy's negative binomial, plain loops, and hand-made cases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting import selection
from forecasting.demand import Forecaster, counts, intervals, season, smoothing
from forecasting.demand.calendar import frequency
from forecasting.demand.classes import ERRATIC, INTERMITTENT, LUMPY, SMOOTH, classify, spike_caps
from forecasting.demand.series import from_arrays


@settings(max_examples=80, deadline=None)
@given(st.floats(0.01, 29.9), st.floats(1.01, 30.0), st.floats(0.01, 0.99))
def test_count_quantiles_are_those_of_scipy(mean: float, ratio: float, level: float) -> None:
    from scipy.stats import nbinom

    size = float(counts.shape(np.array([mean]), np.array([mean * ratio]))[0])
    ours = float(counts.quantiles(np.array([mean]), np.array([mean * ratio]), np.array([[level]]))[0, 0])
    law = nbinom(size, size / (size + mean))
    whole = int(np.ceil(max(ours - 0.5, 0.0))) if mean >= counts.RARE else int(ours)
    assert law.cdf(whole) >= level - 1e-9
    assert whole == 0 or law.cdf(whole - 1) < level + 1e-9
    if mean >= counts.RARE and ours > 0:  # within a count, chance grows evenly
        assert law.cdf(whole - 1) + law.pmf(whole) * (ours + 0.5 - whole) == pytest.approx(level, abs=1e-6)


def test_intervals_of_counts_hold_what_they_say_over_many_cells() -> None:
    from scipy.stats import nbinom

    mean = np.linspace(4.0, 28.0, 4_000)
    bands = counts.quantiles(mean, 1.7 * mean, np.tile([0.1, 0.9], (len(mean), 1)))
    size = counts.shape(mean, 1.7 * mean)
    law = nbinom(size, size / (size + mean))
    inside = law.cdf(np.floor(bands[:, 1])) - law.cdf(np.ceil(bands[:, 0]) - 1)
    assert inside.mean() == pytest.approx(0.8, abs=0.005)


def test_many_cells_at_once_are_the_same_as_one_by_one() -> None:
    random = np.random.default_rng(0)
    mean = random.uniform(0.01, 29, 200)
    variance = mean * random.uniform(1.0, 9.0, 200)
    levels = np.sort(random.uniform(0.01, 0.99, (200, 3)), axis=1)
    together = counts.quantiles(mean, variance, levels)
    alone = np.concatenate([counts.quantiles(mean[i : i + 1], variance[i : i + 1], levels[i : i + 1]) for i in range(200)])
    assert np.array_equal(together, alone)


def test_standings_of_the_right_law_are_uniform() -> None:
    random = np.random.default_rng(1)
    drawn = random.negative_binomial(2.0, 0.4, 20_000).astype(float)
    mean, variance = np.full(20_000, 3.0), np.full(20_000, 7.5)
    u = counts.standing(drawn, mean, variance, random.random(20_000))
    assert np.abs(np.histogram(u, 10, (0, 1))[0] / 2_000 - 1).max() < 0.08


@pytest.mark.parametrize("stretch", [1 << 18, 240, 700])
def test_smoothing_is_the_textbook_loop(stretch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(2)
    x = random.random((50, 1, 3)).astype(np.float32)
    usable = random.random((50, 1, 3)) > 0.2
    monkeypatch.setattr(smoothing, "STRETCH", stretch)
    states = smoothing.run(x, usable, np.array([50]), 0.9)
    alpha, level, seen = float(smoothing.ALPHAS[3]), 0.0, 0
    for t in range(50):
        if usable[t, 0, 1]:
            level += max(alpha, 1 / (seen + 1)) * (float(x[t, 0, 1]) - level)
            seen += 1
    assert states.level[0, 0, 3, 1] == pytest.approx(level, rel=1e-4)
    assert states.count[0, 1] == seen


def test_one_step_more_is_one_period_more() -> None:
    random = np.random.default_rng(3)
    x = random.random((41, 2, 4)).astype(np.float32)
    usable = np.ones((41, 2, 4), dtype=bool)
    states = smoothing.run(x, usable, np.array([40, 41]), 0.95)
    level, trend = states.level[0].copy(), states.trend[0].copy()
    smoothing.step(level, trend, x[40], usable[40], states.count[0], 0.95)
    assert np.allclose(level, states.level[1], atol=1e-5)
    assert np.allclose(trend, states.trend[1], atol=1e-5)


def test_a_season_is_not_known_before_it_was_seen() -> None:
    values = np.random.default_rng(4).poisson(20, (5, 140)).astype(float)
    places = frequency("D").places(np.tile(np.arange(140), (5, 1)))
    edges = np.array([70, 140])
    before = season.sums(values, places, 7, edges)
    values[:, 70:] *= 100
    after = season.sums(values, places, 7, edges)
    assert np.array_equal(before.sold[0], after.sold[0])
    assert not np.array_equal(before.sold[1], after.sold[1])


def test_sparse_series_take_the_season_of_the_panel() -> None:
    random = np.random.default_rng(5)
    week = np.array([0.5, 1, 1, 1, 1, 1, 1.5])
    places = frequency("D").places(np.tile(np.arange(350), (40, 1)))
    mean = np.geomspace(0.05, 500, 40)[:, None] * week[places]
    values = random.poisson(mean).astype(float)
    found = season.sums(values, places, 7, np.array([350]))
    own = season.indices(found, season.profile(found, 7), 7)[:, 2]
    assert np.abs(own[0, 0] - week / week.mean()).max() < 0.2
    assert np.abs(own[0, -1] - week / week.mean()).max() < 0.03


def test_classes_of_syntetos_and_boylan() -> None:
    random = np.random.default_rng(6)
    rows = np.stack([
        np.full(200, 5.0), random.choice([1.0, 30.0], 200), np.tile([0.0, 0.0, 3.0, 0.0], 50),
        np.where(np.arange(200) % 4 == 0, random.choice([1.0, 40.0], 200), 0.0),
    ])  # fmt: skip
    assert classify(rows).tolist() == [SMOOTH, ERRATIC, INTERMITTENT, LUMPY]


def test_spikes_are_ten_medians_high() -> None:
    values = np.full((2, 300), 4.0)
    values[0, 7] = 9_000
    values[1, 3] = np.nan
    assert spike_caps(values).tolist() == [40.0, 40.0]


def test_intervals_learnt_from_lived_errors_cover_new_ones() -> None:
    random = np.random.default_rng(7)
    level = random.uniform(40, 400, 300)
    past = np.tile(level[None, :, None], (10, 1, 6))
    actual = past * (1 + 0.2 * random.standard_t(4, past.shape))
    classes = np.zeros(300, dtype=np.int64)
    spread = intervals.learn(past, actual, level, classes, whole=False)
    own = intervals.dispersion(spread, past, actual, level, classes)
    bands = intervals.quantiles(spread, past[0], own, level, classes, [0.025, 0.1, 0.9, 0.975])
    new = past[0] * (1 + 0.2 * random.standard_t(4, past[0].shape))
    assert 0.77 <= ((new >= bands[..., 1]) & (new <= bands[..., 2])).mean() <= 0.83
    assert 0.93 <= ((new >= bands[..., 0]) & (new <= bands[..., 3])).mean() <= 0.97


def test_what_a_whole_panel_shares_makes_its_intervals_wider() -> None:
    """Every origin shifts all series alike, and ever more so: within an origin nothing tells, from one to the next it does."""
    random = np.random.default_rng(11)
    level = random.uniform(40, 400, 300)
    past = np.tile(level[None, :, None], (16, 1, 6))
    shift = 1 + np.where(np.arange(16) % 2, 1.0, -1.0) * np.geomspace(0.005, 0.6, 16)
    classes = np.zeros(300, dtype=np.int64)
    calm = intervals.learn(past, past * (1 + 0.1 * random.standard_normal(past.shape)), level, classes, whole=False)
    noisy = past * shift[:, None, None] * (1 + 0.02 * random.standard_normal(past.shape))
    wild = intervals.learn(past, noisy, level, classes, whole=False)
    assert calm.wider == pytest.approx(1.0, abs=0.05)
    assert wild.wider > 1.1


def test_without_a_past_intervals_are_as_wide_as_the_values_differ() -> None:
    random = np.random.default_rng(12)
    values = np.round(random.gamma(4.0, 25.0, (80, 20)))
    panel = from_arrays([f"S{i}" for i in range(80)], values[:, :12], np.datetime64("2024-12-01"), "MS")
    table = Forecaster("MS", horizon=8).fit(panel).predict()
    low, high = (table[name].to_numpy().reshape(80, 8) for name in ("lo-80", "hi-80"))
    assert 0.65 < ((values[:, 12:] >= low) & (values[:, 12:] <= high)).mean() < 0.92


def test_plain_rules() -> None:
    values = np.arange(1.0, 22.0)[None, :].copy()
    values[0, -1] = np.nan
    naive, seasonal, mean = selection.plain_rules(values, 7, "D", 9)[:, 0]
    assert naive.tolist() == [20.0] * 9
    assert seasonal[:6].tolist() == [15.0, 16, 17, 18, 19, 20]
    assert seasonal[7:].tolist() == [15.0, 16.0]
    assert mean[0] == pytest.approx(np.nanmean(values))


def test_a_rule_is_used_only_where_it_was_far_better() -> None:
    ours = np.array([0.5, 0.5, 0.5]), np.array([0.4, 0.4, 0.4])
    rule = np.array([0.1, 0.45, 0.1]), np.array([0.1, 0.35, 0.1])
    assert selection.choose(ours, [rule], np.array([9, 9, 3])).tolist() == [0, -1, -1]
