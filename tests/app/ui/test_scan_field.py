"""The field that codes go into."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from app.ui.widgets.scan_field import MOST_LINES, ScanField


@pytest.fixture
def field(qtbot, dressed) -> ScanField:
    made = ScanField()
    qtbot.addWidget(made)
    made.show()
    return made


def paste(qtbot, field: ScanField, text: str) -> None:
    QGuiApplication.clipboard().setText(text)
    qtbot.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)


def test_enter_gives_the_text_and_clears_the_field(qtbot, field: ScanField) -> None:
    qtbot.keyClicks(field, " 01 095 ")
    with qtbot.waitSignal(field.entered) as entered:
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert entered.args == [["01 095"]]
    assert field.text() == ""


def test_enter_on_nothing_is_nothing(qtbot, field: ScanField) -> None:
    qtbot.keyClicks(field, "   ")
    with qtbot.assertNotEmitted(field.entered):
        qtbot.keyClick(field, Qt.Key.Key_Return)


def test_a_slow_scanner_keeps_its_separator(qtbot, field: ScanField) -> None:
    qtbot.keyClicks(field, "21A")
    qtbot.keyClick(field, Qt.Key.Key_BracketRight, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(field, "10B")
    with qtbot.waitSignal(field.entered) as entered:
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert entered.args == [["21A\x1d10B"]]


def test_a_pasted_line_is_typed_in_with_its_separator(qtbot, field: ScanField) -> None:
    paste(qtbot, field, "\x1d0109521000011019\x1d21A\x1d\r\n")
    assert field.text() == "\x1d0109521000011019\x1d21A\x1d"


def test_pasted_lines_are_entered_at_once(qtbot, field: ScanField) -> None:
    with qtbot.waitSignal(field.entered) as entered:
        paste(qtbot, field, "one\x1d1\r\ntwo\n\n  \nthree\r")
    assert entered.args == [["one\x1d1", "two", "three"]]


@pytest.mark.parametrize("text", ["x\n" * (MOST_LINES + 1), "y" * 5000, "ok\n" + "y" * 5000])
def test_too_much_is_refused_in_words(qtbot, field: ScanField, text: str) -> None:
    with qtbot.waitSignal(field.refused) as refused, qtbot.assertNotEmitted(field.entered):
        paste(qtbot, field, text)
    assert refused.args[0].startswith("Nothing was pasted")
    assert field.text() == ""


def test_escape_clears(qtbot, field: ScanField) -> None:
    qtbot.keyClicks(field, "abc")
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == ""
