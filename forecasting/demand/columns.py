"""The columns of a sales table become ids, days and numbers; what is none is told with its row. Judges no series as a whole."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.demand.calendar import LAST_YEAR, Dates, Ints, Numbers
from forecasting.demand.note import Note, shown

Marks = NDArray[np.bool_]

LINES = "line"  # the name of an index that holds the rows' places in a file
MOST = 1e15  # nothing sells so much in a period
ISO = r"\d{4}-?\d{2}(?:-?\d{2})?(?:[T ].*)?"
DRIVERS = ("price", "promotion")
NO_DATE = "is not a date (write YYYY-MM-DD)"
NO_DRIVER = {"price": "is not a price", "promotion": "is not a promotion (write 1 or 0)"}


def lines(frame: Any) -> Ints:
    """Where each row stands in its file, the header being row 1."""
    if frame.index.name == LINES:
        return np.asarray(frame.index, dtype=np.int64)
    return np.arange(2, len(frame) + 2, dtype=np.int64)


def names(column: Any) -> tuple[list[str], Ints, Marks]:
    """The ids in order (spaces around them are none of theirs), each row's place among them, and which rows have none ("")."""
    import pandas as pd

    raw, found = pd.factorize(column)
    texts = [str(one).strip() for one in found]
    ids = sorted({*texts, ""} if (raw < 0).any() else set(texts))
    place = {name: i for i, name in enumerate(ids)}
    where = np.array([place[name] for name in texts] + [place.get("", 0)], dtype=np.int64)  # a missing id has the code -1
    codes = where[raw]
    return ids, codes, codes == place[""] if "" in place else np.zeros(len(codes), dtype=bool)


def dates(column: Any) -> tuple[Dates, Marks]:
    """Calendar days as they are written, and which are good. A time of day and a zone are left out: the day is the shop's own."""
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        plain = column.dt.tz_localize(None) if column.dt.tz is not None else column
        days = plain.to_numpy().astype("datetime64[D]")
        return days, ~np.isnat(days)
    index, texts = pd.factorize(column)
    series = pd.Series(texts, dtype=object).astype(str).str.strip()
    series = series.where(series.str.fullmatch(ISO), None).str.slice(0, 10).str.split("T").str[0].str.strip()
    series = series.str.replace(r"^(\d{4})-?(\d{2})$", r"\1-\2-01", regex=True).str.replace(
        r"^(\d{4})(\d{2})(\d{2}).*$", r"\1-\2-\3", regex=True
    )
    parsed = pd.to_datetime(series, format="%Y-%m-%d", errors="coerce").to_numpy().astype("datetime64[D]")
    days = np.append(parsed, np.datetime64("NaT", "D"))[index]  # a missing date has the code -1
    return days, ~np.isnat(days) & (days < np.datetime64(f"{LAST_YEAR - 1}-01-01"))


def numbers(column: Any, *, yes_no: bool = False) -> tuple[Numbers, Marks]:
    """Values, NaN where empty, and which are numbers or empty; true and false are numbers only where `yes_no`."""
    import pandas as pd

    empty = np.asarray(column.isna(), dtype=bool)
    if column.dtype == object:
        empty |= np.asarray(column.astype(str).str.strip() == "", dtype=bool)
    found = np.asarray(pd.to_numeric(column, errors="coerce"), dtype=np.float64)
    if column.dtype == bool and not yes_no:
        return np.full(len(found), np.nan), empty
    return found, np.isfinite(found) | empty


def drivers(frame: Any) -> dict[str, tuple[Numbers, Marks]]:
    """The columns price and promotion, where they are there, and which of their values can be used."""
    found = {}
    for name in (one for one in DRIVERS if one in frame.columns):
        values, good = numbers(frame[name], yes_no=name == "promotion")
        found[name] = values, good & ~(values < 0) & ~(np.abs(values) >= MOST)
    return found


def refusals(ids: list[str], codes: Ints, good: Marks, column: Any, kind: str, words: str, at: Ints) -> dict[int, Note]:
    """The first value of each series that is not good, in words with its row."""
    found: dict[int, Note] = {}
    for row in np.flatnonzero(~good):
        code = int(codes[row])
        if code not in found:
            said = f"{shown(ids[code])}: row {at[row]}: {shown(str(column.iloc[row]))[:40]!r} {words}."
            found[code] = Note(ids[code], kind, said, True)
    return found


def unreadable(frame: Any) -> str | None:
    """What cannot be used in a table of prices and promotions to come (unique_id, ds, price, promotion), in words, or None."""
    ids, codes, unnamed = names(frame["unique_id"])
    at = lines(frame)
    if unnamed.any():
        return f"Row {at[np.flatnonzero(unnamed)[0]]} has no unique_id."
    wrong = refusals(ids, codes, dates(frame["ds"])[1], frame["ds"], "date", NO_DATE, at)
    for name, (_, good) in drivers(frame).items():
        wrong |= refusals(ids, codes, good, frame[name], "number", NO_DRIVER[name], at)
    return next((note.words for note in wrong.values()), None)
