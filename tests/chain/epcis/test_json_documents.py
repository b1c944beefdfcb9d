"""JSON documents as streams: cut exactly, judged strictly, never more than one event in memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chain.epcis import json_stream, open_document
from chain.epcis.json_stream import JsonDocument
from chain.errors import BadInput

HEAD: dict[str, Any] = {"@context": [{"ex": "urn:ex:"}], "type": "EPCISDocument", "schemaVersion": "2.0"}
EVENT = {"type": "ObjectEvent", "eventTime": "2026-01-01T00:00:00Z"}
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(max_size=8)
    | st.sampled_from(['"}{', "\\", "\\\\", '\\"', "[{"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4) | st.just("eventList"), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(max_size=4), JSON, max_size=3)


def saved(path: Path, text: str | bytes) -> Path:
    file = path / "document.json"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def members(file: Path) -> list[Any]:
    return [dict(told.members) for told in JsonDocument(file)]


@FEW
@given(
    events=st.lists(OBJECTS, max_size=4), before=OBJECTS, after=OBJECTS, indent=st.sampled_from([None, 1]),
    chunk=st.integers(1, 40), query=st.booleans(), large=st.booleans(),
)  # fmt: skip
def test_events_are_cut_out_wherever_chunks_end(
    tmp_path: Path,
    events: list[Any],
    before: dict[str, Any],
    after: dict[str, Any],
    indent: int | None,
    chunk: int,
    query: bool,
    large: bool,
) -> None:
    body: dict[str, Any] = {"eventList": events}
    path = "epcisBody.eventList"
    if query:
        body = {"queryResults": {"queryName": "q", "resultsBody": body}}
        path = "epcisBody.queryResults.resultsBody.eventList"
    rest = {name: value for name, value in after.items() if name not in before}
    whole = {**before, "epcisBody": body, **rest}
    text = json.dumps(whole, indent=indent)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(json_stream, "CHUNK", chunk)
        patched.setattr(json_stream, "SMALL", 0 if large else 1 << 20)
        document = JsonDocument(saved(tmp_path, text))
        told = list(document)
    assert [dict(one.members) for one in told] == events
    assert [json.loads(one.raw) for one in told] == events
    assert [one.path for one in told] == [f"{path}[{number}]" for number in range(len(events))]
    body["queryResults" if query else "eventList"] = {"queryName": "q", "resultsBody": {"eventList": []}} if query else []
    assert document.head == whole
    assert document.done == document.size


@FEW
@given(
    events=st.lists(OBJECTS, min_size=1, max_size=3),
    at=st.integers(0, 200),
    junk=st.binary(min_size=1, max_size=3),
    small=st.sampled_from([0, 1 << 20]),
)
def test_a_damaged_document_is_refused_or_read_as_json_reads_it(
    tmp_path: Path, events: list[Any], at: int, junk: bytes, small: int
) -> None:
    text = json.dumps(HEAD | {"epcisBody": {"eventList": events}}).encode()
    at = at % len(text)
    damaged = text[:at] + junk + text[at + len(junk) :]
    try:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(json_stream, "SMALL", small)
            found = members(saved(tmp_path, damaged))
    except BadInput:
        return
    value = json.loads(damaged.removeprefix(b"\xef\xbb\xbf"))
    body = value.get("epcisBody") if isinstance(value, dict) else None
    assert found == (body["eventList"] if isinstance(body, dict) and isinstance(body.get("eventList"), list) else found)


@pytest.mark.parametrize(
    "text",
    [
        '{"epcisBody":{"eventList":[{}', '{"epcisBody":{"eventList":[{},]}}', '{"epcisBody":{"eventList":[{} {}]}}',
        '{"epcisBody":{"eventList":[,{}]}}', '{"epcisBody":{"eventList":[1,2]}}', '{"epcisBody":{"eventList":[[]]}}',
        '{"epcisBody":{"eventList":[{"a":1]]}}', '{"epcisBody":{"eventList":[{}]}', '{"epcisBody":{"eventList":[{}]}}}',
        '{"epcisBody":{"eventList":["}', '[{"type":"ObjectEvent"}]', "[]", '{"a":1}', "{", "}", '{"type":"x"', '"x',
        '{"epcisBody":{"eventList":[{}]},"epcisBody":{"eventList":[', '{"epcisBody":{"eventList":[{"a":NaN}]}}',
        '{"epcisBody":{"eventList":[{"a":1e400}]}}', '{"epcisBody":{"eventList":[{"a":"\\ud800"}]}}', "[" * 100_000,
        '{"a":' * 5000, '{"epcisBody":{"eventList":[' + '{"a":' * 5000, '{"epcisBody":{"eventList":[{"a":"\\',
        '{"epcisBody":{"eventList":[{"a":12345678901234567890123}]}}',
        '{"epcisBody":{"eventList":[{"a":0.12345678901234567890123}]}}',
    ],
)  # fmt: skip
@pytest.mark.parametrize("small", [0, 1 << 20])
def test_what_is_no_document_is_refused_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: int, text: str
) -> None:
    monkeypatch.setattr(json_stream, "SMALL", small)
    with pytest.raises(BadInput) as caught:
        members(saved(tmp_path, text))
    assert len(caught.value.words) > 10


def test_numbers_that_json_keeps_are_kept(tmp_path: Path) -> None:
    event = EVENT | {
        "ex:a": 9007199254740993,
        "ex:b": 0.1234567890123456,
        "ex:c": -9223372036854775808,
        "ex:d": "1234567890123456789012",
    }
    file = saved(tmp_path, json.dumps(HEAD | {"epcisBody": {"eventList": [event]}}))
    assert members(file) == [event]


def test_a_name_that_stands_twice_is_said_and_the_last_counts(tmp_path: Path) -> None:
    text = json.dumps(HEAD | {"epcisBody": {"eventList": [{}]}}).replace("[{}]", '[{"eventID":"urn:a:1","eventID":"urn:a:2"}]')
    (told,) = JsonDocument(saved(tmp_path, text))
    assert told.members == {"eventID": "urn:a:2"}
    assert [(fault.path, fault.grave) for fault in told.faults] == [("epcisBody.eventList[0]", False)]


def test_a_context_behind_the_events_is_theirs_too(tmp_path: Path) -> None:
    text = json.dumps({"epcisBody": {"eventList": [EVENT | {"ex:a": "1"}]}} | HEAD)
    (told,) = JsonDocument(saved(tmp_path, text))
    assert told.pre_hash.endswith("{urn:ex:}a=1")


def test_fields_that_a_repository_says_it_added_are_left_out_of_the_hash(tmp_path: Path) -> None:
    events = [EVENT | {"ex:a": "1"}, EVENT, EVENT | {"repo:hash": "x"}]
    head = HEAD | {"@context": [{"ex": "urn:ex:", "repo": "urn:repo:"}], "repo:ignoreFields": ["ex:a"]}
    told = list(JsonDocument(saved(tmp_path, json.dumps(head | {"epcisBody": {"eventList": events}}))))
    assert len({one.hash for one in told}) == 1
    assert ["repo:ignoreFields" in one.members for one in told] == [True, False, True]


def test_one_event_alone_or_in_a_body_is_read(tmp_path: Path) -> None:
    for value, path, bare in ((EVENT, "", True), (HEAD | {"epcisBody": {"event": EVENT}}, "epcisBody.event", False)):
        document = open_document(saved(tmp_path, b"\xef\xbb\xbf \n" + json.dumps(value).encode()))
        (told,) = document
        assert (told.members, told.path, document.bare, document.done) == (EVENT, path, bare, document.size)
    document = open_document(saved(tmp_path, '{"eventTime":"2026"}'))
    assert [one.members for one in document] == [{"eventTime": "2026"}]


def test_a_document_without_events_is_read_as_one(tmp_path: Path) -> None:
    for value in (HEAD, HEAD | {"epcisBody": {}}, HEAD | {"epcisBody": {"eventList": {}}}):
        document = open_document(saved(tmp_path, json.dumps(value)))
        assert list(document) == []
        assert document.head == value


def test_what_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "LARGEST_EVENT", 200)
    monkeypatch.setattr(json_stream, "SMALL", 0)
    monkeypatch.setattr(json_stream, "CHUNK", 64)
    long = {"ex:a": "x" * 300}
    for value in (
        {"epcisBody": {"eventList": [long]}}, {"epcisBody": {"eventList": []}, **long},
        {**long, "ex:b": "x" * 300, "epcisBody": {}},
    ):  # fmt: skip
        with pytest.raises(BadInput, match="more than"):
            members(saved(tmp_path, json.dumps(value)))
    monkeypatch.setattr(json_stream, "MOST_BRACKETS", 5)
    with pytest.raises(BadInput, match="too much"):
        members(saved(tmp_path, '{"a":[[],[],[],[]]}'))


@pytest.mark.parametrize(
    ("data", "words"), [(b"", "empty"), (b" \n", "empty"), (b"ISO-10303;", "neither"), (b"PK\3\4", "neither")]
)
def test_other_files_are_refused(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        open_document(saved(tmp_path, data))
    with pytest.raises(BadInput, match="cannot be read"):
        open_document(tmp_path / "missing.json")
    with pytest.raises(BadInput, match="cannot be read"):
        open_document(tmp_path)
