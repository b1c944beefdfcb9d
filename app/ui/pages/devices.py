"""This laptop and its keys, and the other laptops of its organisation: lock, ask to be admitted, admit, stop.

What happens is what `wayproof device` does; here are its words and its questions. Nobody is admitted or stopped without a yes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from app.network import laptop as laptops
from app.ui.pages.code_taking import CodeTaking
from app.ui.pages.devices_views import DeviceRows, KeyPanel, LaptopPanel, RequestPanel
from app.ui.plain import Text
from app.ui.tasks import Lanes
from app.ui.widgets.code_show import CodeShow
from app.ui.widgets.confirm import Confirm
from app.ui.widgets.notice import Notice
from app.ui.widgets.panel import Button
from app.ui.widgets.unlock import Unlock
from chain.errors import KeyLocked, WayproofError

if TYPE_CHECKING:
    from app.network.laptop import Device, Laptop
    from app.network.membership import Request
    from app.ui.door import Door

_WIDEST = 900
DAYS = 3 * 365


class DevicesPage(QWidget):
    """The page. `left` to go back to the settings."""

    left = Signal()

    def __init__(self, lanes: Lanes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lanes = lanes
        self.laptop: Laptop | None = None
        self.wish: Request | None = None
        self._stopping: Device | None = None
        self._retry: Callable[[], None] | None = None
        self.notice, self.confirm, self.unlock = Notice(), Confirm(), Unlock(lanes)
        self.mine, self.keys, self.rows, self.requests = LaptopPanel(), KeyPanel(), DeviceRows(), RequestPanel()
        self.codes = CodeShow(lanes, self.tr("This laptop's request"))
        self.taking = CodeTaking(lanes)
        self.views = QStackedWidget()
        self._main = self._body()
        self._shown = self._with_title(self.tr("Let your organisation's office scan this"), self.codes)
        self._taken = self._with_title(self.tr("Scan the request on the new laptop"), self.taking)
        for view in (self._main, self._shown, self._taken):
            self.views.addWidget(view)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 20, 24, 20)
        whole.setSpacing(12)
        for part in (self.notice, self.confirm, self.unlock):
            whole.addWidget(part)
        whole.addWidget(self.views, 1)
        self._connect()

    def _connect(self) -> None:
        self.keys.lock_wanted.connect(lambda: self._do(lambda door: laptops.lock(door.desk.station), self.refresh))
        self.keys.unlock_wanted.connect(self._open_keys)
        self.keys.minutes_chosen.connect(
            lambda minutes: self._do(lambda door: laptops.lock_after(door.desk.station, minutes), self.refresh)
        )
        self.mine.show_wanted.connect(self.show_request)
        self.mine.save_wanted.connect(self._choose_save)
        self.requests.scan_wanted.connect(self._take)
        self.requests.file_wanted.connect(self._choose_open)
        self.requests.agreed.connect(self._ask_admit)
        self.rows.stop_wanted.connect(self._ask_stop)
        self.taking.whole.connect(self.read_codes)
        self.codes.failed.connect(self.notice.tell)
        self.confirm.agreed.connect(self._agreed)
        self.unlock.unlocked.connect(self._unlocked)

    def _body(self) -> QWidget:
        body = QWidget()
        body.setObjectName("body")
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        back = Button(self.tr("Back to the settings"), "arrow-left", quiet=True)
        back.clicked.connect(self.left)
        top = QHBoxLayout()
        top.addWidget(Text(self.tr("Devices and keys"), role="title"), 1)
        top.addWidget(back)
        column.addLayout(top)
        for panel in (self.mine, self.keys, self.requests, self.rows):
            column.addWidget(panel)
        column.addStretch(1)
        body.setMaximumWidth(_WIDEST)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(body)
        return scroll

    def _with_title(self, title: str, inside: QWidget) -> QWidget:
        page = QWidget()
        back = Button(self.tr("Back"), "arrow-left")
        back.setObjectName("tall")
        back.clicked.connect(self.home)
        top = QHBoxLayout()
        top.addWidget(Text(title, role="headline", wrap=True), 1)
        top.addWidget(back)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        column.addLayout(top)
        column.addWidget(inside, 1)
        return page

    # ---- looking -------------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Fresh whenever it is opened."""
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """Ask how things stand."""
        self._lanes.store(lambda door: laptops.look(door.desk.station), self.tell, self._failed)

    def tell(self, laptop: Laptop) -> None:
        """Show it."""
        self.laptop = laptop
        self.mine.tell(laptop)
        self.keys.tell(laptop)
        self.rows.tell(laptop)
        self.requests.tell(self.wish, laptop)

    def home(self) -> None:
        """Back to the overview."""
        self.codes.clear()
        self.taking.stop_watching()
        self.views.setCurrentWidget(self._main)

    # ---- this laptop asks ----------------------------------------------------------------------------------------------

    def show_request(self) -> None:
        """This laptop's request as codes."""

        def work(door: Door) -> list[str]:
            return laptops.request_texts(laptops.request(door.desk.station))

        def done(texts: list[str]) -> None:
            self.codes.tell(texts)
            self.views.setCurrentWidget(self._shown)

        self._signing(work, done, self.show_request)

    def save_request(self, path: Path) -> None:
        """This laptop's request as a file."""

        def done(_: None) -> None:
            self.notice.tell(self.tr("Saved {name}.").format(name=path.name))

        self._signing(lambda door: laptops.request(door.desk.station).write(path), done, lambda: self.save_request(path))

    def _choose_save(self) -> None:
        dialog = QFileDialog(self, self.tr("Save the request"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile("laptop.json")
        dialog.fileSelected.connect(lambda name: self.save_request(Path(name)))
        dialog.open()

    # ---- another laptop asks -------------------------------------------------------------------------------------------

    def _take(self) -> None:
        self.taking.begin()
        self.views.setCurrentWidget(self._taken)

    def _choose_open(self) -> None:
        dialog = QFileDialog(self, self.tr("Open a request"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda name: self.read_file(Path(name)))
        dialog.open()

    def take(self, text: str) -> None:
        """A code came from a scanner."""
        if self.views.currentWidget() is not self._taken:
            self._take()
        self.taking.take(text)

    def read_codes(self, whole: str) -> None:
        """The codes of a request were read."""
        self.home()
        self._lanes.store(lambda door: laptops.request_in(door.desk.station, whole), self._asked, self._failed)

    def read_file(self, path: Path) -> None:
        """A request's file was chosen."""
        self._lanes.store(lambda door: laptops.request_from(door.desk.station, path), self._asked, self._failed)

    def _asked(self, wish: Request) -> None:
        self.notice.hide()
        self.wish = wish
        if self.laptop is not None:
            self.requests.tell(wish, self.laptop)

    def _ask_admit(self) -> None:
        if self.wish is None:
            return
        self._stopping = None
        told = self.tr(
            "Let the laptop “{words}” record for {name} for three years? Only if its user reads the same eight words to you."
        )
        name = self.wish.party.name or self.wish.party.gln
        self.confirm.ask(told.format(words=laptops.fingerprint(self.wish.key), name=name), self.tr("Admit this laptop"))

    def _ask_stop(self, device: Device) -> None:
        self._stopping = device
        told = self.tr("Stop the laptop “{words}” at once and for good? What it signs from now on is refused everywhere.")
        self.confirm.ask(told.format(words=device.words), self.tr("Stop this laptop"))

    def _agreed(self) -> None:
        if self._stopping is not None:
            address = self._stopping.address
            self._network(lambda door: laptops.stop(door.desk.station, address), self.tr("The laptop is stopped."))
        elif self.wish is not None:
            wish = self.wish
            self._network(lambda door: laptops.admit(door.desk.station, wish, DAYS), self.tr("The laptop is admitted."))

    def _network(self, work: Callable[[Door], object], told: str) -> None:
        def done(_: object) -> None:
            self.wish = self._stopping = None
            self.refresh()
            self.notice.tell(told)

        def failed(error: WayproofError) -> None:
            if isinstance(error, KeyLocked):
                self._unlock(self._agreed)
            else:
                self._failed(error)

        self.notice.tell(self.tr("Asking the network…"))
        self._lanes.network(work, done, failed)

    # ---- keys ----------------------------------------------------------------------------------------------------------

    def _open_keys(self) -> None:
        """A system's keyring asks for itself; a sealed file wants its passphrase."""
        if self.laptop is not None and self.laptop.kept_in == "keyring":
            self._do(lambda door: laptops.unlock(door.desk.station, None), self.refresh)
        else:
            self._unlock(self.refresh)

    def _signing(self, work: Callable[[Door], object], done: Callable[..., None], again: Callable[[], None]) -> None:
        def failed(error: WayproofError) -> None:
            if isinstance(error, KeyLocked):
                self._unlock(again)
            else:
                self._failed(error)

        self._lanes.store(work, done, failed)

    def _unlock(self, then: Callable[[], None]) -> None:
        self._retry = then
        self.notice.hide()
        self.unlock.ask()

    def _unlocked(self) -> None:
        then, self._retry = self._retry, None
        self.refresh()
        if then is not None:
            then()

    def _do(self, work: Callable[[Door], object], then: Callable[[], None]) -> None:
        self._lanes.store(work, lambda _: then(), self._failed)

    def _failed(self, error: WayproofError) -> None:
        self.notice.tell(error.words)

    def stop(self) -> None:
        """No camera and no decoding any more."""
        self.taking.stop()

    def close_pictures(self) -> None:
        """End the decoder's process; after the lanes are closed."""
        self.taking.close_pictures()
