"""Hypothesis strategies: events as reading gives them, with everything that EPCIS 2.0 lets an event say."""

from __future__ import annotations

import string
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from chain.epcis import Names
from chain.epcis import vocabulary as cbv
from chain.epcis.times import rounded
from chain.gs1 import check_digit
from chain.journey import ErrorDeclaration, Event, Quantity

SPACES = {"ext1": "https://ns.example.com/epcis/", "ext2": "http://example.org/two#", "odd": "urn:example:odd"}
PLAIN = string.ascii_letters + string.digits + "-_."
SERIALS = st.text(PLAIN + "!%&'()*+,/:;<=>?\"", min_size=1, max_size=12)
TEXTS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=12)
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False, width=32)


def digits(length: int) -> st.SearchStrategy[str]:
    return st.text(string.digits, min_size=length, max_size=length)


def checked(length: int) -> st.SearchStrategy[str]:
    """Digits with a right check digit."""
    return digits(length - 1).map(lambda text: text + check_digit(text))


def _escaped(text: str) -> str:
    return "".join(c if c in PLAIN else f"%{ord(c):02X}" for c in text)


GLNS = checked(13)
ITEMS = st.builds("https://id.gs1.org/01/{}/21/{}".format, checked(14), SERIALS.map(_escaped)) | checked(18).map(
    "https://id.gs1.org/00/{}".format
)
CLASSES = checked(14).map("https://id.gs1.org/01/{}".format) | st.builds(
    "https://id.gs1.org/01/{}/10/{}".format, checked(14), SERIALS.map(_escaped)
)
URIS = st.sampled_from(
    ["https://example.com/x?y=1", "urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8", "geo:50.94,6.92", "urn:jaif:id:obj:37SUN32"]
)
PLACES = GLNS | st.builds("https://id.gs1.org/414/{}/254/{}".format, GLNS, st.sampled_from(["1", "A-7"])) | URIS
NAMES = st.builds("{}:{}".format, st.sampled_from(sorted(SPACES)), st.text(string.ascii_letters, min_size=1, max_size=4))
VALUES: st.SearchStrategy[Any] = st.recursive(
    TEXTS | NUMBERS | st.booleans() | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=5,
)
EXTENSIONS = st.dictionaries(NAMES, VALUES, max_size=3)
TIMES = st.datetimes(datetime(1980, 1, 1), datetime(2099, 1, 1)).map(lambda at: rounded(at.replace(tzinfo=UTC)))  # noqa: DTZ001
QUANTITIES = st.builds(Quantity, CLASSES) | st.builds(
    Quantity, CLASSES, st.integers(0, 10**6) | st.decimals(0, 1000, places=2).map(float), st.sampled_from(["", "KGM", "P1"])
)


def several(one: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[Any]:
    return st.lists(one, min_size=least, max_size=3, unique_by=repr).map(tuple)


def words(vocabulary: cbv.Vocabulary) -> st.SearchStrategy[str]:
    return st.sampled_from(sorted(vocabulary.words)) | st.just("https://example.com/my/word")


@st.composite
def sensors(draw: st.DrawFn) -> dict[str, Any]:
    report: dict[str, Any] = {"type": draw(words(cbv.MEASUREMENT))}
    optional = {
        "value": NUMBERS, "minValue": NUMBERS, "uom": st.just("CEL"), "exception": words(cbv.ALERT),
        "booleanValue": st.booleans(),
        "stringValue": TEXTS, "hexBinaryValue": st.just("f0"), "component": words(cbv.COMPONENT), "uriValue": URIS,
        "time": st.just("2026-01-02T03:04:05.678+01:00"), "deviceID": st.just("urn:epc:id:giai:4000001.111"),
    }  # fmt: skip
    for name in draw(st.sets(st.sampled_from(sorted(optional)), max_size=4)):
        report[name] = draw(optional[name])
    element: dict[str, Any] = {"sensorReport": [report | draw(plain_extensions())]}
    if draw(st.booleans()):
        element["sensorMetadata"] = {"startTime": "2026-01-02T03:00:00Z", "endTime": "2026-01-02T04:00:00Z"} | draw(
            plain_extensions()
        )
    return element | draw(EXTENSIONS)


def plain_extensions() -> st.SearchStrategy[dict[str, str]]:
    """Extensions that an XML attribute can hold."""
    return st.dictionaries(NAMES, TEXTS, max_size=2)


@st.composite
def events(draw: st.DrawFn) -> Event:
    """A valid event in the form that reading gives it."""
    kind = draw(
        st.sampled_from(["ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent"])
    )
    made = kind == "TransformationEvent"
    action = "" if made else draw(st.sampled_from(["ADD", "OBSERVE", "DELETE"]))
    grouped = kind in ("AggregationEvent", "AssociationEvent")
    lasting = kind in ("ObjectEvent", "TransformationEvent")
    parties = st.tuples(st.sampled_from(["owning_party", "possessing_party", "location"]), GLNS) | st.tuples(
        st.just("https://example.com/role"), URIS
    )
    papers = st.tuples(words(cbv.BIZ_TRANSACTION) | st.just(""), URIS | st.just("urn:epcglobal:cbv:bt:0614141073467:1152"))
    error = st.builds(ErrorDeclaration, TIMES, words(cbv.ERROR) | st.just(""), several(URIS), EXTENSIONS)
    read_point, biz_location = draw(st.just("") | PLACES), draw(st.just("") | PLACES)
    event = Event(
        event_id=draw(st.just("") | URIS),
        kind=kind,
        action=action,
        event_time=draw(TIMES),
        event_time_zone_offset=draw(st.sampled_from(["+00:00", "-06:00", "+05:30", "+14:00"])),
        record_time=draw(st.none() | TIMES),
        biz_step=draw(st.just("") | words(cbv.BIZ_STEP)),
        disposition=draw(st.just("") | words(cbv.DISPOSITION)),
        read_point=read_point,
        biz_location=biz_location,
        epcs=() if made else draw(several(ITEMS, 1)),
        parent_id=draw(ITEMS) if grouped else "",
        sources=draw(several(parties)),
        destinations=draw(several(parties)),
        biz_transactions=draw(several(papers, 1 if kind == "TransactionEvent" else 0)),
        sensor_elements=draw(several(sensors())),
        extensions=draw(EXTENSIONS),
        quantities=() if made else draw(several(QUANTITIES)),
        inputs=draw(several(ITEMS, 1)) if made else (),
        input_quantities=draw(several(QUANTITIES)) if made else (),
        outputs=draw(several(ITEMS, 1)) if made else (),
        output_quantities=draw(several(QUANTITIES)) if made else (),
        transformation_id=draw(st.just("") | URIS) if made else "",
        dispositions_set=draw(several(words(cbv.DISPOSITION))) if lasting else (),
        certifications=draw(several(URIS)),
        error=draw(st.none() | error),
        ilmd=draw(EXTENSIONS) if made or (kind, action) == ("ObjectEvent", "ADD") else {},
        read_point_extensions=draw(EXTENSIONS) if read_point else {},
        biz_location_extensions=draw(EXTENSIONS) if biz_location else {},
    )
    parts = (
        event.extensions, event.ilmd, event.sensor_elements, event.read_point_extensions, event.biz_location_extensions,
        event.error.extensions if event.error else None,
    )  # fmt: skip
    return replace(event, namespaces=Names(SPACES).used_in(*parts))
