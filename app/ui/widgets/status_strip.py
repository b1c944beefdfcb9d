"""The strip at the foot of the window: network, age of knowledge, events waiting, whose station this is. Always there."""

from __future__ import annotations

from datetime import timedelta
from time import monotonic

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from app.checks import Status
from app.language import number
from app.ui import words
from app.ui.icons import Icon
from app.ui.language import counted
from app.ui.plain import Text
from app.ui.theme import CHANGES, current

_ROOMY = 760


class Piece(QWidget):
    """An icon and a few words."""

    def __init__(self, icon_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = icon_name
        self._icon = Icon(size=18)
        self._text = Text()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._icon)
        row.addWidget(self._text)
        self._dress()

    def tell(self, text: str, icon_name: str = "") -> None:
        """Show `text`; hide where there is none."""
        self._text.setText(text)
        self._name = icon_name or self._name
        self.setVisible(bool(text))
        self.setAccessibleName(text)
        self._dress()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in CHANGES:
            self._dress()

    def _dress(self) -> None:
        self._icon.show_icon(self._name, current().muted)

    def shorten(self, wanted: bool) -> None:
        """Leave the words away, or show them again; what it says is not changed."""
        self._text.setVisible(not wanted)

    @property
    def wide(self) -> int:
        """Pixels that it needs."""
        return 26 + self._text.sizeHint().width() if not self._text.isHidden() else 18

    @property
    def words(self) -> str:
        """What it says."""
        return self._text.text()


class StatusStrip(QFrame):
    """Four pieces. It ages by itself between two answers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("strip")
        self._status: Status | None = None
        self._told_at = monotonic()
        self.network, self.age = Piece("circle-question-mark"), Piece("clock")
        self.waiting, self.here = Piece("inbox"), Piece("warehouse")
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 0, 24, 0)
        row.setSpacing(28)
        for piece in (self.network, self.age, self.waiting):
            row.addWidget(piece)
        row.addStretch(1)
        row.addWidget(self.here)
        self.setFixedHeight(44)
        self.network.tell(self.tr("Opening…"))
        for piece in (self.age, self.waiting, self.here):
            piece.tell("")
        self._timer = QTimer(self)
        self._timer.setInterval(20_000)
        self._timer.timeout.connect(self._grow_old)

    def tell(self, status: Status) -> None:
        """Show a status."""
        self._status, self._told_at = status, monotonic()
        if status.online is None:
            self.network.tell(self.tr("Network not tried yet"), "circle-question-mark")
        elif status.online:
            self.network.tell(self.tr("Online"), "wifi")
        else:
            self.network.tell(self.tr("Offline"), "wifi-off")
        if status.waiting == 0:
            self.waiting.tell(self.tr("Nothing waiting"))
        else:
            waiting = counted("{count} event waiting", "{count} events waiting", status.waiting)
            told = waiting.format(count=number(status.waiting))
            held = self.tr("{waiting}, not final yet: {count}").format(waiting=told, count=number(status.not_final))
            self.waiting.tell(held if status.not_final else told)
        self._grow_old()
        self._timer.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, the station's name goes first."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """The name of the station goes where the words are too long for the window, and then the words about the network, whose
        icon says the same. How old the knowledge is and what waits are always in full."""
        party = self._status.here if self._status is not None and self.width() >= _ROOMY else None
        self.here.tell(party.name or party.gln if party is not None else "")
        self.network.shorten(False)
        if self._wide() > self.width():
            self.here.tell("")
        self.network.shorten(self._wide() > self.width())

    def _wide(self) -> int:
        pieces = [piece for piece in (self.network, self.age, self.waiting, self.here) if not piece.isHidden()]
        return sum(piece.wide for piece in pieces) + 28 * len(pieces) + 48

    def _grow_old(self) -> None:
        if self._status is not None:
            self.age.tell(words.as_of(self._status.as_of, timedelta(seconds=monotonic() - self._told_at)))
            self._make_room()
