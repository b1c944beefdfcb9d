"""The linters of dates and times of day.

A date with a two-digit year is judged in the century that section 7.12 of the General Specifications gives it today, because
29 February exists in one and not in the other.
"""

from __future__ import annotations

from collections.abc import Callable

from chain.gs1.character_sets import csetnumeric
from chain.gs1.dates import full_year, today
from chain.gs1.faults import Fault

_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _number_below(name: str, unit: str, limit: int) -> Callable[[str], Fault | None]:
    def linter(data: str) -> Fault | None:
        if len(data) != 2:
            return Fault(f"{name}_TOO_SHORT" if len(data) < 2 else f"{name}_TOO_LONG", 0, len(data))
        fault = csetnumeric(data)
        if fault:
            return fault
        return None if int(data) < limit else Fault(f"ILLEGAL_{name}", 0, 2)

    linter.__doc__ = f"Two digits of {unit}."
    return linter


hh = _number_below("HOUR", "an hour, 00 to 23", 24)
mi = _number_below("MINUTE", "a minute, 00 to 59", 60)
ss = _number_below("SECOND", "a second, 00 to 59", 60)


def hhmi(data: str) -> Fault | None:
    """An hour and a minute."""
    if len(data) != 4:
        return Fault(f"HOUR_WITH_MINUTE_TOO_{'SHORT' if len(data) < 4 else 'LONG'}", 0, len(data))
    return hh(data[:2]) or _later(mi(data[2:]), 2)


def yyyymmd0(data: str) -> Fault | None:
    """A date with a four-digit year; the day may be 00."""
    if len(data) != 8:
        return Fault("DATE_TOO_SHORT" if len(data) < 8 else "DATE_TOO_LONG", 0, len(data))
    fault = csetnumeric(data)
    if fault:
        return fault
    year, month, day = int(data[:4]), int(data[4:6]), int(data[6:])
    if not 1 <= month <= 12:
        return Fault("ILLEGAL_MONTH", 4, 2)
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return Fault("ILLEGAL_DAY", 6, 2) if day > _MONTH_DAYS[month - 1] - (month == 2 and not leap) else None


def yyyymmdd(data: str) -> Fault | None:
    """A date with a four-digit year and a day."""
    return yyyymmd0(data) or (Fault("ILLEGAL_DAY", 6, 2) if data[6:] == "00" else None)


def yymmd0(data: str) -> Fault | None:
    """A date with a two-digit year, read as section 7.12 says; the day may be 00."""
    if len(data) != 6:
        return Fault("DATE_TOO_SHORT" if len(data) < 6 else "DATE_TOO_LONG", 0, len(data))
    return csetnumeric(data) or _later(yyyymmd0(f"{full_year(int(data[:2]), today().year)}{data[2:]}"), -2)


def yymmdd(data: str) -> Fault | None:
    """A date with a two-digit year and a day."""
    return yymmd0(data) or (Fault("ILLEGAL_DAY", 4, 2) if data[4:] == "00" else None)


def _later(fault: Fault | None, by: int) -> Fault | None:
    return Fault(fault.code, fault.start + by, fault.length) if fault else None
