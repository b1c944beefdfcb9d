"""The embedded chain's one SQLite file: a block, with all that belongs to it, is one SQLite transaction.

WAL with `synchronous=FULL`: when `append` has returned, the block survives kill -9 and power loss, and a block that is not
whole is not there. Trie nodes are never deleted, so every state back to genesis can be proven. Logs are rows of an indexed
table, so a query does not read receipts. Only one process writes: it holds a lock on a file beside, taken through SQLite
itself and so the same on every system; readers need no lock. All SQL text of the chain is here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tiny_keccak import keccak256

from chain.devnet.blocks import Header, Log
from chain.errors import LedgerError

VERSION = 1

_SCHEMA = f"""
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE node (hash BLOB PRIMARY KEY, rlp BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE code (hash BLOB PRIMARY KEY, code BLOB NOT NULL);
CREATE TABLE block (number INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, header BLOB NOT NULL, size INTEGER NOT NULL);
CREATE TABLE tx (
    id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, raw BLOB NOT NULL, sender BLOB NOT NULL, status INTEGER NOT NULL,
    gas_used INTEGER NOT NULL, cumulative INTEGER NOT NULL, contract BLOB NOT NULL, revert BLOB NOT NULL,
    first_log INTEGER NOT NULL, logs INTEGER NOT NULL
);
CREATE TABLE log (
    id INTEGER PRIMARY KEY, tx INTEGER NOT NULL, address BLOB NOT NULL, topic0 BLOB, topic1 BLOB, topic2 BLOB, topic3 BLOB,
    data BLOB NOT NULL
);
CREATE INDEX log_topic0 ON log (topic0) WHERE topic0 IS NOT NULL;
CREATE INDEX log_topic1 ON log (topic1) WHERE topic1 IS NOT NULL;
CREATE INDEX log_topic2 ON log (topic2) WHERE topic2 IS NOT NULL;
CREATE INDEX log_topic3 ON log (topic3) WHERE topic3 IS NOT NULL;
PRAGMA user_version = {VERSION};
"""

_NUMBER, _BYTES = frozenset([(int,)]), frozenset([(bytes,)])
_HEADER = frozenset([(int, bytes, bytes)])
_TX = frozenset([(int, bytes, bytes, bytes, int, int, int, bytes, bytes, int, int)])
_LOG = frozenset((int, int, bytes, *[bytes] * n, *[type(None)] * (4 - n), bytes) for n in range(5))

_PLACES = 24  # bits for a place within a block: an id is block number << 24 | place
_PROBE = 2_000


Shapes = frozenset[tuple[type, ...]]


@dataclass(frozen=True, slots=True)
class MinedTransaction:
    """A transaction in a block, and how it ended. `raw` and `revert` are bytes as sent and as returned."""

    block: int
    position: int
    hash: bytes
    raw: bytes
    sender: bytes
    status: int
    gas_used: int
    cumulative: int
    contract: bytes
    revert: bytes
    first_log: int
    logs: int


@dataclass(frozen=True, slots=True)
class MinedLog:
    """A log entry and where it stands: block, position of its transaction, index in the block."""

    block: int
    position: int
    index: int
    log: Log


class Database:
    """The file, or memory with `path` None.

    Raises LedgerError, in one sentence, for a file that is locked by another writer, missing (`read_only`), damaged, or made
    by a newer version.
    """

    def __init__(self, path: Path | None, *, read_only: bool = False) -> None:
        self.read_only = read_only
        self._name = "in memory" if path is None else str(path)
        self._lock: sqlite3.Connection | None = None
        with self._spoken():
            if path is not None and not read_only:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._lock = _locked(path)
            try:
                self._db = _connected(path, read_only)
            except BaseException:
                self._unlock()
                raise
        try:
            with self._spoken():
                self._prepare()
        except BaseException:
            self.close()
            raise

    def _prepare(self) -> None:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise LedgerError("The embedded chain's file was made by a newer version of this program.", file=self._name)
        if version == 0:
            if self.read_only:
                raise LedgerError("There is no embedded chain in this file.", file=self._name)
            self._db.executescript("BEGIN;" + _SCHEMA + "COMMIT;")

    def close(self) -> None:
        """Close the file and give the lock free."""
        self._db.close()
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    # ---- writing

    def append(
        self,
        header: Header,
        size: int,
        transactions: Iterable[MinedTransaction],
        logs: Iterable[MinedLog],
        nodes: Mapping[bytes, bytes],
        codes: Mapping[bytes, bytes],
        meta: Mapping[str, int] | None = None,
    ) -> None:
        """Write one block and all that belongs to it, durably, or nothing. Raises LedgerError."""
        base = header.number << _PLACES
        with self._spoken(), self._transaction():
            run = self._db.executemany
            run("INSERT OR IGNORE INTO node VALUES (?, ?)", sorted(nodes.items()))
            run("INSERT OR IGNORE INTO code VALUES (?, ?)", codes.items())
            run("INSERT INTO meta VALUES (?, ?)", (meta or {}).items())
            run(
                "INSERT INTO tx VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (base | t.position, t.hash, t.raw, t.sender, *ends)
                    for t in transactions
                    for ends in [(t.status, t.gas_used, t.cumulative, t.contract, t.revert, t.first_log, t.logs)]
                ),
            )
            run(
                "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (base | m.index, m.position, m.log.address, *m.log.topics, *[None] * (4 - len(m.log.topics)), m.log.data)
                    for m in logs
                ),
            )
            self._db.execute("INSERT INTO block VALUES (?, ?, ?, ?)", (header.number, header.hash, header.raw, size))

    # ---- reading

    def version(self) -> int:
        """A number that changes whenever another connection has written."""
        return self._count("PRAGMA data_version", ())

    def meta(self, name: str) -> int | None:
        row = self._one("SELECT value FROM meta WHERE name = ?", (name,), _NUMBER)
        return row[0] if row else None

    def node(self, digest: bytes) -> bytes | None:
        """The RLP of a trie node."""
        row = self._one("SELECT rlp FROM node WHERE hash = ?", (digest,), _BYTES)
        return row[0] if row else None

    def code(self, digest: bytes) -> bytes | None:
        row = self._one("SELECT code FROM code WHERE hash = ?", (digest,), _BYTES)
        return row[0] if row else None

    def head(self) -> Header | None:
        """The newest block's header, None in an empty database."""
        return self._header("SELECT number, hash, header FROM block ORDER BY number DESC LIMIT 1", ())

    def header(self, number: int) -> Header | None:
        return self._header("SELECT number, hash, header FROM block WHERE number = ?", (number,))

    def header_by_hash(self, digest: bytes) -> Header | None:
        return self._header("SELECT number, hash, header FROM block WHERE hash = ?", (digest,))

    def block_hash(self, number: int) -> bytes:
        """The hash of a block that is there. Raises LedgerError where it is not."""
        row = self._one("SELECT hash FROM block WHERE number = ?", (number,), _BYTES)
        if row is None:
            raise _damaged("a block")
        return bytes(row[0])

    def size(self, number: int) -> int:
        """The bytes of a block's canonical encoding."""
        return self._count("SELECT size FROM block WHERE number = ?", (number,))

    def transactions(self, number: int) -> list[MinedTransaction]:
        """A block's transactions in their order."""
        base = number << _PLACES
        sql = "SELECT * FROM tx WHERE id >= ? AND id < ? ORDER BY id"
        return [_mined(row) for row in self._all(sql, (base, base + (1 << _PLACES)), _TX)]

    def transaction_hashes(self, number: int) -> list[bytes]:
        base = number << _PLACES
        sql = "SELECT hash FROM tx WHERE id >= ? AND id < ? ORDER BY id"
        return [digest for (digest,) in self._all(sql, (base, base + (1 << _PLACES)), _BYTES)]

    def transaction(self, digest: bytes) -> MinedTransaction | None:
        row = self._one("SELECT * FROM tx WHERE hash = ?", (digest,), _TX)
        return _mined(row) if row else None

    def logs_of(self, transaction: MinedTransaction) -> list[MinedLog]:
        """A transaction's logs in their order."""
        first = transaction.block << _PLACES | transaction.first_log
        rows = self._all("SELECT * FROM log WHERE id >= ? AND id < ? ORDER BY id", (first, first + transaction.logs), _LOG)
        return [_log(row) for row in rows]

    def logs(
        self, first: int, last: int, addresses: Sequence[bytes], topics: Sequence[Sequence[bytes]]
    ) -> list[tuple[MinedLog, bytes, bytes]]:
        """The logs of blocks `first` to `last` with their block's and transaction's hash, in their order.

        `addresses` and each of up to four `topics` are alternatives; an empty one means any, as in `eth_getLogs`.
        """
        where = ["id >= ?", "id < ?"]
        arguments: list[Any] = [first << _PLACES, last + 1 << _PLACES]
        for column, wanted in [("address", addresses), *((f"topic{n}", one) for n, one in enumerate(topics))]:
            if wanted:
                where.append(f"{column} IN ({','.join('?' * len(wanted))})")
                arguments += wanted
        if topics:
            where.append(f"topic{len(topics) - 1} IS NOT NULL")
        index = self._narrowest(topics)
        sql = f"SELECT * FROM log {index} WHERE {' AND '.join(where)} ORDER BY id"
        return self._placed(self._all(sql, arguments, _LOG))

    def _narrowest(self, topics: Sequence[Sequence[bytes]]) -> str:
        """Which index to use: the topic with the fewest logs, counted up to a limit; none where all have many."""
        best, found = "NOT INDEXED", _PROBE
        for n, wanted in enumerate(topics):
            if wanted:
                marks = ",".join("?" * len(wanted))
                probe = f"SELECT 1 FROM log INDEXED BY log_topic{n} WHERE topic{n} IN ({marks}) LIMIT {_PROBE}"
                count = self._count(f"SELECT count(*) FROM ({probe})", wanted)
                if count < found:
                    best, found = f"INDEXED BY log_topic{n}", count
        return best

    def _placed(self, rows: Iterable[tuple[Any, ...]]) -> list[tuple[MinedLog, bytes, bytes]]:
        placed = []
        block, hashes, block_hash = -1, list[bytes](), b""
        for row in rows:
            mined = _log(row)
            if mined.block != block:
                block = mined.block
                hashes, block_hash = self.transaction_hashes(block), self.block_hash(block)
            if mined.position >= len(hashes):
                raise _damaged("a log")
            placed.append((mined, block_hash, hashes[mined.position]))
        return placed

    def _count(self, sql: str, values: Sequence[Any]) -> int:
        row = self._one(sql, values, _NUMBER)
        return row[0] if row else 0

    def _header(self, sql: str, values: Sequence[Any]) -> Header | None:
        row = self._one(sql, values, _HEADER)
        if row is None:
            return None
        number, digest, raw = row
        header = Header.from_raw(raw) if keccak256(raw) == digest else None
        if header is None or header.number != number:
            raise _damaged("a block")
        return header

    def _one(self, sql: str, values: Sequence[Any], shapes: Shapes) -> tuple[Any, ...] | None:
        return next(iter(self._all(sql, values, shapes)), None)

    def _all(self, sql: str, values: Sequence[Any], shapes: Shapes) -> list[tuple[Any, ...]]:
        """The rows of a query, whose values have the types they were written with."""
        with self._spoken():
            rows: list[tuple[Any, ...]] = self._db.execute(sql, values).fetchall()
        for row in rows:
            if tuple(map(type, row)) not in shapes:
                raise _damaged("a value")
        return rows

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    @contextmanager
    def _spoken(self) -> Iterator[None]:
        """Turn what SQLite and the file system say into a LedgerError."""
        try:
            yield
        except (sqlite3.Error, OSError, UnicodeDecodeError, OverflowError) as error:  # the last two from damage
            raise LedgerError(
                f"The embedded chain's file cannot be used: {error}.", file=self._name, cause=type(error).__name__
            ) from error


def _connected(path: Path | None, read_only: bool) -> sqlite3.Connection:
    if path is None:
        return sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    if read_only and not path.exists():
        raise LedgerError("There is no embedded chain in this folder yet.", file=str(path))
    mode = "ro" if read_only else "rwc"
    address = f"file:{quote(str(path.absolute()))}?mode={mode}"
    db = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False, timeout=5)
    db.text_factory = bytes  # there is no text in it; where damage makes some, it is not decoded
    try:
        if not read_only:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")  # NORMAL loses acknowledged blocks when the power fails
            db.execute("PRAGMA wal_autocheckpoint=4000")
        db.execute("PRAGMA cache_size=-65536")
    except BaseException:
        db.close()
        raise
    return db


def _locked(path: Path) -> sqlite3.Connection:
    """A connection that holds the writer's lock until it is closed or its process dies."""
    lock = sqlite3.connect(path.with_name(path.name + ".lock"), isolation_level=None, check_same_thread=False, timeout=0)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        words = "Another window or command is writing to this embedded chain; close it, then try again."
        raise LedgerError(words, file=str(path)) from error
    return lock


def _mined(row: tuple[Any, ...]) -> MinedTransaction:
    if keccak256(row[2]) != row[1]:
        raise _damaged("a transaction")
    return MinedTransaction(row[0] >> _PLACES, row[0] & (1 << _PLACES) - 1, *row[1:])


def _log(row: tuple[Any, ...]) -> MinedLog:
    id_, position, address, *topics, data = row
    kept = tuple(topic for topic in topics if topic is not None)
    return MinedLog(id_ >> _PLACES, position, id_ & (1 << _PLACES) - 1, Log(address, kept, data))


def _damaged(what: str) -> LedgerError:
    return LedgerError(f"The embedded chain's file is damaged: {what} is not what it was.")
