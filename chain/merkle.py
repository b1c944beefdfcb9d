"""The append-only log as mathematics: RFC 6962 / RFC 9162 Merkle tree hashing, its proofs, and storage that
grows with it.

A log of a million events is proven by 20 hashes, and that nothing was taken out or rewritten since yesterday
by about 40. This module makes and checks both, keeps the same incremental frontier as the contract, and reads
proofs from tiles (C2SP tlog-tiles layout, 256 hashes each), so that a replica in SQLite never hashes the
whole log twice.

It knows no file, no database and no chain: leaf hashes come in, 32-byte hashes go out. It refuses every proof
that is not exactly the one path of its index and size: no spare hash, no missing hash, no index beside the
tree, and no proof about an empty tree ("no previous view" shows nothing). A refusal is `BadProof`; a tile
that is not here is `MissingNode`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from chain.errors import BadProof, MissingNode

HASH = 32
MAX_SIZE = 2**64 - 1  # RFC 9162 section 4.9: tree_size is a uint64
EMPTY_ROOT = sha256(b"").digest()  # RFC 6962 section 2.1: MTH({})
TILE_WIDTH = 256
_TILE_HEIGHT = 8
_TILE_BYTES = TILE_WIDTH * HASH

Range = tuple[int, int]


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 || data): the hash of one log entry (RFC 6962 section 2.1)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right): the hash of an inner node (RFC 6962 section 2.1)."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """What an appender must remember of a tree: its size and the roots of its complete subtrees, the largest
    first.

    The contract keeps the same hashes in `frontier[level]`, one for every bit that is set in the size
    (`of_slots`). Immutable: an older frontier is the way back after a reorganisation.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MAX_SIZE:
            raise BadProof("The size of the log is out of range.", size=self.size)
        if len(self.peaks) != self.size.bit_count():
            raise BadProof("The frontier does not fit the size of the log.", size=self.size, peaks=len(self.peaks))
        _hashes(self.peaks)

    @classmethod
    def of_slots(cls, size: int, slots: Sequence[bytes]) -> Frontier:
        """The frontier from the contract's storage: `slots[level]` is the root of a complete subtree of
        2**level leaves.

        Slots whose bit is not set in `size` are stale and ignored.
        """
        if size.bit_length() > len(slots):
            raise BadProof("The contract's frontier is shorter than its log.", size=size, slots=len(slots))
        return cls(size, tuple(slots[level] for level in _levels(size)))

    @classmethod
    def from_bytes(cls, data: bytes) -> Frontier:
        """Read what `to_bytes` wrote; nothing else is accepted."""
        if len(data) < 8 or len(data) % HASH != 8:
            raise BadProof("These bytes are not a frontier.", length=len(data))
        return cls(int.from_bytes(data[:8], "big"), tuple(_split(data[8:])))

    def to_bytes(self) -> bytes:
        """Size (8 bytes, big-endian), then the peaks."""
        return self.size.to_bytes(8, "big") + b"".join(self.peaks)

    def slot(self, level: int) -> bytes:
        """The root of the complete subtree of 2**level leaves: what the contract holds in
        `frontier[level]`."""
        for have, peak in zip(_levels(self.size), self.peaks, strict=True):
            if have == level:
                return peak
        raise MissingNode("The log has no complete subtree of that height.", size=self.size, level=level)

    @property
    def root(self) -> bytes:
        """The Merkle tree hash of the log."""
        if not self.peaks:
            return EMPTY_ROOT
        *rest, folded = self.peaks
        for peak in reversed(rest):
            folded = node_hash(peak, folded)
        return folded

    def after(self, leaf_hashes: Iterable[bytes]) -> Frontier:
        """The frontier with these leaf hashes appended. Costs one hash per leaf; feed millions in chunks."""
        nodes = list(leaf_hashes)
        _hashes(nodes)
        size = self.size + len(nodes)
        slots = dict(zip(_levels(self.size), self.peaks, strict=True))
        make = sha256
        level = 0
        while nodes:
            if (self.size >> level) & 1:
                nodes.insert(0, slots.pop(level))
            if len(nodes) & 1:
                slots[level] = nodes.pop()
            pairs = iter(nodes)
            nodes = [make(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
            level += 1
        return Frontier(size, tuple(slots[level] for level in _levels(size)))


def root(leaf_hashes: Iterable[bytes]) -> bytes:
    """The Merkle tree hash over leaf hashes (RFC 6962 section 2.1); of none, SHA-256 of nothing."""
    return Frontier().after(leaf_hashes).root


def inclusion_path(leaf_hashes: Sequence[bytes], index: int, size: int) -> tuple[bytes, ...]:
    """The path that shows leaf `index` in the tree of the first `size` leaves (RFC 9162 section 2.1.3.1)."""
    _held(size, len(leaf_hashes))
    return tuple(root(leaf_hashes[lo:hi]) for lo, hi in inclusion_ranges(index, size))


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Show that the leaf hash `leaf` stands at `index` in the tree of `size` leaves with that root, or raise
    BadProof.

    RFC 9162 section 2.1.3.2. An index and a size have exactly one length of path.
    """
    if not 0 <= index < size <= MAX_SIZE:
        raise BadProof("The entry's place is not inside the log.", index=index, size=size)
    inner = (index ^ (size - 1)).bit_length()
    if len(path) != inner + (index >> inner).bit_count():
        raise BadProof("The path to the log's root has the wrong length.", index=index, size=size, hashes=len(path))
    _hashes((leaf, root, *path))
    hashed = leaf
    for level, sibling in enumerate(path):
        to_the_left = level >= inner or (index >> level) & 1
        hashed = node_hash(sibling, hashed) if to_the_left else node_hash(hashed, sibling)
    if hashed != root:
        raise BadProof("The entry is not in the log at this place.", index=index, size=size)


def consistency_path(leaf_hashes: Sequence[bytes], old_size: int, new_size: int) -> tuple[bytes, ...]:
    """The path that shows the first `old_size` leaves unchanged in the tree of `new_size` (RFC 9162 section
    2.1.4.1)."""
    _held(new_size, len(leaf_hashes))
    return tuple(root(leaf_hashes[lo:hi]) for lo, hi in _consistency_ranges(old_size, new_size))


def verify_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]) -> None:
    """Show that the old log is a beginning of the new one, or raise BadProof (RFC 9162 section 2.1.4.2)."""
    if not 0 < old_size <= new_size <= MAX_SIZE:
        raise BadProof("A log can only grow, and from at least one entry.", old=old_size, new=new_size)
    if old_size == new_size:
        if path or old_root != new_root:
            raise BadProof("Two logs of one size are the same log, and need no path.", size=old_size)
        return
    _hashes((old_root, new_root, *path))
    level = (old_size & -old_size).bit_length() - 1  # the last complete subtree of the old log
    place, last = (old_size - 1) >> level, (new_size - 1) >> level
    inner = (place ^ last).bit_length()
    if len(path) != (place != 0) + inner + (place >> inner).bit_count():
        raise BadProof("The path between the two logs has the wrong length.", old=old_size, new=new_size)
    old = new = path[0] if place else old_root
    for step, sibling in enumerate(path[1:] if place else path):
        if step >= inner or (place >> step) & 1:
            old = node_hash(sibling, old)
            new = node_hash(sibling, new)
        else:
            new = node_hash(new, sibling)
    if old != old_root or new != new_root:
        raise BadProof("The newer log does not contain the older one unchanged.", old=old_size, new=new_size)


@dataclass(frozen=True, slots=True)
class Tiles:
    """Proofs out of stored tiles (C2SP tlog-tiles), for any size up to the one stored.

    `read(level, n)` gives tile n of a tile level: up to 256 hashes of 32 bytes, concatenated, fewer at the
    right edge; entry i stands for the complete subtree of 256**level leaves at 256 * n + i. It may hold more
    than asked for, and raises MissingNode (or gives b"") where there is none. Whether the tiles are true is
    seen where a root is proven (`check`).
    """

    read: Callable[[int, int], bytes]

    def frontier(self, size: int) -> Frontier:
        """The frontier of the first `size` leaves."""
        if not 0 <= size <= MAX_SIZE:
            raise BadProof("The size of the log is out of range.", size=size)
        return Frontier(size, tuple(self._peaks(0, size)))

    def root(self, size: int) -> bytes:
        """The Merkle tree hash of the first `size` leaves."""
        return self.frontier(size).root

    def inclusion_path(self, index: int, size: int) -> tuple[bytes, ...]:
        """The path that shows leaf `index` in the tree of the first `size` leaves."""
        return tuple(self._range(lo, hi) for lo, hi in inclusion_ranges(index, size))

    def consistency_path(self, old_size: int, new_size: int) -> tuple[bytes, ...]:
        """The path that shows the first `old_size` leaves unchanged among the first `new_size`."""
        return tuple(self._range(lo, hi) for lo, hi in _consistency_ranges(old_size, new_size))

    def appended(self, size: int, leaf_hashes: Iterable[bytes]) -> Iterator[tuple[int, int, bytes]]:
        """The tiles (level, n, bytes) to write, replacing what is there, when leaves are appended to the
        first `size`.

        Whatever is stored beyond `size` is cut off: this is also how a reorganised tail is replaced.
        """
        new = list(leaf_hashes)
        _hashes(new)
        level = 0
        while new:
            n, width = divmod(size, TILE_WIDTH)
            data = self._tile(level, n, width) + b"".join(new)
            new = []
            for at in range(0, len(data), _TILE_BYTES):
                tile = data[at : at + _TILE_BYTES]
                yield level, n, tile
                n += 1
                if len(tile) == _TILE_BYTES:
                    new.append(_pyramid(tile)[_TILE_HEIGHT])
            level, size = level + 1, size // TILE_WIDTH

    def check(self, size: int, root: bytes) -> None:
        """Hash every stored tile of the first `size` leaves and compare: BadProof names the first level that
        is wrong."""
        expected, count, level = b"", size, 0
        while count:
            tiles = [self._tile(level, n, min(TILE_WIDTH, count - at)) for n, at in _tile_starts(count)]
            if level and b"".join(tiles) != expected:
                raise BadProof("The stored tree does not fit its own leaves.", level=level, size=size)
            expected = b"".join(_pyramid(tile)[_TILE_HEIGHT] for tile in tiles if len(tile) == _TILE_BYTES)
            count, level = count // TILE_WIDTH, level + 1
        if self.root(size) != root:
            raise BadProof("The stored log does not have the root that was proven.", size=size)

    def _stored(self, level: int, n: int, width: int) -> bytes:
        """A tile as it is stored, of at least `width` hashes."""
        data = self.read(level, n)
        if len(data) % HASH or len(data) > _TILE_BYTES:
            raise BadProof("A stored tile of the log is damaged.", level=level, tile=n, length=len(data))
        if len(data) < width * HASH:
            raise MissingNode("A part of the log is not stored here.", level=level, tile=n, hashes=width)
        return data

    def _tile(self, level: int, n: int, width: int) -> bytes:
        """The first `width` hashes of a tile."""
        return self._stored(level, n, width)[: width * HASH] if width else b""

    def _node(self, height: int, index: int) -> bytes:
        """The root of the complete subtree of 2**height leaves number `index`."""
        level, inside = divmod(height, _TILE_HEIGHT)
        n, place = divmod(index << inside, TILE_WIDTH)
        row = _pyramid(self._stored(level, n, place + (1 << inside)))[inside]
        at = (place >> inside) * HASH
        return row[at : at + HASH]

    def _peaks(self, lo: int, hi: int) -> Iterator[bytes]:
        for height in _levels(hi - lo):
            yield self._node(height, lo >> height)
            lo += 1 << height

    def _range(self, lo: int, hi: int) -> bytes:
        return Frontier(hi - lo, tuple(self._peaks(lo, hi))).root


@lru_cache(maxsize=256)
def _pyramid(tile: bytes) -> tuple[bytes, ...]:
    """The rows of complete subtrees above a tile's hashes: row k has width >> k of them. Kept by content, so
    never stale."""
    rows = [tile]
    while len(rows) <= _TILE_HEIGHT:
        row = rows[-1]
        whole = len(row) // (2 * HASH) * (2 * HASH)
        rows.append(b"".join(sha256(b"\x01" + row[at : at + 2 * HASH]).digest() for at in range(0, whole, 2 * HASH)))
    return tuple(rows)


def _tile_starts(count: int) -> Iterator[tuple[int, int]]:
    """(n, first entry) of each tile that `count` entries fill."""
    return enumerate(range(0, count, TILE_WIDTH))


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """The ranges of leaves whose roots are the inclusion path, nearest to the leaf first."""
    if not 0 <= index < size <= MAX_SIZE:
        raise BadProof("The entry's place is not inside the log.", index=index, size=size)
    ranges: list[Range] = []
    lo, hi = 0, size
    while hi - lo > 1:
        middle = _middle(lo, hi)
        if index < middle:
            ranges.append((middle, hi))
            hi = middle
        else:
            ranges.append((lo, middle))
            lo = middle
    return ranges[::-1]


def _consistency_ranges(old_size: int, new_size: int) -> list[Range]:
    """The ranges of leaves whose roots are the consistency path, the smallest first."""
    if not 0 < old_size <= new_size <= MAX_SIZE:
        raise BadProof("A log can only grow, and from at least one entry.", old=old_size, new=new_size)
    ranges: list[Range] = []
    lo, hi = 0, new_size
    while hi != old_size:
        middle = _middle(lo, hi)
        if old_size <= middle:
            ranges.append((middle, hi))
            hi = middle
        else:
            ranges.append((lo, middle))
            lo = middle
    if lo:
        ranges.append((lo, hi))
    return ranges[::-1]


def _middle(lo: int, hi: int) -> int:
    """Where RFC 6962 splits a range: after the largest power of two that is smaller than its length."""
    return lo + (1 << ((hi - lo - 1).bit_length() - 1))


def _levels(size: int) -> list[int]:
    """The bits that are set in a size, the highest first."""
    return [level for level in range(size.bit_length() - 1, -1, -1) if (size >> level) & 1]


def _split(data: bytes) -> list[bytes]:
    return [data[at : at + HASH] for at in range(0, len(data), HASH)]


def _hashes(values: Iterable[bytes]) -> None:
    if set(map(len, values)) - {HASH}:
        raise BadProof("A hash in a proof or in the log has 32 bytes; one here has not.")


def _held(size: int, held: int) -> None:
    if size > held:
        raise MissingNode("The log is not stored here up to that size.", size=size, held=held)
