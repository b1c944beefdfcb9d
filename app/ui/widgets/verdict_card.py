"""The answer to a scan, to be understood from two metres away: one word, one icon, one colour, one reason, one thing to do.

Colour never speaks alone: the word and the shape of the icon say the same. The card shows a `Check` as it is; it decides nothing.
"""

from __future__ import annotations

from datetime import timedelta
from time import monotonic

from PySide6.QtCore import QEvent, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QFontMetrics,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.checks import Check
from app.language import spoken
from app.ui import words
from app.ui.icons import Icon
from app.ui.plain import Text, shown
from app.ui.theme import CHANGES, current, font_of
from app.ui.widgets.panel import Button, Panel, Rule
from chain.journey import Unreadable
from chain.verdict import Kind

_CORNER = 10.0
_ICON, _ROOMY = 112, 600
_LONG = 110
"""A reason of more characters is set smaller, so that what to do stays in view."""
_AROUND = 92
"""Pixels that a banner keeps free beside its icon and its word."""
_SIDE_BY_SIDE = 620
"""Pixels that the parts of an item and the buttons need beside each other."""


class Banner(QWidget):
    """The coloured half: icon, word, title, reason."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = Kind.UNKNOWN
        self._picture = ""
        self._icon = Icon(size=_ICON)
        self._word = Text(role="word")
        self._word.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._title = Text(role="headline")
        self._reason = Text(role="reason", wrap=True)
        said = QVBoxLayout()
        said.setSpacing(0)
        said.addWidget(self._word)
        said.addWidget(self._title)
        said.addSpacing(10)
        said.addWidget(self._reason)
        row = QHBoxLayout(self)
        row.setContentsMargins(32, 30, 32, 34)
        row.setSpacing(28)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(said, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A smaller icon where there is little room."""
        super().resizeEvent(event)
        side = _ICON if self.width() >= _ROOMY else _ICON // 2
        if self._icon.width() != side:
            self._icon.setFixedSize(side, side)
        self._fit_word()

    def _fit_word(self) -> None:
        """The big word as large as it can be beside its icon: some languages have longer ones."""
        room = self.width() - self._icon.width() - _AROUND
        font = font_of("word")
        wide = QFontMetrics(font).horizontalAdvance(self._word.text())
        if wide > room > 0:
            font.setPointSizeF(max(font.pointSizeF() * room / wide, font_of("headline").pointSizeF()))
        if font != self._word.font():
            self._word.setFont(font)

    def tell(self, kind: Kind, title: str, reason: str, word: str = "", picture: str = "") -> None:
        """Show a verdict; or with another `word` and icon what was done, in the colours of a kind."""
        self._kind, self._picture = kind, picture
        self._word.setText((word or words.kind_word(kind)).upper())
        self._fit_word()
        self._title.setText(title)
        self._title.setVisible(bool(title))
        self._reason.setFont(font_of("reason" if len(reason) <= _LONG else "lead"))
        self._reason.setText(reason)
        self._dress()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in CHANGES:
            self._dress()

    def _dress(self) -> None:
        colours = current().of(self._kind)
        for text in (self._word, self._title, self._reason):
            palette = QPalette(text.palette())
            palette.setColor(QPalette.ColorRole.WindowText, QColor(colours.on))
            text.setPalette(palette)
        self._icon.show_icon(self._picture or words.KIND_ICONS[self._kind], colours.on)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fill with the kind's colour, the upper corners round."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = QPainterPath()
        box = QRectF(self.rect())
        shape.setFillRule(Qt.FillRule.WindingFill)
        shape.addRoundedRect(box, _CORNER, _CORNER)
        shape.addRect(box.adjusted(0, box.height() / 2, 0, 0))
        painter.fillPath(shape, QColor(current().of(self._kind).fill))
        painter.end()


class VerdictCard(Panel):
    """A whole check. `details_wanted` and `journey_wanted` when the person asks for more."""

    details_wanted = Signal(bool)
    journey_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._check: Check | None = None
        self._shown_at = monotonic()
        self._open = self._narrow = False
        self.banner = Banner()
        self._note = Text(role="caption", tone="muted", wrap=True)
        self._step_icon = Icon(size=26)
        self._step = Text(role="reason", wrap=True)
        self._step.setAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignTop)
        self._parts = QGridLayout()
        self._parts.setHorizontalSpacing(32)
        self._parts.setVerticalSpacing(2)
        self._clock = Icon(size=18)
        self._age = Text(tone="muted")
        self.details = Button(self.tr("Show every check"), "chevron-down", quiet=True)
        self.journey = Button(self.tr("Journey"), "route", quiet=True)
        self.details.clicked.connect(self._toggle)
        self.journey.clicked.connect(self.journey_wanted)
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setInterval(20_000)
        self._timer.timeout.connect(self._grow_old)

    def _lay_out(self) -> None:
        step = QHBoxLayout()
        step.setSpacing(14)
        step.addWidget(self._step_icon, 0, Qt.AlignmentFlag.AlignTop)
        step.addWidget(self._step, 1)
        known = QHBoxLayout()
        known.setSpacing(8)
        known.addWidget(self._clock)
        known.addWidget(self._age, 1)
        self._foot = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._foot.setSpacing(8)
        self._foot.addLayout(known, 1)
        more = QHBoxLayout()
        more.setSpacing(8)
        more.addWidget(self.details)
        more.addWidget(self.journey)
        more.addStretch(0)
        self._foot.addLayout(more)
        body = QVBoxLayout()
        body.setContentsMargins(32, 26, 24, 12)
        body.setSpacing(18)
        body.addLayout(step)
        body.addWidget(Rule())
        body.addLayout(self._parts)
        body.addWidget(self._note)
        body.addWidget(Rule())
        body.addLayout(self._foot)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.banner)
        whole.addLayout(body)

    def fit(self, width: int) -> None:
        """Say how wide the card may be; where that is little, what stands side by side goes below each other."""
        narrow = width < _SIDE_BY_SIDE
        if narrow is not self._narrow:
            self._narrow = narrow
            self._foot.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)
            if self._check is not None:
                self._fill_parts(self._check)

    @property
    def check(self) -> Check | None:
        """The check on the card, if any."""
        return self._check

    def tell(self, check: Check, note: str = "") -> None:
        """Show a check; `note` says in small print where it came from (one of three codes in a picture)."""
        self._check = check
        self._shown_at = monotonic()
        verdict = check.verdict
        title, step = words.code_title(verdict.code), words.next_step(verdict.code)
        reason = spoken(verdict.reason)
        self.banner.tell(verdict.kind, title, reason)
        self._step.setText(step)
        self._note.setText(note)
        self._note.setVisible(bool(note))
        self._fill_parts(check)
        self.journey.setVisible(not isinstance(check.item, Unreadable) and check.item.serialised)
        self.fold()
        self._grow_old()
        self._timer.start()
        self._dress()
        said = ". ".join((words.kind_word(verdict.kind), title, reason, step))
        self.setAccessibleName(said)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, said))

    def fold(self) -> None:
        """Hide the details again."""
        self._set_open(False)

    def _toggle(self) -> None:
        self._set_open(not self._open)

    def _set_open(self, wanted: bool) -> None:
        changed, self._open = self._open != wanted, wanted
        self.details.setText(self.tr("Hide the checks") if wanted else self.tr("Show every check"))
        self.details.use_icon("chevron-up" if wanted else "chevron-down")
        if changed:
            self.details_wanted.emit(wanted)

    def _fill_parts(self, check: Check) -> None:
        while (old := self._parts.takeAt(0)) is not None:
            if (widget := old.widget()) is not None:
                widget.deleteLater()
                widget.hide()
        if isinstance(check.item, Unreadable):
            found = [(self.tr("Scanned text"), shown(check.scan.text, 160))]
            if check.item.hint:
                found.append((self.tr("Hint"), spoken(check.item.hint)))
        else:
            found = words.parts(check.item)
        columns = 2 if self._narrow else len(found)
        for column in range(self._parts.columnCount()):
            self._parts.setColumnStretch(column, 0)
        for place, (name, value) in enumerate(found):
            row, column = 2 * (place // columns), place % columns
            last = column == columns - 1
            self._parts.addWidget(Text(name, role="caption", tone="muted"), row, column)
            self._parts.addWidget(Text(value, role="strong", wrap=last), row + 1, column, Qt.AlignmentFlag.AlignTop)
            self._parts.setColumnStretch(column, 1 if last else 0)

    def _grow_old(self) -> None:
        if self._check is not None:
            self._age.setText(words.as_of(self._check.verdict.as_of, timedelta(seconds=monotonic() - self._shown_at)))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in CHANGES:
            self._dress()

    def _dress(self) -> None:
        theme = current()
        self._clock.show_icon("clock", theme.muted)
        kind = self._check.verdict.kind if self._check is not None else Kind.UNKNOWN
        self._step_icon.show_icon("arrow-left" if self.isRightToLeft() else "arrow-right", theme.of(kind).ink)
