"""The list of items, a page at a time: a million of them cost no more than what is on screen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from app.checks import ItemRow
from app.language import capital, spoken
from app.ui import words
from app.ui.plain import shown
from app.ui.widgets.rows import CellDelegate, RowTable

Index = QModelIndex | QPersistentModelIndex
ROW = Qt.ItemDataRole.UserRole
PAGE = 50
"""Rows asked for at once: few, because each is proven when it is read and scans wait behind it."""
_HIGH = 54
_WIDTHS = {0: 300, 1: 250, 2: 190, 3: 140}
_LEAST = {0: 262, 1: 150, 2: 130, 3: 128}
_LAST = 160
"""Pixels that the columns want and can do with, and those of the last one, which takes the rest."""


class ItemModel(QAbstractTableModel):
    """Rows as they come; `ask(offset)` is called when more are wanted, `add` brings them."""

    def __init__(self, ask: Callable[[int], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ask = ask
        self._rows: list[ItemRow] = []
        self._asked = False
        self._complete = True

    def restart(self) -> None:
        """Forget everything and ask from the beginning."""
        self.beginResetModel()
        self._rows, self._asked, self._complete = [], True, False
        self.endResetModel()
        self._ask(0)

    def add(self, rows: list[ItemRow]) -> None:
        """The next page; a short one is the last."""
        self._asked, self._complete = False, len(rows) < PAGE
        if rows:
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(rows) - 1)
            self._rows += rows
            self.endInsertRows()

    def row(self, index: Index) -> ItemRow | None:
        """The row an index points at."""
        return self._rows[index.row()] if index.isValid() else None

    def rowCount(self, parent: Index | None = None) -> int:
        """How many are here."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:
        """Item, product, holder, status, last event."""
        return 0 if parent is not None and parent.isValid() else 5

    def canFetchMore(self, parent: Index) -> bool:
        """Whether the station may hold more."""
        return not self._complete and not self._asked

    def fetchMore(self, parent: Index) -> None:
        """Ask for the next page."""
        self._asked = True
        self._ask(len(self._rows))

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The columns' names."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (
                words.say("Item"), words.say("Product"), words.say("Holder"), words.say("Status"), words.say("Last event"),
            )[section]  # fmt: skip
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """One cell, as plain text."""
        row = self.row(index)
        if row is None:
            return None
        if role == ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            cells = (
                row.item.sscc or words.identity(row.item),
                row.product or (words.say("Logistic unit") if row.item.sscc else ""),
                row.custodian,
                capital(spoken(row.status)),
                words.moment(row.last) if row.last is not None else "",
            )
            return shown(cells[index.column()], 200)
        if role == Qt.ItemDataRole.SizeHintRole:
            return QSize(80, _HIGH)
        return None


class IdentityDelegate(CellDelegate):
    """An identity that is too long loses its middle: its last characters tell it from the next."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Qt's, with the dots elsewhere."""
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideMiddle


class ItemTable(RowTable):
    """The table. `opened` carries the item of a row that was double-clicked or entered."""

    opened = Signal(object)

    def __init__(self, model: ItemModel, parent: QWidget | None = None) -> None:
        super().__init__(model, _HIGH, _WIDTHS, parent)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setItemDelegateForColumn(0, IdentityDelegate(self))
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        header.setStretchLastSection(True)
        self.setAccessibleName(self.tr("Items"))
        self.doubleClicked.connect(self._open)
        self.activated.connect(self._open)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """All columns are in view where that can be: with less room all but the item's give something up."""
        super().resizeEvent(event)
        least, most = sum(_LEAST.values()) + _LAST, sum(_WIDTHS.values()) + _LAST
        share = min(1.0, max(0.0, (self.viewport().width() - least) / (most - least)))
        for column, width in _WIDTHS.items():
            self.horizontalHeader().resizeSection(column, round(_LEAST[column] + share * (width - _LEAST[column])))

    def _open(self, index: QModelIndex) -> None:
        row = index.data(ROW)
        if isinstance(row, ItemRow):
            self.opened.emit(row.item)
