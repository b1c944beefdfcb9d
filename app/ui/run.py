"""Start the window. Nothing heavy is imported before the first paint; the station opens after it, in the store lane's thread."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from app.ui import theme
from app.ui.preferences import Preferences
from app.ui.tasks import Lanes
from app.ui.window import Window

if TYPE_CHECKING:
    from app.ui.door import Door


def application() -> QApplication:
    """The one QApplication, dressed; made where there is none."""
    there = QApplication.instance()
    if isinstance(there, QApplication):
        return there
    made = QApplication(sys.argv[:1])
    made.setApplicationName("Wayproof")
    made.setDesktopFileName("wayproof")
    theme.prepare_font(made)
    return made


def lanes_of(profile: Path, *, offline: bool = False) -> Lanes:
    """The lanes of a profile; the station is imported and opened in the store lane's thread when they start."""

    def open_station() -> Door:
        from app.station import Station

        return Station.open(profile, offline=offline)

    return Lanes(open_station)


def make_window(profile: Path, *, offline: bool = False) -> Window:
    """The window of a profile, not yet shown. It opens the profile's station after its first paint."""
    preferences = Preferences.load(profile)
    theme.apply(application(), theme.choose(preferences.theme))
    return Window(lanes_of(profile, offline=offline), profile, preferences, offline=offline)


def run(profile: Path, *, offline: bool = False) -> int:
    """Show the window of a profile until it is closed; the exit status of the program.

    `offline` never opens a connection. Ctrl+C in the terminal ends the program at once, which the store survives.
    """
    qt = application()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    window = make_window(profile, offline=offline)
    room = qt.primaryScreen().availableSize()
    if Preferences.load(profile).maximised or window.width() > room.width() or window.height() > room.height():
        window.showMaximized()
    else:
        window.show()
    return qt.exec()
