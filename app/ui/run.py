"""Start the window. Nothing heavy is imported before the first paint; the station opens after it, in the store lane's thread."""

from __future__ import annotations

import gc
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QWidget

from app.language import load
from app.profile import is_new
from app.ui import theme
from app.ui.language import chosen, speak
from app.ui.preferences import Preferences
from app.ui.tasks import Lanes
from app.ui.window import Window

if TYPE_CHECKING:
    from app.ui.door import OpenDoor
    from app.ui.first_run.assistant import Assistant


def application() -> QApplication:
    """The one QApplication, dressed; made where there is none."""
    there = QApplication.instance()
    if isinstance(there, QApplication):
        return there
    _keep_calm()
    made = QApplication(sys.argv[:1])
    made.setApplicationName("Wayproof")
    made.setDesktopFileName("wayproof")
    theme.prepare_font(made)
    return made


def _keep_calm() -> None:
    """Let the window's thread wait no longer than it must for work in the lanes.

    A thread that wants the interpreter gets it after 0.5 ms, not 5, and garbage is looked for after 100,000 new objects, not 700:
    while a long log was pulled, both together took the window's longest pause from 0.4 s to 0.1 s.
    """
    sys.setswitchinterval(0.0005)
    gc.set_threshold(100_000, 50, 1_000)


def lanes_of(profile: Path, *, offline: bool = False) -> Lanes:
    """The lanes of a profile; the station is imported and opened in the store lane's thread when they start."""

    def open_station() -> OpenDoor:
        from app.ui.door import OpenDoor

        return OpenDoor.open(profile, offline=offline)

    return Lanes(open_station, lambda door: door.beside())


def make_window(profile: Path, *, offline: bool = False) -> Window:
    """The window of a profile, not yet shown. It opens the profile's station after its first paint."""
    preferences = _dressed(profile)
    return Window(lanes_of(profile, offline=offline), profile, preferences, offline=offline)


def make_assistant(profile: Path) -> Assistant:
    """The window of a folder that is no profile yet, not yet shown."""
    from app.ui.first_run.assistant import Assistant

    _dressed(profile)
    return Assistant(profile)


def _dressed(profile: Path) -> Preferences:
    """The application in the language and the colours that a profile's people chose."""
    preferences = Preferences.load(profile)
    speak(application(), load(chosen(preferences.language)))
    theme.apply(application(), theme.choose(preferences.theme))
    return preferences


def run(profile: Path, *, offline: bool = False) -> int:
    """Show the window of a profile, or the assistant where there is none yet, until it is closed; the program's exit status.

    `offline` never opens a connection. Ctrl+C in the terminal ends the program at once, which the store survives.
    """
    qt = application()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    windows: list[QWidget] = []

    def open_window(where: Path) -> None:
        window = make_window(where, offline=offline)
        windows.append(window)
        room = qt.primaryScreen().availableSize()
        if Preferences.load(where).maximised or window.width() > room.width() or window.height() > room.height():
            window.showMaximized()
        else:
            window.show()
        for before in windows[:-1]:
            before.close()

    if is_new(profile):
        first = make_assistant(profile)
        first.ended.connect(open_window)
        windows.append(first)
        first.show()
    else:
        open_window(profile)
    return qt.exec()
