"""Lucide icons, tinted when they are drawn, so that one file serves every colour and every scale."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPaintEvent, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

import resources

FOLDER = Path(resources.__file__).parent


@lru_cache(maxsize=128)
def _source(name: str) -> str:
    return (FOLDER / "icons" / f"{name}.svg").read_text(encoding="utf-8")


def draw(painter: QPainter, name: str, colour: str, where: QRectF) -> None:
    """Paint the icon `name` (a file of resources/icons, without its ending) in `colour` into the square `where`."""
    QSvgRenderer(QByteArray(_source(name).replace("currentColor", colour).encode())).render(painter, where)


def pixmap(name: str, colour: str, size: int, ratio: float = 1.0, air: int = 0) -> QPixmap:
    """The icon as a picture of `size` logical pixels, with `air` pixels more on its left and right."""
    made = QPixmap(round((size + 2 * air) * ratio), round(size * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(QColor(0, 0, 0, 0))
    painter = QPainter(made)
    draw(painter, name, colour, QRectF(air, 0, size, size))
    painter.end()
    return made


def icon(name: str, colour: str, size: int = 24, chosen: str = "", air: int = 0) -> QIcon:
    """The icon for a button, sharp at one and two times the scale; `chosen` is its colour while the button is checked."""
    made = QIcon()
    for ratio in (1.0, 2.0):
        made.addPixmap(pixmap(name, colour, size, ratio, air))
        if chosen:
            made.addPixmap(pixmap(name, chosen, size, ratio, air), QIcon.Mode.Normal, QIcon.State.On)
    return made


class Icon(QWidget):
    """A picture that only accompanies words; screen readers skip it."""

    def __init__(self, name: str = "", colour: str = "", size: int = 24, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._colour, self._side = name, colour, size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_icon(self, name: str, colour: str) -> None:
        """Change the picture."""
        if (name, colour) != (self._name, self._colour):
            self._name, self._colour = name, colour
            self.update()

    def sizeHint(self) -> QSize:
        """The square it was made for."""
        return QSize(self._side, self._side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        if self._name:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            draw(painter, self._name, self._colour, QRectF(self.rect()))
            painter.end()
