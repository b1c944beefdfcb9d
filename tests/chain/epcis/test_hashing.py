"""The rules of the event hash, one by one (CBV 2.0 section 8.9)."""

from __future__ import annotations

from typing import Any

import pytest

from chain.epcis import Names
from chain.epcis.hashing import canonical, hash_of_members, ni, pre_hash

NAMES = Names({"ex": "https://ns.example.com/epcis/", "cbvmda": "urn:epcglobal:cbv:mda:"})
START = "eventType=ObjectEvent"


def told(**members: Any) -> str:
    """What stands behind the event type in the pre-hash string."""
    text = pre_hash({"type": "ObjectEvent", **{name.replace("__", ":"): value for name, value in members.items()}}, NAMES)
    assert text.startswith(START)
    return text[len(START) :]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1.0", "1"), ("0.3434000", "0.3434"), ("26.0", "26"), ("+5", "5"), ("007", "7"), ("-0", "0"), (".5", "0.5"), ("5.", "5"),
        ("1e3", "1000"), ("0.00001", "0.00001"), (1e-05, "0.00001"), (452.0, "452"), (0.1, "0.1"), (3, "3"), (True, "true"),
        (False, "false"), (None, ""), ("12345678901234567890", "12345678901234567890"), ("  x  ", "x"), ("P3Y", "P3Y"),
        ("1_000", "1_000"), ("nan", "nan"), ("Infinity", "Infinity"), ("1e999", "1e999"), ("1e-999", "1e-999"), ("٣", "٣"),
        ("2.5" + "0" * 60, "2.5" + "0" * 60), ("+01:00", "+01:00"), ("", ""),
    ],
)  # fmt: skip
def test_figures_lose_what_says_nothing_and_keep_every_digit_that_does(value: object, text: str) -> None:
    assert canonical(value, NAMES) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("urn:epcglobal:cbv:bizstep:receiving", "https://ref.gs1.org/cbv/BizStep-receiving"),
        ("urn:epcglobal:cbv:er:incorrect_data", "https://ref.gs1.org/cbv/ER-incorrect_data"),
        ("urn:epcglobal:cbv:bt:0614141073467:1152", "urn:epcglobal:cbv:bt:0614141073467:1152"),
        ("gs1:Temperature", "https://gs1.org/voc/Temperature"),
        ("cbv:Disp-active", "https://ref.gs1.org/cbv/Disp-active"),
        ("ex:mine", "https://ns.example.com/epcis/mine"),
        ("other:mine", "other:mine"),
        ("urn:epc:id:sgtin:0614141.107346.2017", "https://id.gs1.org/01/10614141073464/21/2017"),
        ("urn:epc:idpat:sgtin:4012345.066666.*", "https://id.gs1.org/01/04012345666663"),
        ("https://brand.example/gtin/4012345666663/lot/A/ser/7?exp=1", "https://id.gs1.org/01/04012345666663/21/7"),
        ("https://id.gs1.org/01/01234567987651/235/a%27b%3Bc%3Dd%2Fe", "https://id.gs1.org/01/01234567987651/235/a'b;c=d%2Fe"),
        ("http://transaction.acme.com/po/12345678", "http://transaction.acme.com/po/12345678"),
        ("geo:50.9,6.9", "geo:50.9,6.9"),
    ],
)  # fmt: skip
def test_words_and_identities_have_one_address(value: str, text: str) -> None:
    assert canonical(value, NAMES) == text


def test_times_are_utc_and_rounded_to_milliseconds() -> None:
    assert told(eventTime="2020-03-04T11:00:30+01:00") == "eventTime=2020-03-04T10:00:30.000Z"
    assert told(eventTime="2022-12-31T23:59:59.9995Z") == "eventTime=2023-01-01T00:00:00.000Z"
    assert told(eventTime="2022-02-16T08:40:21.3142715z") == "eventTime=2022-02-16T08:40:21.314Z"
    assert told(eventTime="9999-12-31T23:59:59.9999Z") == "eventTime=9999-12-31T23:59:59.9999Z"
    assert told(eventTime=" tomorrow ") == "eventTime=tomorrow"
    assert told(eventTime=" ") == ""


def test_members_stand_in_their_order_and_lists_in_that_of_the_alphabet() -> None:
    text = told(
        disposition="in_transit", bizStep="shipping", action="OBSERVE",
        quantityList=[{"uom": "KGM", "quantity": 2.0, "epcClass": "urn:x:b"}],
        epcList=["urn:x:b", "urn:x:a", ""], certificationInfo=["urn:x:2", "urn:x:1"], eventTimeZoneOffset="+01:00",
    )  # fmt: skip
    assert text == (
        "eventTimeZoneOffset=+01:00certificationInfo=urn:x:1certificationInfo=urn:x:2epcListepc=urn:x:aepc=urn:x:b"
        "quantityListquantityElementepcClass=urn:x:bquantity=2uom=KGMaction=OBSERVE"
        "bizStep=https://ref.gs1.org/cbv/BizStep-shippingdisposition=https://ref.gs1.org/cbv/Disp-in_transit"
    )


def test_types_stand_before_their_values_and_these_lists_among_the_extensions() -> None:
    text = told(
        sourceList=[{"source": "urn:x:s", "type": "location"}],
        bizTransactionList=[{"bizTransaction": "urn:x:2"}, {"type": "po", "bizTransaction": "urn:x:1"}],
        ilmd={"ex:b": "2", "cbvmda:lotNumber": "L"},
        destinationList=[{"type": "ex:role", "destination": "urn:x:d"}],
        ex__field="v",
        action="ADD",
    )
    assert text == (
        "action=ADD"
        "bizTransactionListbizTransaction=urn:x:2type=https://ref.gs1.org/cbv/BTT-pobizTransaction=urn:x:1"
        "destinationListtype=https://ns.example.com/epcis/roledestination=urn:x:d"
        "ilmd{https://ns.example.com/epcis/}b=2{urn:epcglobal:cbv:mda:}lotNumber=L"
        "sourceListtype=https://ref.gs1.org/cbv/SDT-locationsource=urn:x:s"
        "{https://ns.example.com/epcis/}field=v"
    )


def test_extensions_of_a_part_stand_behind_its_own_members() -> None:
    text = told(
        readPoint={"ex:dock": "7", "id": "urn:epc:id:sgln:4012345.00011.0"},
        sensorElementList=[
            {
                "ex:of": "element",
                "type": "epcis:SensorElement",
                "sensorReport": [
                    {"value": 2.50, "type": "Temperature", "ex:of": "report"},
                    {"type": "ex:mine", "component": "x"},
                ],
                "sensorMetadata": {"time": "2026-01-01T00:00:00Z", "ex:of": "metadata"},
            }
        ],
        persistentDisposition={"unset": ["recalled"], "set": ["damaged", "cbv:Disp-active"]},
    )
    ns = "{https://ns.example.com/epcis/}"
    assert text == (
        "persistentDispositionset=https://ref.gs1.org/cbv/Disp-activeset=https://ref.gs1.org/cbv/Disp-damaged"
        "unset=https://ref.gs1.org/cbv/Disp-recalled"
        f"readPointid=https://id.gs1.org/414/4012345000115{ns}dock=7"
        f"sensorElementListsensorElementsensorMetadatatime=2026-01-01T00:00:00.000Z{ns}of=metadata"
        "sensorReporttype=https://gs1.org/voc/Temperaturevalue=2.5"
        f"{ns}of=reportsensorReporttype=https://ns.example.com/epcis/minecomponent=https://ref.gs1.org/cbv/Comp-x{ns}of=element"
    )


def test_nested_extensions_lists_and_text_beside_attributes() -> None:
    ns = "{https://ns.example.com/epcis/}"
    value = [{"ex:b": ["2", ["1"]], "ex:a": {"ex:c": True}}, "plain", None, {"#text": "10.0", "xsi:type": "xsd:int"}]
    assert told(ex__x=value) == (
        f"{ns}x=10xsi:type=xsd:int{ns}x=plain{ns}x{ns}a{ns}c=true{ns}b=1{ns}b=2"
    )  # fmt: skip
    assert told(ex__x="", ex__y={}, ex__z=[]) == f"{ns}x{ns}y"


def test_what_is_empty_or_strange_says_nothing_and_breaks_nothing() -> None:
    assert (
        told(epcList=[], quantityList=[{}, "x"], readPoint={}, sensorElementList=[], ilmd={}, sourceList=["x"], bizStep=None)
        == ""
    )
    assert told(readPoint="urn:x:y", bizStep=3, epcList="urn:x:one") == "epcListepc=urn:x:onebizStep=3readPoint=urn:x:y"
    assert pre_hash({}, NAMES) == "eventType="


def test_ids_times_of_recording_errors_and_comments_take_no_part() -> None:
    rest: dict[str, Any] = {
        "eventID": "urn:x:1", "id": "urn:x:1", "recordTime": "2026-01-01T00:00:00Z", "errorDeclaration": {"reason": "x"},
        "comment": "a", "rdfs__comment": "b", "ilmd": {"rdfs:comment": "c", "ex:a": "1"},
    }  # fmt: skip
    assert told(**rest) == "ilmd{https://ns.example.com/epcis/}a=1"


def test_fields_that_a_repository_added_take_no_part() -> None:
    members = {"repo:ignoreFields": ["ex:a", "ex:b"], "repo:hash": "x", "ex:a": "1", "ex:c": "3"}
    names = Names({**NAMES.declared, "repo": "https://repository-x.example.com/"})
    assert pre_hash(members, names) == "eventType={https://ns.example.com/epcis/}c=3"
    assert pre_hash({"repo:ignoreFields": "ex:c", "ex:c": "3"}, names) == "eventType="
    assert pre_hash({"repo:ignoreFields": {"ex:c": ""}, "ex:c": "3"}, names) == "eventType="
    assert pre_hash({"repo:ignoreFields": 7, "ex:c": "3"}, names).endswith("c=3")


def test_an_events_own_context_goes_before_the_documents() -> None:
    assert pre_hash({"@context": [{"ex": "urn:other:"}], "ex:a": "1"}, NAMES) == "eventType={urn:other:}a=1"


def test_the_type_of_somebodys_own_event_is_its_address() -> None:
    assert pre_hash({"type": "ex:Mine"}, NAMES) == "eventType=https://ns.example.com/epcis/Mine"


def test_the_hash_is_a_uri() -> None:
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert ni("") == f"ni:///sha-256;{empty}?ver=CBV2.0"
    assert hash_of_members({"type": "X"}, NAMES) == ni("eventType=X")
    assert ni("\ud800").startswith("ni:///")
