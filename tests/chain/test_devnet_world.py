"""Accounts between blocks: what is undone, what is kept in memory, and what a damaged database may not pass for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tiny_keccak import keccak256

from chain.devnet import world as module
from chain.devnet.trie import EMPTY_ROOT, Nodes
from chain.devnet.world import World
from chain.errors import LedgerError

ADDRESSES = [bytes([n]) * 20 for n in range(1, 4)]
addresses, slots, values = st.sampled_from(ADDRESSES), st.integers(0, 3), st.integers(0, 2)


class Journal(RuleBasedStateMachine):
    """A world beside plain dictionaries that are copied at each checkpoint."""

    def __init__(self) -> None:
        super().__init__()
        self.nodes: dict[bytes, bytes] = {}
        self.codes: dict[bytes, bytes] = {}
        self.world = World(Nodes(self.nodes.get, keep=8), self.codes.get)
        self.model: dict[tuple[bytes, object], object] = {}
        self.begun: dict[tuple[bytes, object], object] = {}
        self.checkpoints: list[tuple[int, dict[tuple[bytes, object], object]]] = []

    @rule(address=addresses, slot=slots, value=values)
    def write(self, address: bytes, slot: int, value: int) -> None:
        self.world.set_nonce(address, 1)
        self.world.set_storage(address, slot, value)
        self.model |= {(address, "nonce"): 1, (address, slot): value}

    @rule(address=addresses, balance=values)
    def pay(self, address: bytes, balance: int) -> None:
        self.world.set_balance(address, balance)
        self.model[address, "balance"] = balance

    @rule(address=addresses, code=st.sampled_from([b"a", b"b"]))
    def deploy(self, address: bytes, code: bytes) -> None:
        self.world.set_code(address, code)
        self.model[address, "code"] = code

    @rule(address=addresses)
    def delete(self, address: bytes) -> None:
        self.world.delete_account(address)
        self.model = {key: value for key, value in self.model.items() if key[0] != address}

    @rule(address=addresses)
    def empty_storage(self, address: bytes) -> None:
        self.world.delete_storage(address)
        self.model = {key: value for key, value in self.model.items() if key[0] != address or isinstance(key[1], str)}

    @rule()
    def record(self) -> None:
        self.checkpoints.append((self.world.record(), dict(self.model)))

    @rule(data=st.data())
    def discard(self, data: st.DataObject) -> None:
        if self.checkpoints:
            place = data.draw(st.integers(0, len(self.checkpoints) - 1))
            checkpoint, self.model = self.checkpoints[place]
            del self.checkpoints[place:]
            self.world.discard(checkpoint)

    @rule()
    def next_transaction(self) -> None:
        self.world.lock_changes()
        self.checkpoints.clear()

    @rule()
    def seal(self) -> None:
        root = self.world.make_state_root(self.nodes, self.codes)
        self.begun = dict(self.model)
        self.checkpoints.clear()
        again = World(Nodes(self.nodes.get), self.codes.get, root)
        self.compare(again)

    @rule()
    def reset(self) -> None:
        self.world.reset(self.world.state_root)
        self.model = dict(self.begun)
        self.checkpoints.clear()

    @invariant()
    def agrees(self) -> None:
        self.compare(self.world)

    def compare(self, world: World) -> None:
        for address in ADDRESSES:
            assert world.get_balance(address) == self.model.get((address, "balance"), 0)
            assert world.get_nonce(address) == self.model.get((address, "nonce"), 0)
            assert world.get_code(address) == self.model.get((address, "code"), b"")
            assert [world.get_storage(address, slot) for slot in range(4)] == [
                self.model.get((address, slot), 0) for slot in range(4)
            ]


TestJournal = Journal.TestCase
TestJournal.settings = settings(max_examples=40, deadline=None, stateful_step_count=30)


@given(order=st.permutations([(address, slot) for address in ADDRESSES for slot in range(3)]))
@settings(deadline=None, max_examples=30)
def test_the_root_does_not_depend_on_the_order_of_writes(order: list[tuple[bytes, int]]) -> None:
    roots = set()
    for keys in (order, sorted(order)):
        world = World(Nodes(lambda _: None), lambda _: None)
        for address, slot in keys:
            world.set_nonce(address, 1)
            world.set_storage(address, slot, slot + 5)
        roots.add(world.make_state_root({}, {}))
    assert len(roots) == 1


def test_empty_accounts_are_not_stored() -> None:
    world = World(Nodes(lambda _: None), lambda _: None)
    world.touch_account(ADDRESSES[0])
    world.set_balance(ADDRESSES[1], 5)
    world.set_balance(ADDRESSES[1], 0)
    world.set_code(ADDRESSES[2], b"code")
    world.delete_account(ADDRESSES[2])
    assert not any(world.account_exists(address) for address in ADDRESSES)
    assert world.make_state_root({}, {}) == EMPTY_ROOT


def test_what_is_kept_in_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT_SLOTS", 10)
    nodes: dict[bytes, bytes] = {}
    world = World(Nodes(nodes.get), lambda _: None)
    address = ADDRESSES[0]
    world.set_nonce(address, 1)
    for slot in range(30):
        world.set_storage(address, slot, slot + 1)
    world.make_state_root(nodes, {})
    assert not world._accounts[address].slots
    assert [world.get_storage(address, slot) for slot in range(30)] == list(range(1, 31))


@pytest.mark.parametrize("found", [None, b"other"])
def test_code_that_is_missing_or_another_is_said(found: bytes | None) -> None:
    nodes: dict[bytes, bytes] = {}
    world = World(Nodes(nodes.get), lambda _: found)
    world.set_code(ADDRESSES[0], b"code")
    assert world.get_code(ADDRESSES[0]) == b"code"
    world.make_state_root(nodes, {})
    assert world.get_code_hash(ADDRESSES[0]) == keccak256(b"code")
    with pytest.raises(LedgerError, match="damaged"):
        world.get_code(ADDRESSES[0])
