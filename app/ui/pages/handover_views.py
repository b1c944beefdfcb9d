"""The views of a hand-over: what is being handed over and a yes, the code that fills the page, how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.language import spoken
from app.ui import words
from app.ui.icons import Icon
from app.ui.language import counted
from app.ui.pages.desk_done import Sentences
from app.ui.plain import Text
from app.ui.tasks import Lanes
from app.ui.theme import CHANGES, current
from app.ui.widgets.code_show import CodeShow
from app.ui.widgets.panel import Button, Panel
from app.ui.widgets.unlock import Unlock
from chain.journey import Item
from chain.verdict import Kind

if TYPE_CHECKING:
    from app.handover.dock import Coming


class AskView(QWidget):
    """What is being handed over, and two large buttons. `coming` is the offer shown."""

    agreed = Signal()
    refused = Signal()

    def __init__(self, lanes: Lanes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.coming: Coming | None = None
        self.title, self.about = Text(role="headline", wrap=True), Text(role="lead", tone="muted", wrap=True)
        self.goods = Sentences(self.tr("What is handed over"))
        self.unlock = Unlock(lanes)
        self.yes = Button(self.tr("Sign and take over"), "check", primary=True)
        self.no = Button(self.tr("Do not take it"), "x")
        self.yes.clicked.connect(self.agreed)
        self.no.clicked.connect(self.refused)
        panel = Panel()
        inside = QVBoxLayout(panel)
        inside.setContentsMargins(10, 10, 10, 10)
        inside.addWidget(self.goods)
        foot = QHBoxLayout()
        foot.setSpacing(12)
        for button in (self.no, self.yes):
            button.setObjectName("tall")
        foot.addWidget(self.no)
        foot.addStretch(1)
        foot.addWidget(self.yes)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        column.addWidget(self.title)
        column.addWidget(self.about)
        column.addWidget(panel, 1)
        column.addWidget(self.unlock)
        column.addLayout(foot)

    def tell(self, coming: Coming) -> None:
        """Show an offer."""
        self.coming = coming
        count, name = len(coming.goods), coming.shipper.name or coming.shipper.gln
        told = counted("{name} hands {count} piece over to you", "{name} hands {count} pieces over to you", count)
        self.title.setText(told.format(name=name, count=count))
        if coming.signed:
            self.about.setText(self.tr("You have signed for this already: show your answer again."))
        else:
            about = self.tr("Signed {when}. Count the goods before you sign: afterwards you answer for them.")
            self.about.setText(about.format(when=words.moment(coming.at)))
        self.yes.setText(self.tr("Show the answer again") if coming.signed else self.tr("Sign and take over"))
        self.goods.tell([_line(item, product) for item, product in coming.goods])
        self.yes.setEnabled(True)


class ShowView(QWidget):
    """A code that fills the page, beside it what it is about. `answer_wanted` to scan the answer, `finished` when done."""

    answer_wanted = Signal()
    finished = Signal()

    def __init__(self, lanes: Lanes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title, self.about = Text(role="headline", wrap=True), Text(role="lead", tone="muted", wrap=True)
        self.goods = Sentences(self.tr("What is handed over"))
        self.codes = CodeShow(lanes, self.tr("The code for the other laptop"))
        self.answer = Button(self.tr("Scan their answer"), "scan-line", primary=True)
        self.done = Button(self.tr("Done"), "check")
        for button in (self.answer, self.done):
            button.setObjectName("tall")
        self.answer.clicked.connect(self.answer_wanted)
        self.done.clicked.connect(self.finished)
        side = QVBoxLayout()
        side.setSpacing(14)
        side.addWidget(self.title)
        side.addWidget(self.about)
        panel = Panel()
        inside = QVBoxLayout(panel)
        inside.setContentsMargins(10, 10, 10, 10)
        inside.addWidget(self.goods)
        side.addWidget(panel, 1)
        side.addWidget(self.answer)
        side.addWidget(self.done)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(24)
        row.addWidget(self.codes, 3)
        row.addLayout(side, 2)

    def tell(self, title: str, about: str, goods: Sequence[tuple[Item, str]], texts: Sequence[str], *, answer: bool) -> None:
        """Show codes."""
        self.title.setText(title)
        self.about.setText(about)
        self.goods.tell([_line(item, product) for item, product in goods])
        self.answer.setVisible(answer)
        self.codes.tell(texts)


class EndView(QWidget):
    """How it ended, in a word and a sentence."""

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = Kind.GENUINE
        self._icon = Icon(size=72)
        self.title, self.why = Text(role="headline", wrap=True), Text(role="lead", wrap=True)
        self.done = Button(self.tr("Understood"), "check", primary=True)
        self.done.setObjectName("tall")
        self.done.clicked.connect(self.closed)
        said = QVBoxLayout()
        said.setSpacing(8)
        said.addWidget(self.title)
        said.addWidget(self.why)
        top = QHBoxLayout()
        top.setSpacing(24)
        top.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(said, 1)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.done)
        panel = Panel()
        inside = QVBoxLayout(panel)
        inside.setContentsMargins(32, 28, 32, 28)
        inside.setSpacing(24)
        inside.addLayout(top)
        inside.addLayout(foot)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(panel)
        column.addStretch(1)

    def tell(self, kind: Kind, title: str, why: str) -> None:
        """Say it."""
        self.kind = kind
        self.title.setText(title)
        self.why.setText(spoken(why))
        self.setAccessibleName(f"{title}. {spoken(why)}")
        self._dress()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in CHANGES:
            self._dress()

    def _dress(self) -> None:
        self._icon.show_icon(words.KIND_ICONS[self.kind], current().of(self.kind).ink)


def _line(item: Item, product: str) -> str:
    return f"{product}  ·  {words.identity(item)}" if product else words.identity(item)
