"""What joins the desk to hand-overs, contradictions and locked keys: where a code goes, which view follows which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStackedWidget

from app.handover.codes import is_code
from app.ui.pages.desk_cases import CasesPane
from app.ui.pages.handover import HandoverPane
from app.ui.tasks import Lanes
from app.ui.widgets.unlock import Unlock

if TYPE_CHECKING:
    from app.desk.desk import Finished
    from app.ui.door import Door
    from app.ui.pages.desk import DeskPage


class DeskHandover(QObject):
    """Belongs to a desk page. `changed` after something was signed, kept or seen."""

    changed = Signal()

    def __init__(self, page: DeskPage, lanes: Lanes) -> None:
        super().__init__(page)
        self._page, self._lanes = page, lanes
        self.pane, self.cases, self.unlock = HandoverPane(lanes), CasesPane(lanes), Unlock(lanes)
        self.waits = QStackedWidget()
        for view in (page.queue, self.cases):
            self.waits.addWidget(view)
        page.work.addWidget(self.pane)
        page.chooser.handover_wanted.connect(self.begin)
        page.done.handover_wanted.connect(self._show_code)
        for pane in (self.pane, page.queue):
            pane.cases_wanted.connect(self.show_cases)
        self.pane.left.connect(self._leave)
        self.pane.changed.connect(self.changed)
        self.cases.left.connect(lambda: self.waits.setCurrentWidget(page.queue))
        self.cases.changed.connect(self.changed)
        self.unlock.unlocked.connect(page.queue.push)

    @property
    def shown(self) -> bool:
        """Whether a hand-over is what the work tab shows."""
        return self._page.work.currentWidget() is self.pane

    def takes(self, text: str) -> bool:
        """Whether a scanned text is a code that another laptop shows; then it went where it belongs, never to a task's goods."""
        if not is_code(text):
            return False
        if self._page.working:
            self._page.notice.tell(self.tr("Finish the open task first: then take the goods over."))
            return True
        self._open()
        self.pane.take(text)
        return True

    def begin(self) -> None:
        """Give goods to another laptop, or take them over, without a network."""
        self._open()
        self.pane.begin()

    def show_cases(self) -> None:
        """Events that contradict each other."""
        self.waits.setCurrentWidget(self.cases)
        self._page.open_tab("waiting")
        self.cases.refresh()

    def ask_keys(self, done: Finished) -> None:
        """Where a finished task waits for its signature because the keys are locked, ask for the passphrase."""
        if done.waiting:
            self._lanes.store(_locked, lambda locked: self.unlock.ask() if locked else None)

    def _open(self) -> None:
        self._page.open_tab("work")
        self._page.work.setCurrentWidget(self.pane)

    def _show_code(self) -> None:
        """The code of the shipment that was just finished."""
        done = self._page.done.done
        if done is not None:
            self._open()
            self.pane.show_session([key for post in done.posts for key in post.step.keys])

    def _leave(self) -> None:
        self._page.work.setCurrentWidget(self._page.choosing)
        self._page.refresh()


def _locked(door: Door) -> bool:
    from app.network.keyring import StoredKeys

    keys = door.desk.station.network().keys
    return isinstance(keys, StoredKeys) and keys.locked
