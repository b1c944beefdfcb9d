"""What headers say about places, parties and classes, in JSON and in XML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.epcis import Master, masters_of, open_document

MDA = "urn:epcglobal:cbv:mda"
XML = """<?xml version="1.0" encoding="UTF-8"?>
<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:1" schemaVersion="1.2" creationDate="2026-01-01T00:00:00Z">
<EPCISHeader><extension><EPCISMasterData><VocabularyList>
<Vocabulary type="urn:epcglobal:epcis:vtype:Location"><VocabularyElementList>
<VocabularyElement id="urn:epc:id:sgln:0614141.00777.0">
<attribute id="urn:epcglobal:cbv:mda#name">Depot &amp; Sons</attribute>
<attribute id="urn:epcglobal:cbv:mda#latitude">+18.0</attribute>
<attribute id="urn:epcglobal:cbv:mda#longitude">-70.5</attribute>
<attribute id="urn:epcglobal:cbv:mda#countryCode">US</attribute>
<attribute id="urn:epcglobal:cbv:mda#city">Atlanta</attribute>
</VocabularyElement></VocabularyElementList></Vocabulary>
</VocabularyList></EPCISMasterData></extension></EPCISHeader>
<EPCISBody><EventList><ObjectEvent><eventTime>2026-01-01T00:00:00Z</eventTime><eventTimeZoneOffset>+00:00</eventTimeZoneOffset>
<epcList><epc>urn:epc:id:sscc:0614141.1234567890</epc></epcList><action>OBSERVE</action></ObjectEvent></EventList></EPCISBody>
</epcis:EPCISDocument>"""


def head(kind: object, *elements: object) -> dict[str, Any]:
    vocabulary = {"type": kind, "vocabularyElementList": list(elements)}
    return {"epcisHeader": {"epcisMasterData": {"vocabularyList": [vocabulary]}}}


def element(name: object, /, **said: object) -> dict[str, Any]:
    return {"id": name, "attributes": [{"id": f"{MDA}:{key}", "attribute": value} for key, value in said.items()]}


def test_a_header_in_xml_is_read_like_one_in_json(tmp_path: Path) -> None:
    (tmp_path / "d.xml").write_text(XML, encoding="utf-8")
    document = open_document(tmp_path / "d.xml")
    place = Master("place", "0614141007776", "Depot & Sons", 18.0, -70.5, "US", "Atlanta")
    assert list(masters_of(document.head)) == [place]
    assert len(list(document)) == 1
    told = element(
        "urn:epc:id:sgln:0614141.00777.0",
        name="Depot & Sons",
        latitude="+18.0",
        longitude=-70.5,
        countryCode="US",
        city="Atlanta",
    )
    assert list(masters_of(head("urn:epcglobal:epcis:vtype:BusinessLocation", told))) == [place]


@pytest.mark.parametrize(
    ("kind", "name", "said", "wanted"),
    [
        ("Party", "urn:epc:id:pgln:0614141.00777", {"name": "A"}, Master("party", "0614141007776", "A")),
        ("Location", "https://example.com/yard", {"name": "Yard"}, Master("place", "https://example.com/yard", "Yard")),
        ("EPCClass", "urn:epc:idpat:sgtin:0614141.107346.*", {"descriptionShort": "Pills"},
         Master("class", "https://id.gs1.org/01/10614141073464", "Pills")),
        ("EPCClass", "https://id.gs1.org/01/10614141073464/10/L1", {"descriptionShort": "Lot"},
         Master("class", "https://id.gs1.org/01/10614141073464/10/L1", "Lot")),
        ("Location", "urn:epc:id:sgln:0614141.00777.7", {"latitude": 1, "longitude": 2},
         Master("place", "https://id.gs1.org/414/0614141007776/254/7", "https://id.gs1.org/414/0614141007776/254/7", 1.0, 2.0)),
    ],
)  # fmt: skip
def test_each_kind_is_named_as_events_name_it(kind: str, name: str, said: dict[str, Any], wanted: Master) -> None:
    assert list(masters_of(head(f"urn:epcglobal:epcis:vtype:{kind}", element(name, **said)))) == [wanted]


@pytest.mark.parametrize(
    "said", [{"latitude": "91", "longitude": "0"}, {"latitude": "1"}, {"latitude": "nan", "longitude": "x"}, {}]
)
def test_what_has_no_name_and_no_right_coordinates_is_left_out(said: dict[str, Any]) -> None:
    assert list(masters_of(head("urn:epcglobal:epcis:vtype:Location", element("urn:x:y", **said)))) == []


NAMES = ("id", "attributes", "attribute", "type", "vocabularyElementList")
TYPES = (f"{MDA}:name", "urn:epcglobal:epcis:vtype:Party")


@pytest.mark.parametrize("value", [None, ["Depot"], {"name": "Depot"}])
def test_an_attribute_that_is_no_text_and_no_number_says_nothing(value: object) -> None:
    """Neither taken nor turned into words; the one of the same name behind it counts."""
    told = element("urn:epc:id:sgln:0614141.00777.0", name=value)
    kind = "urn:epcglobal:epcis:vtype:Location"
    assert list(masters_of(head(kind, told))) == []
    told["attributes"] += element("", name="Depot")["attributes"]
    assert [one.title for one in masters_of(head(kind, told))] == ["Depot"]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from([f"{MDA}:name", "urn:epcglobal:epcis:vtype:Party"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "attributes", "attribute", "type", "vocabularyElementList"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(value=JSON)
def test_any_shape_is_read_without_an_error(value: Any) -> None:
    for shape in ({"epcisHeader": value}, {"epcisHeader": {"epcisMasterData": {"vocabularyList": value}}}, head(value, value)):
        for one in masters_of(shape):
            assert one.title
            orjson.dumps(one)
