"""The character sets of GS1 values: digits, and the sets of 82, 39 and 64 characters.

All are ASCII. A letter of another alphabet that looks the same is refused like any other stranger.
"""

from __future__ import annotations

import re

from chain.gs1.faults import Fault

_NOT_DIGIT = re.compile(r"[^0-9]")
_NOT_82 = re.compile(r"[^!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]")
_NOT_39 = re.compile(r"[^#\-/0-9A-Z]")
_NOT_64 = re.compile(r"[^A-Za-z0-9_\-]")

CSET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"


def csetnumeric(data: str) -> Fault | None:
    """Digits only."""
    if data.isdigit() and data.isascii():
        return None
    bad = _NOT_DIGIT.search(data)
    return Fault("NON_DIGIT_CHARACTER", bad.start(), 1) if bad else None


def cset82(data: str) -> Fault | None:
    """The 82 characters of GS1 AI encodable character set 82."""
    bad = _NOT_82.search(data)
    return Fault("INVALID_CSET82_CHARACTER", bad.start(), 1) if bad else None


def cset39(data: str) -> Fault | None:
    """The 39 characters of GS1 AI encodable character set 39."""
    bad = _NOT_39.search(data)
    return Fault("INVALID_CSET39_CHARACTER", bad.start(), 1) if bad else None


def cset64(data: str) -> Fault | None:
    """File-safe base64, with its padding."""
    length = len(data.rstrip("="))
    pads = len(data) - length
    if pads > 2 or (pads and len(data) % 3):
        return Fault("INVALID_CSET64_PADDING", length, pads)
    bad = _NOT_64.search(data, 0, length)
    return Fault("INVALID_CSET64_CHARACTER", bad.start(), 1) if bad else None
