"""Today's inspections: what to open, why, and two buttons for how it ended. A result teaches the next plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.language import spoken
from app.ui import words
from app.ui.plain import Text
from app.ui.widgets.panel import Button, Panel

if TYPE_CHECKING:
    from app.alerts.picking import Picked


class PickRow(Panel):
    """One item to open. `ended` carries True for a counterfeit."""

    ended = Signal(bool)

    def __init__(self, number: int, picked: Picked, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picked = picked
        said = QVBoxLayout()
        said.setSpacing(2)
        head = f"{number}.  {picked.product or words.identity(picked.item)}"
        said.addWidget(Text(head, role="strong", wrap=True))
        said.addWidget(Text(words.identity(picked.item), tone="muted"))
        said.addWidget(Text(spoken(picked.why), wrap=True))
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 12, 18, 12)
        row.setSpacing(10)
        row.addLayout(said, 1)
        self.genuine, self.counterfeit = Button(self.tr("Genuine"), "check"), Button(self.tr("Counterfeit"), "x")
        if picked.outcome is None:
            for button, found in ((self.genuine, False), (self.counterfeit, True)):
                name = self.tr("{answer}: {item}").format(answer=button.text(), item=words.identity(picked.item))
                button.setAccessibleName(name)
                button.clicked.connect(lambda _, found=found: self.ended.emit(found))
                row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        else:
            answer = self.tr("Opened: counterfeit") if picked.outcome else self.tr("Opened: genuine")
            row.addWidget(Text(answer, role="strong"), 0, Qt.AlignmentFlag.AlignVCenter)
        self.setAccessibleName(f"{head}. {spoken(picked.why)}")


class PickList(QScrollArea):
    """The plan of a shift. `ended` carries the item's key and whether it was a counterfeit."""

    ended = Signal(str, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(self.tr("Today's inspections"))
        self.rows: list[PickRow] = []
        self.tell(())

    def tell(self, picks: Sequence[Picked]) -> None:
        """Show a plan."""
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        nothing = self.tr("There is no plan yet: judge the goods first, then ask for today's inspections.")
        if not picks:
            column.addWidget(Text(nothing, tone="muted", wrap=True))
        self.rows = [PickRow(number, picked) for number, picked in enumerate(picks, 1)]
        for row in self.rows:
            row.ended.connect(lambda found, key=row.picked.item.key: self.ended.emit(key, found))
            column.addWidget(row)
        column.addStretch(1)
        self.setWidget(inside)
