"""Short tones beside the answer, so that nobody has to look up at every scan: one for taken, one for twice, a low one for stop.

Tones are computed, not shipped. Where this machine has no sound system (QtMultimedia needs libpulse on Linux), the platform's own
beep is used, and where there is none, nothing: the word and the colour never depend on it.
"""

from __future__ import annotations

import logging
import math
import struct
import wave
from enum import Enum
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from PySide6.QtMultimedia import QSoundEffect

LOG = logging.getLogger(__name__)
RATE = 22_050


class Tone(Enum):
    """What is said: (hertz, milliseconds) one after the other."""

    TAKEN = ((1320, 70),)
    TWICE = ((880, 60), (0, 40), (880, 60))
    LOOK = ((990, 110), (0, 50), (740, 150))
    STOP = ((330, 170), (0, 60), (330, 170), (0, 60), (262, 320))


def samples(tone: Tone) -> bytes:
    """The tone as 16-bit mono at RATE, its edges faded so that it does not click."""
    out = bytearray()
    for hertz, length in tone.value:
        count = RATE * length // 1000
        fade = max(1, min(200, count // 4))
        for n in range(count):
            level = min(1.0, n / fade, (count - n) / fade) * 0.5
            out += struct.pack("<h", int(32_767 * level * math.sin(2 * math.pi * hertz * n / RATE)))
    return bytes(out)


@cache
def _folder() -> Path:
    return Path(mkdtemp(prefix="wayproof-tones-"))


def file_of(tone: Tone) -> Path:
    """The tone as a WAV file of this run of the program."""
    path = _folder() / f"{tone.name.lower()}.wav"
    if not path.exists():
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(samples(tone))
    return path


class Sounds(QObject):
    """Plays tones. `loud` False keeps it silent."""

    def __init__(self, parent: QObject | None = None, *, loud: bool = True) -> None:
        super().__init__(parent)
        self.loud = loud
        self._effects: dict[Tone, QSoundEffect] | None = None

    def play(self, tone: Tone) -> None:
        """Play one, and return at once."""
        if not self.loud:
            return
        if self._effects is None:
            self._effects = self._made()
        effect = self._effects.get(tone)
        if effect is not None:
            effect.play()
        elif tone is not Tone.TAKEN:
            QApplication.beep()

    def _made(self) -> dict[Tone, QSoundEffect]:
        try:
            from PySide6.QtMultimedia import QMediaDevices, QSoundEffect
        except ImportError as missing:
            LOG.info("no sound system: %s", missing)
            return {}
        if QMediaDevices.defaultAudioOutput().isNull():
            return {}
        made: dict[Tone, QSoundEffect] = {}
        for tone in Tone:
            effect = QSoundEffect(self)
            effect.setSource(QUrl.fromLocalFile(str(file_of(tone))))
            made[tone] = effect
        return made
