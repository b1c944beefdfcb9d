# ruff: noqa: F811 - fixtures of another folder are imported and then named as arguments
"""Two events that cannot both be meant become one file with both sides, checked by a machine that has only the trust pack."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import cli, handover
from app.demo.cast import glns
from app.desk.desk import Desk
from app.handover import case_file, cases, dock
from app.network import trust_of
from app.printing import sealed
from app.station import Station
from chain import rlp
from chain.errors import BadInput, BadProof
from chain.evidence import Trust
from chain.journey import Party, Verb
from chain.policy import Situation
from chain.verdict import Code, Kind, Verdict
from tests.app.desk.conftest import founded, profile, station, yard  # noqa: F401 - fixtures
from tests.app.desk.test_desk import faster
from tests.app.desk.yard import HERE, MAKER, Yard


def party(station: Station, name: str) -> Party:
    return next(one for one in station.store.goods.parties() if one.gln == glns(name))


def pinned(profile: Path) -> Trust:
    found = trust_of(profile)
    assert found is not None
    return found


def judged(data: bytes, trust: Trust) -> Verdict:
    return case_file.judge(data, trust, Situation(datetime.now(UTC))).verdict


@pytest.fixture
def late(founded: tuple[Path, datetime], tmp_path: Path) -> Path:
    """A copy of the yard in which somebody will be too late."""
    shutil.copytree(founded[0], tmp_path / "late")
    return tmp_path / "late"


@pytest.fixture
def overtaken(late: Path, yard: Yard) -> tuple[cases.Case, bytes]:
    """A quarantine that waits while a colleague's laptop counts the same piece, and the file about it."""
    with Station.open(late) as opened:
        faster(Desk(opened), opened, yard)
        [case] = cases.cases(opened)
        return case, cases.export(opened, case.id)


@pytest.fixture
def twice(profile: Path, tmp_path: Path, yard: Yard) -> bytes:
    """The maker ships the same piece twice, from a copy of its profile; the receiver holds both offers."""
    texts = []
    for name in ("one", "other"):
        shutil.copytree(profile, tmp_path / name)
        with Station.open(tmp_path / name) as maker:
            sent = handover.shipment(party(maker, MAKER), party(maker, HERE), yard.away[:1], datetime.now(UTC))
            offer = handover.offer(maker.outbox(), maker.store, [sent])
            texts.append("".join(part.partition(":")[2] for part in handover.offer_texts(offer)))
    with Station.open(profile) as taker:
        now = datetime.now(UTC)
        dock.sign(taker, dock.look(taker, texts[0], now), now)
        with pytest.raises(BadInput, match="moved on"):
            dock.look(taker, texts[1], now)
        [case] = cases.cases(taker)
        assert case.same_device
        assert [side.recorded for side in (case.one, case.other)] == [None, None]
        return cases.export(taker, case.id)


def test_what_somebody_else_was_faster_with_is_told_from_both_sides(
    overtaken: tuple[cases.Case, bytes], yard: Yard, profile: Path
) -> None:
    case, data = overtaken
    assert case.item is not None
    assert case.item.key == yard.stock[0].key
    assert (case.one.verb, case.one.who, case.one.recorded) == (Verb.QUARANTINE, HERE, None)
    assert (case.other.verb, case.other.who) == (Verb.OBSERVE, HERE)
    assert case.other.recorded is not None
    assert case.one.where
    verdict = judged(data, pinned(profile))
    assert (verdict.kind, verdict.code) == (Kind.GENUINE, Code.OK), verdict.findings


def test_a_third_machine_checks_both_kinds_with_the_trust_pack_and_nothing_else(
    overtaken: tuple[cases.Case, bytes], late: Path, profile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case, _ = overtaken
    empty = tmp_path / "empty"
    empty.mkdir()
    assert cli.main(["handover", "cases", "--profile", str(late), "--json"]) == 0
    row = orjson.loads(capsys.readouterr().out)
    assert (row["case"], [side["verb"] for side in row["sides"]]) == (case.id, ["quarantine", "observe"])
    assert cli.main(["handover", "cases", "--profile", str(late), "-o", str(empty / "case")]) == 0
    shutil.copy(profile / "trust.json", empty / "pack.json")
    environment = {**os.environ, "WAYPROOF_PROFILE": str(empty / "none")}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        call = [sys.executable, "-m", "app", *words, "--trust", "pack.json", "--json"]
        return subprocess.run(call, cwd=empty, env=environment, capture_output=True, text=True, timeout=60, check=False)

    told = run("verify", "case")
    assert told.returncode == 0, told.stderr
    assert orjson.loads(told.stdout)["verdict"] == "GENUINE"
    told = run("handover", "judge", "case")
    assert told.returncode == 0, told.stderr
    row = orjson.loads(told.stdout)
    assert row["contradiction"] is True
    assert [(side["verb"], side["who"], bool(side["recorded"])) for side in row["sides"]] == [
        ("quarantine", HERE, False),
        ("observe", HERE, True),
    ]
    assert all(side["where"] for side in row["sides"])
    data = (empty / "case").read_bytes()
    (empty / "case").write_bytes(data[:-1])
    assert [run("verify", "case").returncode, run("handover", "judge", "case").returncode] == [1, 1]
    (empty / "case").write_bytes(b"")
    assert [run("verify", "case").returncode, run("handover", "judge", "case").returncode] == [1, 2]


def test_two_signatures_over_one_state_are_proven_with_whose_they_are(twice: bytes, profile: Path) -> None:
    found = case_file.judge(twice, pinned(profile), Situation(datetime.now(UTC)))
    assert (found.verdict.kind, found.verdict.code) == (Kind.GENUINE, Code.OK), found.verdict.findings
    assert [(row["who"], row["verb"], row["recorded"]) for row in case_file.lines(found)] == [(MAKER, "ship", "")] * 2


def test_no_changed_file_is_believed(overtaken: tuple[cases.Case, bytes], twice: bytes, profile: Path) -> None:
    trust = pinned(profile)
    for data in (overtaken[1], twice):
        for at in range(0, len(data), 97):
            for changed in (data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :], data[:at]):
                assert judged(changed, trust).kind is not Kind.GENUINE


def test_parts_of_two_files_make_no_third(overtaken: tuple[cases.Case, bytes], twice: bytes, profile: Path) -> None:
    trust = pinned(profile)
    one, other = (rlp.decode(data[len(case_file.MAGIC) :]) for data in (overtaken[1], twice))
    assert isinstance(one, list)
    assert isinstance(other, list)
    for place in range(6):
        for mine, theirs in ((one, other), (other, one)):
            mixed = [*mine[:place], theirs[place], *mine[place + 1 :]]
            data = case_file.MAGIC + rlp.encode(mixed)
            if mine is other and (place == 5 or not theirs[place]):
                continue  # details may be left out; another proof only names the devices
            if mixed != mine:
                assert judged(data, trust).kind is not Kind.GENUINE, place


def test_a_statement_that_was_recorded_as_signed_contradicts_nothing(station: Station, yard: Yard, profile: Path) -> None:
    outbox = station.outbox()
    me = party(station, HERE)
    outbox.add([handover.shipment(me, party(station, MAKER), [yard.stock[1]], datetime.now(UTC))])
    [row] = [row for row in station.store.outbox.waiting() if "ship" in row.words]
    station.send()
    unit = row.batch.units[0]
    assert cases.cases(station) == []
    data = case_file.write(unit, row.batch, None, None, None, sealed(station, yard.stock[1].key))
    verdict = judged(data, pinned(profile))
    assert (verdict.kind, verdict.reason) == (Kind.REJECTED, "What was signed is what was recorded: nothing is contradicted.")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_reading_rubbish_ends_in_a_sentence(data: bytes) -> None:
    for content in (data, case_file.MAGIC + data, case_file.MAGIC + rlp.encode([data] * 6)):
        with pytest.raises((BadProof, BadInput)):
            case_file.read(content)
