"""A witness organisation's conscience: what it signed last, kept safe before any new signature leaves the house.

A witness signs a checkpoint that its own node proved (`app/commands/witness_command.py` sees to that) and that goes on from the
one it signed before: the log contains the older log unchanged (RFC 6962 consistency), neither size nor block go back, and one
block has one hash. It refuses everything else and keeps the refused statement beside its own as evidence. The memory is SQLite
with synchronous=FULL, written before the signature is made: a power cut can cost a signature, never an oath twice sworn.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from chain import merkle
from chain.checkpoint import Checkpoint, statement_of
from chain.errors import BadProof, StoreError
from chain.notes import Cosignature, NoteSigner

MOST_REFUSALS = 1000
CLOCK_SLACK = 900  # seconds by which a block may be ahead of this clock

_SCHEMA = """
create table if not exists signed (witness text primary key, text text not null, at integer not null) strict;
create table if not exists refused (
    id integer primary key, witness text not null, at integer not null, why text not null, ours text not null,
    theirs blob not null, proof blob not null, unique (witness, ours, theirs)
) strict;
"""


class Refused(BadProof):
    """A checkpoint that this witness does not sign; `size` is that of the log it signed last."""

    def __init__(self, words: str, size: int) -> None:
        super().__init__(words, signed_size=size)
        self.size = size


class OtherSize(Refused):
    """The proof does not begin where this witness stands: ask again from `size`."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A statement that was refused as a fork: when, why, what was signed before (text) and what was asked for (a note)."""

    at: int
    why: str
    ours: str
    theirs: bytes


class Witness:
    """One witness's key and its memory.

    Args:
        path: the memory's file; witnesses may share one.
        signer: name and key.
        origin: the only origin that is signed for.
    """

    def __init__(self, path: Path, signer: NoteSigner, origin: str) -> None:
        self._path = path
        self._signer = signer
        self._origin = origin
        self._who = f"{signer.key} {origin}"

    @property
    def name(self) -> str:
        """The organisation as trust packs name it."""
        return self._signer.key.name

    def last(self) -> Checkpoint | None:
        """The statement signed last, None before the first. Raises StoreError."""
        with self._open() as memory:
            return self._last(memory)[0]

    def cosign(self, checkpoint: Checkpoint, old_size: int, proof: Sequence[bytes], at: int) -> Cosignature:
        """Sign a checkpoint that goes on from the last one.

        Args:
            checkpoint: what this witness's own node proved.
            old_size: the size from which `proof` leads to it: that of the statement signed last, 0 before the first.
            proof: the RFC 6962 consistency path, empty where the size has not changed or was 0.
            at: unix seconds; never dated before the last signature.

        Raises Refused (what contradicts the last statement is kept as evidence) and StoreError.
        """
        with self._open() as memory:
            memory.execute("begin immediate")
            last, signed_at = self._last(memory)
            dated = max(at, signed_at)
            size = last.size if last else 0
            self._plain(checkpoint, old_size, size, dated)
            try:
                _goes_on(last, checkpoint, proof)
            except BadProof as bad:
                self._keep(memory, bad.words, last, checkpoint, proof, at)
                memory.commit()
                raise Refused(f"this contradicts what {self.name} signed before: {bad.words}", size) from bad
            memory.execute(
                "insert into signed values (?,?,?) on conflict (witness) do update set text = excluded.text, at = excluded.at",
                (self._who, checkpoint.text, dated),
            )
            memory.commit()  # and on the disk, before the signature exists
        return self._signer.cosign(checkpoint.bare, dated)

    def refusals(self) -> tuple[Refusal, ...]:
        """The evidence of forks, oldest first. Raises StoreError."""
        with self._open() as memory:
            rows = memory.execute("select at, why, ours, theirs from refused where witness = ? order by id", (self._who,))
            return tuple(Refusal(*row) for row in rows)

    def _plain(self, checkpoint: Checkpoint, old_size: int, size: int, at: int) -> None:
        """What is refused without being anybody's lie."""
        if checkpoint.origin != self._origin:
            raise Refused(f"{self.name} signs for {self._origin} only", size)
        if old_size != size:
            raise OtherSize(f"{self.name} stands at size {size}: prove from there", size)
        if checkpoint.size == 0:
            raise Refused("an empty log has nothing to vouch for", size)
        if checkpoint.at.timestamp() > at + CLOCK_SLACK:
            raise Refused("the block is later than this witness's clock", size)

    def _keep(
        self, memory: sqlite3.Connection, why: str, last: Checkpoint | None, theirs: Checkpoint, proof: Sequence[bytes], at: int
    ) -> None:
        ours = last.text if last else ""
        memory.execute(
            "insert or ignore into refused (witness, at, why, ours, theirs, proof) select ?,?,?,?,?,?"
            " where (select count(*) from refused) < ?",
            (self._who, at, why, ours, theirs.note(), b"".join(proof), MOST_REFUSALS),
        )

    def _last(self, memory: sqlite3.Connection) -> tuple[Checkpoint | None, int]:
        row = memory.execute("select text, at from signed where witness = ?", (self._who,)).fetchone()
        if row is None:
            return None, 0
        try:
            return statement_of(row[0]), int(row[1])
        except BadProof as bad:
            raise StoreError(f"The memory of {self.name} is damaged, so nothing is signed: {self._path}.") from bad

    def _open(self) -> _Memory:
        return _Memory(self._path)


class _Memory:
    """The memory's file, open for one piece of work; SQLite's errors become StoreError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> sqlite3.Connection:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(self._path, timeout=10, isolation_level=None)
            self._connection.execute("pragma journal_mode = wal")
            self._connection.execute("pragma synchronous = full")
            self._connection.executescript(_SCHEMA)
        except (sqlite3.Error, OSError) as cause:
            raise self._broken(cause) from cause
        return self._connection

    def __exit__(self, kind: type[BaseException] | None, cause: BaseException | None, _: object) -> None:
        with closing(self._connection):
            if self._connection.in_transaction:
                self._connection.rollback()
        if isinstance(cause, sqlite3.Error):
            raise self._broken(cause) from cause

    def _broken(self, cause: Exception) -> StoreError:
        return StoreError(f"The witness's memory {self._path} cannot be used, so nothing is signed.", cause=repr(cause))


def _goes_on(last: Checkpoint | None, checkpoint: Checkpoint, proof: Sequence[bytes]) -> None:
    """That a checkpoint follows from the last one. Raises BadProof."""
    if last is None:
        if proof:
            raise BadProof("a first statement needs no proof")
        return
    if checkpoint.size < last.size:
        raise BadProof("the log became smaller")
    if checkpoint.block < last.block or checkpoint.at < last.at:
        raise BadProof("the chain went back")
    if checkpoint.block == last.block and checkpoint.bare != last.bare:
        raise BadProof("the same block now says something else")
    merkle.verify_consistency(last.size, last.root, checkpoint.size, checkpoint.root, proof)
