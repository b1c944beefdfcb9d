"""What a device signs where it sends nothing itself: one batch of acts, its place among the device's statements, and for whom.

Anybody may bring a signed statement to the contract (`Provenance.vy`, `_believe`); what it records is the device's. A statement
names the chain, the contract, the device, its number and, as `previous`, the word that the statement before it left in the
contract: so it counts once, in its place, and nowhere else. Two different statements of one device about the same state of the
same unit contradict each other, whoever shows them.

The units are signed as their states, not as their heads: a head holds the block time of the event before, which a device that
makes two events without a network cannot know. A state holds its number in the unit's history, which nobody can take twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from tiny_keccak import keccak256

from chain import calls, encoding
from chain.calls import Act, Held, Minted
from chain.eip712 import Schema
from chain.encoding import M40, ZERO, word
from chain.errors import BadProof
from chain.keys import SigningKey, recover

Acts = Sequence[tuple[Act, Sequence[Held]]]
Births = Sequence[tuple[Act, Sequence[Minted]]]

TYPES = {
    "Statement": (
        {"name": "device", "type": "address"},
        {"name": "sequence", "type": "uint256"},
        {"name": "previous", "type": "uint256"},
        {"name": "batch", "type": "bytes32"},
    )
}


def record_hash(batch: Acts) -> bytes:
    """What a statement over `record` binds: the acts, and of each unit its id and its state."""
    rolled = _acts_hash(batch)
    for _, units in batch:
        for held in units:
            state = held.state
            rolled = keccak256(rolled + held.unit + word(encoding.pack(state)) + state.parent + state.lot)
    return rolled


def commission_hash(batch: Births) -> bytes:
    """What a statement over `commission` binds: the acts and the births."""
    rolled = _acts_hash(batch)
    for _, births in batch:
        for minted in births:
            rolled = keccak256(rolled + calls.minted_words(minted))
    return rolled


def domain(chain_id: int, contract: bytes) -> Mapping[str, object]:
    """The EIP-712 domain of a contract."""
    return {"name": "Wayproof", "version": "1", "chainId": chain_id, "verifyingContract": contract}


@dataclass(frozen=True, slots=True)
class Statement:
    """A batch (`record_hash` or `commission_hash`) in its place among a device's statements.

    `sequence` counts from 1; `previous` is the word that the device's statement before it left in `signed[device]`, 0 at first.
    """

    device: bytes
    sequence: int
    previous: int
    batch: bytes

    @classmethod
    def after(cls, previous: int, device: bytes, batch: bytes) -> Statement:
        """The device's next statement behind the one that left `previous`."""
        return cls(device, (previous & M40) + 1, previous, batch)

    def digest(self, chain_id: int, contract: bytes) -> bytes:
        """The 32 bytes to sign (EIP-712)."""
        message = {"device": self.device, "sequence": self.sequence, "previous": self.previous, "batch": self.batch}
        return _schema().digest(domain(chain_id, contract), "Statement", message)

    def left(self, digest: bytes) -> int:
        """The word that it leaves in `signed[device]`: what the next one must name."""
        return int.from_bytes(digest, "big") & ~M40 | self.sequence

    def sign(self, key: SigningKey, chain_id: int, contract: bytes) -> bytes:
        """The device's signature, 65 bytes r || s || v."""
        return key.sign_digest(self.digest(chain_id, contract))

    def verify(self, signature: bytes, chain_id: int, contract: bytes) -> None:
        """That the device signed it. Raises BadProof."""
        if recover(self.digest(chain_id, contract), signature) != self.device:
            raise BadProof("Another key signed this statement.", device=self.device.hex())

    def words(self, signature: bytes) -> bytes:
        """The last argument of `record` and `commission`: device, sequence, v, r, s."""
        return bytes(12) + self.device + word(self.sequence) + word(signature[64]) + signature[:64]


def _acts_hash(batch: Sequence[tuple[Act, Sequence[object]]]) -> bytes:
    rolled = ZERO
    for act, things in batch:
        rolled = keccak256(rolled + calls.act_words(act, len(things)))
    return rolled


@cache
def _schema() -> Schema:
    return Schema(TYPES)
