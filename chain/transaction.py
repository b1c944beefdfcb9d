"""The bytes of a transaction: what is hashed for signing and what is sent. Exists so that signing needs no
web3.

Two envelopes, EIP-1559 (type 2) and EIP-155 legacy, each always bound to one chain id. It refuses what a
network would refuse for its form (number too wide, address not of 20 bytes, tip above the fee) and the
unbound pre-EIP-155 form, which could be replayed anywhere. Access lists, blobs and code delegation are not
built: nothing in this program sends them.
"""

from __future__ import annotations

from dataclasses import dataclass

from tiny_keccak import keccak256

from chain import rlp
from chain.errors import BadInput

_TYPE_2 = b"\x02"
_WIDTHS = {"nonce": 64, "gas": 64, "chain_id": 64, "max_fee": 256, "max_priority_fee": 256, "value": 256}


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction before it is signed.

    `to` is a 20-byte address or None to create a contract. `max_fee` and `max_priority_fee` are wei per gas,
    `value` wei. With `max_priority_fee` None it is a legacy transaction (EIP-155) that pays `max_fee` as its
    gas price, which is what a free-gas consortium without a base fee wants; otherwise it is of type 2
    (EIP-1559).

    Raises:
        BadInput: a number out of range, a `to` that is not 20 bytes, a tip above the fee.
    """

    chain_id: int
    nonce: int
    to: bytes | None
    data: bytes
    gas: int
    max_fee: int
    max_priority_fee: int | None
    value: int = 0

    def __post_init__(self) -> None:
        for name, bits in _WIDTHS.items():
            number = getattr(self, name)
            if number is not None and not 0 <= number < 1 << bits:
                raise BadInput(f"The transaction's {name} is out of range.", **{name: number})
        if self.chain_id == 0:
            raise BadInput("A transaction must name the chain it is for.")
        if self.nonce == (1 << 64) - 1:  # EIP-2681
            raise BadInput("The transaction's nonce is out of range.", nonce=self.nonce)
        if self.to is not None and len(self.to) != 20:
            raise BadInput("A transaction's recipient is an address of 20 bytes.", to=self.to.hex())
        if self.max_priority_fee is not None and self.max_priority_fee > self.max_fee:
            raise BadInput("The tip of a transaction cannot be above its fee.", fee=self.max_fee)

    @property
    def digest(self) -> bytes:
        """The 32 bytes that are signed (EIP-1559; EIP-155 for a legacy transaction)."""
        if self.max_priority_fee is None:
            return keccak256(rlp.encode([*self._fields(), self.chain_id, 0, 0]))
        return keccak256(_TYPE_2 + rlp.encode(self._fields()))

    def signed(self, signature: bytes) -> bytes:
        """The raw bytes to broadcast.

        Args:
            signature: 65 bytes r || s || v over `digest`, v being 27 or 28.
        """
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
        parity = signature[64] - 27
        if self.max_priority_fee is None:
            return rlp.encode([*self._fields(), 35 + 2 * self.chain_id + parity, r, s])
        return _TYPE_2 + rlp.encode([*self._fields(), parity, r, s])

    def _fields(self) -> list[rlp.Plain]:
        to = self.to or b""
        if self.max_priority_fee is None:
            return [self.nonce, self.max_fee, self.gas, to, self.value, self.data]
        fees: list[rlp.Plain] = [self.max_priority_fee, self.max_fee]
        return [self.chain_id, self.nonce, *fees, self.gas, to, self.value, self.data, []]


def transaction_hash(raw: bytes) -> bytes:
    """The 32 bytes by which a network knows a signed transaction: keccak-256 of its raw bytes."""
    return keccak256(raw)
