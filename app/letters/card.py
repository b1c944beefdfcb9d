"""A card: the key to which letters for a laptop are sealed, signed by the laptop's device. The log says whose device that is.

A card alone claims nothing: whoever reads one asks the proven log whether the device may record and for which organisation.
"""

from __future__ import annotations

from dataclasses import dataclass

from chain import rlp
from chain.eip712 import Schema
from chain.errors import BadProof
from chain.evidence import Trust
from chain.keys import SigningKey, recover
from chain.statement import domain

MOST_BYTES = 256
_MARK = b"wayproof card 1"
_SCHEMA = Schema({"Card": [{"name": "device", "type": "address"}, {"name": "key", "type": "bytes32"}]})


@dataclass(frozen=True, slots=True)
class Card:
    """A device (20 bytes), the X25519 key of its laptop (32 bytes), and the device's signature (65 bytes) over both."""

    device: bytes
    key: bytes
    signature: bytes

    @classmethod
    def make(cls, device: SigningKey, key: bytes, trust: Trust) -> Card:
        """A card of this laptop."""
        return cls(device.address, key, device.sign_digest(_digest(device.address, key, trust)))

    @classmethod
    def read(cls, data: bytes, trust: Trust) -> Card:
        """A card out of its bytes. Raises BadProof where it is none, or was not signed by its device for this contract."""
        tree = rlp.decode(data) if len(data) <= MOST_BYTES else b""
        if not isinstance(tree, list) or len(tree) != 4 or tree[0] != _MARK:
            raise BadProof("This is not a laptop's card.")
        device, key, signature = (part if isinstance(part, bytes) else b"" for part in tree[1:])
        if len(device) != 20 or len(key) != 32 or recover(_digest(device, key, trust), signature) != device:
            raise BadProof("This card was not signed by its own device for this network.")
        return cls(device, key, signature)

    def to_bytes(self) -> bytes:
        """The canonical form."""
        return rlp.encode([_MARK, self.device, self.key, self.signature])


def _digest(device: bytes, key: bytes, trust: Trust) -> bytes:
    return _SCHEMA.digest(domain(trust.chain_id, trust.contract), "Card", {"device": device, "key": key})
