"""The way of docs/networks.md from a deployment to a verdict elsewhere, command by command, against a second node (anvil)."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from app import cli
from app.drafting import Draft
from chain import gs1
from chain.journey import Event, Verb
from tests.app.anvil_network import DEPOT, MAKER, PREFIX, item, opened
from tests.chain.anvil import Anvil

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> object:
    """Run a command with `--json`: its last row."""
    monkeypatch.setenv("WAYPROOF_PASSWORD", "eight or more characters")

    def run(*words: object, status: int = 0) -> dict[str, object]:
        assert cli.main([*map(str, words), "--json"]) == status, capsys.readouterr().err
        row: dict[str, object] = orjson.loads(capsys.readouterr().out.splitlines()[-1])
        return row

    return run


def now(verb: Verb, to: str = "", number: int = 1) -> Draft:
    at = datetime.now(UTC) - timedelta(seconds=30)
    party = DEPOT if verb is Verb.RECEIVE else MAKER
    event = Event(f"urn:walk:{verb.name}:{number}", "ObjectEvent", "OBSERVE", at, epcs=(gs1.digital_link(item(number)),))
    return Draft(verb, party.gln, event, (item(number),), to)


def test_a_consortium_with_witnesses_ends_in_a_file_that_convinces_a_stranger(anvil: Anvil, tmp_path: Path, said: object) -> None:
    assert callable(said)
    anvil.request("evm_setNextBlockTimestamp", [int(time.time()) - 20])
    anvil.request("evm_mine")
    office, depot, inspectors = (tmp_path / name for name in ("office", "depot", "inspectors"))
    pack, note, file = (tmp_path / name for name in ("pack.json", "block.note", "item.wayproof"))
    rpc = ("--rpc", anvil.url, "--kind", "consortium")
    said("deploy", *rpc, "--gln", MAKER.gln, "--name", "Aurora", "--prefix", PREFIX, "--profile", office)
    said("trust", "show", office / "trust.json")
    said(
        "join", *rpc, "--trust", office / "trust.json", "--gln", "9521000000032", "--name", "Inspectors", "--profile", inspectors
    )
    keys = [
        said("witness", name, "--key", "--profile", profile)["key"]
        for name, profile in (("inspectors.example", inspectors), ("aurora.example", office))
    ]
    witnesses = ("--witness", keys[0], "--witness", keys[1])
    said("trust", "draft", office / "trust.json", "--name", "Consortium", "--threshold", 2, *witnesses, "-o", pack)
    said("witness", "inspectors.example", "--pack", pack, "--profile", inspectors)
    said("witness", "aurora.example", "--pack", pack, "--profile", office)
    for profile in (office, inspectors):
        shutil.copy(pack, profile / "trust.json")
    relay = ("--relay", tmp_path / "relay")
    said("join", *rpc, *relay, "--trust", pack, "--gln", DEPOT.gln, "--name", "Depot", "--profile", depot)
    said("member", "request", "-o", tmp_path / "depot.json", "--profile", depot)
    said("member", "approve", tmp_path / "depot.json", "--roles", "keeper,carrier", "--profile", office)
    said("sync", "--profile", office)
    said("member", "list", "-o", tmp_path / "members.json", "--profile", office)
    said("sync", "--profile", depot)
    assert said("member", "learn", tmp_path / "members.json", "--profile", depot)["members"] == 2
    said("device", "request", "-o", tmp_path / "laptop.json", "--profile", depot)
    said("device", "approve", tmp_path / "laptop.json", "--days", 365, "--profile", depot)

    with opened(office) as station:
        station.outbox().add([now(Verb.COMMISSION), now(Verb.SHIP, DEPOT.gln), now(Verb.COMMISSION, number=2)])
    assert said("sync", "--profile", office)["waiting"] == 0
    said("sync", "--profile", depot)
    with opened(depot) as station:
        station.outbox().add([now(Verb.RECEIVE)])
    assert said("sync", "--profile", depot)["waiting"] == 1
    assert said("relay", tmp_path / "relay", "--profile", office)["recorded"] == 1
    assert said("sync", "--profile", depot)["waiting"] == 0

    said("witness", "inspectors.example", "-o", note, "--profile", inspectors)
    assert said("witness", "aurora.example", "--note", note, "-o", note, "--profile", office)["signatures"] == 2
    said("sync", "--profile", office)
    said("bundle", item(2).key, "-o", file, "--note", note, "--profile", office)
    row = said("verify", file, "--trust", pack, "--profile", tmp_path / "nowhere")
    assert (row["verdict"], row["code"]) == ("GENUINE", "OK")
    second = [sys.executable, str(ROOT / "resources" / "verify_wayproof.py"), str(file), "--trust", str(pack)]
    told = subprocess.run(second, capture_output=True, text=True, check=False)
    assert (told.returncode, "GENUINE" in told.stdout) == (0, True), told
    assert said("device", "list", "--profile", depot)
