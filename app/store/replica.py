"""This laptop's copy of the contract's log and of the pieces that prove it, as of a checkpoint.

Nothing here is trusted when it is read: the verifier hashes every row again. Storage-trie nodes are kept by hash; since every
slot that changed was fetched with its proof, the nodes together hold the contract's whole storage trie at the checkpoint, so
that any unit's presence, and any invented unit's absence, is provable without a network.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from chain import encoding
from chain.encoding import ZERO, word
from chain.errors import BadProof, MissingNode
from chain.evidence import Checkpoint
from chain.journey import Birth, Entry, Kind, Verb
from chain.merkle import Tiles

_COLUMNS = "idx, verb, organisation, device, counterparty, event_time, record_time, commitment, argument, units, block"
TAKEN_BACK = "taken_back"
"""The setting that counts the entries that reorganisations took back, until a person has seen it."""
_VERBS = frozenset(map(int, Verb))
_KINDS = frozenset(map(int, Kind))
_ROLES = (Verb.ENROL_ORGANISATION, Verb.SET_ROLES)


class Replica:
    """The replicated log of one contract. Writers call within a transaction of the store."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    # ---- reading -------------------------------------------------------------------------------------------------------

    def size(self) -> int:
        """How many entries are here, proven or not yet."""
        found = self._db.execute("select max(idx) from events").fetchone()[0]
        return 0 if found is None else int(found) + 1

    def checkpoint(self) -> tuple[Checkpoint, bytes] | None:
        """The newest checkpoint and its block header's RLP."""
        row = self._db.execute(
            "select origin, size, root, block, hash, state_root, at, header from checkpoints order by block desc limit 1"
        ).fetchone()
        found = None if row is None else _checkpoint(row[:7])
        return None if found is None or not isinstance(row[7], bytes) else (found, row[7])

    def checkpoints(self) -> list[Checkpoint]:
        """All that are kept, newest first."""
        rows = self._db.execute("select origin, size, root, block, hash, state_root, at from checkpoints order by block desc")
        return [found for found in map(_checkpoint, rows) if found is not None]

    def header_of(self, checkpoint: Checkpoint) -> bytes | None:
        """The block header's RLP of a checkpoint that is kept, None where it is not one of these."""
        row = self._db.execute(
            "select origin, size, root, block, hash, state_root, at, header from checkpoints where block = ?", (checkpoint.block,)
        ).fetchone()
        same = row is not None and _checkpoint(row[:7]) == checkpoint and isinstance(row[7], bytes)
        return bytes(row[7]) if same else None

    def proven_size(self) -> int:
        """How many entries the newest checkpoint proves."""
        row = self._db.execute("select size from checkpoints order by block desc limit 1").fetchone()
        return 0 if row is None else int(row[0])

    def entries(self, first: int = 0, size: int | None = None) -> Iterable[Entry]:
        """The entries from `first` on, in order, below `size`; by default those that are proven."""
        limit = self.proven_size() if size is None else size
        rows = self._db.execute(f"select {_COLUMNS} from events where idx >= ? and idx < ? order by idx", (first, limit))
        return filter(None, map(_entry, rows))

    def about(self, subject: bytes, size: int) -> tuple[Entry, ...]:
        """The entries below `size` about a unit, a lot, or an organisation (its number as a 32-byte word)."""
        rows = self._db.execute(
            f"select {_COLUMNS} from events where idx in (select idx from about where subject = ? and idx < ?) order by idx",
            (subject, size),
        )
        return tuple(filter(None, map(_entry, rows)))

    def last_about(self, subject: bytes, size: int) -> int | None:
        """The index of the last entry below `size` about a unit, a lot or an organisation; None where there is none."""
        found = self._db.execute("select max(idx) from about where subject = ? and idx < ?", (subject, size)).fetchone()[0]
        return None if found is None else int(found)

    def administration(self) -> Iterable[Entry]:
        """The proven entries about organisations, prefixes and devices, in order."""
        rows = self._db.execute(f"select {_COLUMNS} from events where verb >= 32 and idx < ? order by idx", (self.proven_size(),))
        return filter(None, map(_entry, rows))

    def detailed(self, index: int) -> bool:
        """True where the details of an entry were here once."""
        row = self._db.execute("select detailed from events where idx = ?", (index,)).fetchone()
        return bool(row and row[0])

    def anchors(self) -> int:
        """How many models the log has anchored."""
        return int(self._db.execute("select count(*) from events where verb = ?", (int(Verb.ANCHOR_MODEL),)).fetchone()[0])

    def birth(self, unit: bytes) -> Birth | None:
        """How a unit came to be."""
        row = self._db.execute(
            "select unit, kind, prefix, lot, expiry, root, size from births where unit = ?", (unit,)
        ).fetchone()
        return None if row is None else _birth(row)

    def births(self) -> dict[bytes, Birth]:
        """All of them."""
        rows = self._db.execute("select unit, kind, prefix, lot, expiry, root, size from births")
        return {birth.unit: birth for birth in map(_birth, rows) if birth is not None}

    def drawn(self) -> list[tuple[bytes, bytes]]:
        """(unit, lot) of every unit that was drawn from a lot."""
        return [(row[0], row[1]) for row in self._db.execute("select unit, lot from drawn")]

    def begun(self, unit: bytes) -> bool:
        """Whether it is known how a unit came to be: a birth of its own, or a draw from a lot."""
        query = "select 1 from births where unit = ? union all select 1 from drawn where unit = ?"
        return self._db.execute(query, (unit, unit)).fetchone() is not None

    def lot_of(self, unit: bytes) -> bytes | None:
        """The lot that a unit was drawn from, as a node said or as a list of the lot's units says; None where neither does."""
        row = self._db.execute("select lot from drawn where unit = ?", (unit,)).fetchone()
        if row is None:
            row = self._db.execute("select lot from lot_units where unit = ?", (unit,)).fetchone()
        return None if row is None else bytes(row[0])

    def lot_place(self, unit: bytes) -> tuple[bytes, int] | None:
        """The lot whose list holds a unit, and its position there."""
        row = self._db.execute("select lot, position from lot_units where unit = ?", (unit,)).fetchone()
        return None if row is None else (row[0], row[1])

    def lot_units(self, lot: bytes) -> list[bytes]:
        """The units of a lot in the order of its tree; empty where the list is not here."""
        return [row[0] for row in self._db.execute("select unit from lot_units where lot = ? order by position", (lot,))]

    def open_lots(self, prefixes: Sequence[int]) -> int:
        """How many lots under these prefixes were commissioned as a root whose list is not here."""
        marks = ",".join("?" * len(prefixes))
        query = f"select count(*) from births where kind = 3 and prefix in ({marks}) and unit not in (select lot from lot_units)"
        return int(self._db.execute(query, tuple(prefixes)).fetchone()[0])

    def node(self, reference: bytes) -> bytes:
        """A trie node by its hash. Raises MissingNode."""
        row = self._db.execute("select node from nodes where hash = ?", (reference,)).fetchone()
        if row is None:
            raise MissingNode("a piece of the proof is not on this laptop", node=reference.hex())
        return _blob(row[0])

    def has_node(self, reference: bytes) -> bool:
        """True where a trie node with this hash is here."""
        return self._db.execute("select 1 from nodes where hash = ?", (reference,)).fetchone() is not None

    def slot_between(self, low: bytes, high: bytes) -> bytes | None:
        """A storage slot whose hashed key lies in this range, ends included."""
        row = self._db.execute("select slot from slots where path between ? and ? limit 1", (low, high)).fetchone()
        return None if row is None else bytes(row[0])

    def tiles(self) -> Tiles:
        """The log's tree."""
        return Tiles(self._tile)

    def _tile(self, level: int, n: int) -> bytes:
        row = self._db.execute("select data from tiles where level = ? and n = ?", (level, n)).fetchone()
        if row is None:
            raise MissingNode("a piece of the log's tree is not on this laptop", level=level, n=n)
        return _blob(row[0])

    # ---- writing -------------------------------------------------------------------------------------------------------

    def add(self, entries: Sequence[Entry], births: Iterable[Birth]) -> None:
        """Append entries (in order, without a gap) and the births that came with them."""
        self._db.executemany(
            f"insert into events ({_COLUMNS}, detailed) values (?,?,?,?,?,?,?,?,?,?,?,"
            "exists (select 1 from details where commitment = ?))",
            (
                (
                    e.index, e.verb, e.organisation, e.device, e.counterparty, e.event_time, e.record_time, e.commitment,
                    e.argument, b"".join(e.units), e.block, e.commitment,
                )
                for e in entries
            ),
        )  # fmt: skip
        self._db.executemany("insert or ignore into about values (?,?)", (pair for e in entries for pair in _subjects(e)))
        self._db.executemany(
            "insert or ignore into births values (?,?,?,?,?,?,?)",  # what is proven stays, whatever is said later
            ((b.unit, b.kind, b.prefix, b.lot, b.expiry, b.root, b.size) for b in births),
        )

    def add_drawn(self, drawn: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep (unit, lot) of units that were drawn from lots."""
        self._db.executemany("insert or replace into drawn values (?,?)", drawn)

    def grow(self, size: int, leaves: Sequence[bytes]) -> None:
        """Bring the tree from `size` leaves to `size` plus these."""
        changed = list(self.tiles().appended(size, leaves))
        self._db.executemany("insert or replace into tiles values (?,?,?)", changed)

    def add_nodes(self, nodes: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep trie nodes as (hash, node)."""
        self._db.executemany("insert or ignore into nodes values (?,?)", nodes)

    def add_slots(self, slots: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep storage slots as (hashed key, slot)."""
        self._db.executemany("insert or ignore into slots values (?,?)", slots)

    def add_lot(self, lot: bytes, units: Sequence[bytes]) -> None:
        """Keep the list of a lot's units in the order of its tree."""
        self._db.executemany("insert or ignore into lot_units values (?,?,?)", ((u, lot, i) for i, u in enumerate(units)))

    def pin(self, checkpoint: Checkpoint, header: bytes) -> None:
        """From now on this checkpoint is the newest."""
        c = checkpoint
        self._db.execute(
            "insert or replace into checkpoints (origin, size, root, block, hash, state_root, at, header)"
            " values (?,?,?,?,?,?,?,?)",
            (c.origin, c.size, c.root, c.block, c.block_hash, c.state_root, int(c.at.timestamp()), header),
        )
        self._db.execute(
            "delete from checkpoints where block not in (select block from checkpoints order by block desc limit 64)"
        )

    def rewind(self, size: int, block: int) -> None:
        """Forget entries from `size` on and checkpoints above `block`: what a reorganisation undid, or what was never proven.

        It costs what is forgotten, not what stays. Tiles are read up to a size: what they hold beyond it is written over later.
        """
        gone = [_entry(row) for row in self._db.execute(f"select {_COLUMNS} from events where idx >= ?", (size,))]
        pairs = [pair for entry in gone if entry is not None for pair in _subjects(entry)]
        self._db.executemany("delete from about where subject = ? and idx = ?", pairs)
        self._db.executemany(
            "delete from births where unit = ? and not exists (select 1 from about where subject = unit)",
            ((subject,) for subject in {subject for subject, _ in pairs}),
        )
        if None in gone:  # a damaged row does not say what it was about
            some = "select subject from about where idx >= ?"
            self._db.execute(
                f"delete from births where unit in ({some}) and unit not in (select subject from about where idx < ?)",
                (size, size),
            )
            self._db.execute("delete from about where idx >= ?", (size,))
        self._db.execute("delete from events where idx >= ?", (size,))
        self._db.execute("delete from checkpoints where block > ?", (block,))
        self._db.execute("update standings set last = -1 where last >= ?", (size,))
        self._db.execute("update standings_told set size = min(size, ?)", (size,))
        self._mend(size)

    def _mend(self, size: int) -> None:
        """Make the tiles anew where they do not have the root that the newest checkpoint proves at this size."""
        newest = self.checkpoint()
        if newest is None or newest[0].size != size:
            return
        try:
            whole = self.tiles().root(size) == newest[0].root
        except (BadProof, MissingNode):
            whole = False
        if not whole:
            self._db.execute("delete from tiles")
            self.grow(0, [encoding.leaf(entry) for entry in self.entries(0, size)])


def _subjects(entry: Entry) -> Iterable[tuple[bytes, int]]:
    if entry.verb in _ROLES:
        return ((word(entry.counterparty), entry.index),)
    if not entry.units and entry.argument != ZERO:
        return ((entry.argument, entry.index),)
    return tuple((unit, entry.index) for unit in entry.units)


def _entry(row: Sequence[Any]) -> Entry | None:
    """An entry out of a row; None where somebody put something else there: what is missing is noticed by its hash."""
    index, verb, organisation, device, counterparty, event_time, record_time, commitment, argument, packed, block = row
    numbers = (index, verb, organisation, counterparty, event_time, record_time, block)
    if not all(isinstance(number, int) and number >= 0 for number in numbers) or verb not in _VERBS:
        return None
    if not (_is(device, 20) and _is(commitment, 32) and _is(argument, 32) and isinstance(packed, bytes)) or len(packed) % 32:
        return None
    units = tuple(packed[i : i + 32] for i in range(0, len(packed), 32))
    return Entry(
        index, Verb(verb), organisation, device, counterparty, event_time, record_time, commitment, argument, units, block
    )


def _birth(row: Sequence[Any]) -> Birth | None:
    unit, kind, prefix, lot, expiry, root, size = row
    numbers = (kind, prefix, expiry, size)
    if not all(isinstance(number, int) and number >= 0 for number in numbers) or kind not in _KINDS:
        return None
    if not (_is(unit, 32) and _is(lot, 32) and _is(root, 32)):
        return None
    return Birth(unit, Kind(kind), prefix, lot, expiry, root, size)


def _checkpoint(row: Sequence[Any]) -> Checkpoint | None:
    origin, size, root, block, block_hash, state_root, at = row
    if not (isinstance(origin, str) and _is(root, 32) and _is(block_hash, 32) and _is(state_root, 32)):
        return None
    if not all(isinstance(number, int) and 0 <= number < 1 << 40 for number in (size, block)):
        return None
    if not (isinstance(at, int) and 0 <= at < 1 << 36):
        return None
    return Checkpoint(origin, size, root, block, block_hash, state_root, datetime.fromtimestamp(at, UTC))


def _blob(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""


def _is(value: object, length: int) -> bool:
    return isinstance(value, bytes) and len(value) == length
