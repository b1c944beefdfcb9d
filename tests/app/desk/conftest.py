"""The yard, founded once a session and copied for each test, and a desk on it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from app.desk.desk import Desk
from app.station import Station
from tests.app.desk import yard as yards
from tests.app.desk.yard import Yard


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, datetime]:
    """A yard's profile and when it was founded; do not write to it."""
    now = yards.today()
    profile = tmp_path_factory.mktemp("yard") / "profile"
    yards.found(profile, now)
    return profile, now


@pytest.fixture
def yard(founded: tuple[Path, datetime]) -> Yard:
    """What is where."""
    return yards.names(founded[1])


@pytest.fixture
def profile(founded: tuple[Path, datetime], tmp_path: Path) -> Path:
    """A copy of the yard's profile."""
    copied = tmp_path / "profile"
    shutil.copytree(founded[0], copied)
    return copied


@pytest.fixture
def station(profile: Path) -> Iterator[Station]:
    """An open station in the yard."""
    with Station.open(profile) as opened:
        yield opened


@pytest.fixture
def desk(station: Station) -> Desk:
    """Its desk."""
    return Desk(station)
