"""Kills imports of its own at chosen writes, then lets them go on: `python -m tests.app.killed FOLDER POINTS...`.

Each point is a number, or several joined by commas: an import of the file in FOLDER into a new profile is killed (SIGKILL) at its
n-th write, the next try at the next number's, and so on; the last try runs to its end. One JSON line a point: the last summary,
and how often the import really died. The point 0 kills nothing and says how many writes there are.
"""

from __future__ import annotations

import os
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

CHUNK = 20
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


def main(folder: Path, points: list[str]) -> None:
    """Try every point."""
    global writes
    hook()
    import chain.devnet.executor  # noqa: F401  # the children need not load it again

    for place, point in enumerate(points):
        profile = folder / f"profile-{os.getpid()}-{place}"
        died = sum(die(folder, profile, at) for at in map(int, point.split(",")) if at)
        writes = 0
        summary = bring(folder, profile)
        sys.stdout.write(orjson.dumps(summary | {"point": point, "died": died, "writes": writes}).decode() + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
