"""Documents that are written: prefixes that mean two things, and those that the EPCIS context keeps for itself."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chain import epcis
from chain.journey import Event

AT = datetime(2026, 1, 1, tzinfo=UTC)
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


def event(extensions: dict[str, Any], namespaces: dict[str, str]) -> Event:
    return Event("urn:x:1", "ObjectEvent", "OBSERVE", AT, epcs=("urn:x:2",), extensions=extensions, namespaces=namespaces)


def body(document: dict[str, Any]) -> list[dict[str, Any]]:
    return list(document["epcisBody"]["eventList"])


def test_prefixes_stand_in_the_documents_context_where_all_events_mean_the_same() -> None:
    events = [event({"a:x": 1}, {"a": "urn:a:", "b": "urn:b:"}), event({"b:x": 1}, {"b": "urn:other:"})]
    document = epcis.document(events, AT)
    assert document["@context"] == [CONTEXT, {"a": "urn:a:"}]
    assert [one.get("@context") for one in body(document)] == [[{"b": "urn:b:"}], [{"b": "urn:other:"}]]
    assert document["creationDate"] == "2026-01-01T00:00:00.000Z"
    assert epcis.document([])["@context"] == [CONTEXT]


def test_prefixes_of_the_epcis_context_are_left_alone() -> None:
    mine = event(
        {"gs1:x": {"gs1:y": ["gs1:z", {"gs1:w": 1}], "a:b": 1}, "cbvmda:lot": "L", "rdfs:comment": "c"},
        {
            "gs1": "urn:mine:",
            "gs11": "urn:a:",
            "cbvmda": "urn:epcglobal:cbv:mda:",
            "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        },
    )
    document = epcis.document([mine])
    assert document["@context"] == [CONTEXT, {"gs12": "urn:mine:", "gs11": "urn:a:", "cbvmda": "urn:epcglobal:cbv:mda:"}]
    (written,) = body(document)
    assert written["gs12:x"] == {"gs12:y": ["gs1:z", {"gs12:w": 1}], "a:b": 1}
    assert epcis.bare_event(mine)["@context"] == document["@context"]


def test_a_stream_has_one_event_a_line_and_is_a_document(tmp_path: Path) -> None:
    events = [event({"a:x": number}, {"a": "urn:a:"}) for number in range(3)]
    file = io.BytesIO()
    assert epcis.write(iter(events), file, AT) == 3
    lines = file.getvalue().splitlines()
    assert len(lines) == 5
    whole = json.loads(file.getvalue())
    assert [one["a:x"] for one in body(whole)] == [0, 1, 2]
    (tmp_path / "d.json").write_bytes(file.getvalue())
    assert [epcis.event_of(told) for told in epcis.open_document(tmp_path / "d.json")] == events


def test_a_transformation_has_no_action() -> None:
    made = Event("", "TransformationEvent", "ADD", AT, inputs=("urn:x:1",), outputs=("urn:x:2",))
    assert "action" not in epcis.members_of(made)
