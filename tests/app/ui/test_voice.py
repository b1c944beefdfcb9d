"""Answers are spoken where somebody wants it and the machine can; a screen reader is told every verdict."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible
from PySide6.QtTextToSpeech import QTextToSpeech

from app.desk.tasks import Task
from app.ui import voice as voices
from app.ui.pages.desk_chooser import Wanted
from app.ui.voice import Voice, speaker
from app.ui.widgets import answer_card, verdict_card
from app.ui.widgets.verdict_card import VerdictCard
from app.ui.window import Window
from chain.verdict import Code
from tests.app.desk.yard import Yard
from tests.app.ui.desk_window import begin, desk_of, founded, link, profile, settle, window, yard  # noqa: F401 - fixtures
from tests.app.ui.world import check_of

# ruff: noqa: F811 - fixtures of another module are imported and then named as arguments


class Told:
    """A speaker that writes down what it says."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def stop(self) -> None:
        self.said.append("(silence)")


def test_it_speaks_only_while_it_is_wanted() -> None:
    told = Told()
    voice = Voice(make=lambda parent: told)
    voice.say("before")
    assert voice.turn(True)
    voice.say("Taken. Received.")
    voice.say("")
    assert not voice.turn(False)
    voice.say("after")
    assert [text for text in told.said if text != "(silence)"] == ["Taken. Received."]


def test_without_a_voice_it_stays_off_and_asks_the_machine_once() -> None:
    asked: list[QObject] = []
    voice = Voice(make=lambda parent: asked.append(parent))
    assert [voice.turn(True), voice.turn(True), voice.on] == [False, False, False]
    assert asked == [voice]


def test_a_stand_in_is_no_voice_and_a_real_engine_is(qapp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QTextToSpeech, "availableEngines", lambda: ["mock"])
    assert speaker() is None
    monkeypatch.setattr(voices, "_STAND_INS", ())
    owner = QObject()
    found = speaker(owner)
    assert found is not None
    found.say("Genuine")
    found.stop()


def test_the_desk_says_the_answer_that_is_shown_and_not_those_behind_a_refusal(qtbot, window: Window, yard: Yard) -> None:
    page, told = desk_of(window), Told()
    page.voice._make = lambda parent: told
    page.speak.click()
    assert page.speak.isChecked()
    begin(qtbot, window, Wanted(Task.RECEIVE))
    for item in (yard.recalled, yard.coming[0]):
        page.take(link(item))
    settle(qtbot, window)
    said = [text for text in told.said if text != "(silence)"]
    assert len(said) == 1
    assert said[0].startswith("Stop. Recalled.")
    page.session.go_on()
    assert told.said[-1].startswith("Taken. ")
    kept: list[str] = []
    window.lanes.store(lambda door: door.desk.remembered("voice"), kept.append)
    settle(qtbot, window)
    assert kept == ["on"]
    page.speak.click()
    assert not page.voice.on


def test_where_there_is_no_voice_the_desk_says_so(qtbot, window: Window) -> None:
    page = desk_of(window)
    page.voice._make = lambda parent: None
    page.speak.click()
    assert not page.speak.isChecked()
    assert page.notice.words.startswith("This machine has no voice")


def test_a_screen_reader_is_told_every_verdict(qtbot, dressed, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []

    class Ears(QAccessible):
        """Hears what is announced; no screen reader runs here."""

        @staticmethod
        def updateAccessibility(event: object) -> None:
            heard.append(event.message())  # type: ignore[attr-defined]

    for module in (verdict_card, answer_card):
        assert module.QAccessible is QAccessible
    monkeypatch.setattr(verdict_card, "QAccessible", Ears)
    card = VerdictCard()
    qtbot.addWidget(card)
    for code in Code:
        card.tell(check_of(code))
        assert heard[-1] == card.accessibleName()
    assert len(heard) == len(Code)
