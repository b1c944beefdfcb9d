"""The answer to a scan within a task, to be understood from two metres away. A refusal stays until somebody says it was seen.

Word, icon and colour say the same; the reason and what to do stand below. The card shows a line as it is; it decides nothing.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.desk.session import Line, Mark
from app.language import spoken
from app.ui import desk_words, words
from app.ui.icons import Icon
from app.ui.language import counted
from app.ui.plain import Text, shown
from app.ui.theme import CHANGES, current
from app.ui.widgets.panel import Button, Panel
from app.ui.widgets.verdict_card import Banner
from chain.verdict import Code, Kind


class AnswerCard(Panel):
    """One line of a session. `seen` when the person acknowledges a line that stops.

    `foot` holds the button for that. Whoever lets the card scroll lays the foot out outside, so that it is always in view.
    """

    seen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line: Line | None = None
        self.banner = Banner()
        self._step_icon = Icon(size=26)
        self._step = Text(role="reason", wrap=True)
        self._name, self._goods = Text(role="lead", wrap=True), Text(tone="muted", wrap=True)
        self._behind = Text(tone="muted", wrap=True)
        self.acknowledge = Button(self.tr("Understood (F8)"), "check", primary=True)
        self.acknowledge.setObjectName("tall")
        self.acknowledge.clicked.connect(self.seen)
        step = QHBoxLayout()
        step.setSpacing(14)
        step.addWidget(self._step_icon, 0, Qt.AlignmentFlag.AlignTop)
        step.addWidget(self._step, 1)
        self.foot = QWidget()
        foot = QHBoxLayout(self.foot)
        foot.setContentsMargins(0, 0, 0, 0)
        foot.addWidget(self._behind, 1)
        foot.addWidget(self.acknowledge)
        body = QVBoxLayout()
        body.setContentsMargins(32, 20, 24, 18)
        body.setSpacing(12)
        body.addLayout(step)
        named = QVBoxLayout()
        named.setSpacing(2)
        named.addWidget(self._name)
        named.addWidget(self._goods)
        body.addLayout(named)
        body.addStretch(1)
        body.addWidget(self.foot)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.banner)
        whole.addLayout(body)
        self._dress()

    @property
    def stopped(self) -> bool:
        """True while somebody has to acknowledge what is shown."""
        return self.line is not None and not self.acknowledge.isHidden()

    def tell(self, line: Line) -> None:
        """Show a line."""
        self.line = line
        kind = desk_words.kind_of(line)
        word, title = desk_words.mark_word(line.mark), _title(line)
        if line.mark is Mark.NOTED:
            word = words.kind_word(kind)
        picture = words.KIND_ICONS[kind] if line.mark is Mark.NOTED else desk_words.MARK_ICONS[line.mark]
        why, step = spoken(line.why), spoken(line.step)
        self.banner.tell(kind, title, why, word, picture)
        self._step.setText(step)
        for widget in (self._step, self._step_icon):
            widget.setVisible(bool(step))
        self._name.setText(line.name)
        self._name.setVisible(bool(line.name))
        self._goods.setText(shown(line.key or line.text, 160))
        self.acknowledge.setVisible(line.stops)
        self.foot.setVisible(line.stops)
        self._dress()
        told = ". ".join(filter(None, (word, title, why, step)))
        self.setAccessibleName(told)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, told))
        self.behind(0)

    def behind(self, count: int) -> None:
        """So many scans were kept behind a line that stops."""
        said = counted(
            "{count} more scan was kept. It is shown next.", "{count} more scans were kept. They are shown next.", count
        )
        self._behind.setText(said.format(count=count) if count else "")

    @property
    def kept_words(self) -> str:
        """What it says about scans behind this one."""
        return self._behind.text()

    def release(self) -> None:
        """It was acknowledged."""
        self.acknowledge.hide()
        self.foot.hide()
        self.behind(0)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in CHANGES:
            self._dress()

    def _dress(self) -> None:
        kind = desk_words.kind_of(self.line) if self.line is not None else Kind.UNKNOWN
        self._step_icon.show_icon("arrow-left" if self.isRightToLeft() else "arrow-right", current().of(kind).ink)


def _title(line: Line) -> str:
    if line.code and line.code != Code.OK.value and line.mark in (Mark.REFUSED, Mark.NOTED, Mark.EXTRA):
        return words.code_title(Code(line.code))
    return ""
