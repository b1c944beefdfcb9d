"""An EPCIS event as the fields that its commitment binds, and back.

The fields are the event's JSON members under their EPCIS 2.0 names, each committed to and disclosed on its own. Reading and
writing whole EPCIS documents, and the CBV event hash, come with the standards issue; this is the part the spine stands on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

from chain.errors import BadInput
from chain.journey import Event

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


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
    return at.astimezone(UTC)


def fields_of(event: Event) -> dict[str, object]:
    """The event's members under their EPCIS names, empty ones left out."""
    children = "childEPCs" if event.kind == "AggregationEvent" else "epcList"
    found: dict[str, object] = {
        "eventID": event.event_id,
        "type": event.kind,
        "action": event.action,
        "eventTime": time_text(event.event_time),
        "eventTimeZoneOffset": event.event_time_zone_offset,
        "recordTime": time_text(event.record_time) if event.record_time else "",
        "bizStep": event.biz_step,
        "disposition": event.disposition,
        "readPoint": event.read_point,
        "bizLocation": event.biz_location,
        children: list(event.epcs),
        "parentID": event.parent_id,
        "sourceList": [{"type": kind, "source": gln} for kind, gln in event.sources],
        "destinationList": [{"type": kind, "destination": gln} for kind, gln in event.destinations],
        "bizTransactionList": [{"type": kind, "bizTransaction": number} for kind, number in event.biz_transactions],
        "sensorElementList": [dict(element) for element in event.sensor_elements],
    }
    return {name: value for name, value in found.items() if value} | dict(event.extensions)


_KNOWN = frozenset(
    (
        "eventID", "type", "action", "eventTime", "eventTimeZoneOffset", "recordTime", "bizStep", "disposition", "readPoint",
        "bizLocation", "epcList", "childEPCs", "parentID", "sourceList", "destinationList", "bizTransactionList",
        "sensorElementList",
    )
)  # fmt: skip


def event_of_fields(fields: Mapping[str, object]) -> Event:
    """The event behind its fields. Raises BadInput on a shape that `fields_of` never makes."""
    try:
        record = fields.get("recordTime")
        epcs = cast(Sequence[str], fields.get("childEPCs") or fields.get("epcList") or ())
        return Event(
            event_id=str(fields.get("eventID", "")),
            kind=str(fields.get("type", "ObjectEvent")),
            action=str(fields.get("action", "")),
            event_time=time_of(fields["eventTime"]) if "eventTime" in fields else NEVER,
            event_time_zone_offset=str(fields.get("eventTimeZoneOffset", "+00:00")),
            record_time=time_of(record) if record else None,
            biz_step=str(fields.get("bizStep", "")),
            disposition=str(fields.get("disposition", "")),
            read_point=str(fields.get("readPoint", "")),
            biz_location=str(fields.get("bizLocation", "")),
            epcs=tuple(map(str, epcs)),
            parent_id=str(fields.get("parentID", "")),
            sources=_pairs(fields.get("sourceList"), "source"),
            destinations=_pairs(fields.get("destinationList"), "destination"),
            biz_transactions=_pairs(fields.get("bizTransactionList"), "bizTransaction"),
            sensor_elements=tuple(cast(Sequence[Mapping[str, object]], fields.get("sensorElementList") or ())),
            extensions={name: value for name, value in fields.items() if name not in _KNOWN},
        )
    except (TypeError, KeyError, AttributeError):
        raise BadInput("the details of an event have a shape that EPCIS does not know") from None


def _pairs(value: object, name: str) -> tuple[tuple[str, str], ...]:
    rows = cast(Sequence[Mapping[str, object]], value or ())
    return tuple((str(row["type"]), str(row[name])) for row in rows)


def utc_offset(minutes: int) -> str:
    """An offset as eventTimeZoneOffset writes it."""
    sign = "-" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    return f"{sign}{hours:02}:{rest:02}"


def local_time(event: Event) -> datetime:
    """The event's time on the clock of its place (naive)."""
    text = event.event_time_zone_offset
    shift = timedelta(hours=int(text[1:3]), minutes=int(text[4:6])) if len(text) == 6 else timedelta()
    return (event.event_time + (-shift if text.startswith("-") else shift)).replace(tzinfo=None)
