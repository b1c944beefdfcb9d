"""The sliders of "what if": how often stock shall suffice, how long a delivery takes, when orders are placed, in what cases."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSlider, QVBoxLayout, QWidget

from app.sales.planning import Knobs
from app.ui.language import counted
from app.ui.plain import Text
from app.ui.theme import TARGET
from app.ui.widgets.fields import Choice

_PAUSE_MS = 120
_SERVICE = (800, 850, 900, 925, 950, 960, 970, 980, 990, 995)
_LONGEST_LEAD, _LONGEST_REVIEW = 28, 28
_MOST_UNITS = 100_000


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
    """The sliders, what counts as service, the supplier's terms. `changed` carries the Knobs, a moment after the last turn."""

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
        row = QHBoxLayout()
        row.setSpacing(36)
        for knob in (self.service, self.lead, self.review):
            knob.turned.connect(self._turned)
            row.addWidget(knob, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 10, 18, 10)
        column.setSpacing(8)
        column.addLayout(row)
        column.addLayout(self._terms())
        self._tell()

    def _terms(self) -> QHBoxLayout:
        """What counts as service, and what the supplier asks for."""
        self.counted = Choice()
        self.counted.setAccessibleName(self.tr("What suffices"))
        self.counted.setMinimumHeight(TARGET)
        self.counted.addItem(self.tr("cycles without a shortage"), False)
        self.counted.addItem(self.tr("units sold from stock"), True)
        self.counted.currentIndexChanged.connect(lambda _: self._turned())
        self.pack, self.minimum = QLineEdit("1"), QLineEdit("0")
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(Text(self.tr("What suffices"), tone="muted"))
        row.addWidget(self.counted)
        row.addStretch(1)
        for name, field, least in ((self.tr("A case holds"), self.pack, 1), (self.tr("Smallest order"), self.minimum, 0)):
            field.setValidator(QIntValidator(least, _MOST_UNITS, field))
            field.setAccessibleName(name)
            field.setFixedWidth(92)
            field.textChanged.connect(lambda _: self._turned())
            row.addWidget(Text(name, tone="muted"))
            row.addWidget(field)
        return row

    def knobs(self) -> Knobs:
        """What they stand at."""
        lead = self.lead.slider.value()
        service = _SERVICE[self.service.slider.value()] / 1000
        return Knobs(
            service=service, review=float(self.review.slider.value()), lead=float(lead) if lead else None,
            by_fill=bool(self.counted.currentData()), pack=_units(self.pack, 1), minimum=_units(self.minimum, 0),
        )  # fmt: skip

    def _turned(self) -> None:
        self._tell()
        self._pause.start()

    def _tell(self) -> None:
        knobs = self.knobs()
        told = self.tr("{share} % of units") if knobs.by_fill else self.tr("{share} % of cycles")
        self.service.say(told.format(share=f"{100 * knobs.service:g}"))
        self.lead.say(self.tr("as measured") if knobs.lead is None else _days(knobs.lead))
        self.review.say(_days(knobs.review))


def _units(field: QLineEdit, least: int) -> float:
    """What stands in a field; half-typed or empty it is the least."""
    return float(field.text()) if field.hasAcceptableInput() else float(least)


def _days(length: float) -> str:
    return counted("{count} day", "{count} days", round(length)).format(count=f"{length:g}")
