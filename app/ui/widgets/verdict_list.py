"""The items of a proof file and their verdicts, the most serious first: fifty thousand of them cost no more than what is seen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.checks import Check
from app.language import capital, spoken
from app.ui import words
from app.ui.plain import shown
from app.ui.theme import current
from app.ui.widgets.rows import RowList, TwoLines
from chain.journey import Unreadable

Index = QModelIndex | QPersistentModelIndex
CHECK = Qt.ItemDataRole.UserRole


class VerdictModel(QAbstractListModel):
    """Checks, the most serious first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._checks: list[Check] = []

    def tell(self, checks: Sequence[Check]) -> None:
        """Show these."""
        self.beginResetModel()
        self._checks = sorted(checks, key=lambda one: -words.SEVERITY[one.verdict.kind])
        self.endResetModel()

    def check(self, index: Index) -> Check | None:
        """The check at an index."""
        return self._checks[index.row()] if index.isValid() else None

    def rowCount(self, parent: Index | None = None) -> int:
        """Qt's question."""
        return 0 if parent is not None and parent.isValid() else len(self._checks)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The check for the delegate, one sentence for everyone else."""
        check = self.check(index)
        if check is None:
            return None
        if role == CHECK:
            return check
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            verdict = check.verdict
            told = (named(check), words.kind_word(verdict.kind), words.code_title(verdict.code), spoken(verdict.reason))
            return shown(". ".join(told), 400)
        return None


def named(check: Check) -> str:
    """What a check is about, short: the serial number, or what stands for it."""
    serial = "" if isinstance(check.item, Unreadable) else check.item.serial
    return shown(serial or capital(words.identity(check.item)), 120)


class VerdictDelegate(QStyledItemDelegate):
    """Icon, item, verdict in a word, and what it means."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """High enough for two lines and a glove."""
        return QSize(200, 58)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one check."""
        check = index.data(CHECK)
        if not isinstance(check, Check):
            return
        kind = check.verdict.kind
        ink = current().of(kind).ink
        said = words.code_title(check.verdict.code)
        row = TwoLines(words.KIND_ICONS[kind], ink, named(check), words.kind_word(kind), said)
        row.paint(painter, option, size=24, edge=8)


class VerdictList(RowList):
    """The list. `chosen` carries the check that the person moved to."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        self.checks = VerdictModel()
        super().__init__(self.checks, VerdictDelegate(), "", parent)
        self.setAccessibleName(self.tr("Items of this file"))
        self.selectionModel().currentChanged.connect(self._moved)

    def tell(self, checks: Sequence[Check]) -> None:
        """Show these, the first one chosen."""
        self.checks.tell(checks)
        self.setCurrentIndex(self.checks.index(0))

    def _moved(self, index: QModelIndex) -> None:
        check = self.checks.check(index)
        if check is not None:
            self.chosen.emit(check)
