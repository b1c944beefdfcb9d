"""An EPCIS event as the fields that its commitment binds, and back.

The fields are the event's JSON members under their EPCIS 2.0 names, each committed to and disclosed on its own. A place or party
that has a GLN stands there as that GLN; a document (`events`) has it as the URI that EPCIS asks for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from chain.epcis.times import NEVER, time_of, time_text
from chain.errors import BadInput
from chain.journey import ErrorDeclaration, Event, Quantity

CHILDREN = frozenset(("AggregationEvent", "AssociationEvent"))

MEMBERS = frozenset(
    (
        "eventID", "type", "action", "eventTime", "eventTimeZoneOffset", "recordTime", "bizStep", "disposition", "readPoint",
        "bizLocation", "epcList", "childEPCs", "parentID", "sourceList", "destinationList", "bizTransactionList",
        "sensorElementList", "quantityList", "childQuantityList", "inputEPCList", "inputQuantityList", "outputEPCList",
        "outputQuantityList", "transformationID", "persistentDisposition", "certificationInfo", "errorDeclaration", "ilmd",
        "@context",
    )
)  # fmt: skip
BOUND = frozenset(("eventHash", "exactBytes", "scratchSecrets"))
"""Fields that a recording binds beside an event's own: its CBV hash, the SHA-256 of the bytes it was read from, the hashes of the
secrets under its labels' scratch fields (`chain.secret`). No event has members of these names: an extension has a prefix."""

_DECLARATION = frozenset(("declarationTime", "reason", "correctiveEventIDs"))


def fields_of(event: Event) -> dict[str, object]:
    """The event's members under their EPCIS names, empty ones left out."""
    epcs, quantities = names_of_goods(event.kind)
    found: dict[str, object] = {
        "eventID": event.event_id,
        "type": event.kind,
        "action": event.action,
        "eventTime": time_text(event.event_time),
        "eventTimeZoneOffset": event.event_time_zone_offset,
        "recordTime": time_text(event.record_time) if event.record_time else "",
        "bizStep": event.biz_step,
        "disposition": event.disposition,
        "readPoint": _place(event.read_point, event.read_point_extensions),
        "bizLocation": _place(event.biz_location, event.biz_location_extensions),
        epcs: list(event.epcs),
        "parentID": event.parent_id,
        "sourceList": [_typed(kind, "source", gln) for kind, gln in event.sources],
        "destinationList": [_typed(kind, "destination", gln) for kind, gln in event.destinations],
        "bizTransactionList": [_typed(kind, "bizTransaction", number) for kind, number in event.biz_transactions],
        "sensorElementList": [dict(element) for element in event.sensor_elements],
        quantities: quantity_members(event.quantities),
        "inputEPCList": list(event.inputs),
        "inputQuantityList": quantity_members(event.input_quantities),
        "outputEPCList": list(event.outputs),
        "outputQuantityList": quantity_members(event.output_quantities),
        "transformationID": event.transformation_id,
        "persistentDisposition": dispositions(event),
        "certificationInfo": list(event.certifications),
        "errorDeclaration": error_members(event.error) if event.error else {},
        "ilmd": dict(event.ilmd),
        "@context": dict(event.namespaces),
    }
    return {name: value for name, value in found.items() if value} | dict(event.extensions)


def names_of_goods(kind: str) -> tuple[str, str]:
    """The members that hold the identities and the quantities of an event of this type."""
    return ("childEPCs", "childQuantityList") if kind in CHILDREN else ("epcList", "quantityList")


def quantity_members(quantities: Sequence[Quantity]) -> list[dict[str, object]]:
    """Quantities as JSON objects."""
    found = []
    for one in quantities:
        row: dict[str, object] = {"epcClass": one.epc_class}
        if one.amount is not None:
            row["quantity"] = one.amount
        if one.uom:
            row["uom"] = one.uom
        found.append(row)
    return found


def dispositions(event: Event) -> dict[str, list[str]]:
    """The persistentDisposition member, empty where there is none."""
    both = {"set": list(event.dispositions_set), "unset": list(event.dispositions_unset)}
    return {name: values for name, values in both.items() if values}


def error_members(error: ErrorDeclaration) -> dict[str, object]:
    """The errorDeclaration member."""
    found: dict[str, object] = {"declarationTime": time_text(error.declared)}
    if error.reason:
        found["reason"] = error.reason
    if error.corrected_by:
        found["correctiveEventIDs"] = list(error.corrected_by)
    return found | dict(error.extensions)


def event_of_fields(fields: Mapping[str, object]) -> Event:
    """The event behind its fields. Raises BadInput on a shape that `fields_of` never makes."""
    try:
        record = fields.get("recordTime")
        lasting = cast(Mapping[str, Sequence[object]], fields.get("persistentDisposition") or {})
        error = fields.get("errorDeclaration")
        return Event(
            event_id=str(fields.get("eventID", "")),
            kind=str(fields.get("type", "ObjectEvent")),
            action=str(fields.get("action", "")),
            event_time=time_of(fields["eventTime"]) if "eventTime" in fields else NEVER,
            event_time_zone_offset=str(fields.get("eventTimeZoneOffset", "+00:00")),
            record_time=time_of(record) if record else None,
            biz_step=str(fields.get("bizStep", "")),
            disposition=str(fields.get("disposition", "")),
            read_point=_id(fields.get("readPoint", "")),
            biz_location=_id(fields.get("bizLocation", "")),
            epcs=_texts(fields.get("childEPCs") or fields.get("epcList")),
            parent_id=str(fields.get("parentID", "")),
            sources=_pairs(fields.get("sourceList"), "source"),
            destinations=_pairs(fields.get("destinationList"), "destination"),
            biz_transactions=_pairs(fields.get("bizTransactionList"), "bizTransaction"),
            sensor_elements=tuple(cast(Sequence[Mapping[str, object]], fields.get("sensorElementList") or ())),
            extensions={name: value for name, value in fields.items() if name not in MEMBERS and name not in BOUND},
            quantities=_quantities(fields.get("childQuantityList") or fields.get("quantityList")),
            inputs=_texts(fields.get("inputEPCList")),
            input_quantities=_quantities(fields.get("inputQuantityList")),
            outputs=_texts(fields.get("outputEPCList")),
            output_quantities=_quantities(fields.get("outputQuantityList")),
            transformation_id=str(fields.get("transformationID", "")),
            dispositions_set=_texts(lasting.get("set")),
            dispositions_unset=_texts(lasting.get("unset")),
            certifications=_texts(fields.get("certificationInfo")),
            error=_error(cast(Mapping[str, object], error)) if error else None,
            ilmd=dict(cast(Mapping[str, object], fields.get("ilmd") or {})),
            read_point_extensions=_others(fields.get("readPoint")),
            biz_location_extensions=_others(fields.get("bizLocation")),
            namespaces=dict(cast(Mapping[str, str], fields.get("@context") or {})),
        )
    except (TypeError, KeyError, AttributeError, ValueError):
        raise BadInput("the details of an event have a shape that EPCIS does not know") from None


def _place(gln: str, extensions: Mapping[str, object]) -> object:
    return {"id": gln, **extensions} if extensions else gln


def _typed(kind: str, member: str, value: str) -> dict[str, object]:
    return {"type": kind, member: value} if kind else {member: value}


def _id(place: object) -> str:
    return str(place.get("id", "")) if isinstance(place, Mapping) else str(place)


def _others(place: object) -> dict[str, object]:
    return {name: value for name, value in place.items() if name != "id"} if isinstance(place, Mapping) else {}


def _texts(values: object) -> tuple[str, ...]:
    """A list of texts; one text is a list of one."""
    return (values,) if isinstance(values, str) and values else tuple(map(str, cast(Sequence[object], values or ())))


def _pairs(value: object, name: str) -> tuple[tuple[str, str], ...]:
    rows = cast(Sequence[Mapping[str, object]], value or ())
    return tuple((str(row.get("type", "")), str(row[name])) for row in rows)


def _quantities(value: object) -> tuple[Quantity, ...]:
    rows = cast(Sequence[Mapping[str, object]], value or ())
    found = []
    for row in rows:
        amount = row.get("quantity")
        if amount is not None and (isinstance(amount, bool) or not isinstance(amount, int | float)):
            raise TypeError
        found.append(Quantity(str(row["epcClass"]), amount, str(row.get("uom", ""))))
    return tuple(found)


def _error(value: Mapping[str, object]) -> ErrorDeclaration:
    return ErrorDeclaration(
        declared=time_of(value["declarationTime"]),
        reason=str(value.get("reason", "")),
        corrected_by=_texts(value.get("correctiveEventIDs")),
        extensions={name: one for name, one in value.items() if name not in _DECLARATION},
    )
