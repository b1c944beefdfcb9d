"""Which files may hold a code, and the codes in them. Reading happens in the decoder's own process; here is only the door to it.

A dropped link is not a file: nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData

from chain.errors import BadInput

if TYPE_CHECKING:
    from app.decode import Decoder

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pdf")


@dataclass(frozen=True, slots=True)
class Found:
    """What a file held: its name and the texts in it, without doubles, in the order they were found."""

    name: str
    texts: tuple[str, ...]


class Pictures:
    """Reads one file at a time, from whichever thread asks; the decoder's process stays for the next one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._decoder: Decoder | None = None
        self._closing = False

    def read(self, path: Path) -> Found:
        """The codes in one picture or PDF. Raises BadInput with a sentence where it cannot be read."""
        from app.decode import Decoder, distinct_texts

        with self._lock:
            if self._closing:
                raise BadInput(f"{path.name} was not read: the window is closing.")
            if self._decoder is None:
                self._decoder = Decoder()
            codes, _ = self._decoder.read(path.absolute())
        return Found(path.name, tuple(distinct_texts(codes)))

    def stop(self) -> None:
        """Begin no other file."""
        self._closing = True

    def close(self) -> None:
        """Begin no other file, wait for the one being read, end the decoder's process."""
        self.stop()
        with self._lock:
            if self._decoder is not None:
                self._decoder.close()
                self._decoder = None


def files_in(dropped: QMimeData) -> list[Path]:
    """The local files among what was dropped or pasted; links to elsewhere are left out."""
    return [Path(url.toLocalFile()) for url in dropped.urls() if url.isLocalFile()]


def readable(paths: Sequence[Path]) -> list[Path]:
    """Those whose ending says picture or PDF."""
    return [path for path in paths if path.suffix.lower() in ENDINGS]
