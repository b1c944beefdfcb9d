"""A task under way: the answer to the newest scan, the counter, the list, the delivery note. No click between two scans.

A refusal holds the card until it is acknowledged. The scans behind it are judged and on the disk already; their answers wait in
line and are shown one after the other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.desk.notes import Note, Reconciled
from app.desk.session import Line, Mark, Whole
from app.desk.tasks import Task
from app.language import number
from app.ui import desk_words
from app.ui.icons import Icon
from app.ui.plain import Text
from app.ui.sounds import Sounds, Tone
from app.ui.theme import CHANGES, current
from app.ui.voice import Voice
from app.ui.widgets.answer_card import AnswerCard
from app.ui.widgets.line_list import LineList
from app.ui.widgets.note_list import NoteList
from app.ui.widgets.panel import Button, Panel
from app.ui.widgets.scan_field import ScanField

_NARROW = 860
_ROWS = 180
"""Height of the list where it stands below the answer."""


class Numbers(Panel):
    """The counter: how many were taken, of how many where that is known, and what went wrong."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.taken = Text("0", role="word")
        self._of = Text(role="lead", tone="muted")
        self._small: dict[str, Text] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(20, 10, 20, 14)
        grid.setVerticalSpacing(2)
        big = QHBoxLayout()
        big.setSpacing(10)
        big.addWidget(self.taken)
        big.addWidget(self._of, 1, Qt.AlignmentFlag.AlignVCenter)
        grid.addLayout(big, 0, 0, 1, 4)
        for place, name in enumerate(("extra", "refused", "twice", "undone")):
            number = Text("0", role="number")
            grid.addWidget(number, 1, place)
            self._small[name] = number
        names = (self.tr("Extra"), self.tr("Refused"), self.tr("Twice"), self.tr("Taken back"))
        for place, name in enumerate(names):
            grid.addWidget(Text(name, role="caption", tone="muted"), 2, place)
            grid.setColumnStretch(place, 1)

    def tell(self, whole: Whole, expected: int) -> None:
        """Show a session's counter."""
        tally = whole.tally
        self.taken.setText(number(tally.taken))
        self._of.setText(self.tr("of {count}").format(count=number(expected)) if expected else "")
        for name, text in self._small.items():
            text.setText(number(getattr(tally, name)))
        self.setAccessibleName(
            self.tr("{taken} taken, {extra} extra, {refused} refused, {twice} twice, {undone} taken back").format(
                taken=tally.taken, extra=tally.extra, refused=tally.refused, twice=tally.twice, undone=tally.undone
            )
        )


class Begin(Panel):
    """What stands where the answer will be, before the first scan."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = ""
        self._icon = Icon(size=72)
        self._text = Text(role="title", wrap=True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(32, 32, 32, 32)
        column.setSpacing(14)
        column.addStretch(2)
        column.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._text)
        column.addStretch(3)

    def tell(self, task: Task) -> None:
        """Say how to begin."""
        self._name = desk_words.TASK_ICONS[task]
        self._text.setText(desk_words.begin_with(task))
        self._dress()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in CHANGES:
            self._dress()

    def _dress(self) -> None:
        if self._name:
            self._icon.show_icon(self._name, current().edge)


class SessionView(QWidget):
    """An open task. Signals say what the person wants; nothing is done here."""

    entered = Signal(list)
    undo_wanted = Signal()
    damage_wanted = Signal()
    finish_wanted = Signal()
    refused = Signal(str)

    def __init__(self, sounds: Sounds, voice: Voice, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sounds, self._voice = sounds, voice
        self._kept: deque[Line] = deque()
        self._note: Note | None = None
        self._expected = 0
        self._icon = Icon(size=32)
        self._task_icon = ""
        self.title, self.about = Text(role="headline"), Text(role="lead", tone="muted")
        self.field, self.card, self.begin = ScanField(), AnswerCard(), Begin()
        self.numbers, self.list, self.note = Numbers(), LineList(), NoteList()
        self.undo = Button(self.tr("Take back the last"), "undo-2")
        self.damage = Button(self.tr("The last is damaged"), "triangle-alert")
        self.finish = Button(self.tr("Finish"), "check", primary=True)
        self.finish.setObjectName("tall")
        self._lay_out()
        self.field.entered.connect(self.entered)
        self.field.refused.connect(self.refused)
        self.undo.clicked.connect(self.undo_wanted)
        self.damage.clicked.connect(self.damage_wanted)
        self.finish.clicked.connect(self.finish_wanted)
        self.card.seen.connect(self.go_on)
        acknowledge = QShortcut(QKeySequence(Qt.Key.Key_F8), self)
        acknowledge.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        acknowledge.activated.connect(self._acknowledge)
        self._dress()

    def _lay_out(self) -> None:
        said = QVBoxLayout()
        said.setSpacing(0)
        said.addWidget(self.title)
        said.addWidget(self.about)
        top = QHBoxLayout()
        top.setSpacing(14)
        top.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(said, 1)
        top.addWidget(self.finish)
        left = QVBoxLayout()
        left.setSpacing(14)
        left.addWidget(self.begin, 1)
        left.addWidget(self.card)
        self._note_panel = Panel()
        inside = QVBoxLayout(self._note_panel)
        inside.setContentsMargins(4, 8, 4, 8)
        inside.addWidget(self.note)
        self._note_panel.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        self._note_panel.setMinimumHeight(62)
        left.addWidget(self._note_panel, 1)
        left.addStretch(0)
        lines = Panel()
        inside = QVBoxLayout(lines)
        inside.setContentsMargins(4, 8, 4, 8)
        inside.addWidget(self.list)
        self._side = QWidget()
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(14)
        side.addWidget(self.numbers)
        side.addWidget(self.undo)
        side.addWidget(self.damage)
        side.addWidget(lines, 1)
        body = QWidget()
        body.setObjectName("body")
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight, body)
        self._columns.setContentsMargins(0, 0, 0, 0)
        self._columns.setSpacing(16)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(body)
        self._columns.addLayout(left, 1)
        self._columns.addWidget(self._side)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(14)
        whole.addLayout(top)
        whole.addWidget(self.field)
        whole.addWidget(self._scroll, 1)
        whole.addWidget(self.card.foot)

    # ---- what is shown -------------------------------------------------------------------------------------------------

    def open(self, whole: Whole, about: str, note: Note | None, progress: Reconciled | None) -> None:
        """Show a session, new or resumed."""
        task = whole.session.task
        self._kept.clear()
        self._task_icon = desk_words.TASK_ICONS[task]
        self.title.setText(desk_words.task_word(task))
        self.about.setText(about)
        self.about.setVisible(bool(about))
        self.begin.tell(task)
        self.card.hide()
        self.card.release()
        self.card.line = None
        self.begin.show()
        self.damage.setVisible(task is Task.RECEIVE)
        self.tell(whole, note, progress)
        self._dress()

    def tell(self, whole: Whole, note: Note | None, progress: Reconciled | None) -> None:
        """The list, the counter and the note as they are now."""
        if note is not self._note:
            self._note, self._expected = note, note.quantity if note is not None else 0
        self.numbers.tell(whole, self._expected)
        self.list.lines.tell(whole.lines)
        shows = progress is not None and whole.session.task is Task.RECEIVE
        self._note_panel.setVisible(shows)
        if progress is not None and shows:
            self.note.lines.tell(progress.lines)
        self.undo.setEnabled(whole.standing.last() is not None)
        self.damage.setEnabled(bool(whole.standing.counted))

    def answer(self, line: Line) -> None:
        """An answer came: sound at once, the card when nothing is held."""
        self._sounds.play(_tone(line))
        self._kept.append(line)
        if self.card.stopped:
            self.card.behind(len(self._kept))
        else:
            self.go_on()

    def go_on(self) -> None:
        """Show what was kept, up to the next line that has to be acknowledged."""
        self.card.release()
        waited = bool(self._kept)
        while self._kept:
            line = self._kept.popleft()
            self.card.tell(line)
            if line.stops:
                break
        if waited:
            self._voice.say(self.card.accessibleName())
        if self.card.line is not None:
            self.begin.hide()
            self.card.show()
            self.card.behind(len(self._kept))
            self._scroll.verticalScrollBar().setValue(0)
        self.listen()

    @property
    def unseen(self) -> tuple[Line, ...]:
        """The answers that somebody still has to look at: the one that is held, and those behind it."""
        held = (self.card.line,) if self.card.stopped and self.card.line is not None else ()
        return (*held, *self._kept)

    def resume(self, unseen: Sequence[Line]) -> None:
        """Hold these answers as they were held before, without a sound."""
        self._kept.extend(unseen)
        if unseen:
            self.go_on()

    @property
    def kept(self) -> int:
        """How many answers wait behind one that has to be acknowledged."""
        return len(self._kept)

    def _acknowledge(self) -> None:
        if self.card.stopped:
            self.go_on()

    def listen(self) -> None:
        """The field takes the focus."""
        if self.isVisible():
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Two columns where there is room."""
        super().resizeEvent(event)
        narrow = self.width() < _NARROW
        self._columns.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)
        self._side.setMinimumWidth(0 if narrow else 340)
        self._side.setMaximumWidth(16_777_215 if narrow else 360)
        self.list.setMinimumHeight(_ROWS if narrow else 0)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in CHANGES:
            self._dress()

    def _dress(self) -> None:
        if self._task_icon:
            self._icon.show_icon(self._task_icon, current().accent)


def _tone(line: Line) -> Tone:
    if line.mark is Mark.REFUSED:
        return Tone.STOP
    if line.stops:
        return Tone.LOOK
    return Tone.TWICE if line.mark is Mark.TWICE else Tone.TAKEN
