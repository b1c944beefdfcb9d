"""What scanners deliver with an AIM symbology identifier (ISO/IEC 15424), and what they would deliver for given data.

Between the two stands the message: AI data with ``^`` for every FNC1, the leading one included; or plain data, where a caret
at the beginning, behind any number of backslashes, gets one backslash more. ``|`` parts a linear symbol from its composite.
"""

from __future__ import annotations

from dataclasses import dataclass

from chain.errors import BadInput
from chain.gs1 import links
from chain.gs1.element_strings import FNC1, Element, from_raw, rule
from chain.gs1.faults import shown
from chain.gs1.linters import check_digit, csum


class BadScan(BadInput):
    """Scanner data that is no message of a GS1 symbology."""


# Identifier -> symbology, and whether its data are AIs.
IDENTIFIERS: dict[str, tuple[str, bool]] = {
    "C1": ("GS1_128_CCA", True),
    "E0": ("EAN13", False),
    "E4": ("EAN8", False),
    "e0": ("DataBarExpanded", True),
    "d1": ("DM", False),
    "d2": ("DM", True),
    "Q1": ("QR", False),
    "Q3": ("QR", True),
    "J0": ("DotCode", False),
    "J1": ("DotCode", True),
}

# Matrix symbology -> identifier of plain data, identifier of AI data.
_MATRIX = {"QR": ("]Q1", "]Q3"), "DM": ("]d1", "]d2"), "DotCode": ("]J0", "]J1")}
_RETAIL = {"EAN13": (13, "]E0"), "UPCA": (12, "]E00"), "UPCE": (12, "]E00"), "EAN8": (8, "]E4")}
_GTIN_ONLY = ("DataBarOmni", "DataBarTruncated", "DataBarStacked", "DataBarStackedOmni", "DataBarLimited")
_COMPOSITE = "]e0"


@dataclass(frozen=True, slots=True)
class Scanned:
    """A symbology, the message in it, and the elements of the message where it has some."""

    symbology: str
    message: str
    elements: tuple[Element, ...] = ()


def read(scan: str, permits: links.Permits = links.STRICT) -> Scanned:
    """Take scanner data apart; `permits` are for a Digital Link in it.

    Raises BadScan, or what the element strings or the Digital Link in it raise.
    """
    if not scan.startswith("]") or len(scan) < 3:
        raise BadScan("The scanner data does not begin with a symbology identifier such as ]d2.")
    if scan[1:3] not in IDENTIFIERS:
        raise BadScan(f"“{shown(scan[:3])}” is not the identifier of a GS1 symbology.")
    symbology, ais = IDENTIFIERS[scan[1:3]]
    data = scan[3:]
    if symbology.startswith("EAN"):
        return _retail(symbology, data)
    if ais:
        return Scanned(symbology, "^" + data.replace(FNC1, "^"), _ais(data))
    message = "\\" + data if data.lstrip("\\").startswith("^") else data
    link = data.startswith(("https://", "HTTPS://", "http://", "HTTP://"))
    return Scanned(symbology, message, links.read(data, permits).elements if link else ())


def _ais(data: str) -> tuple[Element, ...]:
    if "^" in data:
        raise BadScan("The character ^ may not stand in GS1 data.")
    return from_raw(data)


def _retail(symbology: str, data: str) -> Scanned:
    length = _RETAIL[symbology][0]
    digits, bar, composite = data.partition("|" + _COMPOSITE)
    if len(digits) != length:
        raise BadScan(f"{symbology} has {length} digits, not {len(digits)}.")
    _check_digits(digits)
    elements = (Element("01", digits.rjust(14, "0")),)
    if not bar:
        return Scanned(symbology, digits, elements)
    return Scanned(symbology, f"{digits}|^{composite.replace(FNC1, '^')}", elements + _ais(composite))


def _check_digits(digits: str) -> None:
    fault = csum(digits)
    if fault:
        what = "has a wrong check digit" if fault.code == "INCORRECT_CHECK_DIGIT" else "is not all digits"
        raise BadScan(f"“{shown(digits)}” {what}.")


def write(symbology: str, message: str, complete: bool = False) -> str:
    """What a scanner delivers for this message in this symbology.

    With `complete`, retail and DataBar data come without their check digit, and it is added. Raises BadScan.
    """
    linear, bar, composite = message.partition("|")
    if symbology in _MATRIX:
        ais = message.startswith("^")
        return _MATRIX[symbology][ais] + _transmitted(linear if ais else message)
    if bar and not composite.startswith("^"):
        raise BadScan("The composite part of a message begins with ^.")
    tail = _transmitted(composite)
    if symbology in _RETAIL:
        length, identifier = _RETAIL[symbology]
        digits = _primary(linear.removeprefix("^01" + "0" * (14 - length)), length, complete)
        return identifier + digits + (f"|{_COMPOSITE}{tail}" if bar else "")
    if symbology in _GTIN_ONLY:
        digits = _primary(linear.removeprefix("^01"), 14, complete)
        if symbology == "DataBarLimited" and digits[0] not in "01":
            raise BadScan("DataBar Limited holds a GTIN that begins with 0 or 1.")
        return f"{_COMPOSITE}01{digits}{tail}"
    if symbology not in ("GS1_128_CCA", "GS1_128_CCC", "DataBarExpanded"):
        raise BadScan(f"{symbology} is not a GS1 symbology.")
    if not linear.startswith("^"):
        raise BadScan(f"{symbology} holds GS1 data, which begins with ^.")
    if bar and not rule(from_raw(linear[1:], "^")[-1].ai).fixed:
        tail = FNC1 + tail
    identifier = _COMPOSITE if bar or symbology == "DataBarExpanded" else "]C1"
    return identifier + _transmitted(linear) + tail


def _transmitted(message: str) -> str:
    """A message as a scanner sends it: separators for carets, or plain data without the added backslash."""
    if message.startswith("^"):
        return message[1:].replace("^", FNC1)
    return message[1:] if message.startswith("\\") and message.lstrip("\\").startswith("^") else message


def _primary(digits: str, length: int, complete: bool) -> str:
    if len(digits) != length - complete or not (digits.isascii() and digits.isdigit()):
        raise BadScan(f"The data must be {length - complete} digits, not “{shown(digits)}”.")
    if complete:
        return digits + check_digit(digits)
    _check_digits(digits)
    return digits
