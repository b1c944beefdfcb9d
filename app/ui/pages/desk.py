"""The desk: choose a task, scan, finish; what waits for the network; the people; labels. One page for a whole shift.

Every scan is judged and written in the store lane, before anything else that waits there; this page keeps the order and shows
what came of it. It opens no file and no connection by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from app.desk.notes import Note, Reconciled
from app.desk.people import is_badge
from app.desk.session import AMENDS, Line, Whole
from app.desk.tasks import Task
from app.ui.language import counted
from app.ui.pages.desk_camera import CameraPane
from app.ui.pages.desk_chooser import TaskChooser, Wanted
from app.ui.pages.desk_done import DoneView
from app.ui.pages.desk_handover import DeskHandover
from app.ui.pages.desk_labels import LabelsPane
from app.ui.pages.desk_people import PeoplePane
from app.ui.pages.desk_queue import QueuePane
from app.ui.pages.desk_scanner import ScannerPane
from app.ui.pages.desk_session import SessionView
from app.ui.pages.desk_shown import VOICE, DeskState, Shown, about, look, write_paper
from app.ui.pictures import files_in
from app.ui.plain import Text
from app.ui.sounds import Sounds, Tone
from app.ui.tasks import Lanes, Urgency
from app.ui.theme import TARGET
from app.ui.voice import Voice
from app.ui.wedge import Wedge
from app.ui.widgets.notice import Notice
from app.ui.widgets.panel import scrolling
from chain.errors import WayproofError
from chain.secret import is_secret

if TYPE_CHECKING:
    from app.desk.desk import Again, Answer, Finished
    from app.store.desk import Post
    from app.ui.door import Door

TABS = ("work", "waiting", "labels", "people", "scanner", "camera")


class DeskPage(QWidget):
    """The page. `checked` after every scan; `check_wanted` with a text that was scanned while no task is open; `proof_wanted`
    with a finished task."""

    checked = Signal()
    check_wanted = Signal(str)
    proof_wanted = Signal(str)
    settled = Signal()

    def __init__(self, lanes: Lanes, wedge: Wedge, sounds: Sounds | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lanes = lanes
        self.sounds, self.voice = sounds or Sounds(self), Voice(self)
        self._whole: Whole | None = None
        self._note: Note | None = None
        self._unseen: tuple[Line, ...] = ()
        self.notice = Notice()
        self.who = Text(tone="muted")
        self.chooser, self.session, self.done = TaskChooser(), SessionView(self.sounds, self.voice), DoneView()
        self.work, self.queue, self.people = QStackedWidget(), QueuePane(lanes), PeoplePane(lanes)
        self.labels, self.scanner = LabelsPane(lanes), ScannerPane(lanes, wedge)
        self.camera = CameraPane(lanes)
        self.choosing = scrolling(self.chooser)
        for view in (self.choosing, self.session, self.done):
            self.work.addWidget(view)
        self.handing = DeskHandover(self, lanes)
        self.tabs: dict[str, QToolButton] = {}
        self._stack = QStackedWidget()
        for pane in (self.work, self.handing.waits, scrolling(self.labels), self.people, scrolling(self.scanner), self.camera):
            self._stack.addWidget(pane)
        self._lay_out()
        self.setAcceptDrops(True)
        self.chooser.wanted.connect(self.begin)
        self.session.entered.connect(self._typed)
        self.session.refused.connect(self.notice.tell)
        self.session.undo_wanted.connect(lambda: self._amend(lambda door: door.desk.undo()))
        self.session.damage_wanted.connect(lambda: self._amend(lambda door: door.desk.damaged()))
        self.session.finish_wanted.connect(self.finish)
        self.done.closed.connect(self.refresh)
        self.done.paper_wanted.connect(self.save_paper)
        self.done.make_up_wanted.connect(self.make_up)
        self.done.proof_wanted.connect(self.proof_wanted)
        self.queue.sent.connect(self._changed)
        self.handing.changed.connect(self._changed)
        self.people.changed.connect(self._changed)
        self.camera.scanned.connect(lambda text: self.take(text, "camera"))

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setSpacing(4)
        group = QButtonGroup(self)
        words = {
            "work": self.tr("Work"),
            "waiting": self.tr("Waiting"),
            "labels": self.tr("Labels"),
            "people": self.tr("People"),
            "scanner": self.tr("Scanner"),
            "camera": self.tr("Camera"),
        }
        for place, name in enumerate(TABS):
            button = QToolButton()
            button.setObjectName("tab")
            button.setText(words[name])
            button.setAccessibleName(words[name])
            button.setCheckable(True)
            button.setMinimumSize(96, TARGET)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _, place=place: self._stack.setCurrentIndex(place))
            group.addButton(button)
            bar.addWidget(button)
            self.tabs[name] = button
        self.tabs["work"].setChecked(True)
        bar.addStretch(1)
        self.speak = QToolButton()
        self.speak.setObjectName("tab")
        self.speak.setText(self.tr("Speak answers"))
        self.speak.setAccessibleName(self.tr("Speak answers"))
        self.speak.setCheckable(True)
        self.speak.setMinimumSize(96, TARGET)
        self.speak.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.speak.clicked.connect(self._speak)
        bar.addWidget(self.speak)
        bar.addWidget(self.who)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 10, 24, 18)
        whole.setSpacing(14)
        whole.addLayout(bar)
        whole.addWidget(self.notice)
        whole.addWidget(self.handing.unlock)
        whole.addWidget(self._stack, 1)

    def _speak(self, wanted: bool) -> None:
        """Answers are spoken, or no longer; it is remembered."""
        on = self.voice.turn(wanted)
        self.speak.setChecked(on)
        if wanted and not on:
            self.notice.tell(self.tr("This machine has no voice: install a speech engine of the operating system first."))
            return
        self._lanes.store(lambda door: door.desk.remember(VOICE, "on" if on else ""), lambda _: None, self._failed)

    def open_tab(self, name: str) -> None:
        """Go to a tab (one of TABS)."""
        self.tabs[name].click()

    def state(self) -> DeskState:
        """What another page of this kind goes on with."""
        done = self.done.done if self.work.currentWidget() is self.done else None
        tab = next(name for name, button in self.tabs.items() if button.isChecked())
        return DeskState(self._whole, self._note, self.session.unseen, done, tab, self.sounds.loud)

    def go_on(self, state: DeskState) -> None:
        """Go on where another page of this kind was."""
        self._whole, self._note, self._unseen = state.whole, state.note, state.unseen
        self.sounds.loud = state.loud
        self.open_tab(state.tab)
        if state.done is not None:
            self._finished(state.done)
            self._changed()
        else:
            self.refresh()

    @property
    def working(self) -> bool:
        """True while a task is open."""
        return self._whole is not None

    # ---- scans ---------------------------------------------------------------------------------------------------------

    def take(self, text: str, via: str = "wedge") -> None:
        """A text was scanned or typed: a badge signs in, everything else belongs to the open task."""
        if is_badge(text):
            self.people.take_badge(text)
            return
        if is_secret(text):
            self.open_tab("labels")
            self.labels.secret.take(text)
            return
        if self.handing.takes(text):
            return
        if self._whole is None:
            self.check_wanted.emit(text)
            return
        if self.work.currentWidget() is self.session:
            self.open_tab("work")
        at = datetime.now(UTC)
        self._lanes.store(
            lambda door: (door.desk.scan(text, at, via), door.desk.progress()), self._answered, self._failed, Urgency.SCAN
        )

    def stop(self) -> None:
        """No camera and no decoding any more."""
        self.camera.stop()
        self.handing.pane.stop()

    def close_pictures(self) -> None:
        """End the decoder's process; after the lanes are closed."""
        self.handing.pane.close_pictures()

    def _typed(self, texts: list[str]) -> None:
        for text in texts:
            self.take(text, "keyboard")

    def _answered(self, found: tuple[Answer, Reconciled | None]) -> None:
        answer, progress = found
        if answer.whole is None or answer.line is None:
            return
        self.notice.hide()
        self._whole = answer.whole
        self.session.tell(answer.whole, self._note, progress)
        self.session.answer(answer.line)
        self.checked.emit()

    def _amend(self, work: Callable[[Door], object]) -> None:
        self._lanes.store(lambda door: (work(door), door.desk.open, door.desk.progress()), self._amended, self._failed)

    def _amended(self, found: tuple[object, Whole | None, Reconciled | None]) -> None:
        _, whole, progress = found
        if whole is not None:
            self._whole = whole
            self.notice.hide()
            self.session.tell(whole, self._note, progress)
            self.session.answer(whole.lines[-1])

    def look_again(self, first: int = 1) -> None:
        """The network took something back: the lines of the open task are judged again, a few at a time behind the scans."""
        if self._whole is None:
            return

        def work(door: Door) -> tuple[Again, Whole | None, Reconciled | None]:
            return door.desk.look_again(first), door.desk.open, door.desk.progress()

        self._lanes.store(work, self._looked_again, self._failed, Urgency.IDLE)

    def _looked_again(self, found: tuple[Again, Whole | None, Reconciled | None]) -> None:
        again, whole, progress = found
        if whole is not None and again.lines:
            self._whole = whole
            self.session.tell(whole, self._note, progress)
            for line in again.lines:
                if line.mark not in AMENDS:
                    self.session.answer(line)
            count = sum(1 for line in again.lines if line.mark in AMENDS)
            told = counted(
                "The network took something back: {count} line of this task says something else now.",
                "The network took something back: {count} lines of this task say something else now.",
                count,
            )
            self.notice.tell(told.format(count=count))
        if again.next:
            self.look_again(again.next)

    # ---- tasks ---------------------------------------------------------------------------------------------------------

    def begin(self, wanted: Wanted) -> None:
        """Begin what was chosen."""

        def work(door: Door) -> Shown:
            from app.desk.note_file import read_note
            from app.desk.stock import read_recall, typed_recall

            note = recall = None
            if wanted.task is Task.RECEIVE and wanted.file is not None:
                note = read_note(wanted.file)
            elif wanted.task is Task.RECALL:
                recall = read_recall(wanted.file) if wanted.file is not None else typed_recall(wanted.typed)
            door.desk.begin(wanted.task, other=wanted.other, note=note, ending=wanted.ending, recall=recall)
            return look(door)

        self._lanes.store(work, self._tell, self._failed)

    def finish(self) -> None:
        """End the open task."""
        if self.session.card.stopped:
            self.notice.tell(self.tr("Something was refused: read it and press “Understood” first."))
            return
        self.session.finish.setEnabled(False)
        self._lanes.store(lambda door: door.desk.end(), self._ended, self._failed)

    def _ended(self, done: Finished) -> None:
        """The list is closed and on the disk; what it records is signed and sent beside the next task."""
        self._finished(done)
        if done.posts:
            self.done.send()
        number = done.whole.session.id
        self._lanes.network(lambda door: door.desk.posting.push(), partial(self._recorded, number), self._failed)

    def _recorded(self, number: str, tried: tuple[Post, ...]) -> None:
        self._lanes.store(lambda door: door.desk.finished(number, tried), self._tell_recorded, self._failed)

    def _tell_recorded(self, done: Finished) -> None:
        shown = self.done.done
        if shown is not None and shown.whole.session.id == done.whole.session.id:
            self.done.tell(done)
        self.handing.ask_keys(done)
        self._changed()
        self.settled.emit()

    def _finished(self, done: Finished) -> None:
        self._whole = self._note = None
        self.session.finish.setEnabled(True)
        self.notice.hide()
        self.done.tell(done)
        self.work.setCurrentWidget(self.done)
        self.checked.emit()
        self.settled.emit()

    def show_finished(self) -> None:
        """The summary of the newest finished task, as it stands now."""

        def work(door: Door) -> Finished | None:
            past = door.desk.sessions(1)
            return door.desk.finished(past[0].id) if past else None

        self._lanes.store(work, lambda done: self._finished(done) if done is not None else None, self._failed)

    def save_paper(self, kind: str, path: Path) -> None:
        """Write the receipt or a list of the finished task."""
        if self.done.done is None:
            return
        number = self.done.done.whole.session.id

        work = partial(write_paper, number, kind, self.done.title.text(), path)
        self._lanes.store(work, lambda _: self.notice.tell(self.tr("Saved {name}.").format(name=path.name)), self._failed)

    def make_up(self, n: int) -> None:
        """Make up for an event of the finished task that is shown."""
        done = self.done.done
        if done is None:
            return
        number = done.whole.session.id

        def kept(_: object) -> None:
            self._lanes.network(lambda door: door.desk.posting.push(number), partial(self._recorded, number), self._failed)

        self._lanes.store(lambda door: door.desk.posting.against(number, n), kept, self._failed)

    def refresh(self) -> None:
        """Ask how the desk stands; an open task is gone on with."""
        self._lanes.store(look, self._tell, self._failed)

    def _changed(self) -> None:
        self._lanes.store(look, self._tell_people, self._failed)
        self.checked.emit()

    def _tell_people(self, shown: Shown) -> None:
        self.who.setText(shown.who)
        waits = self.tr("Waiting ({count})").format(count=shown.waiting) if shown.waiting else self.tr("Waiting")
        self.tabs["waiting"].setText(waits)
        self.tabs["waiting"].setAccessibleName(waits)

    def _tell(self, shown: Shown) -> None:
        self._tell_people(shown)
        if shown.voice != self.voice.on:
            self.speak.setChecked(self.voice.turn(shown.voice))
        self.notice.hide()
        self._whole, self._note = shown.whole, shown.note
        self.chooser.parties(shown.parties, shown.here)
        if shown.whole is None:
            if not self.handing.shown:
                self.work.setCurrentWidget(self.choosing)
        else:
            unseen, self._unseen = self._unseen or self.session.unseen, ()
            self.session.open(shown.whole, about(shown), shown.note, shown.progress)
            self.work.setCurrentWidget(self.session)
            self.session.resume(unseen)
            self.session.listen()
        self.settled.emit()

    def _failed(self, error: WayproofError) -> None:
        self.session.finish.setEnabled(True)
        self.sounds.play(Tone.LOOK)
        self.notice.tell(error.words)

    # ---- files and focus -----------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A delivery note may be dropped while no task is open."""
        if self._whole is None and files_in(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Receive against the dropped note."""
        paths: Sequence[Path] = files_in(event.mimeData())
        if self._whole is None and paths:
            self.chooser.drop_note(paths[0])
            event.acceptProposedAction()

    def showEvent(self, event: QShowEvent) -> None:
        """Fresh whenever it is opened; a summary stays until it was read."""
        super().showEvent(event)
        if self.work.currentWidget() is not self.done and not self.handing.shown:
            self.refresh()
        self.session.listen()
