"""The page people live on."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog

from app.ui.pages.scan import ScanPage
from app.ui.pictures import Found, Pictures
from app.ui.tasks import Lanes
from chain.errors import BadInput, LedgerError
from chain.verdict import Code, Kind
from tests.app.ui.world import World, check_of

PICTURES = {"three.png": ("OK 1", "RECALLED 2", "UNREADABLE 3"), "one.jpg": ("OK 1",), "none.pdf": ()}


class Album(Pictures):
    """Pictures that need no decoder."""

    def read(self, path: Path) -> Found:
        if path.name not in PICTURES:
            raise BadInput(f"{path.name} is not a picture.")
        return Found(path.name, PICTURES[path.name])


@pytest.fixture
def page(qtbot, dressed, lanes: Lanes) -> ScanPage:
    made = ScanPage(lanes, pictures=Album())
    qtbot.addWidget(made)
    made.resize(1100, 720)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    return made


def drop(page: ScanPage, data: QMimeData) -> None:
    page.dropEvent(
        QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    )


def files(*names: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(f"/pictures/{name}") for name in names])
    return data


def test_a_typed_code_becomes_a_verdict(qtbot, page: ScanPage, world: World) -> None:
    qtbot.keyClicks(page.field, "RECALLED 17")
    with qtbot.waitSignal(page.checked):
        qtbot.keyClick(page.field, Qt.Key.Key_Return)
    assert page.card.isVisible()
    assert page.card.check is not None
    assert page.card.check.verdict.code is Code.RECALLED
    assert not page.ready.isVisible()
    assert page.counter.number(Kind.REJECTED) == 1
    assert page.recent.checks.checks()[0] is page.card.check
    assert (world.checked[0].text, world.checked[0].via) == ("RECALLED 17", "keyboard")


def test_twenty_scans_are_answered_in_order(qtbot, page: ScanPage, world: World) -> None:
    sent = [f"OK {number}" for number in range(20)]
    for text in sent:
        page.submit([text])
    qtbot.waitUntil(lambda: page.counter.number(Kind.GENUINE) == 20)
    assert [scan.text for scan in world.checked] == sent
    assert [check.scan.text for check in page.recent.checks.checks()] == sent[::-1]


def test_the_field_always_has_the_focus(qtbot, page: ScanPage) -> None:
    qtbot.waitUntil(page.field.hasFocus)
    page.submit(["OK 1"])
    qtbot.waitUntil(lambda: page.card.isVisible())
    for button in (page.card.details, page.card.journey):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert page.field.hasFocus()
    qtbot.mouseClick(
        page.recent.viewport(), Qt.MouseButton.LeftButton, pos=page.recent.visualRect(page.recent.checks.index(0)).center()
    )
    qtbot.waitUntil(page.field.hasFocus)
    qtbot.mouseClick(page, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert page.field.hasFocus()


def test_what_is_typed_elsewhere_on_the_page_goes_to_the_field(qtbot, page: ScanPage) -> None:
    page.submit(["OK 1"])
    qtbot.waitUntil(lambda: page.card.isVisible())
    page.card.details.setFocus(Qt.FocusReason.TabFocusReason)
    assert page.card.details.hasFocus()
    qtbot.keyClick(page.card.details, "7")
    assert page.field.hasFocus()
    assert page.field.text() == "7"


def test_every_button_can_be_reached_and_pressed_from_the_keyboard(qtbot, page: ScanPage) -> None:
    page.submit(["OK 1"])
    qtbot.waitUntil(lambda: page.card.isVisible())
    for _ in range(12):
        qtbot.keyClick(page.focusWidget(), Qt.Key.Key_Tab)
        if page.card.details.hasFocus():
            break
    assert page.card.details.hasFocus()
    qtbot.keyClick(page.card.details, Qt.Key.Key_Space)
    assert page.evidence.isVisible()


def test_a_picture_with_several_codes_shows_the_gravest(qtbot, page: ScanPage) -> None:
    with qtbot.waitSignal(page.checked):
        drop(page, files("three.png"))
    assert page.card.check is not None
    assert page.card.check.verdict.code is Code.RECALLED
    assert page.recent.checks.rowCount() == 3
    assert page.card._note.text().startswith("3 codes read")
    assert all(check.scan.via == "file" for check in page.recent.checks.checks())


def test_a_picture_without_a_code_says_what_to_do(qtbot, page: ScanPage) -> None:
    drop(page, files("none.pdf"))
    qtbot.waitUntil(lambda: page.notice.words.startswith("No code was found in none.pdf."))
    assert page.field.hasFocus()


def test_a_broken_picture_is_named(qtbot, page: ScanPage) -> None:
    drop(page, files("broken.png"))
    qtbot.waitUntil(lambda: page.notice.words == "broken.png is not a picture.")


def test_other_files_go_to_the_page_for_files(qtbot, page: ScanPage) -> None:
    with qtbot.waitSignal(page.files_wanted) as told:
        drop(page, files("truck.wayproof"))
    assert [path.name for path in told.args[0]] == ["truck.wayproof"]
    page.submit_files([Path("program.exe")])
    assert page.notice.words.startswith("Only pictures")


def test_a_dropped_link_is_a_text_and_is_not_opened(qtbot, page: ScanPage, world: World) -> None:
    link = QMimeData()
    link.setUrls([QUrl("https://example.org/01/09521000011019/21/A")])
    link.setText("https://example.org/01/09521000011019/21/A")
    drop(page, link)
    assert page.field.text() == "https://example.org/01/09521000011019/21/A"
    assert world.checked == []


def test_opening_a_picture_does_not_stop_the_window(qtbot, page: ScanPage) -> None:
    qtbot.mouseClick(page.open_picture, Qt.MouseButton.LeftButton)
    [dialog] = page.findChildren(QFileDialog)
    with qtbot.waitSignal(page.checked):
        dialog.filesSelected.emit(["/pictures/one.jpg"])
    dialog.reject()
    qtbot.waitUntil(lambda: not page.findChildren(QFileDialog))


def test_the_verdict_is_refined_when_the_network_answers(qtbot, page: ScanPage, world: World) -> None:
    world.better = lambda check: replace(check_of(Code.RECALLED), scan=check.scan)
    page.submit(["OK 1"])
    qtbot.waitUntil(lambda: page.card.check is not None and page.card.check.verdict.code is Code.RECALLED)
    assert page.counter.number(Kind.GENUINE) == 0
    assert page.counter.number(Kind.REJECTED) == 1
    assert page.recent.checks.rowCount() == 1


def test_only_the_last_scan_of_a_burst_is_refined(qtbot, page: ScanPage, world: World) -> None:
    for number in range(5):
        page.submit([f"OK {number}"])
    qtbot.waitUntil(lambda: len(world.refined) == 1)
    assert world.refined[0].scan.text == "OK 4"


def test_a_refinement_that_comes_after_the_next_scan_does_not_take_its_place(qtbot, page: ScanPage, world: World) -> None:
    gate = threading.Event()

    def slow(check):
        gate.wait(5)
        return replace(check_of(Code.RECALLED), scan=check.scan)

    world.better = slow
    page.submit(["OK 1"])
    qtbot.waitUntil(lambda: len(world.refined) == 1)
    world.better = lambda check: check
    page.submit(["EXPIRED 2"])
    gate.set()
    qtbot.waitUntil(lambda: page.counter.number(Kind.REJECTED) == 1)
    assert page.card.check is not None
    assert page.card.check.verdict.code is Code.EXPIRED


def test_why_the_network_did_not_help_is_said_once(qtbot, page: ScanPage, world: World) -> None:
    def refuse(check):
        raise LedgerError("The node's answers cannot be true.")

    world.better = refuse
    page.submit(["OK 1"])
    qtbot.waitUntil(lambda: page.notice.words == "The node's answers cannot be true.")
    page.submit(["OK 2"])
    qtbot.waitUntil(lambda: len(world.refined) == 2)
    qtbot.waitUntil(lambda: page._lanes.outstanding == 0)
    assert page.notice.words == ""
    assert page.card.check is not None
    assert page.card.check.verdict.code is Code.OK


def test_offline_it_never_refines(qtbot, dressed, lanes: Lanes, world: World) -> None:
    page = ScanPage(lanes, offline=True)
    qtbot.addWidget(page)
    with qtbot.waitSignal(page.checked):
        page.submit(["OK 1"])
    assert not page._refine_timer.isActive()


def test_an_error_of_the_store_is_shown_and_the_field_listens_on(qtbot, page: ScanPage, world: World, monkeypatch) -> None:
    def refuse(scan):
        raise BadInput("The disk is full: free some space, then scan again.")

    monkeypatch.setattr(world, "check", refuse)
    page.submit(["OK 1"])
    qtbot.waitUntil(lambda: page.notice.words.startswith("The disk is full"))
    assert page.field.hasFocus()


def test_on_a_narrow_screen_the_columns_are_stacked(qtbot, page: ScanPage) -> None:
    wide = page.recent.mapTo(page, QPoint()).x()
    page.resize(700, 720)
    qtbot.waitUntil(lambda: page.recent.mapTo(page, QPoint()).x() < wide / 2)
