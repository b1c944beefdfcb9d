"""Fixtures of the detector's tests: what is rehearsed beside decided cases is small here."""

from __future__ import annotations

import pytest

from forecasting import rehearsal
from forecasting.judge import Case


@pytest.fixture(autouse=True)
def short_rehearsal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two small networks instead of the dozen that a model learns beside."""
    full = rehearsal.cases

    def short() -> tuple[Case, ...]:
        return full((0, 1), 1, 900)

    monkeypatch.setattr(rehearsal, "cases", short)
