"""Each rule of EPCIS 2.0 and CBV 2.0: what breaks it is named with its path, and what does not is let through."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.epcis import Fault, valid
from chain.epcis.event_rules import check_members
from chain.epcis.faults import shown
from chain.epcis.forms import is_uri
from tests.chain.epcis.samples import (
    AGGREGATION,
    ASSOCIATION,
    FULL,
    LGTIN,
    NAMES,
    OBJECT,
    SGTIN,
    SSCC,
    TRANSACTION,
    TRANSFORMATION,
    changed,
)


def judged(event: dict[str, Any], form: str = "json") -> list[Fault]:
    return check_members(event, NAMES, "", form)


@pytest.mark.parametrize("event", [OBJECT, FULL, AGGREGATION, ASSOCIATION, TRANSACTION, TRANSFORMATION])
def test_a_right_event_has_no_fault(event: dict[str, Any]) -> None:
    assert judged(event) == []
    assert judged(event, "xml") == []


WRONG: list[tuple[dict[str, Any], str, Any]] = [
    (OBJECT, "type", ...),
    (OBJECT, "type", "ObjectEventInvalid"),
    (OBJECT, "type", 7),
    (OBJECT, "eventTime", ...),
    (OBJECT, "eventTime", "22-07-2026"),
    (OBJECT, "eventTime", 7),
    (OBJECT, "eventTimeZoneOffset", ...),
    (OBJECT, "eventTimeZoneOffset", "Z"),
    (OBJECT, "eventTimeZoneOffset", None),
    (OBJECT, "action", ...),
    (OBJECT, "action", "CREATE"),
    (OBJECT, "epcList", ...),
    (OBJECT, "epcList", {}),
    (OBJECT, "epcList", [SGTIN, SGTIN]),
    (OBJECT, "epcList[0]", "x"),
    (OBJECT, "epcList[0]", 7),
    (OBJECT, "epcList[0]", "urn:epc:id:sgtin:0614141.10734.2017"),
    (OBJECT, "epcList[0]", "urn:x:ü"),
    (OBJECT, "ilmd", {}),
    (OBJECT, "madeUp", 1),
    (OBJECT, "not a name:x", 1),
    (OBJECT, "parentID", SSCC),
    (OBJECT, "transformationID", "urn:x:1"),
    (FULL, "recordTime", "2026-01-01"),
    (FULL, "eventID", "1"),
    (FULL, "certificationInfo", ["no"]),
    (FULL, "certificationInfo", 7),
    (FULL, "certificationInfo[0]", {}),
    (FULL, "errorDeclaration", "x"),
    (FULL, "errorDeclaration.declarationTime", ...),
    (FULL, "errorDeclaration.declarationTime", "x"),
    (FULL, "errorDeclaration.reason", "because"),
    (FULL, "errorDeclaration.correctiveEventIDs", "urn:x:1"),
    (FULL, "errorDeclaration.correctiveEventIDs[0]", "1"),
    (FULL, "errorDeclaration.more", 1),
    (FULL, "quantityList[0].epcClass", ...),
    (FULL, "quantityList[0].epcClass", "x"),
    (FULL, "quantityList[0].quantity", "twenty"),
    (FULL, "quantityList[0].quantity", True),
    (FULL, "quantityList[0].quantity", ...),
    (FULL, "quantityList[0].uom", "kg"),
    (FULL, "quantityList[0].weight", 1),
    (FULL, "quantityList[0]", "x"),
    (FULL, "bizStep", "transforming"),
    (FULL, "bizStep", ""),
    (FULL, "bizStep", 7),
    (FULL, "bizStep", "cbv:BizStep-transforming"),
    (FULL, "bizStep", "urn:epcglobal:cbv:bizstep:shipping"),
    (FULL, "bizStep", "https://ns.gs1.org/cbv/BizStep-shipping"),
    (FULL, "bizStep", "a b:c"),
    (FULL, "disposition", "in_transport"),
    (FULL, "persistentDisposition", {}),
    (FULL, "persistentDisposition", "recalled"),
    (FULL, "persistentDisposition.set", []),
    (FULL, "persistentDisposition.set", "x"),
    (FULL, "persistentDisposition.set", ["active", "active"]),
    (FULL, "persistentDisposition.set[0]", "odd"),
    (FULL, "persistentDisposition.set[0]", "completeness_inferred"),
    (FULL, "persistentDisposition.both", []),
    (FULL, "readPoint", "urn:x:1"),
    (FULL, "readPoint.id", ...),
    (FULL, "readPoint.id", "x"),
    (FULL, "bizTransactionList", {}),
    (FULL, "bizTransactionList[0]", "x"),
    (FULL, "bizTransactionList[0].bizTransaction", ...),
    (FULL, "bizTransactionList[0].type", "x"),
    (FULL, "bizTransactionList[0].more", 1),
    (FULL, "sourceList", {"type": "location"}),
    (FULL, "sourceList[0].type", ...),
    (FULL, "sourceList[0].type", "place"),
    (FULL, "sourceList[0].source", ...),
    (FULL, "destinationList[0].destination", "x"),
    (FULL, "sensorElementList", {}),
    (FULL, "sensorElementList[0]", 7),
    (FULL, "sensorElementList[0].sensorReport", ...),
    (FULL, "sensorElementList[0].sensorReport", []),
    (FULL, "sensorElementList[0].sensorReport", {}),
    (FULL, "sensorElementList[0].more", 1),
    (FULL, "sensorElementList[0].type", "epcis:Other"),
    (FULL, "sensorElementList[0].sensorMetadata.more", 1),
    (FULL, "sensorElementList[0].sensorMetadata.time", "noon"),
    (FULL, "sensorElementList[0].sensorMetadata", "x"),
    (FULL, "sensorElementList[0].sensorReport[0]", "x"),
    (FULL, "sensorElementList[0].sensorReport[0].value", "2"),
    (FULL, "sensorElementList[0].sensorReport[0].booleanValue", "true"),
    (FULL, "sensorElementList[0].sensorReport[0].hexBinaryValue", "xyz"),
    (FULL, "sensorElementList[0].sensorReport[0].uom", 7),
    (FULL, "sensorElementList[0].sensorReport[0].component", "w"),
    (FULL, "sensorElementList[0].sensorReport[0].exception", "ODD"),
    (FULL, "sensorElementList[0].sensorReport[0].type", "https://gs1.org/voc/Temperature"),
    (FULL, "ilmd", []),
    (FULL, "ilmd.more", 1),
    (FULL, "ilmd", "x"),
    (AGGREGATION, "parentID", ...),
    (AGGREGATION, "childEPCs", []),
    (AGGREGATION, "epcList", [SGTIN]),
    (AGGREGATION, "action", ...),
    (AGGREGATION, "ilmd", {}),
    (ASSOCIATION, "parentID", ...),
    (ASSOCIATION, "childEPCs", ...),
    (ASSOCIATION, "action", "x"),
    (TRANSACTION, "bizTransactionList", []),
    (TRANSACTION, "epcList", ...),
    (TRANSACTION, "action", ...),
    (TRANSFORMATION, "inputEPCList", []),
    (TRANSFORMATION, "action", "ADD"),
    (TRANSFORMATION, "inputEPCList", [SGTIN, SGTIN]),
]


@pytest.mark.parametrize(("event", "path", "value"), WRONG)
def test_a_wrong_event_is_invalid_and_the_fault_says_where(event: dict[str, Any], path: str, value: Any) -> None:
    found = [fault for fault in judged(changed(event, path, value)) if fault.grave]
    assert found
    assert all(len(fault.words) > 15 and not fault.words.endswith(".") for fault in found)
    assert any(fault.path.startswith(path.partition("[")[0].partition(".")[0]) for fault in found)


def test_each_side_of_a_transformation_is_missed_unless_an_id_links_them() -> None:
    for path, side in (("inputEPCList", "went in"), ("outputQuantityList", "came out")):
        half = changed(TRANSFORMATION, path, ...)
        assert [fault.words for fault in judged(half) if side in fault.words]
        assert judged({**half, "transformationID": "urn:x:1"}) == []
    empty = changed(changed(TRANSFORMATION, "inputEPCList", ...), "outputQuantityList", ...)
    assert not valid(judged({**empty, "transformationID": "urn:x:1"}))
    assert not valid(judged(empty))


@pytest.mark.parametrize(
    ("event", "changes"),
    [
        (AGGREGATION, {"action": "OBSERVE", "parentID": ...}),
        (AGGREGATION, {"action": "DELETE", "childEPCs": ...}),
        (AGGREGATION, {"childEPCs": ..., "childQuantityList": [{"epcClass": LGTIN}]}),
        (ASSOCIATION, {"action": "DELETE", "childEPCs": ...}),
        (TRANSACTION, {"action": "DELETE", "epcList": ...}),
        (TRANSACTION, {"epcList": ..., "quantityList": [{"epcClass": LGTIN}]}),
        (OBJECT, {"epcList": ..., "quantityList": [{"epcClass": LGTIN}]}),
        (OBJECT, {"certificationInfo": "urn:x:1"}),
        (OBJECT, {"epcList": ..., "readPoint": {"id": "urn:x:1"}, "sensorElementList": [{"sensorReport": [{"type": "ex:t"}]}]}),
        (OBJECT, {"bizStep": "cbv:BizStep-shipping"}),
        (OBJECT, {"epcList": ["urn:epc:id:gid:1.2.3", "urn:jaif:id:obj:37"]}),
        (OBJECT, {"type": "ex:Mine", "action": ..., "ex:other": 1, "bizStep": "shipping"}),
    ],
)
def test_what_the_standard_allows_is_let_through(event: dict[str, Any], changes: dict[str, Any]) -> None:
    for path, value in changes.items():
        event = changed(event, path, value)
    assert judged(event) == []


@pytest.mark.parametrize(
    ("event", "path", "value"),
    [
        (OBJECT, "epcList", []),
        (OBJECT, "id", "urn:x:1"),
        (AGGREGATION, "persistentDisposition", {"set": ["recalled"]}),
        (FULL, "sensorElementList[0].type", "epcis:SensorElement"),
        (FULL, "sensorElementList[0].sensorReport[0].type", ...),
        (FULL, "sensorElementList[0].sensorReport[0].type", "NewerThanThis"),
        (FULL, "sensorElementList[0].sensorReport[0].time", "2026-01-01T00:00:00Z"),
        (FULL, "readPoint.dock", 7),
        (FULL, "bizStep", "cbv:mine"),
        (FULL, "epcList[0]", "https://id.gs1.org/00/106141412345678907"),
        (FULL, "other:field", 1),
        (FULL, "sourceList[0].type", "cbv:my_own_party"),
    ],
)
def test_what_the_standard_only_advises_is_a_remark(event: dict[str, Any], path: str, value: Any) -> None:
    found = judged(changed(event, path, value))
    assert found
    assert valid(found)


def test_a_report_that_says_nothing_of_what_was_measured_is_a_fault() -> None:
    report = "sensorElementList[0].sensorReport[0]"
    assert not valid(judged(changed(FULL, report, {"value": 2})))


def test_xml_is_judged_as_its_schema_judges_it() -> None:
    for path, value in (
        ("epcList", [SGTIN, SGTIN]),
        ("certificationInfo", "a certificate"),
        ("eventTime", "2026-01-01T00:00Z"),
    ):
        event = changed(OBJECT, path, value)
        assert valid(judged(event, "xml")), path
        assert judged(event, "xml")
        assert not valid(judged(event)), path
    assert not valid(judged(changed(OBJECT, "eventTime", "2026-01-01T99:00Z"), "xml"))


def test_a_sentence_shows_a_value_shortly_and_without_what_cannot_be_seen() -> None:
    assert shown("a\u202eb") == "“a�b”"
    assert len(shown("x" * 500)) < 70
    assert shown(7) == "“7”"
    assert str(Fault("", "w")) == "document: w"
    assert str(Fault("p", "w")) == "p: w"


@settings(deadline=None)
@given(
    st.text(max_size=20)
    | st.from_regex(r"[a-z]{1,4}:[!-~]{0,12}", fullmatch=True)
    | st.builds("http://{}".format, st.text("a.[]:@/?#%4zé", max_size=8))
)
def test_a_uri_is_what_rfc_3986_says(text: str) -> None:
    from rfc3987 import parse

    try:
        parse(text, rule="URI")
        expected = True
    except ValueError:
        expected = False
    if "[" in text or ":" in text.partition("//")[2]:  # host and port are looked at less closely here
        assert is_uri(text) >= expected
    else:
        assert is_uri(text) == expected


@pytest.mark.parametrize(("event", "path", "value"), WRONG)
def test_what_gs1s_schema_refuses_never_goes_unsaid(official: Any, event: dict[str, Any], path: str, value: Any) -> None:
    wrong = {"@context": [{"ex": "https://ns.example.com/epcis/"}], **changed(event, path, value)}
    assert official.is_valid(wrong) or not valid(judged(wrong))


VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=6)
    | st.sampled_from(["urn:x:1", "a:b", [], {}, [""], [{}], {"id": 7}])
)
PLACES = st.sampled_from(
    sorted({path for _, path, _ in WRONG if ".more" not in path} | {"ex:more", "sensorElementList[0].ex:c", "readPoint.ex:dock"})
)


@settings(deadline=None, max_examples=150)
@given(path=PLACES, value=VALUES)
def test_random_members_are_judged_no_milder_than_by_gs1s_schema(official: Any, path: str, value: Any) -> None:
    for event in (FULL, AGGREGATION, TRANSACTION, TRANSFORMATION):
        try:
            wrong = {"@context": "https://example.com/epcis-context.jsonld", **changed(event, path, value)}
        except (KeyError, IndexError):
            continue
        assert official.is_valid(wrong) or judged(wrong)
