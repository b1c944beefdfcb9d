"""Two-digit years and days that are not there: how GS1 dates become calendar dates, and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from chain.errors import BadInput


def today() -> date:
    """The day it is, in UTC."""
    return datetime.now(UTC).date()


def full_year(yy: int, current: int) -> int:
    """The year meant by two digits, seen from the year `current` (GS1 General Specifications 7.12).

    51 to 99 years ahead within the century mean the last century, 50 to 99 years behind mean the next, all else means this one.
    """
    century, own = current - current % 100, current % 100
    if yy - own >= 51:
        return century - 100 + yy
    return century + yy if yy - own > -50 else century + 100 + yy


def calendar_date(yymmdd: str, on: date | None = None) -> date:
    """A GS1 date such as ``251200`` as a calendar date; day 00 is the last day of the month.

    `on` is the day from which the century is judged (default: now). Raises BadInput where there is no such day.
    """
    year = full_year(int(yymmdd[:2]), (on or today()).year)
    month, day = int(yymmdd[2:4]), int(yymmdd[4:6])
    try:
        first = date(year, month, day or 1)
    except ValueError as fault:
        raise BadInput(f"There is no such day as {yymmdd} (year, month, day).") from fault
    if day:
        return first
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def gs1_date(day: date, on: date | None = None) -> str:
    """A calendar date as a GS1 date. Raises BadInput where two digits of the year would be read as another century."""
    text = f"{day:%y%m%d}"
    if calendar_date(text, on) != day:
        raise BadInput(f"{day.isoformat()} cannot be written with a two-digit year: it would be read as another century.")
    return text
