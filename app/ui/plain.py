"""Text as text: what came from a label, a file or another company is shown, never obeyed.

Qt guesses rich text in labels, message boxes and tool tips; a name with `<img>` in it would be loaded. And characters that
cannot be seen can turn a sentence round. So every label here is a `Text`, which is plain, holds no link and shows the unseen.
"""

from __future__ import annotations

import unicodedata

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app.ui.theme import font_of

LONGEST = 600
_MARKS_IN_A_ROW = 3
_JOINERS = "\u200c\u200d"


def shown(text: str, limit: int = LONGEST) -> str:
    """`text` in one line with every control, direction and zero-width character made visible, cut after `limit` characters.

    The group separator 0x1D becomes ␝ and so on (Unicode control pictures); other unseen characters become ‹U+202E›. Joiners
    stay between letters that need them (Persian, Hindi); more than three combining marks in a row are dropped.
    """
    cut = text[: limit + 1]
    out: list[str] = []
    marks = 0
    for place, char in enumerate(cut[:limit]):
        kind = unicodedata.category(char)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        if marks > _MARKS_IN_A_ROW:
            continue
        if char in _JOINERS and 0 < place < len(cut) - 1 and not (cut[place - 1].isascii() or cut[place + 1].isascii()):
            out.append(char)
        elif kind == "Cc":
            out.append(_picture(char))
        elif kind in ("Cf", "Zl", "Zp", "Cs", "Co", "Cn"):
            out.append(f"‹U+{ord(char):04X}›")
        else:
            out.append(char)
    return "".join(out) + ("…" if len(cut) > limit else "")


def _picture(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"‹U+{code:04X}›"


def own_way(text: str) -> str:
    """`text` for a painter: where the window is laid out from right to left, each line runs the way of its own letters.

    A name in Latin letters keeps its dots and quotation marks where they belong (Unicode isolates, UAX 9). Only for what is
    painted: what is copied, searched or read aloud has no such marks.
    """
    if QGuiApplication.layoutDirection() is not Qt.LayoutDirection.RightToLeft:
        return text
    return "\n".join(f"\u2068{line}\u2069" if line else line for line in text.split("\n"))


class Text(QLabel):
    """A label that is plain text whatever it is given. `role` names its size, `tone` its colour (see theme.py)."""

    def __init__(
        self, text: str = "", *, role: str = "body", tone: str = "", wrap: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.setOpenExternalLinks(False)
        self.setFont(font_of(role))
        if tone:
            self.setProperty("tone", tone)
        self.setWordWrap(wrap)
        if wrap:
            policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show `text`, every unseen character made visible."""
        super().setText(shown(text))
