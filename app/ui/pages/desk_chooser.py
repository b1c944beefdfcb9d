"""What shall be done: one large button a task, and below them what the chosen task wants to know before it begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QPlainTextEdit,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.desk.tasks import Ending, Task
from app.ui import desk_words
from app.ui.icons import icon
from app.ui.plain import Text, shown
from app.ui.theme import CHANGES, TARGET, current, font_of
from app.ui.widgets.fields import Choice
from app.ui.widgets.panel import Button, Panel
from chain.journey import Party

_COLUMNS = 4
_AT_ONCE = frozenset((Task.CHECK, Task.PACK, Task.UNPACK, Task.COUNT, Task.QUARANTINE, Task.RELEASE))
_ORDER = (
    Task.RECEIVE, Task.SHIP, Task.CHECK, Task.COUNT, Task.PACK, Task.UNPACK, Task.DECOMMISSION, Task.RETURN, Task.QUARANTINE,
    Task.RELEASE, Task.RECALL,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person chose: the task and what it needs. `file` is a delivery note or a recall notice, `typed` a recall."""

    task: Task
    other: str = ""
    ending: Ending | None = None
    file: Path | None = None
    typed: str = ""


class TaskChooser(QWidget):
    """The buttons. `wanted` carries a `Wanted`; `handover_wanted` for goods that change hands without a network."""

    wanted = Signal(object)
    handover_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: dict[Task, QToolButton] = {}
        self.ask = QStackedWidget()
        self.ask.setMaximumHeight(250)
        self._asks: dict[Task, QWidget] = {}
        grid = QGridLayout()
        grid.setSpacing(12)
        group = QButtonGroup(self)
        group.setExclusive(True)
        for place, task in enumerate(_ORDER):
            button = _large(desk_words.task_word(task))
            button.clicked.connect(lambda _, task=task: self.choose(task))
            group.addButton(button)
            grid.addWidget(button, place // _COLUMNS, place % _COLUMNS)
            self.buttons[task] = button
        self.hand_over = _large(self.tr("Hand over"))
        self.hand_over.clicked.connect(self.handover_wanted)
        grid.addWidget(self.hand_over, len(_ORDER) // _COLUMNS, len(_ORDER) % _COLUMNS)
        for column in range(_COLUMNS):
            grid.setColumnStretch(column, 1)
        self._receive = _Receive()
        self._ship = _Party(self.tr("Who do the goods go to?"), self.tr("Begin shipping"))
        self._back = _Party(self.tr("Who do the goods go back to?"), self.tr("Begin sending back"))
        self._endings = _Endings()
        self._recall = _Recall()
        for task, widget in (
            (Task.RECEIVE, self._receive), (Task.SHIP, self._ship), (Task.RETURN, self._back),
            (Task.DECOMMISSION, self._endings), (Task.RECALL, self._recall),
        ):  # fmt: skip
            self._asks[task] = widget
            self.ask.addWidget(widget)
        self._receive.chosen.connect(lambda path: self.wanted.emit(Wanted(Task.RECEIVE, file=path)))
        self._ship.chosen.connect(lambda gln: self.wanted.emit(Wanted(Task.SHIP, other=gln)))
        self._back.chosen.connect(lambda gln: self.wanted.emit(Wanted(Task.RETURN, other=gln)))
        self._endings.chosen.connect(lambda ending: self.wanted.emit(Wanted(Task.DECOMMISSION, ending=ending)))
        self._recall.typed.connect(lambda text: self.wanted.emit(Wanted(Task.RECALL, typed=text)))
        self._recall.opened.connect(lambda path: self.wanted.emit(Wanted(Task.RECALL, file=path)))
        self.ask.hide()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(16)
        whole.addWidget(Text(self.tr("What do you want to do?"), role="title"))
        whole.addLayout(grid)
        whole.addWidget(self.ask)
        whole.addStretch(1)
        self._dress()

    def parties(self, parties: Sequence[Party], here: str) -> None:
        """Who goods can go to."""
        others = [party for party in parties if party.gln != here and party.organisation]
        self._ship.fill(others)
        self._back.fill(others)

    def choose(self, task: Task) -> None:
        """Begin at once, or ask what the task wants to know."""
        if task in _AT_ONCE:
            self.ask.hide()
            self.wanted.emit(Wanted(task))
            return
        self.ask.setCurrentWidget(self._asks[task])
        self.ask.show()

    def drop_note(self, path: Path) -> None:
        """A delivery note was dropped onto the page."""
        self.wanted.emit(Wanted(Task.RECEIVE, file=path))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in CHANGES:
            self._dress()

    def _dress(self) -> None:
        for task, button in self.buttons.items():
            button.setIcon(icon(desk_words.TASK_ICONS[task], current().accent, 40))
        self.hand_over.setIcon(icon("scan-line", current().accent, 40))


def _large(text: str) -> QToolButton:
    """A button for a glove: an icon over a word."""
    button = QToolButton()
    button.setObjectName("task")
    button.setText(text)
    button.setAccessibleName(text)
    button.setFont(font_of("lead"))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
    button.setIconSize(QSize(40, 40))
    button.setMinimumSize(120, 104)
    button.setSizePolicy(button.sizePolicy().horizontalPolicy().Expanding, button.sizePolicy().verticalPolicy().Fixed)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


class _Ask(Panel):
    """A panel with a question."""

    def __init__(self, question: str) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(24, 16, 24, 18)
        self.column.setSpacing(12)
        words = Text(question, role="lead", wrap=True)
        words.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.column.addWidget(words)

    def row(self, *widgets: QWidget) -> None:
        """Widgets side by side."""
        line = QHBoxLayout()
        line.setSpacing(12)
        for widget in widgets:
            line.addWidget(widget)
        line.addStretch(1)
        self.column.addLayout(line)


def _primary(text: str, icon_name: str = "") -> Button:
    button = Button(text, icon_name)
    button.setObjectName("tall")
    return button


class _Receive(_Ask):
    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__(self.tr("Is there a delivery note? Open its file (EPCIS, CSV or Excel), or drop it here."))
        self.open = _primary(self.tr("Open a delivery note"), "inbox")
        self.without = _primary(self.tr("Receive without a note"))
        self.open.clicked.connect(self._choose)
        self.without.clicked.connect(lambda: self.chosen.emit(None))
        self.row(self.open, self.without)
        self.column.addStretch(1)

    def _choose(self) -> None:
        _file_dialog(self, self.tr("Open a delivery note"), self.chosen.emit)


class _Party(_Ask):
    chosen = Signal(str)

    def __init__(self, question: str, begin: str) -> None:
        super().__init__(question)
        self.party = Choice()
        self.party.setMinimumSize(240, TARGET)
        self.party.setAccessibleName(question)
        self.begin = _primary(begin, "truck")
        self.begin.clicked.connect(lambda: self.chosen.emit(str(self.party.currentData() or "")))
        self.row(self.party, self.begin)
        self.column.addStretch(1)

    def fill(self, parties: Sequence[Party]) -> None:
        """Who may be chosen."""
        self.party.clear()
        for party in parties:
            self.party.addItem(shown(f"{party.name}, {party.address}" if party.address else party.name, 80), party.gln)
        self.begin.setEnabled(bool(parties))


class _Endings(_Ask):
    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__(self.tr("What becomes of the goods? This cannot be taken back later."))
        buttons = []
        for ending in Ending:
            button = _primary(desk_words.ending_word(ending))
            button.clicked.connect(lambda _, ending=ending: self.chosen.emit(ending))
            buttons.append(button)
        self.row(*buttons)
        self.column.addStretch(1)


class _Recall(_Ask):
    typed = Signal(str)
    opened = Signal(object)

    def __init__(self) -> None:
        question = self.tr("What is recalled? A line each: the GTIN and a lot, or FIRST..LAST serial number.")
        super().__init__(question)
        self.text = QPlainTextEdit()
        self.text.setAccessibleName(question)
        self.text.setPlaceholderText("09521000011014 L2605")
        self.text.setTabChangesFocus(True)
        self.text.setMaximumHeight(72)
        self.column.addWidget(self.text)
        begin, file = _primary(self.tr("Find what is affected"), "search"), _primary(self.tr("Open a recall notice"))
        begin.clicked.connect(lambda: self.typed.emit(self.text.toPlainText()[:100_000]))
        file.clicked.connect(lambda: _file_dialog(self, self.tr("Open a recall notice"), self.opened.emit))
        self.row(begin, file)


def _file_dialog(parent: QWidget, title: str, chosen: Callable[[Path], object]) -> None:
    dialog = QFileDialog(parent, title)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(lambda name: chosen(Path(name)))
    dialog.open()
