"""One process of the test with two laptops: `python -m tests.app.laptop ROLE PROFILE SEED STEPS`.

maker and depot make events offline and go online at random, then go online until nothing waits; a relayer serves the folder and a
watcher pulls, holding every log it sees against the one before, until the file `stop` is there; so does a witness, which signs
every block that it proves and goes on from what it signed before. One JSON line at the end.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

import orjson

from app.letters import exchange
from app.outbox.relay import Relayer
from app.outbox.relay_folder import Folder
from app.station import Station
from app.trust.cosigning import signer_of
from app.trust.witnessing import Office, add
from chain.encoding import leaf, unit_of
from chain.errors import LedgerError
from chain.journey import Verb
from chain.merkle import root
from tests.app.anvil_network import DEPOT, MAKER, draft, item, opened

PATIENCE = 90.0
ITEMS = 40


def unit(number: int) -> bytes:
    """The unit of an item of the maker."""
    return unit_of(item(number), 1_952100001)


def make(station: Station, chance: random.Random) -> list[str]:
    """The maker's next event: a new item, or a shipment of one that it holds."""
    world = station.outbox().foreseen()
    fresh = next((n for n in range(ITEMS) if unit(n) not in world.units), None)
    mine = [n for n in range(ITEMS) if (h := world.units.get(unit(n))) and h.state.custodian == 1 and not h.state.receiver]
    if mine and (fresh is None or chance.random() < 0.5):
        event = draft(Verb.SHIP, MAKER, [chance.choice(mine)], DEPOT.gln)
    elif fresh is not None:
        event = draft(Verb.COMMISSION, MAKER, [fresh])
    else:
        return []
    station.outbox().add([event])
    return [event.event.event_id]


def take(station: Station, chance: random.Random) -> list[str]:
    """The depot's next event: a receipt of what was shipped to it, or a look at what it holds."""
    world = station.outbox().foreseen()
    coming = [n for n in range(ITEMS) if (h := world.units.get(unit(n))) and h.state.receiver == 2]
    held = [n for n in range(ITEMS) if (h := world.units.get(unit(n))) and h.state.custodian == 2]
    if coming and (not held or chance.random() < 0.7):
        event = draft(Verb.RECEIVE, DEPOT, [chance.choice(coming)])
    elif held:
        event = draft(Verb.OBSERVE, DEPOT, [chance.choice(held)], about=chance.random())
    else:
        return []
    station.outbox().add([event])
    return [event.event.event_id]


def online(station: Station) -> None:
    """Sync, send, and exchange letters; a line that fails is tried again later."""
    try:
        station.sync()
        station.send()
        exchange(station)
    except LedgerError as error:
        sys.stderr.write(f"{error.words}\n")


def work(profile: Path, role: str, seed: int, steps: int) -> dict[str, object]:
    """A laptop's day."""
    chance, made = random.Random(f"{role} {seed}"), list[str]()
    for _ in range(steps):  # each step is a run of the program: what it knows is what is on disk
        with opened(profile) as station:
            if chance.random() < 0.3:
                online(station)
            made += (make if role == "maker" else take)(station, chance)
    until = time.monotonic() + PATIENCE
    with opened(profile) as station:
        while True:
            online(station)
            if not station.status().waiting or time.monotonic() > until:
                break
            time.sleep(0.2)
        return {"made": made, "waiting": station.status().waiting, "conflicts": len(station.conflicts())}


def relay(profile: Path, folder: Path) -> dict[str, object]:
    """The relayer's day."""
    recorded = 0
    with opened(profile) as station:
        network = station.network()
        relayer = Relayer(station.store, network.ledger, network.keys.relayer())
        while not (profile.parent / "stop").exists():
            station.sync()
            recorded += Folder(folder).serve(relayer).recorded
            time.sleep(0.1)
    return {"recorded": recorded}


def watch(profile: Path) -> dict[str, object]:
    """The watcher's day: no log that it sees contradicts the one it saw before."""
    looks, forks, last = 0, 0, (0, b"")
    with opened(profile) as station:
        while not looks or not (profile.parent / "stop").exists():
            station.sync()
            leaves = [leaf(entry) for entry in station.store.replica.entries()]
            forks += bool(last[0]) and root(leaves[: last[0]]) != last[1]
            looks, last = looks + 1, (len(leaves), root(leaves))
            time.sleep(0.1)
    return {"looks": looks, "forks": forks}


def vouch(profile: Path) -> dict[str, object]:
    """The witness's day: it signs what its own node proves, and refuses nothing, because nothing forks."""
    signed = 0
    with opened(profile) as station:
        office = Office(station, signer_of(station.network().keys, "w.example"))
        while True:
            last = (profile.parent / "stop").exists()
            station.sync()
            note = add(office, None)
            signed += 1
            (profile.parent / "vouched").touch()
            if last:
                break
            time.sleep(0.1)
        (signature,) = note.signatures
        told = {"signed": signed, "refusals": len(office.witness.refusals()), "size": note.size, "root": note.root.hex()}
        return told | {"name": signature.name}


def main(role: str, profile: str, seed: str, steps: str) -> None:
    """Live one day and tell of it."""
    path = Path(profile)
    if role == "relayer":
        told = relay(path, path.parent / "relay")
    elif role == "watcher":
        told = watch(path)
    elif role == "witness":
        told = vouch(path)
    else:
        told = work(path, role, int(seed), int(steps))
    sys.stdout.write(orjson.dumps(told).decode() + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
