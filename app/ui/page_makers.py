"""How each page of the window is made, and what joins it to the window. Pages are imported when they are first wanted."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from app.ui.widgets.rail import PAGES

if TYPE_CHECKING:
    from app.ui.window import Window


def load_pages() -> None:
    """Import the pages, in a lane: to open one for the first time is then only to make it, a third of the time."""
    for name in PAGES:
        import_module(f"app.ui.pages.{name}")


def make(window: Window, name: str) -> QWidget:
    """Make the page of this name, joined to its window."""
    return _MAKERS[name](window)


def _items(window: Window) -> QWidget:
    from app.ui.pages.items import ItemsPage

    page = ItemsPage(window.lanes)
    page.item_chosen.connect(window.show_journey)
    page.files_wanted.connect(lambda: window.open("files"))
    return page


def _journey(window: Window) -> QWidget:
    from app.ui.pages.journey import JourneyPage

    page = window.journey = JourneyPage(window.lanes)
    page.left.connect(window.go_back)
    return page


def _alerts(window: Window) -> QWidget:
    from app.ui.pages.alerts import AlertsPage

    page = window.alerts = AlertsPage(window.lanes)
    page.journey_wanted.connect(window.show_journey)
    return page


def _forecast(window: Window) -> QWidget:
    from app.ui.pages.forecast import ForecastPage

    return ForecastPage(window.lanes)


def _settings(window: Window) -> QWidget:
    from app.ui.pages.settings import SettingsPage
    from app.ui.widgets.watched_folder import WatchedFolder

    page = SettingsPage(window.lanes, window.preferences.theme, window.preferences.language)
    page.theme_chosen.connect(window.use_theme)
    page.language_chosen.connect(window.use_language)
    page.changed.connect(window.ask_status)
    page.devices_wanted.connect(lambda: window.open("devices"))
    page.put(WatchedFolder(window.watch))
    return page


def _devices(window: Window) -> QWidget:
    from app.ui.pages.devices import DevicesPage

    page = window.devices = DevicesPage(window.lanes)
    page.left.connect(lambda: window.open("settings"))
    return page


def _files(window: Window) -> QWidget:
    from app.ui.pages.files import FilesPage

    page = window.files = FilesPage(window.lanes, window.profile)
    page.pictures_wanted.connect(window.read_pictures)
    page.items_wanted.connect(lambda: window.open("items"))
    page.changed.connect(window.ask_status)
    return page


def _desk(window: Window) -> QWidget:
    from app.ui.pages.desk import DeskPage

    page = window.desk = DeskPage(window.lanes, window.wedge)
    page.checked.connect(window.ask_status)
    page.check_wanted.connect(window.check)
    page.proof_wanted.connect(window.prove_task)
    return page


_MAKERS = {
    "desk": _desk,
    "items": _items,
    "journey": _journey,
    "alerts": _alerts,
    "forecast": _forecast,
    "settings": _settings,
    "devices": _devices,
    "files": _files,
}
