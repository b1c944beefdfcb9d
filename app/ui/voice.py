"""The answer spoken aloud, beside the word, the colour, the sound: for whoever has both hands full and looks at the goods.

It is off until somebody wants it, and stays off where this machine has no voice (QtTextToSpeech with an engine that is more than
a stand-in). Nothing of an answer depends on it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QLocale, QObject

LOG = logging.getLogger(__name__)
_STAND_INS = ("mock",)


class Speaker(Protocol):
    """Whatever can say a text."""

    def say(self, text: str) -> object:
        """Begin to say it, and return at once."""

    def stop(self) -> None:
        """Fall silent."""


def speaker(parent: QObject | None = None) -> Speaker | None:
    """The machine's voice in the window's language, None where there is none."""
    try:
        from PySide6.QtTextToSpeech import QTextToSpeech
    except ImportError as missing:
        LOG.info("no voice: %s", missing)
        return None
    for name in QTextToSpeech.availableEngines():
        if name in _STAND_INS:
            continue
        made = QTextToSpeech(name, parent)
        if made.state() is not QTextToSpeech.State.Error:
            made.setLocale(QLocale())
            return made
    return None


class Voice(QObject):
    """Says answers while it is on; the newest takes the word from the one before."""

    def __init__(self, parent: QObject | None = None, make: Callable[[QObject], Speaker | None] = speaker) -> None:
        super().__init__(parent)
        self._make = make
        self._speaker: Speaker | None = None
        self._tried = False
        self.on = False

    def turn(self, on: bool) -> bool:
        """Turn it on or off; whether it is on now. It stays off where this machine has no voice."""
        if on and not self._tried:
            self._tried = True
            self._speaker = self._make(self)
        if not on and self._speaker is not None:
            self._speaker.stop()
        self.on = on and self._speaker is not None
        return self.on

    def say(self, text: str) -> None:
        """Say it, if wanted, and return at once."""
        if self.on and self._speaker is not None and text:
            self._speaker.stop()
            self._speaker.say(text)
