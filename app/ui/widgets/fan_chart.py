"""What was sold and what is expected: history as a line, the forecast as a fan, days without stock and deliveries marked.

The chart says what it shows in words for a screen reader, and tells about one day where the pointer or the arrow keys stand.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui import words
from app.ui.theme import CHANGES, Theme, current, font_of

_LEFT, _RIGHT, _TOP, _BOTTOM = 46.0, 16.0, 34.0, 30.0
_PAST = 84  # days of history that are shown


@dataclass(frozen=True, slots=True)
class Fan:
    """What is drawn. `past` are units a day up to `last` (NaN: unknown), `empty` the past days without stock (indices of `past`),
    `arrived` those of deliveries; `mean`, `bands` {level: (low, high)} begin the day after `last`."""

    last: date
    past: tuple[float, ...]
    empty: frozenset[int]
    arrived: frozenset[int]
    mean: tuple[float, ...]
    bands: dict[int, tuple[tuple[float, ...], tuple[float, ...]]]
    offers: frozenset[date] = frozenset()  # days that are, or were, cheaper or advertised

    @property
    def shown(self) -> int:
        """How many days of the past are drawn."""
        return min(_PAST, len(self.past))

    @property
    def days(self) -> int:
        """Columns."""
        return self.shown + len(self.mean)

    def date_of(self, column: int) -> date:
        """The day of a column."""
        return self.last + timedelta(days=column - self.shown + 1)

    def top(self) -> float:
        """The highest value that has to fit."""
        highs = max(self.bands.items())[1][1] if self.bands else self.mean
        found = [value for value in (*self.past[-self.shown :], *highs, *self.mean) if not math.isnan(value)]
        return max([1.0, *found])


class FanChart(QWidget):
    """The chart. `day_chosen` carries the date that is looked at."""

    day_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fan: Fan | None = None
        self.column = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Sales and forecast"))

    def sizeHint(self) -> QSize:
        """Room for some months."""
        return QSize(520, 210)

    def minimumSizeHint(self) -> QSize:
        """Below this nothing can be read."""
        return QSize(320, 180)

    def tell(self, fan: Fan | None) -> None:
        """Show another series."""
        self.fan, self.column = fan, -1
        if fan is not None and fan.mean:
            total = sum(fan.mean)
            self.setAccessibleDescription(
                self.tr("{days} days ahead: about {total} units.").format(days=len(fan.mean), total=f"{total:.0f}")
            )
        self.update()

    def choose(self, column: int) -> None:
        """Look at one day."""
        if self.fan is None or not 0 <= column < self.fan.days or column == self.column:
            return
        self.column = column
        self.day_chosen.emit(self.fan.date_of(column))
        self.update()

    # ---- events ----------------------------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer."""
        if self.fan is not None:
            self.choose(int((event.position().x() - _LEFT) / max(self._step(), 1e-6)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right go from day to day."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None or self.fan is None:
            super().keyPressEvent(event)
            return
        self.choose((self.column if self.column >= 0 else self.fan.shown) + step)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in CHANGES:
            self.update()

    # ---- drawing ---------------------------------------------------------------------------------------------------------

    def _plot(self) -> QRectF:
        return QRectF(_LEFT, _TOP, max(self.width() - _LEFT - _RIGHT, 10.0), max(self.height() - _TOP - _BOTTOM, 10.0))

    def _step(self) -> float:
        return self._plot().width() / max(self.fan.days if self.fan else 1, 1)

    def _at(self, column: float, value: float, top: float) -> QPointF:
        plot = self._plot()
        return QPointF(plot.left() + (column + 0.5) * self._step(), plot.bottom() - plot.height() * min(value / top, 1.0))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        if self.fan is None:
            return
        theme, fan = current(), self.fan
        top = _round_up(fan.top())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font_of("caption"))
        self._grid(painter, theme, top)
        self._marks(painter, theme)
        for level in sorted(fan.bands, reverse=True):
            self._band(painter, theme, fan.bands[level], top, 46 if level == max(fan.bands) else 92)
        self._lines(painter, theme, top)
        self._months(painter, theme)
        self._legend(painter, theme)
        if self.column >= 0:
            x = self._at(self.column, 0, top).x()
            painter.setPen(QPen(QColor(theme.text), 1))
            painter.drawLine(QPointF(x, _TOP), QPointF(x, self._plot().bottom()))
        painter.end()

    def _grid(self, painter: QPainter, theme: Theme, top: float) -> None:
        plot = self._plot()
        for part in range(5):
            y = plot.bottom() - plot.height() * part / 4
            painter.setPen(QPen(QColor(theme.line), 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(QColor(theme.muted))
            where = QRectF(0, y - 9, _LEFT - 8, 18)
            painter.drawText(where, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), f"{top * part / 4:g}")

    def _marks(self, painter: QPainter, theme: Theme) -> None:
        """Days without stock as columns, deliveries as ticks on the floor, and where today is."""
        assert self.fan is not None
        plot, step, first = self._plot(), self._step(), len(self.fan.past) - self.fan.shown
        for index in sorted(self.fan.empty):
            if index >= first:
                painter.fillRect(
                    QRectF(plot.left() + (index - first) * step, plot.top(), step, plot.height()), QColor(theme.line)
                )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.muted))
        for index in sorted(self.fan.arrived):
            if index >= first:
                x = plot.left() + (index - first + 0.5) * step
                painter.drawPolygon(
                    [QPointF(x - 4, plot.bottom() + 7), QPointF(x + 4, plot.bottom() + 7), QPointF(x, plot.bottom())]
                )
        for column in self._offered():
            painter.fillRect(QRectF(plot.left() + column * step, plot.top() - 5, step, 4), QColor(theme.caution.fill))
        x = plot.left() + self.fan.shown * step
        painter.setPen(QPen(QColor(theme.edge), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, plot.top() - 6), QPointF(x, plot.bottom()))

    def _offered(self) -> list[int]:
        """The columns of days on offer."""
        assert self.fan is not None
        return [column for column in range(self.fan.days) if self.fan.date_of(column) in self.fan.offers]

    def _band(
        self, painter: QPainter, theme: Theme, band: tuple[tuple[float, ...], tuple[float, ...]], top: float, alpha: int
    ) -> None:
        assert self.fan is not None
        low, high = band
        open_ = [i for i, value in enumerate(high) if value > 0]
        if not open_:
            return
        path = QPainterPath(self._at(self.fan.shown + open_[0], high[open_[0]], top))
        for i in open_[1:]:
            path.lineTo(self._at(self.fan.shown + i, high[i], top))
        for i in reversed(open_):
            path.lineTo(self._at(self.fan.shown + i, low[i], top))
        path.closeSubpath()
        colour = QColor(theme.route)
        colour.setAlpha(alpha)
        painter.fillPath(path, colour)

    def _lines(self, painter: QPainter, theme: Theme, top: float) -> None:
        assert self.fan is not None
        fan = self.fan
        past = list(enumerate(fan.past[-fan.shown :]))
        self._line(painter, [(i, v) for i, v in past if not math.isnan(v)], top, QPen(QColor(theme.text), 1.6))
        ahead = [(fan.shown + i, v) for i, v in enumerate(fan.mean) if v > 0]
        self._line(painter, ahead, top, QPen(QColor(theme.route), 2.2))

    def _line(self, painter: QPainter, points: list[tuple[int, float]], top: float, pen: QPen) -> None:
        if not points:
            return
        path = QPainterPath(self._at(*points[0], top))
        for column, value in points[1:]:
            path.lineTo(self._at(column, value, top))
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)

    def _months(self, painter: QPainter, theme: Theme) -> None:
        assert self.fan is not None
        plot, step = self._plot(), self._step()
        painter.setPen(QColor(theme.muted))
        for column in range(self.fan.days):
            when = self.fan.date_of(column)
            if when.day == 1 and column * step < plot.width() - 40:
                x = plot.left() + column * step
                painter.drawLine(QPointF(x, plot.bottom()), QPointF(x, plot.bottom() + 5))
                painter.drawText(QPointF(x + 4, plot.bottom() + 22), words.month(when))

    def _legend(self, painter: QPainter, theme: Theme) -> None:
        """What the colours mean, above the plot, ending at its right edge."""
        assert self.fan is not None
        parts = [(self.tr("sold"), QColor(theme.text), 2.0), (self.tr("expected"), QColor(theme.route), 3.0)]
        for level in sorted(self.fan.bands):
            colour = QColor(theme.route)
            colour.setAlpha(46 if level == max(self.fan.bands) else 120)
            parts.append((self.tr("{level} % of days").format(level=level), colour, 10.0))
        if any(index >= len(self.fan.past) - self.fan.shown for index in self.fan.empty):
            parts.append((self.tr("no stock"), QColor(theme.line), 10.0))
        if self._offered():
            parts.append((self.tr("on offer"), QColor(theme.caution.fill), 4.0))
        room, between, swatch = self.width() - 2.0, 16, 16
        words = sum(painter.fontMetrics().horizontalAdvance(text) for text, _, _ in parts) + (swatch + 6) * len(parts)
        if words + between * (len(parts) - 1) > room:  # a narrow window, or a language with long words
            between, swatch, font = 8, 10, painter.font()
            font.setPointSizeF(font.pointSizeF() * min(1.0, max(0.7, (room - between * (len(parts) - 1)) / words)))
            painter.setFont(font)
        metrics = painter.fontMetrics()
        x = self._plot().right() - sum(metrics.horizontalAdvance(text) + swatch + 6 + between for text, _, _ in parts) + between
        for text, colour, high in parts:
            painter.fillRect(QRectF(x, 14 - high / 2, swatch, high), colour)
            painter.setPen(QColor(theme.muted))
            painter.drawText(QPointF(x + swatch + 6, 14 + metrics.ascent() / 2 - 2), text)
            x += metrics.horizontalAdvance(text) + swatch + 6 + between


def _round_up(value: float) -> float:
    """The next number that divides into four neat parts."""
    size = 10.0 ** math.floor(math.log10(value))
    return next(
        size * step
        for step in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10, 12)
        if size * step >= value and (size * step * 2).is_integer()
    )
