"""The watched folder of the window: pictures and PDFs that appear there are read once, and their codes go where scans go.

Polled, because a share on the network tells of no changes. Looking and reading happen in the free lane; nothing is moved, changed
or deleted. A file counts as read after its codes were handed on, so a power cut may show a code twice and never loses one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.decode.folder import Stamp, Watching, kept, look, restored
from app.ui.pictures import ENDINGS, Found, Pictures
from app.ui.tasks import Lanes, Urgency
from chain.errors import WayproofError

if TYPE_CHECKING:
    from app.ui.door import Door

SETTING = "watched"
EVERY_MS = 1_000
_ROWS = 100


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one file: its name, when it was read (aware UTC), how many codes were in it, or why it could not be read."""

    name: str
    at: datetime
    codes: int = 0
    why: str = ""


class Watch(QObject):
    """Watches one folder, or none. `scanned` carries the texts of one file; `changed` after every row; `trouble` a sentence."""

    scanned = Signal(list)
    changed = Signal()
    trouble = Signal(str)

    def __init__(self, lanes: Lanes, pictures: Pictures, every_ms: int = EVERY_MS, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes, self._pictures = lanes, pictures
        self._watching = Watching()
        self._busy = False
        self._why = ""
        self.folder: Path | None = None
        self.rows: deque[Row] = deque(maxlen=_ROWS)
        self._timer = QTimer(self)
        self._timer.setInterval(every_ms)
        self._timer.timeout.connect(self.look)

    def open(self) -> None:
        """Go on with the folder that was chosen before."""
        self._lanes.store(lambda door: door.desk.remembered(SETTING), self._restore, self._said)

    def _restore(self, text: str) -> None:
        folder, done = restored(text)
        if folder is not None:
            self._use(folder, done)

    def choose(self, folder: Path | None) -> None:
        """Watch this folder from now on, or none; what is in it already is left alone."""
        if folder is None:
            self.stop()
            self.folder = None
            self._lanes.store(partial(_remember, ""), lambda _: self.changed.emit(), self._said)
            return
        self._lanes.free(lambda: look(folder, ENDINGS), partial(self._chosen, folder), self._said)

    def _chosen(self, folder: Path, found: dict[str, Stamp]) -> None:
        self._use(folder, found)
        self._keep()

    def _use(self, folder: Path, done: dict[str, Stamp]) -> None:
        self.folder, self._why = folder, ""
        self._watching = Watching(done)
        self._timer.start()
        self.changed.emit()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    # ---- one look ------------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Look now, unless a look or a reading is under way."""
        folder = self.folder
        if folder is not None and not self._busy:
            self._busy = True
            self._lanes.free(lambda: look(folder, ENDINGS), partial(self._looked, folder), self._not_looked)

    def _looked(self, folder: Path, found: dict[str, Stamp]) -> None:
        self._why = ""
        if folder != self.folder:  # another one was chosen meanwhile
            self._busy = False
            return
        self._read(folder, self._watching.ready(found), found)

    def _not_looked(self, error: WayproofError) -> None:
        self._busy = False
        if error.words != self._why:  # said once, not every second
            self._why = error.words
            self.trouble.emit(error.words)

    def _read(self, folder: Path, names: Sequence[str], found: dict[str, Stamp]) -> None:
        if not names or folder != self.folder or not self._timer.isActive():
            self._busy = False
            return
        name, rest = names[0], names[1:]

        def done(row: Row) -> None:
            if folder == self.folder:
                self._watching.read(name, found[name])
                self.rows.appendleft(row)
                self._keep()
                self.changed.emit()
            self._read(folder, rest, found)

        work, found_in = partial(self._pictures.read, folder / name), partial(self._found, done)
        self._lanes.free(work, found_in, partial(self._unread, done, name))

    def _found(self, done: Callable[[Row], None], found: Found) -> None:
        if found.texts:
            self.scanned.emit(list(found.texts))
            done(Row(found.name, datetime.now(UTC), len(found.texts)))
        else:
            done(Row(found.name, datetime.now(UTC), 0, self.tr("No code was found in it.")))

    def _unread(self, done: Callable[[Row], None], name: str, error: WayproofError) -> None:
        done(Row(name, datetime.now(UTC), 0, error.words))

    def _keep(self) -> None:
        """Behind the scans, which are more urgent: a file is done after its codes are on the disk."""
        if self.folder is not None:
            text = kept(self.folder, self._watching.done)
            self._lanes.store(partial(_remember, text), lambda _: None, self._said, Urgency.IDLE)

    def _said(self, error: WayproofError) -> None:
        self.trouble.emit(error.words)


def _remember(text: str, door: Door) -> None:
    door.desk.remember(SETTING, text)
