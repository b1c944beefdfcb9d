"""Every page looks as it was approved, light and dark. Languages and scales are parameters of a `Look`: add one, renew, look."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.ui import theme
from app.ui.preferences import Preferences
from app.ui.tasks import Lanes
from app.ui.window import PAGES, Window
from tests.app.ui.golden import Look, assert_golden, wearing
from tests.app.ui.world import ITEM, World

SIZE = (1000, 680)
LOOKS = (Look(theme.LIGHT), Look(theme.DARK))


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_looks_as_in_the_golden_picture(qtbot, pinned: QApplication, tmp_path: Path, name: str, look: Look) -> None:
    with wearing(pinned, look):
        window = Window(Lanes(World), tmp_path, Preferences(), offline=True)
        try:
            with qtbot.waitSignal(window.lanes.settled, timeout=10_000):
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
