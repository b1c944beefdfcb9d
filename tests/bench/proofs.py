"""How fast proofs are made and checked here, beside what they are made of: `python tests/bench/proofs.py [leaves]`.

Every figure is the best of three runs. The baseline of the log is two plain loops around hashlib; of the storage proof, the
same nodes through py-trie.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Any

from tiny_keccak import keccak256

from chain import rlp
from chain.merkle import Frontier, Tiles, root, verify_inclusion
from chain.storage_proof import EMPTY_CODE, SharedNodes, collect, lookup, read_slot, verify_account, verify_slot

SHARED = Path(os.environ.get("WAYPROOF_SHARED", Path(__file__).resolve().parents[2].parent / "shared")) / "data"


def best(work: Callable[[], object], times: int = 1, runs: int = 3) -> float:
    """Seconds of one call: the best of some runs of so many calls."""
    took = []
    for _ in range(runs):
        start = perf_counter()
        for _ in range(times):
            work()
        took.append((perf_counter() - start) / times)
    return min(took)


def beside(work: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    """Seconds of two calls, taken in turns, so that a busy machine is busy for both."""
    pairs = [(best(work, runs=1), best(other, runs=1)) for _ in range(3)]
    return min(first for first, _ in pairs), min(second for _, second in pairs)


def bare(leaves: list[bytes]) -> bytes:
    """The tree as two loops around hashlib (for a power of two leaves)."""
    while len(leaves) > 1:
        above = []
        for at in range(0, len(leaves), 2):
            above.append(sha256(b"\x01" + leaves[at] + leaves[at + 1]).digest())
        leaves = above
    return leaves[0]


def show(what: str, figure: float, unit: str) -> None:
    print(f"{what:<58}{figure:>14,.1f} {unit}")


def log(count: int) -> None:
    """The log: rebuilding, appending, proving."""
    leaves = [sha256(number.to_bytes(8, "big")).digest() for number in range(count)]
    top = root(leaves)
    assert top == bare(leaves)
    ours, plain_loops = beside(lambda: root(leaves), lambda: bare(leaves))
    show(f"log: root of {count:,} leaves", count / ours, "leaves/s")
    show("log: the same, two loops around hashlib", count / plain_loops, "leaves/s")

    def in_chunks() -> None:
        frontier = Frontier()
        for at in range(0, count, 1000):
            frontier = frontier.after(leaves[at : at + 1000])
        assert frontier.root == top

    show("log: frontier, 1,000 leaves at a time", count / best(in_chunks), "leaves/s")
    store: dict[tuple[int, int], bytes] = {}
    tiles = Tiles(lambda level, n: store[level, n])
    start = perf_counter()
    store.update(((level, n), data) for level, n, data in tiles.appended(0, leaves))
    show("log: tiles written", count / (perf_counter() - start), "leaves/s")
    show("log: tiles checked", count / best(lambda: tiles.check(count, top)), "leaves/s")
    places = [sha256(number.to_bytes(8, "big")).digest()[0] * count // 256 for number in range(200)]
    show("log: inclusion path from tiles, scattered", best(lambda: [tiles.inclusion_path(i, count) for i in places]) * 5e3, "us")
    index = count // 3
    path = tiles.inclusion_path(index, count)
    show("log: inclusion verified", best(lambda: verify_inclusion(leaves[index], index, count, path, top), 1000) * 1e6, "us")


def proofs() -> Iterator[tuple[str, bytes, bytes, bytes, list[bytes], list[bytes]]]:
    """(name, state root, address, slot, account proof, slot proof)."""
    from trie.hexary import HexaryTrie

    slots: Any = HexaryTrie({})
    for number in range(4000):
        slots[keccak256(number.to_bytes(32, "big"))] = rlp.encode(2**255 + number)
    state: Any = HexaryTrie({})
    for number in range(4000):
        account = rlp.encode([1, number, slots.root_hash, EMPTY_CODE])
        state[keccak256(number.to_bytes(20, "big"))] = account
    address, slot = (77).to_bytes(20, "big"), (78).to_bytes(32, "big")
    yield (
        "4,000 accounts and slots",
        state.root_hash,
        address,
        slot,
        [rlp.encode(plain(node)) for node in state.get_proof(keccak256(address))],
        [rlp.encode(plain(node)) for node in slots.get_proof(keccak256(slot))],
    )
    folder = SHARED / "vectors" / "eth_getproof"
    if folder.is_dir():
        answer = json.loads((folder / "helios_proof.json").read_text())
        block = json.loads((folder / "helios_block.json").read_text())
        entry = answer["storageProof"][0]
        texts = [block["stateRoot"], answer["address"], entry["key"]]
        top, address, slot = (bytes.fromhex(text[2:]) for text in texts)
        nodes = [[bytes.fromhex(text[2:]) for text in proof] for proof in (answer["accountProof"], entry["proof"])]
        yield ("a real main network state", top, address, slot, nodes[0], nodes[1])


def plain(item: Any) -> Any:
    return bytes(item) if isinstance(item, bytes) else list(map(plain, item))


def storage() -> None:
    """Storage proofs, one by one and shared."""
    from rlp import decode
    from trie import hexary

    other: Any = hexary.HexaryTrie

    for name, top, address, slot, account_nodes, slot_nodes in proofs():
        account = verify_account(top, address, account_nodes)
        assert account is not None
        storage_root = account.storage_root

        def ours() -> None:
            found = verify_account(top, address, account_nodes)  # noqa: B023
            assert found is not None
            verify_slot(found.storage_root, slot, slot_nodes)  # noqa: B023

        def theirs() -> None:
            other.get_from_proof(top, keccak256(address), [decode(node) for node in account_nodes])  # noqa: B023
            other.get_from_proof(storage_root, keccak256(slot), [decode(node) for node in slot_nodes])  # noqa: B023

        count = len(account_nodes) + len(slot_nodes)
        show(f"proof: account and slot, {name} ({count} nodes)", best(ours, 1000) * 1e6, "us")
        show("proof: the same through py-trie", best(theirs, 100) * 1e6, "us")


def depot(units: int) -> None:
    """Many slots of one contract in one shared set of nodes."""
    from trie.hexary import HexaryTrie

    store: dict[bytes, bytes] = {}
    slots: Any = HexaryTrie(store)
    names = [number.to_bytes(32, "big") for number in range(units)]
    with slots.squash_changes() as batch:
        for name in names:
            batch[keccak256(name)] = rlp.encode(int.from_bytes(keccak256(name), "big"))
    top = slots.root_hash
    wanted = names[::2]
    nodes = collect(top, map(keccak256, wanted), lookup(store))

    def verify() -> None:
        shared = SharedNodes(nodes)
        for name in wanted:
            read_slot(top, name, shared)
        shared.finish()

    show(f"proof: {len(wanted):,} of {units:,} slots, shared nodes", len(wanted) / best(verify), "slots/s")
    show("proof: size of that set", sum(map(len, nodes)) / len(wanted), "bytes/slot")


if __name__ == "__main__":
    log(int(sys.argv[1]) if len(sys.argv) > 1 else 1 << 20)
    storage()
    depot(20_000)
