"""The products by urgency: what sells where, how long it lasts, what to order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHeaderView, QWidget

from app.sales.planning import Line
from app.ui import words
from app.ui.plain import shown
from app.ui.theme import current, font_of
from app.ui.widgets.rows import RowTable

Index = QModelIndex | QPersistentModelIndex
_HIGH = 58


class OrderModel(QAbstractTableModel):
    """Lines of a plan, in its order."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: tuple[Line, ...] = ()

    def tell(self, lines: Sequence[Line]) -> None:
        """Show these."""
        self.beginResetModel()
        self.lines = tuple(lines)
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        """How many there are."""
        return 0 if parent is not None and parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index | None = None) -> int:
        """Product and site, lasts, order, class."""
        return 0 if parent is not None and parent.isValid() else 4

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The columns' names."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (words.say("Product"), words.say("Lasts"), words.say("Order"), words.say("Class"))[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """One cell, as plain text."""
        line, column = self.lines[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._cell(line, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.FontRole and column == 2:
            return font_of("strong")
        if role == Qt.ItemDataRole.ForegroundRole and column == 1 and line.advice.urgency > 0:
            return QColor(
                current().text if line.advice.coverage is None or line.advice.coverage > line.lead else current().accent
            )
        if role == Qt.ItemDataRole.ForegroundRole and column == 3:
            return QColor(current().muted)
        if role == Qt.ItemDataRole.SizeHintRole:
            return QSize(60, _HIGH)
        return None

    def _cell(self, line: Line, column: int) -> str:
        advice = line.advice
        lasts = "-" if advice.coverage is None else words.span(timedelta(days=round(advice.coverage)))
        order = f"{advice.quantity:g}" if advice.quantity else "-"
        if advice.override is not None:
            order += " *"
        return (f"{shown(line.product, 80)}\n{shown(line.place, 80)}", lasts, order, line.group)[column]


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignTrailing if column in (1, 2) else Qt.AlignmentFlag.AlignLeading
    return side | Qt.AlignmentFlag.AlignVCenter


class OrderTable(RowTable):
    """The table. `chosen` carries the line whose row is current."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        self.orders = OrderModel()
        super().__init__(self.orders, _HIGH, {1: 96, 2: 72, 3: 66}, parent)
        self.orders.setParent(self)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.setAccessibleName(self.tr("Products by urgency"))

    def tell(self, lines: Sequence[Line], keep: str = "") -> None:
        """Show these lines; the one with the id `keep` stays chosen, else the first is."""
        self.orders.tell(lines)
        row = next((i for i, line in enumerate(lines) if line.unique_id == keep), 0)
        if lines:
            self.setCurrentIndex(self.orders.index(row, 0))

    def currentChanged(self, now: Index, before: Index) -> None:
        """Tell which line it is."""
        super().currentChanged(now, before)
        if now.isValid():
            self.chosen.emit(self.orders.lines[now.row()])
