"""Plain pieces that every page is built from: a white card, a hairline, a push button that a glove can hit."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QWidget

from app.ui.icons import icon
from app.ui.theme import CHANGES, TARGET, current

_AIR = 6
"""Pixels left and right of a button's icon; Qt sets the words against it."""
_TURNED = {"arrow-left": "arrow-right", "arrow-right": "arrow-left"}
"""Icons that point along the line, and what they are where lines run from right to left."""


class Panel(QFrame):
    """A quiet card that groups what belongs together."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")


class Rule(QFrame):
    """A hairline."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rule")


class Button(QPushButton):
    """A push button with a tinted icon. It takes the focus from the keyboard only, so that a click leaves it where it was."""

    def __init__(
        self, words: str, icon_name: str = "", *, quiet: bool = False, primary: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(words, parent)
        self._icon_name, self._quiet, self._primary = icon_name, quiet, primary
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAutoDefault(False)
        self.setMinimumSize(TARGET, TARGET)
        self.setIconSize(QSize(20 + 2 * _AIR, 20))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        if quiet:
            self.setProperty("tone", "quiet")
        elif primary:
            self.setProperty("tone", "primary")
        self._tint()

    def use_icon(self, icon_name: str) -> None:
        """Change the icon."""
        self._icon_name = icon_name
        self._tint()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in CHANGES:
            self._tint()

    def _tint(self) -> None:
        if self._icon_name:
            theme = current()
            colour = theme.accent if self._quiet else theme.on_accent if self._primary else theme.text
            name = _TURNED.get(self._icon_name, self._icon_name) if self.isRightToLeft() else self._icon_name
            self.setIcon(icon(name, colour, 20, air=_AIR))


def scrolling(view: QWidget) -> QScrollArea:
    """A view that may be taller than the window."""
    view.setObjectName("body")
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(view)
    return area
