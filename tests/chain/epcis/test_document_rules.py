"""What stands around the events of a document, judged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chain.epcis import Fault, check_event, faults_of, open_document, valid
from tests.chain.epcis.samples import OBJECT, changed

DOCUMENT: dict[str, Any] = {
    "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"ex": "https://ns.example.com/epcis/"}],
    "id": "https://id.example.org/document1",
    "type": "EPCISDocument",
    "schemaVersion": "2.0",
    "creationDate": "2026-01-01T00:00:00Z",
    "sender": "urn:x:1",
    "receiver": "urn:x:1",
    "instanceIdentifier": "7",
    "epcisHeader": {
        "epcisMasterData": {
            "vocabularyList": [
                {
                    "type": "urn:epcglobal:epcis:vtype:EPCClass",
                    "vocabularyElementList": [
                        {"id": "urn:x:1", "attributes": [{"id": "urn:x:name", "attribute": "n"}], "children": ["urn:x:2"]}
                    ],
                }
            ]
        },
        "ex:header": 1,
    },
    "epcisBody": {"eventList": [OBJECT]},
    "ex:more": 1,
}
ANSWER: dict[str, Any] = {
    "@context": DOCUMENT["@context"],
    "type": "EPCISQueryDocument",
    "epcisBody": {"queryResults": {"queryName": "q", "subscriptionID": "s", "resultsBody": {"eventList": [OBJECT]}}},
}


def of_document(path: Path, value: Any) -> list[Fault]:
    file = path / "d.json"
    file.write_text(json.dumps(value), encoding="utf-8")
    return list(faults_of(open_document(file)))


def test_right_documents_have_no_fault(tmp_path: Path) -> None:
    single = changed(DOCUMENT, "epcisBody", {"event": OBJECT})
    for value in (DOCUMENT, ANSWER, single, {"@context": DOCUMENT["@context"][0], **OBJECT}):
        assert of_document(tmp_path, value) == []


@pytest.mark.parametrize(
    ("document", "path", "value"),
    [
        (DOCUMENT, "@context", ...),
        (DOCUMENT, "@context", [7]),
        (DOCUMENT, "@context", ["x"]),
        (DOCUMENT, "@context", ["urn:x:1", "urn:x:1"]),
        (DOCUMENT, "type", ...),
        (DOCUMENT, "type", "Other"),
        (DOCUMENT, "schemaVersion", ...),
        (DOCUMENT, "schemaVersion", 2.0),
        (DOCUMENT, "schemaVersion", "two"),
        (DOCUMENT, "schemaVersion", "2..0"),
        (DOCUMENT, "creationDate", ...),
        (DOCUMENT, "creationDate", "yesterday"),
        (DOCUMENT, "id", "1"),
        (DOCUMENT, "id", 1),
        (DOCUMENT, "sender", 1),
        (DOCUMENT, "instanceIdentifier", 7),
        (DOCUMENT, "more", 1),
        (DOCUMENT, "epcisBody", ...),
        (DOCUMENT, "epcisBody", {}),
        (DOCUMENT, "epcisBody", 7),
        (DOCUMENT, "epcisBody.eventList", {}),
        (DOCUMENT, "epcisBody.eventList[0].action", "x"),
        (DOCUMENT, "epcisHeader", 7),
        (DOCUMENT, "epcisHeader.more", 1),
        (DOCUMENT, "epcisHeader.epcisMasterData", 7),
        (DOCUMENT, "epcisHeader.epcisMasterData.vocabularyList[0].type", ...),
        (DOCUMENT, "epcisHeader.epcisMasterData.vocabularyList[0].vocabularyElementList[0].id", "x"),
        (DOCUMENT, "epcisHeader.epcisMasterData.vocabularyList[0].vocabularyElementList[0].children[0]", "x"),
        (DOCUMENT, "epcisHeader.epcisMasterData.vocabularyList[0].vocabularyElementList[0].attributes[0].id", "x"),
        (ANSWER, "@context", ...),
        (ANSWER, "epcisBody.queryResults", ...),
        (ANSWER, "epcisBody.queryResults.queryName", ...),
        (ANSWER, "epcisBody.queryResults.queryName", 7),
        (ANSWER, "epcisBody.queryResults.resultsBody", ...),
        (ANSWER, "epcisBody.queryResults.resultsBody.eventList", ...),
        (ANSWER, "epcisBody.queryResults.resultsBody.eventList[0].type", "x"),
    ],
)
def test_a_wrong_document_is_invalid_and_the_fault_says_where(
    tmp_path: Path, document: dict[str, Any], path: str, value: Any
) -> None:
    found = [fault for fault in of_document(tmp_path, changed(document, path, value)) if fault.grave]
    assert found
    assert any(fault.path.startswith(path.partition("[")[0].partition(".")[0]) for fault in found)


@pytest.mark.parametrize(("path", "value"), [("id", "_:document1"), ("@context", {"ex": "urn:x:"}), ("sender", "me")])
def test_some_of_a_documents_oddities_are_remarks(tmp_path: Path, path: str, value: Any) -> None:
    found = of_document(tmp_path, changed(DOCUMENT, path, value))
    assert found
    assert valid(found)


def test_an_event_alone_needs_a_context_of_its_own(tmp_path: Path) -> None:
    assert [fault.path for fault in of_document(tmp_path, OBJECT)] == ["@context"]


@pytest.mark.parametrize(
    ("root", "attributes", "grave"),
    [
        ("EPCISDocument", "schemaVersion='2.0' creationDate='2026-01-01T00:00:00Z'", []),
        ("EPCISDocument", "schemaVersion='two'", ["schemaVersion", "creationDate"]),
        ("EPCISQueryDocument", "schemaVersion='2.0'", []),
        ("Envelope", "", []),
    ],
)
def test_attributes_of_an_xml_document_are_judged(tmp_path: Path, root: str, attributes: str, grave: list[str]) -> None:
    file = tmp_path / "d.xml"
    file.write_text(f"<{root} {attributes}><EventList/></{root}>", encoding="utf-8")
    assert [fault.path for fault in faults_of(open_document(file)) if fault.grave] == grave


def test_an_events_own_context_is_heeded(tmp_path: Path) -> None:
    event = {**OBJECT, "@context": [{"mine": "urn:mine:"}], "mine:a": 1}
    file = tmp_path / "d.json"
    file.write_text(json.dumps(changed(DOCUMENT, "epcisBody.eventList", [event])), encoding="utf-8")
    (told,) = open_document(file)
    assert check_event(told) == []
