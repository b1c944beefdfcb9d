"""The sliders of "what if": how often stock shall suffice, how long a delivery takes, how often orders are placed."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QSlider, QVBoxLayout, QWidget

from app.sales.planning import Knobs
from app.ui.plain import Text

_PAUSE_MS = 120
_SERVICE = (800, 850, 900, 925, 950, 960, 970, 980, 990, 995)
_LONGEST_LEAD, _LONGEST_REVIEW = 28, 28


class Knob(QWidget):
    """A named slider and what it stands at. `turned` on every change."""

    turned = Signal()

    def __init__(self, name: str, low: int, high: int, value: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._value = Text(name, tone="muted"), Text(role="strong")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(low, high)
        self.slider.setValue(value)
        self.slider.setAccessibleName(name)
        self.slider.setMinimumHeight(28)
        self.slider.valueChanged.connect(lambda _: self.turned.emit())
        head = QHBoxLayout()
        head.addWidget(self._name, 1)
        head.addWidget(self._value)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self.slider)

    def say(self, words: str) -> None:
        """Show what it stands at."""
        self._value.setText(words)
        self.slider.setAccessibleDescription(words)


class KnobRow(QWidget):
    """All three. `changed` carries the Knobs, a moment after the last turn."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.service = Knob(self.tr("Stock suffices in"), 0, len(_SERVICE) - 1, _SERVICE.index(950))
        self.lead = Knob(self.tr("A delivery takes"), 0, _LONGEST_LEAD, 0)
        self.review = Knob(self.tr("Orders are placed every"), 1, _LONGEST_REVIEW, 7)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(lambda: self.changed.emit(self.knobs()))
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 10, 18, 10)
        row.setSpacing(36)
        for knob in (self.service, self.lead, self.review):
            knob.turned.connect(self._turned)
            row.addWidget(knob, 1)
        self._tell()

    def knobs(self) -> Knobs:
        """What they stand at."""
        lead = self.lead.slider.value()
        service = _SERVICE[self.service.slider.value()] / 1000
        return Knobs(service=service, review=float(self.review.slider.value()), lead=float(lead) if lead else None)

    def _turned(self) -> None:
        self._tell()
        self._pause.start()

    def _tell(self) -> None:
        knobs = self.knobs()
        self.service.say(self.tr("{share} % of cycles").format(share=f"{100 * knobs.service:g}"))
        self.lead.say(self.tr("as measured") if knobs.lead is None else self.tr("{count} days").format(count=f"{knobs.lead:g}"))
        self.review.say(self.tr("{count} days").format(count=f"{knobs.review:g}"))
