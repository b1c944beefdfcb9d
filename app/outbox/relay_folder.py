"""A folder between laptops and a relayer: statements go in, answers come out. It may be a share, or a stick that is carried.

What lies in it is signed and public to the consortium; nothing in it is believed. A laptop counts its event as recorded when its
own proven replica shows it, whatever an answer says; the relayer reads every file as a stranger's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from app.outbox.relay import Relayer
from app.whole import write_whole
from chain import strict_json
from chain.errors import BadInput, BadProof, StoreError
from chain.signed_batch import MAX_BYTES, SignedBatch

STATEMENT, ANSWER = ".statement", ".answer"
_MOST_FILES = 10_000
_MOST_ANSWER = 4096


@dataclass(frozen=True, slots=True)
class Round:
    """What one look into the folder did."""

    recorded: int
    waiting: int
    refused: int


class Folder:
    """One relay folder. Raises StoreError where it cannot be read or written."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def put(self, batches: Sequence[SignedBatch]) -> int:
        """Leave statements for the relayer, each under its digest; how many are new."""
        new = 0
        for batch in batches:
            path = self._path / (batch.digest.hex() + STATEMENT)
            if not path.exists():
                write_whole(path, batch.to_bytes())
                new += 1
        return new

    def answer(self, batch: SignedBatch) -> str:
        """What the relayer said about a statement, in words; "" where it said nothing yet."""
        try:
            with (self._path / (batch.digest.hex() + ANSWER)).open("rb") as file:
                said = strict_json.loads(file.read(_MOST_ANSWER))
        except (OSError, BadInput):
            return ""
        words = said.get("why") if isinstance(said, dict) else None
        return words[:200] if isinstance(words, str) and words.isprintable() else ""

    def drop(self, digests: Sequence[bytes]) -> None:
        """Take away what is done."""
        for digest in digests:
            for ending in (STATEMENT, ANSWER):
                (self._path / (digest.hex() + ending)).unlink(missing_ok=True)

    def serve(self, relayer: Relayer) -> Round:
        """One look: bring what lies here, answer, and clear away what is recorded. Raises LedgerError."""
        batches, refused = [], 0
        for path in self._files():
            try:
                with path.open("rb") as file:
                    batch = SignedBatch.from_bytes(file.read(MAX_BYTES + 1))
                if path.stem != batch.digest.hex():
                    raise BadProof("The file has another statement's name.")
                batches.append(batch)
            except (BadProof, OSError) as bad:
                self._say(path.with_suffix(ANSWER), bad.words if isinstance(bad, BadProof) else "it cannot be read")
                refused += 1
        batches.sort(key=lambda one: (one.statement.device, one.statement.sequence))
        brought = relayer.bring(batches)
        for place, why in brought.waits.items():
            self._say(self._path / (batches[place].digest.hex() + ANSWER), why)
        self.drop([batches[place].digest for place in brought.recorded])
        return Round(len(brought.recorded), len(brought.waits), refused)

    def _files(self) -> list[Path]:
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            return sorted(self._path.glob(f"*{STATEMENT}"))[:_MOST_FILES]
        except OSError as cause:
            raise StoreError(f"The relay folder {self._path} cannot be read.", cause=repr(cause)) from cause

    def _say(self, path: Path, why: str) -> None:
        said = orjson.dumps({"why": why})
        try:
            if path.exists() and path.read_bytes() == said:
                return
        except OSError:
            pass
        write_whole(path, said)
