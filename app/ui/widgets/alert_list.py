"""The queue of alerts: what the proofs say or what statistics asks, the item, the risk, what is at stake."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.alerts.case import Alert
from app.language import listed
from app.ui import suspicion, words
from app.ui.plain import shown
from app.ui.theme import Theme, current, font_of
from app.ui.widgets.rows import RowList, icon_and_room, row_painter
from app.ui.words import say

Index = QModelIndex | QPersistentModelIndex
ALERT = Qt.ItemDataRole.UserRole
_ROW = 92
_SHORT = 12  # letters of a number that there is always room for


def numbers(alert: Alert) -> str:
    """Risk and what is at stake, in one line."""
    suspect = alert.suspect
    said = [say("risk {percent} %").format(percent=f"{100 * suspect.risk:.0f}")] if suspect.risk else []
    if suspect.risk and alert.worth != 1.0:
        said.append(say("{amount} at stake").format(amount=f"{alert.at_stake:,.2f}"))
    if alert.decisions:
        said.append(suspicion.decision_words(alert.decisions[-1].decision))
    return "  ·  ".join(said)


def item_line(alert: Alert) -> str:
    """The item in one line."""
    item = alert.suspect.item
    return shown(item.serial or item.sscc or item.gtin, 60)


def _third(alert: Alert) -> tuple[str, str]:
    """Risk and number; where there is much to say, the end of the number first, by which people tell pieces apart."""
    line = item_line(alert)
    if alert.suspect.risk and alert.worth != 1.0 and len(line) > _SHORT:
        return f"…{line[-6:]}", numbers(alert)
    return numbers(alert), line


class AlertModel(QAbstractListModel):
    """Alerts in the order they are given."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._alerts: list[Alert] = []

    def fill(self, alerts: Sequence[Alert]) -> None:
        """Replace everything."""
        self.beginResetModel()
        self._alerts = list(alerts)
        self.endResetModel()

    def alerts(self) -> tuple[Alert, ...]:
        """All of them."""
        return tuple(self._alerts)

    def rowCount(self, parent: Index | None = None) -> int:
        """Qt's question."""
        return 0 if parent is not None and parent.isValid() else len(self._alerts)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The alert for the delegate, one line for everyone else."""
        if not index.isValid():
            return None
        alert = self._alerts[index.row()]
        if role == ALERT:
            return alert
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            proof = words.kind_word(suspicion.kind_of(alert))
            told = (proof, suspicion.title(alert), alert.suspect.product, item_line(alert), numbers(alert))
            return shown(listed(filter(None, told)))
        return None


class AlertDelegate(QStyledItemDelegate):
    """Draws one alert: an icon, three lines, and the risk as a bar."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Three lines."""
        return QSize(240, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The row."""
        alert = index.data(ALERT)
        if not isinstance(alert, Alert):
            return
        kind = suspicion.kind_of(alert)
        with row_painter(painter, option):
            text = icon_and_room(painter, option, (words.KIND_ICONS[kind], current().of(kind).ink), 25, 10)
            self._lines(painter, current(), text, alert, option.direction)

    def _lines(self, painter: QPainter, theme: Theme, text: QRect, alert: Alert, direction: Qt.LayoutDirection) -> None:
        lead = int(QStyle.visualAlignment(direction, Qt.AlignmentFlag.AlignLeft) | Qt.AlignmentFlag.AlignVCenter)
        third = text.height() // 3
        ink = theme.of(suspicion.kind_of(alert)).ink
        rows = (
            (suspicion.title(alert), "strong", ink),
            (alert.suspect.product or item_line(alert), "body", theme.text),
            ("  ·  ".join(filter(None, _third(alert))), "caption", theme.muted),
        )
        for place, (line, role, colour) in enumerate(rows):
            row = QRect(text.left(), text.top() + place * third, text.width(), third)
            painter.setFont(font_of(role))
            painter.setPen(QColor(colour))
            cut = painter.fontMetrics().elidedText(shown(line, 200), Qt.TextElideMode.ElideRight, row.width())
            painter.drawText(row, lead, cut)


class AlertList(RowList):
    """The list. `chosen` carries the alert that the keyboard or the pointer is on."""

    chosen = Signal(object)

    def __init__(self, nothing: str, parent: QWidget | None = None) -> None:
        self.model_ = AlertModel()
        super().__init__(self.model_, AlertDelegate(), nothing, parent)

    def fill(self, alerts: Sequence[Alert], keep: int = -1) -> None:
        """Show alerts; the one with the id `keep` stays chosen, or else the one that took its row, or the first."""
        row = self.currentIndex().row()
        self.model_.fill(alerts)
        own = next((place for place, alert in enumerate(alerts) if alert.id == keep), min(max(row, 0), len(alerts) - 1))
        if alerts:
            self.setCurrentIndex(self.model_.index(own))

    def currentChanged(self, now: Index, before: Index) -> None:
        """Tell what was chosen."""
        super().currentChanged(now, before)
        alert = now.data(ALERT)
        if isinstance(alert, Alert):
            self.chosen.emit(alert)
