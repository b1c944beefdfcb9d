"""One line that says what happened and what to do, where a message box would stop the work."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from app.language import spoken
from app.ui.icons import Icon, icon
from app.ui.plain import Text
from app.ui.theme import CHANGES, TARGET, current


class Notice(QWidget):
    """Hidden until `tell`; it goes when it is closed or when the next thing succeeds."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = Icon(size=22)
        self._text = Text(wrap=True)
        self._close = QToolButton()
        self._close.setAutoRaise(True)
        self._close.setMinimumSize(TARGET, TARGET)
        self._close.setIconSize(QSize(20, 20))
        self._close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._close.setAccessibleName(self.tr("Close this message"))
        self._close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 4, 6, 4)
        row.setSpacing(12)
        row.addWidget(self._icon)
        row.addWidget(self._text, 1)
        row.addWidget(self._close)
        self._dress()
        self.hide()

    @property
    def words(self) -> str:
        """What it says, empty while hidden."""
        return "" if self.isHidden() else self._text.text()

    def tell(self, words: str) -> None:
        """Say something; a sentence that was made below the window is put into the user's language."""
        words = spoken(words)
        self._text.setText(words)
        self.setAccessibleName(words)
        self.show()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in CHANGES:
            self._dress()

    def _dress(self) -> None:
        theme = current()
        self._icon.show_icon("info", theme.accent)
        self._close.setIcon(icon("x", theme.text, 20))

    def paintEvent(self, event: QPaintEvent) -> None:
        """A quiet band."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(current().select))
        painter.drawRoundedRect(QRectF(self.rect()), 10, 10)
        painter.end()
