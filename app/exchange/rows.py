"""A delimited file as rows of text, whole or not at all: size, encoding and shape are checked before a cell is looked at.

What a cell means is the mapping's affair (`app.exchange.mapping`). A byte order mark says the encoding, a first line ``sep=;``
the delimiter, as spreadsheet programs write them; a missing quote is never guessed. Line ends may be of any kind (CR, LF, CR LF).
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from chain.errors import BadInput

CAP = 64 * 1024 * 1024  # bytes: about 200,000 lines of 33 columns
CELL = 4096  # characters
LONG_CELL = 1024 * 1024  # of a cell that holds a whole event
DELIMITERS = ",;\t|"
COLUMNS = 512
_MAGIC = {
    b"PK\x03\x04": "a ZIP archive or an XLSX workbook",
    b"%PDF": "a PDF document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"SQLite f": "a database",
    b"\xd0\xcf\x11\xe0": "an old Excel file (.xls; save it as .xlsx)",
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


class Dated(str):
    """A cell that holds a date: its ISO text, and the moment itself, which needs no form."""

    __slots__ = ("at", "clocked")

    at: datetime
    clocked: bool

    @classmethod
    def of(cls, at: datetime, clocked: bool) -> Dated:
        """A date cell; `clocked` where it has a time of day."""
        made = cls(at.isoformat(sep=" ") if clocked else at.date().isoformat())
        made.at, made.clocked = at, clocked
        return made


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
        """The cell of a column; "" where the file does not have it."""
        place = self.places.get(column)
        return "" if place is None else self.cells[place]


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
    """The text of a file, line ends as LF, a byte order mark left out. Raises BadInput where it is in another encoding.

    A byte order mark goes before what `encoding` says. ``auto`` is UTF-8 where the bytes are that, else Windows-1252.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif data.startswith(codecs.BOM_UTF8):
        encoding = "utf-8"
    elif encoding == "auto":
        encoding = "utf-8" if _is_utf8(data) else "cp1252"
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


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def start_of(data: bytes) -> str:
    """Enough of a file's text to see its header, whatever its encoding."""
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = data[: 1 << 16].decode("utf-16" if wide else "utf-8", "replace").removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def named_delimiter(text: str) -> str:
    """The delimiter that a first line ``sep=;`` names, "" where there is none."""
    return text[4] if text[:4].lower() == "sep=" and text[5:6] == "\n" else ""


def header(text: str, delimiter: str, name: str) -> tuple[str, ...]:
    """The names of the columns. Raises BadInput where they are none, too many, or one stands twice."""
    return checked_columns(next(_cells(text, delimiter, name), (1, []))[1], name)


def checked_columns(cells: Sequence[str], name: str) -> tuple[str, ...]:
    """The names of the columns. Raises BadInput where they are none, too many, or one stands twice."""
    columns = tuple(cell.strip() for cell in cells)
    while columns and not columns[-1]:
        columns = columns[:-1]
    if not columns:
        raise BadInput(f"{name} has no header: its first row must name the columns.")
    if len(columns) > COLUMNS:
        raise BadInput(f"{name} has {len(columns):,} columns; at most {COLUMNS} are read.")
    twice = next((one for place, one in enumerate(columns) if one and one in columns[:place]), None)
    if twice is not None:
        raise BadInput(f"{name} has two columns named {quoted(twice)}.")
    return columns


def table(text: str, delimiter: str, name: str, cell: int = CELL) -> Table:
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
        while len(cells) > len(columns) and not cells[-1].strip():
            cells.pop()  # a delimiter at the end of the line
        fault = fault_of(cells, columns, cell)
        kept = () if fault else tuple(known.setdefault(cell, cell) for cell in map(str.strip, cells))
        rows.append(Row(number, kept, places, fault))
    if not rows:
        raise BadInput(f"{name} has a header and no rows.")
    return Table(columns, tuple(rows))


def fault_of(cells: Sequence[str], columns: Sequence[str], longest: int = CELL) -> str:
    """Why a row's cells cannot be looked at, "" where they can."""
    if len(cells) < len(columns):
        return f"only {len(cells)} of {len(columns)} columns are here: the row is cut off"
    if len(cells) > len(columns):
        return f"{len(cells)} columns where the header has {len(columns)}"
    for column, cell in zip(columns, cells, strict=True):
        if len(cell) > longest:
            return f"the column {quoted(column)} holds {len(cell):,} characters; at most {longest:,} are read"
    return ""


def _cells(text: str, delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """(number of the row, its cells), counted as a spreadsheet counts: a row that spans lines is one."""
    if named_delimiter(text):
        text = text[6:]
    csv.field_size_limit(LONG_CELL)
    reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=delimiter, strict=True)
    number = 1
    try:
        for number, cells in enumerate(reader, 1):
            yield number, cells
    except csv.Error as error:
        why = "a cell is too long" if "limit" in str(error) else "its quotes do not match, or it is cut off"
        raise BadInput(f"{name} cannot be read behind row {number}: {why}.", cause=str(error)) from None
