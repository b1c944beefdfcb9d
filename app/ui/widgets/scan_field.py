"""The field that codes are typed or scanned into. It keeps the separator 0x1D, which QLineEdit drops, and takes pasted lists."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

from app.ui.theme import font_of
from app.ui.wedge import LONGEST, SEPARATOR
from app.ui.widgets.fields import IconField

MOST_LINES = 500
_BLANK = " \t\r\n"
_LINE_END = re.compile(r"\r\n|\r|\n")


class ScanField(IconField):
    """`entered` carries one text for Enter, and each line of a paste of several; `refused` says why a paste was not taken."""

    entered = Signal(list)
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("scan-line", 26, parent)
        self.setObjectName("scan")
        self.setFont(font_of("lead"))
        self.setMaxLength(LONGEST)
        self.setPlaceholderText(self.tr("Scan a code, or type it and press Enter"))
        self.setAccessibleName(self.tr("Code to check"))
        self.setInputMethodHints(Qt.InputMethodHint.ImhNoPredictiveText | Qt.InputMethodHint.ImhPreferLatin)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.returnPressed.connect(self._enter)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keep the separator, take a paste apart, clear with Escape."""
        if event.matches(QKeySequence.StandardKey.Paste):
            self.take(QGuiApplication.clipboard().text())
        elif event.text() == SEPARATOR or (
            event.key() == Qt.Key.Key_BracketRight and event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            self.insert(SEPARATOR)
        elif event.key() == Qt.Key.Key_Escape:
            self.clear()
        else:
            super().keyPressEvent(event)

    def take(self, text: str) -> None:
        """Text from the clipboard or a drop: one line is typed in, several are entered at once."""
        # Not str.splitlines nor a bare strip: both take 0x1D for white space.
        pasted = (line.strip(_BLANK) for line in _LINE_END.split(text[: (LONGEST + 1) * MOST_LINES]))
        lines = [line for line in pasted if line]
        if len(lines) > MOST_LINES:
            self.refused.emit(self.tr("Nothing was pasted: more than {count} lines at once.").format(count=MOST_LINES))
        elif any(len(line) > LONGEST for line in lines):
            self.refused.emit(self.tr("Nothing was pasted: the text is longer than any code."))
        elif len(lines) == 1:
            self.insert(lines[0])
        elif lines:
            self.entered.emit(lines)

    def _enter(self) -> None:
        text = self.text().strip(_BLANK)
        self.clear()
        if text:
            self.entered.emit([text])
