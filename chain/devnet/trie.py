"""Merkle-Patricia tries that are written: the world state, an account's storage, a block's transactions and receipts.

Exists because a block of a hundred events changes a hundred slots and needs one root: writes collect as unhashed nodes and
`commit` hashes each of them once (Yellow Paper, appendix D). Nodes are never changed after they are committed, so one cache
of decoded nodes serves the newest state and every older one. Keys must be such that none is the beginning of another (hashed
keys, RLP numbers): a branch never carries a value. Proofs that come from elsewhere are checked in `chain.storage_proof`, not
here: what this module reads was written by this module.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from tiny_keccak import keccak256

from chain import rlp
from chain.errors import LedgerError

EMPTY_ROOT = keccak256(b"\x80")

_NIBBLES = bytes(int(chr(c), 16) if chr(c) in "0123456789abcdef" else 0 for c in range(256))
_FULL_BRANCH = 532  # list head of 3 bytes, 16 references of 33 bytes, an empty value
_FULL_HEAD = b"\xf9\x02\x11"


class Leaf:
    """The rest of a key, as half-bytes, and the value."""

    __slots__ = ("path", "value")

    def __init__(self, path: bytes, value: bytes) -> None:
        self.path, self.value = path, value


class Extension:
    """Half-bytes that all keys below share, and the branch they lead to."""

    __slots__ = ("child", "path")

    def __init__(self, path: bytes, child: Reference) -> None:
        self.path, self.child = path, child


class Branch:
    """One child per half-byte."""

    __slots__ = ("children",)

    def __init__(self, children: list[Reference | None]) -> None:
        self.children = children


Node: TypeAlias = Leaf | Extension | Branch
Reference: TypeAlias = bytes | Node  # a hash, or a node that is not hashed yet or is too short to be


class Nodes:
    """Decoded nodes by their hash, over a slow source of their bytes.

    Args:
        read: gives a node's RLP, or None where it is not there.
        keep: how many decoded nodes stay in memory, at most (about 1 kB each). Two generations: what is used stays.
    """

    def __init__(self, read: Callable[[bytes], bytes | None], keep: int = 40_000) -> None:
        self._read = read
        self._half = keep // 2
        self._young: dict[bytes, Node] = {}
        self._old: dict[bytes, Node] = {}

    def load(self, digest: bytes) -> Node:
        """The node with that hash. Raises LedgerError where it is missing or another: the database is damaged."""
        node = self._young.get(digest)
        if node is None:
            node = self._old.get(digest)
            if node is None:
                raw = self._read(digest)
                if raw is None or keccak256(raw) != digest:
                    raise LedgerError("A part of the embedded chain's state is missing: its file is damaged.", node=digest.hex())
                node = _decoded(raw)
            self.add(digest, node)
        return node

    def add(self, digest: bytes, node: Node) -> None:
        """Keep a node that was just made."""
        if len(self._young) >= self._half:
            self._old, self._young = self._young, {}
        self._young[digest] = node


class Trie:
    """One trie, from its root hash on. Reads see the writes before them; nothing is hashed until `commit`."""

    def __init__(self, nodes: Nodes, root: bytes = EMPTY_ROOT) -> None:
        self._nodes = nodes
        self._root: Reference | None = None if root == EMPTY_ROOT else root

    def get(self, key: bytes) -> bytes | None:
        """The value under a key, or None."""
        path, at, reference = nibbles(key), 0, self._root
        while reference is not None:
            node = self._nodes.load(reference) if type(reference) is bytes else reference
            if type(node) is Branch:
                reference, at = node.children[path[at]], at + 1
            elif type(node) is Leaf:
                return node.value if path[at:] == node.path else None
            elif type(node) is Extension and path.startswith(node.path, at):
                reference, at = node.child, at + len(node.path)
            else:
                return None
        return None

    def set(self, key: bytes, value: bytes) -> None:
        """Put a value under a key; b"" removes it."""
        path = nibbles(key)
        if value:
            self._root = self._put(self._root, path, value)
        elif self._root is not None:
            self._root = self._cut(self._root, path)

    def prove(self, key: bytes) -> list[bytes]:
        """The RLP of the nodes from the root to the key, or to where it would be (EIP-1186). The trie must be committed."""
        path, at, reference, proof = nibbles(key), 0, self._root, list[bytes]()
        while reference is not None:
            node = self._nodes.load(reference) if type(reference) is bytes else reference
            assert not isinstance(node, bytes)
            if type(reference) is bytes:
                proof.append(rlp.encode(_shape(node)))
            if isinstance(node, Branch):
                reference, at = node.children[path[at]], at + 1
            elif isinstance(node, Extension) and path.startswith(node.path, at):
                reference, at = node.child, at + len(node.path)
            else:
                break
        return proof

    def commit(self, new: dict[bytes, bytes]) -> bytes:
        """Hash what was written, put the new nodes' RLP under their hashes into `new`, and give the root."""
        if self._root is None:
            return EMPTY_ROOT
        if not isinstance(self._root, bytes):
            node = self._root
            raw = self._sealed(node, new)
            self._root = keccak256(raw)  # a root is a hash however short its node is
            new[self._root] = raw
            self._nodes.add(self._root, node)
        return self._root

    def _sealed(self, node: Node, new: dict[bytes, bytes]) -> bytes:
        """The RLP of a node, its children sealed first and, where they are long enough, replaced by their hashes."""
        if type(node) is Branch:
            for place, child in enumerate(node.children):
                if child is not None and type(child) is not bytes:
                    node.children[place] = self._reference(child, new)
        elif type(node) is Extension and type(node.child) is not bytes:
            node.child = self._reference(node.child, new)
        return rlp.encode(_shape(node))

    def _reference(self, child: Reference, new: dict[bytes, bytes]) -> Reference:
        assert not isinstance(child, bytes)
        raw = self._sealed(child, new)
        if len(raw) < 32:
            return child
        digest = keccak256(raw)
        new[digest] = raw
        self._nodes.add(digest, child)
        return digest

    def _load(self, reference: Reference) -> Node:
        return self._nodes.load(reference) if isinstance(reference, bytes) else reference

    def _put(self, reference: Reference | None, path: bytes, value: bytes) -> Node:
        if reference is None:
            return Leaf(path, value)
        node = self._load(reference)
        if type(node) is Branch:
            children = node.children.copy()
            children[path[0]] = self._put(children[path[0]], path[1:], value)
            return Branch(children)
        assert not isinstance(node, Branch)
        shared = _shared(node.path, path)
        if shared == len(node.path):
            if isinstance(node, Leaf):
                return Leaf(path, value)
            return Extension(node.path, self._put(node.child, path[shared:], value))
        children = [None] * 16
        rest = node.path[shared + 1 :]
        if isinstance(node, Leaf):
            children[node.path[shared]] = Leaf(rest, node.value)
        else:
            children[node.path[shared]] = Extension(rest, node.child) if rest else node.child
        children[path[shared]] = Leaf(path[shared + 1 :], value)
        branch = Branch(children)
        return Extension(path[:shared], branch) if shared else branch

    def _cut(self, reference: Reference, path: bytes) -> Reference | None:
        """The reference with a key removed; the very same reference where the key was not there."""
        node = self._load(reference)
        if isinstance(node, Leaf):
            return None if node.path == path else reference
        if isinstance(node, Extension):
            if not path.startswith(node.path):
                return reference
            child = self._cut(node.child, path[len(node.path) :])
            if child is node.child:
                return reference
            assert child is not None  # below an extension is a branch, and a branch that loses a child has one left
            return self._joined(node.path, child)
        old = node.children[path[0]]
        new = None if old is None else self._cut(old, path[1:])
        if new is old:
            return reference
        children = node.children.copy()
        children[path[0]] = new
        left = [place for place, child in enumerate(children) if child is not None]
        only = children[left[0]]
        if len(left) > 1 or only is None:
            return Branch(children)
        return self._joined(bytes(left), only)

    def _joined(self, path: bytes, reference: Reference) -> Node:
        """What stands where `path` leads to nothing but `reference`: paths in a row become one."""
        node = self._load(reference)
        if isinstance(node, Leaf):
            return Leaf(path + node.path, node.value)
        if isinstance(node, Extension):
            return Extension(path + node.path, node.child)
        return Extension(path, reference)


def index_root(values: list[bytes]) -> bytes:
    """The root of a trie from RLP(index) to value: a header's transactionsRoot and receiptsRoot."""
    trie = Trie(Nodes(lambda _: None, keep=0))
    for index, value in enumerate(values):
        trie.set(rlp.encode(index), value)
    return trie.commit({})


def nibbles(key: bytes) -> bytes:
    """A key as half-bytes, one a byte."""
    return key.hex().encode().translate(_NIBBLES)


def _shared(left: bytes, right: bytes) -> int:
    """How many half-bytes two paths share at their beginning."""
    size = min(len(left), len(right))
    for at in range(size):
        if left[at] != right[at]:
            return at
    return size


def _shape(node: Node) -> rlp.Plain:
    """A node as its RLP lists it. Its children are hashes or short nodes."""
    if isinstance(node, Leaf):
        return [_packed(node.path, 0x20), node.value]
    if isinstance(node, Extension):
        return [_packed(node.path, 0), _listed(node.child)]
    return [*[_listed(child) for child in node.children], b""]


def _listed(child: Reference | None) -> rlp.Plain:
    return b"" if child is None else child if isinstance(child, bytes) else _shape(child)


def _packed(path: bytes, flag: int) -> bytes:
    """Half-bytes as bytes, behind a prefix that tells leaf from extension and odd from even (appendix C)."""
    digits = path.hex()[1::2]
    return bytes.fromhex(f"{flag // 16 + 1:x}{digits}" if len(path) & 1 else f"{flag:02x}{digits}")


def _decoded(raw: bytes) -> Node:
    if len(raw) == _FULL_BRANCH and raw[:3] == _FULL_HEAD:  # the node read most often, ten times faster than by rlp
        return Branch([raw[at : at + 32] for at in range(4, _FULL_BRANCH - 1, 33)])
    return _node(rlp.decode(raw))


def _node(shape: rlp.Tree) -> Node:
    if len(shape) == 17:
        return Branch([_child(child) for child in shape[:16]])
    head, target = shape
    assert isinstance(head, bytes)
    path = nibbles(head)[2 - (head[0] >> 4 & 1) :]
    if head[0] & 0x20:
        assert isinstance(target, bytes)
        return Leaf(path, target)
    child = _child(target)
    assert child is not None
    return Extension(path, child)


def _child(shape: rlp.Tree | int) -> Reference | None:
    assert not isinstance(shape, int)
    if isinstance(shape, list):
        return _node(shape)
    return shape or None
