"""Every page looks as it was approved, light and dark. Languages and scales are parameters of a `Look`: add one, renew, look."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.ui import theme
from app.ui.first_run.assistant import Assistant
from app.ui.preferences import Preferences
from app.ui.tasks import Lanes
from app.ui.window import PAGES, Window
from tests.app.ui.golden import Look, assert_golden, wearing
from tests.app.ui.world import ITEM, World

SIZE = (1000, 680)
LOOKS = (Look(theme.LIGHT), Look(theme.DARK))
CASES = [(name, look) for name in PAGES for look in LOOKS] + [("desk", Look(language="ar")), ("scan", Look(language="ar"))]


@pytest.mark.parametrize(("name", "look"), CASES, ids=[f"{name}-{look.name}" for name, look in CASES])
def test_a_page_looks_as_in_the_golden_picture(qtbot, pinned: QApplication, tmp_path: Path, name: str, look: Look) -> None:
    with wearing(pinned, look):
        window = Window(Lanes(World), tmp_path, Preferences(), offline=True)
        try:
            with qtbot.waitSignal(window.lanes.settled, timeout=30_000):
                window.show()
            window.resize(*SIZE)
            if name == "journey":
                window.show_journey(ITEM)
            window.open(name)
            qtbot.waitUntil(lambda: window.lanes.outstanding == 0, timeout=20_000)
            window.scan.field.clearFocus()
            assert_golden(window, f"pages/{name}-{look.name}", look.scale)
        finally:
            window.close()
            window.deleteLater()


@pytest.mark.parametrize("look", [*LOOKS, Look(language="ar")], ids=lambda look: look.name)
@pytest.mark.parametrize("name", ["choices", "join", "start"])
def test_the_first_start_looks_as_in_the_golden_picture(
    qtbot, pinned: QApplication, tmp_path: Path, name: str, look: Look
) -> None:
    with wearing(pinned, look):
        assistant = Assistant(tmp_path / "profile")
        try:
            with qtbot.waitSignal(assistant.painted, timeout=30_000):
                assistant.show()
            assistant.resize(*SIZE)
            assistant.show_page(getattr(assistant, name))
            assistant.setFocus()
            assert_golden(assistant, f"pages/first-run-{name}-{look.name}", look.scale)
        finally:
            assistant.close()
            assistant.deleteLater()
