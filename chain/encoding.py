"""Bytes and hashes exactly as Provenance.vy makes them: unit ids, state words, heads, leaves, commitments.

Every function here has one counterpart in the contract, named beside it. Nothing here decides what is allowed (custody.py) or
whether a hash is proven (storage_proof.py, merkle.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import orjson
from tiny_keccak import keccak256

from chain.errors import BadInput, BadProof
from chain.journey import Birth, Entry, Item, Kind, Role, Status

ZERO = bytes(32)
M24 = (1 << 24) - 1
M32 = (1 << 32) - 1
M40 = (1 << 40) - 1
PREFIX_DIGITS = range(4, 13)
_EPOCH = date(1970, 1, 1)
_LAST_DAY = (date.max - _EPOCH).days


@dataclass(frozen=True, slots=True)
class State:
    """A unit's state: the contract's `State` and the two words that stand beside it.

    `custodian`, `receiver`, `issuer`, `held_by`, `recalled_by` are organisation numbers, 0 for none; `expiry` unix seconds, 0
    for none; `seq` counts the unit's events from 1; `parent` and `lot` are unit ids or 32 zero bytes.
    """

    custodian: int
    receiver: int = 0
    issuer: int = 0
    held_by: int = 0
    recalled_by: int = 0
    children: int = 0
    kind: Kind = Kind.ITEM
    status: Status = Status.ACTIVE
    expiry: int = 0
    seq: int = 1
    parent: bytes = ZERO
    lot: bytes = ZERO


@dataclass(frozen=True, slots=True)
class Device:
    """A device's word on the contract (`enrol_device`). Times in unix seconds, both ends included.

    `revoked_at` is the log's size at the revocation, 0 where it is not revoked: entries before it stay valid.
    """

    organisation: int
    valid_from: int
    valid_until: int
    revoked_at: int = 0
    suspect_since: int = 0

    def records(self, entry: Entry) -> bool:
        """True where the contract let this device record that entry."""
        return (
            self.organisation == entry.organisation
            and self.valid_from <= entry.record_time <= self.valid_until
            and (self.revoked_at == 0 or entry.index < self.revoked_at)
        )

    def suspect(self, entry: Entry) -> bool:
        """True where the revocation says that this entry is to be doubted."""
        return self.suspect_since != 0 and entry.record_time >= self.suspect_since


def word(value: int) -> bytes:
    """One 32-byte big-endian ABI word."""
    return value.to_bytes(32, "big")


def pack(state: State) -> int:
    """The state and its sequence number in one word: `_pack`."""
    s = state
    return (
        s.custodian
        | s.receiver << 24
        | s.issuer << 48
        | s.held_by << 72
        | s.recalled_by << 96
        | s.children << 120
        | s.kind << 144
        | s.status << 152
        | s.expiry << 160
        | s.seq << 200
    )


def unpack(packed: int, parent: bytes, lot: bytes) -> State:
    """The inverse of `pack`: `_unpack`. Raises BadProof on a kind or status that the contract never writes."""
    try:
        kind, status = Kind(packed >> 144 & 255), Status(packed >> 152 & 255)
    except ValueError:
        raise BadProof("the unit's state is not one that the contract writes", word=hex(packed)) from None
    return State(
        custodian=packed & M24,
        receiver=packed >> 24 & M24,
        issuer=packed >> 48 & M24,
        held_by=packed >> 72 & M24,
        recalled_by=packed >> 96 & M24,
        children=packed >> 120 & M24,
        kind=kind,
        status=status,
        expiry=packed >> 160 & M40,
        seq=packed >> 200,
        parent=parent,
        lot=lot,
    )


def head(previous: bytes, state: State, leaf: bytes) -> bytes:
    """What `head[unit]` holds after an event: `_digest`."""
    return keccak256(previous + word(pack(state)) + state.parent + state.lot + leaf)


def lot_head(birth: Birth, issuer: int, leaf: bytes) -> bytes:
    """What `head[lot]` holds for a lot commissioned as a root: `_lot_digest`."""
    return keccak256(word(Kind.LOT) + birth.root + word(birth.size) + word(birth.expiry) + word(issuer) + leaf)


def subject(units: Iterable[bytes]) -> bytes:
    """The rolling hash over an entry's units."""
    rolled = ZERO
    for unit in units:
        rolled = keccak256(rolled + unit)
    return rolled


def births_digest(births: Iterable[Birth]) -> bytes:
    """The argument of a COMMISSION or COMMISSION_LOT entry: the rolling hash over what is born, in order."""
    rolled = ZERO
    for b in births:
        rolled = keccak256(rolled + word(b.kind) + word(b.prefix) + b.lot + word(b.expiry) + b.root + word(b.size))
    return rolled


def entry_bytes(entry: Entry) -> bytes:
    """The nine ABI words a leaf is made of: `_enter`."""
    return b"".join(
        (
            word(entry.verb),
            word(entry.organisation),
            bytes(12) + entry.device,
            word(entry.counterparty),
            word(entry.event_time),
            word(entry.record_time),
            entry.commitment,
            entry.argument,
            subject(entry.units),
        )
    )


def leaf(entry: Entry) -> bytes:
    """The entry's leaf hash in the log (RFC 6962 section 2.1)."""
    return hashlib.sha256(b"\x00" + entry_bytes(entry)).digest()


def prefix_code(digits: str) -> int:
    """A GS1 company prefix of 4 to 12 digits as the contract's number: the digits behind a leading 1."""
    if len(digits) not in PREFIX_DIGITS or not (digits.isascii() and digits.isdigit()):
        raise BadInput(f"a GS1 company prefix has 4 to 12 digits, not “{digits}”")
    return int("1" + digits)


def prefix_digits(code: int) -> str:
    """The inverse of `prefix_code`."""
    return str(code)[1:]


def issuer_digits(item: Item) -> str:
    """The digits of an identity that begin with its company prefix: a GTIN's or SSCC's without the first digit."""
    return (item.sscc or item.gtin)[1:]


def prefixes_of(item: Item) -> tuple[int, ...]:
    """All company prefixes an item could have been issued under, as the contract's numbers, shortest first."""
    digits = issuer_digits(item)
    return tuple(prefix_code(digits[:n]) for n in PREFIX_DIGITS if n <= len(digits))


def kind_of(item: Item) -> Kind:
    """LOGISTIC for an SSCC, ITEM for a serialised GTIN, LOT for a GTIN with a lot and no serial."""
    if item.sscc:
        return Kind.LOGISTIC
    return Kind.ITEM if item.serial else Kind.LOT


def tail(item: Item) -> bytes:
    """32 bytes that name a unit under its prefix: keccak256 of its identity as bracketed element strings.

    Not salted, so that a label alone finds its unit. It hides what is behind it only as well as the serial is random: draw
    serials of at least 64 bits.
    """
    if kind_of(item) is Kind.LOT:
        if not (item.gtin and item.lot):
            raise BadInput("this names neither one item nor one lot", item=item.key)
        return keccak256(f"(01){item.gtin}(10){item.lot}".encode())
    return keccak256(item.key.encode())


def unit_id(kind: int, prefix: int, tail_: bytes) -> bytes:
    """The unit's id on the contract: `_identify`."""
    return keccak256(word(kind) + word(prefix) + tail_)


def unit_of(item: Item, prefix: int) -> bytes:
    """The id of an item, or of a lot, issued under a prefix."""
    return unit_id(kind_of(item), prefix, tail(item))


def lot_of(item: Item, prefix: int) -> bytes:
    """The id of the lot that an item's label names, 32 zero bytes where it names none."""
    return unit_of(Item(gtin=item.gtin, lot=item.lot), prefix) if item.gtin and item.lot else ZERO


def expiry_seconds(expiry: date | None) -> int:
    """An expiry date as the contract keeps it: the first second after that day in UTC, 0 for none (AI 17 counts the day in)."""
    return 0 if expiry is None else ((expiry - _EPOCH).days + 1) * 86_400


def expiry_date(seconds: int) -> date | None:
    """The inverse of `expiry_seconds`; what is later than a calendar goes is its last day."""
    return day_of(seconds - 1) if seconds else None


def day_of(seconds: int) -> date:
    """The day in UTC of a unix second; what is later than a calendar goes is its last day."""
    return _EPOCH + timedelta(days=min(seconds // 86_400, _LAST_DAY))


def device_word(packed: int) -> Device:
    """Unpacks `devices[address]`."""
    return Device(
        organisation=packed & M32,
        valid_from=packed >> 32 & M40,
        valid_until=packed >> 72 & M40,
        revoked_at=packed >> 112 & M40,
        suspect_since=packed >> 152 & M40,
    )


def organisation_word(packed: int) -> tuple[bytes, Role]:
    """Unpacks `organisations[number]`: owner address and roles."""
    return (packed & ((1 << 160) - 1)).to_bytes(20, "big"), Role(packed >> 160)


def lot_word(packed: int) -> tuple[int, int]:
    """Unpacks `lots[lot]`: issuer and, where it is recalled, by whom (else 0)."""
    return packed & M24, packed >> 24


def field_bytes(name: str, value: object) -> bytes:
    """Canonical bytes of one field of an event: name, NUL, JSON with sorted keys and no spaces."""
    return name.encode() + b"\0" + orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def field_salt(seed: bytes, name: str) -> bytes:
    """16 bytes that hide one field's value; `seed` is 32 random bytes of the event, kept with it and never on chain."""
    return hashlib.sha256(b"wayproof salt 1\0" + seed + name.encode()).digest()[:16]


def field_leaf(salt: bytes, name: str, value: object) -> bytes:
    """The leaf of one salted field (RFC 6962 leaf hash over salt and canonical bytes)."""
    return hashlib.sha256(b"\x00" + salt + field_bytes(name, value)).digest()


def commitment(fields: Mapping[str, object], seed: bytes) -> bytes:
    """The salted Merkle root over an event's fields in the order of their names. Fields are disclosed one by one.

    Raises BadInput where there is no field.
    """
    from chain.merkle import root

    if not fields:
        raise BadInput("an event without fields cannot be committed to")
    return root([field_leaf(field_salt(seed, name), name, fields[name]) for name in sorted(fields)])
