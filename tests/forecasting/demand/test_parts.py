"""A fit that was stopped goes on where it was, and never on somebody else's numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app.cli import main
from forecasting.demand import Forecaster, engine
from forecasting.demand.series import Panel, from_arrays


class Stop(Exception):
    """Somebody pressed Ctrl-C."""


@pytest.fixture
def panel(monkeypatch: pytest.MonkeyPatch) -> Panel:
    monkeypatch.setattr(engine, "CHUNK", 20)
    monkeypatch.setattr(engine, "PILOT", 30)
    values = np.random.default_rng(3).poisson(np.linspace(1, 60, 100)[:, None], (100, 90)).astype(float)
    return from_arrays([f"P{i:03}" for i in range(100)], values, np.datetime64("2024-05-01"), "D")


@pytest.fixture
def fitted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The first id of every chunk that was really fitted."""
    found: list[str] = []
    real = engine.fit_chunk

    def counted(part: Panel, horizon: int, shared: engine.Shared) -> engine.Chunk:
        found.append(part.ids[0])
        return real(part, horizon, shared)

    monkeypatch.setattr(engine, "fit_chunk", counted)
    return found


def stopped(panel: Panel, parts: Path, after: int) -> None:
    def progress(what: str, done: int, total: int) -> None:
        if done == after:
            raise Stop

    with pytest.raises(Stop):
        Forecaster("D", horizon=7, parts=parts).fit(panel, progress=progress)


def test_a_stopped_fit_goes_on_and_says_the_same(panel: Panel, tmp_path: Path, fitted: list[str]) -> None:
    whole = Forecaster("D", horizon=7).fit(panel).predict()
    fitted.clear()
    stopped(panel, tmp_path / "parts", 3)
    assert fitted == ["P000", "P020", "P040"]
    fitted.clear()
    said: list[tuple[int, int]] = []
    again = Forecaster("D", horizon=7, parts=tmp_path / "parts").fit(panel, progress=lambda _, done, of: said.append((done, of)))
    assert fitted == ["P060", "P080"]
    assert said == [(3, 5), (4, 5), (5, 5)]
    pd.testing.assert_frame_equal(again.predict(), whole)


def test_a_resumed_fit_is_updated_like_any_other(panel: Panel, tmp_path: Path) -> None:
    stopped(panel, tmp_path, 4)
    day = pd.DataFrame({"unique_id": panel.ids, "ds": np.datetime64("2024-05-02"), "y": 5.0})
    updated = Forecaster("D", horizon=7, parts=tmp_path).fit(panel).update(day)
    fresh = Forecaster("D", horizon=7).fit(panel).update(day)
    pd.testing.assert_frame_equal(updated.predict(), fresh.predict())


def test_other_data_and_other_settings_find_nothing(panel: Panel, tmp_path: Path, fitted: list[str]) -> None:
    stopped(panel, tmp_path, 5)
    for horizon, seed in ((7, 1), (8, 0)):
        fitted.clear()
        Forecaster("D", horizon=horizon, seed=seed, parts=tmp_path).fit(panel)
        assert len(fitted) == 5
    fitted.clear()
    changed = from_arrays(panel.ids, np.where(np.arange(90) == 50, 3.0, panel.values), np.datetime64("2024-05-01"), "D")
    Forecaster("D", horizon=7, parts=tmp_path).fit(changed)
    assert len(fitted) == 5


@pytest.mark.parametrize("left", [b"", b"PK\x03\x04 half a file", b"not a zip"])
def test_a_damaged_part_is_fitted_again(panel: Panel, tmp_path: Path, fitted: list[str], left: bytes) -> None:
    stopped(panel, tmp_path, 5)
    sorted(tmp_path.glob("*.npz"))[0].write_bytes(left)
    fitted.clear()
    Forecaster("D", horizon=7, parts=tmp_path).fit(panel)
    assert len(fitted) == 1


def test_the_command_goes_on_with_resume_and_cleans_up(
    panel: Panel, tmp_path: Path, fitted: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    days = np.datetime64("2024-02-02") + np.arange(90)
    table = pd.DataFrame({"unique_id": np.repeat(panel.ids, 90), "ds": np.tile(days, 100), "y": panel.values.ravel()})
    table.to_csv(tmp_path / "sales.csv", index=False)
    out = tmp_path / "out.csv"
    call = ["--profile", str(tmp_path), "forecast", str(tmp_path / "sales.csv"), "--horizon", "7", "--jobs", "1", "-o", str(out)]
    counted = engine.fit_chunk

    def interrupted(part: Panel, horizon: int, shared: engine.Shared) -> engine.Chunk:
        if len(fitted) == 2:
            raise KeyboardInterrupt
        return counted(part, horizon, shared)

    with monkeypatch.context() as during:
        during.setattr(engine, "fit_chunk", interrupted)
        assert main(call) == 130
    assert "--resume goes on" in capsys.readouterr().err
    assert not out.exists()
    fitted.clear()
    assert main([*call, "--resume"]) == 0
    assert len(fitted) == 3
    assert len(pd.read_csv(out)) == 700
    assert not list(tmp_path.glob("*.parts"))
