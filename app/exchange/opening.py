"""What a file is, by its content and never by its name, and the mapping that fits a table.

The delimiter is the one under which the header has the columns that are looked for; a mapping's own goes first.
"""

from __future__ import annotations

from pathlib import Path

from app.exchange.mapping import TableMapping
from app.exchange.mapping_file import mapping, names
from app.exchange.rows import (
    CELL,
    DELIMITERS,
    LONG_CELL,
    Table,
    content,
    decoded,
    header,
    named_delimiter,
    quoted,
    start_of,
    table,
)
from app.exchange.sheets import workbook_table
from chain.errors import BadInput

EVENTS = frozenset(("event", "eventHash", "eventID"))
"""Columns of a table that our own export wrote: each row's `event` holds a whole event."""

_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def form_of(path: Path) -> str:
    """``epcis``, ``workbook`` or ``table``. Raises BadInput where there is no such file, or nothing in it."""
    try:
        if path.is_dir():
            raise BadInput(f"{path} is a folder, not a file.")
        with path.open("rb") as file:
            start = file.read(4096)
    except FileNotFoundError:
        raise BadInput(f"There is no file {path}.") from None
    except (OSError, ValueError) as cause:
        raise BadInput(f"{path} cannot be read: check its permissions.", cause=repr(cause)) from None
    for bom in _BOMS:
        start = start.removeprefix(bom)
    if start.startswith(b"PK\x03\x04"):
        return "workbook"
    first = start.replace(b"\0", b"").lstrip()[:1]
    return "epcis" if first in (b"<", b"{", b"[") else "table"


def open_table(path: Path, form: str, name: str | None) -> tuple[TableMapping | None, Table]:
    """A table, and the mapping that tells its rows; None where the rows hold whole events.

    Args:
        form: what `form_of` says.
        name: the mapping's name or path; None to find it by the header.

    Raises BadInput in one sentence.
    """
    specs = [mapping(name)] if name else [mapping(one) for one in names()]
    if form == "workbook":
        rows = workbook_table(path, LONG_CELL)
        spec = None if name is None and set(rows.columns) >= EVENTS else _best(specs, rows.columns, path, named=name is not None)
        return spec, rows
    data = content(path)
    start = start_of(data)
    if name is None and (delimiter := _under(start, DELIMITERS, EVENTS, path)):
        return None, table(decoded(data, "utf-8", str(path)), delimiter, str(path), LONG_CELL)
    fitting = {spec.name: under for spec in specs if (under := _under(start, _candidates(spec), _needed(spec), path))}
    if not fitting:
        given = named_delimiter(start) or specs[0].delimiter or ","
        _best(specs, header(start, given, str(path)), path, named=name is not None)  # says which columns are missing
    spec = max((one for one in specs if one.name in fitting), key=lambda one: len(_needed(one)))
    return spec, table(decoded(data, spec.encoding, str(path)), fitting[spec.name], str(path), CELL)


def _candidates(spec: TableMapping) -> str:
    return "".join(dict.fromkeys(spec.delimiter + DELIMITERS))


def _needed(spec: TableMapping) -> frozenset[str]:
    return spec.columns - spec.optional


def _under(start: str, delimiters: str, columns: frozenset[str], path: Path) -> str:
    """The delimiter under which the header has these columns, "" for none."""
    for delimiter in named_delimiter(start) or delimiters:
        try:
            if columns <= set(header(start, delimiter, str(path))):
                return delimiter
        except BadInput:
            continue
    return ""


def _best(specs: list[TableMapping], columns: tuple[str, ...], path: Path, *, named: bool) -> TableMapping:
    """The mapping with the most columns whose columns are all there. Raises BadInput."""
    fitting = [spec for spec in specs if _needed(spec) <= set(columns)]
    if fitting:
        return max(fitting, key=lambda spec: len(_needed(spec)))
    if not named:
        shipped = ", ".join(names())
        raise BadInput(f"No mapping fits the header of {path}: name one with --mapping (shipped: {shipped}), see docs/import.md.")
    missing = sorted(_needed(specs[0]).difference(columns))
    more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
    raise BadInput(f"{path} lacks columns of the mapping “{specs[0].name}”: {', '.join(map(quoted, missing[:3]))}{more}.")
