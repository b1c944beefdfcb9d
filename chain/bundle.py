"""The portable evidence: one file that shows an item's whole journey to whoever pinned a trust pack, with no network.

A file is ``wayproof 1`` and a newline, then canonical RLP (docs/evidence.md). It has exactly one spelling: sorted, without a
repetition, without a node that no proof needs. Everything that the contract does not bind (names, coordinates) is bound by the
seal: a signature over the whole file by a device that the contract knows. Reading trusts nothing and raises BadProof.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import orjson
from tiny_keccak import keccak256

from chain import rlp
from chain.epcis import event_of_fields
from chain.errors import BadInput, BadProof, MissingNode
from chain.evidence import Checkpoint, Detail, Evidence, History, Membership, Trust
from chain.journey import Birth, Entry, Kind, Party, Place, Role, Unreadable, Verb
from chain.keys import SigningKey, recover
from chain.label import Label, read_label
from chain.policy import Situation
from chain.proven import Storage
from chain.replay import entries_of
from chain.storage_proof import SharedNodes
from chain.verdict import Code, Finding, Outcome, Verdict
from chain.verifier import Verifier

MAGIC = b"wayproof 1\n"
MOST = 256 << 20  # bytes; a depot pack of 200,000 units
SEAL = b"\x19wayproof evidence 1\n"


@dataclass(frozen=True, slots=True)
class Bundle:
    """An opened file: the label it is about, the evidence, and the address of the device that sealed it (20 bytes)."""

    label: Label
    evidence: Evidence
    sealed_by: bytes
    nodes: SharedNodes


def write(label: Label, evidence: Evidence, trust: Trust, key: SigningKey) -> bytes:
    """The file about one item, sealed with a device's key.

    Exactly the pieces that a verification asks for go in, found by verifying once and taking notes.

    Raises BadInput where the evidence here does not suffice to say anything about the item.
    """
    used: dict[bytes, bytes] = {}
    paths: dict[int, tuple[bytes, ...]] = {}

    def node(reference: bytes) -> bytes:
        used[reference] = evidence.node(reference)
        return used[reference]

    def inclusion(index: int) -> Sequence[bytes]:
        paths[index] = tuple(evidence.inclusion(index))
        return paths[index]

    noted = replace(evidence, node=node, inclusion=inclusion)
    Verifier(trust).verify(label, noted, Situation(evidence.checkpoint.at))
    _seal_device(noted, trust, key.address)
    if evidence.whole and not used:
        raise BadInput(f"There is no proof about {label.item.key} on this laptop: sync first.")
    body = rlp.encode(_plain(label, evidence, sorted(used.values()), paths))
    return MAGIC + rlp.encode([body, key.sign_digest(keccak256(SEAL + body))])


def read(data: bytes) -> Bundle:
    """Open a file. Raises BadProof where it is not one, or not in its one spelling, or not sealed."""
    if not data.startswith(MAGIC) or len(data) > MOST:
        raise BadProof("this is not a Wayproof proof file")
    outer = rlp.decode(data[len(MAGIC) :])
    if not (isinstance(outer, list) and len(outer) == 2 and isinstance(outer[0], bytes) and isinstance(outer[1], bytes)):
        raise BadProof("this is not a Wayproof proof file")
    body, seal = outer
    assert isinstance(body, bytes)
    assert isinstance(seal, bytes)
    sealed_by = recover(keccak256(SEAL + body), seal)
    try:
        label, evidence, nodes, paths = _opened(_Fields(rlp.decode(body)))
        same = rlp.encode(_plain(label, evidence, sorted(nodes.nodes), paths)) == body
    except (ValueError, TypeError, OverflowError, AttributeError, KeyError, UnicodeError, BadInput) as cause:
        raise BadProof("the proof file holds something that no proof file holds", cause=repr(cause)) from None
    if not same:
        raise BadProof("the proof file is not in its one allowed form")
    return Bundle(label, evidence, sealed_by, nodes)


def verify(data: bytes, trust: Trust, situation: Situation) -> tuple[Label | None, Verdict]:
    """The label a file is about (None where it is damaged) and the verdict over it.

    Never raises on what a file holds; the seal and the use of every piece are a finding.
    """
    try:
        bundle = read(data)
    except BadProof as bad:
        why = f"This proof file is damaged or was changed: {bad.words}."
        return None, Verdict.of([Finding("file", Outcome.FAIL, why, Code.TAMPERED)])
    verdict = Verifier(trust).verify(bundle.label, bundle.evidence, situation)
    try:
        organisation = _seal_device(bundle.evidence, trust, bundle.sealed_by)
        bundle.nodes.finish()
    except (BadProof, MissingNode) as bad:
        finding = Finding("seal", Outcome.FAIL, f"This proof file was changed after it was sealed: {bad.words}.", Code.TAMPERED)
    else:
        party = bundle.evidence.parties.get(organisation)
        finding = Finding(
            "seal", Outcome.PASS, f"A device of {party.name if party else f'organisation {organisation}'} sealed it."
        )
    return bundle.label, Verdict.of([*verdict.findings, finding], verdict.as_of)


def _seal_device(evidence: Evidence, trust: Trust, address: bytes) -> int:
    """The organisation whose device sealed the file, by the contract. Raises BadProof."""
    device = Storage(evidence, trust).device(address)
    if device is None or device.revoked_at:
        raise BadProof("it is not sealed by a device that the contract knows")
    return device.organisation


# ---- writing -------------------------------------------------------------------------------------------------------------


def _plain(label: Label, evidence: Evidence, nodes: Sequence[bytes], paths: Mapping[int, Sequence[bytes]]) -> rlp.Plain:
    c = evidence.checkpoint
    entries = {entry.index: entry for entry in (*entries_of(evidence.histories), *evidence.administration)}
    return [
        label.text.encode(),
        [c.origin.encode(), c.size, c.root, c.block, c.block_hash, c.state_root, int(c.at.timestamp()), list(c.signatures)],
        evidence.header,
        list(nodes),
        [_entry(entries[index]) for index in sorted(entries)],
        [_history(evidence.histories[unit]) for unit in sorted(evidence.histories)],
        [[index, list(paths[index])] for index in sorted(paths)],
        [[index, _json(d.fields), d.seed] for index, d in sorted(evidence.details.items())],
        [_party(p) for _, p in sorted(evidence.parties.items())],
        [_place(evidence.places[gln]) for gln in sorted(evidence.places)],
        [entry.index for entry in evidence.administration],
        evidence.open_lots,
    ]


def _json(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _entry(e: Entry) -> rlp.Plain:
    return [
        e.index, int(e.verb), e.organisation, e.device, e.counterparty, e.event_time, e.record_time, e.commitment, e.argument,
        list(e.units), e.block,
    ]  # fmt: skip


def _history(h: History) -> rlp.Plain:
    b, m = h.birth, h.membership
    birth: list[rlp.Plain] = [b.unit, int(b.kind), b.prefix, b.lot, b.expiry, b.root, b.size] if b else []
    return [h.unit, birth, [e.index for e in h.entries], [m.lot, m.index, list(m.path)] if m else []]


def _party(p: Party) -> rlp.Plain:
    return [p.organisation, p.gln.encode(), p.name.encode(), p.address.encode(), int(p.roles), p.country.encode()]


def _place(p: Place) -> rlp.Plain:
    return [p.gln.encode(), p.name.encode(), _number(p.lat), _number(p.lon), p.country.encode()]


def _number(value: float | None) -> bytes:
    return b"" if value is None else repr(float(value)).encode()


# ---- reading -------------------------------------------------------------------------------------------------------------


class _Fields:
    """A decoded list, taken field by field in the type it must have. Raises BadProof."""

    def __init__(self, tree: rlp.Tree) -> None:
        if not isinstance(tree, list):
            raise BadProof("the proof file has another shape than a proof file")
        self._rest = list(tree)

    def _next(self) -> rlp.Tree:
        if not self._rest:
            raise BadProof("the proof file lacks a part")
        return self._rest.pop(0)

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
        return float(text) if text else None

    def parts(self) -> list[_Fields]:
        return [_Fields(part) for part in self._list()]

    def blobs(self, size: int | None = None) -> tuple[bytes, ...]:
        fields = _Fields(self._list())
        return tuple(fields.blob(size) for _ in range(len(fields._rest)))

    def numbers(self) -> tuple[int, ...]:
        return tuple(rlp.number(part, 64) for part in self._list())

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


def _opened(fields: _Fields) -> tuple[Label, Evidence, SharedNodes, dict[int, tuple[bytes, ...]]]:
    label = read_label(fields.words())
    if isinstance(label, Unreadable):
        raise BadProof("the proof file is about no item")
    checkpoint = _checkpoint(_Fields(fields._list()))
    header = fields.blob()
    nodes = SharedNodes(fields.blobs())
    entries = {entry.index: entry for entry in map(_read_entry, fields.parts())}
    histories = {history.unit: history for history in (_read_history(part, entries) for part in fields.parts())}
    paths = {part.number(): part.blobs(32) for part in fields.parts()}
    details = dict(map(_read_detail, fields.parts()))
    parties = {party.organisation: party for party in map(_read_party, fields.parts())}
    places = {place.gln: place for place in map(_read_place, fields.parts())}
    administration = tuple(entries[index] for index in fields.numbers())
    open_lots = fields.number()
    fields.end()

    def inclusion(index: int) -> Sequence[bytes]:
        if index not in paths:
            raise MissingNode("the path of an entry in the log is not in the file", index=index)
        return paths[index]

    evidence = Evidence(
        item=label.item,
        checkpoint=checkpoint,
        header=header,
        node=nodes,
        inclusion=inclusion,
        histories=histories,
        details=details,
        parties=parties,
        places=places,
        administration=administration,
        open_lots=open_lots,
        whole=True,
    )
    return label, evidence, nodes, paths


def _checkpoint(f: _Fields) -> Checkpoint:
    origin, size, root, block = f.words(), f.number(), f.blob(32), f.number()
    block_hash, state_root, at = f.blob(32), f.blob(32), f.number()
    signatures = f.blobs()
    f.end()
    return Checkpoint(origin, size, root, block, block_hash, state_root, datetime.fromtimestamp(at, UTC), signatures)


def _read_entry(f: _Fields) -> Entry:
    index, verb, organisation, device = f.number(), Verb(f.number()), f.number(), f.blob(20)
    counterparty, event_time, record_time = f.number(), f.number(), f.number()
    commitment, argument, units, block = f.blob(32), f.blob(32), f.blobs(32), f.number()
    f.end()
    return Entry(index, verb, organisation, device, counterparty, event_time, record_time, commitment, argument, units, block)


def _read_history(f: _Fields, entries: Mapping[int, Entry]) -> History:
    unit = f.blob(32)
    b = f.optional()
    birth = Birth(b.blob(32), Kind(b.number()), b.number(), b.blob(32), b.number(), b.blob(32), b.number()) if b else None
    mine = tuple(entries[index] for index in f.numbers())
    m = f.optional()
    membership = Membership(m.blob(32), m.number(), m.blobs(32)) if m else None
    f.end()
    return History(unit, birth, mine, membership)


def _read_detail(f: _Fields) -> tuple[int, Detail]:
    index, text, seed = f.number(), f.blob(), f.blob(32)
    f.end()
    try:
        fields = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise BadProof("the details of an event cannot be read", index=index) from None
    return index, Detail(fields, seed, event_of_fields(fields))


def _read_party(f: _Fields) -> Party:
    number, gln, name, address, roles, country = f.number(), f.words(), f.words(), f.words(), f.number(), f.words()
    f.end()
    return Party(gln, name, address, Role(roles), number, country)


def _read_place(f: _Fields) -> Place:
    gln, name, lat, lon, country = f.words(), f.words(), f.real(), f.real(), f.words()
    f.end()
    return Place(gln, name, lat, lon, country)
