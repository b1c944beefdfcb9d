"""Signed transactions as they arrive: bytes to a checked `Transaction`, in the shape py-evm's executor wants.

py-evm's own classes take 0.3 ms to decode one and recover its signer; here it is 0.1 ms, nearly all of it in libsecp256k1.
Legacy (EIP-155), access list (EIP-2930) and dynamic fee (EIP-1559) are known; blobs, delegations
and the form that is bound to no chain are refused. Whether a sender can pay and whose turn it is, the node decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from tiny_keccak import keccak256

from chain import rlp
from chain.errors import BadProof, LedgerError
from chain.keys import recover

GAS_CAP = 1 << 24  # EIP-7825, 16.7 million: so that what runs here runs on newer networks too
MAX_DATA = 128 * 1024  # bytes of a raw transaction that other nodes take into their pool

_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
_FIELDS = {0: 9, 1: 11, 2: 12}


@dataclass(frozen=True)
class Transaction:
    """A transaction whose signature, form and intrinsic gas are right.

    `to` is b"" to create a contract. `kind` is the type of EIP-2718 (0 legacy, 1, 2); a legacy or access list transaction has
    its gas price in both fees. `v` is as in the raw bytes. `sender` is recovered, or claimed where it comes from `eth_call`.
    """

    kind: int
    chain_id: int
    nonce: int
    max_priority_fee_per_gas: int
    max_fee_per_gas: int
    gas: int
    to: bytes
    value: int
    data: bytes
    access_list: tuple[tuple[bytes, tuple[int, ...]], ...] = ()
    v: int = 0
    r: int = 1
    s: int = 1
    sender: bytes = bytes(20)
    raw: bytes = b""

    @cached_property
    def hash(self) -> bytes:
        """32 bytes that name it."""
        return keccak256(self.raw)

    @property
    def gas_price(self) -> int:
        """What it pays a gas, on a chain whose base fee is zero."""
        return min(self.max_fee_per_gas, self.max_priority_fee_per_gas)

    @cached_property
    def intrinsic_gas(self) -> int:
        """Gas before the first instruction (Yellow Paper 6.2, EIP-2028, EIP-2930; Paris has no init code charge)."""
        zeros = self.data.count(0)
        listed = sum(2400 + 1900 * len(slots) for _, slots in self.access_list)
        return 21_000 + (0 if self.to else 32_000) + 4 * zeros + 16 * (len(self.data) - zeros) + listed

    def validate(self) -> None:
        """Nothing: one that exists has been checked. py-evm's executor asks."""

    def __repr__(self) -> str:
        return f"Transaction(0x{self.hash.hex()})"  # py-evm formats it for a log line that is never written


def decode(raw: bytes, chain_id: int) -> Transaction:
    """A raw signed transaction, checked in everything that needs no state.

    Raises:
        LedgerError: what a node answers to `eth_sendRawTransaction`, code -32000.
    """
    if len(raw) > MAX_DATA:
        raise refused(f"oversized data: transaction size {len(raw)}, limit {MAX_DATA}")
    try:
        transaction = _parsed(raw)
    except (BadProof, ValueError) as error:
        raise refused("the bytes are not a transaction", why=str(error)) from error
    if transaction.chain_id != chain_id:
        raise refused(f"invalid chain id for signer: have {transaction.chain_id} want {chain_id}")
    check(transaction)
    return transaction


def recall(raw: bytes, sender: bytes) -> Transaction:
    """A transaction that was decoded before and is read back with its sender: nothing is recovered or checked again."""
    return _parsed(raw, sender)


def check(transaction: Transaction) -> None:
    """Raises LedgerError for gas and fees that no state could make right."""
    if transaction.max_priority_fee_per_gas > transaction.max_fee_per_gas:
        raise refused("max priority fee per gas higher than max fee per gas")
    if transaction.gas > GAS_CAP:
        raise refused(f"transaction gas limit too high (cap: {GAS_CAP}, tx: {transaction.gas})")
    if transaction.gas < transaction.intrinsic_gas:
        raise refused(f"intrinsic gas too low: gas {transaction.gas}, minimum needed {transaction.intrinsic_gas}")


def answered(code: int, message: str, data: str | None = None, **details: object) -> LedgerError:
    """What a node answers instead of a result, as `chain.transport` gives it for any network: JSON-RPC's fields as details."""
    return LedgerError(message, code=code, message=message, data=data, **details)


def refused(words: str, **details: object) -> LedgerError:
    """The answer to a transaction that is not taken, and to a question about what is not there."""
    return answered(-32000, words, None, **details)


def _parsed(raw: bytes, sender: bytes | None = None) -> Transaction:
    if not raw:
        raise ValueError("no bytes")
    kind = raw[0] if raw[0] < 0x80 else 0
    if kind not in _FIELDS or (kind == 0 and raw[0] < 0xC0):
        raise ValueError(f"transaction type {raw[0]} is not supported")
    fields = rlp.decode(raw[1:] if kind else raw)
    if not isinstance(fields, list) or len(fields) != _FIELDS[kind]:
        raise ValueError("wrong number of fields")
    body, (last, r, s) = fields[:-3], fields[-3:]
    v, number_r, number_s = rlp.number(last), rlp.number(r), rlp.number(s)
    if kind:
        chain_id, parity, signed = rlp.number(body[0], 64), v, bytes([kind]) + rlp.encode(body)
        body, listed = body[1:-1], _access_list(body[-1])
    else:
        if v < 35:
            raise refused("only replay-protected (EIP-155) transactions allowed over RPC")
        chain_id, parity, listed = v - 35 >> 1, v - 35 & 1, ()
        signed = rlp.encode([*body, chain_id, 0, 0])
    if parity > 1:
        raise refused("invalid sender", why="a parity is 0 or 1")
    if kind != 2:
        body.insert(1, body[1])  # one gas price is both fees
    nonce, tip, fee, gas, to, value, data = body
    if not (isinstance(to, bytes) and len(to) in (0, 20) and isinstance(data, bytes)):
        raise ValueError("wrong fields")
    if sender is None:
        try:
            sender = recover(keccak256(signed), _word(number_r) + _word(number_s) + bytes((27 + parity,)))
        except BadProof as error:
            raise refused("invalid sender", why=error.words) from error
    return Transaction(
        kind=kind,
        chain_id=chain_id,
        nonce=rlp.number(nonce, 64),
        max_priority_fee_per_gas=rlp.number(tip),
        max_fee_per_gas=rlp.number(fee),
        gas=rlp.number(gas, 64),
        to=to,
        value=rlp.number(value),
        data=data,
        access_list=listed,
        v=v,
        r=number_r,
        s=number_s,
        sender=sender,
        raw=raw,
    )


def _access_list(tree: rlp.Tree) -> tuple[tuple[bytes, tuple[int, ...]], ...]:
    listed = []
    for entry in tree:
        if not isinstance(entry, list) or len(entry) != 2:
            raise ValueError("wrong access list")
        address, slots = entry
        if not (isinstance(address, bytes) and len(address) == 20 and isinstance(slots, list)):
            raise ValueError("wrong access list")
        if not all(isinstance(slot, bytes) and len(slot) == 32 for slot in slots):
            raise ValueError("wrong access list")
        listed.append((address, tuple(int.from_bytes(slot, "big") for slot in slots if isinstance(slot, bytes))))
    return tuple(listed)


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")
