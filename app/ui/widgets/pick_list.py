"""Today's inspections: what to open, why, and two buttons for how it ended. A result teaches, and can be changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.language import spoken
from app.ui import words
from app.ui.plain import Text
from app.ui.widgets.case_reasons import sentence
from app.ui.widgets.panel import Button, Panel

if TYPE_CHECKING:
    from app.alerts.picking import Picked


_BESIDE = 760
"""Pixels that words and buttons need side by side."""


class PickRow(Panel):
    """One item to open. `ended` carries True for a counterfeit; `journey_wanted` where its journey is to be seen."""

    ended = Signal(bool)
    journey_wanted = Signal()

    def __init__(self, number: int, picked: Picked, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picked = picked
        said = QVBoxLayout()
        said.setSpacing(2)
        head = f"{number}.  {picked.product or words.identity(picked.item)}"
        said.addWidget(Text(head, role="strong", wrap=True))
        said.addWidget(Text(words.identity(picked.item), tone="muted"))
        for clause in picked.why.split("; "):
            said.addWidget(Text(sentence(spoken(clause)), wrap=True))
        self._both = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._both.setContentsMargins(18, 12, 18, 12)
        self._both.setSpacing(10)
        self._both.addLayout(said, 1)
        row = QHBoxLayout()
        row.setSpacing(10)
        self._both.addLayout(row)
        self.genuine, self.counterfeit = Button(self.tr("Genuine"), "check"), Button(self.tr("Counterfeit"), "x")
        self.journey, self.change = Button(self.tr("Journey"), "route", quiet=True), Button(self.tr("Change"), quiet=True)
        self.answer = Text(role="strong")
        for button in (self.journey, self.genuine, self.counterfeit, self.change):
            name = self.tr("{answer}: {item}").format(answer=button.text(), item=words.identity(picked.item))
            button.setAccessibleName(name)
        self.journey.clicked.connect(self.journey_wanted)
        self.genuine.clicked.connect(lambda: self.ended.emit(False))
        self.counterfeit.clicked.connect(lambda: self.ended.emit(True))
        self.change.clicked.connect(lambda: self._ask(True))
        for widget in (self.journey, self.answer, self.change, self.genuine, self.counterfeit):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        if picked.outcome is not None:
            self.answer.setText(self.tr("Opened: counterfeit") if picked.outcome else self.tr("Opened: genuine"))
        self._ask(picked.outcome is None)
        self.setAccessibleName(f"{head}. {spoken(picked.why)}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The buttons below the words where there is no room beside them."""
        super().resizeEvent(event)
        beside = self.width() >= _BESIDE
        self._both.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)

    def _ask(self, asked: bool) -> None:
        """Ask how it ended, or say how it did."""
        for button in (self.genuine, self.counterfeit):
            button.setVisible(asked)
        for widget in (self.answer, self.change):
            widget.setVisible(not asked)


class PickList(QScrollArea):
    """The plan of a shift. `ended` carries the item's key and whether it was a counterfeit, `journey_wanted` an item.

    `more_wanted` where the shift can open more.
    """

    ended = Signal(str, bool)
    journey_wanted = Signal(object)
    more_wanted = Signal()

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
            row.journey_wanted.connect(lambda item=row.picked.item: self.journey_wanted.emit(item))
            column.addWidget(row)
        if picks:
            more = Button(self.tr("Plan more"))
            more.clicked.connect(self.more_wanted)
            column.addWidget(more, 0, Qt.AlignmentFlag.AlignLeading)
        column.addStretch(1)
        self.setWidget(inside)
