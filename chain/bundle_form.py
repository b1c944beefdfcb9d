"""The bytes of an evidence file's body: pieces into canonical RLP and back, each field in the type it must have.

Nothing is judged here. What a reader gets is untrusted, and is only what has one spelling: lists in their order, labels in the
form that this program prints, no piece that the format has no use for. Refuses everything else with BadProof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from math import isfinite

import orjson

from chain import gs1, rlp
from chain.encoding import ZERO, organisation_word
from chain.epcis import event_of_fields
from chain.errors import BadInput, BadProof, MissingNode
from chain.evidence import Checkpoint, Detail, Evidence, History, Membership
from chain.journey import Birth, Entry, Kind, Party, Place, Unreadable, Verb
from chain.label import PARAMETER, Label, read_label
from chain.notes import MOST_SIGNATURES, Cosignature
from chain.replay import entries_of
from chain.storage_proof import SharedNodes

Paths = Mapping[int, Sequence[bytes]]
_ROLES = (Verb.ENROL_ORGANISATION, Verb.SET_ROLES)
_RECALLS = (Verb.RECALL, Verb.LIFT)


@dataclass(frozen=True, slots=True)
class Body:
    """A body that was read: label, evidence, and the nodes and paths that a verification will ask for."""

    label: Label
    evidence: Evidence
    nodes: SharedNodes
    paths: Paths


def canonical(label: Label) -> Label:
    """The label in the one form that a file has it in: a Digital Link of its item, with its signature where it has one.

    Raises BadInput where the item cannot be written so that it reads the same.
    """
    query = {PARAMETER: label.signature} if label.signature else {}
    text = gs1.digital_link(label.item, **query)
    again = read_label(text)
    if isinstance(again, Unreadable) or (again.item, again.signature) != (label.item, label.signature):
        raise BadInput(f"{label.item.key} cannot be written as a Digital Link.")
    return again


def parties_of(administration: Iterable[Entry], details: Mapping[int, Detail]) -> dict[int, Party]:
    """Organisations as their enrolment tells them, where its details are known; roles as they were last set."""
    found: dict[int, Party] = {}
    for entry in administration:
        roles = organisation_word(int.from_bytes(entry.argument, "big"))[1]
        if entry.verb is Verb.ENROL_ORGANISATION and entry.index in details:
            told = details[entry.index].fields
            gln, name, address, country = (str(told.get(field, "")) for field in ("gln", "name", "address", "country"))
            found[entry.counterparty] = Party(gln, name, address, roles, entry.counterparty, country)
        elif entry.counterparty in found:
            found[entry.counterparty] = replace(found[entry.counterparty], roles=roles)
    return found


# ---- writing -------------------------------------------------------------------------------------------------------------


def encode(label: Label, evidence: Evidence, nodes: Sequence[bytes], paths: Paths) -> bytes:
    """The body's bytes. `nodes` ascending; `paths` by index."""
    c = evidence.checkpoint
    entries = {entry.index: entry for entry in (*entries_of(evidence.histories), *evidence.administration)}
    return rlp.encode(
        [
            label.text.encode(),
            [c.origin.encode(), c.size, c.root, c.block, c.block_hash, c.state_root, int(c.at.timestamp()), _signatures(c)],
            evidence.header,
            list(nodes),
            [_entry(entries[index]) for index in sorted(entries)],
            [_history(evidence.histories[unit]) for unit in sorted(evidence.histories)],
            [[index, list(paths[index])] for index in sorted(paths)],
            [[index, _json(d.fields), d.seed] for index, d in sorted(evidence.details.items())],
            [_place(evidence.places[gln]) for gln in sorted(evidence.places)],
            sorted(entry.index for entry in evidence.administration),
            evidence.open_lots,
        ]
    )


def _signatures(c: Checkpoint) -> rlp.Plain:
    return [[one.name.encode(), one.payload] for one in c.signatures]


def _json(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _entry(e: Entry) -> rlp.Plain:
    return [
        e.index, int(e.verb), e.organisation, e.device, e.counterparty, e.event_time, e.record_time, e.commitment, e.argument,
        list(e.units),
    ]  # fmt: skip


def _history(h: History) -> rlp.Plain:
    """Of a birth only what the head commits to: an item's kind, lot and expiry; for a unit of a lot the lot's root, size and
    expiry."""
    b, m = h.birth, h.membership
    birth: list[rlp.Plain] = [] if b is None else [b.root, b.size, b.expiry] if m else [int(b.kind), b.lot, b.expiry]
    return [h.unit, birth, [e.index for e in h.entries], [m.lot, m.index, list(m.path)] if m else []]


def _place(p: Place) -> rlp.Plain:
    return [p.gln.encode(), p.name.encode(), _number(p.lat), _number(p.lon), p.country.encode()]


def _number(value: float | None) -> bytes:
    return b"" if value is None else repr(float(value)).encode()


# ---- reading -------------------------------------------------------------------------------------------------------------


def decode(body: bytes) -> Body:
    """What a body holds. Raises BadProof."""
    try:
        read = _opened(_Fields(rlp.decode(body)))
        same = encode(read.label, read.evidence, read.nodes.nodes, read.paths) == body
    except (ValueError, TypeError, OverflowError, OSError, AttributeError, KeyError, BadInput) as cause:
        raise BadProof("the proof file holds something that no proof file holds", cause=repr(cause)) from None
    if not same:
        raise BadProof("the proof file is not in its one allowed form")
    return read


class _Fields:
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

    def part(self) -> _Fields:
        return _Fields(self._next())

    def parts(self) -> list[_Fields]:
        return [_Fields(part) for part in self._list()]

    def blobs(self, size: int | None = None) -> tuple[bytes, ...]:
        fields = self.part()
        return tuple(fields.blob(size) for _ in range(len(fields._rest)))

    def indices(self) -> tuple[int, ...]:
        found = tuple(rlp.number(part, 64) for part in self._list())
        if any(left >= right for left, right in pairwise(found)):
            raise BadProof("the entries of the proof file are not in their order")
        return found

    def optional(self) -> _Fields | None:
        found = self._list()
        return _Fields(found) if found else None

    def _list(self) -> list[rlp.Tree]:
        found = self._next()
        if not isinstance(found, list):
            raise BadProof("the proof file has another shape than a proof file")
        return found

    def end(self) -> None:
        if self._rest:
            raise BadProof("the proof file has a part too many")


def _opened(fields: _Fields) -> Body:
    label = read_label(fields.words())
    if isinstance(label, Unreadable) or not label.item.serialised or label != canonical(label):
        raise BadProof("the proof file is about no item")
    checkpoint = _checkpoint(fields.part())
    header = fields.blob()
    nodes = SharedNodes(fields.blobs())
    entries = {entry.index: entry for entry in map(_read_entry, fields.parts())}
    histories = {history.unit: history for history in (_read_history(part, entries) for part in fields.parts())}
    paths = dict(map(_read_path, fields.parts()))
    details = dict(map(_read_detail, fields.parts()))
    places = {place.gln: place for place in map(_read_place, fields.parts())}
    administration = tuple(entries[index] for index in fields.indices())
    if any(entry.verb not in _ROLES for entry in administration):
        raise BadProof("the proof file takes another entry for one of the administration")
    open_lots = fields.number()
    fields.end()
    evidence = Evidence(
        item=label.item,
        checkpoint=checkpoint,
        header=header,
        node=nodes,
        inclusion=_inclusion(paths),
        histories=histories,
        details=details,
        parties=parties_of(administration, details),
        places=places,
        administration=administration,
        open_lots=open_lots,
        whole=True,
        carried=True,
    )
    return Body(label, evidence, nodes, paths)


def _inclusion(paths: Paths) -> Callable[[int], Sequence[bytes]]:
    def inclusion(index: int) -> Sequence[bytes]:
        if index not in paths:
            raise MissingNode("the path of an entry in the log is not in the file", index=index)
        return paths[index]

    return inclusion


def _checkpoint(f: _Fields) -> Checkpoint:
    origin, size, root, block = f.words(), f.number(), f.blob(32), f.number()
    block_hash, state_root, at = f.blob(32), f.blob(32), f.number()
    signatures = tuple(map(_read_signature, f.parts()))
    f.end()
    if len(signatures) > MOST_SIGNATURES or any(left >= right for left, right in pairwise(signatures)):
        raise BadProof("the signatures of the witnesses are not in their order")
    return Checkpoint(origin, size, root, block, block_hash, state_root, datetime.fromtimestamp(at, UTC), signatures)


def _read_signature(f: _Fields) -> Cosignature:
    found = Cosignature.of(f.words(), f.blob())
    f.end()
    return found


def _read_entry(f: _Fields) -> Entry:
    index, verb, organisation, device = f.number(), Verb(f.number()), f.number(), f.blob(20)
    counterparty, event_time, record_time = f.number(), f.number(), f.number()
    commitment, argument, units = f.blob(32), f.blob(32), f.blobs(32)
    f.end()
    return Entry(index, verb, organisation, device, counterparty, event_time, record_time, commitment, argument, units)


def _read_history(f: _Fields, entries: Mapping[int, Entry]) -> History:
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
    if m is not None:
        raise BadProof("a unit in the proof file has a place in a lot that is not described")
    if b is not None:
        birth = Birth(unit, Kind(b.number()), 0, b.blob(32), b.number())
        b.end()
        return History(unit, birth, mine)
    if any(entry.verb not in _RECALLS for entry in mine):
        raise BadProof("a history in the proof file has no beginning")
    return History(unit, None, mine)


def _read_path(f: _Fields) -> tuple[int, tuple[bytes, ...]]:
    index, path = f.number(), f.blobs(32)
    f.end()
    return index, path


def _read_detail(f: _Fields) -> tuple[int, Detail]:
    index, fields, seed = f.number(), orjson.loads(f.blob()), f.blob(32)
    f.end()
    return index, Detail(fields, seed, event_of_fields(fields))


def _read_place(f: _Fields) -> Place:
    gln, name, lat, lon, country = f.words(), f.words(), f.real(), f.real(), f.words()
    f.end()
    return Place(gln, name, lat, lon, country)
