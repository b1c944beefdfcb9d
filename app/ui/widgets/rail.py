"""The rail at the window's edge: a button for each page, with its icon, its word and its shortcut."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QToolButton, QVBoxLayout, QWidget

from app.ui.icons import Icon, icon
from app.ui.theme import CHANGES, current

PAGES = ("scan", "desk", "items", "journey", "alerts", "forecast", "settings")
_ICONS = {
    "scan": "scan-line",
    "desk": "package-check",
    "items": "boxes",
    "journey": "route",
    "alerts": "triangle-alert",
    "forecast": "chart-line",
    "settings": "settings-2",
}


class Rail(QWidget):
    """The pages' buttons. `chosen` carries a page's name."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.buttons: dict[str, QToolButton] = {}
        group = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 12, 10, 12)
        column.setSpacing(4)
        words = {
            "scan": self.tr("Scan"),
            "desk": self.tr("Desk"),
            "items": self.tr("Items"),
            "journey": self.tr("Journey"),
            "alerts": self.tr("Alerts"),
            "forecast": self.tr("Forecast"),
            "settings": self.tr("Settings"),
        }
        column.addWidget(Icon("wayproof", "", 36), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(4)
        for number, name in enumerate(PAGES, 1):
            button = QToolButton()
            button.setText(words[name])
            button.setAccessibleName(words[name])
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setIconSize(QSize(22, 22))
            button.setCheckable(True)
            button.setFixedSize(88, 54)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _, name=name: self.chosen.emit(name))
            shortcut = QShortcut(QKeySequence(f"Ctrl+{number}"), self)
            shortcut.activated.connect(lambda name=name: self.chosen.emit(name))
            group.addButton(button)
            if name == "settings":
                column.addStretch(1)
            column.addWidget(button)
            self.buttons[name] = button
        self._dress()

    def mark(self, name: str) -> None:
        """Show which page is open."""
        self.buttons[name].setChecked(True)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in CHANGES:
            self._dress()

    def _dress(self) -> None:
        colours = current()
        for name, button in self.buttons.items():
            button.setIcon(icon(_ICONS[name], colours.rail_text, 28, chosen=colours.rail_on_text))
