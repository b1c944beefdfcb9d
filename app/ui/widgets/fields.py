"""Fields with a picture at their leading edge, and a box whose choices a passing wheel does not turn."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from app.ui.icons import Icon, draw
from app.ui.theme import CHANGES, current

_EDGE = 16


class IconField(QLineEdit):
    """A line of text behind an icon of `size` pixels."""

    def __init__(self, icon_name: str, size: int = 20, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_name, self._side = icon_name, size
        self._icon = Icon(size=size, parent=self)
        self._icon.resize(size, size)
        self._dress()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the icon at the leading edge."""
        super().resizeEvent(event)
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        room = self._side + 10  # Qt's text margins do not change sides with the writing direction
        self.setTextMargins(0 if mirrored else room, 0, room if mirrored else 0, 0)
        left = self.width() - _EDGE - self._side if mirrored else _EDGE
        self._icon.move(left, (self.height() - self._side) // 2)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in CHANGES and hasattr(self, "_icon"):
            self._dress()

    def _dress(self) -> None:
        self._icon.show_icon(self._icon_name, current().muted)


class Choice(QComboBox):
    """A box of choices."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The style sheet's box, and a tinted arrow."""
        super().paintEvent(event)
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        left = 12.0 if mirrored else self.width() - 32.0
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw(painter, "chevron-down", current().muted, QRectF(left, (self.height() - 20) / 2, 20, 20))
        painter.end()
