"""All that this laptop holds about one item, gathered for the verifier and for the eye. Judges nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from app.store import Store
from chain import encoding
from chain.encoding import ZERO, word
from chain.evidence import Checkpoint, Detail, Evidence, History, Membership
from chain.journey import Entry, Item, Journey, Party, Place, Step, Verb
from chain.merkle import Tiles, leaf_hash
from chain.replay import entries_of


def evidence(
    store: Store, item: Item, also: Iterable[int] = (), as_of: tuple[Checkpoint, bytes] | None = None
) -> Evidence | None:
    """The evidence about an item as of the newest checkpoint, or an older one with its header; None where nothing was synced.

    `also` names organisations whose enrolment belongs to it beside those of the journey.
    """
    found = evidence_of((item,), store, also, as_of)
    return None if found is None else replace(found, open_lots=open_lots(store, item))


def open_lots(store: Store, item: Item) -> int:
    """How many lots under the item's prefix are known by their root only."""
    return store.replica.open_lots(encoding.prefixes_of(item)) if item.serialised else 0


def evidence_of(
    items: Sequence[Item], store: Store, also: Iterable[int] = (), as_of: tuple[Checkpoint, bytes] | None = None
) -> Evidence | None:
    """The evidence about any of some items, at least one, in one; without open lots, which are of an item."""
    replica = store.replica
    newest = as_of or replica.checkpoint()
    if newest is None:
        return None
    checkpoint, header = newest
    histories: dict[bytes, History] = {}
    lots: dict[bytes, tuple[Tiles, int]] = {}
    for item in items:
        for code in encoding.prefixes_of(item) if item.serialised else ():
            _gather(store, encoding.unit_of(item, code), checkpoint.size, histories, lots)
    entries = entries_of(histories)
    details, removed = _details(store, entries)
    organisations = {n for entry in entries for n in (entry.organisation, entry.counterparty) if n} | set(also)
    administration = [e for n in sorted(organisations) for e in replica.about(word(n), checkpoint.size)]
    enrolments = [entry for entry in administration if entry.verb is Verb.ENROL_ORGANISATION]
    known, _ = _details(store, enrolments)
    return Evidence(
        item=items[0],
        checkpoint=checkpoint,
        header=header,
        node=replica.node,
        inclusion=lambda index: replica.tiles().inclusion_path(index, checkpoint.size),
        histories=histories,
        details=details | known,
        parties={p.organisation: p for p in store.goods.parties() if p.organisation},
        places=_places(store, details.values()),
        administration=tuple(administration),
        whole=True,
        removed=frozenset(removed),
    )


def entries_about(store: Store, units: Iterable[bytes], size: int) -> tuple[Entry, ...]:
    """The entries below `size` that an evidence about some units shows, without the administration's."""
    histories: dict[bytes, History] = {}
    lots: dict[bytes, tuple[Tiles, int]] = {}
    for unit in units:
        _gather(store, unit, size, histories, lots)
    return tuple(entries_of(histories))


def journey(store: Store, item: Item) -> Journey:
    """The item's steps and those of the containers it travelled in, for the eye and for the detector."""
    found = evidence(store, item)
    if found is None:
        return Journey(item)
    return journey_of(found)


def journey_of(found: Evidence) -> Journey:
    """The steps of an evidence, in the order of the log: a container's only while the item was in it."""
    unit = next((h.unit for h in found.histories.values() if _is(found.item, h.unit)), ZERO)
    steps = [_step(found, entry) for entry in _travelled(found, unit)]
    return Journey(found.item, tuple(steps))


def _is(item: Item, unit: bytes) -> bool:
    return any(encoding.unit_of(item, code) == unit for code in encoding.prefixes_of(item))


def _travelled(found: Evidence, unit: bytes, first: int = -1, last: int | None = None) -> list[Entry]:
    """Entries of a unit with first < index < last, and those of the containers around it between packing and unpacking."""
    history = found.histories.get(unit)
    entries: dict[int, Entry] = {}
    packed: Entry | None = None
    for entry in history.entries if history else ():
        inside = entry.index > first and (last is None or entry.index < last)
        if inside:
            entries[entry.index] = entry
        if entry.verb is Verb.PACK and entry.units[0] != unit:
            packed = entry
        elif entry.verb is Verb.UNPACK and entry.units[0] != unit and packed is not None:
            entries |= {e.index: e for e in _travelled(found, packed.units[0], max(first, packed.index), entry.index)}
            packed = None
    if packed is not None:
        entries |= {e.index: e for e in _travelled(found, packed.units[0], max(first, packed.index), last)}
    return [entries[index] for index in sorted(entries)]


def _step(found: Evidence, entry: Entry) -> Step:
    detail = found.details.get(entry.index)
    event = detail.event if detail else None
    place = found.places.get(event.read_point) if event else None
    return Step(entry, event, found.parties.get(entry.organisation), found.parties.get(entry.counterparty), place)


def _gather(store: Store, unit: bytes, size: int, histories: dict[bytes, History], lots: dict[bytes, tuple[Tiles, int]]) -> None:
    """The history of a unit, of its lot, and of every container it was in; `lots` keeps the trees of lots and their sizes."""
    if unit in histories:
        return
    replica = store.replica
    entries = replica.about(unit, size)
    birth = replica.birth(unit)
    membership = None
    place = replica.lot_place(unit)
    if birth is None and place is not None:
        lot, position = place
        birth = replica.birth(lot)
        if lot not in lots:
            lots[lot] = _tree(replica.lot_units(lot))
        tree, count = lots[lot]
        membership = Membership(lot, position, tree.inclusion_path(position, count))
        entries = (*(e for e in replica.about(lot, size) if e.verb is Verb.COMMISSION_LOT), *entries)
    if not entries:
        return
    histories[unit] = History(unit, birth, entries, membership)
    lot_id = membership.lot if membership else birth.lot if birth else ZERO
    if lot_id != ZERO and lot_id not in histories:
        acts = replica.about(lot_id, size)
        if acts:
            histories[lot_id] = History(lot_id, replica.birth(lot_id), acts)
    for entry in entries:
        if entry.verb is Verb.PACK and entry.units and entry.units[0] != unit:
            _gather(store, entry.units[0], size, histories, lots)


def _tree(units: Sequence[bytes]) -> tuple[Tiles, int]:
    """The tree of a lot's units, and how many there are."""
    kept: dict[tuple[int, int], bytes] = {}
    tiles = Tiles(lambda level, n: kept.get((level, n), b""))
    kept.update(((level, n), data) for level, n, data in tiles.appended(0, map(leaf_hash, units)))
    return tiles, len(units)


def _details(store: Store, entries: Iterable[Entry]) -> tuple[dict[int, Detail], set[int]]:
    details: dict[int, Detail] = {}
    removed: set[int] = set()
    for entry in entries:
        detail = store.goods.detail(entry.commitment)
        if detail is not None:
            details[entry.index] = detail
        elif store.replica.detailed(entry.index):
            removed.add(entry.index)
    return details, removed


def _places(store: Store, details: Iterable[Detail]) -> dict[str, Place]:
    glns = {detail.event.read_point for detail in details} - {""}
    found = ((gln, store.goods.place(gln)) for gln in sorted(glns))
    return {gln: place for gln, place in found if place is not None}


def holder(found: Evidence, journey_: Journey) -> Party | None:
    """Who holds the item after the last hand-over in a journey, as told (not as proven)."""
    for step in reversed(journey_.steps):
        if step.entry.verb in (Verb.RECEIVE, Verb.COMMISSION, Verb.UNPACK, Verb.SHIP, Verb.COMMISSION_LOT):
            return found.parties.get(step.entry.organisation)
    return None
