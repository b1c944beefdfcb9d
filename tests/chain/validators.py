"""Validators of a made-up consortium, and files of the sample world moved onto its chain: sealed headers, honest checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from chain import bundle, depot, rlp
from chain.checkpoint import Checkpoint
from chain.header import Header
from chain.keys import SigningKey, derive
from chain.seals import Seals
from tests.torture.bundles import Source

KEYS = [derive(b"validators of a test, not a secret".ljust(32, b"\0")[:32], f"validator {n}") for n in range(4)]
VALIDATORS = sorted(key.address for key in KEYS)
OUTSIDER = derive(bytes(31) + b"\1", "a stranger")
VANITY = b"a vanity".ljust(32, b"\0")
ROUND = {Seals.QBFT: b"\x02", Seals.IBFT2: b"\0\0\0\2"}


def signed(key: SigningKey, digest: bytes) -> bytes:
    """A seal: r, s, and the recovery id from 0."""
    signature = key.sign_digest(digest)
    return signature[:64] + bytes((signature[64] - 27,))


def start(how: Seals, named: Sequence[bytes]) -> list[Any]:
    """What stands in extra data before round and seals."""
    return [VANITY, list(named), [] if how is Seals.QBFT else b""]


def hashed(plain: Header, how: Seals, named: Sequence[bytes] = VALIDATORS) -> Header:
    """A block of QBFT or IBFT 2.0 in the form that its hash is over."""
    return replace(plain, extra_data=rlp.encode([*start(how, named), *([b"", []] if how is Seals.QBFT else [])]))


def sent(plain: Header, how: Seals, keys: Sequence[SigningKey] = KEYS, named: Sequence[bytes] = VALIDATORS) -> Header:
    """The same block as a node sends it, sealed by these keys in round 2."""
    before = [*start(how, named), ROUND[how]]
    over = replace(plain, extra_data=rlp.encode([*before, []] if how is Seals.QBFT else before)).hash
    return replace(plain, extra_data=rlp.encode([*before, [signed(key, over) for key in keys]]))


def clique(plain: Header, key: SigningKey = KEYS[0], named: Sequence[bytes] = ()) -> Header:
    """A block of Clique, signed by a key; it is hashed as it is sent."""
    bare = replace(plain, extra_data=VANITY + b"".join(named), nonce=bytes(8))
    return replace(bare, extra_data=bare.extra_data + signed(key, bare.hash))


def plain_header(data: bytes) -> Header:
    """The header in a file or a pack of the embedded chain."""
    read = depot.read if depot.is_pack(data) else bundle.read
    return Header.from_rlp(read(data).evidence.header)


def moved(source: Source, data: bytes, key: SigningKey, named_by: Header, shown: Header, magic: bytes | None = None) -> bytes:
    """A file or pack whose checkpoint names another block, co-signed by the stand-in witnesses, and shows a header for it.

    `magic` is by default that of a version whose header carries seals where it does.
    """
    pack = depot.is_pack(data)
    kind: Any = depot if pack else bundle
    outer: Any = rlp.decode(data[len(kind.MAGIC) :])
    tree: Any = rlp.decode(outer[0])
    at = 0 if pack else 1
    was: Checkpoint = kind.read(data).evidence.checkpoint
    bare = replace(was.bare, block_hash=named_by.hash)
    tree[at][4], tree[at][7] = named_by.hash, source.cosigned(bare, was.signatures[0].at)
    tree[at + 1] = shown.rlp()
    made: bytes = kind.sealed(rlp.encode(tree), key, magic or (kind.MAGIC if shown == named_by else kind.MAGIC_SEALS))
    return made
