"""RFC 6962 hashing, proofs, frontier and tiles: against the RFC's own recursion, public vectors, and every mutation."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.errors import BadProof, MissingNode
from chain.merkle import (
    EMPTY_ROOT,
    MAX_SIZE,
    Frontier,
    Tiles,
    consistency_path,
    inclusion_path,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

# The inputs and the roots of RFC 6962 implementations since 2013 (certificate-transparency's reference tree).
INPUTS = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
LEAVES = [leaf_hash(data) for data in INPUTS]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def many(count: int) -> list[bytes]:
    return [leaf_hash(number.to_bytes(4, "big")) for number in range(count)]


MANY = many(1900)


def recursive_root(leaves: list[bytes]) -> bytes:
    """MTH as RFC 6962 section 2.1 writes it."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(recursive_root(leaves[:split]), recursive_root(leaves[split:]))


def tiles_of(leaves: list[bytes], store: dict[tuple[int, int], bytes] | None = None) -> Tiles:
    held: dict[tuple[int, int], bytes] = {} if store is None else store
    tiles = Tiles(lambda level, n: held.get((level, n), b""))
    for level, n, data in tiles.appended(0, leaves):
        held[level, n] = data
    return tiles


def flips(data: bytes) -> Iterator[bytes]:
    for bit in range(0, len(data) * 8, 37):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        yield bytes(changed)


def test_roots_are_those_of_the_reference_tree() -> None:
    assert [root(LEAVES[:size]).hex() for size in range(9)] == ROOTS
    assert EMPTY_ROOT.hex() == ROOTS[0]


@pytest.mark.parametrize("size", [*range(70), 255, 256, 257, 511, 513, 1000])
def test_root_is_the_recursion_of_the_rfc(size: int) -> None:
    assert root(MANY[:size]) == recursive_root(MANY[:size])


def test_every_entry_of_small_trees_is_shown_and_only_at_its_place() -> None:
    for size in range(1, 34):
        top = root(MANY[:size])
        for index in range(size):
            path = inclusion_path(MANY, index, size)
            verify_inclusion(MANY[index], index, size, path, top)
            for other in range(size + 2):
                if other != index:
                    with pytest.raises(BadProof):
                        verify_inclusion(MANY[index], other, size, path, top)


def test_every_pair_of_small_trees_is_consistent() -> None:
    roots = [root(MANY[:size]) for size in range(40)]
    for new in range(1, 40):
        for old in range(1, new + 1):
            path = consistency_path(MANY, old, new)
            verify_consistency(old, roots[old], new, roots[new], path)
            with pytest.raises(BadProof):
                verify_consistency(old, roots[old - 1], new, roots[new], path)
            with pytest.raises(BadProof):
                verify_consistency(old, roots[old], new, roots[new - 1], path)


@given(st.integers(1, 1200), st.data())
def test_a_changed_inclusion_proof_is_refused(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    path = list(inclusion_path(MANY, index, size))
    top = root(MANY[:size])
    verify_inclusion(MANY[index], index, size, path, top)
    changed: list[list[bytes]] = [[*path, top], [top, *path], [*path, b""], path[:-1] if path else [b""]]
    if path:
        place = data.draw(st.integers(0, len(path) - 1))
        changed += [[*path[:place], bad, *path[place + 1 :]] for bad in flips(path[place])]
        changed += [[*path[:place], path[place] + b"\0", *path[place + 1 :]], path[:place] + path[place + 1 :]]
    if len(path) > 1:
        changed.append(path[::-1])
    for bad_path in changed:
        with pytest.raises(BadProof):
            verify_inclusion(MANY[index], index, size, bad_path, top)
    for bad in flips(top):
        with pytest.raises(BadProof):
            verify_inclusion(MANY[index], index, size, path, bad)


@given(st.integers(1, 1200), st.data())
def test_a_changed_consistency_proof_is_refused(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    path = list(consistency_path(MANY, old, new))
    before, after = root(MANY[:old]), root(MANY[:new])
    verify_consistency(old, before, new, after, path)
    changed: list[list[bytes]] = [[*path, after], [before, *path], [*path, b""], path[:-1] if path else [b""]]
    if path:
        place = data.draw(st.integers(0, len(path) - 1))
        changed += [[*path[:place], bad, *path[place + 1 :]] for bad in flips(path[place])]
        changed.append(path[:place] + path[place + 1 :])
    for bad_path in changed:
        with pytest.raises(BadProof):
            verify_consistency(old, before, new, after, bad_path)
    for bad in flips(before):
        with pytest.raises(BadProof):
            verify_consistency(old, bad, new, after, path)
        with pytest.raises(BadProof):
            verify_consistency(old, before, new, bad, path)


def test_an_empty_tree_shows_nothing() -> None:
    with pytest.raises(BadProof):
        verify_inclusion(LEAVES[0], 0, 0, (), EMPTY_ROOT)
    for new in (0, 1, 8):
        with pytest.raises(BadProof):
            verify_consistency(0, EMPTY_ROOT, new, root(LEAVES[:new]), ())
    with pytest.raises(BadProof):
        inclusion_path(LEAVES, 0, 0)
    with pytest.raises(BadProof):
        consistency_path(LEAVES, 0, 8)


def test_sizes_and_indexes_out_of_range_are_refused() -> None:
    top = root(LEAVES)
    for index, size in ((-1, 8), (8, 8), (0, MAX_SIZE + 1)):
        with pytest.raises(BadProof):
            verify_inclusion(LEAVES[0], index, size, inclusion_path(LEAVES, 0, 8), top)
    for old, new in ((-1, 8), (8, 7), (1, MAX_SIZE + 1)):
        with pytest.raises(BadProof):
            verify_consistency(old, top, new, top, ())
    with pytest.raises(MissingNode):
        inclusion_path(LEAVES, 0, 9)
    with pytest.raises(MissingNode):
        consistency_path(LEAVES, 1, 9)


def test_a_leaf_hash_of_another_length_is_refused() -> None:
    for leaves in ([b"short"], [LEAVES[0], LEAVES[1] + b"\0"], [b""]):
        with pytest.raises(BadProof):
            root(leaves)
    with pytest.raises(BadProof):
        verify_inclusion(b"", 0, 1, (), b"")


@given(st.lists(st.integers(0, 90), max_size=12))
def test_a_frontier_grows_in_any_pieces_to_the_same_root(pieces: list[int]) -> None:
    frontier = Frontier()
    for piece in pieces:
        frontier = frontier.after(MANY[frontier.size : frontier.size + piece])
    size = sum(pieces)
    assert frontier == Frontier().after(MANY[:size])
    assert frontier.root == recursive_root(MANY[:size])
    assert Frontier.from_bytes(frontier.to_bytes()) == frontier


def test_a_frontier_is_what_the_contract_holds() -> None:
    """The contract's loop, leaf by leaf: carry while the bit is set, then write the slot."""
    slots = [bytes(32)] * 16
    for size, leaf in enumerate(MANY[:300]):
        assert Frontier.of_slots(size, slots) == Frontier().after(MANY[:size])
        level, carried = 0, leaf
        while (size >> level) & 1:
            carried = node_hash(slots[level], carried)
            level += 1
        slots[level] = carried
    frontier = Frontier.of_slots(300, slots)
    assert [frontier.slot(level) for level in (2, 3, 5, 8)] == [slots[2], slots[3], slots[5], slots[8]]
    with pytest.raises(MissingNode):
        frontier.slot(1)


def test_a_frontier_that_does_not_fit_is_refused() -> None:
    with pytest.raises(BadProof):
        Frontier(3, (LEAVES[0],))
    with pytest.raises(BadProof):
        Frontier(1, (b"short",))
    with pytest.raises(BadProof):
        Frontier(-1)
    with pytest.raises(BadProof):
        Frontier(MAX_SIZE, (LEAVES[0],) * 64).after([LEAVES[0]])
    with pytest.raises(BadProof):
        Frontier.of_slots(8, LEAVES[:3])
    whole = Frontier().after(LEAVES[:7]).to_bytes()
    for data in (b"", whole[:-1], whole + bytes(32), whole[:-32], whole[:7]):
        with pytest.raises(BadProof):
            Frontier.from_bytes(data)


@pytest.mark.parametrize("stored", [1, 255, 256, 257, 600, 1200])
def test_tiles_give_the_same_proofs_as_the_leaves(stored: int) -> None:
    tiles = tiles_of(MANY[:stored])
    for size in {1, stored // 2 + 1, stored - 1 or 1, stored}:
        top = root(MANY[:size])
        assert tiles.root(size) == top
        assert tiles.frontier(size) == Frontier().after(MANY[:size])
        for index in range(0, size, 41):
            path = tiles.inclusion_path(index, size)
            assert path == inclusion_path(MANY, index, size)
            verify_inclusion(MANY[index], index, size, path, top)
        for old in range(1, size + 1, 53):
            assert tiles.consistency_path(old, size) == consistency_path(MANY, old, size)


@pytest.fixture(scope="module")
def tall() -> tuple[list[bytes], dict[tuple[int, int], bytes]]:
    """A log of three tile levels: 256 * 256 leaves and some more."""
    leaves = many(66_000)
    store: dict[tuple[int, int], bytes] = {}
    tiles_of(leaves, store)
    return leaves, store


def test_tiles_of_three_levels(tall: tuple[list[bytes], dict[tuple[int, int], bytes]]) -> None:
    leaves, store = tall
    tiles = Tiles(lambda level, n: store[level, n])
    assert {level for level, _ in store} == {0, 1, 2}
    assert len(store[2, 0]) == 32
    for size in (65_535, 65_536, 65_537, 66_000):
        top = root(leaves[:size])
        assert tiles.root(size) == top
        for index in (0, 255, 256, 40_000, size - 1):
            verify_inclusion(leaves[index], index, size, tiles.inclusion_path(index, size), top)
    tiles.check(66_000, root(leaves))


@given(st.lists(st.integers(0, 300), max_size=6), st.integers(0, 300))
def test_tiles_grow_in_any_pieces_and_regrow_after_a_reorganisation(pieces: list[int], back: int) -> None:
    store: dict[tuple[int, int], bytes] = {}
    tiles = Tiles(lambda level, n: store.get((level, n), b""))
    size = 0
    for piece in pieces:
        store.update(((level, n), data) for level, n, data in tiles.appended(size, MANY[size : size + piece]))
        size += piece
    expected: dict[tuple[int, int], bytes] = {}
    tiles_of(MANY[:size], expected)
    assert store == expected
    kept = max(0, size - back)
    other = MANY[:kept] + [leaf_hash(b"other" + leaf) for leaf in MANY[kept : size + 1]]
    store.update(((level, n), data) for level, n, data in tiles.appended(kept, other[kept:]))
    tiles.check(size + 1, root(other))


def test_every_altered_tile_is_noticed(tall: tuple[list[bytes], dict[tuple[int, int], bytes]]) -> None:
    leaves, store = tall
    top = root(leaves)
    for place in ((0, 0), (0, 100), (0, 257), (1, 0), (1, 1), (2, 0)):
        for bad in (bytes(32) + store[place][32:], store[place][:-32] + bytes(32)):
            altered = {**store, place: bad}
            tiles = Tiles(lambda level, n, held=altered: held[level, n])  # type: ignore[misc]
            with pytest.raises(BadProof):
                tiles.check(len(leaves), top)


def test_missing_and_damaged_tiles_are_told_apart() -> None:
    store: dict[tuple[int, int], bytes] = {}
    tiles = tiles_of(MANY[:600], store)
    for size in (601, 768, 70_000):
        with pytest.raises(MissingNode):
            tiles.root(size)
        with pytest.raises(MissingNode):
            tiles.check(size, EMPTY_ROOT)
    for bad in (store[0, 1][:-1], store[0, 1] + bytes(32)):
        store[0, 1] = bad
        with pytest.raises(BadProof):
            tiles.inclusion_path(300, 600)
    for size in (-1, MAX_SIZE + 1):
        with pytest.raises(BadProof):
            tiles.root(size)
    with pytest.raises(BadProof):
        next(tiles.appended(600, [b"short"]))
    assert tiles.root(0) == EMPTY_ROOT
    with pytest.raises(BadProof):
        tiles.check(0, LEAVES[0])


def read(shared: Path, name: str) -> list[dict[str, object]]:
    return list(json.loads((shared / "vectors" / "merkle_log" / f"{name}.json").read_text()).values())


def hashes(texts: object) -> list[bytes]:
    return [b64decode(text) for text in texts or ()]  # type: ignore[attr-defined]


def holds(verify: object, *arguments: object) -> bool:
    try:
        verify(*arguments)  # type: ignore[operator]
    except BadProof:
        return False
    return True


def test_public_inclusion_vectors(shared: Path) -> None:
    vectors = read(shared, "inclusion")
    assert len(vectors) > 50
    for case in vectors:
        leaf, top = hashes([case["leafHash"], case["root"]])
        accepted = holds(verify_inclusion, leaf, case["leafIdx"], case["treeSize"], hashes(case["proof"]), top)
        assert accepted is not case["wantErr"], case["desc"]


def test_public_consistency_vectors(shared: Path) -> None:
    vectors = read(shared, "consistency")
    assert len(vectors) > 50
    for case in vectors:
        before, after = hashes([case["root1"], case["root2"]])
        accepted = holds(verify_consistency, case["size1"], before, case["size2"], after, hashes(case["proof"]))
        assert accepted is not case["wantErr"], case["desc"]


def test_public_subtree_vectors_that_are_about_whole_logs(shared: Path) -> None:
    """A subtree that starts at 0 is a log of its own; the empty one ("no previous view") is refused here."""
    ran = 0
    for case in read(shared, "subtreeinclusion"):
        if case["start"] == 0:
            leaf, top = hashes([case["leafHash"], case["root"]])
            accepted = holds(verify_inclusion, leaf, case["leafIdx"], case["end"], hashes(case["proof"]), top)
            assert accepted is not case["wantErr"], case["desc"]
            ran += 1
    for case in read(shared, "subtreeconsistency"):
        if case["start"] == 0 and case["end"]:
            before, after = hashes([case["root1"], case["root2"]])
            accepted = holds(verify_consistency, case["end"], before, case["size"], after, hashes(case["proof"]))
            assert accepted is not case["wantErr"], case["desc"]
            ran += 1
    assert ran > 100
