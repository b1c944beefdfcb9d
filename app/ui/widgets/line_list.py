"""The list of a session: every line, the newest on top; what was taken back stays, and says so."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.desk.session import Line, Standing
from app.ui import desk_words, icons
from app.ui.plain import shown
from app.ui.theme import current, font_of

Index = QModelIndex | QPersistentModelIndex
LINE = Qt.ItemDataRole.UserRole
GONE = Qt.ItemDataRole.UserRole + 1


class LineModel(QAbstractListModel):
    """The lines of a session, the newest first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: list[Line] = []
        self._undone: frozenset[int] = frozenset()

    def tell(self, lines: Sequence[Line]) -> None:
        """Show these lines; where they only grew, the rest of the view stays as it is."""
        new = len(lines) - len(self._lines)
        if new > 0 and [one.n for one in lines[: len(self._lines)]] == [one.n for one in reversed(self._lines)]:
            self.beginInsertRows(QModelIndex(), 0, new - 1)
            self._lines = list(reversed(lines))
            self.endInsertRows()
        elif list(reversed(lines)) != self._lines:
            self.beginResetModel()
            self._lines = list(reversed(lines))
            self.endResetModel()
        undone = Standing.of(lines).undone
        if undone != self._undone:
            self._undone = undone
            if self._lines:
                self.dataChanged.emit(self.index(0), self.index(len(self._lines) - 1))

    def line(self, index: Index) -> Line | None:
        """The line at an index."""
        return self._lines[index.row()] if index.isValid() and index.row() < len(self._lines) else None

    def rowCount(self, parent: Index | None = None) -> int:
        """Qt's question."""
        return 0 if parent is not None and parent.isValid() else len(self._lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The line for the delegate, one sentence for everyone else."""
        line = self.line(index)
        if line is None:
            return None
        if role == LINE:
            return line
        if role == GONE:
            return line.n in self._undone
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{line.n}. {desk_words.mark_word(line.mark)}, {shown(named(line), 80)}, {shown(line.why, 200)}"
        return None


def named(line: Line) -> str:
    """What was scanned, short: serial or number."""
    return line.key.rpartition(")")[2] or line.text


class LineDelegate(QStyledItemDelegate):
    """Number, icon, what, and what became of it."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """High enough for two lines and a glove."""
        return QSize(200, 56)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one line."""
        line = index.data(LINE)
        if not isinstance(line, Line):
            return
        gone = bool(index.data(GONE))
        theme = current()
        ink = theme.muted if gone else theme.of(desk_words.kind_of(line)).ink
        box: QRect = option.rect
        direction: Qt.LayoutDirection = option.direction
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.select))
            painter.drawRoundedRect(QRectF(box).adjusted(4, 2, -4, -2), 8, 8)
        whole = box.adjusted(16, 7, -16, -7)
        picture = QStyle.visualRect(direction, whole, QRect(whole.left(), whole.center().y() - 11, 22, 22))
        icons.draw(painter, desk_words.MARK_ICONS[line.mark], ink, QRectF(picture))
        text = QStyle.visualRect(direction, whole, whole.adjusted(36, 0, 0, 0))
        lead = int(QStyle.visualAlignment(direction, Qt.AlignmentFlag.AlignLeft))
        trail = int(QStyle.visualAlignment(direction, Qt.AlignmentFlag.AlignRight))
        top, bottom = int(Qt.AlignmentFlag.AlignTop), int(Qt.AlignmentFlag.AlignBottom)
        painter.setFont(font_of("caption"))
        painter.setPen(QColor(theme.muted))
        painter.drawText(text, trail | top, f"{line.n}")
        room = text.width() - painter.fontMetrics().horizontalAdvance(f"{line.n}") - 10
        painter.setPen(QColor(ink))
        said = desk_words.say("Taken back later") if gone else f"{desk_words.mark_word(line.mark)} · {shown(line.why, 120)}"
        painter.drawText(text, lead | bottom, painter.fontMetrics().elidedText(said, Qt.TextElideMode.ElideRight, text.width()))
        font = font_of("strong")
        font.setStrikeOut(gone)
        painter.setFont(font)
        painter.setPen(QColor(theme.muted if gone else theme.text))
        name = painter.fontMetrics().elidedText(shown(named(line), 60), Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(text, lead | top, name)
        painter.restore()


class LineList(QListView):
    """The list."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines = LineModel(self)
        self.setModel(self.lines)
        self.setItemDelegate(LineDelegate(self))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName(self.tr("Lines of this task"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The rows, or a word where there are none."""
        super().paintEvent(event)
        if self.lines.rowCount() == 0:
            painter = QPainter(self.viewport())
            painter.setPen(QColor(current().muted))
            flags = int(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignTop)
            painter.drawText(self.viewport().rect().adjusted(16, 8, -16, 0), flags, self.tr("Nothing scanned yet"))
            painter.end()
