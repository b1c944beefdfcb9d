"""A delivery note being ticked off: each line with how many came of how many, what is still missing first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.desk.notes import Ticked
from app.ui.plain import shown
from app.ui.theme import current, font_of
from app.ui.widgets.rows import RowList, icon_and_room, row_painter
from chain.verdict import Kind

Index = QModelIndex | QPersistentModelIndex
TICKED = Qt.ItemDataRole.UserRole


class NoteModel(QAbstractListModel):
    """The lines of a note."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: tuple[Ticked, ...] = ()

    def tell(self, lines: Sequence[Ticked]) -> None:
        """Show these lines, those that lack something first, in the note's order."""
        new = tuple(sorted(lines, key=lambda one: one.missing == 0))
        if new != self._lines:
            self.beginResetModel()
            self._lines = new
            self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        """Qt's question."""
        return 0 if parent is not None and parent.isValid() else len(self._lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The line for the delegate, one sentence for everyone else."""
        if not index.isValid() or index.row() >= len(self._lines):
            return None
        one = self._lines[index.row()]
        if role == TICKED:
            return one
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{title(one)}: {len(one.came)} / {one.line.quantity}"
        return None


def title(one: Ticked) -> str:
    """What a line of a note is about."""
    line = one.line
    name = line.name or line.key.rpartition(")")[2] or line.gtin
    return shown(f"{name} · {line.lot}" if line.lot else name, 80)


class NoteDelegate(QStyledItemDelegate):
    """A tick or the number that is missing, and what."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """One line, and a glove."""
        return QSize(200, 44)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one line."""
        one = index.data(TICKED)
        if not isinstance(one, Ticked):
            return
        theme = current()
        direction: Qt.LayoutDirection = option.direction
        done = one.missing == 0
        ink = theme.of(Kind.GENUINE).ink if done else theme.muted
        with row_painter(painter, option):
            text = icon_and_room(painter, option, ("check" if done else "minus", ink), 22, 4)
            middle = int(Qt.AlignmentFlag.AlignVCenter)
            painter.setFont(font_of("strong"))
            painter.setPen(QColor(theme.text))
            count = f"{len(one.came)} / {one.line.quantity}"
            painter.drawText(text, int(QStyle.visualAlignment(direction, Qt.AlignmentFlag.AlignRight)) | middle, count)
            room = text.width() - painter.fontMetrics().horizontalAdvance(count) - 12
            painter.setFont(font_of("body"))
            painter.setPen(QColor(theme.muted if done else theme.text))
            name = painter.fontMetrics().elidedText(title(one), Qt.TextElideMode.ElideMiddle, room)
            painter.drawText(text, int(QStyle.visualAlignment(direction, Qt.AlignmentFlag.AlignLeft)) | middle, name)


class NoteList(RowList):
    """The list."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self.lines = NoteModel()
        super().__init__(self.lines, NoteDelegate(), parent=parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setAccessibleName(self.tr("Lines of the delivery note"))
