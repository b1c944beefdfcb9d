"""Scanners that pretend to be keyboards, heard for the whole application.

A wedge types a code faster than any hand, wherever the focus is. This filter holds a key back for a moment; a run of keys
that no hand could type becomes one `scanned` text, and everything else is typed on as if nothing had happened. Inside a run the
group separator 0x1D survives (QLineEdit would drop it), and control keys and shortcuts are swallowed, so that no label can
press a button. What a run means is not decided here.

Times are those of the key events themselves where the platform gives them, so that keys queued behind a busy moment are not
mistaken for a scanner, and a scan queued behind one is not cut in two.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic_ns

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QWindow
from shiboken6 import isValid

from app.ui.keymap import Keymap

SEPARATOR = "\x1d"
GAP_MS = 40
"""Keys further apart than this are typed by a hand (fast typing is 80 ms and more; wedges send a key every 1 to 20 ms)."""
SHORTEST = 6
"""Fewer keys than this are not a code: a roll of the fingers over three keys is not a scan."""
BREATH_MS = 100
"""Once a run is surely a scan it may pause so long: radio scanners stumble, and half a code is worse than a late one."""
JOIN_MS = 250
"""A few keys this soon before a run are its head, torn off by such a stumble: no hand types and pulls a trigger as fast."""
LONGEST = 4096
TAIL_MS = 200
"""An Enter or Tab this soon after a burst is the scanner's suffix, come late: it must not press a button."""

_ENDS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)
_MODIFIERS = (
    Qt.Key.Key_Shift,
    Qt.Key.Key_Control,
    Qt.Key.Key_Alt,
    Qt.Key.Key_AltGr,
    Qt.Key.Key_Meta,
    Qt.Key.Key_CapsLock,
    Qt.Key.Key_NumLock,
)
_COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


@dataclass(frozen=True, slots=True)
class _Held:
    """A key held back, and whom it was meant for."""

    target: QObject
    kind: QEvent.Type
    key: int
    modifiers: Qt.KeyboardModifier
    text: str


class Wedge(QObject):
    """Event filter of whatever has the keyboard, see `attend`. `scanned(text)` once for each burst.

    `keymap` reads a burst as it was meant. `raw(text)` carries the next burst as it came, and that one only, after `listen_raw`.
    """

    scanned = Signal(str)
    raw = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.keymap = Keymap()
        self._wants_raw = False
        self._ended = False
        self._held: list[_Held] = []
        self._text: list[str] = []
        self._head = ""
        self._last_ms = 0
        self._ended_ms = -TAIL_MS
        self._passing = False
        self._grace = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._quiet)

    def attend(self, application: QGuiApplication) -> None:
        """Hear the keys of this application, whichever of its windows has the keyboard: keys come to a window first.

        A filter of the whole application would be asked about every event of every widget, and each time it would have to
        wait for the interpreter while a lane computes: 255 times for one painted card.
        """
        application.focusWindowChanged.connect(self._follow)

    def leave(self, application: QGuiApplication) -> None:
        """Hear nothing any more. A second time is nothing."""
        if not self._ended:
            self._ended = True
            application.focusWindowChanged.disconnect(self._follow)

    def watch_window(self, window: QWindow) -> None:
        """Hear a window from now on, whether or not it has the keyboard yet."""
        window.installEventFilter(self)

    def takes_shortcut(self, event: QEvent) -> bool:
        """Whether a `ShortcutOverride`, which windows do not get to see first, is a key of a code and no shortcut."""
        if not self._text or self._passing:
            return False
        event.accept()
        return True

    def _follow(self, window: QWindow | None) -> None:
        if window is not None:
            window.installEventFilter(self)  # again for one that has it already changes nothing

    def listen_raw(self, wanted: bool = True) -> None:
        """The next burst is told as it came and is no scan: for the calibration code."""
        self._wants_raw = wanted

    def _tell(self, burst: str) -> None:
        if self._wants_raw:
            self._wants_raw = False
            self.raw.emit(burst)
            return
        text = self.keymap.read(burst)
        if text:
            self.scanned.emit(text)

    @property
    def bursting(self) -> bool:
        """True while the keys that arrive belong to a scan."""
        return len(self._text) >= SHORTEST

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Swallow the keys of a burst; hold back what may become one; let everything else pass."""
        if self._passing or self._ended:
            return False
        kind = event.type()
        if kind == QEvent.Type.ShortcutOverride:
            return self.takes_shortcut(event)
        if kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._pressed(watched, event)
        if kind == QEvent.Type.KeyRelease and isinstance(event, QKeyEvent) and self._text:
            if not self.bursting:
                self._held.append(_held(watched, event))
            return True
        return False

    def _pressed(self, watched: QObject, event: QKeyEvent) -> bool:
        now = event.timestamp() or monotonic_ns() // 1_000_000
        if self._text and now - self._last_ms > self._patience:
            self._end()
        if not self._text and now - self._last_ms > JOIN_MS:
            self._head = ""
        self._grace = False
        key = event.key()
        if key in _ENDS and not self._text and now - self._ended_ms <= TAIL_MS:
            return True
        if event.isAutoRepeat():
            self._end()
            self._head = ""
            return False
        if key in _MODIFIERS:
            return self.bursting
        char = _char_of(event)
        if char:
            self._hold(watched, event, char, now)
            return True
        if self.bursting:
            if key in _ENDS:
                self._end()
            else:
                self._last_ms = now
                self._timer.start(self._patience)
            return True
        if self._text:
            self._end()
        self._head = ""
        return False

    def _hold(self, watched: QObject, event: QKeyEvent, char: str, now: int) -> None:
        if len(self._text) < SHORTEST:
            self._held.append(_held(watched, event))
        if len(self._text) < LONGEST:
            self._text.append(char)
        self._last_ms = now
        self._timer.start(self._patience)

    @property
    def _patience(self) -> int:
        return BREATH_MS if self.bursting else GAP_MS

    def _quiet(self) -> None:
        # The keys of one code may be queued behind a busy moment: let them be delivered once before the run is ended.
        if not self._grace:
            self._grace = True
            self._timer.start(0)
            return
        self._end()

    def _end(self) -> None:
        self._timer.stop()
        self._grace = False
        held, text, burst = self._held, "".join(self._text), self.bursting
        self._held, self._text = [], []
        head, self._head = self._head, ""
        if burst:
            self._ended_ms = self._last_ms
            self._tell(head + text if len(head) < SHORTEST else text)
            return
        self._head = (head + text)[:SHORTEST]
        self._passing = True
        try:
            for key in held:
                if isValid(key.target):
                    QCoreApplication.sendEvent(key.target, QKeyEvent(key.kind, key.key, key.modifiers, key.text))
        finally:
            self._passing = False


def _held(target: QObject, event: QKeyEvent) -> _Held:
    return _Held(target, event.type(), event.key(), event.modifiers(), event.text())


def _char_of(event: QKeyEvent) -> str:
    """The character a scanner means, or nothing. Ctrl+] is how wedges type the group separator on most layouts."""
    modifiers = event.modifiers()
    if event.text() == SEPARATOR or (event.key() == Qt.Key.Key_BracketRight and modifiers & Qt.KeyboardModifier.ControlModifier):
        return SEPARATOR
    text = event.text()
    alt_gr = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    if len(text) != 1 or not text.isprintable():
        return ""
    if modifiers & _COMMANDS and modifiers & alt_gr != alt_gr:
        return ""
    return text
