"""Pull: the contract's log into the replica, proven before it counts.

What a node says is kept only if the log it sent has the root that a storage proof shows in the contract, at a block whose header
hashes. What a node leaves out is missed by the contiguous index and by that root. The replica advances only with the checkpoint;
a pull that dies half-way leaves entries above it, which the next pull throws away.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from tiny_keccak import keccak256

from app.store import Store
from chain import encoding
from chain.calls import slot
from chain.encoding import ZERO, word
from chain.errors import BadProof, LedgerError, MissingNode
from chain.evidence import Checkpoint, Trust
from chain.journey import Birth, Entry, Verb
from chain.ledger import Chunk, Ledger, ProvenLog
from chain.storage_proof import lookup, mapping_slot, read_account
from chain.trie_copy import gaps

Progress = Callable[[str, int, int], None]
"""What is being done, how much is done, how much there is to do."""

HARVEST = 512


@dataclass(frozen=True, slots=True)
class _Harvest:
    """What a harvest brings: (hash, node) of the storage trie and the account's path, and (hashed key, slot)."""

    nodes: tuple[tuple[bytes, bytes], ...]
    slots: tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull brought: entries, proofs' nodes, the block it ends at, and seconds."""

    entries: int
    nodes: int
    block: int
    seconds: float


def silent(what: str, done: int, total: int) -> None:
    """A Progress that says nothing."""
    del what, done, total


def pull(store: Store, ledger: Ledger, trust: Trust, progress: Progress = silent) -> Pulled:
    """Bring the replica to the network's newest block.

    Raises LedgerError where the node's answers cannot be true or do not come; the replica then stands where it stood.
    """
    try:
        return _pull(store, ledger, trust, progress)
    except (BadProof, MissingNode) as cause:
        raise LedgerError(f"This node's answers cannot be true: {cause.words}", **cause.details) from cause


def _pull(store: Store, ledger: Ledger, trust: Trust, progress: Progress) -> Pulled:
    started = time.perf_counter()
    if ledger.chain_id() != trust.chain_id:
        raise LedgerError("this node is on another network than the one you pinned", chain_id=ledger.chain_id())
    newest = _last_good(store, ledger)
    size = newest.size if newest else 0
    with store.transaction():
        if store.replica.size() > size:
            store.replica.rewind(size, newest.block if newest else -1)
    settled = ledger.settled().number
    if newest is not None and settled < newest.block <= ledger.head().number:
        settled = newest.block  # the settings ask for more depth than when it was taken
    proven = ledger.proven(settled)
    if newest is not None and proven.header.number < newest.block:
        raise LedgerError("this node is behind what this laptop has already seen: nothing was taken from it")
    touched = _entries(store, ledger, (newest.block + 1) if newest else 0, proven.header.number, size, proven.size, progress)
    harvest = _harvest(store, ledger, proven, touched | _plain(proven.size), progress)
    checkpoint = Checkpoint(
        origin=trust.origin,
        size=proven.size,
        root=proven.root,
        block=proven.header.number,
        block_hash=proven.header.hash,
        state_root=proven.header.state_root,
        at=datetime.fromtimestamp(proven.header.timestamp, UTC),
    )
    with store.transaction():
        if proven.size and store.replica.tiles().root(proven.size) != proven.root:
            raise LedgerError("the node's log does not have the root that the contract proves: entries were changed or left out")
        store.replica.add_nodes(harvest.nodes)
        store.replica.add_slots(harvest.slots)
        store.replica.pin(checkpoint, proven.header.rlp())
    return Pulled(proven.size - size, len(harvest.nodes), proven.header.number, time.perf_counter() - started)


def _last_good(store: Store, ledger: Ledger) -> Checkpoint | None:
    """The newest checkpoint whose block is still on the chain; what was above it is undone."""
    for checkpoint in store.replica.checkpoints():
        try:
            if ledger.header(checkpoint.block).hash == checkpoint.block_hash:
                return checkpoint
        except LedgerError:
            continue
    return None


def _entries(store: Store, ledger: Ledger, first: int, last: int, size: int, until: int, progress: Progress) -> set[bytes]:
    """The log's entries of these blocks into the replica; the storage slots that they changed."""
    touched: set[bytes] = set()
    if first > last:
        return touched
    for chunk in ledger.logs(first, last, index=size, size=until):
        with store.transaction():
            _append(store, chunk, size)
        touched |= _touched(chunk)
        size += len(chunk.entries)
        progress("entries", size, until)
    if size != until:
        raise LedgerError("the node left out entries of the log", got=size, proven=until)
    return touched


def _append(store: Store, chunk: Chunk, size: int) -> None:
    for place, entry in enumerate(chunk.entries):
        if entry.index != size + place:
            raise LedgerError("the node sent the log with a gap or out of order", index=entry.index, expected=size + place)
    drawn = [(unit, one.lot) for one in chunk.drawn for unit in one.units]
    for entry in chunk.entries:
        if entry.verb in (Verb.COMMISSION, Verb.COMMISSION_LOT):
            _check_births(entry, chunk)
    store.replica.add(chunk.entries, chunk.births.values(), drawn)
    store.replica.grow(size, [encoding.leaf(entry) for entry in chunk.entries])


def _check_births(entry: Entry, chunk: Chunk) -> None:
    births = [chunk.births[unit] for unit in entry.units if unit in chunk.births]
    if len(births) != len(entry.units) or encoding.births_digest(births) != entry.argument:
        raise LedgerError("the node left out or changed how units were issued", index=entry.index)


def _plain(size: int) -> set[bytes]:
    """The slots of plain variables: those that proofs need, and the others that stand beside them in the trie."""
    names = ("log_size", "log_root", "organisation_count", "administrator", "successor")
    levels = range(size.bit_length())
    return {word(slot(name)) for name in names} | {word(slot("frontier") + level) for level in levels}


def _touched(chunk: Chunk) -> set[bytes]:
    """The storage slots that a chunk's entries wrote."""
    slots: set[bytes] = set()
    for entry in chunk.entries:
        slots |= set(_written(entry))
        if entry.verb < Verb.ENROL_ORGANISATION:
            slots.add(mapping_slot(bytes(12) + entry.device, slot("signed")))  # written where another brought it; no log tells
    for birth in chunk.births.values():
        slots |= set(_born(birth))
    for one in chunk.drawn:
        slots |= {mapping_slot(unit, slot("head")) for unit in one.units}
    return slots


def _born(birth: Birth) -> Iterable[bytes]:
    yield mapping_slot(birth.unit, slot("head"))
    for lot in (birth.lot, birth.unit if birth.size else ZERO):
        if lot != ZERO:
            yield mapping_slot(lot, slot("lots"))


def _written(entry: Entry) -> Iterable[bytes]:
    if entry.verb in (Verb.ENROL_ORGANISATION, Verb.SET_ROLES):
        yield mapping_slot(word(entry.counterparty), slot("organisations"))
    elif entry.verb is Verb.GRANT_PREFIX:
        code = int.from_bytes(entry.argument, "big")
        while code >= 10_000:
            yield mapping_slot(word(code), slot("prefixes"))
            code //= 10
    elif entry.verb in (Verb.ENROL_DEVICE, Verb.REVOKE_DEVICE):
        yield mapping_slot(entry.units[0], slot("devices"))
    elif entry.verb is Verb.ANCHOR_MODEL:
        yield mapping_slot(entry.argument, slot("models"))
    elif not entry.units:
        yield mapping_slot(entry.argument, slot("lots"))
    else:
        for unit in entry.units:
            yield mapping_slot(unit, slot("head"))
        if entry.verb is Verb.CORRECT:
            yield mapping_slot(keccak256(entry.units[0] + entry.argument), slot("corrected"))


def _harvest(store: Store, ledger: Ledger, proven: ProvenLog, slots: set[bytes], progress: Progress) -> _Harvest:
    """Fetch the proofs of changed slots at the block, then of the neighbours that moved, until the copy of the trie is whole."""
    paths = {keccak256(key): key for key in slots}
    fresh: dict[bytes, bytes] = {}
    wanted = sorted(slots)
    root = b""
    done = 0
    while wanted:
        for at in range(0, len(wanted), HARVEST):
            proof = ledger.proof(proven.header.number, wanted[at : at + HARVEST])
            fresh |= {keccak256(node): node for node in (*proof.account_nodes, *proof.storage_nodes)}
            done += len(wanted[at : at + HARVEST])
            progress("proofs", done, max(done, len(wanted)))
        if not root:
            account = read_account(proven.header.state_root, ledger.contract, lookup(fresh))
            if account is None:
                raise LedgerError("the contract is not on this network")
            root = account.storage_root
        holes = list(gaps(root, fresh, store.replica.has_node))
        wanted = sorted({key for hole in holes for key in _slots_at(store, paths, hole)} - set(wanted))
        if holes and not wanted:
            raise LedgerError("the node's proofs leave out a part of the contract's storage")
    return _Harvest(tuple(fresh.items()), tuple(paths.items()))


def _slots_at(store: Store, paths: dict[bytes, bytes], hole: str) -> set[bytes]:
    """A slot whose key lies at or below a path of the trie."""
    low = bytes.fromhex(hole.ljust(64, "0"))
    high = bytes.fromhex(hole.ljust(64, "f"))
    known = store.replica.slot_between(low, high)
    return {known} if known else {key for path, key in paths.items() if low <= path <= high}
