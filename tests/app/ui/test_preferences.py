"""How the window looked."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.ui.preferences import NAME, THEMES, Preferences


def test_they_are_kept(tmp_path: Path) -> None:
    kept = Preferences("dark", 900, 700, True)
    assert kept.save(tmp_path / "new")
    assert Preferences.load(tmp_path / "new") == kept


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"\xff\xfe", b"[]", b"null", b'{"theme": "pink"}', b'{"theme": []}', b'{"width": -1, "height": 1e400}',
        b"[" * 4000, b" " * 5000, b'{"maximised": "yes"}',
    ],
)  # fmt: skip
def test_nonsense_means_the_defaults(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    assert Preferences.load(tmp_path) == Preferences()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.binary(max_size=200))
def test_no_content_can_break_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    assert Preferences.load(tmp_path).theme in THEMES


def test_a_disk_that_refuses_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not Preferences().save(tmp_path / "file" / "below")
