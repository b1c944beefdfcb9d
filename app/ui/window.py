"""The window: a rail of pages, the page, the strip. Pages are made when they are first wanted; closing lets both lanes end.

Only the scan page exists at the first paint. Everything a wedge types goes to it, whatever page is open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QIcon, QKeySequence, QPaintEvent, QShortcut
from PySide6.QtWidgets import QApplication, QButtonGroup, QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from app.checks import Status
from app.ui import theme, words
from app.ui.icons import Icon, icon, pixmap
from app.ui.keymap import Keymap
from app.ui.pages.scan import ScanPage
from app.ui.preferences import Preferences
from app.ui.tasks import Lanes
from app.ui.theme import CHANGES, current
from app.ui.watch import Watch
from app.ui.wedge import Wedge
from app.ui.widgets.status_strip import StatusStrip
from chain.errors import WayproofError
from chain.journey import Item
from chain.secret import is_secret

if TYPE_CHECKING:
    from app.ui.pages.alerts import AlertsPage
    from app.ui.pages.desk import DeskPage
    from app.ui.pages.devices import DevicesPage
    from app.ui.pages.forecast import ForecastPage
    from app.ui.pages.items import ItemsPage
    from app.ui.pages.journey import JourneyPage
    from app.ui.pages.settings import SettingsPage

_STATUS_EVERY_MS = 5_000
PAGES = ("scan", "desk", "items", "journey", "alerts", "forecast", "settings")
_ICONS = {
    "scan": "scan-line",
    "desk": "package-check",
    "items": "boxes",
    "journey": "route",
    "alerts": "triangle-alert",
    "forecast": "chart-line",
    "settings": "settings-2",
}


class Rail(QWidget):
    """The pages' buttons. `chosen` carries a page's name."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.buttons: dict[str, QToolButton] = {}
        group = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 12, 10, 12)
        column.setSpacing(4)
        words = {
            "scan": self.tr("Scan"),
            "desk": self.tr("Desk"),
            "items": self.tr("Items"),
            "journey": self.tr("Journey"),
            "alerts": self.tr("Alerts"),
            "forecast": self.tr("Forecast"),
            "settings": self.tr("Settings"),
        }
        column.addWidget(Icon("wayproof", "", 36), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(4)
        for number, name in enumerate(PAGES, 1):
            button = QToolButton()
            button.setText(words[name])
            button.setAccessibleName(words[name])
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setIconSize(QSize(22, 22))
            button.setCheckable(True)
            button.setFixedSize(88, 54)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _, name=name: self.chosen.emit(name))
            shortcut = QShortcut(QKeySequence(f"Ctrl+{number}"), self)
            shortcut.activated.connect(lambda name=name: self.chosen.emit(name))
            group.addButton(button)
            if name == "settings":
                column.addStretch(1)
            column.addWidget(button)
            self.buttons[name] = button
        self._dress()

    def mark(self, name: str) -> None:
        """Show which page is open."""
        self.buttons[name].setChecked(True)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in CHANGES:
            self._dress()

    def _dress(self) -> None:
        colours = current()
        for name, button in self.buttons.items():
            button.setIcon(icon(_ICONS[name], colours.rail_text, 28, chosen=colours.rail_on_text))


class Window(QWidget):
    """The whole window of one profile. `painted` once, after the first paint; then the station is opened.
    `journey_wanted` carries the item that the journey page is to show."""

    painted = Signal()
    journey_wanted = Signal(object)

    def __init__(self, lanes: Lanes, profile: Path, preferences: Preferences, *, offline: bool = False) -> None:
        super().__init__()
        self._profile, self._preferences = profile, preferences
        self._seen = False
        self.lanes = lanes
        lanes.setParent(self)
        self.rail, self.strip, self._stack = Rail(), StatusStrip(), QStackedWidget()
        self._pages: dict[str, QWidget] = {}
        self._open = self._before = "scan"
        self.scan = ScanPage(lanes, offline=offline)
        self.watch = Watch(lanes, self.scan.pictures, parent=self)
        self.desk: DeskPage | None = None
        self.alerts: AlertsPage | None = None
        self.devices: DevicesPage | None = None
        self._keep("scan", self.scan)
        self.wedge = Wedge(self)
        self.wedge.keymap = Keymap.load(profile)
        self._lay_out()
        self._connect()
        self.setWindowTitle(self.tr("Wayproof"))
        self.setWindowIcon(QIcon(pixmap("wayproof", "#ffffff", 64)))
        self.setMinimumSize(640, 480)
        self.resize(preferences.width, preferences.height)
        self.rail.mark("scan")

    def _lay_out(self) -> None:
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self._stack, 1)
        right.addWidget(self.strip)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addLayout(right, 1)

    def _connect(self) -> None:
        self._poll = QTimer(self)
        self._poll.setInterval(_STATUS_EVERY_MS)
        self._poll.timeout.connect(self._ask_status)
        self._asking = False
        self._taken_back = 0
        self.rail.chosen.connect(self.open)
        self.scan.journey_wanted.connect(self.show_journey)
        self.scan.checked.connect(lambda _: self._ask_status())
        self.wedge.scanned.connect(self._scanned)
        self.watch.scanned.connect(self._found)
        self.lanes.opened.connect(self._opened)
        self.lanes.trouble.connect(self._trouble)
        self.painted.connect(self.lanes.start, Qt.ConnectionType.QueuedConnection)
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self.wedge)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._system_changed)

    # ---- pages ---------------------------------------------------------------------------------------------------------

    def page(self, name: str) -> QWidget:
        """The page of this name (one of PAGES), made if it was not there yet."""
        if name not in self._pages:
            self._keep(name, self._makers()[name]())
        return self._pages[name]

    def _makers(self) -> dict[str, Callable[[], QWidget]]:
        return {
            "desk": self._make_desk,
            "items": self._make_items,
            "journey": self._make_journey,
            "alerts": self._make_alerts,
            "forecast": self._make_forecast,
            "settings": self._make_settings,
            "devices": self._make_devices,
        }

    def _make_items(self) -> ItemsPage:
        from app.ui.pages.items import ItemsPage

        page = ItemsPage(self.lanes)
        page.item_chosen.connect(self.show_journey)
        return page

    def _make_journey(self) -> JourneyPage:
        from app.ui.pages.journey import JourneyPage

        page = JourneyPage(self.lanes)
        page.left.connect(lambda: self.open(self._before))
        self.journey_wanted.connect(page.show_item)
        return page

    def _make_alerts(self) -> AlertsPage:
        from app.ui.pages.alerts import AlertsPage

        page = self.alerts = AlertsPage(self.lanes)
        page.journey_wanted.connect(self.show_journey)
        return page

    def _make_forecast(self) -> ForecastPage:
        from app.ui.pages.forecast import ForecastPage

        return ForecastPage(self.lanes)

    def _make_settings(self) -> SettingsPage:
        from app.ui.pages.settings import SettingsPage
        from app.ui.widgets.watched_folder import WatchedFolder

        page = SettingsPage(self.lanes, self._preferences.theme, self._preferences.language)
        page.theme_chosen.connect(self.use_theme)
        page.language_chosen.connect(self.use_language)
        page.changed.connect(self._ask_status)
        page.devices_wanted.connect(lambda: self.open("devices"))
        page.put(WatchedFolder(self.watch))
        return page

    def _make_devices(self) -> DevicesPage:
        from app.ui.pages.devices import DevicesPage

        page = self.devices = DevicesPage(self.lanes)
        page.left.connect(lambda: self.open("settings"))
        return page

    def _make_desk(self) -> DeskPage:
        from app.ui.pages.desk import DeskPage

        page = self.desk = DeskPage(self.lanes, self.wedge)
        page.checked.connect(self._ask_status)
        page.check_wanted.connect(self._check)
        return page

    def _keep(self, name: str, page: QWidget) -> None:
        self._pages[name] = page
        self._stack.addWidget(page)

    def open(self, name: str) -> None:
        """Go to a page."""
        if name != self._open:
            self._before, self._open = self._open, name
        self._stack.setCurrentWidget(self.page(name))
        self.rail.mark("settings" if name == "devices" else name)

    @property
    def opened(self) -> str:
        """The name of the page that is open."""
        return self._open

    def show_journey(self, item: Item) -> None:
        """Open an item's journey."""
        self.open("journey")
        self.journey_wanted.emit(item)

    def _scanned(self, text: str, via: str = "wedge") -> None:
        """A task that is open gets every scan, whatever page is shown; without one a scan is checked. Codes that another laptop
        shows go to the page about devices where that is open, else to the hand-over."""
        if is_secret(text):
            self.open("desk")
        if text.startswith("WP-"):
            if self.devices is not None and self._open == "devices":
                self.devices.take(text)
                return
            self.open("desk")
        if self.desk is not None and (self._open == "desk" or self.desk.working):
            self.open("desk")
            self.desk.take(text, via)
            return
        self._check(text, via)

    def _found(self, texts: list[str]) -> None:
        """A file in the watched folder held these codes."""
        if self._open == "desk" or (self.desk is not None and self.desk.working):
            for text in texts:
                self._scanned(text, "folder")
        else:
            self.open("scan")
            self.scan.submit(texts, via="folder")

    def _check(self, text: str, via: str = "wedge") -> None:
        self.open("scan")
        self.scan.field.clear()
        self.scan.submit([text], via=via)

    # ---- station -------------------------------------------------------------------------------------------------------

    def _opened(self) -> None:
        self.lanes.store(lambda door: door.recent(100), self.scan.fill)
        self.lanes.store(lambda door: door.desk.open is not None, self._resume)
        self.watch.open()
        self._ask_status()
        self._poll.start()

    def _resume(self, working: bool) -> None:
        """A task that was open when the program ended is gone on with."""
        if working:
            self.open("desk")

    def _trouble(self, words: str) -> None:
        self.scan.notice.tell(words)
        self.strip.network.tell(self.tr("Not open"), "circle-question-mark")

    def _ask_status(self) -> None:
        if not self._asking:
            self._asking = True
            self.lanes.store(lambda door: door.status(), self._tell_status, self._no_status)

    def _tell_status(self, status: Status) -> None:
        self._asking = False
        self.strip.tell(status)
        if status.taken_back > self._taken_back:
            self.scan.notice.tell(words.taken_back(status.taken_back))
            self.lanes.store(lambda door: door.recent(100), self.scan.fill)
        self._taken_back = status.taken_back

    def _no_status(self, error: WayproofError) -> None:
        self._asking = False
        self.scan.notice.tell(error.words)

    # ---- looks ---------------------------------------------------------------------------------------------------------

    def use_theme(self, name: str) -> None:
        """Wear `system`, `light` or `dark`, and remember it."""
        self._preferences = replace(self._preferences, theme=name)
        self._preferences.save(self._profile)
        self._wear()

    def use_language(self, name: str) -> None:
        """Remember the language (one of SPOKEN); it is spoken from the next start on."""
        self._preferences = replace(self._preferences, language=name)
        self._preferences.save(self._profile)

    def _system_changed(self) -> None:
        if self._preferences.theme == "system":
            self._wear()

    def _wear(self) -> None:
        application = QApplication.instance()
        if isinstance(application, QApplication):
            theme.apply(application, theme.choose(self._preferences.theme))

    def event(self, event: QEvent) -> bool:
        """Coming back from another program, the scan field listens again."""
        if event.type() == QEvent.Type.WindowActivate and self._open == "scan":
            QTimer.singleShot(0, self.scan, self.scan.listen)
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Say once that there is something to look at."""
        super().paintEvent(event)
        if not self._seen:
            self._seen = True
            self.painted.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the window, let both lanes end, close the station."""
        self._poll.stop()
        normal = self.normalGeometry()
        self._preferences = replace(
            self._preferences,
            width=max(640, normal.width()),
            height=max(480, normal.height()),
            maximised=self.isMaximized(),
        )
        self._preferences.save(self._profile)
        self.hide()
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self.wedge)
        self.watch.stop()
        self.scan.pictures.stop()
        if self.alerts is not None:
            self.alerts.stop()
        for page in (self.desk, self.devices):
            if page is not None:
                page.stop()
        self.lanes.close()
        self.scan.pictures.close()
        for page in (self.desk, self.devices):
            if page is not None:
                page.close_pictures()
        super().closeEvent(event)
