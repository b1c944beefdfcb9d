"""The way of an item on a map of the world: numbered places, legs along great circles, dashed where a step in between is unknown.

It can be dragged, zoomed (wheel, buttons, keys) and fitted to the journey; the world repeats sideways, so a voyage over the
Pacific is one line. The outlines are drawn into a picture that is kept until the view changes. Nothing is fetched: it has no
tiles, and no names but those of the journey.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from app.language import listed
from app.ui.icons import icon
from app.ui.plain import shown
from app.ui.story import Leg, Site, Story
from app.ui.theme import CHANGES, TARGET, Theme, current, font_of
from app.ui.widgets.land import Outlines, great_circle, project
from app.ui.widgets.map_names import place_names

_RADIUS = 12.0
_MARGIN = 64.0
_CLOSEST = 60.0
"""Most pixels to a degree: beyond it the outlines show their corners."""
_LEAST_SPAN = 9.0
_TOP, _BOTTOM = project(83.5, 0)[1], project(-57, 0)[1]


@dataclass(frozen=True, slots=True)
class View:
    """What is seen: the map point in the middle, and pixels to a degree."""

    x: float = 10.0
    y: float = -20.0
    scale: float = 2.4


class JourneyMap(QWidget):
    """The map. `site_chosen` carries the number of a place that was pointed at."""

    site_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._outlines: Outlines | None = None
        self._story = Story((), (), ())
        self._arcs: list[tuple[Leg, list[QPointF]]] = []
        self._view = View()
        self._fitted = True
        self._chosen = 0
        self._ground: QPixmap | None = None
        self._names: list[tuple[str, QRectF]] | None = None
        self._grip: QPointF | None = None
        self.setMinimumSize(320, 260)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Map of the journey"))
        self._buttons = QWidget(self)
        column = QVBoxLayout(self._buttons)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self._tools: list[tuple[QToolButton, str]] = []
        for name, words, action in (
            ("plus", self.tr("Zoom in"), lambda: self.zoom(1.6)),
            ("minus", self.tr("Zoom out"), lambda: self.zoom(1 / 1.6)),
            ("maximize", self.tr("Show the whole journey"), self.fit),
        ):
            tool = QToolButton()
            tool.setFixedSize(TARGET, TARGET)
            tool.setIconSize(QSize(20, 20))
            tool.setAccessibleName(words)
            tool.setObjectName("map")
            tool.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            tool.clicked.connect(action)
            column.addWidget(tool)
            self._tools.append((tool, name))
        self._dress()

    def sizeHint(self) -> QSize:
        """Room for a continent."""
        return QSize(640, 480)

    def use_outlines(self, outlines: Outlines) -> None:
        """Draw land from now on; before, the map is all sea."""
        self._outlines = outlines
        self._redraw()

    def tell(self, story: Story) -> None:
        """Show a journey and fit the view to it."""
        self._story, self._chosen = story, 0
        self._arcs = [(leg, _arc(leg)) for leg in story.legs]
        names = listed(shown(site.name, 80) for site in story.sites)
        self.setAccessibleDescription(self.tr("Places: {names}").format(names=names) if names else "")
        self.fit()

    def choose(self, site: int) -> None:
        """Mark a place (0: none)."""
        if site != self._chosen:
            self._chosen, self._names = site, None
            self.update()

    def fit(self) -> None:
        """The whole journey, or the whole world where there is none."""
        self._fitted = True
        points = [point for _, arc in self._arcs for point in arc]
        points += [QPointF(*project(site.lat, site.lon)) for site in self._story.sites[:1]]
        width, height = max(1.0, self.width() - 2 * _MARGIN), max(1.0, self.height() - 2 * _MARGIN)
        if not points:
            self._look(View(12.0, (_TOP + _BOTTOM) / 2, max(self.width() / 360, self.height() / (_BOTTOM - _TOP))))
            return
        shift = _best_cut([point.x() for point in points])
        xs = [point.x() + 360 * (point.x() < shift) for point in (QPointF(p.x() % 360, p.y()) for p in points)]
        ys = [point.y() for point in points]
        across, down = max(_LEAST_SPAN, max(xs) - min(xs)), max(_LEAST_SPAN * 0.7, max(ys) - min(ys))
        scale = min(width / across, height / down, _CLOSEST)
        self._look(View((max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2, scale))

    def zoom(self, factor: float, about: QPointF | None = None) -> None:
        """Closer or farther, keeping the point under `about` (the middle by default) where it is."""
        self._fitted = False
        about = about or QPointF(self.width() / 2, self.height() / 2)
        at_x, at_y = self._to_map(about)
        scale = min(_CLOSEST, max(self._widest(), self._view.scale * factor))
        off_x, off_y = about.x() - self.width() / 2, about.y() - self.height() / 2
        self._look(View(at_x - off_x / scale, at_y - off_y / scale, scale))

    def pan(self, right: float, down: float) -> None:
        """Move the view by so many pixels."""
        self._fitted = False
        view = self._view
        self._look(View(view.x + right / view.scale, view.y + down / view.scale, view.scale))

    def position(self, site: Site) -> QPointF:
        """Where a place is drawn, in this widget's pixels."""
        x, y = project(site.lat, site.lon)
        x += 360 * round((self._view.x - x) / 360)
        return self._to_pixels(x, y)

    def _widest(self) -> float:
        return max(self.width() / 360, self.height() / (_BOTTOM - _TOP), 0.5)

    def _look(self, view: View) -> None:
        scale = max(view.scale, self._widest())
        half = self.height() / 2 / scale
        low, high = _TOP + half, _BOTTOM - half
        y = min(max(view.y, low), high) if low < high else (_TOP + _BOTTOM) / 2
        self._view = View((view.x + 180) % 360 - 180, y, scale)
        self._redraw()

    def _to_pixels(self, x: float, y: float) -> QPointF:
        view = self._view
        return QPointF((x - view.x) * view.scale + self.width() / 2, (y - view.y) * view.scale + self.height() / 2)

    def _to_map(self, point: QPointF) -> tuple[float, float]:
        view = self._view
        return view.x + (point.x() - self.width() / 2) / view.scale, view.y + (point.y() - self.height() / 2) / view.scale

    def _shifts(self) -> list[float]:
        """By how much the world is repeated to fill the widget."""
        half = self.width() / 2 / self._view.scale
        return [
            shift for shift in (-360.0, 0.0, 360.0) if self._view.x - half < 180 + shift and self._view.x + half > shift - 180
        ]

    def _redraw(self) -> None:
        self._ground = self._names = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground, legs, places, names."""
        theme = current()
        if self._ground is None or self._ground.devicePixelRatio() != self.devicePixelRatio():
            self._ground = self._paint_ground(theme)
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._ground)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_legs(painter, theme)
        self._paint_sites(painter, theme)
        self._paint_names(painter, theme)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()

    def _paint_ground(self, theme: Theme) -> QPixmap:
        ratio = self.devicePixelRatio()
        ground = QPixmap(max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio)))
        ground.setDevicePixelRatio(ratio)
        ground.fill(QColor(theme.sea))
        if self._outlines is None:
            return ground
        painter = QPainter(ground)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for shift in self._shifts():
            painter.save()
            origin = self._to_pixels(shift, 0)
            painter.translate(origin)
            painter.scale(self._view.scale, self._view.scale)
            # The thin edge in the land's own colour closes the seam at the date line.
            edge = QPen(QColor(theme.land), 0.7)
            border = QPen(QColor(theme.border), 1.0)
            for pen in (edge, border):
                pen.setCosmetic(True)
            painter.setPen(edge)
            painter.setBrush(QColor(theme.land))
            painter.drawPath(self._outlines.land)
            painter.setPen(border)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(self._outlines.borders)
            painter.restore()
        painter.end()
        return ground

    def _paint_legs(self, painter: QPainter, theme: Theme) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for leg, line in self._lines():
            pen = QPen(QColor(theme.route), 2.5, Qt.PenStyle.SolidLine if leg.sure else Qt.PenStyle.DashLine)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawPolyline(QPolygonF(line))
            self._paint_head(painter, line, theme)

    def _paint_head(self, painter: QPainter, line: list[QPointF], theme: Theme) -> None:
        """A small arrow head in the middle of a leg, where it is long enough to need one."""
        middle = len(line) // 2
        ahead = line[middle] - line[middle - 1]
        length = (ahead.x() ** 2 + ahead.y() ** 2) ** 0.5
        whole = line[-1] - line[0]
        if length == 0 or whole.x() ** 2 + whole.y() ** 2 < 70**2:
            return
        ux, uy = ahead.x() / length, ahead.y() / length
        tip = line[middle]
        painter.save()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.route))
        painter.drawPolygon(
            QPolygonF(
                [
                    tip + QPointF(7 * ux, 7 * uy),
                    tip + QPointF(-5 * ux - 5.5 * uy, -5 * uy + 5.5 * ux),
                    tip + QPointF(-5 * ux + 5.5 * uy, -5 * uy - 5.5 * ux),
                ]
            )
        )
        painter.restore()

    def _paint_sites(self, painter: QPainter, theme: Theme) -> None:
        last = self._story.last_site
        for site in self._story.sites:
            spot = self.position(site)
            radius = _RADIUS + (4 if site.number == self._chosen else 0)
            painter.setPen(QPen(QColor(theme.land), 2.5))
            painter.setBrush(QColor(theme.text if site is last else theme.route))
            painter.drawEllipse(spot, radius, radius)
            painter.setPen(QColor(theme.land if site is last else theme.on_accent))
            painter.setFont(font_of("caption"))
            painter.drawText(QRectF(spot.x() - 20, spot.y() - 20, 40, 40), int(Qt.AlignmentFlag.AlignCenter), str(site.number))

    def _paint_names(self, painter: QPainter, theme: Theme) -> None:
        painter.setFont(font_of("body"))
        if self._names is None:
            self._names = self._place_names(QFontMetricsF(painter.font()))
        ground = QColor(theme.surface)
        ground.setAlpha(235)
        for name, box in self._names:
            painter.setPen(QPen(QColor(theme.line), 1))
            painter.setBrush(ground)
            painter.drawRoundedRect(box, 6, 6)
            painter.setPen(QColor(theme.text))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), name)

    def _place_names(self, metrics: QFontMetricsF) -> list[tuple[str, QRectF]]:
        """The chosen place and the last one find room first."""
        last = self._story.last_site
        sites = sorted(self._story.sites, key=lambda site: (site.number != self._chosen, site is not last))
        spots = [(shown(site.name, 36), self.position(site)) for site in sites]
        discs = [QRectF(spot.x() - _RADIUS, spot.y() - _RADIUS, 2 * _RADIUS, 2 * _RADIUS) for _, spot in spots]
        lines = [line for _, line in self._lines()]
        taken = [QRectF(self._buttons.geometry()), *discs]
        return place_names(spots, lines, QRectF(self.rect()), taken, metrics, _RADIUS + 5)

    def _lines(self) -> list[tuple[Leg, list[QPointF]]]:
        """The legs in pixels, each as often as the repeated world shows it."""
        seen = []
        for leg, arc in self._arcs:
            for shift in (-360.0, 0.0, 360.0):
                line = [self._to_pixels(point.x() + shift, point.y()) for point in arc]
                if max(point.x() for point in line) >= 0 and min(point.x() for point in line) <= self.width():
                    seen.append((leg, line))
        return seen

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the buttons in their corner, and the journey in view."""
        super().resizeEvent(event)
        self._buttons.adjustSize()
        self._buttons.move(self.width() - self._buttons.width() - 14, 14)
        if self._fitted:
            self.fit()
        else:
            self._look(self._view)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the pointer."""
        self.zoom(1.0015 ** event.angleDelta().y(), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a place, or take hold of the map."""
        at = event.position()
        for site in self._story.sites:
            spot = self.position(site) - at
            if spot.x() ** 2 + spot.y() ** 2 <= (TARGET / 2) ** 2:
                self.choose(site.number)
                self.site_chosen.emit(site.number)
                return
        self._grip = at
        self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag."""
        if self._grip is not None:
            moved = event.position() - self._grip
            self._grip = event.position()
            self.pan(-moved.x(), -moved.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._grip = None
        self.unsetCursor()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move, + and - zoom, Home shows the whole journey."""
        steps = {
            Qt.Key.Key_Left: (-60.0, 0.0),
            Qt.Key.Key_Right: (60.0, 0.0),
            Qt.Key.Key_Up: (0.0, -60.0),
            Qt.Key.Key_Down: (0.0, 60.0),
        }
        key = Qt.Key(event.key())
        if key in steps:
            self.pan(*steps[key])
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(1.6)
        elif key == Qt.Key.Key_Minus:
            self.zoom(1 / 1.6)
        elif key == Qt.Key.Key_Home:
            self.fit()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in CHANGES:
            self._dress()
            self._redraw()

    def _dress(self) -> None:
        for tool, name in self._tools:
            tool.setIcon(icon(name, current().text, 20))


def _arc(leg: Leg) -> list[QPointF]:
    way = great_circle((leg.start.lat, leg.start.lon), (leg.end.lat, leg.end.lon))
    return [QPointF(*project(lat, lon)) for lat, lon in way]


def _best_cut(longitudes: list[float]) -> float:
    """The longitude (0 to 360) after the widest empty stretch: cut there, the rest is as narrow as it can be."""
    ring = sorted({lon % 360 for lon in longitudes})
    gaps = [(ring[(i + 1) % len(ring)] - lon) % 360 or 360 for i, lon in enumerate(ring)]
    widest = max(range(len(ring)), key=gaps.__getitem__)
    return ring[(widest + 1) % len(ring)]
