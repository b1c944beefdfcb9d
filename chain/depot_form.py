"""The bytes of a depot pack's body: the pieces of many items' evidence, each once, into canonical RLP and back.

Nothing is judged here. What a reader gets is untrusted, and is only what has one spelling. Refuses everything else with BadProof.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from chain import encoding, gs1, rlp
from chain.bundle_form import parties_of
from chain.encoding import ZERO
from chain.errors import BadProof
from chain.evidence import Evidence, History, Membership
from chain.journey import Birth, Entry, Kind, Unreadable
from chain.label import PARAMETER, Label, read_label
from chain.merkle import leaf_hash
from chain.multiproof import SharedPaths, shared_hashes
from chain.pieces import (
    Fields,
    checkpoint_row,
    detail_row,
    entry_row,
    history_row,
    in_one_form,
    place_row,
    read_administration,
    read_checkpoint,
    read_detail,
    read_entry,
    read_history,
    read_place,
)
from chain.replay import entries_of
from chain.storage_proof import SharedNodes

MOST_UNITS = 50_000


@dataclass(frozen=True, slots=True)
class Expected:
    """One item of a pack: its label, and for an item that is not on the contract the lots that are known by their root only."""

    label: Label
    open_lots: int = 0


@dataclass(frozen=True, slots=True)
class Paths:
    """The hashes that the entries share in the log, and the units of each lot in its tree."""

    log: tuple[bytes, ...]
    lots: Mapping[bytes, tuple[bytes, ...]]


@dataclass(frozen=True, slots=True)
class Body:
    """A body that was read. `evidence` holds what is about any of the items; its own item is the first."""

    expected: tuple[Expected, ...]
    evidence: Evidence
    nodes: SharedNodes
    paths: Paths


def paths_of(evidence: Evidence) -> Paths:
    """The hashes that a pack with this evidence needs."""
    entries = (*entries_of(evidence.histories), *evidence.administration)
    indices = sorted({entry.index for entry in entries})
    lots: dict[bytes, dict[int, Sequence[bytes]]] = {}
    sizes: dict[bytes, int] = {}
    for history in evidence.histories.values():
        if history.membership is not None and history.birth is not None:
            lots.setdefault(history.membership.lot, {})[history.membership.index] = history.membership.path
            sizes[history.membership.lot] = history.birth.size
    return Paths(
        shared_hashes(indices, evidence.checkpoint.size, evidence.inclusion),
        {lot: shared_hashes(sorted(paths), sizes[lot], paths.__getitem__) for lot, paths in lots.items()},
    )


def encode(expected: Sequence[Expected], evidence: Evidence, nodes: Sequence[bytes], paths: Paths) -> bytes:
    """The body's bytes. `expected` ascending by the item's key, `nodes` by their bytes."""
    entries = {entry.index: entry for entry in (*entries_of(evidence.histories), *evidence.administration)}
    return rlp.encode(
        [
            checkpoint_row(evidence.checkpoint),
            evidence.header,
            list(nodes),
            [[one.label.text.encode(), one.open_lots] for one in expected],
            [entry_row(entries[index]) for index in sorted(entries)],
            _lot_rows(evidence.histories.values(), paths.lots),
            [_history_row(evidence.histories[unit]) for unit in sorted(evidence.histories)],
            list(paths.log),
            [detail_row(index, detail) for index, detail in sorted(evidence.details.items())],
            [place_row(evidence.places[gln]) for gln in sorted(evidence.places)],
            sorted(entry.index for entry in evidence.administration),
        ]
    )


def _lot_rows(histories: Iterable[History], hashes: Mapping[bytes, Sequence[bytes]]) -> list[rlp.Plain]:
    lots = {h.membership.lot: h.birth for h in histories if h.membership is not None and h.birth is not None}
    return [[lot, b.root, b.size, b.expiry, list(hashes[lot])] for lot, b in sorted(lots.items())]


def _history_row(h: History) -> rlp.Plain:
    """As in a file about one item; a unit of a lot has its lot and its index there, and no more."""
    if h.membership is None:
        return history_row(h)
    return [h.unit, [], [e.index for e in h.entries], [h.membership.lot, h.membership.index]]


def decode(body: bytes) -> Body:
    """What a body holds. Raises BadProof."""
    return in_one_form(
        body, _opened, lambda read: encode(read.expected, read.evidence, read.nodes.nodes, read.paths), "depot pack"
    )


def _opened(fields: Fields) -> Body:
    checkpoint = read_checkpoint(fields.part())
    header = fields.blob()
    nodes = SharedNodes(fields.blobs())
    expected = tuple(map(_read_expected, fields.parts()))
    keys = [one.label.item.key for one in expected]
    if not 1 <= len(keys) <= MOST_UNITS or any(left >= right for left, right in pairwise(keys)):
        raise BadProof("the items of the depot pack are not in their order, or too many")
    entries = {entry.index: entry for entry in map(read_entry, fields.parts())}
    lots, lot_hashes = _lots(fields.parts())
    histories = _histories(fields.parts(), entries, lots, lot_hashes)
    hashes = fields.blobs(32)
    details = dict(map(read_detail, fields.parts()))
    places = {place.gln: place for place in map(read_place, fields.parts())}
    administration = read_administration(fields, entries)
    fields.end()
    leaves = {index: encoding.leaf(entry) for index, entry in entries.items()}
    evidence = Evidence(
        item=expected[0].label.item,
        checkpoint=checkpoint,
        header=header,
        node=nodes,
        inclusion=SharedPaths(leaves, checkpoint.size, hashes),
        histories=histories,
        details=details,
        parties=parties_of(administration, details),
        places=places,
        administration=administration,
        whole=True,
        carried=True,
    )
    return Body(expected, evidence, nodes, Paths(hashes, lot_hashes))


def _read_expected(f: Fields) -> Expected:
    label, open_lots = read_label(f.words()), f.number()
    f.end()
    if isinstance(label, Unreadable) or not label.item.serialised:
        raise BadProof("the depot pack is about something that is no item")
    query = {PARAMETER: label.signature} if label.signature else {}
    if label.text != gs1.digital_link(label.item, **query):
        raise BadProof("the depot pack names an item in another form than the one allowed")
    return Expected(label, open_lots)


def _lots(rows: Sequence[Fields]) -> tuple[dict[bytes, Birth], dict[bytes, tuple[bytes, ...]]]:
    """The lots that units of the pack are of, and the hashes that these units share in each."""
    births: dict[bytes, Birth] = {}
    hashes: dict[bytes, tuple[bytes, ...]] = {}
    for f in rows:
        lot = f.blob(32)
        births[lot] = Birth(lot, Kind.LOT, 0, ZERO, root=f.blob(32), size=f.number(), expiry=f.number())
        hashes[lot] = f.blobs(32)
        f.end()
    return births, hashes


def _histories(
    rows: Sequence[Fields],
    entries: Mapping[int, Entry],
    lots: Mapping[bytes, Birth],
    hashes: Mapping[bytes, tuple[bytes, ...]],
) -> dict[bytes, History]:
    """The histories, each unit of a lot with its path in it."""
    found: dict[bytes, History] = {}
    members: dict[bytes, dict[int, bytes]] = {lot: {} for lot in lots}
    for row in rows:
        history = read_history(row, entries, lots)
        found[history.unit] = history
        if history.membership is not None:
            members[history.membership.lot][history.membership.index] = history.unit
    for lot, birth in lots.items():
        paths = SharedPaths({index: leaf_hash(unit) for index, unit in members[lot].items()}, birth.size, hashes[lot])
        for index, unit in members[lot].items():
            found[unit] = replace(found[unit], membership=Membership(lot, index, paths(index)))
    return found
