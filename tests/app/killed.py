"""Kills imports of its own at chosen writes, then lets them go on: `python -m tests.app.killed FOLDER`.

An import of the file in FOLDER into a new profile is killed (SIGKILL) at its n-th write, the next try at the next number's, and
so on; the last try runs to its end. One JSON line a case: the numbers, how often the import really died, and the last summary.
The first case kills nothing and counts the writes; the numbers of the others are drawn from those.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from app.exchange import import_file
from app.station import Station
from app.store import Store
from chain.devnet import Devnet

CHUNK = 15
writes = 0
fatal = 0


def write() -> None:
    """One write is about to be, or has just been, made durable."""
    global writes
    writes += 1
    if writes == fatal:
        os.kill(os.getpid(), signal.SIGKILL)


def hook() -> None:
    """Count the commits of both databases, just before and just after each."""
    transaction, send = Store.transaction, Devnet.send_raw_many

    @contextmanager
    def counted(self: Store) -> Iterator[None]:
        with transaction(self):
            yield
            write()
        write()

    def sent(self: Devnet, *arguments: Any) -> Any:
        write()
        answer = send(self, *arguments)
        write()
        return answer

    Store.transaction = counted  # type: ignore[method-assign]
    Devnet.send_raw_many = sent  # type: ignore[method-assign]


def bring(folder: Path, profile: Path) -> dict[str, object]:
    """The whole import; its summary."""
    with Station.open(profile) as station:
        (summary,) = import_file(station, folder / "deliveries.csv", str(folder / "deliveries.json"), chunk=CHUNK)
    return summary | {"items": station_items(profile)}


def station_items(profile: Path) -> int:
    """How many items the profile knows."""
    with Station.open(profile, offline=True) as station:
        return station.status().items


def die(folder: Path, profile: Path, at: int) -> bool:
    """An import in a child, killed at its n-th write; whether it died."""
    global fatal, writes
    child = os.fork()
    if child == 0:
        fatal, writes = at, 0
        bring(folder, profile)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def main(folder: Path) -> None:
    """Try every case."""
    global writes
    hook()
    import chain.devnet.executor  # noqa: F401  # the children need not load it again

    cases: list[list[int]] = [[]]
    for place in range(7):
        profile = folder / f"profile-{place}"
        died = sum(die(folder, profile, at) for at in cases[place])
        writes = 0
        summary = bring(folder, profile)
        sys.stdout.write(orjson.dumps(summary | {"kills": cases[place], "died": died, "writes": writes}).decode() + "\n")
        if not place:
            chance = random.Random(2_026)
            cases += [[at] for at in sorted(chance.sample(range(1, writes + 1), 5))]
            cases.append(list(range(3, writes // 2, 9)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
