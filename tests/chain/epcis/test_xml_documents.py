"""XML documents of both versions: the same events as in JSON, nothing fetched, nothing expanded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chain.epcis import check_event, open_document, xml_stream
from chain.epcis.told import Told
from chain.epcis.xml_members import figure
from chain.errors import BadInput

ROOT = '<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" xmlns:ex="urn:ex:" xmlns:gs1="https://gs1.org/voc/"'
TIME = "<eventTime>2026-01-01T00:00:00Z</eventTime><eventTimeZoneOffset>+00:00</eventTimeZoneOffset>"


def saved(path: Path, text: str | bytes) -> Path:
    file = path / "document.xml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def document(inner: str, more: str = "", head: str = "") -> str:
    body = f"<EPCISBody><EventList>{inner}</EventList></EPCISBody>"
    return f"{ROOT} schemaVersion='2.0' creationDate='2026-01-01T00:00:00Z'{more}>{head}{body}</epcis:EPCISDocument>"


def told(path: Path, inner: str, **more: str) -> Told:
    (one,) = open_document(saved(path, document(f"<ObjectEvent>{TIME}{inner}</ObjectEvent>", **more)))
    return one


def members(path: Path, inner: str, **more: str) -> dict[str, Any]:
    found = dict(told(path, inner, **more).members)
    for name in ("type", "eventTime", "eventTimeZoneOffset"):
        del found[name]
    return found


def test_the_wrappers_of_version_1_fall_away(tmp_path: Path) -> None:
    inner = (
        "<baseExtension><eventID>urn:x:1</eventID></baseExtension><action>ADD</action>"
        "<readPoint><id>urn:x:p</id><extension><ex:dock>7</ex:dock></extension></readPoint>"
        "<extension><quantityList><quantityElement><epcClass>urn:x:c</epcClass><quantity>2.0</quantity></quantityElement></quantityList>"
        "<extension><ilmd><ex:a>1</ex:a></ilmd></extension></extension>"
    )
    assert members(tmp_path, inner) == {
        "eventID": "urn:x:1",
        "action": "ADD",
        "readPoint": {"id": "urn:x:p", "ex:dock": "7"},
        "quantityList": [{"epcClass": "urn:x:c", "quantity": 2}],
        "ilmd": {"ex:a": "1"},
    }


def test_words_become_bare_and_lists_lists(tmp_path: Path) -> None:
    inner = (
        "<bizStep>urn:epcglobal:cbv:bizstep:shipping</bizStep><disposition>ex:mine</disposition>"
        "<bizTransactionList><bizTransaction type='cbv:BTT-po'> urn:x:po </bizTransaction>"
        "<bizTransaction>urn:x:2</bizTransaction></bizTransactionList>"
        "<persistentDisposition><set>urn:epcglobal:cbv:disp:recalled</set><set>ex:odd</set></persistentDisposition>"
        "<certificationInfo>urn:x:a</certificationInfo><certificationInfo>urn:x:b</certificationInfo>"
        "<errorDeclaration><declarationTime>2026-01-02T00:00:00Z</declarationTime><reason>urn:epcglobal:cbv:er:incorrect_data</reason>"
        "<correctiveEventIDs><correctiveEventID>urn:x:3</correctiveEventID></correctiveEventIDs><ex:by>me</ex:by></errorDeclaration>"
    )
    assert members(tmp_path, inner) == {
        "bizStep": "shipping",
        "disposition": "urn:ex:mine",
        "bizTransactionList": [{"type": "po", "bizTransaction": "urn:x:po"}, {"bizTransaction": "urn:x:2"}],
        "persistentDisposition": {"set": ["recalled", "urn:ex:odd"]},
        "certificationInfo": ["urn:x:a", "urn:x:b"],
        "errorDeclaration": {
            "declarationTime": "2026-01-02T00:00:00Z", "reason": "incorrect_data", "correctiveEventIDs": ["urn:x:3"],
            "ex:by": "me",
        },
    }  # fmt: skip


def test_sensor_attributes_become_members_of_their_types(tmp_path: Path) -> None:
    inner = (
        "<sensorElementList><sensorElement>"
        "<sensorMetadata time='2026-01-01T00:00:00Z' ex:of='x:y'><ex:more>1</ex:more></sensorMetadata>"
        "<sensorReport type='gs1:Temperature' exception='gs1:ALARM_CONDITION' component='cbv:Comp-x' value='26.0' sDev='?' "
        "booleanValue='1' stringValue='7'/><sensorReport type='gs1:New' booleanValue='perhaps'/><ex:a/>"
        "</sensorElement></sensorElementList>"
    )
    assert members(tmp_path, inner)["sensorElementList"] == [
        {
            "sensorMetadata": {"time": "2026-01-01T00:00:00Z", "ex:of": "x:y", "ex:more": "1"},
            "ex:a": "",
            "sensorReport": [
                {
                    "type": "Temperature", "exception": "ALARM_CONDITION", "component": "x", "value": 26, "sDev": "?",
                    "booleanValue": True, "stringValue": "7",
                },
                {"type": "gs1:New", "booleanValue": "perhaps"},
            ],
        }
    ]  # fmt: skip


def test_user_extensions_keep_their_structure_and_text(tmp_path: Path) -> None:
    inner = (
        "<ex:a>1</ex:a><ex:a>2</ex:a><ex:a>3</ex:a><ex:b xsi:type='xsd:int' plain='y' xmlns:xsi='urn:xsi'>4</ex:b>"
        "<ex:c><!-- no --><ex:d> 5 </ex:d><other xmlns='urn:default'>6</other></ex:c>"
    )
    assert members(tmp_path, inner) == {
        "ex:a": ["1", "2", "3"],
        "ex:b": {"#text": "4", "xsi:type": "xsd:int", "plain": "y"},
        "ex:c": {"ex:d": "5", "ns:other": "6"},
    }
    assert told(tmp_path, inner).names.declared == {"ex": "urn:ex:", "xsi": "urn:xsi", "ns": "urn:default"}


def test_master_data_and_names_of_epcis_need_no_declaration(tmp_path: Path) -> None:
    inner = (
        "<ilmd><m:lotNumber xmlns:m='urn:epcglobal:cbv:mda'>L</m:lotNumber>"
        "<cbvmda:size xmlns:cbvmda='urn:epcglobal:cbv:mda' epcis:of='x'>7</cbvmda:size></ilmd>"
    )
    assert members(tmp_path, inner) == {"ilmd": {"m:lotNumber": "L", "m:size": {"#text": "7", "of": "x"}}}
    one = told(tmp_path, inner.replace("m:lotNumber", "cbvmda:lotNumber").replace("xmlns:m=", "xmlns:cbvmda="))
    assert one.names.declared == {}
    assert "ilmd{urn:epcglobal:cbv:mda}lotNumber=L" in one.pre_hash


def test_prefixes_that_mean_two_things_are_told_apart(tmp_path: Path) -> None:
    inner = (
        "<ex:a>1</ex:a><ex:a xmlns:ex='urn:other:'>2</ex:a><gs1:b xmlns:gs1='urn:mine:'>3</gs1:b><ex:c>x:y</ex:c>"
        "<ex:d xmlns:x='urn:x:'>x:y</ex:d>"
    )
    one = told(tmp_path, inner)
    assert {name: value for name, value in one.members.items() if ":" in name} == {
        "ex:a": "1", "ex1:a": "2", "gs11:b": "3", "ex:c": "x:y", "ex:d": "x:y",
    }  # fmt: skip
    assert one.names.declared == {"ex": "urn:ex:", "ex1": "urn:other:", "gs11": "urn:mine:", "x": "urn:x:"}
    assert "{urn:other:}a=2" in one.pre_hash


def test_what_epcis_does_not_know_is_a_fault_and_kept(tmp_path: Path) -> None:
    inner = (
        "<madeUp>1</madeUp><action>ADD</action><action>DELETE</action><epcList><epc>urn:x:1</epc><odd/></epcList>"
        "<sensorElementList><ex:x/></sensorElementList>"
    )
    one = told(tmp_path, inner)
    assert one.members["madeUp"] == "1"
    assert one.members["action"] == "ADD"
    assert [fault.path.rpartition(".")[2] for fault in one.faults] == ["madeUp", "action", "epcList", "sensorElementList"]
    assert all(fault.grave for fault in one.faults)
    assert one.faults[0] in check_event(one)


def test_a_quantity_that_is_nil_is_left_out(tmp_path: Path) -> None:
    inner = (
        "<quantityList><quantityElement><epcClass>urn:x:c</epcClass><quantity xsi:nil='true' "
        "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'/><ex:more>1</ex:more></quantityElement></quantityList>"
    )
    assert members(tmp_path, inner) == {"quantityList": [{"epcClass": "urn:x:c", "ex:more": "1"}]}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("200.0", 200), (" 7 ", 7), ("-0.5", -0.5), ("1e3", 1000), ("twenty", "twenty"), ("", ""), ("1_0", "1_0"),
        ("0.12345678901234567890", "0.12345678901234567890"), ("1e999", "1e999"), ("1e20", 1e20),
        ("12345678901234567890", "12345678901234567890"),
    ],
)  # fmt: skip
def test_figures_become_numbers_where_a_number_holds_them(text: str, value: object) -> None:
    assert figure(text) == value
    assert type(figure(text)) is type(value)


def test_bare_events_custom_events_and_envelopes_are_read(tmp_path: Path) -> None:
    ours = "<e:ObjectEvent xmlns:e='urn:epcglobal:epcis:xsd:1'><e:action>ADD</e:action></e:ObjectEvent>"
    custom = "<ex:Happening xmlns:ex='urn:ex:'><action>ADD</action></ex:Happening>"
    soap = (
        "<s:Envelope xmlns:s='urn:soap'><s:Body><q:QueryResults xmlns:q='urn:epcglobal:epcis-query:xsd:1'><resultsBody>"
        "<EventList><ObjectEvent><action>ADD</action></ObjectEvent></EventList></resultsBody></q:QueryResults></s:Body></s:Envelope>"
    )
    for text, kind, path in (
        (ours, "ObjectEvent", ""), (document(custom), "ex:Happening", "epcisBody.eventList[0]"),
        (soap, "ObjectEvent", "epcisBody.queryResults.resultsBody.eventList[0]"),
        (f"<ex:MyEvent xmlns:ex='urn:ex:'>{TIME}</ex:MyEvent>", "ex:MyEvent", ""),
    ):  # fmt: skip
        file = open_document(saved(tmp_path, text))
        (one,) = file
        assert (one.members["type"], one.path, file.bare, file.done) == (kind, path, not path, file.size)


def test_exact_bytes_of_each_event_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events = [f"<ObjectEvent>\n <ex:a>ü{number}</ex:a></ObjectEvent >" for number in range(30)]
    for chunk in (7, 64, 1 << 16):
        monkeypatch.setattr(xml_stream, "CHUNK", chunk)
        assert [one.raw.decode() for one in open_document(saved(tmp_path, document("\n".join(events))))] == events
    data = document("".join(events)).encode("utf-16")
    assert [one.members["ex:a"] for one in open_document(saved(tmp_path, data))] == [f"ü{number}" for number in range(30)]


def test_fields_to_ignore_are_those_of_the_document(tmp_path: Path) -> None:
    head = "<r:ignoreFields><ex:a/><ex:b/></r:ignoreFields>"
    more = " xmlns:r='urn:repo:'"
    one = told(tmp_path, "<ex:a>1</ex:a><ex:c>3</ex:c>", head=head, more=more)
    assert one.pre_hash.endswith("{urn:ex:}c=3")
    assert one.members["r:ignoreFields"] == ["ex:a", "ex:b"]
    assert "r:ignoreFields" not in told(tmp_path, "<ex:c>3</ex:c>", head=head, more=more).members


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<!DOCTYPE a><a/>", "document type"), ("<a>", "not XML"), ("<a></b>", "not XML"), ("<a/>", "no EPCIS document"),
        ("<?xml version='1.0' encoding='no-such'?><a/>", "not XML"), ("<a>&undefined;</a>", "not XML"),
        (f"{ROOT}><EPCISBody><Poll/></EPCISBody></epcis:EPCISDocument>", "holds no events"),
        ("<a>" * 100, "nested deeper"), (document("<ObjectEvent>" + "<ex:a>" * 80), "nested deeper"),
    ],
)  # fmt: skip
def test_other_xml_is_refused_with_a_sentence(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        list(open_document(saved(tmp_path, text)))


def test_an_empty_list_of_events_is_a_document_without_events(tmp_path: Path) -> None:
    assert list(open_document(saved(tmp_path, document("")))) == []


def test_events_that_are_too_large_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_stream, "MOST_ELEMENTS", 5)
    with pytest.raises(BadInput, match="elements"):
        told(tmp_path, "<ex:a/>" * 9)
    monkeypatch.setattr(xml_stream, "LARGEST_EVENT", 100)
    monkeypatch.setattr(xml_stream, "CHUNK", 64)
    with pytest.raises(BadInput, match="more than"):
        told(tmp_path, "<ex:a>" + "x" * 500 + "</ex:a>")
