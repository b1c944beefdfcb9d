"""What a laptop remembers from one look to the next, in a small file beside the database: time, packs and co-signed blocks.

The latest time ever seen, so that a clock that is set back makes no old knowledge fresh; of each contract the newest trust pack,
so that an older or another one of the same version is not taken for it; and the newest co-signed checkpoint, so that witnesses
who say two things about one block are caught. A profile folder that does not exist is not made for it: a machine that has
nothing else remembers nothing. Of embedded chains only the time is remembered: each is founded anew under the same address.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from app.trust import TrustPack
from app.whole import write_whole
from chain import strict_json
from chain.checkpoint import LAST_SECOND, Checkpoint, statement_of
from chain.errors import BadInput, BadProof

FILE_NAME = "remembered.json"
MOST_BYTES = 1 << 20
EVERY = 60  # seconds between two writes of the time


class Remembered:
    """The memory of a profile folder. Raises BadInput where its file is damaged: it is not thrown away silently.

    Args:
        folder: the profile; where it does not exist nothing is remembered.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME if folder.is_dir() else None
        self._plays = False
        self._facts: dict[str, Any] = {"latest": 0, "packs": {}, "checkpoints": {}}
        if self._path is not None and self._path.exists():
            self._facts = self._read(self._path)

    def now(self, clock: datetime) -> datetime:
        """The later of the clock and the latest time seen; the clock's time is remembered from now on."""
        latest = min(max(int(clock.timestamp()), self._facts["latest"]), LAST_SECOND)
        self._keep(latest=latest)
        return max(clock, datetime.fromtimestamp(latest, UTC))

    def accept(self, pack: TrustPack) -> None:
        """Take a pack for its contract. Raises BadInput where a newer one was used here, or another of the same version."""
        known = self._facts["packs"].get(pack.trust.origin)
        mine = [pack.version, pack.digest.hex()]
        if known is not None and known != mine:
            if pack.version < known[0]:
                raise BadInput(f"This trust pack is version {pack.version}; version {known[0]} was used here before.")
            if pack.version == known[0] and pack.version:
                raise BadInput("This trust pack has the version of the one used here before, and says something else.")
        self._plays = pack.plays
        if not self._plays:
            self._keep(packs=self._facts["packs"] | {pack.trust.origin: mine})

    def contradicts(self, checkpoint: Checkpoint) -> str:
        """A sentence where a co-signed checkpoint cannot be of the chain that was seen here before, else "".

        The newest is remembered. Call it for checkpoints that a quorum vouches for, and for no others.
        """
        if self._plays:
            return ""
        known = self._facts["checkpoints"].get(checkpoint.origin)
        before = statement_of(known) if known else None
        if before is not None:
            older, newer = sorted((before, checkpoint.bare), key=lambda one: (one.block, one.size))
            same = older.block == newer.block or older.size == newer.size
            if (older.block == newer.block and older != newer) or older.size > newer.size or (same and older.root != newer.root):
                return f"Your witnesses vouched for another history before: blocks {before.block} and {checkpoint.block}."
            if checkpoint.block <= before.block:
                return ""
        self._keep(checkpoints=self._facts["checkpoints"] | {checkpoint.origin: checkpoint.text})
        return ""

    def _keep(self, **facts: object) -> None:
        if any(self._facts[name] != value for name, value in facts.items()):
            self._facts |= facts
            if self._path is not None:
                write_whole(self._path, orjson.dumps(self._facts, option=orjson.OPT_INDENT_2))

    @staticmethod
    def _read(path: Path) -> dict[str, Any]:
        try:
            with path.open("rb") as file:
                found = strict_json.loads(file.read(MOST_BYTES))
            _check(found)
        except (OSError, BadInput, BadProof, AssertionError, AttributeError, TypeError, ValueError) as cause:
            raise BadInput(f"{path} is damaged: it keeps an old clock from passing. Look into it, or delete it.") from cause
        return dict(found)


class SteadyClock:
    """The time for a profile that is open for long: it never goes back, whatever the system's clock does; no write a scan.

    While the program runs, the time that passed since the latest time seen is added to it; it is remembered once a minute, when
    the profile is opened and when it is closed. A crash forgets less than a minute.

    Args:
        folder: the profile.
        clock: unix seconds.
        passed: seconds that only grow.
    """

    def __init__(
        self, folder: Path, *, clock: Callable[[], float] = time.time, passed: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._passed = passed
        self._turn = threading.Lock()
        self._latest, self._at = 0.0, passed()
        self._kept = 0.0
        self.keep()

    def now(self) -> datetime:
        """The latest time that it can be (aware UTC). Raises StoreError where it cannot be remembered."""
        with self._turn:
            self._go_on()
            if self._latest - self._kept >= EVERY:
                self._keep()
            return datetime.fromtimestamp(self._latest, UTC)

    def keep(self) -> None:
        """Remember it now, and learn what others remembered meanwhile. Raises BadInput, StoreError."""
        with self._turn:
            self._go_on()
            self._keep()

    def _go_on(self) -> None:
        at = self._passed()
        self._latest, self._at = min(max(self._clock(), self._latest + at - self._at), LAST_SECOND), at

    def _keep(self) -> None:
        self._latest = Remembered(self._folder).now(datetime.fromtimestamp(self._latest, UTC)).timestamp()
        self._kept = self._latest


def _check(found: Mapping[str, Any]) -> None:
    assert found.keys() == {"latest", "packs", "checkpoints"}
    assert isinstance(found["latest"], int)
    assert 0 <= found["latest"] <= LAST_SECOND
    for version, digest in found["packs"].values():
        assert isinstance(version, int)
        assert isinstance(digest, str)
    for text in found["checkpoints"].values():
        statement_of(text)
