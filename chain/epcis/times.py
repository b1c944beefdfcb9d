"""Times as EPCIS writes them: read, rounded and written the same way everywhere, so that one instant has one text.

EPCIS 2.0 asks for milliseconds and an offset; CBV 2.0 section 8.9 rounds to milliseconds before an event is hashed. Nothing here
looks at a clock.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from chain.errors import BadInput
from chain.journey import Event

NEVER = datetime(1970, 1, 1, tzinfo=UTC)

_STAMP = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
_CANONICAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_OFFSET = re.compile(r"[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00)", re.ASCII)


def time_text(at: datetime) -> str:
    """A time as EPCIS writes it: UTC, milliseconds, Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def time_of(text: object) -> datetime:
    """The inverse of `time_text`, for any RFC 3339 time with an offset. Raises BadInput."""
    try:
        at = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        raise BadInput(f"“{text}” is not a time as EPCIS writes it") from None
    if at.tzinfo is None:
        raise BadInput(f"the time “{text}” lacks its offset from UTC")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise BadInput(f"“{text}” lies before the year 1 or after the year 9999") from None


def is_stamp(text: str) -> bool:
    """Whether a text is a date and time with an offset (RFC 3339, `date-time`) that a calendar knows; no leap seconds."""
    if not _STAMP.fullmatch(text):
        return False
    try:
        time_of(text.upper())
    except BadInput:
        return False
    return True


def is_offset(text: str) -> bool:
    """Whether a text is an offset as eventTimeZoneOffset writes it: -14:00 to +14:00."""
    return _OFFSET.fullmatch(text) is not None


def rounded(at: datetime) -> datetime:
    """The nearest whole millisecond, a half upwards (CBV 2.0 section 8.9, rule 9). Raises BadInput past the year 9999."""
    rest = at.microsecond % 1000
    if not rest:
        return at
    try:
        return at + timedelta(microseconds=(1000 if rest >= 500 else 0) - rest)
    except OverflowError:
        raise BadInput("a time lies after the year 9999") from None


def canonical_time(text: str) -> str:
    """A time as the event hash has it: UTC, rounded to milliseconds. What is no time stays as it is."""
    if _CANONICAL.fullmatch(text):
        return text
    try:
        return time_text(rounded(time_of(text.upper())))
    except BadInput:
        return text


def utc_offset(minutes: int) -> str:
    """An offset as eventTimeZoneOffset writes it."""
    sign = "-" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    return f"{sign}{hours:02}:{rest:02}"


def local_time(event: Event) -> datetime:
    """The event's time on the clock of its place (naive)."""
    text = event.event_time_zone_offset
    shift = timedelta(hours=int(text[1:3]), minutes=int(text[4:6])) if is_offset(text) else timedelta()
    return (event.event_time + (-shift if text.startswith("-") else shift)).replace(tzinfo=None)
