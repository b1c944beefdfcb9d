"""Every page looks as it was approved, light and dark. Languages and scales are parameters of a `Look`: add one, renew, look."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.exchange.preview import Preview
from app.proofs import Opened
from app.ui import theme
from app.ui.first_run.assistant import Assistant
from app.ui.pages.files import FilesPage
from app.ui.preferences import Preferences
from app.ui.tasks import Lanes
from app.ui.window import PAGES, Window
from chain.verdict import Code
from tests.app.ui.golden import Look, assert_golden, wearing
from tests.app.ui.world import ITEM, NOON, World, check_of

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
@pytest.mark.parametrize("view", ["files", "files-import", "files-proofs"])
def test_files_look_as_in_the_golden_picture(qtbot, pinned: QApplication, tmp_path: Path, view: str, look: Look) -> None:
    with wearing(pinned, look):
        window = Window(Lanes(World), tmp_path, Preferences(), offline=True)
        try:
            with qtbot.waitSignal(window.lanes.settled, timeout=10_000):
                window.show()
            window.resize(*SIZE)
            window.open("files")
            qtbot.waitUntil(lambda: window.lanes.outstanding == 0, timeout=20_000)
            assert window.files is not None
            if view == "files-import":
                show_list(window.files)
            elif view == "files-proofs":
                show_proofs(window.files)
            window.setFocus()
            assert_golden(window, f"pages/{view}-{look.name}", look.scale)
        finally:
            window.close()
            window.deleteLater()


def show_list(page: FilesPage) -> None:
    """A partner's table with two bad rows."""
    path = Path("delivery 4711.csv")
    told = Preview(path, "table", events=42, fresh=38, duplicates=2, bad=2, first=NOON, last=NOON)
    told.parties = ("Nova Works", "Harbour Warehouse", "Uhuru Chemist", "Kwik Shop", "Linden Pharmacy")
    told.refused = [
        {"row": 7, "column": "time", "reason": "“yesterday” is not a date of the form ISO"},
        {"row": 31, "column": "to, to_gln", "reason": "the party “to” has no name here"},
    ]
    page.importing.begin(path, ("plain", "scms"), table=True)
    page.importing.tell(told)
    page._stack.setCurrentWidget(page.importing)


def show_proofs(page: FilesPage) -> None:
    """A depot pack about five items, one of them recalled and one of which nobody vouches."""
    codes = (Code.OK, Code.RECALLED, Code.OK, Code.NOT_WITNESSED, Code.OK)
    page.proofs.tell([Opened(Path("truck 12.wayproof"), tuple(map(check_of, codes)))], page.tr("this laptop's trust pack"))
    page._stack.setCurrentWidget(page.proofs)


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
