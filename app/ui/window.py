"""The window: a rail of pages, the page, the strip. Pages are made when they are first wanted; closing lets both lanes end.

Only the scan page exists at the first paint. Everything a wedge types goes to it, whatever page is open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QIcon, QPaintEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app import language
from app.checks import Status
from app.ui import theme, words
from app.ui.carrying import Carried, Typed, type_into
from app.ui.icons import pixmap
from app.ui.keymap import Keymap
from app.ui.language import chosen, speak
from app.ui.page_makers import load_pages, make
from app.ui.pages.scan import ScanPage
from app.ui.pictures import Pictures, files_in
from app.ui.preferences import Preferences
from app.ui.tasks import Lanes
from app.ui.watch import Watch
from app.ui.wedge import Wedge
from app.ui.widgets.rail import PAGES as PAGES
from app.ui.widgets.rail import Rail
from app.ui.widgets.status_strip import StatusStrip
from chain.errors import WayproofError
from chain.journey import Item
from chain.secret import is_secret

if TYPE_CHECKING:
    from app.ui.pages.alerts import AlertsPage
    from app.ui.pages.desk import DeskPage
    from app.ui.pages.devices import DevicesPage
    from app.ui.pages.files import FilesPage
    from app.ui.pages.journey import JourneyPage

_STATUS_EVERY_MS = 5_000
_OFF_THE_RAIL = {"devices": "settings", "files": "items"}
"""Pages without a button of their own, and the button that is lit while they are open."""


class Window(QWidget):
    """The whole window of one profile. `painted` once, after the first paint; then the station is opened."""

    painted = Signal()

    def __init__(self, lanes: Lanes, profile: Path, preferences: Preferences, *, offline: bool = False) -> None:
        super().__init__()
        self.profile, self.preferences, self._offline = profile, preferences, offline
        self._seen = self._asking = False
        self._taken_back = 0
        self._tongue = ""
        self.lanes = lanes
        lanes.setParent(self)
        self.wedge = Wedge(self)
        self.wedge.keymap = Keymap.load(profile)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._build(Pictures())
        self.watch = Watch(lanes, self.scan.pictures, parent=self)
        self._poll = QTimer(self)
        self._poll.setInterval(_STATUS_EVERY_MS)
        self._connect()
        self.setWindowIcon(QIcon(pixmap("wayproof", "#ffffff", 64)))
        self.setMinimumSize(640, 480)
        self.setAcceptDrops(True)
        self.resize(preferences.width, preferences.height)

    def _build(self, pictures: Pictures) -> None:
        """Rail, pages and strip, in the language that is spoken now; only the scan page is made at once."""
        self.rail, self.strip, self._stack, self._whole = Rail(), StatusStrip(), QStackedWidget(), QWidget()
        self._pages: dict[str, QWidget] = {}
        self._typed: dict[str, Typed] = {}
        self._open = self._before = "scan"
        self.desk: DeskPage | None = None
        self.alerts: AlertsPage | None = None
        self.journey: JourneyPage | None = None
        self.devices: DevicesPage | None = None
        self.files: FilesPage | None = None
        self.scan = ScanPage(self.lanes, offline=self._offline, pictures=pictures)
        self._keep("scan", self.scan)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self._stack, 1)
        right.addWidget(self.strip)
        row = QHBoxLayout(self._whole)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addLayout(right, 1)
        self._row.addWidget(self._whole)
        self.rail.chosen.connect(self.open)
        self.scan.journey_wanted.connect(self.show_journey)
        self.scan.files_wanted.connect(self.open_files)
        self.scan.proof_wanted.connect(lambda text: self.prove([text]))
        self.scan.checked.connect(lambda _: self.ask_status())
        self.rail.mark("scan")
        self.setWindowTitle(self.tr("Wayproof"))

    def _connect(self) -> None:
        self._poll.timeout.connect(self.ask_status)
        self.wedge.scanned.connect(self._scanned)
        self.watch.scanned.connect(self._found)
        self.lanes.opened.connect(self._opened)
        self.lanes.trouble.connect(self._trouble)
        self.lanes.settled.connect(self._speak_if_quiet, Qt.ConnectionType.QueuedConnection)
        self.painted.connect(self.lanes.start, Qt.ConnectionType.QueuedConnection)
        application = QApplication.instance()
        if isinstance(application, QGuiApplication):
            self.wedge.attend(application)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._system_changed)

    # ---- pages ---------------------------------------------------------------------------------------------------------

    def page(self, name: str) -> QWidget:
        """The page of this name (one of PAGES), made if it was not there yet."""
        if name not in self._pages:
            self._keep(name, make(self, name))
            type_into(self._pages[name], self._typed.pop(name, ()))
        return self._pages[name]

    def _keep(self, name: str, page: QWidget) -> None:
        self._pages[name] = page
        self._stack.addWidget(page)

    def open(self, name: str) -> None:
        """Go to a page."""
        if name != self._open:
            self._before, self._open = self._open, name
        self._stack.setCurrentWidget(self.page(name))
        self.rail.mark(_OFF_THE_RAIL.get(name, name))

    @property
    def made(self) -> Mapping[str, QWidget]:
        """The pages that were wanted so far, by name."""
        return self._pages

    def expect(self, typed: Mapping[str, Typed]) -> None:
        """What pages that are not made yet shall have in their fields."""
        self._typed |= typed

    @property
    def opened_before(self) -> str:
        """The name of the page that was open before this one."""
        return self._before

    @property
    def opened(self) -> str:
        """The name of the page that is open."""
        return self._open

    def show_journey(self, item: Item) -> None:
        """Open an item's journey."""
        self.open("journey")
        if self.journey is not None:
            self.journey.show_item(item)

    def go_back(self) -> None:
        """Open the page that was open before this one."""
        self.open(self._before)

    def open_files(self, paths: Sequence[Path]) -> None:
        """Open files on the page that is for them."""
        self.open("files")
        if self.files is not None:
            self.files.open(paths)

    def prove_task(self, number: str) -> None:
        """Offer to save proof of the goods of a finished task."""
        self.open("files")
        if self.files is not None:
            self.files.begin_proof()
            self.files.load_task(number)

    def prove(self, texts: Sequence[str]) -> None:
        """Offer to save proof of these items."""
        self.open("files")
        if self.files is not None:
            self.files.begin_proof()
            self.files.start.going.load(texts)

    def read_pictures(self, paths: Sequence[Path]) -> None:
        """Check the codes in pictures."""
        self.open("scan")
        self.scan.submit_files(paths)

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
        if self.files is not None and self._open == "files" and self.files.listens:
            self.files.take(text)
            return
        self.check(text, via)

    def _found(self, texts: list[str]) -> None:
        """A file in the watched folder held these codes."""
        if self._open == "desk" or (self.desk is not None and self.desk.working):
            for text in texts:
                self._scanned(text, "folder")
        else:
            self.open("scan")
            self.scan.submit(texts, via="folder")

    def check(self, text: str, via: str = "wedge") -> None:
        """Check a scanned text on the scan page."""
        self.open("scan")
        self.scan.field.clear()
        self.scan.submit([text], via=via)

    # ---- station -------------------------------------------------------------------------------------------------------

    def _opened(self) -> None:
        self.lanes.store(lambda door: door.recent(100), self.scan.fill)
        self.lanes.store(lambda door: door.desk.open is not None, self._resume)
        self.lanes.free(load_pages, lambda _: None)
        self.watch.open()
        self.ask_status()
        self._poll.start()

    def _resume(self, working: bool) -> None:
        """A task that was open when the program ended is gone on with."""
        if working:
            self.open("desk")

    def _trouble(self, words: str) -> None:
        self.scan.notice.tell(words)
        self.strip.network.tell(self.tr("Not open"), "circle-question-mark")

    def ask_status(self) -> None:
        """Let the strip say how things stand."""
        if not self._asking:
            self._asking = True
            self.lanes.store(lambda door: door.status(), self._tell_status, self._no_status)

    def _tell_status(self, status: Status) -> None:
        self._asking = False
        self.strip.tell(status)
        if status.taken_back > self._taken_back:
            self.scan.notice.tell(words.taken_back(status.taken_back))
            self.lanes.store(lambda door: door.recent(100), self.scan.fill)
            if self.desk is not None:
                self.desk.look_again()
        self._taken_back = status.taken_back

    def _no_status(self, error: WayproofError) -> None:
        self._asking = False
        self.scan.notice.tell(error.words)

    # ---- looks ---------------------------------------------------------------------------------------------------------

    def use_theme(self, name: str) -> None:
        """Wear `system`, `light` or `dark`, and remember it."""
        self.preferences = replace(self.preferences, theme=name)
        self.preferences.save(self.profile)
        self._wear()

    def use_language(self, name: str) -> None:
        """Speak a language (one of SPOKEN) and remember it. The pages are made anew as soon as nothing is on its way."""
        self.preferences = replace(self.preferences, language=name)
        self.preferences.save(self.profile)
        self._tongue = chosen(name)
        QTimer.singleShot(0, self, self._speak_if_quiet)

    def _speak_if_quiet(self) -> None:
        """Make every page anew where another language is wanted, no answer is on its way to a page and no hand-over is open."""
        if not self._tongue or self.lanes.outstanding or (self.desk is not None and self.desk.handing.shown):
            return
        tongue, self._tongue = self._tongue, ""
        application = QApplication.instance()
        if not isinstance(application, QApplication) or tongue == language.current().code:
            return
        carried, before = Carried.of(self), self._whole
        self._let_go()
        speak(application, language.load(tongue))
        for page in (self.desk, self.devices):
            if page is not None:
                page.close_pictures()
        before.hide()
        self._row.removeWidget(before)
        before.deleteLater()
        QCoreApplication.sendPostedEvents(before, QEvent.Type.DeferredDelete)  # no timer of it shall ask anything any more
        self._build(self.scan.pictures)
        carried.into(self)
        self.ask_status()

    def _let_go(self) -> None:
        """Stop what the pages have running: cameras, decoders, judging."""
        for busy in (self.alerts, self.files, self.desk, self.devices):
            if busy is not None:
                busy.stop()

    def _system_changed(self) -> None:
        if self.preferences.theme == "system":
            self._wear()

    def _wear(self) -> None:
        application = QApplication.instance()
        if isinstance(application, QApplication):
            theme.apply(application, theme.choose(self.preferences.theme))

    def event(self, event: QEvent) -> bool:
        """Coming back from another program, the scan field listens again. A key of a code is no shortcut."""
        if event.type() is QEvent.Type.ShortcutOverride and self.wedge.takes_shortcut(event):
            return True
        if event.type() == QEvent.Type.WindowActivate and self._open == "scan":
            QTimer.singleShot(0, self.scan, self.scan.listen)
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Say once that there is something to look at."""
        super().paintEvent(event)
        if not self._seen:
            self._seen = True
            self.wedge.watch_window(self.windowHandle())
            self.painted.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files may be dropped anywhere; what a page does not take itself is opened on the page for files."""
        if files_in(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        self.open_files(files_in(event.mimeData()))
        event.acceptProposedAction()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the window, let both lanes end, close the station."""
        self._poll.stop()
        normal = self.normalGeometry()
        self.preferences = replace(
            self.preferences,
            width=max(640, normal.width()),
            height=max(480, normal.height()),
            maximised=self.isMaximized(),
        )
        self.preferences.save(self.profile)
        self.hide()
        application = QApplication.instance()
        if isinstance(application, QGuiApplication):
            self.wedge.leave(application)
        self.watch.stop()
        self.scan.pictures.stop()
        self._let_go()
        self.lanes.close()
        self.scan.pictures.close()
        for page in (self.desk, self.devices):
            if page is not None:
                page.close_pictures()
        super().closeEvent(event)
