"""The contract's storage as of a checkpoint, read through proofs: what is said here is shown, or it is not said.

Every reading raises BadProof where a proof does not hold, MissingNode where a piece of it is not here.
"""

from __future__ import annotations

from functools import cached_property

from chain import encoding
from chain.bft import form_named
from chain.calls import slot
from chain.encoding import Device, word
from chain.errors import BadProof
from chain.evidence import Evidence, Trust
from chain.header import Header
from chain.journey import Role
from chain.storage_proof import mapping_slot, read_account, read_slot


class Storage:
    """Readings of the contract's variables under one evidence's checkpoint and the user's trust."""

    def __init__(self, evidence: Evidence, trust: Trust) -> None:
        self._evidence = evidence
        self._trust = trust
        self._known: dict[tuple[str, bytes], int] = {}
        self._devices: dict[bytes, Device | None] = {}

    @cached_property
    def sent(self) -> Header:
        """The header as it came, with the validators' seals where it has any: they are bound to nothing here."""
        return Header.from_rlp(self._evidence.header)

    @cached_property
    def header(self) -> Header:
        """The checkpoint's block header, bound to its hash, number, state root and time."""
        checkpoint = self._evidence.checkpoint
        header = form_named(self.sent, checkpoint.block_hash)
        same = (
            header is not None
            and header.number == checkpoint.block
            and header.state_root == checkpoint.state_root
            and header.timestamp == checkpoint.at.timestamp()
        )
        if header is None or not same:
            raise BadProof("the block header is not the one that the checkpoint names", block=checkpoint.block)
        return header

    @cached_property
    def root(self) -> bytes:
        """The contract's storage root; its code is the pinned one."""
        account = read_account(self.header.state_root, self._trust.contract, self._evidence.node)
        if account is None:
            raise BadProof("the pinned contract does not exist in that block")
        if account.code_hash != self._trust.code_hash:
            raise BadProof("the contract's code is not the code you pinned", code_hash=account.code_hash.hex())
        return account.storage_root

    def number(self, name: str) -> int:
        """A plain variable."""
        return self._read(name, b"", word(slot(name)))

    def at(self, name: str, key: bytes) -> int:
        """A mapping's value at a 32-byte key; 0 where the proof shows that nothing is there. Each is proven once."""
        known = self._known.get((name, key))
        return self._read(name, key, mapping_slot(key, slot(name))) if known is None else known

    def _read(self, name: str, key: bytes, place: bytes) -> int:
        if (name, key) not in self._known:
            self._known[name, key] = read_slot(self.root, place, self._evidence.node)
        return self._known[name, key]

    def head(self, unit: bytes) -> bytes:
        """A unit's head, 32 zero bytes where it was never issued."""
        return word(self.at("head", unit))

    def device(self, address: bytes) -> Device | None:
        """A device's word, None where it was never enrolled."""
        if address not in self._devices:
            packed = self.at("devices", bytes(12) + address)
            self._devices[address] = encoding.device_word(packed) if packed else None
        return self._devices[address]

    def roles(self, organisation: int) -> Role:
        """An organisation's present roles."""
        return encoding.organisation_word(self.at("organisations", word(organisation)))[1]

    def lot(self, lot: bytes) -> tuple[int, int]:
        """A lot's issuer and who recalled it (0, 0 where it is unknown)."""
        return encoding.lot_word(self.at("lots", lot))

    def prefix_owner(self, code: int) -> int:
        """The organisation a company prefix was granted to, 0 for none and for the beginning of a longer one."""
        owner = self.at("prefixes", word(code))
        return 0 if owner >> 255 else owner
