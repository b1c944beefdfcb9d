"""The page people live on: one field that always listens, one card that answers, the last scans beside it.

A scan is a text and nothing more: it opens no address, no file and no connection. The card shows what this laptop holds at once;
when nothing more urgent waits, the network is asked and the card is refined.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.checks import Check
from app.ui import words
from app.ui.icons import Icon
from app.ui.pictures import ENDINGS, Found, Pictures, files_in, readable
from app.ui.plain import Text
from app.ui.tasks import Job, Lanes, Urgency
from app.ui.theme import CHANGES, current
from app.ui.widgets.counter import Counter
from app.ui.widgets.evidence_list import EvidenceList
from app.ui.widgets.notice import Notice
from app.ui.widgets.panel import Button, Panel
from app.ui.widgets.recent_list import RecentList
from app.ui.widgets.scan_field import ScanField
from app.ui.widgets.verdict_card import VerdictCard
from chain.errors import WayproofError
from chain.journey import Item, Scan

_NARROW = 860
_SIDE = 340
"""Widest that counter and recent scans are beside the card."""
_EDGES = 76
"""Margins, the gap between the columns and a scroll bar."""
_STACKED = 190
"""Height of the recent scans below the card, where they do not fit beside it."""
_REFINE_AFTER_MS = 400
_MOST_FILES = 50


class ReadyPanel(Panel):
    """What stands where the card will be, before the first scan."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = Icon(size=72)
        column = QVBoxLayout(self)
        column.setContentsMargins(32, 48, 32, 48)
        column.setSpacing(10)
        column.addStretch(2)
        middle = Qt.AlignmentFlag.AlignHCenter
        column.addWidget(self._icon, 0, middle)
        column.addSpacing(8)
        column.addWidget(Text(self.tr("Ready"), role="title"), 0, middle)
        column.addWidget(Text(self.tr("Scan a code, type it, or drop a picture here."), role="lead", tone="muted"), 0, middle)
        column.addStretch(3)
        self._dress()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in CHANGES:
            self._dress()

    def _dress(self) -> None:
        self._icon.show_icon("scan-line", current().edge)


class ScanPage(QWidget):
    """Field, card, details, counter, recent scans. `checked` after every verdict; `journey_wanted` with the item to show;
    `files_wanted` with dropped files that are no pictures, `proof_wanted` with the text whose proof is to be saved."""

    checked = Signal(object)
    journey_wanted = Signal(object)
    files_wanted = Signal(object)
    proof_wanted = Signal(str)

    def __init__(
        self,
        lanes: Lanes,
        *,
        offline: bool = False,
        pictures: Pictures | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._lanes, self._offline = lanes, offline
        self.pictures = pictures or Pictures()
        self._refining: Job | None = None
        self._excuse = ""
        self.field, self.notice, self.card = ScanField(), Notice(), VerdictCard()
        self.ready, self.evidence = ReadyPanel(), EvidenceList()
        self.counter, self.recent = Counter(), RecentList()
        self.open_picture = Button(self.tr("Open a file"), "image-up")
        self._refine_timer = QTimer(self)
        self._refine_timer.setSingleShot(True)
        self._refine_timer.setInterval(_REFINE_AFTER_MS)
        self._refine_timer.timeout.connect(self._refine)
        self._lay_out()
        self.setAcceptDrops(True)
        self.field.entered.connect(partial(self.submit, via="keyboard"))
        self.field.refused.connect(self.notice.tell)
        self.open_picture.clicked.connect(self._choose_files)
        self.card.details_wanted.connect(self._show_details)
        self.card.journey_wanted.connect(self._ask_journey)
        self.evidence.proof_wanted.connect(lambda check: self.proof_wanted.emit(check.scan.text))
        self.recent.chosen.connect(self._show_again)
        self.card.hide()
        self.evidence.hide()
        for child in self.findChildren(QWidget):
            if child is not self.field and child.focusPolicy() is not Qt.FocusPolicy.NoFocus:
                child.installEventFilter(self)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self.field, 1)
        top.addWidget(self.open_picture)
        self.open_picture.setObjectName("tall")

        answer = QVBoxLayout()
        answer.setSpacing(16)
        answer.addWidget(self.ready, 1)
        answer.addWidget(self.card)
        answer.addWidget(self.evidence)
        answer.addStretch(0)

        beside = QVBoxLayout()
        beside.setSpacing(16)
        beside.addWidget(self.counter)
        listing = Panel()
        inside = QVBoxLayout(listing)
        inside.setContentsMargins(4, 14, 4, 8)
        inside.setSpacing(8)
        heading = Text(self.tr("Recent scans"), role="strong")
        heading.setContentsMargins(16, 0, 16, 0)
        inside.addWidget(heading)
        inside.addWidget(self.recent, 1)
        beside.addWidget(listing, 1)
        self._side = QWidget()
        self._side.setLayout(beside)
        beside.setContentsMargins(0, 0, 0, 0)

        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._columns.setSpacing(16)
        body = QWidget()
        body.setObjectName("body")
        body.setLayout(answer)
        answer.setContentsMargins(0, 0, 0, 0)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(body)
        self._columns.addWidget(scroll, 1)
        self._columns.addWidget(self._side)

        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 20, 24, 20)
        whole.setSpacing(16)
        whole.addLayout(top)
        whole.addWidget(self.notice)
        whole.addLayout(self._columns, 1)

    # ---- in ------------------------------------------------------------------------------------------------------------

    def submit(self, texts: Sequence[str], via: str = "wedge", source: str = "") -> None:
        """Check these texts, in order. `source` names the picture they came from."""
        self.notice.hide()
        at = datetime.now(UTC)
        scans = [Scan(text, at, via=via) for text in texts]
        self._refine_timer.stop()
        if self._refining is not None:
            self._refining.cancel()
            self._refining = None
        self._lanes.store(
            lambda door: [door.check(scan) for scan in scans],
            partial(self._answer, source=source),
            self._failed,
            Urgency.SCAN,
        )
        self.listen()

    def take_files(self, paths: Sequence[Path]) -> None:
        """Read pictures here; whatever else somebody opens or drops belongs on the page for files."""
        if readable(paths):
            self.submit_files(paths)
        else:
            self.files_wanted.emit(list(paths))

    def submit_files(self, paths: Sequence[Path]) -> None:
        """Read the codes in these pictures and check them."""
        good = readable(paths)
        if not good:
            self.notice.tell(self.tr("Only pictures (PNG, JPEG, TIFF, WebP) and PDF files can be read here."))
            return
        if len(good) > _MOST_FILES:
            self.notice.tell(self.tr("At most {count} pictures at once.").format(count=_MOST_FILES))
            return
        for path in good:
            self.notice.tell(self.tr("Reading {name}…").format(name=path.name))
            self._lanes.free(partial(self.pictures.read, path), self._codes_found, self._failed)

    def listen(self) -> None:
        """The field takes the focus."""
        if self.isVisible():
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def fill(self, checks: Sequence[Check]) -> None:
        """Earlier scans, the newest first."""
        self.recent.checks.fill(checks)

    # ---- out -----------------------------------------------------------------------------------------------------------

    def _answer(self, checks: list[Check], source: str) -> None:
        if not checks:
            return
        for check in checks:
            self.counter.count(check.verdict.kind)
            self.recent.checks.add(check)
        worst = max(checks, key=lambda check: words.SEVERITY[check.verdict.kind])
        note = ""
        if source and len(checks) == 1:
            note = self.tr("From {name}").format(name=source)
        elif len(checks) > 1:
            note = self.tr("{count} codes read; the most serious answer is shown, the others are under recent scans.").format(
                count=len(checks)
            )
        self.show_check(worst, note)
        self.checked.emit(worst)
        if not self._offline:
            self._refine_timer.start()

    def _codes_found(self, found: Found) -> None:
        if found.texts:
            self.submit(found.texts, via="file", source=found.name)
        else:
            self.notice.tell(
                self.tr("No code was found in {name}. Take the picture closer and straighter, or type the code.").format(
                    name=found.name
                )
            )
            self.listen()

    def _failed(self, error: WayproofError) -> None:
        self.notice.tell(error.words)
        self.listen()

    def show_check(self, check: Check, note: str = "") -> None:
        """Put a check on the card."""
        self.ready.hide()
        self.evidence.hide()
        self.card.tell(check, note)
        self.card.show()

    def _show_again(self, check: Check) -> None:
        self._refine_timer.stop()
        self.show_check(check, self.tr("Scanned {when}").format(when=words.moment(check.scan.at)))
        self.listen()

    def _show_details(self, wanted: bool) -> None:
        if wanted and self.card.check is not None:
            self.evidence.tell(self.card.check)
        self.evidence.setVisible(wanted)
        self.listen()

    def _ask_journey(self) -> None:
        check = self.card.check
        if check is not None and isinstance(check.item, Item):
            self.journey_wanted.emit(check.item)

    # ---- refining ------------------------------------------------------------------------------------------------------

    def _refine(self) -> None:
        check = self.card.check
        if check is not None and isinstance(check.item, Item):
            self._refining = self._lanes.network(
                lambda door: door.refine(check), partial(self._refined, check), self._not_refined, Urgency.IDLE
            )

    def _refined(self, before: Check, after: Check) -> None:
        self._refining = None
        self._excuse = ""
        self.counter.recount(before.verdict.kind, after.verdict.kind)
        self.recent.checks.replace(before, after)
        if self.card.check is before:
            details = not self.evidence.isHidden()
            self.show_check(after)
            if details:
                self.card.details.click()
        self.checked.emit(after)

    def _not_refined(self, error: WayproofError) -> None:
        # The strip says that there is no network, and the verdict stands as of its own time. Why is said once, not at each scan.
        self._refining = None
        if error.words != self._excuse:
            self._excuse = error.words
            self.notice.tell(error.words)
        if self.card.check is not None:
            self.checked.emit(self.card.check)

    # ---- files ---------------------------------------------------------------------------------------------------------

    def _choose_files(self) -> None:
        dialog = QFileDialog(self, self.tr("Open a file"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        patterns = " ".join(f"*{ending}" for ending in ENDINGS)
        pictures = self.tr("Pictures and PDF ({patterns})").format(patterns=patterns)
        dialog.setNameFilters([pictures, self.tr("Proofs and lists of events (*)")])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(lambda names: self.take_files([Path(name) for name in names]))
        dialog.finished.connect(lambda _: self.listen())
        dialog.open()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files and texts may be dropped."""
        if files_in(event.mimeData()) or event.mimeData().hasText():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Read a dropped file; type in a dropped text. A link is a text like any other."""
        dropped = event.mimeData()
        if paths := files_in(dropped):
            self.take_files(paths)
        elif dropped.hasText():
            self.field.take(dropped.text())
            self.listen()
        event.acceptProposedAction()

    # ---- focus ---------------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A letter typed anywhere on this page is meant for the field."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and not isinstance(watched, QLineEdit):
            plain = not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
            if plain and event.text().isprintable() and event.text().strip():
                self.listen()
                self.field.insert(event.text())
                return True
        return False

    def showEvent(self, event: QShowEvent) -> None:
        """Listen at once."""
        super().showEvent(event)
        self.listen()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Two columns where there is room, else one below the other."""
        super().resizeEvent(event)
        narrow = self.width() < _NARROW
        self._columns.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)
        self._side.setMinimumWidth(0 if narrow else _SIDE - 20)
        self._side.setMaximumWidth(16_777_215 if narrow else _SIDE)
        self._side.setMaximumHeight(_STACKED if narrow else 16_777_215)
        self.counter.setVisible(not narrow)
        self.card.fit(self.width() - _EDGES - (0 if narrow else _SIDE))
