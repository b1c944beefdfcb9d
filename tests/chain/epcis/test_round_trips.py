"""Writing, reading and hashing belong together: an event is the same event however it was written."""

from __future__ import annotations

import io
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chain import epcis
from chain.epcis import Names
from chain.epcis.hashing import hash_of_members
from chain.journey import Event
from tests.chain.epcis import as_xml
from tests.chain.epcis.strategies import events

FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


def read(data: bytes, path: Path) -> list[epcis.Told]:
    path.write_bytes(data)
    return list(epcis.open_document(path))


@FEW
@given(several=st.lists(events(), max_size=3))
def test_a_written_document_is_read_as_the_same_events(tmp_path: Path, several: list[Event]) -> None:
    file = io.BytesIO()
    assert epcis.write(several, file) == len(several)
    for data in (file.getvalue(), orjson.dumps(epcis.document(several))):
        told = read(data, tmp_path / "d.json")
        assert [epcis.event_of(one) for one in told] == several
        assert [one.hash for one in told] == [epcis.hash_of(event) for event in several]
        assert [one.raw for one in told] == [one.raw for one in told if orjson.loads(one.raw) == one.members]
        document = epcis.open_document(tmp_path / "d.json")
        assert [fault for fault in epcis.faults_of(document) if fault.grave] == []


@FEW
@given(event=events())
def test_a_bare_event_is_read_as_the_same_event(tmp_path: Path, event: Event) -> None:
    (told,) = read(orjson.dumps(epcis.bare_event(event)), tmp_path / "e.json")
    assert epcis.event_of(told) == event
    assert epcis.valid(epcis.check_event(told))


@FEW
@given(event=events())
def test_the_fields_that_a_commitment_binds_give_the_event_back(event: Event) -> None:
    fields = epcis.fields_of(event)
    assert epcis.event_of_fields(fields) == event
    assert epcis.event_of_fields(orjson.loads(orjson.dumps(fields))) == event


@FEW
@given(event=events(), version=st.sampled_from(["1.2", "2.0"]))
def test_xml_of_an_event_has_the_hash_of_its_json(tmp_path: Path, event: Event, version: str) -> None:
    (told,) = read(as_xml.document([event], version), tmp_path / "d.xml")
    assert told.faults == ()
    assert told.pre_hash == epcis.pre_hash_of(event)
    assert epcis.hash_of(epcis.event_of(told)) == epcis.hash_of(event)
    assert told.raw.startswith(b"<" + event.kind.encode())
    assert told.raw.endswith(b"</" + event.kind.encode() + b">")
    assert [fault for fault in epcis.faults_of(epcis.open_document(tmp_path / "d.xml")) if fault.grave] == []


def shuffled(value: Any, chance: random.Random) -> Any:
    """The same JSON with members and list elements in another order."""
    if isinstance(value, Mapping):
        rows = list(value.items())
        chance.shuffle(rows)
        return {name: shuffled(one, chance) for name, one in rows}
    if isinstance(value, list):
        rows = [shuffled(one, chance) for one in value]
        chance.shuffle(rows)
        return rows
    return value


@FEW
@given(event=events(), seed=st.integers(0, 2**32))
def test_order_does_not_change_the_hash(event: Event, seed: int) -> None:
    members = shuffled(epcis.members_of(event), random.Random(seed))
    assert hash_of_members(members, Names(event.namespaces)) == epcis.hash_of(event)


@FEW
@given(event=events())
def test_other_prefixes_do_not_change_the_hash(event: Event) -> None:
    text = orjson.dumps(epcis.members_of(event)).replace(b'"ext1:', b'"other:')
    other = {"other" if prefix == "ext1" else prefix: space for prefix, space in event.namespaces.items()}
    assert hash_of_members(orjson.loads(text), Names(other)) == epcis.hash_of(event)


@FEW
@given(event=events())
def test_what_takes_no_part_does_not_change_the_hash(event: Event) -> None:
    bare = replace(event, event_id="", record_time=None, error=None)
    assert epcis.hash_of(bare) == epcis.hash_of(event)


@FEW
@given(event=events(), other=events())
def test_anything_else_changes_the_hash(event: Event, other: Event) -> None:
    members, others = (epcis.pre_hash_of(one) for one in (event, other))
    assert (epcis.hash_of(event) == epcis.hash_of(other)) == (members == others)
    later = replace(event, event_time=event.event_time + timedelta(milliseconds=1))
    assert epcis.hash_of(later) != epcis.hash_of(event)
    assert epcis.hash_of(replace(event, extensions={**event.extensions, "ext9:more": "1"})) != epcis.hash_of(event)


@FEW
@given(event=events())
def test_an_event_without_an_id_is_identified_by_its_hash(event: Event) -> None:
    named = epcis.identified(event)
    assert named.event_id == (event.event_id or epcis.hash_of(event))
    assert epcis.identified(named) == named


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(several=st.lists(events(), min_size=1, max_size=3))
def test_written_documents_satisfy_the_schema_of_gs1(official: Any, several: list[Event]) -> None:
    file = io.BytesIO()
    epcis.write(several, file)
    for value in (epcis.document(several), orjson.loads(file.getvalue()), epcis.bare_event(several[0])):
        assert [error.message for error in official.iter_errors(orjson.loads(orjson.dumps(value)))] == []
