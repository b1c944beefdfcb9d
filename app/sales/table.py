"""Tables of sales on disk: CSV (commas, semicolons, tabs), XLSX and parquet, read as they are and written. Judges no number.

What cannot be read is told in one line. A row with too many fields stops the reading, or is left out and reported.
"""

from __future__ import annotations

import codecs
import csv
import re
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from app.whole import whole
from chain.errors import BadInput
from forecasting.demand.note import shown

KINDS = (".csv", ".parquet")
HEADER_BYTES = 65_536
DIGITS = 6  # significant ones in CSV
QUOTED = frozenset(',"\r\n')
LEFT_OUT_SHOWN = 60
TEXTS = ("unique_id", "ds")  # what they look like is not what they are: an id 0001 is not the number 1, and NA is a name
NUMBERS = ("y", "price", "promotion", "on_hand")
NOTHING = ("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None", "none")  # a number that is not known


@dataclass(frozen=True, slots=True)
class Read:
    """A table as pandas has it, with lower-case column names; its index, `line`, is each row's place in the file.

    `left_out` says one line for each row that is not in it.
    """

    table: Any
    left_out: tuple[str, ...] = ()


def read_table(path: Path, *, keep_going: bool = False) -> Read:
    """A CSV, XLSX or parquet file. Raises BadInput; with `keep_going` rows with too many fields are only left out."""
    if path.is_dir():
        raise BadInput(f"{path} is a folder, not a file.")
    if not path.exists():
        raise BadInput(f"There is no file {path}.")
    import pandas as pd

    kind = path.suffix.lower()
    try:
        if kind == ".parquet":
            return Read(_named(path, pd.read_parquet(path)))
        if kind == ".xlsx":
            return Read(_named(path, pd.read_excel(path, dtype=_text_ids(pd.read_excel(path, nrows=0).columns))))
        return _read_csv(path, keep_going)
    except pd.errors.EmptyDataError as error:
        raise BadInput(f"{path.name} is empty.") from error
    except UnicodeError as error:
        raise BadInput(f"{path.name} is not text in UTF-8 (or UTF-16): save it as CSV in UTF-8.") from error
    except ImportError as error:
        raise BadInput(f"{path.name}: {kind.lstrip('.')} files need the package {error.name or 'pyarrow'}.") from error
    except (zipfile.BadZipFile, KeyError) as error:
        raise BadInput(f"{path.name} is damaged, or not a {kind.lstrip('.')} file.") from error
    except (ValueError, OSError) as error:
        if kind != ".csv":
            raise BadInput(f"{path.name} is damaged, or not a {kind.lstrip('.')} file.") from error
        raise BadInput(f"{path.name} cannot be read as CSV: {_told(error)}.") from error


def with_future(sales: Any, path: Path) -> Any:
    """Sales and, from another file, prices and promotions to come (unique_id, ds, price or promotion). Raises BadInput."""
    import pandas as pd

    from forecasting.demand.columns import LINES, unreadable

    ahead = read_table(path).table
    drivers = [name for name in ("price", "promotion") if name in ahead.columns]
    for name in ("unique_id", "ds"):
        if name not in ahead.columns:
            raise BadInput(f"{path.name}: the column {name!r} is missing; needed are unique_id, ds and price or promotion.")
    if not drivers:
        raise BadInput(f"{path.name} has neither a column price nor a column promotion.")
    absent = next((name for name in drivers if name not in sales.columns), None)
    if absent:
        raise BadInput(f"{path.name} has a column {absent!r} and the sales have none: nothing can be learnt from it.")
    if "unique_id" not in sales.columns or "ds" not in sales.columns:
        return sales  # said where the sales are judged
    wrong = unreadable(ahead)
    if wrong is not None:
        raise BadInput(f"{path.name}: {wrong}")
    there = {str(name).strip() for name in sales["unique_id"].unique()}
    strange = next((name for name in ahead["unique_id"].astype(str).str.strip().unique() if name not in there), None)
    if strange is not None:
        raise BadInput(f"{path.name} names {shown(strange)!r}, which the sales do not have.")
    both = pd.concat([sales.astype({"ds": object}), ahead[["unique_id", "ds", *drivers]].astype({"ds": object})])
    return both.rename_axis(LINES)


def write_table(table: Any, path: Path) -> None:
    """Write a table, wholly or not at all; dates as YYYY-MM-DD, numbers with six significant digits in CSV.

    Raises BadInput where a package is missing, StoreError where the file cannot be written.
    """
    try:
        with whole(path) as file:
            if path.suffix.lower() == ".parquet":
                table.to_parquet(file, index=False)
            else:
                _write_csv(table, file)
    except ImportError as error:
        raise BadInput(f"{path.name}: parquet files need the package pyarrow.") from error


def _write_csv(table: Any, file: BinaryIO) -> None:
    """By pyarrow, four times as fast as pandas; where a text needs quotes (pyarrow would quote all), pandas does."""
    import numpy as np
    import pyarrow
    from pyarrow import csv as arrow

    plain = table.copy()
    quoted = False
    for name in plain.columns:
        kind = plain[name].dtype.kind
        if kind == "M":
            plain[name] = plain[name].to_numpy().astype("datetime64[D]").astype(object)
        elif kind == "f":
            values = plain[name].to_numpy()
            size = 10.0 ** (DIGITS - 1 - np.floor(np.log10(np.maximum(np.abs(values), 1e-12))))
            plain[name] = np.round(values * size) / size
        elif kind == "O":
            quoted |= any(set(str(text)) & QUOTED for text in plain[name].unique())
    if quoted:
        plain.to_csv(file, index=False, mode="wb")
        return
    file.write((",".join(plain.columns) + "\n").encode())
    options = arrow.WriteOptions(include_header=False, quoting_style="none")
    arrow.write_csv(pyarrow.Table.from_pandas(plain, preserve_index=False), file, options)


def _read_csv(path: Path, keep_going: bool) -> Read:
    import pandas as pd

    encoding, before, header = _header(path)
    if not header:
        raise BadInput(f"{path.name} is empty.")
    mark = max(",;\t", key=lambda one: (header.count(one), one == ","))
    names = next(csv.reader([header], delimiter=mark), [])
    _once(path, [name.strip().lower() for name in names])  # pandas would rename the second
    how: dict[str, Any] = {
        "sep": mark, "decimal": "," if mark == ";" else ".", "dtype": _text_ids(names), "encoding": encoding, "index_col": False,
        "skiprows": before, "skip_blank_lines": False, "keep_default_na": False,
        "na_values": {name: NOTHING for name in names if name.strip().lower() not in TEXTS},
    }  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)  # "length of header does not match": every row is too long
        try:
            table = _numbered(_named(path, pd.read_csv(path, low_memory=False, **how)), before)
            return Read(_with_commas(path, table) if mark == ";" else table)
        except pd.errors.ParserWarning as warning:
            raise BadInput(f"{path.name}: the rows have more fields than the header.") from warning
        except pd.errors.ParserError as error:
            if not keep_going or "Expected" not in str(error):
                raise BadInput(f"{path.name} cannot be read as CSV: {_told(error)}.") from error
    left_out: list[str] = []

    def report(fields: list[str]) -> None:
        text = mark.join(fields)[:LEFT_OUT_SHOWN]
        left_out.append(f"A row has {len(fields)} fields, more than the header: {text!r}.")

    table = pd.read_csv(path, engine="python", on_bad_lines=report, **(how | {"index_col": None}))
    if not isinstance(table.index, pd.RangeIndex):
        raise BadInput(f"{path.name}: the rows have more fields than the header.")
    table = _numbered(_named(path, table), before)
    return Read(_with_commas(path, table) if mark == ";" else table, tuple(left_out))


def _header(path: Path) -> tuple[str, int, str]:
    """The encoding, how many lines come before the header, and the header, which tells what separates the fields.

    Before it are blank lines, and the line `sep=;` with which spreadsheets are told.
    """
    with path.open("rb") as file:
        start = file.read(HEADER_BYTES)
    wide = start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) and start[2:4] != b"\0\0"
    encoding = "utf-16" if wide else "utf-8-sig"
    text = codecs.getincrementaldecoder(encoding)().decode(start)
    for before, line in enumerate(text.splitlines()):
        if line.strip() and not re.fullmatch(r"sep=.", line.strip()):
            return encoding, before, line
    return encoding, 0, ""


def _with_commas(path: Path, table: Any) -> Any:
    """The table with numbers for texts such as 1.234,5 where commas are decimal. Raises BadInput where 1.234 may be two numbers.

    One word in a column makes texts of all its numbers, and pandas takes no comma from them.
    """
    for name in (one for one in NUMBERS if one in table.columns and table[one].dtype == object):
        texts = table[name].astype(str).str.strip()
        grouped, dotted = texts.str.fullmatch(r"-?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?"), texts.str.contains(".", regex=False)
        commas = texts.str.contains(",", regex=False)
        if not commas.any() and grouped.any() and grouped[dotted].all():
            row, first = texts[grouped].index[0], texts[grouped].iloc[0]
            raise BadInput(f"{path.name}: row {row}: {first!r} may be two numbers: write thousands without a dot.")
        plain = texts.where(~grouped, texts.str.replace(".", "", regex=False)).str.replace(",", ".", regex=False)
        table[name] = table[name].where(~(grouped | commas), plain)
    return table


def _numbered(table: Any, before: int) -> Any:
    """The table without blank lines, each row under its place in the file."""
    from forecasting.demand.columns import LINES

    table.index = table.index + before + 2
    table = table.rename_axis(LINES)
    first = table.iloc[:, 0]
    blank = first.isna() | (first == "")
    if blank.any():
        there = table[blank]
        table = table.drop(there.index[(there.isna() | (there == "")).all(axis=1)])
    return table


def _text_ids(columns: Any) -> dict[Any, type]:
    """The columns that are texts whatever they look like."""
    return {name: str for name in columns if str(name).strip().lower() in TEXTS}


def _named(path: Path, table: Any) -> Any:
    """The table with names as they are asked for. Raises BadInput where one stands there twice."""
    table.columns = [str(name).strip().lower() for name in table.columns]
    _once(path, list(table.columns))
    return table


def _once(path: Path, names: list[str]) -> None:
    doubled = next((name for i, name in enumerate(names) if name and name in names[:i]), None)
    if doubled is not None:
        raise BadInput(f"{path.name} has the column {doubled!r} twice.")


def _told(error: Exception) -> str:
    """What pandas says of a broken table, in words with the line."""
    said = str(error)
    if found := re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", said):
        return f"line {found[2]} has {found[3]} fields, the header {found[1]}"
    if found := re.search(r"EOF inside string starting at row (\d+)", said):
        return f"a quotation mark in line {int(found[1]) + 1} is never closed"
    words = said.replace("Error tokenizing data. C error: ", "").strip().splitlines()
    return words[0].rstrip(".") if words else "it is damaged"
