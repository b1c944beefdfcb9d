"""Where a hand-over begins: what was shipped from here can be shown as a code, and what others hand over can be taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.language import spoken
from app.ui import words
from app.ui.language import counted
from app.ui.plain import Text, shown
from app.ui.widgets.panel import Button, Panel

if TYPE_CHECKING:
    from app.handover.dock import Shipment

_MOST = 6


class StartView(QWidget):
    """Two halves: give, take. `chosen` carries a shipment's number."""

    take_over = Signal()
    chosen = Signal(int)
    cases = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shipments: list[Button] = []
        self.take = Button(self.tr("Take goods over"), "scan-line", primary=True)
        self.take.clicked.connect(self.take_over)
        self.contradictions = Button(self.tr("Contradictions"), "triangle-alert")
        self.contradictions.clicked.connect(self.cases)
        self.contradictions.hide()
        self.back = Button(self.tr("Back to the tasks"), "arrow-left")
        self.back.clicked.connect(self.left)
        for button in (self.take, self.contradictions, self.back):
            button.setObjectName("tall")
        self.nothing = Text(
            self.tr("Nothing was shipped from here in the last 7 days. Ship the goods first, then hand them over by a code."),
            tone="muted", wrap=True,
        )  # fmt: skip
        giving, self._list = _half(
            self.tr("You hand over"), self.tr("Choose the shipment. The receiver scans its code and signs for it.")
        )
        self._list.addWidget(self.nothing)
        taking, inside = _half(
            self.tr("You take over"), self.tr("Scan the code on the sender's screen, look at what it is, and sign for it.")
        )
        inside.addWidget(self.take)
        for half in (self._list, inside):
            half.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(giving, 1)
        row.addWidget(taking, 1)
        foot = QHBoxLayout()
        foot.setSpacing(12)
        foot.addWidget(self.back)
        foot.addStretch(1)
        foot.addWidget(self.contradictions)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        column.addWidget(Text(self.tr("Hand over without a network"), role="title"))
        column.addLayout(row, 1)
        column.addLayout(foot)

    def tell(self, shipments: Sequence[Shipment], cases: int) -> None:
        """Show what was shipped, the newest first, and how many contradictions there are."""
        for old in self.shipments:
            self._list.removeWidget(old)
            old.deleteLater()
        self.shipments = [self._button(one) for one in shipments[:_MOST]]
        for place, button in enumerate(self.shipments):
            self._list.insertWidget(2 + place, button)
        self.nothing.setVisible(not self.shipments)
        self.contradictions.setVisible(cases > 0)
        told = counted("{count} contradiction to look at", "{count} contradictions to look at", cases)
        self.contradictions.setText(told.format(count=cases))

    def tell_why(self, why: str) -> None:
        """Say why nothing can be handed over."""
        self.tell((), 0)
        self.nothing.setText(spoken(why))

    def _button(self, one: Shipment) -> Button:
        name = shown(one.to.name or one.to.gln, 40)
        told = counted("{name}, {count} piece, {when}", "{name}, {count} pieces, {when}", len(one.goods))
        said = told.format(name=name, count=len(one.goods), when=words.moment(one.at))
        if one.answered:
            said = self.tr("{shipment}: signed for").format(shipment=said)
        button = Button(said.replace("&", "&&"), "check" if one.answered else "truck")
        button.setObjectName("tall")
        button.setAccessibleName(said)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.clicked.connect(lambda _, number=one.number: self.chosen.emit(number))
        return button


def _half(title: str, about: str) -> tuple[Panel, QVBoxLayout]:
    panel = Panel()
    column = QVBoxLayout(panel)
    column.setContentsMargins(28, 22, 28, 22)
    column.setSpacing(14)
    column.addWidget(Text(title, role="headline"))
    column.addWidget(Text(about, role="lead", tone="muted", wrap=True))
    return panel, column
