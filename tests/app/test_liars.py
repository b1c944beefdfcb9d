"""A node that lies, on every path: a sixth of `make torture`'s runs, and a few of its omissions."""

from __future__ import annotations

from pathlib import Path

from tests.torture.liars import READING, WRITING, run
from tests.torture.lies import MODES

OMITTED = 25


def test_lies_are_noticed_or_do_no_harm_on_every_path_and_omissions_are_noticed(tmp_path: Path) -> None:
    told = run(tmp_path, OMITTED, seed=11, every=6)
    assert told["wrong"] == []
    assert told["omissions noticed"] == OMITTED
    assert len(told["paths"]) == len(READING) + len(WRITING)
    assert told["runs"] >= len(MODES)
    assert sum(found.get("noticed", 0) for found in told["paths"].values()) > told["runs"] // 3


def test_every_lie_of_the_catalogue_has_a_mode() -> None:
    assert len({(mode.group, mode.name) for mode in MODES}) == len(MODES) == 86
