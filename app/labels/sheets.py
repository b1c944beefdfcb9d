"""Formats of label sheets, as data: what is in `resources/sheets`, a table of one's own, or a geometry typed in.

A sheet's labels stand in its middle: the margins follow from the page, the labels and the gaps between them.
"""

from __future__ import annotations

import csv
import io
import math
from functools import cache
from importlib.resources import files
from pathlib import Path

from app.labels import Sheet
from chain.errors import BadInput

PAGES = {"A4": (210.0, 297.0), "A5": (148.0, 210.0), "Letter": (215.9, 279.4)}
COLUMNS = ("name", "page", "columns", "rows", "width", "height", "gap_x", "gap_y")


@cache
def known() -> dict[str, Sheet]:
    """The formats that come with the program, by name."""
    return read((files("resources.sheets") / "formats.csv").read_text(encoding="utf-8"), "the shipped formats")


def read(text: str, name: str) -> dict[str, Sheet]:
    """The formats of a table with the columns of COLUMNS, lengths in mm. Raises BadInput in one sentence."""
    rows = csv.DictReader(io.StringIO(text))
    if rows.fieldnames is None or not set(COLUMNS) <= set(rows.fieldnames):
        raise BadInput(f"{name} must have the columns {', '.join(COLUMNS)}.")
    found: dict[str, Sheet] = {}
    for number, row in enumerate(rows, 2):
        try:
            found[row["name"].strip()] = _sheet(row)
        except (ValueError, TypeError, AttributeError):
            raise BadInput(f"{name}, row {number}: a length or a count is no number.") from None
        except BadInput as error:
            raise BadInput(f"{name}, row {number}: {error.words}") from None
    return found


def _sheet(row: dict[str, str]) -> Sheet:
    if row["page"] not in PAGES:
        raise BadInput(f"“{row['page']}” is no page; known are {', '.join(PAGES)}.")
    numbers = [float(row[one]) for one in ("width", "height", "gap_x", "gap_y")]
    if not all(math.isfinite(one) for one in numbers):
        raise BadInput("A length must be a number.")
    return centred(*PAGES[row["page"]], int(row["columns"]), int(row["rows"]), *numbers)


def centred(
    page_width: float, page_height: float, columns: int, rows: int, width: float, height: float, gap_x: float, gap_y: float
) -> Sheet:
    """A sheet whose labels stand in the middle of the page. Raises BadInput where they do not fit."""
    left = (page_width - columns * width - (columns - 1) * gap_x) / 2
    top = (page_height - rows * height - (rows - 1) * gap_y) / 2
    return Sheet(page_width, page_height, columns, rows, width, height, max(left, 0.0), max(top, 0.0), gap_x, gap_y)


def named(name: str) -> Sheet:
    """A format by its name, or the last word of it (``L7160``); the path of a table of one's own and, behind a colon, the name
    in it. Raises BadInput."""
    path, colon, inner = name.rpartition(":")
    if colon and Path(path).is_file():
        try:
            own = read(Path(path).read_text(encoding="utf-8"), path)
        except (OSError, UnicodeDecodeError) as cause:
            raise BadInput(f"{path} cannot be read.", cause=repr(cause)) from cause
        return _of(own, inner)
    return _of(known(), name)


def _of(formats: dict[str, Sheet], name: str) -> Sheet:
    wanted = name.strip().casefold()
    for one, sheet in formats.items():
        if wanted in (one.casefold(), one.casefold().rpartition(" ")[2]):
            return sheet
    raise BadInput(f"No sheet is called “{name[:40]}”; known are {', '.join(formats)}.")
