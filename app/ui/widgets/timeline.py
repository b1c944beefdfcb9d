"""The journey from top to bottom: one row a step, a thread through the icons, a band while the item is inside a container."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.language import listed, number
from app.ui import icons, words
from app.ui.plain import shown
from app.ui.story import Stop, Story
from app.ui.theme import Theme, current, font_of

Index = QModelIndex | QPersistentModelIndex
STOP = Qt.ItemDataRole.UserRole
_ROW = 88
_DISC = 20.0


class StopModel(QAbstractListModel):
    """The stops of one story."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stops: tuple[Stop, ...] = ()

    def tell(self, story: Story) -> None:
        """Replace everything."""
        self.beginResetModel()
        self._stops = story.stops
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        """Qt's question."""
        return 0 if parent is not None and parent.isValid() else len(self._stops)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The stop for the delegate, one line for everyone else."""
        if not index.isValid():
            return None
        stop = self._stops[index.row()]
        if role == STOP:
            return stop
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return shown(
                listed(filter(None, (stop.title, stop.who, stop.where, words.moment(stop.happened), stop.remark, _told(stop))))
            )
        return None

    def first_at(self, site: int) -> int:
        """The row of the first stop at a site, -1 for none."""
        return next((row for row, stop in enumerate(self._stops) if stop.site == site), -1)


def _told(stop: Stop) -> str:
    return words.say("imported, not proven") if stop.source else ""


class StopDelegate(QStyledItemDelegate):
    """Draws one stop."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Three lines."""
        return QSize(320, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Thread, icon, title, who, where and when."""
        stop = index.data(STOP)
        if not isinstance(stop, Stop):
            return
        theme = current()
        box: QRect = option.rect
        direction: Qt.LayoutDirection = option.direction
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.select))
            painter.drawRoundedRect(QRectF(box).adjusted(6, 2, -6, -2), 8, 8)
        lane = QStyle.visualRect(direction, box, QRect(box.left() + 20, box.top(), 44, box.height()))
        self._thread(painter, theme, lane, stop, index)
        text = QStyle.visualRect(direction, box, box.adjusted(82, 10, -18, -10))
        self._words(painter, theme, text, stop, direction)
        painter.restore()

    def _thread(self, painter: QPainter, theme: Theme, lane: QRect, stop: Stop, index: Index) -> None:
        middle = QPointF(lane.center().x() + 0.5, lane.center().y() + 0.5)
        model = index.model()
        top = middle.y() if index.row() == 0 else float(lane.top())
        bottom = middle.y() if index.row() == model.rowCount() - 1 else float(lane.bottom() + 1)
        if stop.inside:
            self._band(painter, theme, lane, middle, index)
        painter.setPen(QPen(QColor(theme.edge), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        painter.drawLine(QPointF(middle.x(), top), QPointF(middle.x(), bottom))
        ink = theme.rejected.ink if stop.grave else theme.accent
        painter.setPen(QPen(QColor(ink), 2, Qt.PenStyle.DashLine if stop.source else Qt.PenStyle.SolidLine))
        painter.setBrush(QColor(theme.surface))
        painter.drawEllipse(middle, _DISC, _DISC)
        icons.draw(painter, stop.icon, ink, QRectF(middle.x() - 10, middle.y() - 10, 20, 20))

    def _band(self, painter: QPainter, theme: Theme, lane: QRect, middle: QPointF, index: Index) -> None:
        """The stretch of the journey inside a container, round where it begins and ends."""
        model, half = index.model(), _DISC + 6
        before = index.sibling(index.row() - 1, 0).data(STOP) if index.row() else None
        after = index.sibling(index.row() + 1, 0).data(STOP) if index.row() + 1 < model.rowCount() else None
        starts = not (isinstance(before, Stop) and before.inside)
        ends = not (isinstance(after, Stop) and after.inside)
        top = middle.y() - half if starts else lane.top() - 2 * half
        bottom = middle.y() + half if ends else lane.bottom() + 1 + 2 * half
        painter.save()
        painter.setClipRect(lane.adjusted(-20, 0, 20, 0))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.line))
        painter.drawRoundedRect(QRectF(middle.x() - half, top, 2 * half, bottom - top), half, half)
        painter.restore()

    def _words(self, painter: QPainter, theme: Theme, text: QRect, stop: Stop, direction: Qt.LayoutDirection) -> None:
        lead = int(QStyle.visualAlignment(direction, Qt.AlignmentFlag.AlignLeft) | Qt.AlignmentFlag.AlignVCenter)
        trail = int(QStyle.visualAlignment(direction, Qt.AlignmentFlag.AlignRight) | Qt.AlignmentFlag.AlignVCenter)
        third = text.height() // 3
        rows = [QRect(text.left(), text.top() + place * third, text.width(), third) for place in range(3)]

        painter.setFont(font_of("caption"))
        painter.setPen(QColor(theme.muted))
        when = words.moment(stop.happened)
        painter.drawText(rows[0], trail, when)
        width = painter.fontMetrics().horizontalAdvance(when) + 14
        side = f"{stop.remark}" if stop.remark else ""
        if side:
            painter.setPen(QColor(theme.caution.ink))
            painter.drawText(rows[1], trail, side)
        side_width = painter.fontMetrics().horizontalAdvance(side) + 14 if side else 0
        painter.setPen(QColor(theme.muted))
        inside = words.say("Inside {containers}").format(containers=" › ".join(stop.inside)) if stop.inside else ""
        below = words.say("Block {block}").format(block=number(stop.block)) if stop.block else ""
        if stop.source:
            below = words.say("Imported, not proven ({file})").format(file=stop.source)
        if inside:
            below = words.say("Not proven  ·  {inside}").format(inside=inside) if stop.source else inside
        self._line(painter, rows[2], lead, below, text.width())

        painter.setFont(font_of("strong"))
        painter.setPen(QColor(theme.rejected.ink if stop.grave else theme.text))
        self._line(painter, rows[0], lead, stop.title, text.width() - width)
        painter.setFont(font_of("body"))
        painter.setPen(QColor(theme.text))
        second = rows[1]
        if stop.site:
            second = self._badge(painter, theme, second, stop.site, direction)
        elif stop.lost:
            second = self._pin(painter, theme, second, direction)
        # A place is often called by its keeper: once is enough.
        line = stop.where if not stop.who or stop.where.startswith(stop.who) else f"{stop.who}  ·  {stop.where}"
        self._line(painter, second, lead, line, second.width() - side_width)

    def _badge(self, painter: QPainter, theme: Theme, row: QRect, site: int, direction: Qt.LayoutDirection) -> QRect:
        """The number that the place has on the map; the rest of the row."""
        painter.save()
        spot = QRectF(QStyle.visualRect(direction, row, QRect(row.left(), row.center().y() - 8, 18, 18)))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.route))
        painter.drawEllipse(spot)
        painter.setPen(QColor(theme.on_accent))
        painter.setFont(font_of("caption"))
        painter.drawText(spot, int(Qt.AlignmentFlag.AlignCenter), str(site))
        painter.restore()
        return QStyle.visualRect(direction, row, row.adjusted(26, 0, 0, 0))

    def _pin(self, painter: QPainter, theme: Theme, row: QRect, direction: Qt.LayoutDirection) -> QRect:
        """A struck-out pin for a place that is not known; the rest of the row."""
        spot = QStyle.visualRect(direction, row, QRect(row.left(), row.center().y() - 8, 18, 18))
        icons.draw(painter, "map-pin-off", theme.muted, QRectF(spot))
        return QStyle.visualRect(direction, row, row.adjusted(26, 0, 0, 0))

    def _line(self, painter: QPainter, row: QRect, lead: int, words_: str, width: int) -> None:
        cut = painter.fontMetrics().elidedText(shown(words_, 200), Qt.TextElideMode.ElideRight, max(20, width))
        painter.drawText(row, lead, cut)


class Timeline(QListView):
    """The rows. `site_chosen` carries the number of the place of the row that was chosen (0: none known)."""

    site_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.stops = StopModel(self)
        self.setModel(self.stops)
        self.setItemDelegate(StopDelegate(self))
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName(self.tr("Steps of the journey"))

    def tell(self, story: Story) -> None:
        """Show a story from its beginning."""
        self.stops.tell(story)
        self.setCurrentIndex(self.stops.index(0))
        self.scrollToTop()

    def choose_site(self, site: int) -> None:
        """Select the first stop at a site."""
        row = self.stops.first_at(site)
        if row >= 0:
            self.setCurrentIndex(self.stops.index(row))

    def currentChanged(self, now: Index, before: Index) -> None:
        """Tell the map."""
        super().currentChanged(now, before)
        stop = now.data(STOP)
        if isinstance(stop, Stop):
            self.site_chosen.emit(stop.site)
