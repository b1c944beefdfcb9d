"""The timeline and the map with what is suspicious marked: an amber ground under the step, an amber ring around the place."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStyleOptionViewItem, QWidget

from app.language import listed
from app.ui.story import Story
from app.ui.suspicion import Marked
from app.ui.theme import current
from app.ui.widgets.journey_map import JourneyMap
from app.ui.widgets.land import Outlines
from app.ui.widgets.panel import Panel
from app.ui.widgets.timeline import StopDelegate, Timeline

Index = QModelIndex | QPersistentModelIndex
_RING = 19.0
_BOTH = 560
"""Pixels that timeline and map need side by side."""


class MarkedDelegate(StopDelegate):
    """Draws a stop, the suspicious ones on an amber ground."""

    marked: frozenset[int] = frozenset()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The ground, the stop, and an edge that a selection does not hide."""
        signal, box = current().caution, QRectF(option.rect).adjusted(7, 3, -7, -3)
        suspicious = index.row() in self.marked
        if suspicious:
            self._round(painter, box, Qt.PenStyle.NoPen, QColor(signal.tint))
        super().paint(painter, option, index)
        if suspicious:
            self._round(painter, box, QPen(QColor(signal.ink), 1.5), Qt.BrushStyle.NoBrush)

    def _round(self, painter: QPainter, box: QRectF, pen: QPen | Qt.PenStyle, brush: QColor | Qt.BrushStyle) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(pen)
        painter.setBrush(brush)
        painter.drawRoundedRect(box, 8, 8)
        painter.restore()


class MarkedMap(JourneyMap):
    """The map, suspicious places ringed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._suspicious = Story((), (), ())
        self._ringed: frozenset[int] = frozenset()
        self.setMinimumSize(240, 200)

    def mark(self, marked: Marked) -> None:
        """Show a story and ring its suspicious places."""
        self._suspicious, self._ringed = marked.story, marked.sites
        self.tell(marked.story)
        names = listed(site.name for site in marked.story.sites if site.number in marked.sites)
        if names:
            self.setAccessibleDescription(
                f"{self.accessibleDescription()}. " + self.tr("Suspicious: {names}").format(names=names)
            )

    def paintEvent(self, event: QPaintEvent) -> None:
        """The map, then the rings."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for width, colour in ((7.0, current().land), (4.0, current().caution.fill)):
            painter.setPen(QPen(QColor(colour), width))
            for site in self._suspicious.sites:
                if site.number in self._ringed:
                    painter.drawEllipse(self.position(site), _RING, _RING)
        painter.end()


class MarkedJourney(QWidget):
    """Timeline and map side by side; pointing at one marks the other. Where there is no room for both, the timeline stays."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.timeline, self.map = Timeline(), MarkedMap()
        self._delegate = MarkedDelegate(self.timeline)
        self.timeline.setItemDelegate(self._delegate)
        self.timeline.site_chosen.connect(self.map.choose)
        self.map.site_chosen.connect(self.timeline.choose_site)
        self._chart = Panel()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        for panel, widget, margins, share in (
            (Panel(), self.timeline, (2, 8, 2, 8), 5), (self._chart, self.map, (1, 1, 1, 1), 4),
        ):  # fmt: skip
            inside = QHBoxLayout(panel)
            inside.setContentsMargins(*margins)
            inside.addWidget(widget)
            row.addWidget(panel, share)

    def sizeHint(self) -> QSize:
        """Two steps and a bit; more where there is room."""
        return QSize(_BOTH, 220)

    def minimumSizeHint(self) -> QSize:
        """The timeline alone: the map gives way."""
        return QSize(200, 220)

    def tell(self, marked: Marked) -> None:
        """Show a case, the first suspicious step in view."""
        self._delegate.marked = marked.stops
        self.timeline.tell(marked.story)
        self.map.mark(marked)
        if marked.stops:
            self.timeline.setCurrentIndex(self.timeline.stops.index(min(marked.stops)))
            QTimer.singleShot(0, self.timeline, self._bring)

    def _bring(self) -> None:
        """The chosen step into the middle, once everything has its place."""
        self.timeline.scrollTo(self.timeline.currentIndex(), Timeline.ScrollHint.PositionAtCenter)

    def use_outlines(self, outlines: Outlines) -> None:
        """Draw land from now on."""
        self.map.use_outlines(outlines)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The map where there is room for it."""
        super().resizeEvent(event)
        self._chart.setVisible(self.width() >= _BOTH)
