# ruff: noqa: F811 - fixtures of other modules are imported and then named as arguments
"""The desk and the judged sample world in a language that does not exist: every view, every verdict, every alert."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.demo import cast
from app.ui.preferences import Preferences
from app.ui.run import lanes_of
from app.ui.window import PAGES, Window
from tests.app.desk import yard as yards
from tests.app.desk.yard import Yard
from tests.app.ui.desk_window import founded, profile, settle, window, yard  # noqa: F401 - fixtures
from tests.app.ui.foreign import names_in, pseudo_speaking, untranslated, words_of  # noqa: F401 - a fixture
from tests.app.ui.test_desk_everywhere import every_view

DATA = frozenset().union(
    names_in(vars(cast).values()),
    names_in(vars(yards).values()),
    words_of("PARCEL Herma Avery Zweckform ZPL YYYY FIRST LAST camera"),
)


@pytest.fixture
def pinned_foreign(pseudo_speaking: QApplication) -> QApplication:
    return pseudo_speaking


def test_no_view_of_the_desk_holds_an_untranslated_text(qtbot, pinned_foreign, window: Window, yard: Yard) -> None:
    left = {view: found for view in every_view(qtbot, window, yard) if (found := untranslated(window, DATA))}
    assert not left, "\n".join(map(str, left.items() if isinstance(left, dict) else left))


@pytest.fixture
def judged_window(qtbot, pinned_foreign, judged_world: Path, tmp_path: Path) -> Iterator[Window]:
    shutil.copytree(judged_world, tmp_path / "judged")
    made = Window(lanes_of(tmp_path / "judged", offline=True), tmp_path / "judged", Preferences(), offline=True)
    with qtbot.waitSignal(made.lanes.settled, timeout=30_000):
        made.show()
    yield made
    made.close()
    made.deleteLater()


def test_no_page_of_the_sample_world_holds_an_untranslated_text(qtbot, judged_window: Window) -> None:
    left: dict[str, object] = {}
    texts = {check.scan.text for check in judged_window.scan.recent.checks.checks()}
    assert len(texts) > 10
    for text in sorted(texts):
        judged_window.scan.submit([text])
        settle(qtbot, judged_window)
        judged_window.scan.card.details.click()
        if found := untranslated(judged_window, DATA):
            left[text] = found
    for name in PAGES[1:]:
        judged_window.open(name)
        settle(qtbot, judged_window)
        if found := untranslated(judged_window, DATA):
            left[name] = found
    assert not left, "\n".join(map(str, left.items() if isinstance(left, dict) else left))
