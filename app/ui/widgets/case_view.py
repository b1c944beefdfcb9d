"""One case whole: what it is about, why it is asked, where, what else is like it, and the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDoubleSpinBox, QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.alerts.case import Alert
from app.ui import suspicion, words
from app.ui.language import counted
from app.ui.plain import Text
from app.ui.theme import TARGET
from app.ui.widgets.alert_list import item_line, numbers
from app.ui.widgets.case_reasons import CaseReasons
from app.ui.widgets.decide_bar import DecideBar
from app.ui.widgets.marked_journey import MarkedJourney
from app.ui.widgets.panel import Button

if TYPE_CHECKING:
    from app.alerts.alerts import Opened

_ALIKE = 3
_COUNT, _BUTTON = 140, 230
"""Pixels that the number of similar cases takes, and the button of one."""
_WORDS = 480
"""Pixels from which on buttons have words."""


class CaseView(QWidget):
    """The case. `worth_set` carries a GTIN and an amount, `alike_wanted` an alert, `journey_wanted` an item.

    `save_wanted` when its files are wanted, `again_wanted` when its risk is to be computed again. The
    answers stay in sight, whatever the rest is scrolled to.
    """

    worth_set = Signal(str, float)
    alike_wanted = Signal(object)
    journey_wanted = Signal(object)
    save_wanted = Signal()
    again_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.opened: Opened | None = None
        self.title, self.line = Text(role="title", wrap=True), Text(tone="muted", wrap=True)
        self.reasons, self.journey, self.decide = CaseReasons(), MarkedJourney(), DecideBar()
        self.journey.setMinimumHeight(220)
        self.worth = QDoubleSpinBox()
        self.worth.setRange(0.01, 1e9)
        self.worth.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.worth.setMinimumSize(96, TARGET)
        self.worth.setKeyboardTracking(False)
        self.worth.setAccessibleName(self.tr("Worth of one unit"))
        self.worth.valueChanged.connect(self._worth_changed)
        self._worth_words = Text(self.tr("Worth of one unit"), tone="muted")
        self.open, self.save = Button(self.tr("&Journey"), "route"), Button(self.tr("Sa&ve case"), "download")
        self.open.setAccessibleName(self.tr("Show the journey"))
        self.save.setAccessibleName(self.tr("Save the case"))
        self.open.clicked.connect(lambda: self.journey_wanted.emit(self._alert().suspect.item))
        self.save.clicked.connect(self.save_wanted)
        self.again = Button(self.tr("Compute again"), "history", quiet=True)
        self.again.clicked.connect(self.again_wanted)
        self._kin = QWidget()
        self._kin.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # it is cut, and widens nothing
        self._alike = QHBoxLayout(self._kin)
        self._lay_out()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self.title, 1)
        head.addWidget(self.open)
        head.addWidget(self.save)
        self._alike.setContentsMargins(0, 0, 0, 0)
        self._alike.setSpacing(8)
        below = QHBoxLayout()
        below.setSpacing(10)
        below.addWidget(self.again)
        below.addStretch(1)
        below.addWidget(self._worth_words)
        below.addWidget(self.worth)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.line)
        column.addWidget(self.reasons)
        column.addWidget(self.journey, 1)
        column.addWidget(self._kin)
        column.addLayout(below)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(10)
        whole.addWidget(scroll, 1)
        whole.addWidget(self.decide)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Buttons without words where there is no room for them."""
        super().resizeEvent(event)
        wide = self.width() >= _WORDS
        self.open.setText(self.tr("&Journey") if wide else "")
        self.save.setText(self.tr("Sa&ve case") if wide else "")
        self._worth_words.setVisible(wide)

    def tell(self, opened: Opened) -> None:
        """Show a case."""
        self.opened = opened
        alert = opened.alert
        item = alert.suspect.item
        self.title.setText(suspicion.title(alert))
        self.line.setText("  ·  ".join(filter(None, (alert.suspect.product, words.identity(item), numbers(alert)))))
        self.worth.blockSignals(True)
        self.worth.setValue(alert.worth)
        self.worth.blockSignals(False)
        self.worth.setEnabled(bool(item.gtin))
        self.reasons.tell(alert)
        self.journey.tell(suspicion.tell(opened.journey, opened.sightings, alert.suspect))
        self.journey.setVisible(bool(opened.journey.steps or opened.sightings))
        self._tell_alike(opened.similar)
        self.again.setVisible(alert.suspect.risk > 0)
        self.decide.tell(alert, len(opened.alike))

    def alike(self) -> list[Button]:
        """The buttons of similar cases."""
        found = (self._alike.itemAt(place) for place in range(self._alike.count()))
        return [widget for one in found if one is not None and isinstance(widget := one.widget(), Button)]

    def _tell_alike(self, similar: tuple[Alert, ...]) -> None:
        while (old := self._alike.takeAt(0)) is not None:
            if (widget := old.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._kin.setVisible(bool(similar))
        if not similar:
            return
        count = len(similar)
        said = counted("{count} similar case:", "{count} similar cases:", count).format(count=count)
        self._alike.addWidget(Text(said, tone="muted"))
        room = max(1, (self.width() - _COUNT) // _BUTTON)
        for alert in similar[: min(_ALIKE, room)]:
            tail = f"…{item_line(alert)[-6:]}"
            why = suspicion.shared(self._alert(), alert)
            button = Button(f"{tail} · {why}", words.KIND_ICONS[suspicion.kind_of(alert)], quiet=True)
            name = self.tr("Similar case: {title}, {item}").format(title=suspicion.title(alert), item=item_line(alert))
            button.setAccessibleName(name)
            button.setToolTip(suspicion.title(alert))
            button.clicked.connect(lambda _, alert=alert: self.alike_wanted.emit(alert))
            self._alike.addWidget(button)
        self._alike.addStretch(1)

    def _alert(self) -> Alert:
        assert self.opened is not None
        return self.opened.alert

    def _worth_changed(self, amount: float) -> None:
        if self.opened is not None and self._alert().suspect.item.gtin:
            self.worth_set.emit(self._alert().suspect.item.gtin, amount)
