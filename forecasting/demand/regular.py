"""Whether the dates of a series are one a day, week or month. What is not is refused in one line; nothing is put right here."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecasting.demand.calendar import Dates, Frequency, Ints
from forecasting.demand.note import Note, shown

DAILY_RUN, WEEKLY_RUN, MONTHLY_RUN = 3, 4, 3  # so many such steps on end are no accident: days and weeks or months are mixed
FAR_YEARS = 5  # nothing for so long: more likely a year is mistyped than that somebody waited


def irregular(ids: list[str], codes: Ints, dates: Dates, periods: Ints, freq: Frequency, at: Ints) -> dict[int, Note]:
    """Series whose dates are doubled, years apart, or spaced otherwise than the frequency says.

    Rows are sorted by series and date; `at` says where each stood in its file.
    """
    found: dict[int, Note] = {}
    days = dates.astype(np.int64)
    same = codes[1:] == codes[:-1]
    for row in _firsts(np.flatnonzero(same & (days[1:] == days[:-1])), codes):
        code, (one, other) = int(codes[row]), sorted((int(at[row]), int(at[row + 1])))
        words = f"the date {dates[row]} stands there more than once (rows {one} and {other})"
        found[code] = Note(ids[code], "duplicate", f"{shown(ids[code])}: {words}.", True)
    for row in _firsts(np.flatnonzero(same & (days[1:] - days[:-1] > FAR_YEARS * 365.25)), codes):
        code, years = int(codes[row]), int((days[row + 1] - days[row]) / 365.25)
        words = f"row {at[row + 1]}: the date {dates[row + 1]} is {years} years after the one before it: is a year mistyped?"
        found.setdefault(code, Note(ids[code], "date", f"{shown(ids[code])}: {words}", True))
    crowded: dict[int, int | None] = {}
    for row in _firsts(np.flatnonzero(same & (periods[1:] == periods[:-1])) + 1, codes):
        crowded[int(codes[row])] = row
    if freq.code == "W":
        for row in _firsts(np.flatnonzero(days % 7 != freq.anchor), codes):
            crowded.setdefault(int(codes[row]), row)
    for code in sorted(_other(codes, dates, same, freq, len(ids))):
        crowded.setdefault(code, None)
    for code, where in sorted(crowded.items()):
        place = "" if where is None else f"row {at[where]}: "
        words = f"{place}the dates are not one a {freq.word}: mixed frequencies, or another one"
        found.setdefault(code, Note(ids[code], "frequency", f"{shown(ids[code])}: {words}.", True))
    return found


def _firsts(rows: NDArray[np.intp], codes: Ints) -> list[int]:
    """The first of the rows of each series."""
    return [int(row) for row in rows[np.unique(codes[rows], return_index=True)[1]]]


def _other(codes: Ints, dates: Dates, same: NDArray[np.bool_], freq: Frequency, many: int) -> set[int]:
    """Series that are weekly or monthly throughout, or in part, where days (or weeks) are asked for."""
    if freq.code == "MS" or not len(same):
        return set()
    days = dates.astype(np.int64)
    step = np.where(same, days[1:] - days[:-1], 0)
    count = np.bincount(codes[1:][same], minlength=many)
    if freq.code == "W":
        monthly = np.bincount(codes[1:][same & (step == 28)], minlength=many)
        return set(np.flatnonzero((count >= 6) & (monthly == count)).tolist())
    by_seven = np.bincount(codes[1:][same & (step % 7 == 0)], minlength=many)
    monthly = np.bincount(codes[1:][same & (step >= 28) & (step <= 31)], minlength=many)
    found = set(np.flatnonzero((count >= 4) & ((by_seven == count) | (monthly == count))).tolist())
    return found | _mixed(codes, dates, same, step)


def _mixed(codes: Ints, dates: Dates, same: NDArray[np.bool_], step: Ints) -> set[int]:
    """Daily series parts of which are weekly or monthly."""
    weekly = same & (step == 7)
    monthly = same & (step >= 28) & (step <= 31)
    found: set[int] = set()
    if weekly.any():
        found |= set(codes[1:][_run(weekly, codes, WEEKLY_RUN)].tolist())
    if monthly.any():
        of_month = dates - dates.astype("datetime64[M]")
        found |= set(codes[1:][_run(monthly & (of_month[1:] == of_month[:-1]), codes, MONTHLY_RUN)].tolist())
    if not found:
        return found
    return found & set(codes[1:][_run(same & (step == 1), codes, DAILY_RUN)].tolist())


def _run(steps: NDArray[np.bool_], codes: Ints, length: int) -> NDArray[np.bool_]:
    """Where the last `length` steps of a series were all of this kind. `codes` has one more entry than `steps`."""
    if len(steps) < length:
        return np.zeros(len(steps), dtype=bool)
    sums = np.concatenate([[0], np.cumsum(steps)])
    found = np.zeros(len(steps), dtype=bool)
    found[length - 1 :] = (sums[length:] - sums[:-length] == length) & (codes[length:] == codes[:-length])
    return found
