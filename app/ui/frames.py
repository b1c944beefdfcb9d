"""Frames from files: pictures, a folder of them, or a film: what a camera saw, played again in a test or a demonstration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from app.ui.camera import Files, Source
from app.ui.pictures import readable
from chain.errors import BadInput

if TYPE_CHECKING:
    import cv2

FILMS = (".avi", ".mkv", ".mov", ".mp4", ".webm")


class Film(QObject):
    """Frames of a film, as fast as it was taken unless `every_ms` says otherwise. It ends at its end."""

    frame = Signal(QImage)
    lost = Signal(str)

    def __init__(self, path: Path, *, every_ms: int = 0, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path, self._every = path, every_ms
        self._film: cv2.VideoCapture | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._next)

    def start(self) -> None:
        """See `Source`."""
        import cv2

        film = cv2.VideoCapture(str(self._path))
        if not film.isOpened():
            raise BadInput(f"{self._path.name} is not a film that can be read.")
        rate = film.get(cv2.CAP_PROP_FPS)
        self._film = film
        self._timer.setInterval(self._every or round(1000 / (rate if 1 <= rate <= 120 else 25)))
        self._timer.start()

    def stop(self) -> None:
        """See `Source`."""
        self._timer.stop()
        if self._film is not None:
            self._film.release()
        self._film = None

    def _next(self) -> None:
        if self._film is None:
            return
        there, frame = self._film.read()
        if not there:
            self.stop()
            return
        height, width = frame.shape[:2]
        self.frame.emit(QImage(frame.tobytes(), width, height, 3 * width, QImage.Format.Format_BGR888).copy())


def source_of(path: Path, *, each: int = 3, every_ms: int = 60) -> Source:
    """What plays a picture, the pictures of a folder in the order of their names, or a film. Raises BadInput."""
    if path.is_dir():
        pictures = readable(sorted(one for one in path.iterdir() if one.is_file()))
        if not pictures:
            raise BadInput(f"There are no pictures in {path}.")
        return Files(pictures, each=each, every_ms=every_ms)
    if not path.is_file():
        raise BadInput(f"There is no file {path}.")
    return Film(path, every_ms=every_ms) if path.suffix.lower() in FILMS else Files([path], each=each, every_ms=every_ms)
