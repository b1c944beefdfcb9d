"""What stands in a contract's storage as of a block, shown by Merkle-Patricia proofs (Yellow Paper appendix
D, EIP-1186).

A state root from a header that is trusted, and the trie nodes between it and a value: with these a laptop
without a network knows an account and a storage slot, or knows that there is none. `walk` follows one key
through nodes that come from anywhere; `verify_account` and `verify_slot` take the list of nodes that
`eth_getProof` gives.

Strict on purpose, because a proof that can be written in two ways can be tampered with unseen: every node
must hash to the reference that led to it, be canonical RLP, have a legal shape, and be used; a list of nodes
has exactly the nodes of its key in their order. A refusal is `BadProof`; a node that is not here is
`MissingNode`, and then nothing is shown. This module trusts no root by itself: where the root comes from
(header, checkpoint, witnesses) is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tiny_keccak import keccak256

from chain import rlp
from chain.errors import BadProof, MissingNode

Node = Callable[[bytes], bytes]

EMPTY_ROOT = keccak256(b"\x80")  # the root of a trie without keys
EMPTY_CODE = keccak256(b"")  # the code hash of an account without code
MAX_NODE = 1024  # a branch is 532 bytes, an account leaf at most 148
MAX_KEY = 64  # a hashed key is 32 bytes; the depth of a walk is at most two nodes per half-byte

_WORD = 32
_FULL_BRANCH = 532  # list head of 3 bytes, 16 references of 33 bytes, an empty value
_FULL_HEAD = b"\xf9\x02\x11"
_FULL_MARKS = b"\xa0" * 16 + b"\x80"
_NIBBLES = bytes.maketrans(b"0123456789abcdef", bytes(range(16)))


@dataclass(frozen=True, slots=True)
class Account:
    """An account as the state trie holds it. `balance` in wei; roots and hashes of 32 bytes."""

    nonce: int
    balance: int
    storage_root: bytes
    code_hash: bytes


def verify_account(state_root: bytes, address: bytes, proof: Sequence[bytes]) -> Account | None:
    """The account at a 20-byte address under a state root; None where the proof shows that there is none.

    `proof` is exactly the nodes from the root down (`accountProof` of EIP-1186), and () for an empty trie.
    Raises BadProof.
    """
    steps = _Steps(proof)
    account = read_account(state_root, address, steps)
    steps.finish()
    return account


def verify_slot(storage_root: bytes, slot: bytes, proof: Sequence[bytes]) -> int:
    """The value of a 32-byte storage slot under an account's storage root; 0 where the proof shows that
    nothing is stored.

    `proof` is exactly the nodes from the root down (`storageProof[i].proof` of EIP-1186), and () for an empty
    trie. Raises BadProof.
    """
    steps = _Steps(proof)
    value = read_slot(storage_root, slot, steps)
    steps.finish()
    return value


def read_account(state_root: bytes, address: bytes, node: Node) -> Account | None:
    """As `verify_account`, with nodes from anywhere (a shared set, a database): raises BadProof or
    MissingNode."""
    if len(address) != 20:
        raise BadProof("An address has 20 bytes.", length=len(address))
    value = walk(state_root, keccak256(address), node)
    if value is None:
        return None
    fields = rlp.decode(value)
    if not isinstance(fields, list) or len(fields) != 4:
        raise BadProof("The account in the proof is not an account.", fields=len(fields))
    nonce, balance, storage_root, code_hash = fields
    return Account(rlp.number(nonce, 64), rlp.number(balance, 256), _word(storage_root), _word(code_hash))


def read_slot(storage_root: bytes, slot: bytes, node: Node) -> int:
    """As `verify_slot`, with nodes from anywhere (a shared set, a database): raises BadProof or
    MissingNode."""
    if len(slot) != _WORD:
        raise BadProof("A storage slot is named by 32 bytes.", length=len(slot))
    value = walk(storage_root, keccak256(slot), node)
    if value is None:
        return 0
    stored = rlp.number(rlp.decode(value), 256)
    if not stored:
        raise BadProof("The proof stores a zero, which a trie never holds.", slot=slot.hex())
    return stored


def walk(root: bytes, key: bytes, node: Node) -> bytes | None:
    """Follow a key (already hashed, where the trie hashes its keys) from the root to its value.

    `node(hash)` gives the RLP of the trie node with that hash and raises MissingNode where it is not here;
    what it gives is hashed again here. Returns the value, or None where the trie proves that the key is
    absent. Raises BadProof for a node that does not hash to its reference, is too large, not canonical, or of
    an illegal shape.
    """
    if len(root) != _WORD or len(key) > MAX_KEY:
        raise BadProof("A trie root has 32 bytes, and a key at most 64.", root=len(root), key=len(key))
    if root == EMPTY_ROOT:
        return None
    path = _nibbles(key)
    at = 0
    reference: rlp.Tree = root
    extended = False  # an extension leads to a branch and to nothing else
    while True:
        if isinstance(reference, bytes):
            raw = node(reference)
            _check(raw, reference, at)
            if len(raw) == _FULL_BRANCH and raw[:3] == _FULL_HEAD and raw[3::33] == _FULL_MARKS:
                if at == len(path):
                    return None
                place = 4 + 33 * path[at]
                reference, at, extended = raw[place : place + _WORD], at + 1, False
                continue
            shape = rlp.decode(raw)
        else:
            shape = reference
        if isinstance(shape, list) and len(shape) == 17:
            value = _branch(shape, at)
            if at == len(path):
                return value or None
            reference, at, extended = shape[path[at]], at + 1, False
            if not reference:
                return None
        elif isinstance(shape, list) and len(shape) == 2 and not extended:
            steps, leaf, reference = _short(shape)
            if leaf is not None:
                return leaf if steps == path[at:] else None
            if not path.startswith(steps, at):
                return None
            at, extended = at + len(steps), True
        else:
            raise BadProof("A piece of the proof is not a node that may stand there.", depth=at, items=len(shape))


def lookup(nodes: Mapping[bytes, bytes]) -> Node:
    """A `node` that reads a mapping from hash to node and raises MissingNode where it has none."""

    def node(reference: bytes) -> bytes:
        try:
            return nodes[reference]
        except KeyError:
            raise MissingNode("A piece of the proof is not here.", node=reference.hex()) from None

    return node


def collect(root: bytes, keys: Iterable[bytes], node: Node) -> tuple[bytes, ...]:
    """The nodes that prove all these (hashed) keys, present or absent: each once, in ascending order of their
    bytes."""
    seen: dict[bytes, bytes] = {}

    def keep(reference: bytes) -> bytes:
        if reference not in seen:
            seen[reference] = node(reference)
        return seen[reference]

    for key in keys:
        walk(root, key, keep)
    return tuple(sorted(seen.values()))


class SharedNodes:
    """The nodes of many proofs, each once, as `collect` gives them: a `node` for `walk` and its companions.

    Raises BadProof where they are not strictly ascending, and in `finish` where one of them was needed by no
    proof, so that a set has one spelling.
    """

    def __init__(self, nodes: Sequence[bytes]) -> None:
        if any(left >= right for left, right in pairwise(nodes)):
            raise BadProof("The nodes of the proofs are not in their order.", nodes=len(nodes))
        self._nodes = {keccak256(node): node for node in nodes}
        self._unused = set(self._nodes)

    def __call__(self, reference: bytes) -> bytes:
        self._unused.discard(reference)
        try:
            return self._nodes[reference]
        except KeyError:
            raise MissingNode("A piece of the proof is not here.", node=reference.hex()) from None

    @property
    def nodes(self) -> tuple[bytes, ...]:
        """All of them, in their order."""
        return tuple(self._nodes.values())

    @property
    def unused(self) -> frozenset[bytes]:
        """The hashes of those that have served no proof so far."""
        return frozenset(self._unused)

    def finish(self) -> None:
        """Raise BadProof where a node served no proof."""
        if self._unused:
            raise BadProof("The proofs come with nodes that none of them needs.", nodes=len(self._unused))


def mapping_slot(key: bytes, slot: int | bytes) -> bytes:
    """Where Vyper 0.4 keeps `mapping[key]` of a HashMap declared at `slot`: keccak256(slot || key).

    `key` is the 32-byte word of the key (for Bytes and String keys: keccak256 of the content). For nested
    maps give the result as the next `slot`. Solidity has the opposite order: `solidity_mapping_slot`.
    """
    return keccak256(_slot_word(slot) + _word(key))


def solidity_mapping_slot(key: bytes, slot: int | bytes) -> bytes:
    """Where Solidity keeps `mapping[key]` of a mapping declared at `slot`: keccak256(key || slot)."""
    return keccak256(_word(key) + _slot_word(slot))


class _Steps:
    """The nodes of one proof, taken in their order, each once."""

    def __init__(self, nodes: Sequence[bytes]) -> None:
        self._rest: Iterator[bytes] = iter(nodes)

    def __call__(self, reference: bytes) -> bytes:
        for node in self._rest:
            return node
        raise BadProof("The proof ends before it shows anything.", node=reference.hex())

    def finish(self) -> None:
        for _ in self._rest:
            raise BadProof("The proof has more nodes than its key needs.")


def _check(raw: bytes, reference: bytes, depth: int) -> None:
    """That this is the node which the reference names."""
    if len(raw) > MAX_NODE or (depth and len(raw) < _WORD):  # below 32 bytes a node stands inside its parent
        raise BadProof("A piece of the proof has an impossible size.", depth=depth, length=len(raw))
    if keccak256(raw) != reference:
        raise BadProof("A piece of the proof is not the one that is named.", depth=depth, node=reference.hex())


def _branch(items: list[rlp.Tree], depth: int) -> bytes:
    """The value of a branch, b"" for none; its 16 references are legal and at least two things stand in
    it."""
    value = items[16]
    if isinstance(value, list) or (value and depth & 1) or sum(map(bool, items)) < 2:
        raise BadProof("A branch in the proof has an illegal shape.", depth=depth)
    for child in items[:16]:
        if child != b"":
            _legal(child)
    return value


def _short(items: list[rlp.Tree]) -> tuple[bytes, bytes | None, rlp.Tree]:
    """(half-bytes, value, b"") of a leaf, (half-bytes, None, reference) of an extension: hex-prefix, appendix
    C."""
    packed, target = items
    steps = _nibbles(packed) if isinstance(packed, bytes) else b""
    if not steps or steps[0] > 3 or (not steps[0] & 1 and steps[1]):
        raise BadProof("A path in the proof is not encoded in the one allowed way.")
    is_leaf, steps = steps[0] > 1, steps[2 - (steps[0] & 1) :]
    if is_leaf:
        if isinstance(target, list) or not target:
            raise BadProof("A leaf in the proof holds no value.")
        return steps, target, b""
    if not steps:
        raise BadProof("An extension in the proof leads nowhere.")
    _legal(target)
    return steps, None, target


def _legal(reference: rlp.Tree) -> None:
    """That a reference is a hash, or a node short enough to stand inside its parent."""
    if isinstance(reference, bytes):
        if len(reference) != _WORD:
            raise BadProof("A reference in the proof is not a hash.", length=len(reference))
    elif len(reference) not in (2, 17) or len(rlp.encode(reference)) >= _WORD:
        raise BadProof("A node stands inside its parent and may not.", items=len(reference))


def _nibbles(data: bytes) -> bytes:
    """The half-bytes of some bytes, one in each byte."""
    return data.hex().encode().translate(_NIBBLES)


def _word(data: rlp.Tree) -> bytes:
    if isinstance(data, list) or len(data) != _WORD:
        raise BadProof("A hash or a key in the proof has not 32 bytes.", length=len(data))
    return data


def _slot_word(slot: int | bytes) -> bytes:
    return slot.to_bytes(_WORD, "big") if isinstance(slot, int) else _word(slot)
