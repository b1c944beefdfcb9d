"""How many of each kind this session has seen: four numbers, each with its icon and word."""

from __future__ import annotations

from collections import Counter as Tally

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app import language
from app.ui import words
from app.ui.icons import Icon
from app.ui.plain import Text
from app.ui.theme import CHANGES, current
from app.ui.widgets.panel import Panel
from chain.verdict import Kind


class Tile(QWidget):
    """One kind's number."""

    def __init__(self, kind: Kind, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = kind
        self._icon = Icon(size=26)
        self._number = Text("0", role="number")
        word = Text(words.kind_word(kind), role="caption", tone="muted")
        said = QVBoxLayout()
        said.setSpacing(0)
        for text in (self._number, word):
            said.addWidget(text, 0, Qt.AlignmentFlag.AlignLeading)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(said, 1)
        self.show_number(0)
        self._dress()

    def show_number(self, number: int) -> None:
        """Show how many."""
        self._number.setText(language.number(number))
        self.setAccessibleName(f"{words.kind_word(self._kind)}: {language.number(number)}")

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in CHANGES:
            self._dress()

    def _dress(self) -> None:
        self._icon.show_icon(words.KIND_ICONS[self._kind], current().of(self._kind).ink)


class Counter(Panel):
    """The four tiles. It counts what it is told, nothing else."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tally: Tally[Kind] = Tally()
        self._tiles = {kind: Tile(kind) for kind in (Kind.GENUINE, Kind.CAUTION, Kind.REJECTED, Kind.UNKNOWN)}
        grid = QGridLayout(self)
        grid.setContentsMargins(20, 16, 12, 16)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(14)
        for place, tile in enumerate(self._tiles.values()):
            grid.addWidget(tile, place // 2, place % 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)

    def count(self, kind: Kind, more: int = 1) -> None:
        """One more of this kind, or several."""
        self._tally[kind] += more
        self._tiles[kind].show_number(self._tally[kind])

    def recount(self, before: Kind, after: Kind) -> None:
        """A verdict was refined: it leaves one number and joins another."""
        if before is not after:
            self._tally[before] -= 1
            self._tiles[before].show_number(self._tally[before])
            self.count(after)

    def number(self, kind: Kind) -> int:
        """How many of this kind so far."""
        return self._tally[kind]
