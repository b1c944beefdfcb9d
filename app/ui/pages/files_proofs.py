"""What a proof file from somebody else shows: how many of its items are genuine, each verdict, and every check behind it.

It is judged against a trust pack that was pinned, this laptop's own or one that a person opens; the file is never asked whom
to trust.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.checks import Check
from app.language import listed, number, spoken
from app.ui import words
from app.ui.icons import Icon
from app.ui.language import counted
from app.ui.plain import Text, shown
from app.ui.theme import CHANGES, current
from app.ui.widgets.evidence_list import EvidenceList
from app.ui.widgets.panel import Button, Panel
from app.ui.widgets.verdict_card import Banner
from app.ui.widgets.verdict_list import VerdictList
from chain.verdict import Kind

if TYPE_CHECKING:
    from app.proofs import Opened

_NARROW = 820
_LIST = 320


class ProofsView(QWidget):
    """A proof file that was judged. `left` when it was read, `trust_wanted` to judge it against another trust pack."""

    left = Signal()
    trust_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = Kind.UNKNOWN
        self._icon = Icon(size=40)
        self.title, self.about = Text(role="headline", wrap=True), Text(role="lead", tone="muted", wrap=True)
        self.back = Button(self.tr("Back"), "arrow-left")
        self.trust = Button(self.tr("Another trust pack"), "shield-check")
        self.back.clicked.connect(self.left)
        self.trust.clicked.connect(self.trust_wanted)
        self.list, self.banner, self.evidence = VerdictList(), Banner(), EvidenceList(offers=False)
        self.paper = Text(wrap=True)
        self.list.chosen.connect(self._show)
        self._lay_out()
        self._dress()

    def _lay_out(self) -> None:
        said = QVBoxLayout()
        said.setSpacing(2)
        said.addWidget(self.title)
        said.addWidget(self.about)
        top = QHBoxLayout()
        top.setSpacing(14)
        top.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(said, 1)
        top.addWidget(self.trust, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self.back, 0, Qt.AlignmentFlag.AlignTop)
        self._side = Panel()
        inside = QVBoxLayout(self._side)
        inside.setContentsMargins(4, 8, 4, 8)
        inside.addWidget(self.list)
        body = QWidget()
        body.setObjectName("body")
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        column.addWidget(self.banner)
        column.addWidget(self.paper)
        column.addWidget(self.evidence)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(body)
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._columns.setSpacing(16)
        self._columns.addWidget(self._side)
        self._columns.addWidget(scroll, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(16)
        whole.addLayout(top)
        whole.addLayout(self._columns, 1)

    def tell(self, opened: Sequence[Opened], trusted: str) -> None:
        """Show what was found; `trusted` names the trust pack that it was judged against."""
        checks = [check for one in opened for check in one.checks]
        counts = Counter(check.verdict.kind for check in checks)
        self._kind = max(counts, key=lambda kind: words.SEVERITY[kind])
        count = len(opened)
        name = opened[0].path.name if count == 1 else counted("{count} file", "{count} files", count).format(count=number(count))
        self.title.setText(name)
        said = [
            self.tr("{count} × {verdict}").format(count=number(counts[kind]), verdict=words.kind_word(kind))
            for kind in sorted(counts, key=lambda kind: -words.SEVERITY[kind])
        ]
        told = self.tr("{verdicts}. Checked against {pack}.").format(verdicts=listed(said), pack=trusted)
        self.about.setText(told)
        self._papers = {id(check): one.said for one in opened for check in one.checks if one.said}
        self._side.setVisible(len(checks) > 1)
        self.list.tell(checks)
        self.setAccessibleName(f"{name}. {told}")
        self._dress()

    def _show(self, check: Check) -> None:
        verdict = check.verdict
        self.banner.tell(verdict.kind, words.code_title(verdict.code), spoken(verdict.reason))
        known = words.as_of(verdict.as_of) if verdict.as_of is not None else ""
        lines = [words.identity(check.item), known, *map(spoken, self._papers.get(id(check), "").splitlines())]
        self.paper.setText("  ·  ".join(shown(line.strip(), 160) for line in lines if line.strip()))
        self.evidence.tell(check)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The list beside the verdict where there is room."""
        super().resizeEvent(event)
        narrow = self.width() < _NARROW
        self._columns.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)
        self._side.setFixedWidth(_LIST) if not narrow else self._side.setMaximumWidth(16_777_215)
        self._side.setMinimumWidth(0 if narrow else _LIST)
        self._side.setMaximumHeight(200 if narrow else 16_777_215)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in CHANGES:
            self._dress()

    def _dress(self) -> None:
        self._icon.show_icon(words.KIND_ICONS[self._kind], current().of(self._kind).ink)
