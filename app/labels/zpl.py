"""Labels for thermal printers: ZPL II with each label as a picture of the printer's own dots, to a file or over a raw TCP port.

Fonts and QR encoders differ from printer to printer; a picture does not: what was measured is what is burnt. A text of a
label can never become a command of the printer. Nothing is read back from the printer.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Iterator
from contextlib import closing
from time import monotonic
from typing import TYPE_CHECKING

from app.labels import Label, picture
from chain.errors import BadInput

if TYPE_CHECKING:
    from PIL.Image import Image

PORT = 9100
DEADLINE = 60.0
"""Seconds within which a printer has to take everything."""
_RUNS = [(400 - 20 * n, chr(ord("z") - n)) for n in range(20)] + [(19 - n, chr(ord("Y") - n)) for n in range(19)]


def zpl(labels: Iterable[Label], *, dpi: int = 203, size: tuple[float, float] = (45.0, 60.0), copies: int = 1) -> Iterator[bytes]:
    """The commands for each label, one after the other.

    Args:
        dpi: dots per inch of the print head (203, 300 or 600).
        size: width and height of a label in mm.

    Raises BadInput: a label too small for its code, or a number out of range.
    """
    if not 1 <= copies <= 999:
        raise BadInput("A label is printed 1 to 999 times.")
    for label in labels:
        rows, width = dots(picture(label, dpi=dpi, size=size))
        line = (width + 7) // 8
        data = packed(rows)
        yield (
            f"^XA^PW{width}^LL{len(rows)}^LH0,0^FO0,0^GFA,{line * len(rows)},{line * len(rows)},{line},{data}^FS^PQ{copies}^XZ\n"
        ).encode("ascii")


def dots(grey: Image) -> tuple[list[bytes], int]:
    """The rows of a picture as bits, dark is 1, most significant first; and its width in dots."""
    width, height = grey.size
    black = grey.point(lambda level: 255 if level < 128 else 0).convert("1")
    line = (width + 7) // 8
    raw = black.tobytes()
    return [raw[row * line : (row + 1) * line] for row in range(height)], width


def packed(rows: Iterable[bytes]) -> str:
    """Rows in ZPL's compressed hexadecimal: runs as letters, ``,`` for the rest in white, ``:`` for the row before once more."""
    out: list[str] = []
    last = b""
    for row in rows:
        if row == last:
            out.append(":")
            continue
        last = row
        text = row.hex().upper()
        tail = len(text) - len(text.rstrip("0"))
        body = text[: len(text) - tail] if tail > 1 else text
        out.append("".join(_run(found[0]) for found in re.finditer(r"(.)\1*", body)) + ("," if tail > 1 else ""))
    return "".join(out)


def _run(same: str) -> str:
    if len(same) == 1:
        return same
    left, letters = len(same), ""
    while left:
        count, letter = next((count, letter) for count, letter in _RUNS if count <= left)
        letters, left = letters + letter, left - count
    return letters + same[0]


def address(text: str) -> tuple[str, int]:
    """``HOST`` or ``HOST:PORT`` of a printer. Raises BadInput."""
    found = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]{1,253})(?::([0-9]{1,5}))?", text)
    port = int(found[2]) if found and found[2] else PORT
    if found is None or not 1 <= port <= 65_535:
        raise BadInput(f"“{text[:60]}” is no printer's address: write HOST or HOST:PORT.")
    return found[1].strip("[]"), port


def send(data: Iterable[bytes], host: str, port: int = PORT, deadline: float = DEADLINE) -> int:
    """Send commands to a printer's raw port. Returns the number of labels. Raises BadInput where it does not take them."""
    ends = monotonic() + deadline
    count = 0
    try:
        with closing(socket.create_connection((host, port), timeout=min(10.0, deadline))) as line:
            for one in data:
                left = ends - monotonic()
                if left <= 0:
                    raise TimeoutError("the printer is too slow")
                line.settimeout(left)
                line.sendall(one)
                count += 1
    except OSError as cause:
        words = f"The printer at {host}:{port} took {count} labels and no more: check its cover, paper and cable."
        raise BadInput(words, cause=repr(cause)) from cause
    return count
