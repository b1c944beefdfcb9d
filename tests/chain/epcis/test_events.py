"""What changes between a document and an Event, and what does not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from chain.epcis import (
    Names,
    Told,
    event_of,
    event_of_fields,
    event_of_members,
    fields_of,
    hash_of,
    members_of,
    pre_hash_of,
)
from chain.errors import BadInput
from chain.journey import ErrorDeclaration, Event, Quantity
from tests.chain.epcis.samples import FULL, NAMES, OBJECT

AT = datetime(2026, 1, 1, tzinfo=UTC)


def event(**members: Any) -> Event:
    return event_of_members({**OBJECT, **members}, NAMES)


def test_goods_are_canonical_links_and_digital_links_stay() -> None:
    link = "https://brand.example/01/10614141073464/10/L/21/2017?17=261231"
    assert event(epcList=["urn:epc:id:sgtin:0614141.107346.2017", link, "urn:other:1"]).epcs == (
        "https://id.gs1.org/01/10614141073464/21/2017",
        link,
        "urn:other:1",
    )


def test_two_names_of_one_thing_stay_apart() -> None:
    urn, link = "urn:epc:id:sscc:4012345.0000000333", "https://id.gs1.org/00/040123450000003338"
    assert event(epcList=[urn, link]).epcs == (urn, link)
    assert event(epcList=[link, urn]).epcs == (link, urn)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("urn:epc:id:sgln:4012345.00011.0", "4012345000115"),
        ("https://id.gs1.org/414/4012345000115", "4012345000115"),
        ("https://brand.example/gln/4012345000115", "4012345000115"),
        ("https://id.gs1.org/414/4012345000115?x=1", "https://id.gs1.org/414/4012345000115?x=1"),
        ("urn:epc:id:sgln:4012345.00011.A7", "https://id.gs1.org/414/4012345000115/254/A7"),
        ("https://brand.example/414/4012345000115/254/A7", "https://brand.example/414/4012345000115/254/A7"),
        ("geo:50.9,6.9", "geo:50.9,6.9"),
    ],
)
def test_a_place_with_a_gln_is_its_gln(text: str, place: str) -> None:
    found = event(readPoint={"id": text, "ex:dock": 1})
    assert found.read_point == place
    assert found.read_point_extensions == {"ex:dock": 1}


def test_a_party_is_its_gln_only_where_the_type_says_what_kind_of_gln() -> None:
    place, party = "urn:epc:id:sgln:4012345.00011.0", "urn:epc:id:pgln:4012345.00011"
    found = event(
        sourceList=[{"type": "owning_party", "source": party}, {"type": "location", "source": place}],
        destinationList=[{"type": "possessing_party", "destination": place}, {"type": "location", "destination": party}],
    )
    assert found.sources == (("owning_party", "4012345000115"), ("location", "4012345000115"))
    assert [text for _, text in found.destinations] == [
        "https://id.gs1.org/414/4012345000115",
        "https://id.gs1.org/417/4012345000115",
    ]


def test_words_times_and_ids_are_understood() -> None:
    found = event(
        bizStep="cbv:BizStep-shipping", disposition="ex:mine", eventTime="2026-01-01T01:00:00.0005+01:00", id="urn:x:1",
        recordTime=None, eventID=None, persistentDisposition={"set": "https://ref.gs1.org/cbv/Disp-recalled"},
        errorDeclaration={"declarationTime": "2026-01-02T00:00:00Z", "reason": "cbv:ER-incorrect_data", "ex:by": None},
    )  # fmt: skip
    assert (found.biz_step, found.disposition, found.event_id) == ("shipping", "https://ns.example.com/epcis/mine", "urn:x:1")
    assert found.event_time == AT.replace(microsecond=1000)
    assert found.dispositions_set == ("recalled",)
    assert found.error == ErrorDeclaration(AT.replace(day=2), "incorrect_data")
    assert found.record_time is None


def test_prefixes_that_an_event_uses_go_with_it() -> None:
    names = Names({"a": "urn:a:", "b": "urn:b:"})
    found = event_of_members({**OBJECT, "@context": {"c": "urn:c:"}, "a:x": 1, "ilmd": {"c:y": 2}}, names)
    assert found.namespaces == {"a": "urn:a:", "c": "urn:c:"}
    assert found.extensions == {"a:x": 1}


@pytest.mark.parametrize(
    "members",
    [
        {"eventTime": None}, {"eventTime": "soon"}, {"eventTime": 7}, {"epcList": [7]}, {"sourceList": ["x"]}, {"bizStep": 7},
        {"sourceList": [{"type": "location"}]}, {"quantityList": ["x"]}, {"quantityList": [{"quantity": 1}]},
        {"quantityList": [{"epcClass": "urn:x:1", "quantity": "2"}]},
        {"quantityList": [{"epcClass": "urn:x:1", "quantity": True}]},
        {"persistentDisposition": ["x"]}, {"errorDeclaration": {"reason": "incorrect_data"}}, {"errorDeclaration": "x"},
        {"readPoint": {"id": 7}}, {"sensorElementList": ["x"]}, {"type": 7}, {"ilmd": 7},
    ],
)  # fmt: skip
def test_a_shape_that_epcis_does_not_know_is_refused(members: dict[str, Any]) -> None:
    told = Told(2, "epcisBody.eventList[2]", {**OBJECT, **members}, NAMES, b"")
    with pytest.raises(BadInput, match=r"epcisBody\.eventList\[2\]: "):
        event_of(told)
    with pytest.raises(BadInput):
        event_of(Told(0, "", told.members, NAMES, b""))


def test_everything_an_event_can_say_has_a_place() -> None:
    found = event_of_members(FULL, NAMES)
    assert found.quantities == (Quantity("https://id.gs1.org/01/04012345123456/10/998877", 2.5, "KGM"),)
    assert found.certifications == ("https://example.org/a",)
    assert (found.dispositions_set, found.dispositions_unset) == (("completeness_verified",), ("completeness_inferred",))
    assert found.ilmd == {"ex:batch": "7", "cbvmda:lotNumber": "L"}
    assert found.error is not None
    assert found.error.corrected_by == ("urn:x:1",)


def test_sensor_reports_have_one_shape() -> None:
    (element,) = event(
        sensorElementList=[{"type": "epcis:SensorElement", "sensorReport": {"type": "gs1:Temperature"}}]
    ).sensor_elements
    assert element == {"sensorReport": [{"type": "Temperature"}]}
    (element,) = event(sensorElementList=[{"sensorReport": ["odd", {"type": "ex:mine"}]}]).sensor_elements
    assert element == {"sensorReport": ["odd", {"type": "ex:mine"}]}


# ---- events that this program makes itself -------------------------------------------------------------------------------

OWN = Event(
    "urn:uuid:1", "ObjectEvent", "OBSERVE", AT, biz_step="shipping", read_point="4012345000115", biz_location="4012345000115",
    epcs=("https://id.gs1.org/00/340123451111111111",), destinations=(("owning_party", "0614141000005"),),
    biz_transactions=(("desadv", "DN 1/2"), ("scms:pq", "7")), extensions={"wayproof:eventTimeBasis": "none", "scms:packs": 3},
)  # fmt: skip


def test_an_event_of_ours_becomes_what_epcis_asks_for() -> None:
    members = members_of(OWN)
    assert members["readPoint"] == members["bizLocation"] == {"id": "https://id.gs1.org/414/4012345000115"}
    assert members["destinationList"] == [{"type": "owning_party", "destination": "https://id.gs1.org/417/0614141000005"}]
    assert members["bizTransactionList"] == [
        {"type": "desadv", "bizTransaction": "urn:epcglobal:cbv:bt:4012345000115:DN%201%2F2"},
        {"type": "scms:pq", "bizTransaction": "urn:epcglobal:cbv:bt:4012345000115:7"},
    ]


def test_what_has_no_form_in_epcis_gets_one_of_ours() -> None:
    odd = Event(
        "",
        "ObjectEvent",
        "ADD",
        AT,
        biz_step="polishing",
        read_point="Dock 7",
        biz_transactions=(("", "9"),),
        extensions={"odd": 1},
    )
    members = members_of(odd)
    assert members["bizStep"] == "wayproof:polishing"
    assert members["readPoint"] == {"id": "wayproof:Dock%207"}
    assert members["bizTransactionList"] == [{"bizTransaction": "wayproof:9"}]
    assert members["wayproof:odd"] == 1
    assert members["epcList"] == []


def test_the_hash_of_an_event_of_ours_is_that_of_its_document() -> None:
    read = event_of_members(members_of(OWN), Names())
    assert read.read_point == OWN.read_point
    assert read.destinations == OWN.destinations
    assert hash_of(read) == hash_of(OWN)
    assert pre_hash_of(OWN).endswith("scms:packs=3wayproof:eventTimeBasis=none")


def test_fields_keep_the_names_and_forms_that_commitments_bind() -> None:
    assert fields_of(OWN) == {
        "eventID": "urn:uuid:1",
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "eventTime": "2026-01-01T00:00:00.000Z",
        "eventTimeZoneOffset": "+00:00",
        "bizStep": "shipping",
        "readPoint": "4012345000115",
        "bizLocation": "4012345000115",
        "epcList": ["https://id.gs1.org/00/340123451111111111"],
        "destinationList": [{"type": "owning_party", "destination": "0614141000005"}],
        "bizTransactionList": [{"type": "desadv", "bizTransaction": "DN 1/2"}, {"type": "scms:pq", "bizTransaction": "7"}],
        "wayproof:eventTimeBasis": "none",
        "scms:packs": 3,
    }
    assert event_of_fields(fields_of(OWN)) == OWN


@pytest.mark.parametrize(
    "fields", [{"eventTime": "x"}, {"sourceList": [7]}, {"sourceList": 7}, {"epcList": 7}, {"@context": "x"}, {"recordTime": "x"}]
)
def test_fields_of_another_shape_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        event_of_fields(fields)
    assert event_of_fields({}).kind == "ObjectEvent"
