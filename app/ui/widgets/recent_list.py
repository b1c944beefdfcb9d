"""The last scans, the newest on top: kind, identity, verdict, time. Choosing one shows it again."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.checks import Check
from app.ui import words
from app.ui.plain import shown
from app.ui.theme import current
from app.ui.widgets.rows import RowList, TwoLines
from chain.journey import Unreadable

Index = QModelIndex | QPersistentModelIndex
CHECK = Qt.ItemDataRole.UserRole
KEPT = 500


class RecentModel(QAbstractListModel):
    """Up to KEPT checks, the newest first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._checks: list[Check] = []

    def fill(self, checks: Sequence[Check]) -> None:
        """Replace everything."""
        self.beginResetModel()
        self._checks = list(checks[:KEPT])
        self.endResetModel()

    def add(self, check: Check) -> None:
        """Put one on top."""
        self.beginInsertRows(QModelIndex(), 0, 0)
        self._checks.insert(0, check)
        self.endInsertRows()
        if len(self._checks) > KEPT:
            self.beginRemoveRows(QModelIndex(), KEPT, len(self._checks) - 1)
            del self._checks[KEPT:]
            self.endRemoveRows()

    def replace(self, before: Check, after: Check) -> None:
        """The same scan with a refined verdict."""
        for place, check in enumerate(self._checks):
            if check is before:
                self._checks[place] = after
                where = self.index(place)
                self.dataChanged.emit(where, where)
                return

    def checks(self) -> tuple[Check, ...]:
        """All of them, the newest first."""
        return tuple(self._checks)

    def rowCount(self, parent: Index | None = None) -> int:
        """Qt's question."""
        return 0 if parent is not None and parent.isValid() else len(self._checks)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The check for the delegate, one line for everyone else."""
        if not index.isValid():
            return None
        check = self._checks[index.row()]
        if role == CHECK:
            return check
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            verdict = check.verdict
            return f"{words.kind_word(verdict.kind)}, {words.code_title(verdict.code)}, {line(check)}"
        return None


def line(check: Check) -> str:
    """What was scanned, in one line."""
    if isinstance(check.item, Unreadable):
        return shown(check.scan.text, 60)
    return shown(check.item.serial or check.item.sscc or check.item.gtin, 60)


class RecentDelegate(QStyledItemDelegate):
    """Two lines and an icon."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """High enough for two lines and a glove."""
        return QSize(200, 58)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one check."""
        check = index.data(CHECK)
        if not isinstance(check, Check):
            return
        kind = check.verdict.kind
        clock, title = f"{check.scan.at.astimezone():%H:%M:%S}", words.code_title(check.verdict.code)
        row = TwoLines(words.KIND_ICONS[kind], current().of(kind).ink, line(check), clock, title)
        row.paint(painter, option, size=25, edge=9)


class RecentList(RowList):
    """The list. `chosen` carries the check that a person pointed at."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        self.checks = RecentModel()
        super().__init__(self.checks, RecentDelegate(), words.say("Nothing scanned yet"), parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(self.tr("Recent scans"))
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)

    def _choose(self, index: QModelIndex) -> None:
        check = index.data(CHECK)
        if isinstance(check, Check):
            self.chosen.emit(check)
