"""Receipts verify on a machine that has nothing else; a changed one never does; lists have no formulas in them."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cli import main
from app.demo.cast import glns
from app.desk import audit, receipt, trail_check
from app.desk.desk import Desk, Finished
from app.desk.notes import Note, NoteLine
from app.desk.papers import as_csv, as_pdf, audit_export, signed_receipt
from app.desk.tasks import Task
from app.station import Station
from chain import gs1
from chain.errors import BadProof
from chain.evidence import Trust
from chain.keys import SigningKey, derive
from chain.policy import Situation
from chain.verdict import Code, Kind
from tests.app.desk.yard import DRUG, MAKER, Yard


@pytest.fixture
def done(desk: Desk, yard: Yard) -> Finished:
    desk.begin(Task.RECEIVE, note=Note("DN-1", (NoteLine(1, gtin=DRUG.gtin, lot="L1", quantity=3),)))
    for item in yard.coming[:2]:
        desk.scan(gs1.digital_link(item))
    desk.scan("=HYPERLINK(1)")
    return desk.finish()


def verdict(station: Station, data: bytes):  # type: ignore[no-untyped-def]
    trust = station.trust
    assert isinstance(trust, Trust)
    return receipt.verify(data, trust, Situation(datetime.now(UTC)))


def test_a_receipt_says_who_signed_it_and_what_came(desk: Desk, station: Station, done: Finished) -> None:
    data = signed_receipt(desk, done)
    found = verdict(station, data)
    checks = {one.check: one.outcome.value for one in found.findings}
    assert checks["file"] == checks["signer"] == checks["events"] == "PASS"
    assert found.kind in (Kind.GENUINE, Kind.UNKNOWN)
    assert receipt.summary(data) == "Receipt by Linden Pharmacy of delivery note DN-1, 2 of 3 came, 1 refused."
    assert receipt.summary(receipt.write({"counts": 3}, derive(bytes(range(32)), "k"))) == ""
    told = receipt.read(data).told
    assert told["note"] == "DN-1"
    assert told["receiver"]["name"] == "Linden Pharmacy"
    assert [(one["ordered"], len(one["came"]), one["missing"]) for one in told["lines"]] == [(3, 2, 1)]


def test_a_changed_receipt_is_refused(desk: Desk, station: Station, done: Finished) -> None:
    data = signed_receipt(desk, done)
    parts = data.split(b"\n")
    told = orjson.loads(parts[1])
    told["lines"][0]["missing"] = 0
    softer = orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
    assert verdict(station, data.replace(parts[1], softer)).kind is Kind.REJECTED
    proof = base64.b64decode(parts[3])
    other = derive(bytes(range(32)), "a stranger")
    forged = receipt.write(told, other, proof)
    assert verdict(station, forged).code is Code.BAD_SIGNATURE
    told["receiver"] = {"gln": "9521000000018", "name": "Alba Pharma"}
    key = station.network().keys.device("9521000000315")
    assert verdict(station, receipt.write(told, key, proof)).code is Code.BAD_SIGNATURE
    assert verdict(station, receipt.write(told, key)).kind is Kind.UNKNOWN
    for bad in (b"", data[:-1], data + b"\n", data.replace(b"1\n", b"2\n", 1), data.upper()):
        with pytest.raises(BadProof):
            receipt.read(bad)
        assert verdict(station, bad).kind is Kind.REJECTED


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_flipped_byte_leaves_a_receipt_good(told: st.DataObject) -> None:
    data = receipt.write({"a": [1, "x"], "events": []}, derive(bytes(range(32)), "k"), b"proof")
    place = told.draw(st.integers(0, len(data) - 1))
    changed = bytearray(data)
    changed[place] ^= told.draw(st.integers(1, 255))
    try:
        opened = receipt.read(bytes(changed))
    except BadProof:
        return
    assert (opened.signer, opened.told) != (derive(bytes(range(32)), "k").address, {"a": [1, "x"], "events": []}) or (
        opened.proof != b"proof"
    )


def test_a_list_has_no_formulas_and_prints(done: Finished) -> None:
    rows = list(csv.reader(io.StringIO(as_csv(done).decode())))
    assert len(rows) == 4
    assert rows[3][3] == "'=HYPERLINK(1)"
    assert as_pdf(done, "Receipt <b>DN-1</b>").startswith(b"%PDF")


def test_the_command_line_verifies_a_receipt_with_a_trust_pack_alone(
    desk: Desk, station: Station, done: Finished, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "dn.receipt"
    path.write_bytes(signed_receipt(desk, done))
    call = ["verify", str(path), "--trust", str(station.profile / "trust.json"), "--profile", str(tmp_path / "none"), "--json"]
    assert main(call) == 0
    row = orjson.loads(capsys.readouterr().out)
    assert (row["verdict"], row["item"]) == ("GENUINE", None)
    path.write_bytes(path.read_bytes().replace(b"DN-1", b"DN-2"))
    assert main(call) == 1
    assert orjson.loads(capsys.readouterr().out)["code"] == "BAD_SIGNATURE"


def without(line: int) -> Callable[[list[bytes]], list[bytes]]:
    return lambda lines: [*lines[:line], *lines[line + 1 :]]


@pytest.mark.parametrize(
    ("change", "code", "status", "why"),
    [
        (list, "OK", 0, "The chain of acts is whole: 3 of 3"),
        (lambda lines: [lines[0], lines[1].replace(b"finished", b"fin1shed"), *lines[2:]], "TAMPERED", 1, "broken at row 2"),
        (without(0), "TAMPERED", 1, "broken at row 1"),
        (without(1), "TAMPERED", 1, "broken at row 2"),
        (without(2), "TAMPERED", 1, "about other rows"),
        (without(3), "TAMPERED", 1, "rows may have been cut off"),
        (lambda lines: [lines[0] + b" ", *lines[1:]], "TAMPERED", 1, "broken at row 1"),
        (lambda lines: [b"x", *lines], "TAMPERED", 1, "Line 1 of the audit trail is not JSON"),
    ],
)
def test_the_command_line_says_whether_the_chain_of_acts_is_whole(
    desk: Desk,
    station: Station,
    done: Finished,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[list[bytes]], list[bytes]],
    code: str,
    status: int,
    why: str,
) -> None:
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b"\n".join(change(audit_export(desk).splitlines())) + b"\n")
    call = ["verify", str(path), "--trust", str(station.profile / "trust.json"), "--profile", str(tmp_path / "none")]
    assert main([*call, "--json"]) == status
    row = orjson.loads(capsys.readouterr().out)
    assert (row["code"], row["item"]) == (code, None)
    assert row["findings"][0]["check"] == "chain"
    assert why in row["findings"][0]["why"]
    assert main(call) == status
    told = capsys.readouterr().out
    assert ("the chain of acts is whole" in told) is (status == 0)


def test_a_trail_that_was_made_anew_needs_the_device_of_its_station(desk: Desk, station: Station, done: Finished) -> None:
    trust = station.trust
    assert isinstance(trust, Trust)
    rows, now = desk.trail.acts(), Situation(datetime.now(UTC))
    proof = audit.read(audit_export(desk)).proof
    stranger, maker = derive(bytes(range(32)), "a stranger"), station.network().keys.device(glns(MAKER))

    def said(key: SigningKey, proof: bytes = b"") -> tuple[Kind, Code]:
        found = trail_check.verify(b"".join(audit.export(rows, key, proof)), trust, now)
        return found.kind, found.code

    assert said(stranger) == (Kind.UNKNOWN, Code.NO_EVIDENCE)
    assert said(stranger, proof) == (Kind.REJECTED, Code.BAD_SIGNATURE)
    assert said(maker, proof) == (Kind.REJECTED, Code.BAD_SIGNATURE)
    assert said(stranger, b"\x00" + proof) == (Kind.REJECTED, Code.TAMPERED)
    assert trail_check.verify(b"".join(audit.export([], stranger)), trust, now).code is Code.NO_EVIDENCE
