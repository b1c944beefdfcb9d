"""Check the secret that was under a scratch field: the item's code, the secret, and one sentence of what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.ui.plain import Text
from app.ui.tasks import Lanes
from app.ui.widgets.panel import Button, Panel
from chain.errors import WayproofError

if TYPE_CHECKING:
    from app.desk.foil import Opened
    from app.ui.door import Door


class SecretPanel(Panel):
    """A panel. `told` carries what kept a check from being made."""

    told = Signal(str)

    def __init__(self, lanes: Lanes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lanes = lanes
        self.code, self.typed = QLineEdit(), QLineEdit()
        for field, words in (
            (self.code, self.tr("Code of the item")),
            (self.typed, self.tr("Secret under the foil")),
        ):
            field.setPlaceholderText(words)
            field.setAccessibleName(words)
        self.code.setMaxLength(2_000)
        self.typed.setMaxLength(60)
        self.check = Button(self.tr("Check the secret"), "shield-check")
        self.answer = Text(role="lead", wrap=True)
        self.answer.hide()
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.code, 1)
        row.addWidget(self.typed, 1)
        row.addWidget(self.check)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(Text(self.tr("A secret under a scratch field"), role="strong"))
        hint = self.tr("A secret that was seen before proves nothing, and what other laptops saw is not known here.")
        column.addWidget(Text(hint, tone="muted", wrap=True))
        column.addLayout(row)
        column.addWidget(self.answer)
        self.check.clicked.connect(self.ask)
        self.typed.returnPressed.connect(self.ask)

    def take(self, text: str) -> None:
        """A secret was scanned: check it where the item's code is there, else wait for that."""
        self.typed.setText(text)
        if self.code.text().strip():
            self.ask()
        else:
            self.code.setFocus()

    def ask(self) -> None:
        """Check what stands in the two fields."""
        code, typed = self.code.text(), self.typed.text()

        def work(door: Door) -> Opened:
            from app.desk import foil

            return foil.check(door.desk, code, typed)

        self.check.setEnabled(False)
        self._lanes.store(work, self._tell, self._failed)

    def _tell(self, opened: Opened) -> None:
        self.check.setEnabled(True)
        self.typed.clear()
        self.answer.setText(opened.finding.why)
        self.answer.show()

    def _failed(self, error: WayproofError) -> None:
        self.check.setEnabled(True)
        self.answer.hide()
        self.told.emit(error.words)
