"""What lists and tables of rows share: how they behave, the ground under a chosen row, the word where there is no row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    Qt,
)
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from app.ui import icons
from app.ui.plain import own_way
from app.ui.theme import current, font_of


@contextmanager
def row_painter(painter: QPainter, option: QStyleOptionViewItem, lead: int = 4) -> Iterator[None]:
    """Smooth lines over the ground of a chosen row, which begins `lead` pixels in; the painter is afterwards as it was."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if option.state & QStyle.StateFlag.State_Selected:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(current().select))
        painter.drawRoundedRect(QRectF(option.rect).adjusted(lead, 2, -4, -2), 8, 8)
    yield
    painter.restore()


def icon_and_room(painter: QPainter, option: QStyleOptionViewItem, icon: tuple[str, str], size: int, edge: int) -> QRect:
    """Draw an icon (its name and ink) before the middle of the row; the room for words behind it, in the reading direction.

    Args:
        size: of the icon, in pixels.
        edge: what stays free above and below.
    """
    direction: Qt.LayoutDirection = option.direction
    whole = option.rect.adjusted(16, edge, -16, -edge)
    square = QRect(whole.left(), whole.center().y() - size // 2, size, size)
    icons.draw(painter, *icon, QRectF(QStyle.visualRect(direction, whole, square)))
    return QStyle.visualRect(direction, whole, whole.adjusted(14 + size, 0, 0, 0))


@dataclass(frozen=True, slots=True)
class TwoLines:
    """A row with an icon, a name with something short in the corner beside it, and a sentence below; `ink` is a colour."""

    icon: str
    ink: str
    name: str
    corner: str
    said: str
    struck: bool = False

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, size: int, edge: int) -> None:
        """Draw it; `size` and `edge` as in `icon_and_room`."""
        theme, direction = current(), option.direction
        lead = int(QStyle.visualAlignment(direction, Qt.AlignmentFlag.AlignLeft))
        trail = int(QStyle.visualAlignment(direction, Qt.AlignmentFlag.AlignRight))
        top, bottom = int(Qt.AlignmentFlag.AlignTop), int(Qt.AlignmentFlag.AlignBottom)
        with row_painter(painter, option):
            text = icon_and_room(painter, option, (self.icon, self.ink), size, edge)
            painter.setFont(font_of("caption"))
            painter.setPen(QColor(theme.muted))
            painter.drawText(text, trail | top, own_way(self.corner))
            room = text.width() - painter.fontMetrics().horizontalAdvance(self.corner) - 10
            painter.setPen(QColor(self.ink))
            said = painter.fontMetrics().elidedText(self.said, Qt.TextElideMode.ElideRight, text.width())
            painter.drawText(text, lead | bottom, own_way(said))
            font = font_of("strong")
            font.setStrikeOut(self.struck)
            painter.setFont(font)
            painter.setPen(QColor(theme.muted if self.struck else theme.text))
            name = painter.fontMetrics().elidedText(self.name, Qt.TextElideMode.ElideMiddle, room)
            painter.drawText(text, lead | top, own_way(name))


class RowList(QListView):
    """A list of rows of one height, scrolled by pixels; `nothing` is said where there are none."""

    def __init__(
        self, model: QAbstractListModel, delegate: QStyledItemDelegate, nothing: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._nothing = nothing
        self.setModel(model)
        self.setItemDelegate(delegate)
        for part in (model, delegate):
            part.setParent(self)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The rows, or a word where there are none."""
        super().paintEvent(event)
        if self._nothing and not self.model().rowCount():
            painter = QPainter(self.viewport())
            painter.setPen(QColor(current().muted))
            flags = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            painter.drawText(self.viewport().rect().adjusted(16, 8, -16, 0), int(flags), self._nothing)
            painter.end()


class CellDelegate(QStyledItemDelegate):
    """A cell whose text runs the way of its own letters."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """Qt's, with the text turned where it has to be."""
        super().initStyleOption(option, index)
        option.text = own_way(option.text)


class RowTable(QTableView):
    """A table whose rows are chosen whole and never edited; `high` is a row's height, `widths` those of columns, in pixels."""

    def __init__(self, model: QAbstractTableModel, high: int, widths: Mapping[int, int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setItemDelegate(CellDelegate(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(high)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, width in widths.items():
            header.resizeSection(column, width)
