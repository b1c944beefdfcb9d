"""Cells of a CSV file into codes, numbers and times, forgiving cell by cell, strict about the file. No meaning is read here."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chain.errors import BadInput
from forecasting.tables import Codes, Numbers

LARGEST = 4_000_000_000  # bytes; a table beyond this is not what a laptop is asked for
YES = frozenset(("1", "true", "yes", "y", "t"))
BLANK = frozenset(("", "nan", "none", "null", "na", "n/a", "<na>", "nat"))  # how programs write that a cell is empty
NO = frozenset(("0", "false", "no", "n", "f"))


class Codebook:
    """Ids in the order of their first appearance, shared by all columns that hold the same kind of id; `blank` ones are none."""

    def __init__(self, blank: frozenset[str] = BLANK) -> None:
        self.codes: dict[str, int] = {}
        self._blank = blank

    def __len__(self) -> int:
        return len(self.codes)

    def code(self, name: str) -> int:
        """The code of one id, -1 for an empty one."""
        return -1 if name.lower() in self._blank else self.codes.setdefault(name, len(self.codes))

    def read(self, column: Any) -> Codes:
        """Codes of a categorical column, -1 for empty cells."""
        import pandas as pd

        codes, names = np.asarray(column.cat.codes), column.cat.categories
        table = np.full(len(names) + 1, -1, np.int32)
        for place in pd.unique(codes):
            if place >= 0:
                table[place] = self.code(str(names[place]).strip())
        found: Codes = table[codes]
        return found

    @property
    def names(self) -> list[str]:
        """The ids in the order of their codes."""
        return list(self.codes)


def load(path: Path, columns: tuple[str, ...], needed: tuple[str, ...], texts: frozenset[str]) -> Any | None:
    """The known columns of a CSV file as a pandas frame, missing ones empty; None where there is no such file.

    Columns in `texts` stay text (many distinct cells); the others are categorical. Raises BadInput in one sentence.
    """
    import pandas as pd

    if not path.is_file():
        return None
    if path.stat().st_size > LARGEST:
        raise BadInput(f"{path} is larger than 4 GB: split the network's tables by time or by product.")
    try:
        head = pd.read_csv(path, nrows=0, encoding="utf-8-sig")
        names = {str(name): str(name).strip().lower() for name in head.columns}
        known = {raw: name for raw, name in names.items() if name in columns}
        missing = [name for name in needed if name not in known.values()]
        if missing:
            raise BadInput(f"{path} has no column {', '.join(missing)}.")
        kinds: dict[str, Any] = {raw: str if name in texts else "category" for raw, name in known.items()}
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                path,
                usecols=list(known),
                dtype=kinds,
                keep_default_na=False,
                na_filter=False,
                encoding="utf-8-sig",
                index_col=False,
            )
    except UnicodeDecodeError:
        raise BadInput(f"{path} is not UTF-8 text.") from None
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}.") from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError, pd.errors.ParserWarning, ValueError) as problem:
        reason = " ".join(str(problem).split())[:120]
        raise BadInput(f"{path} is not a CSV table with a header row ({reason}).") from None
    frame = frame.rename(columns=known)
    for name in columns:
        if name not in frame:
            frame[name] = "" if name in texts else pd.Categorical.from_codes(np.zeros(len(frame), np.int8), [""])
    return frame


def words(column: Any, known: tuple[str, ...]) -> Codes:
    """Cells of a fixed vocabulary as its indices, whatever their case; -1 for any other."""
    table = np.array([_index(str(name), known) for name in column.cat.categories] + [-1], np.int32)
    found: Codes = table[np.asarray(column.cat.codes)]
    return found


def _index(text: str, known: tuple[str, ...]) -> int:
    plain = text.strip().lower()
    return known.index(plain) if plain in known else -1


def numbers(column: Any, largest: float) -> Numbers:
    """Cells as numbers; NaN where empty, unreadable, infinite or beyond `largest` either way."""
    import pandas as pd

    if column.dtype == "category":
        table = np.append(
            pd.to_numeric(pd.Series(column.cat.categories.astype(str)), errors="coerce").to_numpy(np.float64), np.nan
        )
        found = table[np.asarray(column.cat.codes)]
    else:
        found = pd.to_numeric(column, errors="coerce").to_numpy(np.float64)
    result: Numbers = np.where(np.abs(found) <= largest, found, np.nan)
    return result


def times(column: Any) -> Numbers:
    """Cells of ISO 8601 (UTC where no offset is told) as unix seconds; NaN where empty or unreadable."""
    import pandas as pd

    if column.dtype == "category":
        table = np.append(times(pd.Series(column.cat.categories.astype(str))), np.nan)
        found: Numbers = table[np.asarray(column.cat.codes)]
        return found
    read = pd.to_datetime(column, format="ISO8601", utc=True, errors="coerce")
    stamps = read.to_numpy("datetime64[ns]")
    empty = np.isnat(stamps)
    result: Numbers = np.asarray(stamps.astype(np.int64), np.float64) / 1e9
    result[empty] = np.nan
    rest = empty & (column != "").to_numpy()
    if rest.any():
        result[rest] = _epoch(column[rest])
    return result


def _epoch(column: Any) -> Numbers:
    """Unix seconds or milliseconds (of the years 2001 to 2100) that somebody wrote instead of ISO 8601; NaN for others."""
    import pandas as pd

    number = pd.to_numeric(column, errors="coerce").to_numpy(np.float64)
    number = np.where(number > 9.5e11, number / 1000.0, number)
    found: Numbers = np.where((number > 9.5e8) & (number < 4.2e9), number, np.nan)
    return found


def answers(column: Any) -> Numbers:
    """Cells of yes and no in any of their spellings as 1 and 0; NaN for any other."""
    table = np.array([_answer(str(name)) for name in column.cat.categories] + [np.nan])
    found: Numbers = table[np.asarray(column.cat.codes)]
    return found


def _answer(text: str) -> float:
    plain = text.strip().lower()
    plain = plain[:-2] if plain.endswith(".0") else plain
    return 1.0 if plain in YES else 0.0 if plain in NO else float("nan")


def several(text: str) -> list[str]:
    """The parts of a cell that holds a list: separated by ``;``, ``|`` or ``,``, else by blanks; brackets and quotes dropped."""
    plain = re.sub(r"[\[\](){}'\"]", "", text).strip()
    parts = re.split(r"[;|,/]", plain) if re.search(r"[;|,/]", plain) else plain.split()
    return [part.strip() for part in parts if part.strip()]


Flags = NDArray[np.bool_]
