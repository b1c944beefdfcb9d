"""Copies of the sample world, which is founded once a session, for tests that change it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.chain import anvil as second_engine

if TYPE_CHECKING:
    from app.station import Station


@pytest.fixture
def world(sample_world: Path, tmp_path: Path) -> Path:
    """A copy of the sample world's profile, to do with as one likes."""
    profile = tmp_path / "demo"
    shutil.copytree(sample_world, profile)
    return profile


@pytest.fixture
def station(world: Path) -> Iterator[Station]:
    """An offline station on a copy of the sample world."""
    from app.station import Station

    with Station.open(world, offline=True) as opened:
        yield opened


@pytest.fixture
def anvil() -> Iterator[second_engine.Anvil]:
    """A fresh anvil chain; the test is skipped where anvil is not installed."""
    program = second_engine.binary()
    if program is None or not program.is_file():
        pytest.skip("anvil is not installed: npm install @foundry-rs/anvil, or set WAYPROOF_ANVIL")
    with second_engine.running(program) as running:
        yield running
