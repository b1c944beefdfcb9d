"""The order of looking, and what is believed.

A fast pass; only where it reads nothing the robust passes, one after the other, until one reads. Where a picture shows more
symbols than were read, a few passes more. Symbols with strong error correction (QR, rMQR, Data Matrix) are believed at
once; the weak ones (linear symbols with one check digit, Micro QR, GS1 DataBar) only from the fast pass or when two
different robust passes agree: a picture that is twisted long enough shows a number that is not there. Interleaved 2 of 5
(ISO/IEC 16390) checks nothing by itself, and rows of QR codes read like a short one: beside a strong symbol it must be ITF-14.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import cv2  # noqa: TID253 - loaded with the first picture only
import numpy as np

from app.decode.code import Code, Corners
from app.decode.passes import (
    FAST,
    FULL_SIDE,
    FULL_SIZE,
    PASSES,
    ROBUST_SIDE,
    SHEET_PASSES,
    Grey,
    Pass,
    fitted,
)
from chain.gs1.linters import check_digit

STRONG = frozenset({"QR Code", "rMQR Code", "Data Matrix", "Code 128"})
SMALLEST = 8  # pixels: below it there is nothing to improve
ITF = "ITF"
SHORTEST_ITF = 6  # digits
AGREE = 2
LARGE = 1.25  # times ROBUST_SIDE: from here a pass at full size pays
MANY = 4  # symbols in one picture: a sheet, where some are usually missed


def read(grey: Grey, passes: Sequence[Pass] = PASSES, page: int = 0) -> list[Code]:
    """All codes of a grey picture (uint8, height x width), in the order they were found."""
    codes, missed = look(FAST, grey, 1.0, page)
    if (codes and not missed) or min(grey.shape) < SMALLEST or not passes:
        return codes
    small = fitted(grey, ROBUST_SIDE)
    scale = small.shape[1] / grey.shape[1]
    if codes:
        return _complete(codes, small, scale, page)
    votes = Votes()
    for one in passes:
        seen, missed = look(one, small, scale, page)
        codes = votes.believe(one.name, seen)
        if codes:
            return _complete(codes, small, scale, page) if missed else codes
    if scale < 1 / LARGE:
        full = fitted(grey, FULL_SIDE)
        seen, _ = look(FULL_SIZE, full, full.shape[1] / grey.shape[1], page)
        return votes.believe(FULL_SIZE.name, seen)
    return []


def look(one: Pass, grey: Grey, scale: float, page: int = 0) -> tuple[list[Code], bool]:
    """One pass over `grey`, which is the picture times `scale`.

    Returns the codes in the picture's own pixels, and whether the picture seems to show more symbols than these.
    """
    found, factor = one.run(grey)
    valid = [b for b in found if b.valid and b.bytes]
    codes = _without_phantoms([_code(b, scale * factor, page) for b in valid])
    if not codes:
        return codes, bool(found)
    return codes, len(codes) >= MANY or _some_missed(valid, [b for b in found if not b.valid])


def _without_phantoms(codes: list[Code]) -> list[Code]:
    """`codes` without numbers in Interleaved 2 of 5 that are too short, or that stand beside strong symbols and are no ITF-14."""
    beside = any(code.symbology in STRONG for code in codes)
    return [c for c in codes if c.symbology != ITF or _is_itf14(c.text) or (len(c.text) >= SHORTEST_ITF and not beside)]


def _is_itf14(text: str) -> bool:
    return len(text) == 14 and text.isdecimal() and check_digit(text[:-1]) == text[-1]


class Votes:
    """Which weak readings different passes agree on."""

    def __init__(self) -> None:
        self._passes: dict[tuple[str, str], set[str]] = {}

    def believe(self, name: str, seen: Iterable[Code]) -> list[Code]:
        """Those of `seen` that may be believed now that the pass called `name` has seen them."""
        believed = []
        for code in seen:
            if code.symbology not in STRONG:
                voters = self._passes.setdefault((code.symbology, code.text), set())
                voters.add(name)
                if len(voters) < AGREE:
                    continue
            believed.append(code)
        return believed


def _complete(codes: list[Code], small: Grey, scale: float, page: int) -> list[Code]:
    """`codes` and what further passes find elsewhere in the picture; ends with the first pass that adds nothing."""
    for one in SHEET_PASSES:
        seen, _ = look(one, small, scale, page)
        new = [c for c in seen if c.symbology in STRONG and not any(_same_place(c, known) for known in codes)]
        if not new:
            break
        codes = codes + new
    return codes


def _some_missed(valid: list[Any], failed: list[Any]) -> bool:
    """True where a symbol was located but not decoded, away from those read and about as large as one of them."""
    quads = [_quad(b) for b in valid]
    sizes = [np.sqrt(abs(cv2.contourArea(q))) for q in quads]
    for b in failed:
        quad = _quad(b)
        size = np.sqrt(abs(cv2.contourArea(quad)))
        centre = (float(quad[:, 0].mean()), float(quad[:, 1].mean()))
        apart = all(cv2.pointPolygonTest(q, centre, True) < -0.3 * s for q, s in zip(quads, sizes, strict=True))
        if apart and any(0.4 * s < size < 2.5 * s for s in sizes):
            return True
    return False


def _same_place(one: Code, other: Code) -> bool:
    quad = np.array(other.position, np.float32)
    x, y = np.array(one.position, np.float32).mean(0)
    return cv2.pointPolygonTest(quad, (float(x), float(y)), False) >= 0


def _quad(barcode: Any) -> Any:
    p = barcode.position
    corners = (p.top_left, p.top_right, p.bottom_right, p.bottom_left)
    return np.array([(c.x, c.y) for c in corners], np.float32)


def _code(barcode: Any, scale: float, page: int) -> Code:
    quad = [(round(float(x) / scale), round(float(y) / scale)) for x, y in _quad(barcode)]
    position: Corners = (quad[0], quad[1], quad[2], quad[3])
    aim = str(barcode.symbology_identifier)
    data = bytes(barcode.bytes)
    return Code(_text(barcode, data), str(barcode.format), barcode.content_type.name == "GS1", position, data, aim, page)


def _text(barcode: Any, data: bytes) -> str:
    """zxing-cpp's text (it honours ECI and guesses old Japanese and Western sets); bytes where it is in doubt."""
    text = str(barcode.text)
    if barcode.content_type.name != "Binary" and "\ufffd" not in text:
        return text
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
