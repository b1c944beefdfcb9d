"""A long text as QR codes that another laptop's camera reads off this screen: one after the other, as large as there is room.

The picture is black on white in every theme, with its quiet zone, and whole pixels a module: what blurs is misread.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.ui.plain import Text
from app.ui.tasks import Job, Lanes
from app.ui.widgets.panel import Button
from chain.errors import WayproofError

EACH_MS = 450
"""How long each code is shown: a camera must see it twice."""
_QUIET = 4  # modules (ISO/IEC 18004)


class CodeShow(QWidget):
    """The codes of a value. `ready` when the first is on the screen."""

    ready = Signal()
    failed = Signal(str)

    def __init__(self, lanes: Lanes, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lanes = lanes
        self._job: Job | None = None
        self.picture, self.count = _Picture(name), Text(role="lead", tone="muted")
        self.hold = Button(self.tr("Hold"), "octagon-pause")
        self.next = Button(self.tr("Next"), "arrow-right")
        self.hold.clicked.connect(self._hold)
        self.next.clicked.connect(self.turn)
        self._timer = QTimer(self)
        self._timer.setInterval(EACH_MS)
        self._timer.timeout.connect(self.turn)
        foot = QHBoxLayout()
        foot.setSpacing(12)
        foot.addStretch(1)
        foot.addWidget(self.count)
        foot.addWidget(self.hold)
        foot.addWidget(self.next)
        foot.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(10)
        whole.addWidget(self.picture, 1)
        whole.addLayout(foot)
        self._tell_count()

    def tell(self, texts: Sequence[str]) -> None:
        """Show the codes of these texts."""
        self.clear()
        self._job = self._lanes.free(lambda: [image_of(text) for text in texts], self._drawn, self._failed)

    def clear(self) -> None:
        """Show nothing."""
        if self._job is not None:
            self._job.cancel()
        self._timer.stop()
        self.picture.show_codes(())
        self._tell_count()

    def turn(self) -> None:
        """The next code."""
        self.picture.turn()
        self._tell_count()

    def _hold(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
        elif len(self.picture.codes) > 1:
            self._timer.start()
        self._tell_count()

    def _drawn(self, codes: list[QImage]) -> None:
        self.picture.show_codes(codes)
        if len(codes) > 1:
            self._timer.start()
        self._tell_count()
        self.ready.emit()

    def _failed(self, error: WayproofError) -> None:
        self.failed.emit(error.words)

    def _tell_count(self) -> None:
        many = len(self.picture.codes) > 1
        for part in (self.count, self.hold, self.next):
            part.setVisible(many)
        turns = self._timer.isActive()
        self.hold.setText(self.tr("Hold") if turns else self.tr("Go on"))
        self.hold.use_icon("octagon-pause" if turns else "circle-play")
        told = self.tr("Code {number} of {count}")
        self.count.setText(told.format(number=self.picture.place + 1, count=len(self.picture.codes)))


class _Picture(QWidget):
    """One of several codes, in the middle."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.codes: Sequence[QImage] = ()
        self.place = 0
        self.setAccessibleName(name)
        self.setMinimumSize(260, 260)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_codes(self, codes: Sequence[QImage]) -> None:
        """Take others."""
        self.codes, self.place = codes, 0
        self.update()

    def turn(self) -> None:
        """The next one, the first after the last."""
        if self.codes:
            self.place = (self.place + 1) % len(self.codes)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """White ground, whole pixels a module."""
        if not self.codes:
            return
        code = self.codes[self.place]
        ratio = self.devicePixelRatioF()
        room = round(min(self.width(), self.height()) * ratio)
        module = max(1, room // code.width())
        side = module * code.width()
        scaled = code.scaled(side, side, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.FastTransformation)
        scaled.setDevicePixelRatio(ratio)
        logical = round(side / ratio)
        left, top = (self.width() - logical) // 2, (self.height() - logical) // 2
        painter = QPainter(self)
        painter.fillRect(QRect(left, top, logical, logical), QColor("#ffffff"))
        painter.drawImage(left, top, scaled)
        painter.end()


def image_of(text: str) -> QImage:
    """The QR code of a text, a pixel a module, with its quiet zone. Raises BadInput."""
    from app.labels.symbols import qr

    matrix = qr(text, "M")
    side = len(matrix) + 2 * _QUIET
    white = b"\xff" * side
    edge = b"\xff" * _QUIET
    rows = [white] * _QUIET
    rows += [edge + bytes(0 if dark else 255 for dark in row) + edge for row in matrix]
    rows += [white] * _QUIET
    return QImage(b"".join(rows), side, side, side, QImage.Format.Format_Grayscale8).copy()
