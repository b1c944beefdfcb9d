"""The scanner: the calibration code on screen, what the scanner puts before and behind a code, and what was found."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.language import spoken
from app.ui.keymap import CODE, LONGEST, Keymap
from app.ui.plain import Text
from app.ui.tasks import Lanes
from app.ui.theme import TARGET
from app.ui.wedge import Wedge
from app.ui.widgets.notice import Notice
from app.ui.widgets.panel import Button, Panel
from chain.errors import BadInput, WayproofError

_SIDE = 330


class CodePicture(QWidget):
    """A QR code, black on white whatever the theme, with its quiet zone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._matrix: tuple[tuple[bool, ...], ...] = ()
        self.setFixedSize(_SIDE, _SIDE)
        self.setAccessibleName(self.tr("Calibration code"))

    def sizeHint(self) -> QSize:
        """The square."""
        return QSize(_SIDE, _SIDE)

    def tell(self, matrix: tuple[tuple[bool, ...], ...]) -> None:
        """Show these modules."""
        self._matrix = matrix
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Whole pixels a module, so that every edge is sharp."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("#ffffff"))
        if self._matrix:
            side = _SIDE // (len(self._matrix) + 8)
            left = (_SIDE - side * len(self._matrix)) // 2
            for row, modules in enumerate(self._matrix):
                for column, dark in enumerate(modules):
                    if dark:
                        painter.fillRect(QRectF(left + column * side, left + row * side, side, side), QColor("#000000"))
        painter.end()


class ScannerPane(QWidget):
    """Calibration. `wedge` is the window's filter; what is learnt takes effect at once and is kept in the profile."""

    def __init__(self, lanes: Lanes, wedge: Wedge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lanes, self._wedge = lanes, wedge
        self.notice = Notice()
        self.found = Text(spoken(wedge.keymap.words), role="lead", wrap=True)
        self.picture = CodePicture()
        self.start = Button(self.tr("Calibrate: then scan the code"), "scan-line", primary=True)
        self.start.setObjectName("tall")
        self.forget = Button(self.tr("Forget what was learnt"))
        self.prefix, self.suffix = self._field(self.tr("Prefix")), self._field(self.tr("Suffix"))
        self.keep = Button(self.tr("Keep prefix and suffix"), "check")
        self.prefix.setText(wedge.keymap.prefix)
        self.suffix.setText(wedge.keymap.suffix)
        self.start.clicked.connect(self._listen)
        self.forget.clicked.connect(lambda: self._use(Keymap(self._wedge.keymap.prefix, self._wedge.keymap.suffix)))
        self.keep.clicked.connect(self._frame)
        wedge.raw.connect(self._learn)
        self._lay_out()
        lanes.free(_matrix, self.picture.tell, self._failed)

    def _lay_out(self) -> None:
        words = Text(
            self.tr(
                "Does the scanner type wrong letters? Press the button and scan this code, from the screen or from paper. "
                "From then on every code is read as it is printed."
            ),
            role="lead",
            wrap=True,
        )
        said = QVBoxLayout()
        said.setSpacing(14)
        said.addWidget(words)
        said.addWidget(self.start)
        said.addWidget(self.found)
        said.addWidget(self.forget)
        said.addSpacing(10)
        said.addWidget(Text(self.tr("What the scanner puts before and behind every code:"), role="strong", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.prefix)
        row.addWidget(self.suffix)
        said.addLayout(row)
        said.addWidget(self.keep)
        said.addStretch(1)
        panel = Panel()
        inside = QHBoxLayout(panel)
        inside.setContentsMargins(24, 20, 24, 20)
        inside.setSpacing(28)
        inside.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        inside.addLayout(said, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(14)
        whole.addWidget(self.notice)
        whole.addWidget(panel)
        whole.addStretch(1)

    @staticmethod
    def _field(name: str) -> QLineEdit:
        field = QLineEdit()
        field.setPlaceholderText(name)
        field.setAccessibleName(name)
        field.setMaxLength(LONGEST)
        field.setMinimumSize(120, TARGET)
        return field

    def _listen(self) -> None:
        self._wedge.listen_raw()
        self.notice.tell(self.tr("Scan the code now."))

    def _learn(self, burst: str) -> None:
        try:
            self._use(self._wedge.keymap.learnt(burst))
        except BadInput as error:
            self.notice.tell(error.words)

    def _frame(self) -> None:
        try:
            self._use(self._wedge.keymap.framed(self.prefix.text(), self.suffix.text()))
        except BadInput as error:
            self.notice.tell(error.words)

    def _use(self, keymap: Keymap) -> None:
        self._wedge.keymap = keymap
        self.found.setText(spoken(keymap.words))
        self._lanes.store(
            lambda door: keymap.save(door.settings().profile), lambda _: self.notice.tell(self.tr("Kept.")), self._failed
        )

    def _failed(self, error: WayproofError) -> None:
        self.notice.tell(error.words)


def _matrix() -> tuple[tuple[bool, ...], ...]:
    from app.labels import qr

    return qr(CODE)
