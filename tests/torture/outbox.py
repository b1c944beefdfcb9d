"""kill -9 at writes and network calls of outbox and sync, against anvil: `python -m tests.torture.outbox [POINTS] [SEED]`.

Each point is a process that makes an event on a new item and a second one on the same item, says so, syncs, and is killed at a
number drawn at random: just before or after a commit of the profile, or a request to the node. The next process goes on with
the same profile. In the end one process syncs undisturbed, and a laptop that knows nothing pulls the log: every acknowledged
event stands there once, and nothing stands there twice.

Every other point is a sync alone: a laptop that knows little pulls the log in small ranges and is killed on the way. After each
kill what it has proven must be whole, and no less than before. One JSON line: points, kills, acknowledged, recorded, lost, twice,
sync points and kills, and torn (a replica that was not whole, or had less).
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from app.network import Network, join, pin, trust_of
from app.station import Station
from app.store import Store
from chain.encoding import leaf
from chain.errors import WayproofError
from chain.journey import Verb
from chain.merkle import root
from chain.transport import HttpConnection
from tests.app.anvil_network import MAKER, Consortium, draft, opened
from tests.chain import anvil

MOST = 95  # an undisturbed process makes about 90 writes and calls
MOST_OF_SYNC = 60  # a sync in small ranges
SPAN = 4  # blocks in a range of the log
_steps = 0
_fatal = 0


def step() -> None:
    """One write or call is about to be, or has just been, made."""
    global _steps
    _steps += 1
    if _steps == _fatal:
        os.kill(os.getpid(), signal.SIGKILL)


def hook() -> None:
    """Count the commits and the calls."""
    transaction, exchange = Store.transaction, HttpConnection._exchange

    @contextmanager
    def counted(self: Store) -> Iterator[None]:
        with transaction(self):
            yield
            step()
        step()

    def asked(self: HttpConnection, question: object) -> Any:
        step()
        answer = exchange(self, question)
        step()
        return answer

    Store.transaction = counted  # type: ignore[method-assign]
    HttpConnection._exchange = asked  # type: ignore[method-assign]


def life(profile: Path, network: Network, number: int, said: int) -> None:
    """One process: two events acknowledged on `said`, then sent."""
    with Station.open(profile) as station:
        station.join(network)
        if number:
            for verb in (Verb.COMMISSION, Verb.OBSERVE):
                [row] = station.outbox().add([draft(verb, MAKER, [number])])
                os.write(said, f"{verb.name} {number} {row}\n".encode())
        try:
            station.sync()
            station.send()
        except WayproofError as error:
            os.write(said, f"ERROR {error.words}\n".encode())


def pulled(profile: Path, network: Network, number: int, said: int) -> None:
    """One process: a pull in small ranges."""
    del number
    with Station.open(profile) as station:
        network.ledger._span = SPAN
        station.join(network)
        station.sync()
        os.write(said, b"whole\n")


def proven(profile: Path) -> int:
    """How many entries a profile has proven; -1 where they do not have the root that was proven."""
    with Store(profile / "wayproof.sqlite") as store:
        newest = store.replica.checkpoint()
        if newest is None:
            return 0
        leaves = [leaf(entry) for entry in store.replica.entries()]
        return newest[0].size if root(leaves) == newest[0].root else -1


def lived(
    profile: Path, network: Network, number: int, fatal: int, life: Callable[[Path, Network, int, int], None] = life
) -> tuple[list[str], bool]:
    """What a process said, and whether it was killed."""
    global _steps, _fatal
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _steps, _fatal = 0, fatal
        os.close(reading)
        try:
            life(profile, network, number, writing)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        lines = pipe.read().splitlines()
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    if not killed and status:
        raise RuntimeError(f"a process ended by itself with status {status}")
    return lines, killed


def run(url: str, folder: Path, points: int, seed: int) -> dict[str, int]:
    """All points; the counts."""
    chance = random.Random(seed)
    consortium = Consortium(folder, url).founded()
    keys = Network.open(consortium.maker, lambda: "eight or more characters").keys
    keys.relayer()  # opened once, before the forks
    trust = trust_of(consortium.maker)
    assert trust is not None
    reader = folder / "reader"
    join(reader, consortium.access, trust)
    pin(reader, trust)
    Store(reader / "wayproof.sqlite").close()
    kills, sync_kills, torn, acknowledged = 0, 0, 0, []
    hook()
    for number in range(1, points + 1):
        network = replace(Network.open(consortium.maker), keys=keys)
        lines, killed = lived(consortium.maker, network, number, chance.randint(1, MOST))
        kills += killed
        acknowledged += [line.rsplit(" ", 1)[0] for line in lines if not line.startswith("ERROR")]
        if number % 2 == 0:
            before = proven(reader)
            beside = replace(Network.open(reader), keys=keys)
            sync_kills += lived(reader, beside, 0, chance.randint(1, MOST_OF_SYNC), pulled)[1]
            torn += not 0 <= before <= proven(reader)
    for _ in range(3):
        lived(consortium.maker, replace(Network.open(consortium.maker), keys=keys), 0, 0)
    witness = folder / "witness"
    join(witness, consortium.access, trust)
    pin(witness, trust)
    with opened(witness) as station, Store(consortium.maker / "wayproof.sqlite") as store:
        station.sync()
        found: Counter[str] = Counter()
        for entry in station.store.replica.entries():
            detail = store.goods.detail(entry.commitment)
            if detail is not None and detail.event.event_id.startswith("urn:test:"):
                _, _, verb, number_, _ = detail.event.event_id.split(":")
                found[f"{verb} {number_}"] += 1
        waiting = store.outbox.waits()[0] + len(store.outbox.conflicts())
    return {
        "points": points,
        "kills": kills,
        "acknowledged": len(acknowledged),
        "recorded": sum(found.values()),
        "lost": sum(name not in found for name in acknowledged),
        "twice": sum(count > 1 for count in found.values()),
        "waiting": waiting,
        "sync points": points // 2,
        "sync kills": sync_kills,
        "torn": torn,
    }


def main(points: int = 500, seed: int = 2026) -> None:
    """Run and print."""
    program = anvil.binary()
    if program is None:
        raise SystemExit("anvil is not installed: npm install @foundry-rs/anvil")
    with anvil.running(program) as chain, tempfile.TemporaryDirectory() as folder:
        sys.stdout.write(orjson.dumps(run(chain.url, Path(folder), points, seed)).decode() + "\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
