"""The whole window."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QWidget,
)

from app.checks import ItemRow
from app.ui import theme
from app.ui.preferences import Preferences
from app.ui.tasks import Lanes
from app.ui.theme import TARGET
from app.ui.wedge import Wedge
from app.ui.widgets.journey_map import JourneyMap
from app.ui.window import PAGES, Window
from chain.errors import StoreError
from chain.journey import Item, Journey, Party, Place, Verb
from chain.verdict import Code
from tests.app.ui.world import ITEM, World, check_of, step

HOSTILE = (
    "<b>bold</b><img src='http://192.0.2.1/x.png'><a href='file:///etc/passwd'>click</a>&lt;script&gt;",
    "\u202egnp.exe zero\u200bwidth\u2060\ufeff null\x00 bell\x07 esc\x1b[31m \ud83d Z\u0310\u0351\u0310\u0351\u0310algo",
    "%s %n {0} {name} {{",
    "a" * 5000,
)


def settle(qtbot, window: Window) -> None:
    qtbot.waitUntil(lambda: window.lanes.outstanding == 0)


def open_all(qtbot, window: Window) -> None:
    """Every page made and filled."""
    window.scan.submit(["SUSPECTED 1"])
    settle(qtbot, window)
    window.scan.card.details.click()
    window.show_journey(ITEM)
    settle(qtbot, window)
    for name in (*PAGES, "files"):
        window.open(name)
        settle(qtbot, window)


def test_the_station_opens_after_the_first_paint_and_the_strip_says_how_things_are(window: Window) -> None:
    assert window.strip.age.words == "As of block 12,345, 3 min ago"
    assert window.strip.waiting.words == "3 events waiting"
    assert window.strip.network.words == "Network not tried yet"
    assert window.strip.here.words == "Harbour Warehouse"


@pytest.mark.parametrize(("online", "words"), [(True, "Online"), (False, "Offline"), (None, "Network not tried yet")])
def test_the_strip_tells_the_network_in_words(window: Window, world: World, online: bool | None, words: str) -> None:
    window.strip.tell(replace(world.status(), online=online, as_of=None, waiting=1, here=None))
    assert window.strip.network.words == words
    assert window.strip.age.words == "Nothing proven is known here yet"
    assert window.strip.waiting.words == "1 event waiting"
    assert window.strip.here.isHidden()
    window.strip.tell(world.status())
    window.resize(700, 600)
    assert window.strip.here.isHidden()  # no room
    window.resize(1240, 600)
    assert window.strip.here.words == "Harbour Warehouse"


def test_pages_are_made_when_they_are_first_opened(qtbot, window: Window) -> None:
    assert set(window._pages) == {"scan"}
    for number, name in enumerate(PAGES, 1):
        QTest.keyClick(window.windowHandle(), str(number), Qt.KeyboardModifier.ControlModifier)
        assert window.opened == name
        assert window.rail.buttons[name].isChecked()
    settle(qtbot, window)


@pytest.fixture
def patient(monkeypatch) -> None:
    """Keys sent through the window system carry real times: a machine that stalls must not tear a burst."""
    monkeypatch.setattr("app.ui.wedge.GAP_MS", 10_000)
    monkeypatch.setattr("app.ui.wedge.BREATH_MS", 10_000)


@pytest.mark.usefixtures("patient")
def test_a_burst_on_any_page_is_a_scan(qtbot, window: Window, world: World) -> None:
    window.open("items")
    settle(qtbot, window)
    for char in "RECALLED":
        QTest.keyClick(window.windowHandle(), char)
    QTest.keyClick(window.windowHandle(), "2", Qt.KeyboardModifier.ControlModifier)  # a shortcut inside the burst
    for char in " 99":
        QTest.keyClick(window.windowHandle(), char)
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Return)
    assert window.opened == "scan"
    settle(qtbot, window)
    assert [scan.text for scan in world.checked] == ["RECALLED 99"]
    assert world.checked[0].via == "wedge"
    assert window.scan.field.text() == ""


@pytest.mark.usefixtures("patient")
def test_three_times_twenty_scans_with_the_store_busy_lose_none(qtbot, window: Window, world: World) -> None:
    gate = threading.Event()
    window.lanes.store(lambda door: gate.wait(5), lambda _: None)
    sent = [f"OK {series}-{number:04d}" for series in range(3) for number in range(20)]
    for text in sent:
        for char in text:
            QTest.keyClick(window.windowHandle(), char)
        QTest.keyClick(window.windowHandle(), Qt.Key.Key_Return)
    gate.set()
    qtbot.waitUntil(lambda: len(world.checked) == 60)
    assert [scan.text for scan in world.checked] == sent
    settle(qtbot, window)


def test_from_scan_to_journey_and_back(qtbot, window: Window, world: World) -> None:
    window.scan.submit(["OK 1"])
    settle(qtbot, window)
    qtbot.mouseClick(window.scan.card.journey, Qt.MouseButton.LeftButton)
    assert window.opened == "journey"
    settle(qtbot, window)
    assert f"journey {ITEM.key}" in world.calls
    window.page("journey").back.click()
    assert window.opened == "scan"
    qtbot.waitUntil(window.scan.field.hasFocus)


def test_the_theme_changes_at_once_and_is_remembered(qtbot, window: Window, tmp_path: Path) -> None:
    before = window.grab().toImage()
    window.use_theme("dark")
    assert theme.current() is theme.DARK
    assert window.grab().toImage() != before
    assert Preferences.load(tmp_path).theme == "dark"
    window.use_theme("light")
    assert window.grab().toImage() == before


def test_a_store_that_does_not_open_is_said_on_the_page(qtbot, dressed, tmp_path: Path) -> None:
    def refuse() -> World:
        raise StoreError("The local database is damaged: rename it, start again and sync.")

    window = Window(Lanes(refuse), tmp_path, Preferences())
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: window.scan.notice.words.startswith("The local database is damaged"))
    assert window.strip.network.words == "Not open"
    window.close()


def test_closing_with_work_under_way_is_clean(qtbot, dressed, world: World, tmp_path: Path) -> None:
    window = Window(Lanes(lambda: world), tmp_path, Preferences())
    qtbot.addWidget(window)
    with qtbot.waitSignal(window.lanes.opened):
        window.show()
    window.show_journey(ITEM)
    window.scan.submit([f"OK {number}" for number in range(50)])
    window.close()
    assert world.closed
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("wayproof")]
    assert Preferences.load(tmp_path).width == window.width()


def interactive(window: Window) -> list[QWidget]:
    """What a person can touch, Qt's own inner parts left out."""
    kinds = (QAbstractButton, QLineEdit, QComboBox, QAbstractItemView, JourneyMap)
    found = [child for child in window.findChildren(QWidget) if isinstance(child, kinds)]
    inner = (QHeaderView, QComboBox)
    return [
        child for child in found
        if not isinstance(child, QHeaderView)
        and not isinstance(child.parentWidget(), inner)
        and not child.objectName().startswith("qt_")
        and "QComboBoxPrivate" not in child.parentWidget().metaObject().className()
        and child.metaObject().className() not in ("QTableCornerButton", "QLineEditIconButton")
    ]  # fmt: skip


def test_everything_that_can_be_touched_has_a_name(qtbot, window: Window) -> None:
    open_all(qtbot, window)
    found = interactive(window)
    assert len(found) >= 20
    nameless = [
        child for child in found
        if not QAccessible.queryAccessibleInterface(child).text(QAccessible.Text.Name).strip()
    ]  # fmt: skip
    assert nameless == []


def test_everything_that_can_be_pressed_is_large_enough_for_a_glove(qtbot, window: Window) -> None:
    open_all(qtbot, window)
    small = {}
    for name in PAGES:
        window.open(name)
        settle(qtbot, window)
        for child in interactive(window):
            if child.isVisible() and min(child.width(), child.height()) < TARGET:
                small[f"{name}: {child!r}"] = child.size()
    assert small == {}


def test_every_label_is_plain_text_and_no_tool_tip_carries_data(qtbot, window: Window) -> None:
    open_all(qtbot, window)
    labels = window.findChildren(QLabel)
    assert len(labels) > 40
    assert {label.textFormat() for label in labels} == {Qt.TextFormat.PlainText}
    assert {child.toolTip() for child in window.findChildren(QWidget)} == {""}


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_shown_as_texts(qtbot, window: Window, world: World, monkeypatch, text: str) -> None:
    party, place = Party("1", text), Place("1", text, 50.0, 8.0, text[:9])
    monkeypatch.setattr(world, "check", lambda scan: check_of(Code.SUSPECTED, why=text, text=text, item=Item("1", text, text)))
    monkeypatch.setattr(world, "journey", lambda item: Journey(item, (step(Verb.SHIP, party, place, 1, to=party),)))
    monkeypatch.setattr(world, "items", lambda *_: [ItemRow(Item("1", text), text, text, text, None, b"")])
    world.kept = replace(world.kept, parties=(party,), contract=text)
    monkeypatch.setattr(world, "status", lambda: replace(World().status(), here=party))
    open_all(qtbot, window)
    for name in PAGES:
        window.open(name)
        settle(qtbot, window)
        window.grab()
    seen = [label.text() for label in window.findChildren(QLabel)]
    seen += [field.text() for field in window.findChildren(QLineEdit)]
    model = window.page("items").model
    seen += [str(model.index(0, column).data()) for column in range(5)]
    assert not [said for said in seen if any(char in said for char in "\u202e\u200b\u2060\ufeff\x00\x07\x1b\ud83d")]
    assert max(map(len, seen)) <= 601
    assert world.closed is False


def test_it_can_be_used_from_right_to_left(qtbot, window: Window) -> None:
    left = window.rail.x()
    window.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    open_all(qtbot, window)
    assert window.rail.x() > left + window.width() / 2
    window.grab()


def test_old_knowledge_keeps_growing_old_on_the_strip(window: Window, world: World, monkeypatch) -> None:
    now = [100.0]
    monkeypatch.setattr("app.ui.widgets.status_strip.monotonic", lambda: now[0])
    window.strip.tell(world.status())
    now[0] += timedelta(hours=5).total_seconds()
    window.strip._timer.timeout.emit()
    assert window.strip.age.words == "As of block 12,345, 5 h ago"


class CountingWedge(Wedge):
    """Remembers which kinds of events it was asked about."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.asked: set[QEvent.Type] = set()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.asked.add(event.type())
        return super().eventFilter(watched, event)


def test_the_wedge_is_asked_about_keys_and_not_about_every_event(
    qtbot, dressed, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ui.window.Wedge", CountingWedge)
    made = Window(Lanes(lambda: world), tmp_path, Preferences())
    with qtbot.waitSignal(made.lanes.settled):
        made.show()
    wedge = made.wedge
    assert isinstance(wedge, CountingWedge)
    made.scan.submit(["OK 1"])
    settle(qtbot, made)
    made.repaint()
    assert QEvent.Type.LayoutRequest not in wedge.asked  # of widgets, of which a card has many
    QTest.keyClick(made.windowHandle(), "a")
    assert QEvent.Type.KeyPress in wedge.asked
    qtbot.waitUntil(lambda: made.scan.field.text() == "a")
    made.close()
    made.deleteLater()
