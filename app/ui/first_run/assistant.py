"""The assistant's window. What it does is done by the same code as `wayproof demo`, `join` and `deploy`, in the free lane's
threads; the profile stays as empty as it was until one of the ways has come to its end.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, NoReturn

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QIcon, QPaintEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QProgressBar, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from app.ui.first_run.choices import Choices
from app.ui.first_run.forms import Form, JoinForm, StartForm
from app.ui.icons import pixmap
from app.ui.pictures import Pictures, readable
from app.ui.plain import Text, shown
from app.ui.tasks import Lanes
from app.ui.widgets.notice import Notice
from app.ui.widgets.panel import Button, Panel
from app.ui.words import say
from chain.errors import BadInput, WayproofError

if TYPE_CHECKING:
    from app.network.membership import Request
    from app.trust import TrustPack

SAMPLE = "demo"
"""The folder in the profile where the sample world lives, as `wayproof demo` has it."""
_WIDEST = 860
FOUNDER = "issuer,carrier,keeper,retailer,auditor"


class Stopped(WayproofError):
    """The person stopped it."""


class Founding(Panel):
    """The sample world in the making. `stop` when it is no longer wanted."""

    stop = Signal()
    progressed = Signal(str, int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar, self.said = QProgressBar(), Text(tone="muted", wrap=True)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.bar.setMinimumHeight(28)
        self.cancel = Button(self.tr("Stop"), "x")
        self.cancel.setObjectName("tall")
        self.cancel.clicked.connect(self.stop)
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 22, 28, 22)
        column.setSpacing(16)
        column.addWidget(Text(self.tr("Making the sample world"), role="title"))
        column.addWidget(self.bar)
        column.addWidget(self.said)
        column.addStretch(1)
        column.addWidget(self.cancel, 0, Qt.AlignmentFlag.AlignTrailing)
        self.progressed.connect(self._tell)
        self.begin()

    def begin(self) -> None:
        """Nothing is done yet."""
        self.bar.setRange(0, 0)
        self.said.setText(self.tr("The chain is founded on this laptop, and a year of trade is recorded on it."))

    def _tell(self, what: str, done: int, total: int) -> None:
        self.bar.setRange(0, max(total, 1))
        self.bar.setValue(done)
        names = {"blocks": self.tr("Recording"), "entries": self.tr("Reading the log"), "proofs": self.tr("Proving it")}
        self.said.setText(
            self.tr("{what}: {done} of {total}").format(what=names.get(what, what), done=f"{done:,}", total=f"{total:,}")
        )


class Asking(Form):
    """Joined: the request that somebody of the consortium has to approve."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(say("This laptop has joined"), say("Open Wayproof"), parent)
        self.words = Text(role="lead", wrap=True)
        self.save = Button(self.tr("Save the request"), "download")
        self.save.setObjectName("tall")
        self.fields.column.addWidget(self.words)
        self.fields.ask(
            self.tr("Request to be admitted"), self.save, self.tr("Give the file to the consortium. It holds no secret.")
        )
        self.leave.hide()


class Assistant(QWidget):
    """The first window of an empty profile. `ended` carries the profile to open; `painted` once, after the first paint."""

    ended = Signal(object)
    painted = Signal()

    def __init__(self, profile: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._profile = profile
        self._seen = False
        self._stop = Event()
        self._pack: TrustPack | None = None
        self._request: Request | None = None
        self._pictures = Pictures()
        self.lanes = Lanes(_nothing, parent=self)
        self.notice = Notice()
        self.choices = Choices(again=(profile / SAMPLE / "trust.json").exists())
        self.founding, self.join, self.start, self.asking = Founding(), JoinForm(), StartForm(), Asking()
        self._pages: tuple[QWidget, ...] = (self.choices, self.founding, self.join, self.start, self.asking)
        self.stack = QStackedWidget()
        for page in self._pages:
            self.stack.addWidget(_scrolling(page))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 24, 24, 20)
        whole.setSpacing(14)
        whole.addWidget(self.notice)
        whole.addWidget(self.stack, 1)
        self.setWindowTitle(self.tr("Wayproof"))
        self.setWindowIcon(QIcon(pixmap("wayproof", "#ffffff", 64)))
        self.setMinimumSize(480, 400)
        self.resize(960, 720)
        self._connect()

    def _connect(self) -> None:
        self.choices.chosen.connect(self._choose)
        self.choices.later.connect(lambda: self.ended.emit(self._profile))
        self.choices.again.clicked.connect(lambda: self.ended.emit(self._profile / SAMPLE))
        self.founding.stop.connect(self._stop.set)
        for form in (self.join, self.start):
            form.back.connect(lambda: self.show_page(self.choices))
        self.join.pack_wanted.connect(self.read_pack)
        self.join.sent.connect(self._join)
        self.start.sent.connect(self._start)
        self.asking.save.clicked.connect(self._ask_where)
        self.asking.sent.connect(lambda: self.ended.emit(self._profile))

    def _choose(self, way: str) -> None:
        if way == "try":
            self.found_sample()
        else:
            self.show_page(self.join if way == "join" else self.start)

    def show_page(self, page: QWidget) -> None:
        """Go to a page."""
        self.notice.hide()
        self.stack.setCurrentIndex(self._pages.index(page))

    def _busy(self, busy: bool) -> None:
        for form in (self.join, self.start):
            form.setEnabled(not busy)
        if busy:
            self.notice.tell(self.tr("One moment: the network is being asked…"))

    def _failed(self, error: WayproofError) -> None:
        self._busy(False)
        self.notice.tell(error.words)

    # ---- the sample world ----------------------------------------------------------------------------------------------

    def found_sample(self) -> None:
        """Make the sample world, and open it."""
        self._stop.clear()
        self.founding.begin()
        self.show_page(self.founding)
        folder = self._profile / SAMPLE

        def progress(what: str, done: int, total: int) -> None:
            if self._stop.is_set():
                raise Stopped("Stopped.")
            self.founding.progressed.emit(what, done, total)

        def work() -> Path:
            from app import demo

            try:
                demo.found(folder, progress)
            except BaseException:
                demo.remove(folder)
                raise
            return folder

        self.lanes.free(work, self.ended.emit, self._not_founded)

    def _not_founded(self, error: WayproofError) -> None:
        self.show_page(self.choices)
        if not isinstance(error, Stopped):
            self.notice.tell(error.words)

    # ---- joining -------------------------------------------------------------------------------------------------------

    def read_pack(self, path: Path) -> None:
        """Read a trust pack from its file, or from the code in a picture of it."""

        def work() -> TrustPack:
            from app.network.entering import read_shown

            return read_shown(path, self._pictures.read(path).texts if readable([path]) else None)

        self.lanes.free(work, self._pack_read, self._failed)

    def _pack_read(self, pack: TrustPack) -> None:
        self.notice.hide()
        self._pack = pack
        words = self.tr("Trust pack “{name}”, version {version}, network {chain}. Its words are:").format(
            name=shown(pack.name or self.tr("without a name"), 80), version=pack.version, chain=pack.trust.chain_id
        )
        self.join.show_pack(words, pack.fingerprint)

    def _join(self) -> None:
        form, pack = self.join, self._pack
        if pack is None or not form.same.isChecked():
            return
        if not form.secret.alike:
            self.notice.tell(self.tr("The two passphrases are not the same."))
            return
        told, gln, name, endpoints = form.secret.told, form.who.gln.text().strip(), form.who.name.text().strip(), form.endpoints
        profile, kind = self._profile, str(form.kind.currentData())

        def work() -> Request:
            from app.network.access import Access
            from app.network.entering import enter
            from app.network.membership import Request, checked_party

            party = checked_party(gln, name)
            access = Access(endpoints, enough=len(endpoints) // 2 + 1)
            keys = enter(profile, access, party, pack, told)
            key = keys.owner(party.gln) if kind == "organisation" else keys.device(party.gln)
            return Request.make(kind, party, key, pack.trust)

        self._busy(True)
        self.lanes.free(work, self._joined, self._failed)

    def _joined(self, request: Request) -> None:
        self._busy(False)
        self._request = request
        self.asking.words.setText(
            self.tr("It is pinned to the contract that you checked, and has keys of its own. Address: {address}").format(
                address="0x" + request.key.hex()
            )
        )
        self.show_page(self.asking)

    def _ask_where(self) -> None:
        dialog = QFileDialog(self, self.tr("Save the request"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile("request.json")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.save_request(Path(path)))
        dialog.open()

    def save_request(self, path: Path) -> None:
        """Write the request for the consortium."""
        if self._request is not None:
            said = self.tr("Saved {name}.").format(name=shown(path.name, 80))
            self.lanes.free(partial(self._request.write, path), lambda _: self.notice.tell(said), self._failed)

    # ---- starting ------------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        form, profile = self.start, self._profile
        if form.own_node and not form.secret.alike:
            self.notice.tell(self.tr("The two passphrases are not the same."))
            return
        gln, name, prefixes, told = form.who.gln.text().strip(), form.who.name.text().strip(), form.prefixes, form.secret.told
        node = form.node.text().strip() if form.own_node else ""
        own = form.own_node

        def work() -> Path:
            from app.network.access import Access
            from app.network.entering import found_elsewhere, found_here
            from app.network.membership import checked_party, roles_of
            from chain import encoding

            party = checked_party(gln, name, roles=roles_of(FOUNDER))
            for digits in prefixes:
                encoding.prefix_code(digits)
            if own:
                found_elsewhere(profile, Access((node,)), party, prefixes, told)
            else:
                found_here(profile, party, prefixes)
            return profile

        self._busy(True)
        self.lanes.free(work, self._started, self._failed)

    def _started(self, profile: Path) -> None:
        self._busy(False)
        self.ended.emit(profile)

    # ---- the window ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Say once that there is something to look at."""
        super().paintEvent(event)
        if not self._seen:
            self._seen = True
            self.painted.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop what is under way."""
        self._stop.set()
        self._pictures.stop()
        self.hide()
        self.lanes.close()
        self._pictures.close()
        super().closeEvent(event)


def _nothing() -> NoReturn:
    raise BadInput("There is no profile yet.")


def _scrolling(page: QWidget) -> QScrollArea:
    """A page in the middle of the window, which may be lower than it."""
    body = QWidget()
    body.setObjectName("body")
    page.setMaximumWidth(_WIDEST)
    row = QHBoxLayout(body)
    row.setContentsMargins(0, 0, 0, 0)
    row.addStretch(1)
    column = QVBoxLayout()
    column.addWidget(page)
    column.addStretch(1)
    row.addLayout(column, 1_000)
    row.addStretch(1)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(body)
    return area
