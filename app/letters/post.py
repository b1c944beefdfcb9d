"""The folder in which laptops leave cards and letters for each other: a relayer's, a share, a stick. Nothing in it is believed.

A letter lies under its reader's device and the hash of its bytes, so that a laptop looks at its own only, and knows one that is
still being copied from one that is whole.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from app.letters.card import MOST_BYTES as MOST_CARD
from app.whole import write_whole
from chain.errors import StoreError

CARD, LETTER = ".card", ".letter"
MOST_LETTER = 2 << 20
_MOST_FILES = 10_000
_LETTER = re.compile(r"[0-9a-f]{40}-([0-9a-f]{64})\.letter")


class Post:
    """One folder. Raises StoreError where it cannot be read or written."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def show(self, device: bytes, card: bytes) -> None:
        """Leave a device's card."""
        write_whole(self._path / (device.hex() + CARD), card)

    def card(self, device: bytes) -> bytes | None:
        """What lies here as a device's card, None where nothing does."""
        return _read(self._path / (device.hex() + CARD), MOST_CARD)

    def cards(self) -> Iterator[bytes]:
        """What lies here as cards."""
        for path in self._files(f"*{CARD}"):
            data = _read(path, MOST_CARD)
            if data is not None:
                yield data

    def put(self, device: bytes, letter: bytes) -> None:
        """Leave a letter to a device."""
        write_whole(self._path / f"{device.hex()}-{hashlib.sha256(letter).hexdigest()}{LETTER}", letter)

    def letters(self, device: bytes) -> list[str]:
        """The names of the letters to a device."""
        found = self._files(f"{device.hex()}-*{LETTER}")
        return [path.name for path in found if _LETTER.fullmatch(path.name)]

    def letter(self, name: str) -> bytes | None:
        """A letter; None where it is not whole."""
        data = _read(self._path / name, MOST_LETTER)
        named = _LETTER.fullmatch(name)
        return data if data is not None and named and hashlib.sha256(data).hexdigest() == named[1] else None

    def drop(self, name: str) -> None:
        """Take a letter away."""
        try:
            (self._path / name).unlink(missing_ok=True)
        except OSError as cause:
            raise StoreError(f"The folder {self._path} cannot be written.", cause=repr(cause)) from cause

    def _files(self, pattern: str) -> list[Path]:
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            return sorted(self._path.glob(pattern))[:_MOST_FILES]
        except OSError as cause:
            raise StoreError(f"The folder {self._path} cannot be read.", cause=repr(cause)) from cause


def _read(path: Path, most: int) -> bytes | None:
    """A file of at most so many bytes, None where there is no such file."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError:
        return None
    return data if len(data) <= most else None
