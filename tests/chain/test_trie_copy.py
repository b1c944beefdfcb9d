"""A copy of a growing trie, fed by proofs of what changed, proves every key and the absence of every other."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_keccak import keccak256

from chain import rlp
from chain.devnet.trie import Nodes, Trie
from chain.errors import BadProof
from chain.storage_proof import EMPTY_ROOT, collect, read_slot
from chain.trie_copy import gaps


class Chain:
    """A storage trie that somebody else keeps: it is written in blocks and gives proofs."""

    def __init__(self) -> None:
        self.nodes: dict[bytes, bytes] = {}
        self.root = EMPTY_ROOT

    def write(self, values: dict[bytes, int]) -> None:
        trie = Trie(Nodes(self.nodes.get), self.root)
        for slot, value in values.items():
            trie.set(keccak256(slot), rlp.encode(value))
        self.root = trie.commit(self.nodes)

    def proof(self, slots: set[bytes]) -> dict[bytes, bytes]:
        found = collect(self.root, [keccak256(slot) for slot in slots], self.nodes.__getitem__)
        return {keccak256(node): node for node in found}


def grow(chain: Chain, copy: dict[bytes, bytes], known: dict[bytes, bytes], values: dict[bytes, int]) -> int:
    """One block, and the copy brought up to date from proofs alone; how many holes there were."""
    chain.write(values)
    known |= {keccak256(slot): slot for slot in values}
    fresh: dict[bytes, bytes] = {}
    holes, wanted = 0, set(values)
    while wanted:
        fresh |= chain.proof(wanted)
        missing = list(gaps(chain.root, fresh, copy.__contains__))
        holes += len(missing)
        wanted = {slot for path, slot in known.items() if any(path.hex().startswith(hole) for hole in missing)}
    copy |= fresh
    return holes


slots = st.integers(0, 1 << 20).map(lambda n: n.to_bytes(32, "big"))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.dictionaries(slots, st.integers(1, 1 << 255), min_size=1, max_size=40), min_size=1, max_size=5))
def test_every_key_and_every_absence_is_provable_from_the_copy(blocks: list[dict[bytes, int]]) -> None:
    chain = Chain()
    copy: dict[bytes, bytes] = {}
    known: dict[bytes, bytes] = {}
    truth: dict[bytes, int] = {}
    for values in blocks:
        grow(chain, copy, known, values)
        truth |= values
        for slot, value in truth.items():
            assert read_slot(chain.root, slot, copy.__getitem__) == value
        for n in range(50):
            slot = (n + (1 << 30)).to_bytes(32, "big")
            assert read_slot(chain.root, slot, copy.__getitem__) == 0


def test_neighbours_that_move_are_found() -> None:
    chance = random.Random(7)
    chain = Chain()
    copy: dict[bytes, bytes] = {}
    known: dict[bytes, bytes] = {}
    holes = [grow(chain, copy, known, {chance.randbytes(32): n + 1 for _ in range(30)}) for n in range(40)]
    assert sum(holes) > 10, "no neighbour ever moved, so this test shows nothing"


def test_an_empty_trie_has_no_holes() -> None:
    assert list(gaps(EMPTY_ROOT, {}, lambda _: False)) == []


def test_what_is_no_node_is_refused() -> None:
    odd = rlp.encode([b"a", b"b", b"c"])
    with pytest.raises(BadProof):
        list(gaps(keccak256(odd), {keccak256(odd): odd}, lambda _: False))


def node(shape: rlp.Tree) -> tuple[bytes, dict[bytes, bytes]]:
    """The hash of a node of this shape, and a copy that holds it alone."""
    raw = rlp.encode(shape)
    return keccak256(raw), {keccak256(raw): raw}


def test_a_node_inside_another_is_no_hole_and_what_is_below_it_is_looked_at() -> None:
    leaf: rlp.Tree = [b"\x3a", b"\x07"]
    below = b"\xee" * 32
    inner: rlp.Tree = [b"", b"", b"", below, *[b""] * 13]
    root, fresh = node([leaf, inner, *[b""] * 15])
    assert list(gaps(root, fresh, lambda _: False)) == ["13"]
    assert list(gaps(root, fresh, below.__eq__)) == []


def test_what_is_no_node_inside_another_is_refused() -> None:
    root, fresh = node([[b"a", b"b", b"c"], *[b""] * 16])
    with pytest.raises(BadProof, match="not a trie node"):
        list(gaps(root, fresh, lambda _: False))
