"""Tables of sales on disk: CSV (commas, semicolons, tabs), XLSX and parquet, read as they are and written. Judges no number.

What cannot be read is told in one line. A row with too many fields stops the reading, or is left out and reported.
"""

from __future__ import annotations

import csv
import os
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chain.errors import BadInput

KINDS = (".csv", ".parquet")
HEADER_BYTES = 65_536
DIGITS = 6  # significant ones in CSV
QUOTED = frozenset(',"\r\n')
LEFT_OUT_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Read:
    """A table as pandas has it, with lower-case column names; `left_out` says one line for each row that is not in it."""

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
        raise BadInput(f"{path.name} is not text in UTF-8: save it as CSV in UTF-8.") from error
    except ImportError as error:
        raise BadInput(f"{path.name}: {kind.lstrip('.')} files need the package {error.name or 'pyarrow'}.") from error
    except (zipfile.BadZipFile, KeyError) as error:
        raise BadInput(f"{path.name} is damaged, or not a {kind.lstrip('.')} file.") from error
    except (ValueError, OSError) as error:
        if kind != ".csv":
            raise BadInput(f"{path.name} is damaged, or not a {kind.lstrip('.')} file.") from error
        raise BadInput(f"{path.name} cannot be read as CSV: {_first_line(error)}.") from error


def with_future(sales: Any, path: Path) -> Any:
    """Sales and, from another file, prices and promotions to come (unique_id, ds, price or promotion). Raises BadInput."""
    import pandas as pd

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
    strange = next((name for name in ahead["unique_id"].astype(str).unique() if name not in set(sales["unique_id"])), None)
    if strange is not None:
        raise BadInput(f"{path.name} names {strange!r}, which the sales do not have.")
    both = pd.concat([sales.astype({"ds": object}), ahead[["unique_id", "ds", *drivers]].astype({"ds": object})])
    return both.reset_index(drop=True)


def write_table(table: Any, path: Path) -> None:
    """Write a table, wholly or not at all; dates as YYYY-MM-DD, numbers with six significant digits in CSV. Raises BadInput."""
    new = path.with_name(f".{path.name}.new")
    try:
        if path.suffix.lower() == ".parquet":
            table.to_parquet(new, index=False)
        else:
            _write_csv(table, new)
        os.replace(new, path)
    except ImportError as error:
        raise BadInput(f"{path.name}: parquet files need the package pyarrow.") from error
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        new.unlink(missing_ok=True)


def _write_csv(table: Any, path: Path) -> None:
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
        plain.to_csv(path, index=False)
        return
    with path.open("wb") as file:
        file.write((",".join(plain.columns) + "\n").encode())
        options = arrow.WriteOptions(include_header=False, quoting_style="none")
        arrow.write_csv(pyarrow.Table.from_pandas(plain, preserve_index=False), file, options)


def _read_csv(path: Path, keep_going: bool) -> Read:
    import pandas as pd

    header = _header(path)
    mark = max(",;\t", key=lambda one: (header.count(one), one == ","))
    how: dict[str, Any] = {
        "sep": mark, "decimal": "," if mark == ";" else ".", "dtype": _text_ids(next(csv.reader([header], delimiter=mark), [])),
        "encoding": "utf-8-sig", "index_col": False,
    }  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)  # "length of header does not match": every row is too long
        try:
            return Read(_named(path, pd.read_csv(path, low_memory=False, **how)))
        except pd.errors.ParserWarning as warning:
            raise BadInput(f"{path.name}: the rows have more fields than the header.") from warning
        except pd.errors.ParserError as error:
            if not keep_going or "Expected" not in str(error):
                raise BadInput(f"{path.name} cannot be read as CSV: {_first_line(error)}.") from error
    left_out: list[str] = []

    def report(fields: list[str]) -> None:
        text = mark.join(fields)[:LEFT_OUT_SHOWN]
        left_out.append(f"A row has {len(fields)} fields, more than the header: {text!r}.")

    table = pd.read_csv(path, engine="python", on_bad_lines=report, **(how | {"index_col": None}))
    if not isinstance(table.index, pd.RangeIndex):
        raise BadInput(f"{path.name}: the rows have more fields than the header.")
    return Read(_named(path, table), tuple(left_out))


def _header(path: Path) -> str:
    """The first line that is not blank, which tells what separates the fields."""
    with path.open("rb") as file:
        start = file.read(HEADER_BYTES)
    whole = start.rsplit(b"\n", 1)[0] if b"\n" in start else start
    return next((line for line in whole.decode("utf-8-sig").splitlines() if line.strip()), "")


def _text_ids(columns: Any) -> dict[Any, type]:
    """The columns that are texts whatever they look like: an id 0001 is not the number 1."""
    return {name: str for name in columns if str(name).strip().lower() in ("unique_id", "ds")}


def _named(path: Path, table: Any) -> Any:
    """The table with names as they are asked for. Raises BadInput where one stands there twice."""
    table.columns = [str(name).strip().lower() for name in table.columns]
    doubled = table.columns[table.columns.duplicated()]
    if len(doubled):
        raise BadInput(f"{path.name} has the column {doubled[0]!r} twice.")
    return table


def _first_line(error: Exception) -> str:
    words = str(error).replace("Error tokenizing data. C error: ", "").strip().splitlines()
    return words[0].rstrip(".") if words else "it is damaged"
