"""The camera: choose one, see what it sees and which codes were read in it. Every code goes where a scanner's would."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPolygonF, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.decode.code import Code
from app.ui.camera import Camera, Device, Lamp, Live, Source, devices
from app.ui.plain import shown
from app.ui.tasks import Lanes
from app.ui.theme import TARGET, current, font_of
from app.ui.widgets.fields import Choice
from app.ui.widgets.notice import Notice
from app.ui.widgets.panel import Button
from chain.errors import BadInput, WayproofError

if TYPE_CHECKING:
    from app.ui.door import Door

_SETTING, _SIZE = "camera", "camera/size"


class Preview(QWidget):
    """What the camera sees, with a frame round every code that was read."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: QImage | None = None
        self._codes: Sequence[Code] = ()
        self.setMinimumSize(320, 200)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("What the camera sees"))

    def show_frame(self, image: QImage | None, codes: Sequence[Code]) -> None:
        """Show a frame, or nothing."""
        self._image, self._codes = image, codes
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The frame in the middle, its codes marked."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(current().rail))
        if self._image is not None and not self._image.isNull():
            scale = min(self.width() / self._image.width(), self.height() / self._image.height())
            width, height = self._image.width() * scale, self._image.height() * scale
            left, top = (self.width() - width) / 2, (self.height() - height) / 2
            painter.drawImage(QRectF(left, top, width, height), self._image)
            painter.setPen(QPen(QColor(current().route), 4))
            for code in self._codes:
                corners = QPolygonF([QPointF(left + x * scale, top + y * scale) for x, y in code.position])
                painter.drawPolygon(corners)
                _name(painter, corners.boundingRect(), shown(code.text, 60))
        else:
            painter.setPen(QColor(current().rail_text))
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), self.tr("The camera is off"))
        painter.end()


def _name(painter: QPainter, where: QRectF, text: str) -> None:
    """What was read, in a band below its frame, cut to what there is room for."""
    painter.save()
    painter.setFont(font_of("caption"))
    room = QRectF(where.left(), where.bottom() + 4, max(where.width(), 200), painter.fontMetrics().height() + 6)
    said = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, int(room.width()) - 12)
    painter.fillRect(room, QColor(current().rail_on))
    painter.setPen(QColor(current().rail_on_text))
    painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter), said)
    painter.restore()


class CameraPane(QWidget):
    """Choice, switch and preview. `scanned` carries the text of each code that came into view."""

    scanned = Signal(str)

    def __init__(
        self,
        lanes: Lanes,
        source: Callable[[str, tuple[int, int] | None], Source] = Live,
        known: Callable[[], list[Device]] = devices,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._lanes, self._source, self._known = lanes, source, known
        self._remembered = ""
        self._sizes: dict[str, tuple[tuple[int, int], ...]] = {}
        self.notice, self.preview = Notice(), Preview()
        self.camera = Camera(lanes, self)
        self.device = Choice()
        self.device.setMinimumSize(320, TARGET)
        self.device.setAccessibleName(self.tr("Camera"))
        self.size_of = Choice()
        self.size_of.setMinimumSize(240, TARGET)
        self.size_of.setAccessibleName(self.tr("Size of the picture"))
        self._size = ""
        self._lamp: Lamp | None = None
        self.torch = Button(self.tr("Lamp"))
        self.torch.setCheckable(True)
        self.torch.hide()
        self.torch.toggled.connect(self._light)
        self.switch = Button(self.tr("Start"), "circle-play", primary=True)
        self.switch.clicked.connect(self.toggle)
        self.device.currentIndexChanged.connect(self._offer_sizes)
        self.camera.seen.connect(self.scanned)
        self.camera.shown.connect(self.preview.show_frame)
        self.camera.trouble.connect(self.notice.tell)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.device, 1)
        row.addWidget(self.size_of)
        row.addWidget(self.torch)
        row.addWidget(self.switch)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(14)
        whole.addWidget(self.notice)
        whole.addLayout(row)
        whole.addWidget(self.preview, 1)

    def look_for(self, known: Callable[[], list[Device]]) -> None:
        """Ask this for cameras from now on."""
        self._known = known

    def showEvent(self, event: QShowEvent) -> None:
        """Look for cameras."""
        super().showEvent(event)
        self._lanes.store(lambda door: (door.desk.remembered(_SETTING), door.desk.remembered(_SIZE)), self._fill, self._failed)

    def _fill(self, kept: tuple[str, str]) -> None:
        remembered, self._size = kept
        self._remembered = remembered
        self._sizes = {}
        self.device.clear()
        for one in self._known():
            self._sizes[one.id] = one.sizes
            self.device.addItem(shown(one.name, 80), one.id)
        place = self.device.findData(remembered)
        self.device.setCurrentIndex(max(place, 0))
        if self.device.count() == 0:
            self.device.addItem(self.tr("No camera was found"), "")

    def _offer_sizes(self) -> None:
        """The sizes that the chosen camera offers; the remembered one, or what the camera thinks best."""
        self.size_of.clear()
        self.size_of.addItem(self.tr("As the camera likes"), None)
        for size in self._sizes.get(str(self.device.currentData() or ""), ()):
            self.size_of.addItem(f"{size[0]} × {size[1]}", size)
        self.size_of.setCurrentIndex(max(0, self.size_of.findText(self._size)))
        self.size_of.setVisible(self.size_of.count() > 1)

    def _light(self, on: bool) -> None:
        if self._lamp is not None:
            self._lamp.torch(on)

    def toggle(self) -> None:
        """Start or stop the chosen camera; the choice is remembered."""
        if self.camera.running:
            self.stop()
            return
        chosen = str(self.device.currentData() or "")
        size, source = self.size_of.currentData(), None
        try:
            source = self._source(chosen, tuple(size) if size else None)
            self.camera.start(source)
        except BadInput as error:
            self.notice.tell(error.words)
            return
        self.notice.hide()
        self.switch.setText(self.tr("Stop"))
        self.switch.use_icon("octagon-pause")
        self._lamp = source if isinstance(source, Lamp) and source.has_torch() else None
        self.torch.setVisible(self._lamp is not None)
        words = self.size_of.currentText() if size else ""
        if (chosen, words) != (self._remembered, self._size):
            self._remembered, self._size = chosen, words
            self._lanes.store(lambda door: _remember(door, chosen, words), lambda _: None, self._failed)

    def stop(self) -> None:
        """The camera off."""
        self.camera.stop()
        self.torch.setChecked(False)
        self._lamp = None
        self.torch.hide()
        self.preview.show_frame(None, ())
        self.switch.setText(self.tr("Start"))
        self.switch.use_icon("circle-play")

    def _failed(self, error: WayproofError) -> None:
        self.notice.tell(error.words)


def _remember(door: Door, chosen: str, size: str) -> None:
    door.desk.remember(_SETTING, chosen)
    door.desk.remember(_SIZE, size)
