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
    from app.ui.door import OpenDoor


@pytest.fixture
def world(sample_world: Path, tmp_path: Path) -> Path:
    """A copy of the sample world's profile, to do with as one likes."""
    profile = tmp_path / "demo"
    shutil.copytree(sample_world, profile)
    return profile


@pytest.fixture(scope="session")
def judged_world(sample_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample world's profile after every label was scanned and everything was judged once: do not write to it."""
    from app import demo
    from app.ui.door import OpenDoor

    profile = tmp_path_factory.mktemp("judged") / "demo"
    shutil.copytree(sample_world, profile)
    list(demo.table(profile))
    with OpenDoor.open(profile, offline=True) as opened:
        opened.alerts.keep(opened.alerts.assessor().run())
    return profile


@pytest.fixture
def judged(judged_world: Path, tmp_path: Path) -> Iterator[OpenDoor]:
    """An offline station, with desk and alerts, on a copy of the judged world."""
    from app.ui.door import OpenDoor

    shutil.copytree(judged_world, tmp_path / "judged")
    with OpenDoor.open(tmp_path / "judged", offline=True) as opened:
        yield opened


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
