"""The printers of this station: add one, print its test page, type in what was measured there, remove it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.ui.plain import Text, shown
from app.ui.tasks import Lanes
from app.ui.theme import TARGET
from app.ui.widgets.fields import Choice
from app.ui.widgets.panel import Button, Panel
from chain.errors import BadInput, WayproofError

if TYPE_CHECKING:
    from app.labels.printers import Printer
    from app.ui.door import Door

_DEFAULT_SIZES = {True: ("45", "60"), False: ("210", "297")}


class PrintersPanel(Panel):
    """A panel. `changed` carries the printers that are kept, `told` a sentence."""

    changed = Signal(list)
    told = Signal(str)

    def __init__(self, lanes: Lanes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lanes = lanes
        self.known, self.where, self.kind = Choice(), Choice(), Choice()
        self.where.setEditable(True)
        line = self.where.lineEdit()
        assert line is not None
        line.setMaxLength(140)
        line.setPlaceholderText(self.tr("Network address, or a printer of this computer"))
        self.kind.addItem(self.tr("Label roll, 203 dpi (ZPL)"), 203)
        self.kind.addItem(self.tr("Label roll, 300 dpi (ZPL)"), 300)
        self.kind.addItem(self.tr("Label roll, 600 dpi (ZPL)"), 600)
        self.kind.addItem(self.tr("Sheets of paper"), 0)
        for box, name in (
            (self.known, self.tr("Printers of this station")),
            (self.where, self.tr("Network address, or a printer of this computer")),
            (self.kind, self.tr("What it prints on")),
        ):
            box.setAccessibleName(name)
            box.setMinimumSize(200, TARGET)
        self.name = _field(self.tr("Its name for people"), 60)
        self.width_field, self.height_field = _field(self.tr("Width, mm"), 7), _field(self.tr("Height, mm"), 7)
        self.measures = [
            _field(words, 8)
            for words in (
                self.tr("1  From the left, mm"),
                self.tr("2  From the top, mm"),
                self.tr("3  Across, mm"),
                self.tr("4  Down, mm"),
            )
        ]
        self.fits = Text(tone="muted", wrap=True)
        self.add, self.remove = Button(self.tr("Keep this printer"), "plus"), Button(self.tr("Remove"))
        self.test, self.keep = Button(self.tr("Print the test page")), Button(self.tr("Keep the measures"), "check")
        self._lay_out()
        self.kind.activated.connect(self._sizes)
        self.known.currentIndexChanged.connect(self._show_fit)
        self.add.clicked.connect(self._add)
        self.remove.clicked.connect(self._remove)
        self.test.clicked.connect(self._test)
        self.keep.clicked.connect(self._measured)
        self._sizes()
        self._show_fit()

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setSpacing(12)
        bottom = Qt.AlignmentFlag.AlignBottom
        grid.addWidget(self.where, 0, 0, 1, 2)
        grid.addWidget(self.name, 0, 2, 1, 2)
        grid.addWidget(self.kind, 1, 0, bottom)
        grid.addLayout(_captioned(self.width_field), 1, 1)
        grid.addLayout(_captioned(self.height_field), 1, 2)
        grid.addWidget(self.add, 1, 3, bottom)
        measures = QHBoxLayout()
        measures.setSpacing(12)
        for field in self.measures:
            measures.addLayout(_captioned(field))
        measures.addWidget(self.keep, 0, bottom)
        chosen = QHBoxLayout()
        chosen.setSpacing(12)
        chosen.addWidget(self.known, 1)
        chosen.addWidget(self.test)
        chosen.addWidget(self.remove)
        for place in range(4):
            grid.setColumnStretch(place, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(Text(self.tr("Printers"), role="strong"))
        column.addLayout(grid)
        column.addLayout(chosen)
        hint = self.tr("Print the test page, measure it with a ruler, type in the four lengths: then labels come out in place.")
        column.addWidget(Text(hint, tone="muted", wrap=True))
        column.addLayout(measures)
        column.addWidget(self.fits)

    def showEvent(self, event: QShowEvent) -> None:
        """Fresh whenever it is opened."""
        super().showEvent(event)
        self._do(_known)
        self._lanes.free(_queues, self._fill_queues, lambda _: None)

    def _fill_queues(self, names: list[str]) -> None:
        typed = self.where.currentText()
        self.where.clear()
        self.where.addItems(names)
        self.where.setCurrentText(typed)

    def _fill(self, known: list[Printer]) -> None:
        chosen = self._chosen()
        self.known.clear()
        for one in known:
            self.known.addItem(shown(one.title, 60), one)
        place = next((n for n, one in enumerate(known) if chosen is not None and one.where == chosen.where), len(known) - 1)
        self.known.setCurrentIndex(place)
        for button in (self.test, self.remove, self.keep):
            button.setEnabled(bool(known))
        self.changed.emit(known)

    def _chosen(self) -> Printer | None:
        found: Printer | None = self.known.currentData()
        return found

    def _sizes(self) -> None:
        width, height = _DEFAULT_SIZES[bool(self.kind.currentData())]
        self.width_field.setText(width)
        self.height_field.setText(height)

    def _show_fit(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            self.fits.setText(self.tr("No printer is kept yet."))
            return
        fit = chosen.fit
        self.fits.setText(
            self.tr("Prints moved by {x} and {y} mm, stretched by {across} % and {down} %.").format(
                x=f"{fit.shift_x:+.2f}",
                y=f"{fit.shift_y:+.2f}",
                across=f"{(fit.scale_x - 1) * 100:+.2f}",
                down=f"{(fit.scale_y - 1) * 100:+.2f}",
            )
        )

    # ---- what the buttons do -------------------------------------------------------------------------------------------

    def _add(self) -> None:
        where, name, dpi = self.where.currentText().strip(), self.name.text().strip(), int(self.kind.currentData())
        try:
            size = _number(self.width_field.text()), _number(self.height_field.text())
        except BadInput as error:
            self.told.emit(error.words)
            return

        def work(door: Door) -> list[Printer]:
            from app.labels import printers

            found = printers.of(door.desk, where)
            return printers.keep(door.desk, replace(found, name=name, dpi=dpi, width=size[0], height=size[1]))

        self._do(work)

    def _remove(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self._do(partial(_removed, chosen.where))

    def _test(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self.test.setEnabled(False)
            self._lanes.free(partial(_print_test_page, chosen), self._tested, self._failed)

    def _tested(self, answer: object) -> None:
        self.test.setEnabled(True)
        self.told.emit(self.tr("The test page was sent. Measure it, and type in the four lengths."))

    def _measured(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            return
        try:
            left, top, across, down = (_number(field.text()) for field in self.measures)
        except BadInput as error:
            self.told.emit(error.words)
            return

        def work(door: Door) -> list[Printer]:
            from app.labels import printers

            return printers.keep(door.desk, printers.measured(chosen, left, top, across, down))

        self._do(work)

    def _do(self, work: Callable[[Door], list[Printer]]) -> None:
        self._lanes.store(work, self._fill, self._failed)

    def _failed(self, error: WayproofError) -> None:
        self.test.setEnabled(self.known.count() > 0)
        self.told.emit(error.words)


def _known(door: Door) -> list[Printer]:
    from app.labels import printers

    return printers.known(door.desk)


def _removed(where: str, door: Door) -> list[Printer]:
    from app.labels import printers

    return printers.remove(door.desk, where)


def _queues() -> list[str]:
    """The printers of this computer, as destinations."""
    import os

    from app.labels import sending

    if os.name == "nt":
        from app.ui.sheet_printing import system_printers

        return [sending.QUEUE + name for name in system_printers()]
    return [sending.QUEUE + name for name in sending.queues()]


def _print_test_page(printer: Printer) -> None:
    from app.labels import jobs

    jobs.send_test_page(printer)


def _number(text: str) -> float:
    """A length in mm, with a point or a comma. Raises BadInput."""
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        raise BadInput("Write every length in mm, as a number.") from None


def _captioned(field: QLineEdit) -> QVBoxLayout:
    """A field under its name, which is still there when the field is filled in."""
    both = QVBoxLayout()
    both.setSpacing(2)
    both.addWidget(Text(field.accessibleName(), role="caption", tone="muted"))
    both.addWidget(field)
    return both


def _field(words: str, longest: int) -> QLineEdit:
    field = QLineEdit()
    field.setPlaceholderText(words)
    field.setAccessibleName(words)
    field.setMaxLength(longest)
    return field
