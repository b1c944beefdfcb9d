"""A delimited file as rows of text, whole or not at all: size, encoding and shape are checked before a cell is looked at.

What a cell means is the mapping's affair (`app.exchange.mapping`). Nothing is guessed here: not the encoding, not the delimiter,
not a missing quote; only the line ends may be of any kind (CR, LF, CR LF), because programs write all three.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from chain.errors import BadInput

CAP = 64 * 1024 * 1024  # bytes: about 200,000 lines of 33 columns
CELL = 4096  # characters
COLUMNS = 512
_MAGIC = {
    b"PK\x03\x04": "a ZIP archive or an XLSX workbook",
    b"%PDF": "a PDF document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"SQLite f": "a database",
    b"\x1f\x8b": "a compressed file",
}


def quoted(text: str) -> str:
    """A text from a file as it may stand in a sentence."""
    shown = "".join(one if one.isprintable() else f"<{ord(one):02X}>" for one in text[:60])
    return f"“{shown}{'...' if len(text) > 60 else ''}”"


class RowRefused(BadInput):
    """A row that cannot become events; `column` says where, "" where it is the whole row."""

    def __init__(self, words: str, column: str = "") -> None:
        super().__init__(words, column=column)
        self.column = column


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the file (the header is row 1) and its cells, stripped of the spaces around them.

    `places` says which cell stands in which column. `fault` is why the row has no cells that could be looked at.
    """

    number: int
    cells: tuple[str, ...]
    places: Mapping[str, int] = field(repr=False)
    fault: str = ""

    def __getitem__(self, column: str) -> str:
        return self.cells[self.places[column]]


@dataclass(frozen=True, slots=True)
class Table:
    """A delimited file's header and rows; every column has a name of its own."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def content(path: Path, cap: int = CAP) -> bytes:
    """The bytes of a file. Raises BadInput: missing, a folder, unreadable, empty, larger than `cap`, plainly something else."""
    try:
        if path.is_dir():
            raise BadInput(f"{path} is a folder, not a file.")
        size = path.stat().st_size
        if size > cap:
            raise BadInput(f"{path} has {size:,} bytes; at most {cap:,} are read: split it.")
        with path.open("rb") as file:
            data = file.read(cap + 1)
    except FileNotFoundError:
        raise BadInput(f"There is no file {path}.") from None
    except (OSError, ValueError) as cause:
        raise BadInput(f"{path} cannot be read: check its permissions.", cause=repr(cause)) from None
    if len(data) > cap:
        raise BadInput(f"{path} has more than {cap:,} bytes: split it.")
    if not data.strip():
        raise BadInput(f"{path} is empty.")
    for start, what in _MAGIC.items():
        if data.startswith(start):
            raise BadInput(f"{path} is {what}, not a table of text.")
    return data


def decoded(data: bytes, encoding: str, name: str) -> str:
    """The text of a file, line ends as LF, a byte order mark left out. Raises BadInput where it is in another encoding."""
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) or data.count(b"\r", 0, error.start)
        raise BadInput(
            f"{name} is not {encoding.upper()} text: the byte 0x{data[error.start]:02x} in row {line + 1} has no meaning in it."
        ) from None
    if "\0" in text:
        raise BadInput(f"{name} is not {encoding.upper()} text: there are zero bytes in it.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def header(text: str, delimiter: str, name: str) -> tuple[str, ...]:
    """The names of the columns. Raises BadInput where they are none, too many, or one stands twice."""
    columns = tuple(cell.strip() for cell in next(_cells(text, delimiter, name), (1, []))[1])
    if len(columns) > COLUMNS:
        raise BadInput(f"{name} has {len(columns):,} columns; at most {COLUMNS} are read.")
    twice = next((one for place, one in enumerate(columns) if one and one in columns[:place]), None)
    if twice is not None:
        raise BadInput(f"{name} has two columns named {quoted(twice)}.")
    return columns


def table(text: str, delimiter: str, name: str) -> Table:
    """The whole table. A row of another length than the header is kept with its fault; empty lines are left out.

    Raises BadInput where quotes do not match, so that nobody can say where a row ends, and where there is no row at all.
    """
    columns = header(text, delimiter, name)
    places = {column: place for place, column in enumerate(columns)}
    known: dict[str, str] = {}  # one object for cells that say the same
    rows = []
    for number, cells in _cells(text, delimiter, name):
        if number == 1 or not any(cells):
            continue
        fault = _fault(cells, columns)
        kept = () if fault else tuple(known.setdefault(cell, cell) for cell in map(str.strip, cells))
        rows.append(Row(number, kept, places, fault))
    if not rows:
        raise BadInput(f"{name} has a header and no rows.")
    return Table(columns, tuple(rows))


def _fault(cells: Sequence[str], columns: Sequence[str]) -> str:
    if len(cells) < len(columns):
        return f"only {len(cells)} of {len(columns)} columns are here: the row is cut off"
    if len(cells) > len(columns):
        return f"{len(cells)} columns where the header has {len(columns)}"
    for column, cell in zip(columns, cells, strict=True):
        if len(cell) > CELL:
            return f"the column {quoted(column)} holds {len(cell):,} characters; at most {CELL:,} are read"
    return ""


def _cells(text: str, delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """(number of the row, its cells), counted as a spreadsheet counts: a row that spans lines is one."""
    reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=delimiter, strict=True)
    number = 1
    try:
        for number, cells in enumerate(reader, 1):
            yield number, cells
    except csv.Error as error:
        why = "a cell is too long" if "limit" in str(error) else "its quotes do not match, or it is cut off"
        raise BadInput(f"{name} cannot be read behind row {number}: {why}.", cause=str(error)) from None
