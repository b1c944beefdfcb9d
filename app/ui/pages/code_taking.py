"""Takes in the codes that another laptop shows, by the camera, by a scanner, or from pictures: in any order, and twice.

What the codes say together is given on; what it means is not looked at here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QHideEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.handover import codes
from app.ui.pages.desk_camera import CameraPane
from app.ui.pictures import Found, Pictures, files_in, readable
from app.ui.plain import Text
from app.ui.tasks import Lanes
from app.ui.widgets.notice import Notice
from app.ui.widgets.panel import Button
from chain.errors import BadInput, WayproofError

_MOST_PICTURES = 100


class CodeTaking(QWidget):
    """The camera, and a button for pictures. `whole` carries what the codes say together, once."""

    whole = Signal(str)

    def __init__(self, lanes: Lanes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lanes = lanes
        self._parts: list[str] = []
        self._pictures: Pictures | None = None
        self.notice = Notice()
        self.progress = Text(role="lead", wrap=True)
        self.camera = CameraPane(lanes)
        self.camera.scanned.connect(self.take)
        self.open = Button(self.tr("Read from pictures"), "image-up")
        self.open.setObjectName("tall")
        self.open.clicked.connect(self._choose)
        foot = QHBoxLayout()
        foot.setSpacing(12)
        foot.addWidget(self.progress, 1)
        foot.addWidget(self.open)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.notice)
        column.addWidget(self.camera, 1)
        column.addLayout(foot)
        self.setAcceptDrops(True)
        self.begin()

    def begin(self) -> None:
        """Forget what was taken in."""
        self._parts = []
        self.notice.hide()
        self._tell()

    def take(self, text: str) -> None:
        """One code's text."""
        if not codes.is_code(text):
            self.notice.tell(self.tr("This is not a code of another laptop: scan the one on its screen."))
            return
        parts = list(dict.fromkeys((*self._parts, text.strip())))
        try:
            whole = codes.joined(parts)
        except BadInput as error:
            self.notice.tell(error.words)
            self._parts = [text.strip()] if self._parts else []
            self._tell()
            return
        self.notice.hide()
        self._parts = parts
        self._tell()
        if whole is not None:
            self._parts = []
            self.camera.stop()
            self.whole.emit(whole)

    def read(self, paths: Sequence[Path]) -> None:
        """The codes in pictures."""
        found = readable(paths)[:_MOST_PICTURES]
        if not found:
            self.notice.tell(self.tr("These are no pictures."))
        pictures = self._pictures = self._pictures or Pictures()
        for path in found:
            self._lanes.free(lambda path=path: pictures.read(path), self._read, self._failed)  # type: ignore[misc]

    def _read(self, found: Found) -> None:
        if not found.texts:
            self.notice.tell(self.tr("There is no code on {name}.").format(name=found.name))
        for text in found.texts:
            self.take(text)

    def _failed(self, error: WayproofError) -> None:
        self.notice.tell(error.words)

    def _tell(self) -> None:
        here, all_ = codes.counted(self._parts)
        if not here:
            self.progress.setText(self.tr("Hold the other screen before the camera, or scan it with the scanner."))
        else:
            self.progress.setText(self.tr("{count} of {all} codes read.").format(count=here, all=all_))

    def _choose(self) -> None:
        dialog = QFileDialog(self, self.tr("Read from pictures"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(lambda names: self.read([Path(name) for name in names]))
        dialog.open()

    def stop_watching(self) -> None:
        """The camera off."""
        self.camera.stop()

    def stop(self) -> None:
        """The camera off, no other picture begun."""
        self.camera.stop()
        if self._pictures is not None:
            self._pictures.stop()

    def close_pictures(self) -> None:
        """End the decoder's process; after the lanes are closed."""
        if self._pictures is not None:
            self._pictures.close()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing is watched that is not seen."""
        super().hideEvent(event)
        self.camera.stop()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Pictures may be dropped."""
        if files_in(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Read the dropped pictures."""
        self.read(files_in(event.mimeData()))
        event.acceptProposedAction()
