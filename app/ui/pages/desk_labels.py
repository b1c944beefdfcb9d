"""Issuing labels: a lot with serials drawn at random, recorded and printed in parts; it can be stopped and gone on with.

They go to files in a folder or to a printer. What may be on paper is never printed again by itself: a person says which label
came out last.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFileDialog, QGridLayout, QHBoxLayout, QLineEdit, QProgressBar, QVBoxLayout, QWidget

from app import language
from app.ui.label_printing import Printing
from app.ui.language import counted
from app.ui.pages.desk_printers import PrintersPanel
from app.ui.pages.desk_secret import SecretPanel
from app.ui.plain import Text, shown
from app.ui.tasks import Lanes, Urgency
from app.ui.theme import TARGET
from app.ui.widgets.fields import Choice
from app.ui.widgets.notice import Notice
from app.ui.widgets.panel import Button, Panel
from chain.errors import BadInput, WayproofError

if TYPE_CHECKING:
    from app.desk.issuing import Issue
    from app.labels import Label
    from app.labels.printers import Printer
    from app.labels.run import Run
    from app.ui.door import Door

_BATCHES = 5
"""Batches of a hundred recorded in one go, between which scans have their turn."""


class LabelsPane(QWidget):
    """The form and the progress. Everything is done in the store lane, in short pieces, behind the scans."""

    _progress = Signal(str, int, int)

    def __init__(self, lanes: Lanes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lanes = lanes
        self._stop = Event()
        self._number = ""
        self._folder: Path | None = None
        self.notice = Notice()
        self.gtin, self.lot = self._field(self.tr("GTIN of the product"), 14), self._field(self.tr("Lot"), 20)
        self.expiry, self.count = self._field(self.tr("Use by, YYYY-MM-DD"), 10), self._field(self.tr("How many labels"), 6)
        self.product = self._field(self.tr("Name of the product"), 200)
        self.format, self.past, self.target, self.symbol = Choice(), Choice(), Choice(), Choice()
        self.format.setAccessibleName(self.tr("Sheet or roll"))
        self.past.setAccessibleName(self.tr("Earlier issues"))
        self.target.setAccessibleName(self.tr("Where the labels go"))
        self.symbol.setAccessibleName(self.tr("Code on the label"))
        for box in (self.format, self.past, self.target, self.symbol):
            box.setMinimumSize(200, TARGET)
        self.symbol.addItem(self.tr("QR code"), "qr")
        self.symbol.addItem(self.tr("GS1 Data Matrix"), "datamatrix")
        self.target.addItem(self.tr("Files in a folder"), None)
        self.scratch = Choice()
        self.scratch.setAccessibleName(self.tr("Secret under a scratch field"))
        self.scratch.setMinimumSize(200, TARGET)
        self.scratch.addItem(self.tr("Without a scratch field"), False)
        self.scratch.addItem(self.tr("With a one-time secret under a scratch field"), True)
        self.last = self._field(self.tr("Last label that came out (number or serial)"), 20)
        self.printers, self.secret = PrintersPanel(lanes), SecretPanel(lanes)
        self.begin = Button(self.tr("Draw serials and print"), "plus", primary=True)
        self.begin.setObjectName("tall")
        self.resume = Button(self.tr("Go on with it"))
        self.cancel = Button(self.tr("Stop"))
        self.bar = QProgressBar()
        self.bar.setAccessibleName(self.tr("Progress"))
        self.bar.setMinimumHeight(28)
        self.said = Text(tone="muted", wrap=True)
        self.begin.clicked.connect(lambda: self._ask(self.start))
        self.resume.clicked.connect(lambda: self._ask(self.go_on))
        self.printers.changed.connect(self._fill_printers)
        self.printers.told.connect(self.notice.tell)
        self.secret.told.connect(self.notice.tell)
        self.cancel.clicked.connect(self._stop.set)
        self._progress.connect(self._tell_progress, Qt.ConnectionType.QueuedConnection)
        self._lay_out()
        self._busy(False)

    @staticmethod
    def _field(words: str, longest: int) -> QLineEdit:
        field = QLineEdit()
        field.setPlaceholderText(words)
        field.setAccessibleName(words)
        field.setMaxLength(longest)
        return field

    def _lay_out(self) -> None:
        panel = Panel()
        grid = QGridLayout(panel)
        grid.setContentsMargins(20, 16, 20, 16)
        grid.setSpacing(12)
        grid.addWidget(Text(self.tr("New labels"), role="strong"), 0, 0, 1, 4)
        grid.addWidget(self.gtin, 1, 0)
        grid.addWidget(self.product, 1, 1, 1, 3)
        for column, field in enumerate((self.lot, self.expiry, self.count)):
            grid.addWidget(field, 2, column)
        grid.addWidget(self.format, 2, 3)
        grid.addWidget(self.symbol, 3, 0)
        grid.addWidget(self.scratch, 3, 1, 1, 3)
        grid.addWidget(self.begin, 4, 0, 1, 2)
        grid.addWidget(self.target, 4, 2, 1, 2)
        for column in range(4):
            grid.setColumnStretch(column, 1)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.past, 2)
        row.addWidget(self.last, 2)
        row.addWidget(self.resume)
        second = Panel()
        inside = QVBoxLayout(second)
        inside.setContentsMargins(20, 16, 20, 16)
        inside.setSpacing(12)
        inside.addWidget(Text(self.tr("Earlier issues"), role="strong"))
        inside.addLayout(row)
        work = QHBoxLayout()
        work.setSpacing(12)
        work.addWidget(self.bar, 1)
        work.addWidget(self.cancel)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(14)
        whole.addWidget(self.notice)
        whole.addWidget(panel)
        whole.addWidget(second)
        whole.addLayout(work)
        whole.addWidget(self.said)
        whole.addWidget(self.printers)
        whole.addWidget(self.secret)
        whole.addStretch(1)

    def showEvent(self, event: QShowEvent) -> None:
        """Fresh whenever it is opened."""
        super().showEvent(event)
        self._lanes.store(_known, self._fill, self._failed)

    def _fill(self, found: tuple[list[str], list[tuple[str, str]]]) -> None:
        names, issues = found
        if self.format.count() == 0:
            for name in names:
                self.format.addItem(name, name)
        self.past.clear()
        for number, words in issues:
            self.past.addItem(shown(words, 90), number)
        self.resume.setEnabled(bool(issues) and not self._number)

    def _fill_printers(self, known: list[Printer]) -> None:
        chosen = self.target.currentData()
        while self.target.count() > 1:
            self.target.removeItem(1)
        for one in known:
            self.target.addItem(shown(one.title, 60), one)
        where = chosen.where if chosen is not None else ""
        self.target.setCurrentIndex(next((n for n, one in enumerate(known, 1) if one.where == where), 0))

    def _ask(self, then: Callable[[Path | None], None]) -> None:
        if self.target.currentData() is not None:
            then(None)
            return
        dialog = QFileDialog(self, self.tr("Where shall the labels go?"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: then(Path(path)))
        dialog.open()

    def start(self, folder: Path | None) -> None:
        """Begin an issue with what the form says; the files go into `folder`, or the labels to the chosen printer (None)."""
        gtin, lot, product = self.gtin.text(), self.lot.text().strip(), self.product.text().strip()
        try:
            count, expiry = _count(self.count.text()), _day(self.expiry.text().strip())
        except BadInput as error:
            self.notice.tell(error.words)
            return

        symbol, scratch = str(self.symbol.currentData()), bool(self.scratch.currentData())

        def work(door: Door) -> str:
            from app.desk.issuing import Issuing
            from app.labels import Symbol

            begun = Issuing(door.desk).begin(
                gtin, count, lot=lot, expiry=expiry, product=product, symbol=Symbol(symbol), scratch=scratch
            )
            return begun.id

        self._folder = folder
        self._busy(True)
        self._lanes.store(work, self._record, self._failed, Urgency.IDLE)

    def go_on(self, folder: Path | None) -> None:
        """Go on with the chosen issue; behind the label that was said to have come out last, where one was."""
        number, last = str(self.past.currentData() or ""), self.last.text().strip()
        if number:
            self._folder = folder
            self._busy(True)
            if last:
                self._lanes.store(lambda door: _looked(door, number, last), lambda _: self._record(number), self._failed)
            else:
                self._record(number)

    def _record(self, number: str) -> None:
        self._number = number
        self._lanes.network(
            lambda door: _recorded(door, number, self._stop, self._progress.emit), self._next, self._failed, Urgency.IDLE
        )

    def _next(self, done: tuple[int, int]) -> None:
        recorded, count = done
        if self._stop.is_set():
            self._ended(self.tr("Stopped. What was recorded and printed stays; go on whenever you like."))
        elif recorded < count:
            self._record(self._number)
        else:
            self._print()

    def _print(self) -> None:
        """Sign in the store lane, which is quick; draw beside it, which is not."""
        number = self._number
        self._lanes.store(lambda door: _signed(door, number), self._draw, self._failed, Urgency.IDLE)

    def _draw(self, signed: tuple[Issue, list[Label]]) -> None:
        issue, made = signed
        folder, name = self._folder, str(self.format.currentData())
        if folder is None:
            self._send(issue, made, name)
            return

        def work() -> list[Path]:
            from app.desk.issuing import render, sheet_of

            return render(made, issue, folder, sheet_of(name), self._progress.emit, self._stop.is_set)

        self._lanes.free(work, lambda parts: self._written(issue, parts), self._failed)

    def _written(self, issue: Issue, parts: list[Path]) -> None:
        told = counted("{count} file was written to {folder}.", "{count} files were written to {folder}.", len(parts))
        self._out(issue, told.format(count=len(parts), folder=shown(str(self._folder), 80)))

    def _send(self, issue: Issue, made: list[Label], name: str) -> None:
        from app.labels import Sheet
        from app.labels.sheets import named

        printer: Printer = self.target.currentData()
        sheet = Sheet() if printer.thermal or name == "ZPL" else named(name)

        def done(run: Run) -> None:
            if run.sent < len(made):
                self._ended(self.tr("Stopped. What was recorded and printed stays; go on whenever you like."))
                return
            told = counted("{count} label was sent to {printer}.", "{count} labels were sent to {printer}.", run.sent)
            self._out(issue, told.format(count=language.number(run.sent), printer=shown(printer.title, 60)))

        Printing(self._lanes, issue.id, made, printer, sheet, self._stop, self._progress.emit, done, self._failed).go()

    def _out(self, issue: Issue, words: str) -> None:
        """Every label is out, or it was stopped. Secrets that are printed are of no more use here, and of much to a thief."""
        if self._stop.is_set() or not issue.scratch:
            self._ended(words)
            return

        def work(door: Door) -> None:
            from app.desk.issuing import Issuing

            Issuing(door.desk).forget_secrets(issue.id)

        told = self.tr("{done} The secrets were forgotten here: keep the printed labels safe.").format(done=words)
        self._lanes.store(work, lambda _: self._ended(told), self._failed)

    def _tell_progress(self, what: str, done: int, total: int) -> None:
        words = {"recorded": self.tr("Recorded"), "printed": self.tr("Printed")}[what]
        self.bar.setMaximum(max(total, 1))
        self.bar.setValue(done)
        told = self.tr("{what}: {done} of {total}")
        self.said.setText(told.format(what=words, done=language.number(done), total=language.number(total)))

    def _ended(self, words: str) -> None:
        self._number = ""
        self.last.clear()
        self.notice.tell(words)
        self._busy(False)
        self._lanes.store(_known, self._fill, self._failed)

    def _busy(self, busy: bool) -> None:
        if busy:
            self._stop.clear()
            self.notice.hide()
        self.begin.setEnabled(not busy)
        self.resume.setEnabled(not busy and self.past.count() > 0)
        self.cancel.setVisible(busy)
        self.bar.setVisible(busy)
        self.said.setVisible(busy)

    def _failed(self, error: WayproofError) -> None:
        self._number = ""
        self._busy(False)
        self.notice.tell(error.words)
        self._lanes.store(_known, self._fill, lambda again: self.notice.tell(again.words))


def _recorded(door: Door, number: str, stop: Event, progress: Callable[[str, int, int], object]) -> tuple[int, int]:
    """Record a few batches; (how many are recorded, of how many)."""
    from app.desk.issuing import Issuing
    from chain.calls import MAX_BATCH

    issuing = Issuing(door.desk)
    issue, _, before = issuing.load(number)
    done = [before]

    def told(what: str, now: int, total: int) -> None:
        done[0] = now
        progress(what, now, total)

    recorded = issuing.record(number, told, lambda: stop.is_set() or done[0] - before >= _BATCHES * MAX_BATCH)
    return recorded, issue.count


def _looked(door: Door, number: str, last: str) -> None:
    """Somebody looked which label came out last."""
    from app.desk.issuing import Issuing
    from app.labels import run

    desk = door.desk
    came = run.number_of(Issuing(desk).load(number)[1], last)
    run.resolve(desk, run.load(desk, number), came)
    with desk.station.store.transaction():
        desk.trail.log(desk.shift.name, "said which label came out last", number, str(came))


def _signed(door: Door, number: str) -> tuple[Issue, list[Label]]:
    from app.desk.issuing import Issuing

    issuing = Issuing(door.desk)
    return issuing.load(number)[0], list(issuing.labels(number))


def _known(door: Door) -> tuple[list[str], list[tuple[str, str]]]:
    from app.desk.issuing import Issuing
    from app.labels import sheets

    issuing = Issuing(door.desk)
    found = []
    for number in door.desk.station.store.desk.issues()[:50]:
        issue, _, done = issuing.load(number)
        share = f"{language.number(done)} / {language.number(issue.count)}"
        found.append((number, f"{issue.at:%Y-%m-%d %H:%M} {issue.product or issue.gtin} {issue.lot}: {share}"))
    return [*sheets.known(), "ZPL"], found


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 10_000):
        raise BadInput("Say how many labels: 1 to 10,000.")
    return int(text)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput("Write the use-by date as YYYY-MM-DD.") from None
