"""Headers and receipts: the fields of a block, their canonical bytes and their hashes (Yellow Paper 4.3, EIP-1559, EIP-3675).

A header here always has the sixteen fields of the Paris rules: no uncles, no difficulty, no nonce, base fee zero. That is a
consortium without fees; nodes call it a zero base fee network. Nothing here executes or stores anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from tiny_keccak import keccak256

from chain import rlp

NO_UNCLES = keccak256(rlp.encode([]))
COINBASE = bytes(20)
EXTRA_DATA = b"wayproof"

_BLOOM_BYTES = 256


@dataclass(frozen=True)
class Header:
    """What a block commits to. Hashes are 32 bytes, `timestamp` unix seconds, `bloom` 256 bytes (Yellow Paper 4.3.1)."""

    parent_hash: bytes
    state_root: bytes
    transactions_root: bytes
    receipts_root: bytes
    bloom: bytes
    number: int
    gas_limit: int
    gas_used: int
    timestamp: int

    @cached_property
    def raw(self) -> bytes:
        """The canonical bytes."""
        return rlp.encode(
            [
                self.parent_hash,
                NO_UNCLES,
                COINBASE,
                self.state_root,
                self.transactions_root,
                self.receipts_root,
                self.bloom,
                0,  # difficulty
                self.number,
                self.gas_limit,
                self.gas_used,
                self.timestamp,
                EXTRA_DATA,
                bytes(32),  # mixHash: PREVRANDAO is zero, so that a chain can be repeated
                bytes(8),  # nonce
                0,  # base fee per gas
            ]
        )

    @cached_property
    def hash(self) -> bytes:
        """32 bytes that name the block."""
        return keccak256(self.raw)

    @classmethod
    def from_raw(cls, raw: bytes) -> Header:
        """The header that `raw` gives; `raw` was written by this class."""
        fields = cast("list[bytes]", rlp.decode(raw))
        number, gas_limit, gas_used, timestamp = map(rlp.number, fields[8:12])
        state, transactions, receipts, bloom = fields[3:7]
        return cls(fields[0], state, transactions, receipts, bloom, number, gas_limit, gas_used, timestamp)


@dataclass(frozen=True, slots=True)
class Context:
    """What a transaction can see of its block. `ancestors` gives the hashes of the blocks before it, newest first."""

    chain_id: int
    number: int
    timestamp: int
    gas_limit: int
    ancestors: Iterable[bytes] = ()


@dataclass(frozen=True, slots=True)
class Log:
    """One log entry. `topics` are up to four words of 32 bytes."""

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True)
class Receipt:
    """What a block commits to about how a transaction ended. `kind` is its EIP-2718 type, `status` 1 or 0.

    `cumulative` counts the gas of the block up to and including it; a receipt of status 0 has no logs.
    """

    kind: int
    status: int
    cumulative: int
    logs: tuple[Log, ...]

    @cached_property
    def bloom(self) -> bytes:
        """The filter over its logs."""
        return bloom(self.logs)

    @property
    def raw(self) -> bytes:
        """The canonical bytes that the receipts root is over (EIP-658, EIP-2718)."""
        logs: list[rlp.Plain] = [[log.address, log.topics, log.data] for log in self.logs]
        body = rlp.encode([self.status, self.cumulative, self.bloom, logs])
        return bytes((self.kind,)) + body if self.kind else body


def bloom(logs: Iterable[Log]) -> bytes:
    """The 2,048 bit Bloom filter of the logs' addresses and topics (Yellow Paper 4.3.1)."""
    bits = 0
    for item in {item for log in logs for item in (log.address, *log.topics)}:
        digest = keccak256(item)
        for at in (0, 2, 4):
            bits |= 1 << (int.from_bytes(digest[at : at + 2], "big") & 2047)
    return bits.to_bytes(_BLOOM_BYTES, "big")


def union(blooms: Iterable[bytes]) -> bytes:
    """The filter that holds what any of the filters holds."""
    bits = 0
    for one in blooms:
        bits |= int.from_bytes(one, "big")
    return bits.to_bytes(_BLOOM_BYTES, "big")


def block_size(header: Header, transactions: Iterable[bytes]) -> int:
    """The bytes of the block's canonical encoding: header, transactions, no uncles."""
    body = sum(len(raw) if raw[0] >= 0xC0 else len(rlp.encode(raw)) for raw in transactions)
    return _list_size(len(header.raw) + _list_size(body) + 1)


def _list_size(body: int) -> int:
    return body + (1 if body <= 55 else 1 + (body.bit_length() + 7) // 8)
