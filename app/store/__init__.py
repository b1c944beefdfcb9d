"""The one SQLite file of a profile: the replica of the log, what its hashes stand for, and this laptop's own scans.

WAL with synchronous=FULL: what was acknowledged survives a power loss. One connection, used from one thread. SQL text lives in
this package and nowhere else; no text of a user ever becomes part of it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from app.errors import broken_file, unwritable_file
from app.store.alerts import AlertRows
from app.store.claims import Claims
from app.store.desk import DeskRows
from app.store.goods import Goods
from app.store.letters import Letters
from app.store.outbox import OutboxTable
from app.store.replica import Replica
from app.store.scans import Scans
from app.store.schema import bring_up_to_date
from app.store.standings import Standings
from app.store.turns import Turns
from chain.errors import StoreError

__all__ = ["Store", "bytes_of"]


class Store:
    """An open profile database.

    Args:
        path: the file; it is made, with its folder, where there is none.
        turns: those of the other stores of this file in this program, where there are any.

    Raises:
        StoreError: no database, damaged, from a newer program, or not writable; the sentence says which.
    """

    def __init__(self, path: Path, turns: Turns | None = None) -> None:
        self.path = path
        self._turns = turns or Turns()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = full")
            self._db.execute("pragma foreign_keys = on")
            self._db.execute("pragma cache_size = -65536")
            bring_up_to_date(self._db)
        except (sqlite3.DatabaseError, UnicodeDecodeError, OSError) as cause:
            raise _in_words(path, cause) from cause
        self.replica = Replica(self._db)
        self.goods = Goods(self._db)
        self.scans = Scans(self._db)
        self.claims = Claims(self._db)
        self.outbox = OutboxTable(self._db)
        self.desk = DeskRows(self._db)
        self.alerts = AlertRows(self._db)
        self.standings = Standings(self._db)
        self.letters = Letters(self._db, self.replica)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; writers of one program take turns. Raises StoreError."""
        with self._turns.taken():
            try:
                self._db.execute("begin immediate")
            except sqlite3.Error as cause:
                raise _in_words(self.path, cause) from cause
            try:
                yield
                self._db.execute("commit")
            except BaseException as cause:
                if self._db.in_transaction:
                    self._db.execute("rollback")
                if isinstance(cause, sqlite3.Error):
                    raise _in_words(self.path, cause) from cause
                raise

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Many reads of one state of the file, and a damaged file in words. Raises StoreError."""
        try:
            self._db.execute("begin")
            yield
        except (sqlite3.DatabaseError, UnicodeDecodeError) as cause:
            raise _in_words(self.path, cause) from cause
        finally:
            if self._db.in_transaction:
                self._db.execute("rollback")

    def close(self) -> None:
        """Close the file; the write-ahead log is folded in."""
        self._db.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def bytes_of(path: Path) -> int:
    """The size of a database once its write-ahead log is folded in. Raises StoreError where it is none."""
    try:
        database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10)
        try:
            pages, size = (int(database.execute(f"pragma {name}").fetchone()[0]) for name in ("page_count", "page_size"))
        finally:
            database.close()
    except (sqlite3.Error, UnicodeDecodeError) as cause:
        raise _in_words(path, cause) from cause
    return pages * size


def _in_words(path: Path, cause: Exception) -> StoreError:
    if isinstance(cause, StoreError):
        return cause
    damaged = isinstance(cause, UnicodeDecodeError) or (
        isinstance(cause, sqlite3.DatabaseError) and not isinstance(cause, sqlite3.OperationalError)
    )
    text = str(cause)
    return broken_file(path, cause) if damaged or "malformed" in text else unwritable_file(path, cause)
