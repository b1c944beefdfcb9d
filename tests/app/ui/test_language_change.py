# ruff: noqa: F811 - fixtures of another folder are imported and then named as arguments
"""Another language while the window is open: every page speaks it at once, and what a person is in the middle of stays."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app import language
from app.desk.tasks import Task
from app.language import LANGUAGES, load
from app.ui.language import speak
from app.ui.pages.desk_chooser import Wanted
from app.ui.window import Window
from tests.app.desk.yard import Yard
from tests.app.ui.desk_window import begin, desk_of, founded, link, profile, settle, window, yard  # noqa: F401 - fixtures
from tests.app.ui.walking import texts

WORDS = {"en": "Settings", "de": "Optionen", "fr": "Réglages", "es": "Ajustes", "zh": "设置", "ar": "الإعدادات"}


@pytest.fixture(autouse=True)
def english(qapp: QApplication) -> Iterator[None]:
    """Every test ends as it began."""
    yield
    speak(qapp, load("en"))


def change(qtbot, window: Window, code: str) -> None:
    window.use_language(code)
    qtbot.waitUntil(lambda: language.current().code == code)
    settle(qtbot, window)


def test_every_language_is_spoken_at_once_and_back_again(qtbot, window: Window) -> None:
    window.open("settings")
    for code in (*LANGUAGES, "en"):
        change(qtbot, window, code)
        assert window.opened == "settings"
        assert window.rail.buttons["settings"].text() == WORDS[code]
        right = code == "ar"
        assert (window.rail.layoutDirection() is Qt.LayoutDirection.RightToLeft) is right
        assert window.preferences.language == code
        for name in ("scan", "desk", "items", "files"):
            window.open(name)
        settle(qtbot, window)
        if code not in ("en", "zh"):  # an English sentence that stayed would be a part of a page that was not made anew
            said = {text for _, text in texts(window)}
            assert "Scan a code, or type it and press Enter" not in said
            assert "What do you want to do?" not in said
        window.open("settings")


def test_an_open_task_goes_on_with_its_lines(qtbot, window: Window, yard: Yard) -> None:
    page = begin(qtbot, window, Wanted(Task.COUNT))
    for item in yard.stock[:3]:
        page.take(link(item))
    settle(qtbot, window)
    window.open("settings")
    change(qtbot, window, "de")
    assert desk_of(window) is not page
    assert desk_of(window).working
    window._scanned(link(yard.stock[3]))
    settle(qtbot, window)
    assert window.opened == "desk"
    after = desk_of(window)
    assert after._whole is not None
    assert [line.key for line in after._whole.lines] == [item.key for item in yard.stock[:4]]
    assert after.session.title.text() == "Zählen"
    assert not after.sounds.loud


def test_a_refusal_that_nobody_acknowledged_is_still_there(qtbot, window: Window, yard: Yard) -> None:
    page = begin(qtbot, window, Wanted(Task.RECEIVE))
    page.take(link(yard.recalled))
    page.take(link(yard.coming[0]))
    settle(qtbot, window)
    assert page.session.card.stopped
    assert page.session.kept == 1
    change(qtbot, window, "fr")
    session = desk_of(window).session
    assert session.card.stopped
    assert session.card.line is not None
    assert session.card.line.key == yard.recalled.key
    assert session.kept == 1
    session.go_on()
    assert session.card.line.key == yard.coming[0].key


def test_a_summary_stays_until_it_was_read(qtbot, window: Window, yard: Yard) -> None:
    page = begin(qtbot, window, Wanted(Task.COUNT))
    page.take(link(yard.stock[0]))
    settle(qtbot, window)
    page.finish()
    settle(qtbot, window)
    change(qtbot, window, "es")
    after = desk_of(window)
    assert after.work.currentWidget() is after.done
    assert after.done.done is not None


def test_the_answer_the_numbers_and_what_was_typed_stay(qtbot, window: Window, yard: Yard) -> None:
    window.open("scan")
    window.scan.submit([link(yard.stock[0])])
    settle(qtbot, window)
    check = window.scan.card.check
    desk_of(window).labels.product.setText("Cardiol 20 mg")
    window.open("items")
    page = window.page("items")
    settle(qtbot, window)
    page.search.setText("half a num")  # type: ignore[attr-defined]
    settle(qtbot, window)
    window.open("scan")
    change(qtbot, window, "ar")
    assert window.scan.card.check is not None
    assert check is not None
    assert window.scan.card.check.item == check.item
    assert window.scan.counter.number(check.verdict.kind) == 1
    assert window.scan.recent.checks.rowCount() == 1
    assert desk_of(window).labels.product.text() == "Cardiol 20 mg"
    assert window.page("items").search.text() == "half a num"  # type: ignore[attr-defined]


def test_it_waits_for_what_is_running(qtbot, window: Window) -> None:
    hold, answers = Event(), list[str]()
    window.lanes.free(lambda: str(hold.wait(20)), answers.append)
    rail = window.rail
    window.use_language("de")
    qtbot.wait(50)
    assert window.rail is rail
    hold.set()
    qtbot.waitUntil(lambda: language.current().code == "de")
    assert answers == ["True"]
    assert window.rail is not rail


def test_it_waits_for_an_open_hand_over(qtbot, window: Window) -> None:
    desk = desk_of(window)
    desk.handing.begin()
    settle(qtbot, window)
    window.use_language("de")
    settle(qtbot, window)
    assert desk_of(window) is desk
    desk.handing._leave()
    settle(qtbot, window)
    qtbot.waitUntil(lambda: language.current().code == "de")
