"""The sample world: every verdict code comes out as it was plotted, and nothing of a stranger's is overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import demo
from app.demo.story import Story
from app.demo.units import plot
from chain.errors import BadInput
from chain.verdict import Code, Kind


def test_every_code_comes_out_of_a_scanned_picture(world: Path) -> None:
    rows = list(demo.table(world))
    assert {row.expected for row in rows} == set(Code) - {Code.NOT_WITNESSED}
    assert [(row.expected, row.got) for row in rows if not row.agrees] == []


def test_only_the_honest_unit_is_green(world: Path) -> None:
    assert [row.expected for row in demo.table(world) if row.kind is Kind.GENUINE] == [Code.OK]


def test_the_same_end_tells_the_same_story() -> None:
    from datetime import UTC, datetime

    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert plot(Story(now)) == plot(Story(now))


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("dear diary")
    with pytest.raises(BadInput, match="choose another profile"):
        demo.found(tmp_path)
    assert (tmp_path / "letters.txt").read_text() == "dear diary"
