"""Two laptops, a relayer, a witness and a watcher, each its own process, offline and online at random: one log, nothing lost."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.network import join, pin, trust_of
from app.network.access import save_access
from app.network.membership import learn_members, opened_keys
from chain.journey import Verb
from tests.app.anvil_network import PASSPHRASE, Consortium, item, opened, passphrase
from tests.app.laptop import ITEMS, unit
from tests.chain.anvil import Anvil

ROOT = Path(__file__).resolve().parents[2]
STEPS = 14


def started(role: str, profile: Path, seed: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.app.laptop", role, str(profile), str(seed), str(STEPS)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("seed", [1])
def test_all_end_with_the_same_log(anvil: Anvil, tmp_path: Path, seed: int) -> None:
    consortium = Consortium(tmp_path, anvil.url)
    consortium.founded().with_depot()
    trust = trust_of(consortium.maker)
    assert trust is not None
    profiles = {"maker": consortium.maker, "depot": consortium.depot}
    for role in ("relayer", "watcher", "witness"):
        profiles[role] = tmp_path / role
        join(profiles[role], consortium.access, trust)
        pin(profiles[role], trust)
        opened_keys(profiles[role], passphrase)
    for role in ("maker", "depot"):
        save_access(profiles[role], replace(consortium.access, relay=str(tmp_path / "relay")))
    with opened(consortium.maker) as maker:
        maker.sync()
        learn_members(maker.store, tmp_path / "members.json")
    running = {"witness": started("witness", profiles["witness"], seed)}
    told = {}
    try:
        patience = time.monotonic() + 60
        while not (tmp_path / "vouched").exists() and running["witness"].poll() is None and time.monotonic() < patience:
            time.sleep(0.05)  # it signs the log as it is before the day, and the one after
        running |= {role: started(role, profile, seed) for role, profile in profiles.items() if role != "witness"}
        for role in ("maker", "depot", "relayer", "watcher", "witness"):
            if role == "relayer":
                (tmp_path / "stop").touch()
            out, errors = running[role].communicate(timeout=150)
            assert running[role].returncode == 0, errors
            told[role] = orjson.loads(out)
    finally:
        for process in running.values():
            process.kill()
            process.communicate()
    made = told["maker"]["made"] + told["depot"]["made"]
    assert len(made) >= STEPS
    assert [(told[role]["waiting"], told[role]["conflicts"]) for role in ("maker", "depot")] == [(0, 0), (0, 0)]
    assert told["relayer"]["recorded"] >= len(made)
    assert told["watcher"]["looks"] > 0
    assert told["watcher"]["forks"] == 0
    assert (told["witness"]["signed"] > 1, told["witness"]["refusals"]) == (True, 0)
    ends = set()
    found: Counter[str] = Counter()
    for role, profile in profiles.items():
        with opened(profile) as station:
            station.sync()
            newest = station.store.replica.checkpoint()
            assert newest is not None
            ends.add((newest[0].size, newest[0].root))
            if role in ("maker", "depot"):
                details = (station.store.goods.detail(entry.commitment) for entry in station.store.replica.entries())
                found.update(one.event.event_id for one in details if one is not None and one.event.event_id in made)
    assert ends == {(told["witness"]["size"], bytes.fromhex(told["witness"]["root"]))}
    assert found == Counter(made)
    for role in ("depot", "maker", "depot"):  # whatever the day brought: a card, letters, and the details in them
        assert sync(profiles[role])["waiting"] == 0
    received = whole_journeys(profiles["depot"])
    assert received
    evidence = tmp_path / "evidence.wayproof"
    assert program("bundle", received[0], "-o", str(evidence), profile=profiles["depot"])["items"] == 1
    told = program("verify", str(evidence), "--trust", str(profiles["depot"] / "trust.json"), profile=tmp_path / "nobody")
    assert next(row["outcome"] for row in told["findings"] if row["check"] == "details") == "PASS"


def program(*arguments: str, profile: Path) -> dict[str, Any]:
    """A run of the program as a process of its own; what it said."""
    command = [sys.executable, "-m", "app", *arguments, "--json", "--profile", str(profile)]
    whole = os.environ | {"WAYPROOF_PASSWORD": PASSPHRASE}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=150, env=whole)
    assert done.returncode in (0, 1), done.stderr
    found: dict[str, Any] = orjson.loads(done.stdout)
    return found


def sync(profile: Path) -> dict[str, Any]:
    return program("sync", profile=profile)


def whole_journeys(profile: Path) -> list[str]:
    """The items that a profile's party received, all of whose details must be here, the maker's among them."""
    received = []
    with opened(profile) as station:
        for number in range(ITEMS):
            entries = station.store.replica.about(unit(number), station.store.replica.proven_size())
            if any(entry.verb is Verb.SHIP for entry in entries):
                assert all(station.store.goods.detail(entry.commitment) for entry in entries), item(number)
                received.append(item(number).key)
    return received
