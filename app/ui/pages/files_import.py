"""A list of events from somebody else: what is in it, what would become of it, and the lines that are refused, before anything is
touched. Nothing is done here: signals say what the person wants.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.language import listed, number, spoken
from app.ui import words
from app.ui.language import counted
from app.ui.plain import Text, shown
from app.ui.theme import TARGET, current
from app.ui.widgets.fields import Choice
from app.ui.widgets.panel import Button, Panel
from app.ui.widgets.rows import RowList, TwoLines

if TYPE_CHECKING:
    from app.exchange.preview import Preview

Index = QModelIndex | QPersistentModelIndex
ROW = Qt.ItemDataRole.UserRole
OWN = "own"
"""The choice of a mapping from a file of one's own."""
_NAMED = 3


class RefusedModel(QAbstractListModel):
    """Refused lines, as the preview reports them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: Sequence[Mapping[str, object]] = ()

    def tell(self, rows: Sequence[Mapping[str, object]]) -> None:
        """Show these."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        """Qt's question."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The line for the delegate, one sentence for everyone else."""
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == ROW:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return f"{place_of(row)}: {shown(spoken(str(row.get('reason', ''))), 400)}"
        return None


def place_of(row: Mapping[str, object]) -> str:
    """Where a refused line stands in its file."""
    number_, column = row.get("row"), row.get("column")
    if number_ is not None and column:
        return words.say("Row {number}, column {column}").format(number=number_, column=shown(str(column), 60))
    if number_ is not None:
        return words.say("Row {number}").format(number=number_)
    if row.get("event") is not None:
        return words.say("Event {number}").format(number=row["event"])
    return words.say("The file itself")


class RefusedDelegate(QStyledItemDelegate):
    """Where it stands, and why it is refused."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Two lines."""
        return QSize(200, 54)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one line."""
        row = index.data(ROW)
        if isinstance(row, Mapping):
            why = shown(spoken(str(row.get("reason", ""))), 300)
            TwoLines("x", current().rejected.ink, place_of(row), "", why).paint(painter, option, size=20, edge=7)


class Figure(QWidget):
    """A large number over a word."""

    def __init__(self, word: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._word = word
        self._number = Text("–", role="number")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._number)
        column.addWidget(Text(word, tone="muted"))

    def tell(self, count: int) -> None:
        """Show a number."""
        self._number.setText(number(count))
        self.setAccessibleName(f"{self._word}: {number(count)}")


class ImportView(QWidget):
    """The preview of an import. `import_wanted` when the person agrees, `again_wanted` when a choice changed, `save_wanted` with
    a path for the refused lines, `left` to go back, `items_wanted` to look at what came in."""

    import_wanted = Signal()
    again_wanted = Signal()
    save_wanted = Signal(object)
    left = Signal()
    items_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.told: Preview | None = None
        self._mapping = ""
        self.title, self.about = Text(role="headline", wrap=True), Text(role="lead", tone="muted", wrap=True)
        self.how, self.mapping = Choice(), Choice()
        self.fresh = Figure(self.tr("New events"))
        self.known = Figure(self.tr("Known already"))
        self.bad = Figure(self.tr("Refused lines"))
        self.parties = Text(tone="muted", wrap=True)
        self.refused = RefusedModel()
        self.list = RowList(self.refused, RefusedDelegate(), self.tr("No line is refused."))
        self.list.setAccessibleName(self.tr("Refused lines"))
        self.go = Button(self.tr("Import"), "inbox", primary=True)
        self.save = Button(self.tr("Save the refused lines"), "download")
        self.back = Button(self.tr("Back"), "arrow-left")
        self.items = Button(self.tr("Show the items"), "boxes")
        for button in (self.go, self.save, self.back, self.items):
            button.setObjectName("tall")
        self.go.clicked.connect(self.import_wanted)
        self.save.clicked.connect(self._ask_where)
        self.back.clicked.connect(self.left)
        self.items.clicked.connect(self.items_wanted)
        self.how.activated.connect(lambda _: self.again_wanted.emit())
        self.mapping.activated.connect(lambda _: self._mapped())
        self._lay_out()

    def _lay_out(self) -> None:
        self.how.addItem(self.tr("Keep as claims: shown, and never taken for proof"), False)
        self.how.addItem(self.tr("Record on the network"), True)
        self._how_name, self._map_name = Text(self.tr("What becomes of it")), Text(self.tr("Columns are read as"))
        for box, name in ((self.how, self._how_name), (self.mapping, self._map_name)):
            box.setAccessibleName(name.text())
            box.setMinimumHeight(TARGET)
            name.setBuddy(box)
        choices = QGridLayout()
        choices.setHorizontalSpacing(20)
        choices.setVerticalSpacing(8)
        choices.addWidget(self._how_name, 0, 0)
        choices.addWidget(self.how, 0, 1)
        choices.addWidget(self._map_name, 1, 0)
        choices.addWidget(self.mapping, 1, 1)
        choices.setColumnStretch(1, 1)
        figures = QHBoxLayout()
        figures.setSpacing(40)
        for one in (self.fresh, self.known, self.bad):
            figures.addWidget(one)
        figures.addStretch(1)
        above = Panel()
        inside = QVBoxLayout(above)
        inside.setContentsMargins(24, 18, 24, 18)
        inside.setSpacing(14)
        inside.addLayout(choices)
        inside.addLayout(figures)
        inside.addWidget(self.parties)
        below = Panel()
        inside = QVBoxLayout(below)
        inside.setContentsMargins(4, 8, 4, 8)
        inside.addWidget(self.list)
        foot = QHBoxLayout()
        foot.setSpacing(12)
        foot.addWidget(self.back)
        foot.addWidget(self.save)
        foot.addStretch(1)
        foot.addWidget(self.items)
        foot.addWidget(self.go)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(14)
        whole.addWidget(self.title)
        whole.addWidget(self.about)
        whole.addWidget(above)
        whole.addWidget(below, 1)
        whole.addLayout(foot)

    # ---- what is chosen ------------------------------------------------------------------------------------------------

    @property
    def records(self) -> bool:
        """Whether the events are to be recorded on the network."""
        return bool(self.how.currentData())

    @property
    def chosen_mapping(self) -> str | None:
        """The mapping that a table is told by, a name or a path; None to find it by the header."""
        return self._mapping or None

    def begin(self, path: Path, mappings: Sequence[str], table: bool) -> None:
        """A file was opened: nothing is known of it yet."""
        self.told = None
        self._mapping = ""
        self.title.setText(path.name)
        self.about.setText(self.tr("Being looked at…"))
        self.how.setCurrentIndex(0)
        self.mapping.clear()
        self.mapping.addItem(self.tr("As the header says"), "")
        for name in mappings:
            self.mapping.addItem(name, name)
        self.mapping.addItem(self.tr("As a mapping file says…"), OWN)
        for widget in (self.mapping, self._map_name):
            widget.setVisible(table)
        self.parties.hide()
        self.refused.tell(())
        self.items.hide()
        self.save.hide()
        self.wait()

    def wait(self) -> None:
        """Nothing can be agreed to while something is on its way."""
        self.go.setEnabled(False)
        self.how.setEnabled(False)
        self.mapping.setEnabled(False)

    def rest(self) -> None:
        """What was on its way has ended."""
        self.how.setEnabled(self.told is None or not self.told.only_records)
        self.mapping.setEnabled(True)
        self.go.setEnabled(self.told is not None and self.told.fresh > 0)

    # ---- what is shown -------------------------------------------------------------------------------------------------

    def tell(self, told: Preview) -> None:
        """Show what would become of the file."""
        self.told = told
        self.about.setText(self._about(told))
        self.how.setCurrentIndex(1 if told.records else 0)
        for figure, count in ((self.fresh, told.fresh), (self.known, told.duplicates), (self.bad, told.bad)):
            figure.tell(count)
        self.parties.setText(self._parties(told.parties))
        self.parties.setVisible(bool(told.parties))
        self.refused.tell(told.refused)
        self.save.setVisible(told.bad > 0)
        said = counted("Import {count} event", "Import {count} events", told.fresh).format(count=number(told.fresh))
        self.go.setText(said)
        self.go.setVisible(True)
        self.items.hide()
        self.rest()

    def tell_done(self, came: int, bad: int) -> None:
        """It came in."""
        told = counted("{count} event came in.", "{count} events came in.", came).format(count=number(came))
        left = counted("{count} line was left out.", "{count} lines were left out.", bad).format(count=number(bad))
        self.about.setText(f"{told} {left}" if bad else told)
        self.wait()
        self.go.hide()
        self.items.show()

    def _about(self, told: Preview) -> str:
        forms = {
            "epcis-json": self.tr("EPCIS document (JSON)"),
            "epcis-xml": self.tr("EPCIS document (XML)"),
            "workbook": self.tr("Excel workbook"),
        }
        said = [forms.get(told.form, self.tr("Table"))]
        if told.first is not None and told.last is not None:
            first, last = words.day(told.first), words.day(told.last)
            said.append(first if first == last else self.tr("{first} to {last}").format(first=first, last=last))
        return listed(said)

    def _parties(self, names: Sequence[str]) -> str:
        some = [shown(name, 60) for name in names[:_NAMED]]
        if len(names) > _NAMED:
            more = len(names) - _NAMED
            some.append(counted("{count} more", "{count} more", more).format(count=number(more)))
        return self.tr("Not known on the network, and enrolled with stand-in keys of this laptop: {names}.").format(
            names=listed(some)
        )

    def _mapped(self) -> None:
        chosen = str(self.mapping.currentData() or "")
        if chosen != OWN:
            self._mapping = chosen
            self.again_wanted.emit()
            return
        dialog = QFileDialog(self, self.tr("Open a mapping"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.use_mapping)
        dialog.rejected.connect(lambda: self.mapping.setCurrentIndex(max(0, self.mapping.findData(self._mapping))))
        dialog.open()

    def use_mapping(self, path: str) -> None:
        """A table is told by the mapping in a file."""
        self._mapping = path
        self.again_wanted.emit()

    def _ask_where(self) -> None:
        if self.told is None:
            return
        dialog = QFileDialog(self, self.tr("Save"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(f"{self.told.path.stem}-refused.csv")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.save_wanted.emit(Path(path)))
        dialog.open()
