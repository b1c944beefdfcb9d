"""The two codes a label may carry, as modules: a QR code with a Digital Link, or a GS1 Data Matrix with an element string.

A GS1 Data Matrix begins with FNC1 and separates fields by it, as scanners in pharmacies expect (GS1 General Specifications,
5.6); a text that is no element string is not drawn as one.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from chain import gs1
from chain.errors import BadInput
from chain.gs1.element_strings import to_raw

if TYPE_CHECKING:
    import zxingcpp

Matrix: TypeAlias = "tuple[tuple[bool, ...], ...]"


class Symbol(StrEnum):
    """The code on a label. `quiet` is the white that it needs on every side, in modules."""

    QR = "qr"
    DATA_MATRIX = "datamatrix"

    @property
    def quiet(self) -> int:
        """ISO/IEC 18004 asks for four modules round a QR code; ISO/IEC 16022 for one round a Data Matrix, here two."""
        return 4 if self is Symbol.QR else 2


def modules_of(symbol: Symbol, text: str) -> Matrix:
    """The modules of a text's code (True is dark), without a quiet zone. Raises BadInput."""
    return qr(text) if symbol is Symbol.QR else data_matrix(text)


def qr(text: str, level: str = "Q") -> Matrix:
    """The modules of a QR code with an error correction level (L, M, Q, H).

    Raises:
        BadInput: no text, or more than the largest code holds (1,663 bytes).
    """
    import zxingcpp

    if not text:
        raise BadInput("A code needs a text.")
    try:
        return _matrix(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=level))
    except (ValueError, RuntimeError, UnicodeEncodeError) as error:
        raise BadInput("This text is too long for a code.", length=len(text)) from error


def data_matrix(text: str) -> Matrix:
    """The modules of a square GS1 Data Matrix (ECC 200) with these element strings.

    Args:
        text: in raw form, 0x1D between fields.

    Raises:
        BadInput: a text that is no GS1 element string, or one too long.
    """
    import zxingcpp

    # Square brackets, which no GS1 value can hold, so that the encoder sets FNC1 itself and never splits a value.
    bracketed = "".join(f"[{one.ai}]{one.value}" for one in gs1.elements(text))
    try:
        return _matrix(zxingcpp.create_barcode(bracketed, zxingcpp.BarcodeFormat.DataMatrix, gs1=True, force_square=True))
    except (ValueError, RuntimeError, UnicodeEncodeError) as error:
        raise BadInput("This text is too long for a Data Matrix.", length=len(text)) from error


def plain_data_matrix(text: str) -> Matrix:
    """The modules of a square Data Matrix that is no GS1 code. Raises BadInput."""
    import zxingcpp

    try:
        return _matrix(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.DataMatrix, force_square=True))
    except (ValueError, RuntimeError, UnicodeEncodeError) as error:
        raise BadInput("This text is too long for a Data Matrix.", length=len(text)) from error


def zpl_data(text: str, escape: str) -> str:
    """Element strings as field data of ZPL's ^BX with quality 200: FNC1 in front and between fields as `escape` and ``1``."""
    fnc1 = escape + "1"
    raw = to_raw(gs1.elements(text))
    return fnc1 + raw.replace(gs1.FNC1, fnc1)


def rectangles(matrix: Matrix) -> list[tuple[int, int, int, int]]:
    """The dark area as few disjoint rectangles (column, row, width, height): runs, and equal runs below each other as one."""
    done: list[tuple[int, int, int, int]] = []
    growing: dict[tuple[int, int], int] = {}  # (column, width) -> first row
    for row, modules in enumerate((*matrix, ())):
        runs = set(_runs(modules))
        for run in growing.keys() - runs:
            first = growing.pop(run)
            done.append((run[0], first, run[1], row - first))
        for run in runs:
            growing.setdefault(run, row)
    return sorted(done, key=lambda one: (one[1], one[0]))


def _matrix(made: zxingcpp.Barcode) -> Matrix:
    import numpy as np
    import zxingcpp

    grey = np.asarray(zxingcpp.write_barcode_to_image(made, scale=1, add_quiet_zones=False))
    return tuple(tuple(map(bool, row)) for row in grey < 128)


def _runs(modules: tuple[bool, ...]) -> Iterable[tuple[int, int]]:
    """(column, width) of the dark runs of a row."""
    start = None
    for column, dark in enumerate((*modules, False)):
        if dark and start is None:
            start = column
        elif not dark and start is not None:
            yield start, column - start
            start = None
