# ruff: noqa: F811 - fixtures of another folder are imported and then named as arguments
"""Every view of the desk: names and room for a glove, from right to left, texts of strangers shown as texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QLabel, QListWidget

from app.desk.tasks import Task
from app.ui.pages.desk import TABS
from app.ui.pages.desk_chooser import Wanted
from app.ui.theme import TARGET
from app.ui.window import Window
from tests.app.desk.yard import Yard
from tests.app.ui.desk_window import begin, desk_of, founded, lines_of, link, profile, settle, window, yard  # noqa: F401 - fixtures
from tests.app.ui.test_window import HOSTILE, interactive


def every_view(qtbot, window: Window, yard: Yard) -> Iterator[str]:
    page = desk_of(window)
    yield "chooser"
    for task in (Task.RECEIVE, Task.SHIP, Task.DECOMMISSION, Task.RECALL):
        page.chooser.choose(task)
        settle(qtbot, window)
        yield f"asks for {task.value}"
    begin(qtbot, window, Wanted(Task.RECEIVE))
    yield "empty"
    page.take(link(yard.recalled))
    settle(qtbot, window)
    yield "stopped"
    page.session.go_on()
    page.take(link(yard.coming[0]))
    settle(qtbot, window)
    yield "taken"
    page.finish()
    settle(qtbot, window)
    yield "done"
    for tab in TABS[1:]:
        page.open_tab(tab)
        settle(qtbot, window)
        yield tab


def test_everything_has_a_name_and_room_for_a_glove_in_every_view(qtbot, window: Window, yard: Yard) -> None:
    seen = 0
    for view in every_view(qtbot, window, yard):
        touched = [child for child in interactive(window) if child.isVisible()]
        seen += len(touched)
        small = [child for child in touched if min(child.width(), child.height()) < TARGET]
        nameless = [
            child for child in touched
            if not QAccessible.queryAccessibleInterface(child).text(QAccessible.Text.Name).strip()
        ]  # fmt: skip
        assert (small, nameless) == ([], []), view
        labels = window.findChildren(QLabel)
        assert {label.textFormat() for label in labels} == {Qt.TextFormat.PlainText}, view
    assert seen > 60


def test_it_can_be_read_from_right_to_left(qtbot, window: Window, yard: Yard) -> None:
    window.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    for _ in every_view(qtbot, window, yard):
        window.grab()


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_shown_as_texts(qtbot, window: Window, yard: Yard, text: str) -> None:
    page = begin(qtbot, window, Wanted(Task.RECEIVE))
    page.take(text)
    settle(qtbot, window)
    line = replace(lines_of(page)[-1], name=text, why=text, step=text, text=text)
    page.session.answer(line)
    page.session.go_on()
    page.session.list.lines.tell([line])
    window.grab()
    page.finish()
    settle(qtbot, window)
    page.done.sentences.tell([text])
    page.notice.tell(text)
    window.grab()
    seen = [label.text() for label in window.findChildren(QLabel)]
    seen += [listing.item(row).text() for listing in window.findChildren(QListWidget) for row in range(listing.count())]
    assert not [said for said in seen if any(char in said for char in "\u202e\u200b\u2060\ufeff\x00\x07\x1b\ud83d")]
    assert max(map(len, seen)) <= 601


def test_vectors_of_naughty_strings_go_through_every_field(qtbot, window: Window, shared: Path) -> None:
    strings = orjson.loads((shared / "vectors" / "strings" / "blns.json").read_bytes())
    page = begin(qtbot, window, Wanted(Task.CHECK))
    for text in strings:
        page.take(str(text))
    settle(qtbot, window)
    page.session.go_on()
    assert len(lines_of(page)) == len(strings)
    window.grab()
    page.finish()
    settle(qtbot, window)
    people = page.people
    for text in strings[::10]:
        people.name.setText(str(text))
        people.list.tell([str(text)])
        page.chooser._recall.text.setPlainText(str(text))
    window.grab()
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in window.findChildren(QLabel))
