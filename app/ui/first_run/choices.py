"""The three ways to begin, as three large buttons: a picture, a word, and a sentence that says what will happen."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.ui.icons import Icon
from app.ui.plain import Text
from app.ui.theme import CHANGES, current
from app.ui.widgets.panel import Button
from app.ui.words import say

WAYS = ("try", "join", "start")
_ICONS = {"try": "circle-play", "join": "shield-check", "start": "factory"}
_HIGH = 116


class Way(QPushButton):
    """One way. The words inside are labels, so that they can be of two sizes; the button says them to a screen reader."""

    def __init__(self, name: str, word: str, sentence: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._icon = Icon(size=52)
        said = QVBoxLayout()
        said.setSpacing(2)
        said.addStretch(1)
        for text in (Text(word, role="headline", wrap=True), Text(sentence, role="lead", tone="muted", wrap=True)):
            text.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            said.addWidget(text)
        said.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 14, 24, 14)
        row.setSpacing(24)
        row.addWidget(self._icon)
        row.addLayout(said, 1)
        self.setMinimumHeight(_HIGH)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        self.setAutoDefault(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(word)
        self.setAccessibleDescription(sentence)
        self._dress()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in CHANGES and hasattr(self, "_icon"):
            self._dress()

    def _dress(self) -> None:
        self._icon.show_icon(_ICONS[self._name], current().accent)


class Choices(QWidget):
    """The first thing a new user sees. `chosen` carries one of WAYS; `later` when somebody wants none of them now.

    `again` shows that a sample world is there already.
    """

    chosen = Signal(str)
    later = Signal()

    def __init__(self, *, again: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        words = {
            "try": (
                say("Try the sample world"),
                say("A made-up consortium with goods, forgeries and a year of sales, made on this laptop in a minute or two."),
            ),
            "join": (
                say("Join a consortium"),
                say("Somebody gave you a trust pack. Check it together, choose the nodes to ask, and ask to be admitted."),
            ),
            "start": (
                say("Start a consortium"),
                say("Found one for your organisation: in this folder to try it out, or on a node of your own."),
            ),
        }
        self.ways = {name: Way(name, *words[name]) for name in WAYS}
        self.again = Button(self.tr("Open the sample world that is there"), quiet=True)
        self.again.setVisible(again)
        self.skip = Button(self.tr("Not now: open the empty window"), quiet=True)
        self.skip.clicked.connect(self.later)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        column.addWidget(Text(self.tr("Welcome to Wayproof"), role="headline", wrap=True))
        column.addWidget(Text(self.tr("How would you like to begin?"), role="lead", tone="muted", wrap=True))
        column.addSpacing(6)
        for name, way in self.ways.items():
            way.clicked.connect(lambda _, name=name: self.chosen.emit(name))
            column.addWidget(way)
        column.addStretch(1)
        foot = QHBoxLayout()
        foot.addWidget(self.again)
        foot.addStretch(1)
        foot.addWidget(self.skip)
        column.addLayout(foot)
