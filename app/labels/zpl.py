"""Labels for thermal printers: ZPL II with each label as a picture of the printer's own dots.

Fonts and encoders differ from printer to printer; a picture does not: what was measured is what is burnt. A text of a label can
never become a command of the printer. A GS1 Data Matrix may be left to the printer (^BX), which is shorter and not the same on
every printer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from app.labels import Label
from app.labels.fit import Fit
from app.labels.raster import SIZE, Drawing
from app.labels.symbols import Symbol, zpl_data
from chain.errors import BadInput

if TYPE_CHECKING:
    from PIL.Image import Image

_ESCAPE = "#"
"""In ^BX's data; no GS1 value can hold it (Code set 82), so nothing of a label is taken for an escape."""
_RUNS = [(400 - 20 * n, chr(ord("z") - n)) for n in range(20)] + [(19 - n, chr(ord("Y") - n)) for n in range(19)]


def zpl(
    labels: Iterable[Label],
    *,
    dpi: int = 203,
    size: tuple[float, float] = SIZE,
    copies: int = 1,
    fit: Fit | None = None,
    by_printer: bool = False,
) -> Iterator[bytes]:
    """The commands for each label, one after the other.

    Args:
        dpi: dots per inch of the print head (203, 300 or 600).
        size: width and height of a label in mm.
        fit: what makes up for the printer; it moves what is drawn, so the printer's own ^LS and ^LT stay as they are.
        by_printer: leave a GS1 Data Matrix to the printer: ^BX with quality 200, FNC1 in front and between fields.

    Raises BadInput: a label too small for its code, or a number out of range.
    """
    if not 1 <= copies <= 999:
        raise BadInput("A label is printed 1 to 999 times.")
    for label in labels:
        drawing = Drawing(label, dpi, size, fit=fit)
        own = by_printer and label.symbol is Symbol.DATA_MATRIX
        yield sheet_of(drawing.image(with_code=not own), copies, _matrix(drawing) if own else "")


def _matrix(drawing: Drawing) -> str:
    x, y = drawing.code
    return f"^FO{x},{y}^BXN,{drawing.side},200,0,0,6,{_ESCAPE}^FD{zpl_data(drawing.label.text, _ESCAPE)}^FS"


def sheet_of(grey: Image, copies: int = 1, more: str = "") -> bytes:
    """The commands for one label with this picture on it, and `more` of them behind it."""
    rows, width = dots(grey)
    line = (width + 7) // 8
    held = f"^GFA,{line * len(rows)},{line * len(rows)},{line},{packed(rows)}^FS"
    return f"^XA^PW{width}^LL{len(rows)}^LH0,0^FO0,0{held}{more}^PQ{copies}^XZ\n".encode("ascii")


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
