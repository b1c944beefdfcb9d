"""A question before something that cannot be taken back: what will happen in words, and yes or no. It stays in the page."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.ui.plain import Text
from app.ui.widgets.panel import Button, Panel


class Confirm(Panel):
    """Hidden until `ask`. `agreed` when the person says yes; no only hides it."""

    agreed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = Text(wrap=True)
        self.yes = Button(self.tr("Yes"), "check", primary=True)
        self.no = Button(self.tr("No, leave it"))
        self.yes.clicked.connect(self._agree)
        self.no.clicked.connect(self.hide)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addStretch(1)
        row.addWidget(self.no)
        row.addWidget(self.yes)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 14, 20, 14)
        column.setSpacing(10)
        column.addWidget(self.words)
        column.addLayout(row)
        self.hide()

    def ask(self, words: str, yes: str) -> None:
        """Ask; `yes` is the word on the button that does it."""
        self.words.setText(words)
        self.yes.setText(yes)
        self.setAccessibleName(words)
        self.show()

    def _agree(self) -> None:
        self.hide()
        self.agreed.emit()
