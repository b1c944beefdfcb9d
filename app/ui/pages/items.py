"""What this laptop knows: every item, found by its number, lot or product. Choosing one opens its journey."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.checks import ItemRow
from app.ui.plain import Text
from app.ui.tasks import Job, Lanes
from app.ui.widgets.fields import IconField
from app.ui.widgets.item_table import PAGE, ItemModel, ItemTable
from app.ui.widgets.notice import Notice
from app.ui.widgets.panel import Button, Panel
from chain.errors import WayproofError

_PAUSE_MS = 180
_LONGEST = 200


class ItemsPage(QWidget):
    """Search and table. `item_chosen` carries the item whose journey is wanted; `files_wanted` for files in and proofs out."""

    item_chosen = Signal(object)
    files_wanted = Signal()

    def __init__(self, lanes: Lanes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lanes = lanes
        self._asked: Job | None = None
        self.notice = Notice()
        self.search = IconField("search")
        self.search.setPlaceholderText(self.tr("Find by number, lot or product"))
        self.search.setAccessibleName(self.tr("Find items"))
        self.search.setMaxLength(_LONGEST)
        self.search.setClearButtonEnabled(True)
        self.model = ItemModel(self._ask, self)
        self.table = ItemTable(self.model)
        self._nothing = Text(self.tr("No item matches."), role="lead", tone="muted")
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.model.restart)
        self.search.textChanged.connect(lambda _: self._pause.start())
        self.search.returnPressed.connect(self._open_first)
        self.table.opened.connect(self.item_chosen)
        panel = Panel()
        inside = QVBoxLayout(panel)
        inside.setContentsMargins(6, 4, 6, 8)
        inside.addWidget(self.table, 1)
        inside.addWidget(self._nothing, 1, Qt.AlignmentFlag.AlignCenter)
        self._nothing.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(16)
        self.files = Button(self.tr("Files and proofs"), "inbox")
        self.files.clicked.connect(self.files_wanted)
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self.search, 1)
        top.addWidget(self.files)
        column.addLayout(top)
        column.addWidget(self.notice)
        column.addWidget(panel, 1)

    def refresh(self) -> None:
        """Read the list again."""
        self.model.restart()

    def _ask(self, offset: int) -> None:
        if self._asked is not None:
            self._asked.cancel()
        query = self.search.text()
        self._asked = self._lanes.store(lambda door: door.items(query, PAGE, offset), partial(self._add, offset), self._failed)

    def _add(self, offset: int, rows: list[ItemRow]) -> None:
        self._asked = None
        self.model.add(rows)
        nothing = offset == 0 and not rows
        self._nothing.setVisible(nothing)
        self.table.setVisible(not nothing)
        if rows:
            self.notice.hide()

    def _failed(self, error: WayproofError) -> None:
        self._asked = None
        self.notice.tell(error.words)

    def _open_first(self) -> None:
        index = self.table.currentIndex() if self.table.currentIndex().isValid() else self.model.index(0, 0)
        row = self.model.row(index)
        if row is not None:
            self.item_chosen.emit(row.item)

    def showEvent(self, event: QShowEvent) -> None:
        """Fresh rows whenever the page is opened."""
        super().showEvent(event)
        self.refresh()
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)
