"""The contract's state as the replica proves it, read unit by unit when it is asked for, not rebuilt from the whole log.

A posting touches a few units; with 100,000 entries in the replica, telling all of them again took seconds. Here a unit's own
entries are told again, and what comes out must be the head that the proven storage shows: what a node added beside the log
(births, draws from a lot) cannot make a state of its own. What is not proven yet is not looked at. Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping, MutableSet
from dataclasses import replace
from typing import TypeVar

from app.store import Store
from chain import custody, encoding
from chain.calls import Held, slot
from chain.custody import HANDLERS, RECALLERS, Rules, World
from chain.encoding import ZERO, word
from chain.errors import BadProof, MissingNode, RuleBroken, StoreError
from chain.evidence import Checkpoint
from chain.journey import Birth, Entry, Kind, Verb
from chain.storage_proof import mapping_slot, read_account, read_slot

V = TypeVar("V")
K = TypeVar("K")

_ALL = HANDLERS | RECALLERS
_NODES_KEPT = 10_000
_MANY = 1 << 24  # organisations: the log's entries kept to the rules when they were recorded


def known(store: Store) -> World:
    """The state at the newest checkpoint; empty where there is none.

    Organisations, devices and prefixes are all there; of units, lots and models only what was asked for can be listed.
    Raises StoreError where the replica does not fit what was proven of it.
    """
    world = World()
    newest = store.replica.checkpoint()
    if newest is None:
        return world
    for entry in store.replica.administration():
        world.size = entry.index
        world.apply(entry)
    facts = _Facts(store, newest[0], {})
    world.size = newest[0].size
    world.units = Layer(facts.unit)
    world.lot_births = Layer(facts.lot_birth)
    world.lots = Layer(facts.lot)
    world.models = Layer(facts.model)
    world.corrected = Marks(facts.corrected)
    world.corrections = Marks(facts.corrections)
    return world


def teller(store: Store, at: Checkpoint, drawn: Mapping[bytes, bytes] | None = None) -> Callable[[bytes], Held | None]:
    """How a unit stands at a checkpoint whose pieces are here, None where it was never issued or is a lot.

    `drawn` are units and their lots that are not in the replica yet. Raises StoreError where a unit does not fit what was proven.
    """
    return _Facts(store, at, drawn or {}).unit


class Layer(MutableMapping[bytes, V]):
    """What is read when it is asked for, and what was changed since; only the changes are listed and counted."""

    def __init__(self, read: Callable[[bytes], V | None], changed: dict[bytes, V] | None = None) -> None:
        self._read = read
        self._changed = changed or {}

    def __getitem__(self, key: bytes) -> V:
        if key in self._changed:
            return self._changed[key]
        found = self._read(key)
        if found is None:
            raise KeyError(key)
        return found

    def __setitem__(self, key: bytes, value: V) -> None:
        self._changed[key] = value

    def __delitem__(self, key: bytes) -> None:
        del self._changed[key]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._changed)

    def __len__(self) -> int:
        return len(self._changed)

    def __copy__(self) -> Layer[V]:
        return Layer(self._read, dict(self._changed))


class Marks(MutableSet[K]):
    """A set that others may still fill below, and what was added on top of it."""

    def __init__(self, below: set[K], added: set[K] | None = None) -> None:
        self._below = below
        self._added = added or set()

    def __contains__(self, one: object) -> bool:
        return one in self._added or one in self._below

    def __iter__(self) -> Iterator[K]:
        return iter(self._added | self._below)

    def __len__(self) -> int:
        return len(self._added | self._below)

    def add(self, value: K) -> None:
        """Above what is below."""
        self._added.add(value)

    def discard(self, value: K) -> None:
        """Take back what was added."""
        self._added.discard(value)

    def __copy__(self) -> Marks[K]:
        return Marks(self._below, set(self._added))


class _Facts:
    """What the replica tells and the proven storage confirms, each fact once. Marks of a unit are there once it was asked for."""

    def __init__(self, store: Store, checkpoint: Checkpoint, drawn: Mapping[bytes, bytes]) -> None:
        self._replica = store.replica
        self._drawn = drawn
        self._nodes: dict[bytes, bytes] = {}
        self._size = checkpoint.size
        self._root = _storage_root(store, checkpoint)
        self._units: dict[bytes, Held | None] = {}
        self.corrected: set[tuple[bytes, bytes]] = set()
        self.corrections: set[bytes] = set()

    def unit(self, unit: bytes) -> Held | None:
        """A unit as a caller must present it, None where it was never issued or is a lot."""
        if unit not in self._units:
            self._units[unit] = self._told(unit)
        return self._units[unit]

    def lot(self, lot: bytes) -> tuple[int, int] | None:
        """(issuer, recalled by) of a lot."""
        packed = self._at("lots", lot)
        return encoding.lot_word(packed) if packed else None

    def lot_birth(self, lot: bytes) -> tuple[Birth, int, bytes] | None:
        """How a lot was commissioned as a root: its birth, issuer and leaf."""
        birth = self._replica.birth(lot)
        if birth is None or birth.kind is not Kind.LOT:
            return None
        first = next((entry for entry in self._replica.about(lot, self._size) if lot in entry.units), None)
        if first is None:
            return None
        leaf = encoding.leaf(first)
        same = encoding.lot_head(birth, first.organisation, leaf) == word(self._at("head", lot))
        return (birth, first.organisation, leaf) if same else None

    def model(self, key: bytes) -> int | None:
        """The organisation that anchored a model."""
        return self._at("models", key) or None

    def _told(self, unit: bytes) -> Held | None:
        proven = word(self._at("head", unit))
        if proven == ZERO:
            return None
        entries = self._replica.about(unit, self._size)
        birth = self._replica.birth(unit)
        if birth is not None and birth.kind is Kind.LOT:
            return None
        try:
            held = self._first(unit, birth, entries)
            for entry in entries[0 if birth is None else 1 :]:
                held = self._next(held, entry)
        except (RuleBroken, IndexError) as cause:
            raise _unlike(unit) from cause
        if held.head != proven:
            raise _unlike(unit)
        return held

    def _first(self, unit: bytes, birth: Birth | None, entries: tuple[Entry, ...]) -> Held:
        if birth is not None:
            return Held(unit, ZERO, encoding.leaf(entries[0]), custody.born(birth, entries[0].organisation))
        lot = self._drawn.get(unit) or self._replica.lot_of(unit)
        found = self.lot_birth(lot) if lot is not None else None
        if found is None:
            raise _unlike(unit)
        whole, issuer, leaf = found
        state = custody.born(replace(whole, unit=unit, kind=Kind.ITEM, lot=whole.unit), issuer)
        return Held(unit, ZERO, leaf, state)

    def _next(self, held: Held, entry: Entry) -> Held:
        """What an entry of the proven log made of a unit: it kept to the rules then, so they are not asked again."""
        state, unit, leaf = held.state, held.unit, encoding.leaf(entry)
        rules = Rules(entry.organisation, _ALL, entry.record_time, _MANY)
        if entry.verb is Verb.CORRECT:
            self.corrected.add((unit, entry.argument))
            self.corrections.add(leaf)
            state = replace(state, seq=state.seq + 1)
        elif entry.verb not in (Verb.PACK, Verb.UNPACK):
            state = custody.transition(state, entry, rules)
        elif entry.units[0] == unit:
            count = len(entry.units) - 1
            children = state.children + (count if entry.verb is Verb.PACK else -count)
            state = replace(state, children=children, seq=state.seq + 1)
        else:
            state = custody.aggregate(state, entry.units[0], entry, rules, unit)
        return Held(unit, held.head, leaf, state)

    def _at(self, name: str, key: bytes) -> int:
        try:
            return read_slot(self._root, mapping_slot(key, slot(name)), self._node)
        except (BadProof, MissingNode) as cause:
            raise _unlike(key) from cause

    def _node(self, reference: bytes) -> bytes:
        """A node of the trie; those near its root are on everybody's path."""
        found = self._nodes.get(reference)
        if found is None:
            found = self._replica.node(reference)
            if len(self._nodes) < _NODES_KEPT:
                self._nodes[reference] = found
        return found


def _storage_root(store: Store, checkpoint: Checkpoint) -> bytes:
    try:
        contract = bytes.fromhex(checkpoint.origin.rpartition("/0x")[2])
        account = read_account(checkpoint.state_root, contract, store.replica.node)
    except (ValueError, BadProof, MissingNode) as cause:
        raise _unlike(b"") from cause
    if account is None:
        raise _unlike(contract)
    return account.storage_root


def _unlike(about: bytes) -> StoreError:
    words = "What this laptop holds is not what was proven to it: restore the profile from a copy, or join the network anew."
    return StoreError(words, about=about.hex())
