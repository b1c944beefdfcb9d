"""Fixtures every room shares."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("soak", max_examples=20_000, stateful_step_count=100, deadline=None)  # --hypothesis-profile=soak
settings.register_profile("unhurried", deadline=None)  # where something measures along
settings.register_profile("repeatable", deadline=None, derandomize=True)  # `make test`: a commit is judged the same twice
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of third-party vectors and data sets; its tests are skipped where it is absent."""
    folder = Path(os.environ.get("WAYPROOF_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"third-party data not here: {folder}/data (set WAYPROOF_SHARED)")
    return folder / "data"


@pytest.fixture(scope="session")
def sample_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The profile of a sample world, founded once a session: do not write to it."""
    from app import demo

    profile = tmp_path_factory.mktemp("world") / "demo"
    demo.found(profile)
    return profile
