"""What stands in a contract's storage as of a block, shown by Merkle-Patricia proofs (Yellow Paper appendix D, EIP-1186).

A state root from a header that is trusted, and the trie nodes between it and a value: with these a laptop without a network
knows an account and a storage slot, or knows that there is none. `walk` follows one key through nodes that come from
anywhere; `verify_account` and `verify_slot` take the list of nodes that `eth_getProof` gives.

Strict on purpose, because a proof that can be written in two ways can be tampered with unseen: every node must hash to the
reference that led to it, be canonical RLP, have a legal shape, and be used; a list of nodes has exactly the nodes of its key
in their order. A refusal is `BadProof`; a node that is not here is `MissingNode`, and then nothing is shown. This module
trusts no root by itself: where the root comes from (header, checkpoint, witnesses) is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

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
_NIBBLES = bytes(int(chr(c), 16) if chr(c) in "0123456789abcdef" else 0 for c in range(256))


@dataclass(frozen=True, slots=True)
class Account:
    """An account as the state trie holds it. `balance` in wei; roots and hashes of 32 bytes."""

    nonce: int
    balance: int
    storage_root: bytes
    code_hash: bytes


def verify_account(state_root: bytes, address: bytes, proof: Sequence[bytes]) -> Account | None:
    """The account at a 20-byte address under a state root; None where the proof shows that there is none.

    `proof` is exactly the nodes from the root down (`accountProof` of EIP-1186), and () for an empty trie. Raises BadProof.
    """
    steps = _Steps(proof)
    account = read_account(state_root, address, steps)
    steps.finish()
    return account


def verify_slot(storage_root: bytes, slot: bytes, proof: Sequence[bytes]) -> int:
    """The value of a 32-byte storage slot under an account's storage root; 0 where the proof shows that nothing is stored.

    `proof` is exactly the nodes from the root down (`storageProof[i].proof` of EIP-1186), and () for an empty trie. Raises
    BadProof.
    """
    steps = _Steps(proof)
    value = read_slot(storage_root, slot, steps)
    steps.finish()
    return value


def read_account(state_root: bytes, address: bytes, node: Node) -> Account | None:
    """As `verify_account`, with nodes from anywhere (a shared set, a database): raises BadProof or MissingNode."""
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
    """As `verify_slot`, with nodes from anywhere (a shared set, a database): raises BadProof or MissingNode."""
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

    `node(hash)` gives the RLP of the trie node with that hash and raises MissingNode where it is not here; what it gives is
    hashed again here. Returns the value, or None where the trie proves that the key is absent. Raises BadProof for a node
    that does not hash to its reference, is too large, not canonical, or of an illegal shape.
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
        if len(shape) == 17 and isinstance(shape, list):
            value = _branch(shape)
            if at == len(path):
                return value or None
            reference, at, extended = shape[path[at]], at + 1, False
            if not reference:
                return None
        elif len(shape) == 2 and isinstance(shape, list) and not extended:
            is_leaf, steps, target = _short(shape)
            if is_leaf:
                return target if steps == path[at:] else None  # type: ignore[return-value]
            if not path.startswith(steps, at):
                return None
            reference, at, extended = target, at + len(steps), True
        else:
            raise BadProof("A piece of the proof is not a node of a trie.", depth=at, items=len(shape))
