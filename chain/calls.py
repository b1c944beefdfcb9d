"""Calldata for Provenance.vy and its logs as entries: byte slices, because a general ABI coder is 15 to 60 times slower.

Only the shapes of this one contract are known here; tests compare them with web3's coder.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

from tiny_keccak import keccak256

from chain import encoding
from chain.encoding import ZERO, State, word
from chain.errors import BadInput, LedgerError
from chain.journey import Birth, Entry, Kind, Verb

MAX_BATCH = 100
MAX_STEPS = 200
_SIGNATURE = ",(address,uint256,uint256,uint256,uint256))"
_VERBS = {int(verb): verb for verb in Verb}


@dataclass(frozen=True, slots=True)
class Act:
    """One event as the contract takes it; `units` of the batch follow in a flat list. Times in unix seconds."""

    verb: Verb
    event_time: int
    commitment: bytes
    counterparty: int = 0
    argument: bytes = ZERO


@dataclass(frozen=True, slots=True)
class Held:
    """A unit as the caller presents it: the head before its last event, that event's leaf, and its state."""

    unit: bytes
    previous: bytes
    leaf: bytes
    state: State

    @property
    def head(self) -> bytes:
        """The unit's present head."""
        return encoding.head(self.previous, self.state, self.leaf)


@dataclass(frozen=True, slots=True)
class Minted:
    """One unit to be commissioned. `tail` names it under the prefix, `lot_tail` its lot (32 zero bytes for none)."""

    kind: Kind
    prefix: int
    tail: bytes
    expiry: int = 0
    lot_tail: bytes = ZERO
    root: bytes = ZERO
    size: int = 0

    @property
    def birth(self) -> Birth:
        """What the contract will log for it."""
        lot = encoding.unit_id(Kind.LOT, self.prefix, self.lot_tail) if self.lot_tail != ZERO else ZERO
        unit = encoding.unit_id(self.kind, self.prefix, self.tail)
        return Birth(unit, self.kind, self.prefix, lot, self.expiry, self.root, self.size)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A unit of a lot that is to get a head of its own: its tail, its place in the lot's tree, and the path to the root."""

    tail: bytes
    index: int
    path: tuple[bytes, ...]


@cache
def artifact() -> Mapping[str, object]:
    """The committed build of the contract (see chain/contract/build.py)."""
    text = Path(__file__).with_name("contract").joinpath("provenance.json").read_text(encoding="utf-8")
    return cast(Mapping[str, object], json.loads(text))


@cache
def slot(name: str) -> int:
    """The storage slot of a variable of the contract."""
    return cast(Mapping[str, int], artifact()["slots"])[name]


@cache
def selector(name: str, signed: bool = False) -> bytes:
    """The four bytes that call a function, by its plain name; `signed`: the form that takes a device's signature."""
    for signature, digits in cast(Mapping[str, str], artifact()["selectors"]).items():
        if signature.split("(")[0] == name and signature.endswith(_SIGNATURE) is signed:
            return int(digits, 16).to_bytes(4, "big")
    raise BadInput(f"the contract has no function “{name}”")


def bytecode() -> bytes:
    """The creation code."""
    return bytes.fromhex(cast(str, artifact()["bytecode"])[2:])


def code_hash() -> bytes:
    """keccak256 of the deployed code: what verifiers pin."""
    return bytes.fromhex(cast(str, artifact()["code_hash"])[2:])


def act_words(act: Act, count: int) -> bytes:
    """The contract's `Act`."""
    numbers = (act.verb, count, act.counterparty, act.event_time)
    return b"".join(map(word, numbers)) + act.commitment + act.argument


def _unit(held: Held) -> bytes:
    state = held.state
    return held.unit + held.previous + held.leaf + word(encoding.pack(state)) + state.parent + state.lot


def minted_words(m: Minted) -> bytes:
    """The contract's `Birth`."""
    return word(m.kind) + word(m.prefix) + word(m.expiry) + m.tail + m.lot_tail + m.root + word(m.size)


def _two_lists(name: str, ones: list[bytes], others: list[bytes], by: bytes = b"") -> bytes:
    first = b"".join(ones)
    start = 64 + len(by)
    heads = word(start) + word(start + 32 + len(first)) + by
    return selector(name, bool(by)) + heads + word(len(ones)) + first + word(len(others)) + b"".join(others)


def _batch(name: str, acts: list[bytes], things: list[bytes], by: bytes) -> bytes:
    if not acts or len(acts) > MAX_BATCH or len(things) > MAX_BATCH:
        raise BadInput(f"a batch holds 1 to {MAX_BATCH} events over at most {MAX_BATCH} units")
    return _two_lists(name, acts, things, by)


def record(batch: Sequence[tuple[Act, Sequence[Held]]], by: bytes = b"") -> bytes:
    """Calldata of `record`: each act with its units (container first for PACK and UNPACK).

    `by` is the device's signature where another sends it (`chain.statement`, `Statement.words`).
    """
    acts = [act_words(act, len(units)) for act, units in batch]
    return _batch("record", acts, [_unit(unit) for _, units in batch for unit in units], by)


def commission(batch: Sequence[tuple[Act, Sequence[Minted]]], by: bytes = b"") -> bytes:
    """Calldata of `commission`; `by` as for `record`."""
    acts = [act_words(act, len(born)) for act, born in batch]
    return _batch("commission", acts, [minted_words(one) for _, born in batch for one in born], by)


def _dynamic(parts: Sequence[bytes]) -> bytes:
    """An array of dynamic elements: length, offsets, elements."""
    offset = 32 * len(parts)
    heads = []
    for part in parts:
        heads.append(word(offset))
        offset += len(part)
    return word(len(parts)) + b"".join(heads) + b"".join(parts)


def draw(lot: Birth, tail: bytes, issuer: int, leaf: bytes, units: Sequence[Drawn]) -> bytes:
    """Calldata of `draw`; `lot` is the lot's birth, `tail` its tail, `leaf` its commission's leaf."""
    if not 0 < len(units) <= 25:
        raise BadInput("1 to 25 units are drawn from a lot at a time")
    record_ = word(lot.prefix) + word(lot.expiry) + tail + lot.root + word(lot.size) + word(issuer) + leaf
    parts = [u.tail + word(u.index) + word(96) + word(len(u.path)) + b"".join(u.path) for u in units]
    return selector("draw") + record_ + word(8 * 32) + _dynamic(parts)


def correct(corrections: Sequence[tuple[Act, Entry, Held, Sequence[tuple[State, bytes]]]]) -> bytes:
    """Calldata of `correct`.

    Each: the act, the corrected entry, the unit as it was right after it, and the (state, leaf) of every later event.
    """
    if not 0 < len(corrections) <= MAX_BATCH:
        raise BadInput(f"a batch holds 1 to {MAX_BATCH} corrections")
    parts, later = [], []
    for act, entry, held, steps in corrections:
        numbers = word(act.event_time) + act.commitment
        parts.append(numbers + _unit(held) + encoding.entry_bytes(entry) + word(len(steps)))
        later += [word(encoding.pack(state)) + state.parent + leaf for state, leaf in steps]
    if len(later) > MAX_STEPS:
        raise BadInput(f"what is corrected in one transaction can have {MAX_STEPS} later events at most, not {len(later)}")
    return _two_lists("correct", parts, later)


def enrol_organisation(owner: bytes, roles: int, details: bytes) -> bytes:
    """Calldata of `enrol_organisation`; `owner` has 20 bytes, `details` is a 32-byte commitment."""
    return selector("enrol_organisation") + bytes(12) + owner + word(roles) + details


def set_roles(organisation: int, roles: int) -> bytes:
    """Calldata of `set_roles`."""
    return selector("set_roles") + word(organisation) + word(roles)


def grant_prefix(organisation: int, prefix: int) -> bytes:
    """Calldata of `grant_prefix`."""
    return selector("grant_prefix") + word(organisation) + word(prefix)


def enrol_device(organisation: int, device: bytes, valid_from: int, valid_until: int) -> bytes:
    """Calldata of `enrol_device`."""
    return selector("enrol_device") + word(organisation) + bytes(12) + device + word(valid_from) + word(valid_until)


def revoke_device(device: bytes, suspect_since: int) -> bytes:
    """Calldata of `revoke_device`."""
    return selector("revoke_device") + bytes(12) + device + word(suspect_since)


def signed(device: bytes) -> bytes:
    """Calldata of `signed`: the word that a device's last statement left."""
    return selector("signed") + bytes(12) + device


def _topic(name: str) -> bytes:
    events = cast(Sequence[Mapping[str, object]], artifact()["abi"])
    for item in events:
        if item["type"] == "event" and item["name"] == name:
            inputs = cast(Sequence[Mapping[str, str]], item["inputs"])
            return keccak256(f"{name}({','.join(i['type'] for i in inputs)})".encode())
    raise BadInput(f"the contract logs no “{name}”")


@cache
def topics() -> tuple[bytes, bytes, bytes]:
    """The first topics of Recorded, Born and FromLot."""
    return _topic("Recorded"), _topic("Born"), _topic("FromLot")


@dataclass(frozen=True, slots=True)
class FromLot:
    """Units that got a head of their own out of a lot."""

    lot: bytes
    units: tuple[bytes, ...]


# Recorded's data up to its units: verb, device, counterparty, times, commitment, argument, and where and how many units are.
# One cut instead of nine, because logs are read by the million; words are read at their width, and the leaf binds the values.
_RECORDED = struct.Struct(">24xQ12x20s24xQ24xQ24xQ32s32s24xQ24xQ")


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[32 * at : 32 * at + 32], "big")


def _array(data: bytes, at: int) -> tuple[bytes, ...]:
    start, count = _number(data, at), _number(data, at + 1)
    if start != 32 * at + 32 or count > MAX_BATCH or len(data) != start + 32 + 32 * count:
        raise ValueError
    return tuple(data[start + 32 + 32 * i : start + 64 + 32 * i] for i in range(count))


def read_log(topic_list: Sequence[bytes], data: bytes, block: int) -> Entry | Birth | FromLot:
    """One log of the contract from its topics and data. Raises LedgerError on anything the contract never writes."""
    recorded, born, from_lot = topics()
    try:
        first = topic_list[0]
        if len(topic_list) != (3 if first == recorded else 2) or set(map(len, topic_list)) != {32}:
            raise ValueError
        if first == recorded:
            verb, device, counterparty, event_time, record_time, commitment, argument, at, count = _RECORDED.unpack_from(data)
            if at != 256 or count > MAX_BATCH or len(data) != 288 + 32 * count:
                raise ValueError
            return Entry(
                int.from_bytes(topic_list[1], "big"),
                _VERBS[verb],
                int.from_bytes(topic_list[2], "big"),
                device,
                counterparty,
                event_time,
                record_time,
                commitment,
                argument,
                (data[288:],) if count == 1 else tuple([data[i : i + 32] for i in range(288, len(data), 32)]),
                block,
            )
        if first == born and len(data) == 192:
            return Birth(
                unit=topic_list[1],
                kind=Kind(_number(data, 0)),
                prefix=_number(data, 1),
                lot=data[64:96],
                expiry=_number(data, 3),
                root=data[128:160],
                size=_number(data, 5),
            )
        if first == from_lot:
            return FromLot(topic_list[1], _array(data, 0))
    except (IndexError, KeyError, ValueError, struct.error):
        pass
    raise LedgerError("the node sent a log entry that this contract never writes")
