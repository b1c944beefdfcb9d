"""Files in and out: open or drop what somebody else sent, import it or see its verdicts, and save proof for somebody else.

What a file is, is decided by its content. Reading, judging and writing happen in the lanes, with the code of the command line
(`app.proofs`, `app.exchange`); a list is shown before anything of it is kept. Claims are kept in the store lane, so that scans
wait and none is lost; whatever asks the network does it in the network lane.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QVBoxLayout, QWidget

from app.ui import file_work
from app.ui.file_work import Sorted
from app.ui.language import counted
from app.ui.pages.files_import import ImportView
from app.ui.pages.files_proofs import ProofsView
from app.ui.pages.files_start import StartView
from app.ui.pictures import files_in, readable
from app.ui.tasks import Job, Lanes, Urgency
from app.ui.widgets.notice import Notice
from app.ui.widgets.panel import scrolling
from app.ui.widgets.work_bar import WorkBar
from chain.errors import WayproofError

if TYPE_CHECKING:
    from app.proofs import Opened

_PACK = "trust.json"
_SESSIONS = 30
_MOST = 50
"""Files at once."""
T = TypeVar("T")


class FilesPage(QWidget):
    """Start, import, verdicts. `pictures_wanted` carries dropped pictures, `items_wanted` after an import, `changed` when the
    station holds more than before."""

    pictures_wanted = Signal(object)
    items_wanted = Signal()
    changed = Signal()

    def __init__(self, lanes: Lanes, profile: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lanes, self._profile = lanes, profile
        self._trust = profile / _PACK
        self._paths: list[Path] = []
        self._job: Job | None = None
        self._importing = False
        self._stop = Event()
        self.notice, self.work = Notice(), WorkBar()
        self.start, self.importing, self.proofs = StartView(), ImportView(), ProofsView()
        self._stack = QStackedWidget()
        self._first = scrolling(self.start)
        for view in (self._first, self.importing, self.proofs):
            self._stack.addWidget(view)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(16)
        column.addWidget(self.notice)
        column.addWidget(self.work)
        column.addWidget(self._stack, 1)
        self.setAcceptDrops(True)
        self._connect()

    def _connect(self) -> None:
        self.start.coming.opened.connect(self.open)
        going = self.start.going
        going.wanted.connect(self.save_proof)
        going.task_chosen.connect(self.load_task)
        going.list_chosen.connect(self.load_list)
        view = self.importing
        view.left.connect(self.restart)
        view.again_wanted.connect(self._look)
        view.import_wanted.connect(self.import_it)
        view.save_wanted.connect(self.save_refused)
        view.items_wanted.connect(self.items_wanted)
        self.proofs.left.connect(self.restart)
        self.proofs.trust_wanted.connect(self._ask_trust)

    # ---- what runs -----------------------------------------------------------------------------------------------------

    def _begin(self, words: str) -> Event:
        if self._job is not None:
            self._job.cancel()
        self.notice.hide()
        self._stop.set()
        self._stop = self.work.begin(words)
        return self._stop

    def _ended(self, done: Callable[[T], object]) -> Callable[[T], None]:
        def ended(answer: T) -> None:
            self._job, self._importing = None, False
            self.work.end()
            done(answer)

        return ended

    def _failed(self, error: WayproofError) -> None:
        self._job, self._importing = None, False
        self.work.end()
        self.notice.tell(error.words)
        if self._stack.currentWidget() is self.importing:
            self.importing.rest()

    def _say(self, error: WayproofError) -> None:
        self.notice.tell(error.words)

    def stop(self) -> None:
        """Nothing goes on: the window is closing."""
        self._stop.set()

    @property
    def listens(self) -> bool:
        """Whether a scan is meant for the list of codes."""
        return self._stack.currentWidget() is self._first and self.start.going.listens

    def take(self, text: str) -> None:
        """A code was scanned."""
        self.start.going.take(text)

    def restart(self) -> None:
        """Back to where files are opened. An import that is under way is stopped first, and says what became of it."""
        if self._importing:
            self.work.stop()
            return
        self._stop.set()
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self.work.end()
        self.notice.hide()
        self._stack.setCurrentWidget(self._first)

    def begin_proof(self) -> None:
        """Show the list of codes that a proof shall be about, empty."""
        self.restart()
        self.start.going.restart()

    # ---- in ------------------------------------------------------------------------------------------------------------

    def open(self, paths: Sequence[Path]) -> None:
        """Open files: pictures go to the scan page, proofs are judged, a list is looked at."""
        if paths and len(readable(paths)) == len(paths):
            self.pictures_wanted.emit(list(paths))
            return
        if not paths or len(paths) > _MOST:
            self.notice.tell(self.tr("At most {count} files at once.").format(count=_MOST))
            return
        if self._importing:
            self.notice.tell(self.tr("An import is under way: wait for it, or stop it."))
            return
        self._paths = list(paths)
        if (own := self._profile / _PACK).is_file():
            self._trust = own
        self._begin(self.tr("Reading {name}…").format(name=paths[0].name))
        self._job = self._lanes.free(partial(file_work.known, self._paths), self._ended(self._sorted), self._failed)

    def _sorted(self, found: Sorted) -> None:
        kind, mappings, table = found
        if kind == "proofs":
            self._judge()
            return
        self.importing.begin(self._paths[0], mappings, table)
        self._stack.setCurrentWidget(self.importing)
        self._look()

    # ---- verdicts ------------------------------------------------------------------------------------------------------

    def _judge(self) -> None:
        if not self._trust.is_file():
            self.restart()
            self.notice.tell(self.tr("This laptop trusts nobody yet: open the trust pack that came with the file."))
            self._ask_trust()
            return
        stop = self._begin(self.tr("Checking {name}…").format(name=self._paths[0].name))
        work = partial(file_work.opened, self._paths, self._trust, self._profile, stop)
        self._job = self._lanes.free(work, self._ended(self._tell_verdicts), self._failed)

    def _tell_verdicts(self, opened: list[Opened]) -> None:
        if not opened:
            return
        own = self._trust == self._profile / _PACK
        self.proofs.tell(opened, self.tr("this laptop's trust pack") if own else self._trust.name)
        self._stack.setCurrentWidget(self.proofs)
        self.proofs.list.setFocus()

    def _ask_trust(self) -> None:
        dialog = QFileDialog(self, self.tr("Open a trust pack"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda name: self.use_trust(Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def use_trust(self, path: Path) -> None:
        """Judge what is open against another trust pack; it is used for this file, and pinned nowhere."""
        self._trust = path
        self._judge()

    # ---- lists ---------------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Look at the list again, as it is to be read now."""
        view, path = self.importing, self._paths[0]
        view.wait()
        stop = self._begin(self.tr("Reading {name}…").format(name=path.name))
        work = partial(file_work.previewed, path, view.chosen_mapping, view.records, self.work.moved.emit, stop.is_set)
        self._job = self._lanes.network(work, self._ended(view.tell), self._not_looked)

    def _not_looked(self, error: WayproofError) -> None:
        if self.importing.records and self.importing.told is not None and not self.importing.told.records:
            self.importing.how.setCurrentIndex(0)  # what was shown still holds
        self._failed(error)

    def import_it(self) -> None:
        """Bring in what was shown."""
        view = self.importing
        if view.told is None:
            return
        view.wait()
        stop = self._begin(self.tr("Importing {name}…").format(name=view.told.path.name))
        work = partial(file_work.imported, view.told, view.chosen_mapping, self.work.moved.emit, stop.is_set)
        self._importing = True
        lane = self._lanes.network if view.told.records else self._lanes.store
        self._job = lane(work, self._ended(self._imported), self._not_imported)

    def _imported(self, counts: tuple[int, int]) -> None:
        self.importing.tell_done(*counts)
        self.changed.emit()

    def _not_imported(self, error: WayproofError) -> None:
        self._failed(error)
        self.changed.emit()

    def save_refused(self, path: Path) -> None:
        """Write the refused lines as a table."""
        told = self.importing.told
        if told is not None:
            self._lanes.free(partial(file_work.save_refused, told, path), lambda _: self._saved(path), self._say)

    # ---- out -----------------------------------------------------------------------------------------------------------

    def load_task(self, number: str) -> None:
        """The goods of a finished task are what a proof shall be about."""
        self._lanes.store(partial(file_work.goods_of, number), self.start.going.load, self._say)

    def load_list(self, path: Path) -> None:
        """The codes in a file are what a proof shall be about."""
        self._lanes.free(partial(file_work.codes_in, path), self.start.going.load, self._say)

    def save_proof(self, texts: Sequence[str], path: Path) -> None:
        """Write the proof of these items: an evidence file of one, a depot pack of many."""
        stop = self._begin(self.tr("Proof is being made…"))
        work = partial(file_work.prove, list(texts), path, self.work.moved.emit, stop.is_set)
        self._job = self._lanes.network(work, self._ended(lambda count: self._saved(path, count)), self._failed)

    def _saved(self, path: Path, items: int = 0) -> None:
        told = self.tr("Saved {name}.").format(name=path.name)
        if items:
            said = counted("It proves {count} item.", "It proves {count} items.", items).format(count=items)
            told = f"{told} {said}"
        self.notice.tell(told)

    # ---- the window ----------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """The finished tasks, fresh."""
        super().showEvent(event)
        self._lanes.store(lambda door: door.desk.sessions(_SESSIONS), self.start.going.fill, lambda _: None, Urgency.IDLE)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files may be dropped."""
        if files_in(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        self.open(files_in(event.mimeData()))
        event.acceptProposedAction()
