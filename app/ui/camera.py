"""A camera as a scanner: frames from a device or from files, decoded beside the window, each code told once while it is in view.

At most one frame is under way; those that come meanwhile are shown and not decoded. A device that is unplugged is said, and goes
on by itself when it is back. Pictures are decoded and forgotten: nothing is stored or sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from PySide6.QtCore import QObject, QTimer, Signal, SignalInstance
from PySide6.QtGui import QImage

from app.decode.code import Code
from app.decode.live import LiveDecoder, Sighting
from app.ui.tasks import Lanes
from chain.errors import BadInput, WayproofError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PySide6.QtMultimedia import QCamera, QCameraFormat, QMediaCaptureSession, QMediaDevices, QVideoFrame, QVideoSink

WIDEST = 1280
"""Frames are brought to this width before they are decoded."""


@dataclass(frozen=True, slots=True)
class Device:
    """A camera of this machine: its id, its name for people, and the sizes of frames that it offers, the largest first."""

    id: str
    name: str
    sizes: tuple[tuple[int, int], ...] = ()


class Source(Protocol):
    """Whatever gives frames: signals `frame(QImage)` and `lost(str)`."""

    frame: SignalInstance
    lost: SignalInstance

    def start(self) -> None:
        """Begin. Raises BadInput where that cannot be."""

    def stop(self) -> None:
        """End; no frame comes after this."""


@runtime_checkable
class Lamp(Protocol):
    """A source with a light that may be switched, once it runs."""

    def has_torch(self) -> bool:
        """Whether there is one."""

    def torch(self, on: bool) -> None:
        """Switch it."""


class Files(QObject):
    """Frames from pictures in files, one after the other, each shown for as many frames as it takes to agree."""

    frame = Signal(QImage)
    lost = Signal(str)

    def __init__(self, paths: Sequence[Path], *, each: int = 3, every_ms: int = 60, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._paths = [path for path in paths for _ in range(each)]
        self._left: Iterator[Path] = iter(())
        self._timer = QTimer(self)
        self._timer.setInterval(every_ms)
        self._timer.timeout.connect(self._next)

    def start(self) -> None:
        """See `Source`."""
        self._left = iter(self._paths)
        self._timer.start()

    def stop(self) -> None:
        """See `Source`."""
        self._timer.stop()

    def _next(self) -> None:
        path = next(self._left, None)
        if path is None:
            self.stop()
            return
        image = QImage(str(path))
        if image.isNull():
            self.lost.emit(f"The picture {path.name} cannot be read.")
        else:
            self.frame.emit(image)


class Live(QObject):
    """Frames from a device, through QtMultimedia, which is loaded when a camera is first started."""

    frame = Signal(QImage)
    lost = Signal(str)

    def __init__(self, device: str = "", size: tuple[int, int] | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._device, self._size = device, size
        self._lit = False
        self._wanted = False
        self._camera: QCamera | None = None
        self._session: QMediaCaptureSession | None = None
        self._sink: QVideoSink | None = None
        self._watch: QMediaDevices | None = None

    def start(self) -> None:
        """See `Source`."""
        try:
            from PySide6.QtMultimedia import QMediaDevices
        except ImportError as missing:
            raise BadInput("Cameras need the system's sound and media libraries (libpulse0 on Linux).") from missing
        if self._watch is None:
            self._watch = QMediaDevices(self)
            self._watch.videoInputsChanged.connect(self._changed)
        self._wanted = True
        if not self._open():
            self._wanted = False
            raise BadInput("No camera was found: plug one in, or let the program use it in the system's settings.")

    def stop(self) -> None:
        """See `Source`."""
        self._wanted = False
        self._close()

    def _open(self) -> bool:
        from PySide6.QtMultimedia import QCamera, QMediaCaptureSession, QMediaDevices, QVideoSink

        inputs = QMediaDevices.videoInputs()
        wanted = [one for one in inputs if one.id().toStdString() == self._device] or (inputs if not self._device else [])
        if not wanted:
            return False
        self._camera, self._sink, self._session = QCamera(wanted[0], self), QVideoSink(self), QMediaCaptureSession(self)
        self._session.setCamera(self._camera)
        self._session.setVideoSink(self._sink)
        self._sink.videoFrameChanged.connect(self._came)
        self._camera.errorOccurred.connect(lambda _, words: self.lost.emit(f"The camera stopped: {words}"))
        fitting = [one for one in wanted[0].videoFormats() if _size_of(one) == self._size]
        if fitting:
            self._camera.setCameraFormat(max(fitting, key=lambda one: one.maxFrameRate()))
        self._camera.start()
        if self._lit and self.has_torch():  # it is plugged in again: as it was
            self.torch(True)
        return True

    def has_torch(self) -> bool:
        """See `Lamp`."""
        from PySide6.QtMultimedia import QCamera

        return self._camera is not None and self._camera.isTorchModeSupported(QCamera.TorchMode.TorchOn)

    def torch(self, on: bool) -> None:
        """See `Lamp`."""
        from PySide6.QtMultimedia import QCamera

        self._lit = on
        if self._camera is not None:
            self._camera.setTorchMode(QCamera.TorchMode.TorchOn if on else QCamera.TorchMode.TorchOff)

    def _close(self) -> None:
        if self._camera is not None:
            self._camera.stop()
        self._camera = self._session = self._sink = None

    def _came(self, frame: QVideoFrame) -> None:
        image = frame.toImage()
        if not image.isNull():
            self.frame.emit(image)

    def _changed(self) -> None:
        """A camera came or went."""
        from PySide6.QtMultimedia import QMediaDevices

        there = {one.id().toStdString() for one in QMediaDevices.videoInputs()}
        current = self._camera.cameraDevice().id().toStdString() if self._camera is not None else ""
        if self._wanted and self._camera is not None and current not in there:
            self._close()
            self.lost.emit("The camera was unplugged: it goes on when it is back.")
        elif self._wanted and self._camera is None:
            self._open()


def devices() -> list[Device]:
    """The cameras of this machine; none where QtMultimedia cannot be loaded."""
    try:
        from PySide6.QtMultimedia import QMediaDevices
    except ImportError:
        return []
    found = []
    for one in QMediaDevices.videoInputs():
        sizes = sorted({_size_of(form) for form in one.videoFormats()}, key=lambda size: (-size[0] * size[1], size))
        found.append(Device(one.id().toStdString(), one.description(), tuple(sizes)))
    return found


def _size_of(form: QCameraFormat) -> tuple[int, int]:
    return form.resolution().width(), form.resolution().height()


class Camera(QObject):
    """Turns frames into scans. `seen(text)` once for each code while it is in view; `shown(image, codes)` for the preview."""

    seen = Signal(str)
    shown = Signal(QImage, list)
    trouble = Signal(str)

    def __init__(self, lanes: Lanes, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes = lanes
        self._source: Source | None = None
        self._decoder, self._sighting = LiveDecoder(), Sighting()
        self._busy = False
        self._codes: list[Code] = []

    @property
    def running(self) -> bool:
        """Whether frames are wanted."""
        return self._source is not None

    def start(self, source: Source) -> None:
        """Take frames from a source. Raises BadInput where it cannot begin."""
        self.stop()
        source.start()
        self._source = source
        source.frame.connect(self._frame)
        source.lost.connect(self.trouble)

    def stop(self) -> None:
        """Take no more."""
        if self._source is not None:
            self._source.frame.disconnect(self._frame)
            self._source.lost.disconnect(self.trouble)
            self._source.stop()
        self._source = None
        self._sighting.forget()
        self._codes = []

    def _frame(self, image: QImage) -> None:
        small = image.scaledToWidth(WIDEST) if image.width() > WIDEST else image
        self.shown.emit(small, self._codes)
        if self._busy:
            return
        self._busy = True
        grey, at = grey_of(small), monotonic()
        self._lanes.free(lambda: self._decoder.frame(grey), lambda codes: self._read(codes, at), self._failed)

    def _read(self, codes: list[Code], at: float) -> None:
        self._busy = False
        if self._source is None:
            return
        self._codes = codes
        for code in self._sighting.see(codes, at):
            self.seen.emit(code.text)

    def _failed(self, error: WayproofError) -> None:
        self._busy = False
        self.trouble.emit(error.words)


def grey_of(image: QImage) -> npt.NDArray[np.uint8]:
    """A picture as height x width grey, a copy of its own."""
    import numpy as np

    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    lines = np.frombuffer(bytes(grey.constBits()), np.uint8).reshape(grey.height(), grey.bytesPerLine())
    return np.ascontiguousarray(lines[:, : grey.width()])
