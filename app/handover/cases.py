"""Cases: two events about one unit that cannot both be meant, found among what this laptop signed, saw and knows from the log.

Either two signed statements leave the same state of a unit in different ways, or a signed statement leaves a state that the log
left in another way before. Both sides are told next to each other, and both go into one file (`case_file`). Nothing is decided.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.handover import RECEIVER, SHIPPER, case_file
from app.handover.case_file import Told
from app.handover.dispute import Dispute, successors
from app.handover.dock import SEEN
from app.known import known
from chain.calls import Act
from chain.custody import World
from chain.errors import BadInput, StoreError, WayproofError
from chain.journey import Entry, Item, Verb
from chain.signed_batch import SignedBatch

if TYPE_CHECKING:
    from app.station import Station


@dataclass(frozen=True, slots=True)
class Side:
    """One of two events: who (a name, "" where unknown here), by which device, what, when, where, and to whom goods were shipped.

    `recorded` is when it came onto the log, None for a signed statement that stands on no log. Times are aware UTC.
    """

    who: str
    device: bytes
    verb: Verb
    at: datetime
    where: str
    to: str
    recorded: datetime | None


@dataclass(frozen=True, slots=True)
class Case:
    """A contradiction about one unit. `ours` is the number of our statement in the outbox, 0 where it is not ours.

    `item` is None where this laptop knows the unit by its id only; `same_device` says that one device contradicts itself.
    """

    id: str
    unit: bytes
    item: Item | None
    product: str
    one: Side
    other: Side
    same_device: bool
    ours: int


@dataclass(frozen=True, slots=True)
class _Found:
    """A contradiction as it was found: `other` is a statement, or else `entry` is on the log."""

    unit: bytes
    one: SignedBatch
    other: SignedBatch | None
    entry: Entry | None
    ours: int = 0

    @property
    def id(self) -> str:
        other = self.other.digest if self.other is not None else self.entry.commitment if self.entry is not None else b""
        return f"{self.one.digest.hex()[:16]}-{other.hex()[:16]}-{self.unit.hex()[:16]}"


def cases(station: Station) -> list[Case]:
    """All contradictions that this laptop can show both sides of."""
    with station.store.reading():
        world = known(station.store)
        return [_case(station, world, one) for one in _found(station, world)]


def contradicted(station: Station, batch: SignedBatch) -> bool:
    """Whether something that is known here contradicts a signed statement."""
    with station.store.reading():
        world = known(station.store)
        pairs = (Dispute.between(batch, other) for other, _ in _statements(station) if other.digest != batch.digest)
        return any(one is not None for one in pairs) or any(True for _ in _overtaken(station, world, batch, 0))


def export(station: Station, name: str) -> bytes:
    """The file with both sides of a case (`Case.id`). Raises BadInput."""
    with station.store.reading():
        found = next((one for one in _found(station, known(station.store)) if one.id == name), None)
        if found is None:
            raise BadInput("This case is no longer known here: open the list again.")
        item = station.store.goods.item(found.unit)
    proof = b""
    if item is not None:
        from app.printing import sealed

        try:
            proof = sealed(station, item[0].key)
        except BadInput:
            if found.entry is not None:
                raise
    return case_file.write(
        found.unit, found.one, _told(station, found.one, found.unit), found.other,
        _told(station, found.other, found.unit) if found.other is not None else None, proof,
    )  # fmt: skip


def _found(station: Station, world: World) -> Iterator[_Found]:
    done: set[tuple[bytes, bytes]] = set()
    units: dict[bytes, list[tuple[SignedBatch, int]]] = {}
    for batch, ours in _statements(station):
        yield from _overtaken(station, world, batch, ours)
        for unit in batch.units:
            for other, theirs in units.setdefault(unit, []):
                found = Dispute.between(other, batch)
                if found is not None and (other.digest, batch.digest) not in done:
                    done.add((other.digest, batch.digest))
                    yield _Found(found.unit, other, batch, None, theirs or ours)
            units[unit].append((batch, ours))


def _statements(station: Station) -> Iterator[tuple[SignedBatch, int]]:
    """Every signed statement kept here, each once, with its number in the outbox or 0."""
    rows = station.store.outbox
    seen: set[bytes] = set()
    kept = [(row.batch, row.id) for row in (*rows.waiting(), *rows.conflicts())]
    for role in (SHIPPER, RECEIVER, SEEN):
        kept += [(batch, 0) for _, offer, answer in rows.handovers(role) for batch in (offer, answer) if batch is not None]
    for batch, ours in kept:
        if batch.digest not in seen:
            seen.add(batch.digest)
            yield batch, ours


def _overtaken(station: Station, world: World, batch: SignedBatch, ours: int) -> Iterator[_Found]:
    """Where the log left a state in another way than a statement does: the first unit of it is enough."""
    if all(station.store.outbox.on_the_log(one) for one in batch.commitments):
        return
    for unit, (state, _) in successors(batch).items():
        try:
            held = world.units.get(unit)
        except StoreError:  # what the replica holds of it is not what was proven: it shows nothing
            continue
        if held is None or held.state.seq <= state.seq:
            continue
        entries = station.store.replica.about(unit, station.store.replica.size())
        back = held.state.seq - state.seq
        if back <= len(entries) and entries[len(entries) - back].commitment not in batch.commitments:
            yield _Found(unit, batch, None, entries[len(entries) - back], ours)
            return


def _case(station: Station, world: World, found: _Found) -> Case:
    goods = station.store.goods
    item, product = goods.item(found.unit) or (None, "")
    one = _signed_side(station, world, found.one, found.unit)
    if found.other is not None:
        other = _signed_side(station, world, found.other, found.unit)
    else:
        assert found.entry is not None
        other = _recorded_side(station, found.entry)
    return Case(found.id, found.unit, item, product, one, other, one.device == other.device, found.ours)


def _signed_side(station: Station, world: World, batch: SignedBatch, unit: bytes) -> Side:
    act = case_file.act_of(batch, unit)
    device = batch.statement.device
    known_device = world.devices.get(device)
    return Side(
        _name(station, known_device.organisation if known_device else 0), device, act.verb,
        datetime.fromtimestamp(min(act.event_time, 253_402_300_799), UTC), _where(station, act.commitment),
        _name(station, act.counterparty), None,
    )  # fmt: skip


def _recorded_side(station: Station, entry: Entry) -> Side:
    at = datetime.fromtimestamp(min(entry.event_time, 253_402_300_799), UTC)
    recorded = datetime.fromtimestamp(entry.record_time, UTC)
    to = _name(station, entry.counterparty) if entry.verb is Verb.SHIP else ""
    where = _where(station, entry.commitment)
    return Side(_name(station, entry.organisation), entry.device, entry.verb, at, where, to, recorded)


def _name(station: Station, organisation: int) -> str:
    party = station.store.goods.party(organisation) if organisation else None
    return (party.name or party.gln) if party else ""


def _where(station: Station, commitment: bytes) -> str:
    detail = station.store.goods.detail(commitment)
    if detail is None:
        return ""
    place = station.store.goods.place(detail.event.read_point)
    if place is not None:
        return place.name
    owner = next((party for party in station.store.goods.parties() if party.gln == detail.event.read_point), None)
    return (owner.name if owner else "") or detail.event.read_point


def _told(station: Station, batch: SignedBatch, unit: bytes) -> Told | None:
    """What the commitment of a statement's act hides, where it is here."""
    act: Act = case_file.act_of(batch, unit)
    try:
        detail = station.store.goods.detail(act.commitment)
    except WayproofError:
        return None
    return Told(detail.fields, detail.seed) if detail is not None else None
