"""The pinned look, the stand-in, lanes that are always closed again, and a whole window on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.ui import theme
from app.ui.preferences import Preferences
from app.ui.screenshots import pin_font
from app.ui.tasks import Lanes
from app.ui.window import Window
from tests.app.ui.world import World

for _wait in (QtBot.waitSignal, QtBot.waitSignals, QtBot.waitUntil):  # a test machine may be busy with other programs
    _wait.__kwdefaults__ |= {"timeout": 30_000}


@pytest.fixture(scope="session")
def pinned(qapp: QApplication) -> QApplication:
    """The application in the pinned font and the light theme."""
    pin_font(qapp)
    theme.apply(qapp, theme.LIGHT)
    return qapp


@pytest.fixture
def dressed(pinned: QApplication) -> Iterator[Callable[[theme.Theme], None]]:
    """The application in the pinned font and the light theme; call it to change the theme."""
    yield lambda chosen: theme.apply(pinned, chosen)
    if theme.current() is not theme.LIGHT:
        theme.apply(pinned, theme.LIGHT)


@pytest.fixture
def world() -> World:
    """The stand-in."""
    return World()


@pytest.fixture
def lanes(qapp: QApplication, world: World) -> Iterator[Lanes]:
    """Both lanes, started, on the stand-in; closed at the end, which has to succeed."""
    made = Lanes(lambda: world)
    made.start()
    yield made
    assert made.close(5.0)


@pytest.fixture
def window(qtbot, dressed, world: World, tmp_path: Path) -> Iterator[Window]:
    """The whole window on the stand-in, shown and settled."""
    made = Window(Lanes(lambda: world), tmp_path, Preferences())
    with qtbot.waitSignal(made.lanes.settled, timeout=30_000):
        made.show()
    yield made
    made.close()
    made.deleteLater()
