"""The pieces that proof files are made of, as rows of canonical RLP: each written in one way and read in the type it must have.

What a file holds of them, and in which order, is told where its form is (`bundle_form`, `depot_form`). Nothing is judged here.
Refuses with BadProof what has another shape; numbers and texts that are none raise ValueError, for the form to put into words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from math import isfinite
from typing import TypeVar

import orjson

from chain import rlp
from chain.encoding import ZERO
from chain.epcis import event_of_fields
from chain.errors import BadInput, BadProof
from chain.evidence import Checkpoint, Detail, History, Membership
from chain.journey import Birth, Entry, Kind, Place, Verb
from chain.notes import MOST_SIGNATURES, Cosignature

_RECALLS = (Verb.RECALL, Verb.LIFT)
Body = TypeVar("Body")
_ADMINISTRATION = (Verb.ENROL_ORGANISATION, Verb.SET_ROLES)

# ---- writing -------------------------------------------------------------------------------------------------------------


def checkpoint_row(c: Checkpoint) -> rlp.Plain:
    """A checkpoint with its signatures."""
    signatures: rlp.Plain = [[one.name.encode(), one.payload] for one in c.signatures]
    return [c.origin.encode(), c.size, c.root, c.block, c.block_hash, c.state_root, int(c.at.timestamp()), signatures]


def detail_row(index: int, d: Detail) -> rlp.Plain:
    """An entry's details."""
    return [index, orjson.dumps(d.fields, option=orjson.OPT_SORT_KEYS), d.seed]


def entry_row(e: Entry) -> rlp.Plain:
    return [
        e.index, int(e.verb), e.organisation, e.device, e.counterparty, e.event_time, e.record_time, e.commitment, e.argument,
        list(e.units),
    ]  # fmt: skip


def history_row(h: History) -> rlp.Plain:
    """Of a birth only what the head commits to: an item's kind, lot and expiry; for a unit of a lot the lot's root, size and
    expiry."""
    b, m = h.birth, h.membership
    birth: list[rlp.Plain] = [] if b is None else [b.root, b.size, b.expiry] if m else [int(b.kind), b.lot, b.expiry]
    return [h.unit, birth, [e.index for e in h.entries], [m.lot, m.index, list(m.path)] if m else []]


def place_row(p: Place) -> rlp.Plain:
    return [p.gln.encode(), p.name.encode(), _number(p.lat), _number(p.lon), p.country.encode()]


def _number(value: float | None) -> bytes:
    return b"" if value is None else repr(float(value)).encode()


# ---- reading -------------------------------------------------------------------------------------------------------------


class Fields:
    """A decoded list, taken field by field in the type it must have. Raises BadProof."""

    def __init__(self, tree: rlp.Tree) -> None:
        if not isinstance(tree, list):
            raise BadProof("the proof file has another shape than a proof file")
        self._rest = tree[::-1]

    def _next(self) -> rlp.Tree:
        if not self._rest:
            raise BadProof("the proof file lacks a part")
        return self._rest.pop()

    def blob(self, size: int | None = None) -> bytes:
        found = self._next()
        if isinstance(found, list) or (size is not None and len(found) != size):
            raise BadProof("a part of the proof file has the wrong size")
        return found

    def number(self) -> int:
        return rlp.number(self._next(), 64)

    def words(self) -> str:
        return self.blob().decode("utf-8")

    def real(self) -> float | None:
        text = self.blob().decode("ascii")
        value = float(text) if text else None
        if value is not None and not isfinite(value):
            raise BadProof("a coordinate in the proof file is no number")
        return value

    def part(self) -> Fields:
        return Fields(self._next())

    def parts(self) -> list[Fields]:
        return [Fields(part) for part in self._list()]

    def blobs(self, size: int | None = None) -> tuple[bytes, ...]:
        fields = self.part()
        return tuple(fields.blob(size) for _ in range(len(fields._rest)))

    def indices(self) -> tuple[int, ...]:
        found = tuple(rlp.number(part, 64) for part in self._list())
        if any(left >= right for left, right in pairwise(found)):
            raise BadProof("the entries of the proof file are not in their order")
        return found

    def optional(self) -> Fields | None:
        found = self._list()
        return Fields(found) if found else None

    def _list(self) -> list[rlp.Tree]:
        found = self._next()
        if not isinstance(found, list):
            raise BadProof("the proof file has another shape than a proof file")
        return found

    def end(self) -> None:
        if self._rest:
            raise BadProof("the proof file has a part too many")


def read_checkpoint(f: Fields) -> Checkpoint:
    origin, size, root, block = f.words(), f.number(), f.blob(32), f.number()
    block_hash, state_root, at = f.blob(32), f.blob(32), f.number()
    signatures = tuple(map(_read_signature, f.parts()))
    f.end()
    if len(signatures) > MOST_SIGNATURES or any(left >= right for left, right in pairwise(signatures)):
        raise BadProof("the signatures of the witnesses are not in their order")
    return Checkpoint(origin, size, root, block, block_hash, state_root, datetime.fromtimestamp(at, UTC), signatures)


def _read_signature(f: Fields) -> Cosignature:
    found = Cosignature.of(f.words(), f.blob())
    f.end()
    return found


def read_entry(f: Fields) -> Entry:
    index, verb, organisation, device = f.number(), Verb(f.number()), f.number(), f.blob(20)
    counterparty, event_time, record_time = f.number(), f.number(), f.number()
    commitment, argument, units = f.blob(32), f.blob(32), f.blobs(32)
    f.end()
    return Entry(index, verb, organisation, device, counterparty, event_time, record_time, commitment, argument, units)


def read_history(f: Fields, entries: Mapping[int, Entry], lots: Mapping[bytes, Birth] | None = None) -> History:
    """`lots` are those whose units do not tell root and path themselves: the path is then to be filled in."""
    unit, b = f.blob(32), f.optional()
    mine = tuple(entries[index] for index in f.indices())
    m = f.optional()
    f.end()
    if m is not None and b is not None:
        place = Membership(m.blob(32), m.number(), m.blobs(32))
        birth = Birth(place.lot, Kind.LOT, 0, ZERO, root=b.blob(32), size=b.number(), expiry=b.number())
        m.end()
        b.end()
        return History(unit, birth, mine, place)
    if m is not None and lots is not None:
        lot, index = m.blob(32), m.number()
        m.end()
        return History(unit, lots[lot], mine, Membership(lot, index, ()))
    if m is not None:
        raise BadProof("a unit in the proof file has a place in a lot that is not described")
    if b is not None:
        birth = Birth(unit, Kind(b.number()), 0, b.blob(32), b.number())
        b.end()
        return History(unit, birth, mine)
    if any(entry.verb not in _RECALLS for entry in mine):
        raise BadProof("a history in the proof file has no beginning")
    return History(unit, None, mine)


def read_detail(f: Fields) -> tuple[int, Detail]:
    index, fields, seed = f.number(), orjson.loads(f.blob()), f.blob(32)
    f.end()
    return index, Detail(fields, seed, event_of_fields(fields))


def read_place(f: Fields) -> Place:
    gln, name, lat, lon, country = f.words(), f.words(), f.real(), f.real(), f.words()
    f.end()
    return Place(gln, name, lat, lon, country)


def read_administration(f: Fields, entries: Mapping[int, Entry]) -> tuple[Entry, ...]:
    """The entries that enrolled organisations and set their roles, by their indices."""
    found = tuple(entries[index] for index in f.indices())
    if any(entry.verb not in _ADMINISTRATION for entry in found):
        raise BadProof("the file takes another entry for one of the administration")
    return found


def in_one_form(body: bytes, opened: Callable[[Fields], Body], written: Callable[[Body], bytes], what: str) -> Body:
    """What a body holds, `opened` from its fields; refused where it is not what would be `written` of it. Raises BadProof."""
    try:
        read = opened(Fields(rlp.decode(body)))
        same = written(read) == body
    except (ValueError, TypeError, OverflowError, OSError, AttributeError, KeyError, BadInput) as cause:
        raise BadProof(f"the {what} holds something that no {what} holds", cause=repr(cause)) from None
    if not same:
        raise BadProof(f"the {what} is not in its one allowed form")
    return read
