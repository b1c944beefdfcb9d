"""The embedded chain: a real EVM chain in one file of the profile, with the interface of a network node.

So that one laptop without a network is a consortium of its own: py-evm's rules (Paris), blocks, receipts and proofs that any
other reader accepts, and a JSON-RPC handler without a socket, so that `chain.ledger` reads it as it reads a network. There
are no fees, no forks and no other peers; it proves what was recorded here, not that others agreed.

Opening it and reading headers, logs and proofs needs no py-evm; the first transaction or call imports it (about a second).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from chain.devnet.blocks import Header
from chain.devnet.database import Database
from chain.devnet.methods import Methods
from chain.devnet.node import Node
from chain.devnet.transactions import GAS_CAP
from chain.errors import LedgerError

__all__ = ["CHAIN_ID", "GAS_CAP", "GAS_LIMIT", "GENESIS_TIME", "Devnet"]

CHAIN_ID = 1337
GENESIS_TIME = 946_684_800  # 2000-01-01T00:00:00Z: before any history that is imported
GAS_LIMIT = 1_000_000_000

_NOBODY: Mapping[bytes, int] = MappingProxyType({})


class Devnet:
    """An open embedded chain. Thread-safe: one lock, and every request is answered whole.

    A block's time is later than its parent's: the next block gets the time that `evm_setNextBlockTimestamp` (or `evm_mine`)
    set, else the clock's, and where that is not later than its parent, its parent's plus one second. A set time holds for the
    next call that seals; where its transactions fill several blocks, those follow one second apart.
    """

    def __init__(self, database: Database, node: Node) -> None:
        self._database = database
        self._node = node
        self._methods = Methods(node)
        self._lock = threading.RLock()
        self._open = True

    @classmethod
    def open(
        cls,
        path: Path | None,
        *,
        chain_id: int = CHAIN_ID,
        genesis_time: int = GENESIS_TIME,
        gas_limit: int = GAS_LIMIT,
        accounts: Mapping[bytes, int] = _NOBODY,
        read_only: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> Self:
        """Open the chain in a file, founding it where there is none.

        Args:
            path: the SQLite file; None for a chain in memory. Beside it stand its `-wal` and `-shm` and a `.lock`.
            chain_id: of a chain that exists, the one it must have.
            genesis_time: unix seconds. This and the next two are only read when a chain is founded, and together with the
                transactions and the blocks' times they decide every hash.
            gas_limit: of each block; one transaction may use up to `GAS_CAP`.
            accounts: balances in wei by 20-byte address. Nobody needs one: gas is free.
            read_only: follow a chain that this or another process writes.
            clock: unix seconds now.

        Raises:
            LedgerError: another process writes to the file, it is damaged, another chain, made by a newer version, or
                (`read_only`) not there.
        """
        database = Database(path, read_only=read_only)
        try:
            if database.head() is None and not read_only:
                Node.found(database, chain_id, genesis_time, gas_limit, accounts)
            node = Node(database, clock)
            if node.chain_id != chain_id:
                raise LedgerError(f"This file holds chain {node.chain_id}, not chain {chain_id}.", file=str(path))
            return cls(database, node)
        except BaseException:
            database.close()
            raise

    @property
    def head(self) -> Header:
        """The newest block's header."""
        with self._lock:
            self._node.refresh()
            return self._node.head

    def request(self, method: str, params: Sequence[Any] = ()) -> Any:
        """The result of one JSON-RPC request, in JSON's types. What it sends is durable when this returns.

        Raises:
            LedgerError: with JSON-RPC's `code`, `message` and `data` in its details; a reverted call has code 3, what it
                reverted with as `data`, and its words, if it has any, as `reason`.
        """
        with self._ready():
            return self._methods.answer(method, params)

    def request_many(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any | LedgerError]:
        """A JSON-RPC batch: results, or errors in their places. Transactions in a row are sealed together."""
        results: list[Any | LedgerError] = []
        with self._ready():
            at = 0
            while at < len(calls):
                sent = at
                while sent < len(calls) and calls[sent][0] == "eth_sendRawTransaction" and len(calls[sent][1]) == 1:
                    sent += 1
                if sent > at:
                    results += self._methods.send([params[0] for _, params in calls[at:sent]])
                    at = sent
                    continue
                try:
                    results.append(self._methods.answer(*calls[at]))
                except LedgerError as error:
                    results.append(error)
                at += 1
        return results

    def send_raw_many(self, raws: Sequence[bytes]) -> list[str | LedgerError]:
        """Seal signed transactions in one block (in more, where the gas limit asks for it), durably.

        Gives for each its hash, or why it was not taken; that does not hinder the others. A transaction that reverts is
        taken: its receipt has status 0 and, under `revertReason`, what it reverted with.
        """
        with self._ready():
            return self._methods.send(raws)

    def close(self) -> None:
        """Close the file. Closing twice is nothing."""
        with self._lock:
            if self._open:
                self._open = False
                self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _ready(self) -> Iterator[None]:
        """The lock, held, on a chain that is open and up to date."""
        with self._lock:
            if not self._open:
                raise LedgerError("The embedded chain is closed.")
            self._node.refresh()
            yield
