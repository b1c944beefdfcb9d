"""The outbox: what this laptop's devices signed, in order, and the transactions that carry it. Writers call within a transaction.

A row is never marked as recorded: whether it is, the replica says (an entry of the same device with the same commitment), so that
a reorganisation that takes the entry back makes the row wait again by itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from chain.errors import StoreError, WayproofError
from chain.sending import Signed
from chain.signed_batch import SignedBatch

NOT_FINAL = "in a block that is not final yet"
"""How far an event is that was sent, and that may still be undone: the last word said of it."""
_COLUMNS = "id, gln, at, words, batch, conflict, reason, theirs, tries, last_error"
_PROVEN = "coalesce((select size from checkpoints order by block desc limit 1), 0)"
_UNRECORDED = (
    "not exists (select 1 from events e where e.commitment = outgoing.commitment and e.device = outgoing.device"
    f" and e.idx < {_PROVEN})"
)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A signed batch in the outbox.

    `at` is when it was acknowledged, `words` what it says for people. A conflict has a `reason` in the contract's words and
    `theirs`, the indices of the entries that came first. `tries` counts attempts, `last_error` is the last one's sentence.
    """

    id: int
    gln: str
    at: datetime
    words: str
    batch: SignedBatch
    conflict: bool = False
    reason: str = ""
    theirs: tuple[int, ...] = ()
    tries: int = 0
    last_error: str = ""


class OutboxTable:
    """Rows of the outbox and of transmissions."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def add(self, gln: str, at: datetime, words: str, batch: SignedBatch) -> int:
        """Keep a signed batch behind all others; its number."""
        cursor = self._db.execute(
            "insert into outgoing (device, gln, at, words, commitment, batch, conflict, reason, theirs, tries, last_error)"
            " values (?,?,?,?,?,?,'','','[]',0,'')",
            (batch.statement.device, gln, int(at.timestamp()), words, batch.commitments[0], batch.to_bytes()),
        )
        return int(cursor.lastrowid or 0)

    def resign(self, number: int, batch: SignedBatch) -> None:
        """The same acts in another place of the device's statements."""
        self._db.execute("update outgoing set batch = ? where id = ?", (batch.to_bytes(), number))

    def tried(self, number: int, error: str) -> None:
        """One more attempt, and how it ended."""
        self._db.execute("update outgoing set tries = tries + 1, last_error = ? where id = ?", (error, number))

    def noted(self, number: int, words: str) -> None:
        """How far it is, without having been tried."""
        self._db.execute("update outgoing set last_error = ? where id = ?", (words, number))

    def conflict(self, number: int, reason: str, theirs: Sequence[int]) -> None:
        """It can never be recorded as it was meant: somebody else was first."""
        self._db.execute(
            "update outgoing set conflict = 'open', reason = ?, theirs = ? where id = ?",
            (reason, orjson.dumps(list(theirs)).decode(), number),
        )

    def close_conflict(self, number: int) -> None:
        """A person has dealt with it."""
        self._db.execute("update outgoing set conflict = 'closed' where id = ? and conflict = 'open'", (number,))

    def waiting(self) -> list[Outgoing]:
        """What is not on the proven log yet and is no conflict, oldest first."""
        return self._rows(f"conflict = '' and {_UNRECORDED}")

    def conflicts(self) -> list[Outgoing]:
        """What met somebody else's event and was not dealt with, oldest first."""
        return self._rows(f"conflict = 'open' and {_UNRECORDED}")

    def since(self, at: datetime) -> list[Outgoing]:
        """What was signed here since then and met no conflict, on the log or not, oldest first."""
        return self._rows("conflict = '' and at >= ?", int(at.timestamp()))

    def waits(self) -> tuple[int, datetime | None]:
        """How many events wait, and since when."""
        row = self._db.execute(f"select count(*), min(at) from outgoing where conflict = '' and {_UNRECORDED}").fetchone()
        return int(row[0]), datetime.fromtimestamp(row[1], UTC) if row[1] is not None else None

    def noted_as(self, words: str, commitment: bytes | None = None) -> int:
        """How many of the events that wait, or of those with this commitment, were last said to be so far."""
        row = self._db.execute(
            f"select count(*) from outgoing where conflict = '' and last_error = ? and commitment = coalesce(?, commitment)"
            f" and {_UNRECORDED}",
            (words, commitment),
        ).fetchone()
        return int(row[0])

    def on_the_log(self, commitment: bytes, device: bytes | None = None) -> bool:
        """Whether a proven entry has this commitment, of that device where one is named."""
        query = f"select 1 from events where commitment = ? and idx < {_PROVEN} and device = coalesce(?, device)"
        return self._db.execute(query, (commitment, device)).fetchone() is not None

    def keep_handover(self, name: str, at: datetime, role: str, offer: SignedBatch, answer: SignedBatch | None = None) -> None:
        """Keep an offer, ours or one that we answer, and the answer when there is one."""
        self._db.execute(
            "insert into handovers (id, at, role, offer, answer) values (?,?,?,?,?)"
            " on conflict (id) do update set answer = coalesce(excluded.answer, answer)",
            (name, int(at.timestamp()), role, offer.to_bytes(), answer.to_bytes() if answer else None),
        )

    def handovers(self, role: str) -> list[tuple[str, SignedBatch, SignedBatch | None]]:
        """(name, offer, answer) of all hand-overs in which this laptop has that role, oldest first."""
        rows = self._db.execute("select id, offer, answer from handovers where role = ? order by at, id", (role,))
        return [
            (row[0], SignedBatch.from_bytes(row[1]), SignedBatch.from_bytes(row[2]) if row[2] is not None else None)
            for row in rows
        ]

    def peers(self) -> list[SignedBatch]:
        """Statements of others that ours rest on or answer to and that are not on the log yet: the other halves of hand-overs."""
        halves = [offer for _, offer, _ in self.handovers("receiver")]
        halves += [answer for _, _, answer in self.handovers("shipper") if answer is not None]
        return [half for half in halves if not self.on_the_log(half.commitments[0])]

    def transmissions(self, sender: bytes) -> list[Signed]:
        """What a key sent and what was not seen in a block yet, by nonce."""
        rows = self._db.execute(
            "select raw, hash, nonce, target, calldata, gas, fee, tip from transmissions where sender = ? order by nonce",
            (sender,),
        )
        return [Signed(r[0], r[1], sender, r[2], r[3], r[4], r[5], int(r[6]), int(r[7]) if r[7] else None) for r in rows]

    def transmit(self, signed: Iterable[Signed]) -> None:
        """Keep transactions before anybody sees them; one of the same nonce is replaced."""
        self._db.executemany(
            "insert or replace into transmissions (sender, nonce, hash, raw, target, calldata, gas, fee, tip)"
            " values (?,?,?,?,?,?,?,?,?)",
            (
                (s.sender, s.nonce, s.hash, s.raw, s.to, s.calldata, s.gas, str(s.fee), "" if s.tip is None else str(s.tip))
                for s in signed
            ),
        )

    def transmitted(self, sender: bytes, below: int) -> None:
        """Forget what a block holds: all nonces below."""
        self._db.execute("delete from transmissions where sender = ? and nonce < ?", (sender, below))

    def give_up(self, sender: bytes, above: int) -> None:
        """Forget what cannot be mined before a gap is filled: all nonces from there on."""
        self._db.execute("delete from transmissions where sender = ? and nonce >= ?", (sender, above))

    def _rows(self, where: str, *values: int) -> list[Outgoing]:
        return [_row(row) for row in self._db.execute(f"select {_COLUMNS} from outgoing where {where} order by id", values)]


def _row(row: Sequence[Any]) -> Outgoing:
    try:
        batch = SignedBatch.from_bytes(row[4])
    except WayproofError as cause:
        raise StoreError("The outbox of this profile is damaged: restore the profile from a copy.", row=row[0]) from cause
    at = datetime.fromtimestamp(row[2], UTC)
    theirs = tuple(orjson.loads(row[7]))
    return Outgoing(row[0], row[1], at, row[3], batch, bool(row[5]), row[6], theirs, row[8], row[9])
