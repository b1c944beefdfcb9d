# ruff: noqa: F811 - fixtures of another folder are imported and then named as arguments
"""A window with the desk open, on a copy of the yard; and what a person does there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.desk.session import Line
from app.ui.pages.desk import DeskPage
from app.ui.pages.desk_chooser import Wanted
from app.ui.preferences import Preferences
from app.ui.run import lanes_of
from app.ui.window import Window
from chain import gs1
from chain.journey import Item
from tests.app.desk.conftest import founded, profile, yard  # noqa: F401 - fixtures


@pytest.fixture
def window(qtbot, dressed, profile: Path, monkeypatch) -> Iterator[Window]:
    """The whole window on a copy of the yard, the desk open and silent."""
    made = Window(lanes_of(profile), profile, Preferences())
    with qtbot.waitSignal(made.lanes.settled, timeout=30_000):
        made.show()
    desk_of(made).sounds.loud = False
    desk_of(made).camera._known = list  # the media libraries of this machine have their own things to say
    made.open("desk")
    settle(qtbot, made)
    yield made
    made.close()
    made.deleteLater()


def desk_of(window: Window) -> DeskPage:
    page = window.page("desk")
    assert isinstance(page, DeskPage)
    return page


def settle(qtbot, window: Window) -> None:
    qtbot.waitUntil(lambda: window.lanes.outstanding == 0, timeout=20_000)


def begin(qtbot, window: Window, wanted: Wanted) -> DeskPage:
    page = desk_of(window)
    page.begin(wanted)
    settle(qtbot, window)
    return page


def link(item: Item) -> str:
    return gs1.digital_link(item)


def lines_of(page: DeskPage) -> list[Line]:
    assert page._whole is not None
    return list(page._whole.lines)


def type_burst(window: Window, text: str) -> None:
    for char in text:
        QTest.keyClick(window.windowHandle(), char)
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Return)
