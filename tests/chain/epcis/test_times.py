"""Times as EPCIS writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.epcis import local_time, time_of, time_text, utc_offset
from chain.epcis.times import is_offset, is_stamp, rounded
from chain.errors import BadInput
from chain.journey import Event

AWARE = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@settings(deadline=None)
@given(AWARE)
def test_a_rounded_time_is_read_as_it_was_written(at: datetime) -> None:
    near = rounded(at)
    assert near.microsecond % 1000 == 0
    assert abs(near - at) <= timedelta(microseconds=500)
    assert time_of(time_text(near)) == near
    assert is_stamp(time_text(near))


def test_an_offset_is_heeded() -> None:
    assert time_of("2026-01-01T01:00:00+01:00") == datetime(2026, 1, 1, tzinfo=UTC)
    assert time_text(datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))) == "2026-01-01T00:00:00.000Z"


@pytest.mark.parametrize("text", ["", "22-07-2026", "2026-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "2026-02-30T00:00:00Z"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        time_of(text)
    assert not is_stamp(text)


@pytest.mark.parametrize("text", ["20260101T000000Z", "2026-01-01 00:00:00Z", "2026-01-01T00:00Z", "2026-W01-1T00:00:00Z"])
def test_other_ways_to_write_a_time_are_not_those_of_epcis(text: str) -> None:
    assert not is_stamp(text)


def test_rounding_past_the_last_year_is_refused() -> None:
    with pytest.raises(BadInput):
        rounded(datetime(9999, 12, 31, 23, 59, 59, 999_900, tzinfo=UTC))


@pytest.mark.parametrize(("minutes", "text"), [(0, "+00:00"), (-330, "-05:30"), (840, "+14:00")])
def test_offsets_are_written_with_sign_and_minutes(minutes: int, text: str) -> None:
    assert utc_offset(minutes) == text
    assert is_offset(text)


@pytest.mark.parametrize("text", ["Z", "+1:00", "+14:30", "+00:60", ""])
def test_other_offsets_are_none(text: str) -> None:
    assert not is_offset(text)


@pytest.mark.parametrize(("offset", "hour"), [("+02:00", 14), ("-02:00", 10), ("odd", 12)])
def test_local_time_is_that_of_the_place(offset: str, hour: int) -> None:
    event = Event("e", "ObjectEvent", "OBSERVE", datetime(2026, 1, 1, 12, tzinfo=UTC), offset)
    assert local_time(event) == datetime(2026, 1, 1, hour)  # noqa: DTZ001
