"""Long work that a person waits for: what is being done, how far it is, and a button that stops it.

The work runs in a lane; what it tells comes through a signal, and whether somebody stopped it is asked from its own thread.
"""

from __future__ import annotations

from threading import Event

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from app.language import capital, number, spoken
from app.ui.plain import Text
from app.ui.theme import TARGET
from app.ui.widgets.panel import Button


class WorkBar(QWidget):
    """Hidden until `begin`. `moved` may be emitted from any thread: what is counted, how many are done, of how many."""

    moved = Signal(str, int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stop = Event()
        self.said, self.bar = Text(tone="muted", wrap=True), QProgressBar()
        self.bar.setAccessibleName(self.tr("Progress"))
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(14)
        self.cancel = Button(self.tr("Stop"), "x")
        self.cancel.clicked.connect(self.stop)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(self.said, 1)
        row.addWidget(self.bar, 1)
        row.addWidget(self.cancel)
        self.setMinimumHeight(TARGET)
        self.moved.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        self.hide()

    def begin(self, words: str) -> Event:
        """Show that something has begun; the event is set when somebody stops it."""
        self._stop = Event()
        self.said.setText(words)
        self.bar.setRange(0, 0)
        self.cancel.setEnabled(True)
        self.show()
        return self._stop

    def end(self) -> None:
        """It is over."""
        self.hide()

    def stop(self) -> None:
        """Let the work end at the next moment that it can."""
        self._stop.set()
        self.cancel.setEnabled(False)
        self.said.setText(self.tr("Stopping…"))

    def _tell(self, what: str, done: int, total: int) -> None:
        if self.isHidden() or self._stop.is_set():
            return
        self.bar.setRange(0, max(total, 1))
        self.bar.setValue(min(done, max(total, 1)))
        told = self.tr("{what}: {done} of {total}")
        self.said.setText(told.format(what=capital(spoken(what)), done=number(done), total=number(total)))
