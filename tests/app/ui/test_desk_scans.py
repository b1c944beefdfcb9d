# ruff: noqa: F811 - fixtures of another folder are imported and then named as arguments
"""At the desk no scan is lost or reordered, whatever else goes on, and a refusal stays until it was seen."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest

from app.desk.desk import Desk
from app.desk.people import new_badge
from app.desk.session import Mark
from app.desk.tasks import Task
from app.station import Station
from app.ui.door import OpenDoor
from app.ui.pages.desk_chooser import Wanted
from app.ui.preferences import Preferences
from app.ui.run import lanes_of
from app.ui.window import Window
from tests.app.desk.yard import Yard
from tests.app.ui.desk_window import begin, desk_of, founded, lines_of, link, profile, settle, type_burst, window, yard  # noqa: F401 - fixtures
from tests.app.ui.test_window import patient  # noqa: F401 - fixture


@pytest.mark.usefixtures("patient")
def test_three_times_twenty_bursts_with_the_database_busy_are_sixty_lines_in_order(qtbot, window: Window, profile: Path) -> None:
    page = begin(qtbot, window, Wanted(Task.CHECK))
    sent: list[str] = []
    for series in range(3):
        gate = threading.Event()
        window.lanes.store(lambda door, gate=gate: gate.wait(5), lambda _: None)
        for number in range(20):
            sent.append(f"PARCEL {series}-{number:03d}")
            type_burst(window, sent[-1])
        gate.set()
        settle(qtbot, window)
    assert [line.text for line in lines_of(page)] == sent
    assert [line.n for line in lines_of(page)] == list(range(1, 61))
    window.close()
    with Station.open(profile) as station:
        whole = Desk(station).open
        assert whole is not None
        assert [line.text for line in whole.lines] == sent


@pytest.mark.usefixtures("patient")
def test_a_network_that_does_not_answer_holds_no_scan_up(qtbot, window: Window, yard: Yard, profile: Path) -> None:
    """While an event is being sent and the node says nothing, three times twenty scans are judged, written and answered."""
    page = begin(qtbot, window, Wanted(Task.QUARANTINE))
    page.take(link(yard.stock[0]))
    settle(qtbot, window)
    asked, gate = threading.Event(), threading.Event()
    doors: list[OpenDoor] = []
    window.lanes.store(lambda door: door.desk.station, doors.append)
    settle(qtbot, window)
    ledger = doors[0].network().ledger
    real = ledger.head

    def slow() -> object:
        asked.set()
        gate.wait(30)
        return real()

    ledger.head = slow  # type: ignore[method-assign]
    page.finish()
    qtbot.waitUntil(asked.is_set, timeout=30_000)
    page.begin(Wanted(Task.CHECK))
    qtbot.waitUntil(lambda: page.working, timeout=30_000)
    sent = [f"PARCEL {number:03d}" for number in range(60)]
    for start in (0, 20, 40):
        for text in sent[start : start + 20]:
            type_burst(window, text)
        qtbot.waitUntil(lambda start=start: len(lines_of(page)) == start + 20, timeout=30_000)
    assert not gate.is_set()
    assert [line.text for line in lines_of(page)] == sent
    assert page.session.card.line is not None
    assert page.session.card.line.text == sent[-1]
    gate.set()
    settle(qtbot, window)
    done = page.done.done
    assert done is not None
    assert [post.state for post in done.posts] == ["recorded"]
    assert page.working


def test_a_refusal_stays_until_it_was_seen_and_what_follows_is_kept(qtbot, window: Window, yard: Yard) -> None:
    page = begin(qtbot, window, Wanted(Task.RECEIVE))
    card = page.session.card
    page.take(link(yard.coming[0]))
    page.take(link(yard.recalled))
    for item in yard.coming[1:4]:
        page.take(link(item))
    settle(qtbot, window)
    assert card.stopped
    assert card.line is not None
    assert (card.line.mark, card.line.code) == (Mark.REFUSED, "RECALLED")
    assert page.session.kept == 3
    assert card.kept_words == "3 more scans were kept. They are shown next."
    assert [line.mark for line in lines_of(page)] == [Mark.TAKEN, Mark.REFUSED, *[Mark.TAKEN] * 3]
    page.session.finish.click()
    assert page.notice.words.startswith("Something was refused")
    card.acknowledge.click()
    assert not card.stopped
    assert card.line.key == yard.coming[3].key
    page.take(link(yard.recalled))
    settle(qtbot, window)
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_F8)
    qtbot.waitUntil(lambda: not card.stopped)
    assert window.opened == "desk"


@pytest.mark.parametrize("size", [(640, 480), (960, 540), (1280, 800)])
def test_understood_is_in_view_without_scrolling_at_every_size(qtbot, window: Window, yard: Yard, size: tuple[int, int]) -> None:
    """(640, 480) is the smallest window, and what 1280 x 960 pixels leave at a scale of 200 %."""
    page = begin(qtbot, window, Wanted(Task.RECEIVE))
    button = page.session.card.acknowledge
    window.resize(*size)
    for item in (yard.recalled, yard.coming[0]):
        page.take(link(item))
    settle(qtbot, window)
    qtbot.waitUntil(lambda: window.size().toTuple() == size and button.visibleRegion().boundingRect() == button.rect())
    place = QRect(button.mapTo(window, QPoint()), button.size())
    assert window.rect().contains(place)
    assert page.session.card.banner.visibleRegion().boundingRect().height() >= 100  # the word is in view as well
    assert "1 more scan was kept" in page.session.card.kept_words
    QTest.mouseClick(window.windowHandle(), Qt.MouseButton.LeftButton, pos=place.center())
    qtbot.waitUntil(lambda: not page.session.card.stopped)
    assert page.session.card.foot.isHidden()


def test_a_scan_without_a_task_is_checked_and_a_badge_never_is(qtbot, window: Window, yard: Yard) -> None:
    window._scanned(link(yard.stock[0]))
    settle(qtbot, window)
    assert window.opened == "scan"
    window.open("desk")
    badge = new_badge()
    desk_of(window).people.name.setText("Ada")
    window._scanned(badge)
    settle(qtbot, window)
    assert window.opened == "desk"
    assert all(badge not in check.scan.text for check in window.scan.recent.checks.checks())


def test_an_open_task_is_gone_on_with_after_a_restart_and_gets_scans_from_every_page(
    qtbot,
    window: Window,
    yard: Yard,
    profile: Path,
    dressed,
) -> None:
    page = begin(qtbot, window, Wanted(Task.COUNT))
    window.open("items")
    window._scanned(link(yard.stock[0]))
    assert window.opened == "desk"
    settle(qtbot, window)
    assert len(lines_of(page)) == 1
    window.close()
    again = Window(lanes_of(profile), profile, Preferences())
    with qtbot.waitSignal(again.lanes.settled, timeout=30_000):
        again.show()
    settle(qtbot, again)
    try:
        assert again.opened == "desk"
        assert len(lines_of(desk_of(again))) == 1
    finally:
        again.close()
        again.deleteLater()


def test_a_refusal_is_still_there_after_a_look_at_another_page(qtbot, window: Window, yard: Yard) -> None:
    page = begin(qtbot, window, Wanted(Task.RECEIVE))
    page.take(link(yard.recalled))
    page.take(link(yard.coming[0]))
    settle(qtbot, window)
    window.open("items")
    settle(qtbot, window)
    window.open("desk")
    settle(qtbot, window)
    assert page.session.card.stopped
    assert page.session.card.line is not None
    assert page.session.card.line.key == yard.recalled.key
    assert page.session.kept == 1
