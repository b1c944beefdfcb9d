"""Scanners that pretend to be keyboards. Key events carry their own times, so no test has to wait for a hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.ui.keymap import CODE as CALIBRATION
from app.ui.keymap import Keymap
from app.ui.wedge import LONGEST, Wedge

CODE = "010952100001101921K7Q2\x1d10L2605"


class Keyboard:
    """Sends keys to a widget at given times."""

    def __init__(self, target: QWidget) -> None:
        self.target, self.now = target, 1_000_000

    def press(
        self,
        text: str,
        key: int = 0,
        modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
        after: int = 5,
        repeat: bool = False,
    ) -> None:
        self.now += after
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, key or (ord(text.upper()) if text else 0), modifiers, text, repeat)
            event.setTimestamp(self.now)
            QCoreApplication.sendEvent(self.target, event)

    def type(self, text: str, after: int = 5) -> None:
        for char in text:
            if char == "\x1d":
                self.press("\x1d", Qt.Key.Key_BracketRight, Qt.KeyboardModifier.ControlModifier, after)
            else:
                self.press(char, after=after)

    def enter(self, after: int = 5) -> None:
        self.press("\r", Qt.Key.Key_Return, after=after)


class Bench(QWidget):
    """A field and a button under the filter."""

    def __init__(self) -> None:
        super().__init__()
        self.field, self.button = QLineEdit(), QPushButton("Delete everything")
        column = QVBoxLayout(self)
        column.addWidget(self.field)
        column.addWidget(self.button)
        self.wedge = Wedge(self)
        self.scans: list[str] = []
        self.pressed: list[bool] = []
        self.entered: list[str] = []
        self.wedge.scanned.connect(self.scans.append)
        self.button.clicked.connect(lambda: self.pressed.append(True))
        self.field.returnPressed.connect(lambda: self.entered.append(self.field.text()))


@pytest.fixture
def bench(qtbot) -> Iterator[Bench]:
    made = Bench()
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    made.field.setFocus()
    application = QApplication.instance()
    assert application is not None
    application.installEventFilter(made.wedge)
    yield made
    application.removeEventFilter(made.wedge)


def test_a_burst_is_one_scan_and_keeps_the_separator(bench: Bench) -> None:
    keys = Keyboard(bench.field)
    keys.type(CODE)
    keys.enter()
    assert bench.scans == [CODE]
    assert bench.field.text() == ""
    assert bench.entered == []


def test_a_burst_without_a_suffix_ends_by_itself(qtbot, bench: Bench) -> None:
    Keyboard(bench.field).type(CODE)
    qtbot.waitUntil(lambda: bench.scans == [CODE])


@pytest.mark.parametrize("pace", [0, 1, 5, 20, 39])
def test_wedges_of_every_pace_are_heard(bench: Bench, pace: int) -> None:
    keys = Keyboard(bench.field)
    keys.type(CODE, after=pace)
    keys.enter(pace)
    assert bench.scans == [CODE]


def test_a_hand_types_as_ever(qtbot, bench: Bench) -> None:
    keys = Keyboard(bench.field)
    keys.type("A1 b2", after=120)
    qtbot.waitUntil(lambda: bench.field.text() == "A1 b2")
    keys.enter(120)
    assert bench.entered == ["A1 b2"]
    assert bench.scans == []


def test_a_roll_of_the_fingers_is_no_scan(qtbot, bench: Bench) -> None:
    keys = Keyboard(bench.field)
    keys.type("the", after=10)
    keys.type("re", after=90)
    qtbot.waitUntil(lambda: bench.field.text() == "there")
    assert bench.scans == []


def test_typed_keys_and_enter_keep_their_order(bench: Bench) -> None:
    keys = Keyboard(bench.field)
    keys.type("abc", after=10)
    keys.enter(10)
    assert bench.entered == ["abc"]


def test_a_burst_never_presses_the_button_that_has_the_focus(bench: Bench) -> None:
    bench.button.setFocus()
    keys = Keyboard(bench.button)
    keys.type("12345 67 8901")
    keys.enter()
    assert bench.scans == ["12345 67 8901"]
    assert bench.pressed == []


def test_a_suffix_that_comes_late_presses_nothing(qtbot, bench: Bench) -> None:
    bench.button.setFocus()
    keys = Keyboard(bench.button)
    keys.type(CODE)
    qtbot.waitUntil(lambda: bench.scans == [CODE])
    keys.press("\t", Qt.Key.Key_Tab, after=120)
    assert bench.button.hasFocus()


def test_a_hand_still_presses_the_button_with_space(qtbot, bench: Bench) -> None:
    bench.button.setFocus()
    Keyboard(bench.button).press(" ", Qt.Key.Key_Space, after=500)
    qtbot.waitUntil(lambda: len(bench.pressed) == 1)


def test_control_keys_inside_a_burst_are_swallowed(bench: Bench) -> None:
    keys = Keyboard(bench.field)
    bench.field.setText("kept")
    keys.type("12345678")
    keys.press("\x01", Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    keys.press("\x18", Qt.Key.Key_X, Qt.KeyboardModifier.ControlModifier)
    keys.press("", Qt.Key.Key_F4, Qt.KeyboardModifier.AltModifier)
    keys.press("", Qt.Key.Key_Delete)
    keys.press("\x1b", Qt.Key.Key_Escape)
    keys.type("90")
    keys.enter()
    assert bench.scans == ["1234567890"]
    assert bench.field.text() == "kept"


def test_shift_pressed_between_the_keys_of_a_burst_is_nothing(bench: Bench) -> None:
    keys = Keyboard(bench.field)
    for char in "SERIAL99":
        keys.press("", Qt.Key.Key_Shift, Qt.KeyboardModifier.ShiftModifier, after=2)
        keys.press(char, after=2)
    keys.enter()
    assert bench.scans == ["SERIAL99"]


def test_twenty_scans_in_two_seconds_are_twenty_scans(bench: Bench) -> None:
    keys = Keyboard(bench.field)
    sent = [f"0109521000011019 21{number:06d}" for number in range(20)]
    for text in sent:
        keys.type(text, after=2)
        keys.enter(2)
        keys.now += 40
    assert bench.scans == sent


def test_a_burst_behind_a_busy_moment_is_not_cut_in_two(bench: Bench) -> None:
    keys = Keyboard(bench.field)
    keys.type(CODE[:12])
    bench.wedge._timer.timeout.emit()  # the timer came before the keys that were queued behind the busy moment
    keys.type(CODE[12:])
    keys.enter()
    assert bench.scans == [CODE]


def test_a_scanner_that_stumbles_is_heard_whole(bench: Bench) -> None:
    keys = Keyboard(bench.field)
    for head in (1, 3, 5, 6, 12):
        keys.type(CODE[:head])
        keys.now += 80
        keys.type(CODE[head:])
        keys.enter()
        keys.now += 1_000
    assert bench.scans == [CODE] * 5


def test_what_a_hand_typed_before_stays_out_of_the_scan(bench: Bench) -> None:
    keys = Keyboard(bench.field)
    keys.type("ab", after=120)
    keys.now += 600
    keys.type(CODE)
    keys.enter()
    keys.type("typed by hand", after=120)
    keys.now += 100
    keys.type(CODE)
    keys.enter()
    keys.type("c", after=120)
    keys.press("", Qt.Key.Key_Left, after=100)
    keys.type(CODE)
    keys.enter()
    assert bench.scans == [CODE] * 3


def test_a_held_key_repeats_and_is_no_scan(bench: Bench) -> None:
    keys = Keyboard(bench.field)
    for _ in range(30):
        keys.press("x", after=30, repeat=True)
    assert bench.scans == []
    assert bench.field.text() == "x" * 30


def test_a_burst_without_end_is_capped(bench: Bench) -> None:
    keys = Keyboard(bench.field)
    keys.type("9" * (LONGEST + 500), after=0)
    keys.enter()
    assert bench.scans == ["9" * LONGEST]


def test_a_field_that_is_gone_gets_no_key(qtbot, bench: Bench) -> None:
    passing = QLineEdit(bench)
    Keyboard(passing).press("a")
    passing.deleteLater()
    QCoreApplication.sendPostedEvents(passing, QEvent.Type.DeferredDelete)
    Keyboard(bench.field).press("b", after=500)
    qtbot.waitUntil(lambda: bench.field.text() == "b")


def test_keys_that_come_through_the_window_system_are_heard_too(bench: Bench, monkeypatch) -> None:
    monkeypatch.setattr("app.ui.wedge.GAP_MS", 10_000)  # these keys carry real times, and a busy machine may stall
    monkeypatch.setattr("app.ui.wedge.BREATH_MS", 10_000)
    handle = bench.windowHandle()
    for char in "12345678":
        QTest.keyClick(handle, char)
    QTest.keyClick(handle, Qt.Key.Key_Return)
    assert bench.scans == ["12345678"]
    assert bench.field.text() == ""


def test_a_burst_is_read_through_the_scanners_keymap(bench: Bench) -> None:
    bench.wedge.keymap = Keymap().learnt(CALIBRATION.swapcase()).framed("!", "")
    keys = Keyboard(bench.field)
    keys.type("!" + CODE.swapcase())
    keys.enter()
    assert bench.scans == [CODE]


def test_the_calibration_scan_is_told_as_it_came_and_is_no_scan(bench: Bench) -> None:
    heard: list[str] = []
    bench.wedge.raw.connect(heard.append)
    bench.wedge.listen_raw()
    keys = Keyboard(bench.field)
    keys.type(CALIBRATION)
    keys.enter()
    assert (heard, bench.scans) == ([CALIBRATION], [])
    keys.now += 500
    keys.type(CODE)
    keys.enter()
    assert bench.scans == [CODE]
