"""The first sheet of a workbook (XLSX) as rows of text, as a person sees them: results of formulas, dates, numbers as written.

A workbook is an archive of XML from anywhere: its unpacked size is capped before it is opened, XML is read without entities, and
macros, links and pictures are never looked at. A formula without a result is a fault of its row, never a guess.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from app.exchange.rows import CAP, Dated, Row, Table, checked_columns, fault_of
from chain.errors import BadInput

LARGEST = 256 * 1024 * 1024  # bytes of a workbook when unpacked
MOST_CELLS = 2_000_000
_MOST_PARTS = 2_000
_WHOLE = 10**15  # a spreadsheet keeps 15 digits of a number


def workbook_table(path: Path, cell: int) -> Table:
    """The header and rows of the first sheet that holds anything. Raises BadInput in one sentence; `cell` caps characters."""
    _look_into(path)
    sheets = _rows(path, results=False, formulas=True)
    if any(formula for _, _, formula in sheets):
        sheets = _rows(path, results=True, formulas=False, marked={(row, place) for row, _, found in sheets for place in found})
    if not sheets:
        raise BadInput(f"{path} holds no rows.")
    first = sheets[0][1]
    columns = checked_columns([_shown(one) for one in first], str(path))
    width = len(columns)
    places = {column: place for place, column in enumerate(columns)}
    rows = []
    for number, values, missing in sheets[1:]:
        cells = [_shown(value) for value in values]
        while len(cells) > width and not cells[-1]:
            cells.pop()
        cells += [""] * (width - len(cells))
        if not any(cells) and not missing:
            continue
        fault = fault_of(cells, columns, cell)
        if missing and not fault:
            name = columns[min(missing)] if min(missing) < width else "?"
            fault = f"the column “{name}” holds a formula without a result: open the file in a spreadsheet program and save it"
        rows.append(Row(number, () if fault else tuple(cells), places, fault))
    if not rows:
        raise BadInput(f"{path} has a header and no rows.")
    return Table(columns, tuple(rows))


def _look_into(path: Path) -> None:
    """Raises BadInput where the archive is none, no workbook, or unpacks to more than is read."""
    try:
        if path.stat().st_size > CAP:
            raise BadInput(f"{path} has more than {CAP:,} bytes: split it.")
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as cause:
        raise BadInput(f"{path} is a damaged archive, or no workbook.", cause=repr(cause)) from None
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names or "[Content_Types].xml" not in names:
        raise BadInput(f"{path} is a ZIP archive, but no XLSX workbook: unpack it first.")
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > LARGEST:
        raise BadInput(f"{path} unpacks to more than {LARGEST >> 20} MB: split it.")


_Sheet = list[tuple[int, list[Any], frozenset[int]]]


def _rows(path: Path, *, results: bool, formulas: bool, marked: Iterable[tuple[int, int]] = ()) -> _Sheet:
    """(number, values, places) of the rows; the places are those of formulas, or with `marked` of formulas without a result."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    wanted = frozenset(marked)
    room = MOST_CELLS
    found: _Sheet = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions that are not read anyway
            book = load_workbook(path, read_only=True, data_only=results, keep_links=False)
            try:
                for sheet in book.worksheets:
                    sheet.reset_dimensions()  # what a file says about its size is not believed
                    for number, cells in enumerate(sheet.iter_rows(), 1):
                        room -= len(cells)
                        if room < 0:
                            raise BadInput(f"{path} has more than {MOST_CELLS:,} cells: split it, or save it as CSV.")
                        values = [cell.value for cell in cells]
                        if formulas:
                            odd = frozenset(place for place, cell in enumerate(cells) if cell.data_type == "f")
                        else:
                            odd = frozenset(p for p, value in enumerate(values) if value is None and (number, p) in wanted)
                        if odd or any(value is not None for value in values):
                            found.append((number, values, odd))
                    if found:
                        break
            finally:
                book.close()
    except BadInput:
        raise
    except (
        InvalidFileException,
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        IndexError,
        OSError,
    ) as cause:
        raise BadInput(f"{path} is a damaged workbook.", cause=repr(cause)) from None
    except Exception as cause:  # noqa: BLE001 - XML parsers of three kinds may stand behind it, each with errors of its own
        raise BadInput(f"{path} is a damaged workbook.", cause=repr(cause)) from None
    return found


def _shown(value: Any) -> str:
    """A cell's value as text, without the spaces around it."""
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case str():
            return value.strip()
        case datetime():
            return Dated.of(value, value.time() != time())
        case date():
            return Dated.of(datetime.combine(value, time()), False)
        case float() if value.is_integer() and abs(value) < _WHOLE:
            return str(int(value))
        case int() | float():
            return repr(value)
        case time() | timedelta():
            return str(value)
    return str(value)
