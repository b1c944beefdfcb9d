"""Which files may hold a code, and the codes in them. Reading happens in the decoder's own process; here is only the door to it.

A dropped link is not a file: nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData

from chain.errors import BadInput

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff", ".pdf")


@dataclass(frozen=True, slots=True)
class Found:
    """What a file held: its name and the texts in it, without doubles, in the order they were found."""

    name: str
    texts: tuple[str, ...]


def read_codes(path: Path) -> Found:
    """The codes in one picture or PDF. Raises BadInput with a sentence where it cannot be read."""
    from app.decode import decode_files

    texts: dict[str, None] = {}
    for row in decode_files([str(path)]):
        if "error" in row:
            raise BadInput(str(row["error"]))
        texts |= dict.fromkeys(str(code["text"]) for code in row["codes"])
    return Found(path.name, tuple(texts))


def files_in(dropped: QMimeData) -> list[Path]:
    """The local files among what was dropped or pasted; links to elsewhere are left out."""
    return [Path(url.toLocalFile()) for url in dropped.urls() if url.isLocalFile()]


def readable(paths: Sequence[Path]) -> list[Path]:
    """Those whose ending says picture or PDF."""
    return [path for path in paths if path.suffix.lower() in ENDINGS]
