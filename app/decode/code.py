"""What a reading is. Light on purpose: the window imports this before any decoder is loaded.

A `Code` is what stands in the symbol, not what it means: nothing here (or anywhere in `app.decode`) parses an identifier,
opens a link or believes a text.
"""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[int, int]
Corners = tuple[Point, Point, Point, Point]

GS1_SEPARATOR = "\x1d"


@dataclass(frozen=True, slots=True)
class Code:
    """One symbol that was read.

    Args:
        text: the data without the AIM prefix. GS1 element strings keep 0x1D where FNC1 separates fields. EAN-13 and UPC
            are given in the 13 digits that AIM prescribes for ``]E0`` (UPC-A has a leading zero, UPC-E is expanded).
        symbology: name of the symbology as zxing-cpp spells it, e.g. ``QR Code``, ``Data Matrix``, ``Code 128``, ``EAN-13``.
        gs1: True where the symbol itself says that its data are GS1 element strings (FNC1 in first position; GS1 DataBar
            always does). It is False for an EAN-13 and for a QR code that holds a Digital Link.
        position: corners in pixels of the upright picture: top left, top right, bottom right, bottom left of the symbol.
        data: the bytes of the symbol before any character set is applied.
        aim: the AIM symbology identifier (ISO/IEC 15424), e.g. ``]d2``; the rectangular extension of Data Matrix has ``]d8``
            where GS1 DataMatrix has ``]d2``.
        page: from 0, for PDF and TIFF; 0 elsewhere.
    """

    text: str
    symbology: str
    gs1: bool
    position: Corners
    data: bytes
    aim: str = ""
    page: int = 0

    @property
    def message(self) -> str:
        """What a hand scanner with AIM prefixes switched on would send: ``]d2010950600013435221A1``."""
        return self.aim + self.text


def distinct_texts(codes: tuple[Code, ...] | list[Code]) -> list[str]:
    """The texts in order, each once."""
    return list(dict.fromkeys(code.text for code in codes))
