"""Tries have the roots and proofs that the reference implementation and our own strict verifier agree on."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_keccak import keccak256
from trie import HexaryTrie

from chain import rlp
from chain.devnet.trie import EMPTY_ROOT, Nodes, Trie, index_root
from chain.errors import LedgerError, MissingNode
from chain.storage_proof import walk

# Few different half-bytes, so that paths meet, split and join; short values, so that nodes are embedded in their parents.
keys = st.lists(st.sampled_from([0x00, 0x01, 0x10, 0x11]), min_size=3, max_size=3).map(bytes)
values = st.sampled_from([b"", b"\x01", b"a", b"b" * 20, b"c" * 40]) | st.binary(max_size=3)
rounds = st.lists(st.lists(st.tuples(keys, values), max_size=12), min_size=1, max_size=4)


@given(rounds=rounds)
@settings(deadline=None)
def test_roots_are_those_of_the_reference(rounds: list[list[tuple[bytes, bytes]]]) -> None:
    stored: dict[bytes, bytes] = {}
    nodes = Nodes(stored.get, keep=4)
    reference = HexaryTrie({})
    root = EMPTY_ROOT
    for changes in rounds:
        trie = Trie(nodes, root)
        for key, value in changes:
            trie.set(key, value)
            reference[key] = value
            assert (trie.get(key) or b"") == value
        root = trie.commit(stored)
        assert root == reference.root_hash
    for key in {key for changes in rounds for key, _ in changes}:
        assert (Trie(nodes, root).get(key) or b"") == reference[key]


@given(rounds=rounds, asked=keys)
@settings(deadline=None)
def test_every_root_ever_committed_stays_readable_and_provable(rounds: list[list[tuple[bytes, bytes]]], asked: bytes) -> None:
    stored: dict[bytes, bytes] = {}
    nodes = Nodes(stored.get, keep=4)
    root, past, held = EMPTY_ROOT, [], {}
    for changes in rounds:
        trie = Trie(nodes, root)
        for key, value in changes:
            trie.set(key, value)
            held[key] = value
        root = trie.commit(stored)
        past.append((root, held.get(asked) or None))
    for root, value in past:
        proof = Trie(nodes, root).prove(asked)
        given_nodes = {keccak256(node): node for node in proof}
        assert walk(root, asked, lambda digest, found=given_nodes: found[digest]) == value
        assert len(given_nodes) == len(proof)


@given(count=st.integers(0, 300))
@settings(deadline=None, max_examples=20)
def test_index_root_is_that_of_the_reference(count: int) -> None:
    items = [bytes([n & 255]) * (1 + n % 50) for n in range(count)]
    reference = HexaryTrie({})
    for index, item in enumerate(items):
        reference[rlp.encode(index)] = item
    assert index_root(items) == reference.root_hash


def test_a_value_that_is_written_as_it_was_changes_nothing() -> None:
    stored: dict[bytes, bytes] = {}
    nodes = Nodes(stored.get)
    trie = Trie(nodes)
    for n in range(50):
        trie.set(keccak256(bytes([n])), b"value")
    root = trie.commit(stored)
    trie.set(keccak256(b"\x07"), b"value")
    trie.set(keccak256(b"not there"), b"")
    assert trie.commit(stored) == root


def test_paths_in_a_row_become_one_when_a_branch_goes() -> None:
    stored: dict[bytes, bytes] = {}
    held = {b"\x00\x00\x00": b"a" * 40, b"\x00\x00\x01": b"b" * 40, b"\x00\x10\x00": b"c" * 40, b"\x11\x00\x00": b"d" * 40}
    trie, reference = Trie(Nodes(stored.get)), HexaryTrie({})
    for key, value in held.items():
        trie.set(key, value)
        reference[key] = value
    for key in list(held)[::-1]:
        trie.set(key, b"")
        del reference[key]
        assert trie.commit(stored) == reference.root_hash


def test_a_missing_node_is_said_in_words() -> None:
    stored: dict[bytes, bytes] = {}
    trie = Trie(Nodes(stored.get))
    for n in range(50):
        trie.set(keccak256(bytes([n])), b"value")
    root = trie.commit(stored)
    with pytest.raises(LedgerError, match="damaged"):
        Trie(Nodes(lambda digest: stored[digest] if digest == root else None), root).get(keccak256(b"\x07"))


def test_what_is_used_stays_in_memory_and_the_rest_goes() -> None:
    stored: dict[bytes, bytes] = {}
    trie = Trie(Nodes(stored.get))
    for n in range(500):
        trie.set(keccak256(n.to_bytes(2, "big")), b"value")
    root = trie.commit(stored)
    reads: list[bytes] = []

    def read(digest: bytes) -> bytes | None:
        reads.append(digest)
        return stored.get(digest)

    few = Trie(Nodes(read, keep=64), root)
    for n in range(500):
        few.get(keccak256(n.to_bytes(2, "big")))
    assert reads.count(root) == 1
    before = len(reads)
    few.get(keccak256((0).to_bytes(2, "big")))
    assert before < len(reads) <= before + 3


def test_a_proof_without_its_last_node_shows_nothing() -> None:
    stored: dict[bytes, bytes] = {}
    trie = Trie(Nodes(stored.get))
    for n in range(50):
        trie.set(keccak256(bytes([n])), b"value" * 8)
    root = trie.commit(stored)
    proof = trie.prove(keccak256(b"\x07"))
    known = {keccak256(node): node for node in proof[:-1]}

    def node(digest: bytes) -> bytes:
        if digest not in known:
            raise MissingNode("not here")
        return known[digest]

    with pytest.raises(MissingNode):
        walk(root, keccak256(b"\x07"), node)
