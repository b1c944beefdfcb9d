"""Pull: the contract's log into the replica, proven before it counts.

What a node says is kept only if the log it sent has the root that a storage proof shows in the contract, at a block whose header
hashes and carries what the trust pack asks for (`app.vouched`). What a node leaves out is missed by the contiguous index and by
that root. The replica advances only with the checkpoint; a pull that dies half-way leaves entries above it, which the next throws
away. What a reorganisation took off the chain is given up only in the transaction that proves what came in its place: a node that
merely denies it takes nothing away.

All else is written in transactions of a few milliseconds, so that a scan never waits for a pull. Pieces of the storage trie may
come before the checkpoint because they are named by their hashes, and because none is written before all that is below it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import TypeVar

from tiny_keccak import keccak256

from app.known import teller
from app.store import Store
from app.store.replica import TAKEN_BACK
from app.vouched import check_seals, check_witnessed
from chain import encoding
from chain.calls import slot
from chain.encoding import ZERO, word
from chain.errors import BadProof, LedgerError, MissingNode, StoreError
from chain.evidence import Checkpoint, Trust
from chain.header import Header
from chain.journey import Birth, Entry, Verb
from chain.ledger import Chunk, Ledger, ProvenLog
from chain.storage_proof import collect, lookup, mapping_slot, read_account
from chain.trie_copy import gaps

T = TypeVar("T")
Progress = Callable[[str, int, int], None]
"""What is being done, how much is done, how much there is to do."""

HARVEST = 512
STEP = 400
"""Units of entries, or twice as many trie nodes, that one transaction writes."""


@dataclass(frozen=True, slots=True)
class _Harvest:
    """What a harvest brings: (hash, node) of the storage trie, the deepest first, and of the account's path, and (hashed key,
    slot)."""

    nodes: tuple[tuple[bytes, bytes], ...]
    slots: tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull brought: entries, proofs' nodes, the block it ends at, and seconds.

    `taken_back` are proven entries that a reorganisation took off the chain: verdicts that stood on them are taken back.
    """

    entries: int
    nodes: int
    block: int
    seconds: float
    taken_back: int = 0


@dataclass(slots=True)
class _Found:
    """What was read of the log: up to which size, the slots that it changed, the lots of drawn units; with `held`, the chunks
    and their places that wait until they are proven."""

    size: int
    touched: set[bytes] = field(default_factory=set)
    drawn: dict[bytes, bytes] = field(default_factory=dict)
    held: list[tuple[int, Chunk]] | None = None


def silent(what: str, done: int, total: int) -> None:
    """A Progress that says nothing."""
    del what, done, total


def pull(store: Store, ledger: Ledger, trust: Trust, progress: Progress = silent, vouched: Checkpoint | None = None) -> Pulled:
    """Bring the replica to the network's newest block.

    Of several nodes that agree on the block the next one is asked where what the first one sent is not what the block proves, or
    not what the pinned validators sealed. `vouched` is what enough witnesses co-signed: the log must go on from it.

    Raises LedgerError where the node's answers cannot be true or do not come; the replica then stands where it stood.
    """
    while True:
        try:
            return _pull(store, ledger, trust, progress, vouched)
        except (BadProof, MissingNode) as cause:
            lost = LedgerError(f"This node's answers cannot be true: {cause.words}", **cause.details)
            lost.__cause__ = cause
        except LedgerError as error:
            lost = error
        if not ledger.pass_over():
            raise lost


def _pull(store: Store, ledger: Ledger, trust: Trust, progress: Progress, vouched: Checkpoint | None) -> Pulled:
    started = time.perf_counter()
    if ledger.chain_id() != trust.chain_id:
        raise LedgerError("this node is on another network than the one you pinned", chain_id=ledger.chain_id())
    newest, top = _last_good(store, ledger), store.replica.checkpoint()
    size, before = newest.size if newest else 0, store.replica.proven_size()
    _clear(store, before, top[0].block if top else -1)
    settled = ledger.settled().number
    if newest is not None and settled < newest.block <= ledger.head().number:
        settled = newest.block  # the settings ask for more depth than when it was taken
    proven = ledger.proven(settled)
    check_seals(trust, proven)
    if newest is not None and proven.header.number < newest.block:
        raise LedgerError("this node is behind what this laptop has already seen: nothing was taken from it")
    _check_order(ledger, proven.header, newest)
    found = _Found(size, held=[] if top is not None and newest != top[0] else None)
    _entries(store, ledger, found, (newest.block + 1) if newest else 0, proven, progress)
    harvest = _harvest(store, ledger, proven, found.touched | _plain(proven.size), progress)
    checkpoint = Checkpoint(
        origin=trust.origin,
        size=proven.size,
        root=proven.root,
        block=proven.header.number,
        block_hash=proven.header.hash,
        state_root=proven.header.state_root,
        at=datetime.fromtimestamp(proven.header.timestamp, UTC),
    )
    if found.held is None:
        _check_root(store, proven, vouched)
    _keep(store, harvest)
    if found.held is None:
        _check_drawn(store, checkpoint, found.drawn)
        for some in _steps(found.drawn.items(), 2 * STEP):
            with store.transaction():
                store.replica.add_drawn(some)
    with store.transaction():
        if found.held is not None:
            store.replica.rewind(size, newest.block if newest else -1)
            before_that = store.goods.setting(TAKEN_BACK)
            store.goods.set(TAKEN_BACK, max(before - size, 0) + (before_that if isinstance(before_that, int) else 0))
            for at, chunk in found.held:
                _append(store, chunk, chunk.entries, at, found.drawn)
            _check_root(store, proven, vouched)
            store.replica.add_drawn(found.drawn.items())
            _check_drawn(store, checkpoint, found.drawn)
        store.replica.pin(checkpoint, proven.sent.rlp())
    seconds = time.perf_counter() - started
    return Pulled(proven.size - size, len(harvest.nodes), proven.header.number, seconds, max(before - size, 0))


def _clear(store: Store, size: int, block: int) -> None:
    """Throw away the entries above the checkpoint that a pull left which died: from the end, a few at a time."""
    while (there := store.replica.size()) > size:
        with store.transaction():
            store.replica.rewind(max(size, there - STEP), block)


def _keep(store: Store, harvest: _Harvest) -> None:
    """Write the pieces of a proof, a few at a time, in their order."""
    for nodes in _steps(harvest.nodes, 2 * STEP):
        with store.transaction():
            store.replica.add_nodes(nodes)
    for slots in _steps(harvest.slots, 2 * STEP):
        with store.transaction():
            store.replica.add_slots(slots)


def _steps(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    left = iter(rows)
    while some := list(islice(left, size)):
        yield some


def _check_root(store: Store, proven: ProvenLog, vouched: Checkpoint | None) -> None:
    if proven.size and store.replica.tiles().root(proven.size) != proven.root:
        raise LedgerError("the node's log does not have the root that the contract proves: entries were changed or left out")
    check_witnessed(vouched, proven, store.replica.tiles().root)


def _last_good(store: Store, ledger: Ledger) -> Checkpoint | None:
    """The newest checkpoint whose block is still on the chain; what was above it is undone."""
    for checkpoint in store.replica.checkpoints():
        try:
            if ledger.header(checkpoint.block).hash == checkpoint.block_hash:
                return checkpoint
        except LedgerError as error:
            if "block" not in error.details:  # it did not say that there is none
                raise
    return None


def _check_order(ledger: Ledger, header: Header, newest: Checkpoint | None) -> None:
    """That the block follows its parent, and neither its time nor that of what was proven before goes back."""
    if newest is not None and header.timestamp < newest.at.timestamp():
        raise LedgerError("this node's newest block is older than one that was proven before it", block=header.number)
    if header.number:
        parent = ledger.header(header.number - 1)
        if parent.hash != header.parent_hash or parent.timestamp > header.timestamp:
            raise LedgerError("this node's newest block does not follow the block before it", block=header.number)


def _entries(store: Store, ledger: Ledger, found: _Found, first: int, proven: ProvenLog, progress: Progress) -> None:
    """The log's entries from a block on: into the replica, or kept back until all of them are proven."""
    last = proven.header.number
    for chunk in ledger.logs(first, last, index=found.size, size=proven.size) if first <= last else ():
        found.drawn |= {unit: one.lot for one in chunk.drawn for unit in one.units}
        if found.held is not None:
            found.held.append((found.size, chunk))
        else:
            size = found.size
            for entries in _few(chunk.entries):
                with store.transaction():
                    _append(store, chunk, entries, size, found.drawn)
                size += len(entries)
        found.touched |= _touched(chunk)
        found.size += len(chunk.entries)
        progress("entries", found.size, proven.size)
    if found.size != proven.size:
        raise LedgerError("the node left out entries of the log", got=found.size, proven=proven.size)


def _few(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """Entries in their order, about STEP units of them at a time."""
    begin = units = 0
    for place, entry in enumerate(entries, 1):
        units += 1 + len(entry.units)
        if units >= STEP or place == len(entries):
            yield entries[begin:place]
            begin, units = place, 0


def _append(store: Store, chunk: Chunk, entries: Sequence[Entry], size: int, drawn: Mapping[bytes, bytes]) -> None:
    births: list[Birth] = []
    for place, entry in enumerate(entries):
        if entry.index != size + place:
            raise LedgerError("the node sent the log with a gap or out of order", index=entry.index, expected=size + place)
        if entry.verb in (Verb.COMMISSION, Verb.COMMISSION_LOT):
            births += _births(entry, chunk)
    store.replica.add(entries, births)
    for entry in entries:
        if entry.verb < Verb.ENROL_ORGANISATION and not all(unit in drawn or store.replica.begun(unit) for unit in entry.units):
            raise LedgerError("the node left out how a unit came to be", index=entry.index)
    store.replica.grow(size, [encoding.leaf(entry) for entry in entries])


def _births(entry: Entry, chunk: Chunk) -> list[Birth]:
    """How the units of a commission came to be, as its rolling hash says."""
    births = [chunk.births[unit] for unit in entry.units if unit in chunk.births]
    if len(births) != len(entry.units) or encoding.births_digest(births) != entry.argument:
        raise LedgerError("the node left out or changed how units were issued", index=entry.index)
    return births


def _check_drawn(store: Store, at: Checkpoint, drawn: Mapping[bytes, bytes]) -> None:
    """A draw is no entry of the log: that it happened is shown by the unit's proven head."""
    try:
        told = not drawn or all(map(teller(store, at, drawn), drawn))
    except StoreError:
        told = False
    if not told:
        raise LedgerError("the node told of units that were not drawn from their lot as it says")


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
            proof = ledger.proof(proven.header, wanted[at : at + HARVEST])
            fresh |= {keccak256(node): node for node in (*proof.account_nodes, *proof.storage_nodes)}
            done += len(wanted[at : at + HARVEST])
            progress("proofs", done, max(done, len(wanted)))
        if not root:
            account = read_account(proven.header.state_root, ledger.contract, lookup(fresh))
            if account is None:
                raise LedgerError("the contract is not on this network")
            root = account.storage_root
        depths = dict[bytes, int]()
        holes = list(gaps(root, fresh, store.replica.has_node, depths))
        wanted = sorted({key for hole in holes for key in _slots_at(store, paths, hole)} - set(wanted))
        if holes and not wanted:
            raise LedgerError("the node's proofs leave out a part of the contract's storage")
    below = sorted(depths, key=depths.__getitem__, reverse=True)
    path = collect(proven.header.state_root, [keccak256(ledger.contract)], lookup(fresh))
    nodes = (*((name, fresh[name]) for name in below), *((keccak256(node), node) for node in path))
    return _Harvest(nodes, tuple(paths.items()))


def _slots_at(store: Store, paths: dict[bytes, bytes], hole: str) -> set[bytes]:
    """A slot whose key lies at or below a path of the trie."""
    low = bytes.fromhex(hole.ljust(64, "0"))
    high = bytes.fromhex(hole.ljust(64, "f"))
    known = store.replica.slot_between(low, high)
    return {known} if known else {key for path, key in paths.items() if low <= path <= high}
