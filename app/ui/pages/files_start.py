"""Where files come in and proofs go out: one place to open or drop whatever a stick holds, and one for the codes of which
somebody else shall see a proof. Nothing is read or written here: signals say what the person wants.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFileDialog, QHBoxLayout, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from app.desk.session import Session
from app.language import number
from app.ui import desk_words, words
from app.ui.icons import Icon
from app.ui.language import counted
from app.ui.plain import Text, shown
from app.ui.theme import CHANGES, TARGET, current
from app.ui.widgets.fields import Choice
from app.ui.widgets.panel import Button, Panel

_NARROW = 760
_MOST_TYPED = 1 << 20
"""Characters of typed and pasted codes; longer lists come from a file."""


class OpenPanel(Panel):
    """The way in. `opened` carries paths."""

    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = Icon(size=72)
        self.open = Button(self.tr("Open a file"), "inbox", primary=True)
        self.open.setObjectName("tall")
        self.open.clicked.connect(self.choose)
        middle = Qt.AlignmentFlag.AlignHCenter
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 24, 28, 24)
        column.setSpacing(12)
        column.addStretch(1)
        column.addWidget(self._icon, 0, middle)
        for words_, role in (
            (self.tr("Open a file, or drop it here"), "title"),
            (self.tr("A proof from somebody else (.wayproof) is checked at once, without a network."), "body"),
            (self.tr("A list of events (EPCIS, CSV or Excel) is shown first, and imported when you say so."), "body"),
        ):
            text = Text(words_, role=role, tone="" if role == "title" else "muted", wrap=True)
            text.setAlignment(middle)
            column.addWidget(text)
        column.addSpacing(6)
        column.addWidget(self.open, 0, middle)
        column.addStretch(1)
        self._dress()

    def choose(self) -> None:
        """Ask which files."""
        dialog = QFileDialog(self, self.tr("Open a file"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(lambda names: self.opened.emit([Path(name) for name in names]))
        dialog.open()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in CHANGES:
            self._dress()

    def _dress(self) -> None:
        self._icon.show_icon("inbox", current().edge)


class ProofPanel(Panel):
    """The way out. `wanted` carries codes and a path, `task_chosen` a finished task's number, `list_chosen` a file of codes."""

    wanted = Signal(object, object)
    task_chosen = Signal(str)
    list_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._loaded: tuple[str, ...] = ()
        self.codes = QPlainTextEdit()
        self.codes.setAccessibleName(self.tr("Codes of the items, one a line"))
        self.codes.setPlaceholderText(self.tr("Scan, type or paste the codes, one a line"))
        self.codes.setTabChangesFocus(True)
        self.codes.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.codes.setMinimumHeight(90)
        self.task = Choice()
        self.task.setAccessibleName(self.tr("Goods of a finished task"))
        self.task.setMinimumHeight(TARGET)
        self.list = Button(self.tr("Codes from a file"))
        self.clear = Button(self.tr("Begin anew"), "x")
        self.count = Text(tone="muted", wrap=True)
        self.save = Button(self.tr("Save the proof"), "shield-check", primary=True)
        self.save.setObjectName("tall")
        self.codes.textChanged.connect(self._tell)
        self.task.activated.connect(lambda _: self._task())
        self.list.clicked.connect(self._choose)
        self.clear.clicked.connect(self.restart)
        self.save.clicked.connect(self._ask_where)
        self._lay_out()
        self.fill(())
        self._tell()

    def _lay_out(self) -> None:
        foot = QHBoxLayout()
        foot.setSpacing(12)
        foot.addWidget(self.count, 1)
        foot.addWidget(self.clear)
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 24, 28, 24)
        column.setSpacing(12)
        column.addWidget(Text(self.tr("Save proof for someone else"), role="title", wrap=True))
        about = self.tr("One file that shows where these items were and how they stand. No network is needed to check it.")
        column.addWidget(Text(about, tone="muted", wrap=True))
        column.addWidget(self.codes, 1)
        column.addWidget(self.task)
        column.addWidget(self.list)
        column.addLayout(foot)
        column.addWidget(self.save)

    # ---- codes ---------------------------------------------------------------------------------------------------------

    @property
    def listens(self) -> bool:
        """Whether a scan is meant for the list."""
        return self.codes.hasFocus()

    def take(self, text: str) -> None:
        """A code was scanned."""
        self.codes.appendPlainText(text)

    @property
    def texts(self) -> list[str]:
        """Every code that was typed, scanned or loaded, each once."""
        typed = (line.strip(" \t\r") for line in self.codes.toPlainText()[:_MOST_TYPED].split("\n"))
        return list(dict.fromkeys((*self._loaded, *filter(None, typed))))

    def load(self, texts: Sequence[str]) -> None:
        """More codes, of a task or from a file."""
        self._loaded = tuple(dict.fromkeys((*self._loaded, *texts)))
        self._tell()

    def restart(self) -> None:
        """Forget all codes."""
        self._loaded = ()
        self.codes.clear()
        self.task.setCurrentIndex(0)
        self._tell()

    def fill(self, sessions: Sequence[Session]) -> None:
        """The finished tasks that can be chosen."""
        self.task.clear()
        self.task.addItem(self.tr("Goods of a finished task"), "")
        for one in sessions:
            name = f"{desk_words.task_word(one.task)}, {words.moment(one.finished or one.begun)}"
            self.task.addItem(shown(f"{name}  ·  {one.by}" if one.by else name, 90), one.id)
        self.task.setEnabled(bool(sessions))

    def _task(self) -> None:
        if chosen := str(self.task.currentData() or ""):
            self.task_chosen.emit(chosen)

    def _tell(self) -> None:
        count = len(self.texts)
        told = counted("{count} item", "{count} items", count).format(count=number(count))
        self.count.setText(told if count else self.tr("No item yet"))
        self.clear.setEnabled(count > 0)
        self.save.setEnabled(count > 0)

    # ---- files ---------------------------------------------------------------------------------------------------------

    def _choose(self) -> None:
        dialog = QFileDialog(self, self.tr("Codes from a file"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.list_chosen.emit(Path(name)))
        dialog.open()

    def _ask_where(self) -> None:
        texts = self.texts
        dialog = QFileDialog(self, self.tr("Save the proof"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile("proof.wayproof")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.wanted.emit(texts, Path(path)))
        dialog.open()


class StartView(QWidget):
    """Both ways side by side."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.coming, self.going = OpenPanel(), ProofPanel()
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._columns.setContentsMargins(0, 0, 0, 0)
        self._columns.setSpacing(16)
        self._columns.addWidget(self.coming, 1)
        self._columns.addWidget(self.going, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """One below the other in a narrow window."""
        super().resizeEvent(event)
        narrow = self.width() < _NARROW
        self._columns.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)
