"""Reorganisations on anvil, shallower and deeper than a laptop waits for: what was taken back there is taken back here."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from app import cli
from app.network.access import PRESETS, Access, save_access
from app.network.arguments import KINDS
from app.outbox.push import NOT_FINAL
from app.station import Station
from chain.journey import Scan, Verb
from chain.verdict import Code
from tests.app.anvil_network import MAKER, Consortium, draft, item, opened
from tests.chain.anvil import Anvil


def code(station: Station, number: int) -> Code:
    return station.check(Scan(item(number).key, datetime.now(UTC))).verdict.code


def mine(anvil: Anvil, blocks: int) -> None:
    for _ in range(blocks):
        anvil.request("evm_mine")


def recorded(station: Station) -> Counter[bytes]:
    return Counter(entry.commitment for entry in station.store.replica.entries() if entry.verb is Verb.COMMISSION)


@pytest.mark.parametrize(
    ("finality", "depth", "lost"),
    [(0, 1, True), (0, 7, True), (4, 2, False), (4, 4, False), (4, 9, True), (4, 80, True), (64, 60, False)],
)
def test_a_reorganisation_takes_back_what_it_reached_and_nothing_else(
    anvil: Anvil, tmp_path: Path, finality: int, depth: int, lost: bool
) -> None:
    consortium = Consortium(tmp_path, anvil.url).founded()
    mine(anvil, 90)
    save_access(consortium.maker, Access((anvil.url,), finality=finality, patience=20))
    with opened(consortium.maker) as station:
        station.sync()
        unknown = code(station, 1)
        assert unknown in (Code.NOT_ISSUED, Code.NO_EVIDENCE)
        station.outbox().add([draft(Verb.COMMISSION, MAKER, [1])])
        station.send()
        mine(anvil, finality)
        station.sync()
        issued = code(station, 1)
        assert issued is not unknown
        station.outbox().add([draft(Verb.COMMISSION, MAKER, [2])])
        station.send()
        waits = [row.last_error for row in station.store.outbox.waiting()]
        assert waits == ([NOT_FINAL] if finality else [])
        assert (code(station, 2) is unknown) == bool(finality), "what is not final is not shown as recorded"

        anvil.request("anvil_reorg", [depth, []])
        mine(anvil, 1)
        pulled = station.sync()
        assert bool(pulled.taken_back) == lost
        if finality:
            assert code(station, 1) is (unknown if lost else issued)
        assert code(station, 2) is unknown
        assert station.status().waiting == (1 if depth <= max(finality, 1) else 2)

        for _ in range(3):
            station.send()
            mine(anvil, finality)
            station.sync()
        assert station.status().waiting == 0
        assert sorted(recorded(station).values()) == [1, 1]
        assert code(station, 1) is issued


def test_a_reorganisation_is_said_by_sync(
    anvil: Anvil, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAYPROOF_PASSWORD", "eight or more characters")
    consortium = Consortium(tmp_path, anvil.url).founded()
    mine(anvil, 3)
    with opened(consortium.maker) as station:
        station.sync()
        station.outbox().add([draft(Verb.COMMISSION, MAKER, [1])])
        station.send()
    anvil.request("anvil_reorg", [2, []])
    mine(anvil, 1)
    save_access(consortium.maker, Access((anvil.url,), finality=1, patience=20))
    assert cli.main(["sync", "--json", "--profile", str(consortium.maker)]) == 0
    row = orjson.loads(capsys.readouterr().out)
    assert (row["taken_back"], row["waiting"], row["not_final"]) == (1, 1, 1)


def test_every_kind_of_network_has_a_preset() -> None:
    assert tuple(PRESETS) == KINDS
    for name, preset in PRESETS.items():
        Access(("http://x",), finality=preset.finality, fee_cap=preset.fee_cap, patience=preset.patience)
        assert (preset.finality > 0) == (name in ("clique", "public"))
