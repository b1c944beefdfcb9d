"""A finished task: what came of it, what went wrong, and the papers. Files are made in the store lane and written whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QListWidget, QVBoxLayout, QWidget

from app.desk.tasks import Task
from app.language import spoken
from app.ui import desk_words
from app.ui.icons import Icon
from app.ui.plain import Text, shown
from app.ui.theme import CHANGES, current, font_of
from app.ui.widgets.make_up_bar import MakeUpBar
from app.ui.widgets.panel import Button, Panel
from chain.verdict import Kind

if TYPE_CHECKING:
    from app.desk.desk import Finished

_MOST = 500


class Sentences(QListWidget):
    """Sentences one below the other, as plain text."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setWordWrap(True)
        self.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSpacing(4)
        self.setFont(font_of("lead"))

    def tell(self, sentences: Sequence[str]) -> None:
        """Show these."""
        self.clear()
        for one in sentences[:_MOST]:
            self.addItem(shown(one, 300))

    def told(self) -> list[str]:
        """What it says."""
        return [self.item(row).text() for row in range(self.count())]


class DoneView(QWidget):
    """The summary. `paper_wanted` carries a kind of paper (`receipt`, `csv`, `pdf`) and a path, `make_up_wanted` an event's
    number within the session; `proof_wanted` with the session whose goods are to be proven to somebody else; `closed` when it was
    read."""

    paper_wanted = Signal(str, object)
    make_up_wanted = Signal(int)
    closed = Signal()
    handover_wanted = Signal()
    proof_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.done: Finished | None = None
        self._icon = Icon(size=44)
        self._good = True
        self.title, self.about = Text(role="headline", wrap=True), Text(role="lead", tone="muted", wrap=True)
        self.sentences = Sentences(self.tr("What came of it"))
        self.mistakes = MakeUpBar()
        self.mistakes.wanted.connect(self.make_up_wanted)
        self.receipt = Button(self.tr("Save the signed receipt"), "shield-check")
        self.csv = Button(self.tr("Save the list (CSV)"))
        self.pdf = Button(self.tr("Save the list (PDF)"))
        self.hand_over = Button(self.tr("Show hand-over code"), "scan-line")
        self.hand_over.clicked.connect(self.handover_wanted)
        self.proof = Button(self.tr("Save proof of these goods"), "shield-check")
        self.proof.clicked.connect(lambda: self.proof_wanted.emit(self.done.whole.session.id) if self.done is not None else None)
        self.close_it = Button(self.tr("Next task"), "arrow-right", primary=True)
        for button in (self.receipt, self.csv, self.pdf, self.hand_over, self.close_it):
            button.setObjectName("tall")
        self.receipt.clicked.connect(lambda: self._ask("receipt", ".receipt"))
        self.csv.clicked.connect(lambda: self._ask("csv", ".csv"))
        self.pdf.clicked.connect(lambda: self._ask("pdf", ".pdf"))
        self.close_it.clicked.connect(self.closed)
        said = QVBoxLayout()
        said.setSpacing(2)
        said.addWidget(self.title)
        said.addWidget(self.about)
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(said, 1)
        top.addWidget(self.proof, 0, Qt.AlignmentFlag.AlignTop)
        panel = Panel()
        inside = QVBoxLayout(panel)
        inside.setContentsMargins(10, 10, 10, 10)
        inside.addWidget(self.sentences)
        foot = QHBoxLayout()
        foot.setSpacing(12)
        for button in (self.receipt, self.csv, self.pdf):
            foot.addWidget(button)
        foot.addStretch(1)
        foot.addWidget(self.hand_over)
        foot.addWidget(self.close_it)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(16)
        whole.addLayout(top)
        whole.addWidget(panel, 1)
        whole.addWidget(self.mistakes)
        whole.addLayout(foot)

    def tell(self, done: Finished) -> None:
        """Show a finished session."""
        self.done = done
        session = done.whole.session
        sentences = self._sentences(done)
        self._good = not sentences
        word = desk_words.task_word(session.task)
        self.title.setText(self.tr("{task}: finished").format(task=word))
        self.about.setText(self._counts(done))
        self.sentences.tell(sentences or [self.tr("Everything is as it should be.")])
        self.mistakes.tell(done.posts)
        self.receipt.setVisible(session.task in (Task.RECEIVE, Task.SHIP, Task.RETURN))
        self.proof.setVisible(bool(done.whole.standing.counted))
        self.hand_over.setVisible(session.task in (Task.SHIP, Task.RETURN) and bool(done.posts))
        self._dress()

    def send(self) -> None:
        """What was finished is being signed and sent."""
        self.about.setText(self.tr("{counts} · recording…").format(counts=self.about.text()))

    def _counts(self, done: Finished) -> str:
        tally = done.whole.tally
        told = [self.tr("{count} taken").format(count=tally.taken + tally.extra)]
        if done.against is not None and done.whole.session.task is Task.RECEIVE and done.note is not None:
            told = [self.tr("{came} of {ordered} came").format(came=done.against.came, ordered=done.note.quantity)]
        if tally.refused:
            told.append(self.tr("{count} refused").format(count=tally.refused))
        if done.earlier:
            told.append(self.tr("earlier events sent as well: {count}").format(count=done.earlier))
        if done.waiting:
            told.append(self.tr("waiting for the network: {count}").format(count=done.waiting))
        return " · ".join(told)

    def _sentences(self, done: Finished) -> list[str]:
        found: list[str] = []
        against = done.against
        if against is not None and done.whole.session.task is Task.RECEIVE:
            for ticked in against.missing:
                name = ticked.line.name or ticked.line.key or ticked.line.gtin
                found.append(self.tr("Missing: {count} of line {line}, {name}").format(
                    count=ticked.missing, line=ticked.line.n, name=name
                ))  # fmt: skip
            found += [self.tr("Not on the delivery note: {item}").format(item=one.key) for one in against.extra]
            found += [
                self.tr("Wrong lot: {item}, lot {lot}").format(item=one.key, lot=one.lot or "-") for one in against.wrong_lot
            ]
            found += [self.tr("Damaged: {item}").format(item=one) for one in against.damaged]
        for missing in done.missing:
            found.append(self.tr("Not found: {item} {name}").format(item=missing.item.key, name=missing.product))
        for line in done.whole.standing.lines:
            if line.stops and line.key and line not in done.whole.standing.counted:
                found.append(self.tr("Refused: {item}: {why}").format(item=line.key, why=spoken(line.why)))
        for post in done.posts:
            if post.state != "recorded":
                word = desk_words.verb_word(post.step.verb)
                found.append(f"{word}: {desk_words.post_word(post.state)}. {spoken(post.reason)}")
        return found

    def _ask(self, kind: str, ending: str) -> None:
        if self.done is None:
            return
        session = self.done.whole.session
        name = f"{session.task.value}-{session.begun:%Y%m%d-%H%M}{ending}"
        dialog = QFileDialog(self, self.tr("Save"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(name)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.paper_wanted.emit(kind, Path(path)))
        dialog.open()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in CHANGES:
            self._dress()

    def _dress(self) -> None:
        kind = Kind.GENUINE if self._good else Kind.CAUTION
        self._icon.show_icon("package-check" if self._good else "triangle-alert", current().of(kind).ink)
