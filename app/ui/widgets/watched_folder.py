"""The watched folder among the settings: which one it is, and what came of its files."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QStyledItemDelegate, QStyleOptionViewItem, QVBoxLayout, QWidget

from app.ui.language import counted
from app.ui.plain import Text, shown
from app.ui.theme import current
from app.ui.watch import Row, Watch
from app.ui.widgets.notice import Notice
from app.ui.widgets.panel import Button, Panel
from app.ui.widgets.rows import RowList, TwoLines

Index = QModelIndex | QPersistentModelIndex
_HIGH = 56


class FileModel(QAbstractListModel):
    """The files that were read, the newest first."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch
        watch.changed.connect(self.refresh)

    def refresh(self) -> None:
        """Something was read."""
        self.beginResetModel()
        self.endResetModel()

    def row(self, index: Index) -> Row:
        """One of them."""
        return self._watch.rows[index.row()]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """How many."""
        return 0 if parent.isValid() else len(self._watch.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What a screen reader says."""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole) and index.isValid():
            row = self.row(index)
            return f"{shown(row.name, 120)}: {said(row)}"
        return None


class FileDelegate(QStyledItemDelegate):
    """Two lines a file."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All of one height."""
        return QSize(200, _HIGH)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Name, when, what came of it."""
        model = index.model()
        assert isinstance(model, FileModel)
        row = model.row(index)
        icon, ink = ("triangle-alert", current().caution.ink) if row.why else ("check", current().muted)
        TwoLines(icon, ink, shown(row.name, 120), f"{row.at.astimezone():%H:%M:%S}", said(row)).paint(painter, option, 20, 8)


def said(row: Row) -> str:
    """What came of a file, in one sentence."""
    return row.why or counted("{count} code was read.", "{count} codes were read.", row.codes).format(count=row.codes)


class WatchedFolder(Panel):
    """The section: choose, stop, and the list."""

    def __init__(self, watch: Watch, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._watch = watch
        self.notice = Notice()
        self.where = Text(wrap=True)
        self.choose, self.stop = Button(self.tr("Choose a folder")), Button(self.tr("Watch none"))
        self.model = FileModel(watch)
        self.list = RowList(self.model, FileDelegate(), self.tr("Nothing was read from it yet."))
        self.list.setAccessibleName(self.tr("Files of the watched folder"))
        self.list.setMinimumHeight(4 * _HIGH)
        self.list.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.where, 1)
        row.addWidget(self.choose)
        row.addWidget(self.stop)
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 22, 28, 22)
        column.setSpacing(12)
        column.addWidget(Text(self.tr("Watched folder"), role="title"))
        hint = self.tr("Pictures and PDF files that appear in it are read once, like scans. Nothing in it is changed.")
        column.addWidget(Text(hint, role="caption", tone="muted", wrap=True))
        column.addWidget(self.notice)
        column.addLayout(row)
        column.addWidget(self.list)
        self.choose.clicked.connect(self._ask)
        self.stop.clicked.connect(lambda: watch.choose(None))
        watch.changed.connect(self.tell)
        watch.trouble.connect(self.notice.tell)
        self.tell()

    def tell(self) -> None:
        """Which folder it is."""
        folder = self._watch.folder
        self.where.setText(self.tr("No folder is watched.") if folder is None else shown(str(folder), 200))
        self.stop.setEnabled(folder is not None)
        self.notice.hide()

    def _ask(self) -> None:
        dialog = QFileDialog(self, self.tr("Which folder shall be watched?"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self._watch.choose(Path(path)))
        dialog.open()
