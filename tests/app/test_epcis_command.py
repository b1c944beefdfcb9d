"""`wayproof epcis check` and `wayproof epcis hash`: lines, JSON lines, exit statuses."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from app.commands import epcis_command
from chain.errors import BadInput

EVENT: dict[str, Any] = {
    "type": "ObjectEvent", "eventID": "urn:uuid:1", "eventTime": "2026-01-01T00:00:00Z", "eventTimeZoneOffset": "+00:00",
    "action": "OBSERVE", "epcList": ["urn:epc:id:sgtin:0614141.107346.2017"],
}  # fmt: skip
DOCUMENT: dict[str, Any] = {
    "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"], "type": "EPCISDocument",
    "schemaVersion": "2.0",
    "creationDate": "2026-01-01T00:00:00Z", "epcisBody": {"eventList": [EVENT, EVENT | {"action": "ADD"}]},
}  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "document.json"
    path.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    return path


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    path = tmp_path / "wrong.json"
    bad = EVENT | {"bizStep": "transforming", "id": "urn:uuid:2"}
    path.write_text(json.dumps(DOCUMENT | {"epcisBody": {"eventList": [EVENT, bad]}}), encoding="utf-8")
    return path


def run(command: str, *files: Path, capsys: pytest.CaptureFixture[str], **options: bool) -> tuple[int, list[str], str]:
    called = Namespace(**({"json": False, "files": list(files)} | options))
    status = getattr(epcis_command, command)(called)
    said = capsys.readouterr()
    return status, said.out.splitlines(), said.err


def test_hash_prints_one_uri_a_line_in_document_order(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, lines, said = run("hash", file, capsys=capsys)
    assert (status, said) == (0, "")
    assert len(lines) == len(set(lines)) == 2
    assert all(line.startswith("ni:///sha-256;") and line.endswith("?ver=CBV2.0") for line in lines)


def test_hash_as_json_has_the_event_its_id_and_if_wanted_the_hashed_text(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, lines, _ = run("hash", file, capsys=capsys, json=True, prehash=True)
    rows = [json.loads(line) for line in lines]
    assert status == 0
    assert [(row["event"], row["id"]) for row in rows] == [(0, "urn:uuid:1"), (1, "urn:uuid:1")]
    assert all(row["prehash"].startswith("eventType=ObjectEvent") for row in rows)
    _, lines, _ = run("hash", file, capsys=capsys, prehash=True)
    assert lines[1] == rows[0]["prehash"]


def test_check_of_a_right_document_says_so(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, lines, _ = run("check", file, capsys=capsys)
    assert status == 0
    assert lines == [f"{file} is valid: 2 events, 0 faults, 0 remarks"]


def test_check_names_each_fault_and_remark_and_ends_with_status_1(
    file: Path, wrong: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, lines, _ = run("check", wrong, file, capsys=capsys, json=True)
    rows = [json.loads(line) for line in lines]
    assert status == 1
    assert {(row["path"], row["grave"]) for row in rows if "path" in row} == {
        ("epcisBody.eventList[1].bizStep", True),
        ("epcisBody.eventList[1].id", False),
    }
    summaries = [row for row in rows if "valid" in row]
    assert [(row["valid"], row["events"], row["faults"], row["remarks"]) for row in summaries] == [
        (False, 2, 1, 1),
        (True, 2, 0, 0),
    ]
    _, lines, _ = run("check", wrong, capsys=capsys)
    assert [line.split()[0] for line in lines] == ["fault", "remark", str(wrong)]


def test_one_file_may_be_named_alone(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert epcis_command.check(Namespace(json=False, file=file)) == 0
    assert "is valid" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["check", "hash"])
def test_what_is_no_document_is_refused(tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")
    for path in (broken, tmp_path / "missing.json", tmp_path):
        with pytest.raises(BadInput):
            run(command, path, capsys=capsys)


def test_a_large_document_shows_its_progress(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(epcis_command, "LARGE", 100)
    status, lines, said = run("hash", file, capsys=capsys)
    assert (status, len(lines)) == (0, 2)
    assert f"{file}: " in said
