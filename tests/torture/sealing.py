"""Headers of a chain with validators that are sealed wrongly, as a node sends them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chain import rlp
from chain.header import Header
from chain.keys import ORDER, SigningKey, derive
from chain.seals import Seals
from tests.chain.validators import KEYS, sent

FORGERS = [derive(bytes(31) + b"\2", f"forger {n}") for n in range(4)]
MINORITY = KEYS[:2]


def sealed_by(keys: Sequence[SigningKey]) -> Callable[[Any], Any]:
    """A block as these keys would have sealed it."""
    return lambda block: (
        block and block | {"extraData": hexed(sent(Header.from_rpc(block, expect=False), Seals.QBFT, keys).extra_data)}
    )


def parts(change: Callable[[list[Any]], list[Any]]) -> Callable[[Any], Any]:
    """A block with another list of vanity, validators, vote, round and seals."""

    def changed(block: Any) -> Any:
        if not isinstance(block, dict):
            return block
        tree: Any = rlp.decode(bytes.fromhex(block["extraData"][2:]))
        return block | {"extraData": hexed(rlp.encode(change(list(tree))))}

    return changed


def respelt(seal: bytes) -> bytes:
    """The same signature with the other s."""
    return seal[:32] + (ORDER - int.from_bytes(seal[32:64], "big")).to_bytes(32, "big") + bytes((seal[64] ^ 1,))


def hexed(data: bytes) -> str:
    """As JSON-RPC writes bytes."""
    return "0x" + data.hex()
