"""The list of a session: every line, the newest on top; what was taken back stays, and says so."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.desk.session import Line, Mark
from app.language import spoken
from app.ui import desk_words
from app.ui.plain import shown
from app.ui.theme import current
from app.ui.widgets.rows import RowList, TwoLines

Index = QModelIndex | QPersistentModelIndex
LINE = Qt.ItemDataRole.UserRole
GONE = Qt.ItemDataRole.UserRole + 1


class LineModel(QAbstractListModel):
    """The lines of a session, the newest first. They are kept as they came, so that one more is only added."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: list[Line] = []
        self._undone: frozenset[int] = frozenset()

    def tell(self, lines: Sequence[Line]) -> None:
        """Show these lines; where they only grew, the rest of the view stays as it is."""
        had = len(self._lines)
        grown = len(lines) > had and (not had or lines[had - 1] == self._lines[-1])
        if grown:
            self.beginInsertRows(QModelIndex(), 0, len(lines) - had - 1)
            self._lines.extend(lines[had:])
            self.endInsertRows()
        elif list(lines) != self._lines:
            self.beginResetModel()
            self._lines = list(lines)
            self.endResetModel()
        fresh = {line.of for line in (lines[had:] if grown else lines) if line.mark is Mark.UNDONE}
        undone = self._undone | fresh if grown else frozenset(fresh)
        if undone != self._undone:
            self._undone = undone
            if self._lines:
                self.dataChanged.emit(self.index(0), self.index(len(self._lines) - 1))

    def line(self, index: Index) -> Line | None:
        """The line at an index."""
        return self._lines[-1 - index.row()] if index.isValid() and index.row() < len(self._lines) else None

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
            return f"{line.n}. {desk_words.mark_word(line.mark)}, {shown(named(line), 80)}, {shown(spoken(line.why), 200)}"
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
        ink = current().muted if gone else current().of(desk_words.kind_of(line)).ink
        said = (
            desk_words.say("Taken back later") if gone else f"{desk_words.mark_word(line.mark)} · {shown(spoken(line.why), 120)}"
        )
        row = TwoLines(desk_words.MARK_ICONS[line.mark], ink, shown(named(line), 60), f"{line.n}", said, struck=gone)
        row.paint(painter, option, size=22, edge=7)


class LineList(RowList):
    """The list."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self.lines = LineModel()
        super().__init__(self.lines, LineDelegate(), desk_words.say("Nothing scanned yet"), parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(self.tr("Lines of this task"))
