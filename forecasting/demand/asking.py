"""What is asked of a forecaster, checked before anything is reckoned: levels, numbers of periods, new rows. Forecasts nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any

import numpy as np

from chain.errors import BadInput
from forecasting.demand import columns
from forecasting.demand.calendar import Frequency, Ints, Numbers
from forecasting.demand.note import shown


def levels(level: Any) -> list[int]:
    """Interval levels in ascending order, each once; one may stand alone. Raises BadInput for what is no whole percentage."""
    asked = list(level) if isinstance(level, Iterable) else [level]
    if not asked or not all(isinstance(one, Real) and 0 < float(one) < 100 and float(one).is_integer() for one in asked):
        raise BadInput("A level is a whole percentage between 0 and 100, such as 80 or 95.")
    return sorted({int(one) for one in asked})


def count(number: Any, what: str) -> int:
    """A number of periods or windows; whether it is large enough is judged where it is used. Raises BadInput."""
    if isinstance(number, bool) or not isinstance(number, (int, np.integer)):
        raise BadInput(f"{what} is a whole number, not {number!r}.")
    return int(number)


def frame_of(sales: Any) -> Any:
    """Sales as a pandas table; one of another library that can become one does. Raises BadInput."""
    import pandas as pd

    if hasattr(sales, "to_pandas"):
        sales = sales.to_pandas()
    if not isinstance(sales, pd.DataFrame):
        raise BadInput(f"Sales are a table (a pandas DataFrame) with unique_id, ds and y, not {type(sales).__name__}.")
    doubled = sales.columns[sales.columns.duplicated()]
    if len(doubled):
        raise BadInput(f"The table has the column {doubled[0]!r} twice.")
    return sales.reset_index() if sales.index.name == "unique_id" else sales


def new_rows(sales: Any, place: Mapping[str, tuple[int, int]], last: int, freq: Frequency) -> tuple[Ints, Ints, Numbers]:
    """The cells (rows, 2) as `place` has them, periods and values of rows that come after `last`.

    Raises BadInput: a column is missing, a value cannot be used, a series is unknown, a period is not one of the next ones or
    stands there twice.
    """
    frame = frame_of(sales)
    absent = next((name for name in ("unique_id", "ds", "y") if name not in frame.columns), None)
    if absent:
        raise BadInput(f"The column {absent!r} is missing; needed are unique_id, ds and y.")
    ids, codes, _ = columns.names(frame["unique_id"])
    unknown = next((name for name in ids if name not in place), None)
    if unknown is not None:
        raise BadInput(f"{shown(unknown) or 'A row without unique_id'} was not there when the forecast was fitted: fit again.")
    dates, date_ok = columns.dates(frame["ds"])
    values, number_ok = columns.numbers(frame["y"])
    number_ok &= ~(np.abs(values) >= columns.MOST)
    for good, name, words in ((date_ok, "ds", columns.NO_DATE), (number_ok, "y", "is not a number that can be used")):
        for note in columns.refusals(ids, codes, good, frame[name], name, words, columns.lines(frame)).values():
            raise BadInput(note.words)
    periods = freq.ordinals(dates)
    if not len(periods) or periods.min() <= last:
        raise BadInput(f"The new rows must come after {freq.dates(np.array([last]))[0]}.")
    if periods.max() > last + freq.cap:
        raise BadInput(f"The new rows reach to {dates.max()}, too far beyond {freq.dates(np.array([last]))[0]}: fit again.")
    if freq.code == "W" and (dates.astype(np.int64) % 7 != freq.anchor).any():
        following = freq.dates(np.array([last + 1]))[0]
        raise BadInput(f"The weeks that were fitted begin on another weekday: the next one is {following}.")
    if len(set(zip(codes.tolist(), periods.tolist(), strict=True))) < len(periods):
        raise BadInput("A series has two new rows for the same period.")
    return np.array([place[ids[code]] for code in codes], dtype=np.int64), periods, np.maximum(values, 0.0)
