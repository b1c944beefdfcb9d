"""Named bars that are compared by length: past errors of rival forecasts, and how the days of a week differ."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.language import listed
from app.ui.theme import CHANGES, current, font_of

_ROW = 26
Bar = tuple[str, float, str]
"""Its name, its length, and what is written at its end."""


class Bars(QWidget):
    """Lying bars, one a row; the first is ours and drawn in the accent. `upright` stands them up, names below."""

    def __init__(self, *, upright: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._upright = upright
        self.bars: tuple[Bar, ...] = ()
        self._strong = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def tell(self, bars: Sequence[Bar], strong: int = 0) -> None:
        """Show these; `strong` is the one that is drawn in the accent (-1: all)."""
        self.bars, self._strong = tuple(bars), strong
        self.setAccessibleName(listed(f"{name} {told}" for name, _, told in bars))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """A row for each, or a square of columns."""
        return QSize(220, 96 if self._upright else _ROW * max(len(self.bars), 1))

    def minimumSizeHint(self) -> QSize:
        """As high as the bars need."""
        return QSize(160, self.sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in CHANGES:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw them."""
        if not self.bars:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font_of("caption"))
        longest = max(max(length for _, length, _ in self.bars), 1e-9)
        for number, bar in enumerate(self.bars):
            (self._column if self._upright else self._row)(painter, number, bar, longest)
        painter.end()

    def _colour(self, number: int) -> QColor:
        theme = current()
        return QColor(theme.route if self._strong in (-1, number) else theme.edge)

    def _row(self, painter: QPainter, number: int, bar: Bar, longest: float) -> None:
        name, length, told = bar
        metrics, theme = painter.fontMetrics(), current()
        names = max(metrics.horizontalAdvance(one) for one, _, _ in self.bars) + 12
        ends = max(metrics.horizontalAdvance(one) for _, _, one in self.bars) + 12
        y = number * _ROW
        painter.setPen(QColor(theme.text if number == self._strong else theme.muted))
        painter.drawText(QRectF(0, y, names, _ROW), int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), name)
        wide = max(3.0, (self.width() - names - ends) * length / longest)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour(number))
        painter.drawRoundedRect(QRectF(names, y + 7, wide, _ROW - 14), 4, 4)
        painter.setPen(QColor(theme.text))
        painter.drawText(QPointF(names + wide + 8, y + _ROW / 2 + metrics.ascent() / 2 - 1), told)

    def _column(self, painter: QPainter, number: int, bar: Bar, longest: float) -> None:
        name, length, told = bar
        step = self.width() / len(self.bars)
        floor, room = self.height() - 20.0, self.height() - 40.0
        high = max(2.0, room * length / longest)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour(number))
        painter.drawRoundedRect(QRectF(number * step + step * 0.18, floor - high, step * 0.64, high), 3, 3)
        theme = current()
        painter.setPen(QColor(theme.muted))
        centre = int(Qt.AlignmentFlag.AlignCenter)
        painter.drawText(QRectF(number * step, floor + 2, step, 18), centre, name)
        painter.setPen(QColor(theme.text))
        painter.drawText(QRectF(number * step, floor - high - 18, step, 18), centre, told)
