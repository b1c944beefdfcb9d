"""The sample world, founded once a session; tests that change it get a copy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from app.station import Station


@pytest.fixture(scope="session")
def sample_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The profile of a sample world: do not write to it."""
    from app import demo

    profile = tmp_path_factory.mktemp("world") / "demo"
    demo.found(profile)
    return profile


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
