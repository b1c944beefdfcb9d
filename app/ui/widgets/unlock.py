"""Asks for the passphrase of this laptop's keys where something has to be signed. It is in this field and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.language import spoken
from app.ui.plain import Text
from app.ui.tasks import Lanes
from app.ui.theme import TARGET
from app.ui.widgets.panel import Button, Panel
from chain.errors import WayproofError

if TYPE_CHECKING:
    from app.ui.door import Door


class Unlock(Panel):
    """Hidden until `ask`. `unlocked` when the keys are open."""

    unlocked = Signal()

    def __init__(self, lanes: Lanes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lanes = lanes
        self.words = Text(role="lead", wrap=True)
        self.field = QLineEdit()
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setMinimumSize(240, TARGET)
        self.field.setAccessibleName(self.tr("Passphrase"))
        self.field.setPlaceholderText(self.tr("Passphrase"))
        self.open = Button(self.tr("Unlock"), "check", primary=True)
        self.leave = Button(self.tr("Not now"))
        self.open.clicked.connect(self.try_it)
        self.field.returnPressed.connect(self.try_it)
        self.leave.clicked.connect(self.dismiss)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.field, 1)
        row.addWidget(self.open)
        row.addWidget(self.leave)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 14, 20, 14)
        column.setSpacing(10)
        column.addWidget(self.words)
        column.addLayout(row)
        self.hide()

    def ask(self, why: str = "") -> None:
        """Ask; `why` says what waits for it."""
        self.words.setText(why or self.tr("The keys of this laptop are locked. Type the passphrase to sign."))
        self.field.clear()
        self.show()
        self.field.setFocus()

    def dismiss(self) -> None:
        """Ask no more."""
        self.field.clear()
        self.hide()

    def try_it(self) -> None:
        """Open the keys with what was typed."""
        typed = self.field.text() or None
        self.field.clear()
        self.open.setEnabled(False)

        def work(door: Door) -> None:
            from app.network import laptop

            laptop.unlock(door.desk.station, typed)

        self._lanes.store(work, self._opened, self._failed)

    def _opened(self, answer: None) -> None:
        del answer
        self.open.setEnabled(True)
        self.hide()
        self.unlocked.emit()

    def _failed(self, error: WayproofError) -> None:
        self.open.setEnabled(True)
        self.words.setText(spoken(error.words))
        self.field.setFocus()
