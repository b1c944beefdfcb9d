"""One proven entry as rows of the detector's events table, one an item that it is about or that travelled in what it is about.

The meaning is DETECT_FORMAT.md's: what the log proves is kept, what it does not tell stays empty. Statements made from afar
(recalls, quarantines, corrections) move nothing and are no reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from chain import encoding
from chain.evidence import Detail
from chain.journey import Birth, Entry, Event, Kind, Step, Verb
from forecasting.cold import readings
from forecasting.tables import COMMISSION, DESTROY, INSPECT, OBSERVE, PACK, RECEIVE, RETURN, SELL, SHIP, UNPACK

ACTIONS = {
    Verb.COMMISSION: COMMISSION, Verb.COMMISSION_LOT: COMMISSION, Verb.SHIP: SHIP, Verb.RECEIVE: RECEIVE, Verb.PACK: PACK,
    Verb.UNPACK: UNPACK, Verb.OBSERVE: OBSERVE, Verb.DECOMMISSION: DESTROY,
}  # fmt: skip
SOLD = frozenset(("retail_selling", "dispensing", "providing"))  # CBV 2.0 section 7.1: business steps that end at a person
BACK = frozenset(("returning",))
DEEPEST = 16  # containers within containers; the contract allows no circle, a damaged file might


@dataclass(frozen=True, slots=True)
class Row:
    """One read of one item. `entry` is its index in the log; numbers are the contract's, times unix seconds."""

    unit: bytes
    action: int
    actor: int
    origin: int
    target: int
    device: bytes
    container: bytes
    shipment: int
    read_point: str
    claimed: int
    recorded: int
    temperature: float
    entry: int


@dataclass(frozen=True, slots=True)
class Warmth:
    """One temperature on the way: the container or the shipment it belongs to, unix seconds, degrees Celsius; `entry` told it."""

    container: bytes
    shipment: int
    at: float
    value: float
    entry: int


@dataclass(slots=True)
class Movement:
    """What is packed in what and under way on which shipment, entry by entry in the order of the log."""

    births: Mapping[bytes, Birth]
    drawn: Mapping[bytes, bytes]
    wrong: frozenset[bytes]
    inside: dict[bytes, list[bytes]] = field(default_factory=dict)
    around: dict[bytes, bytes] = field(default_factory=dict)
    under_way: dict[bytes, tuple[int, int]] = field(default_factory=dict)
    warmth: list[Warmth] = field(default_factory=list)

    def rows(self, entry: Entry, detail: Detail | None) -> Iterator[Row]:
        """The rows of the next entry."""
        if entry.verb not in ACTIONS or encoding.leaf(entry) in self.wrong:
            return
        event = detail.event if detail is not None else None
        action = _action(entry.verb, event)
        heat = [reading.value for reading in self._warm(entry, event)]
        shown = heat[0] if len(heat) == 1 else float("nan")
        box = entry.units[0] if entry.verb in (Verb.PACK, Verb.UNPACK) and entry.units else b""
        self._pack(entry, box)
        for unit in entry.units:
            if unit == box:
                continue
            sender, shipment = self._shipment(entry, unit)
            for item in self._items(unit):
                container = box or (self.around.get(item, b"") if item == unit else unit)
                yield Row(
                    item, action, entry.organisation, sender, self._receiver(entry), entry.device, container, shipment,
                    event.read_point if event is not None else "", entry.event_time, entry.record_time, shown, entry.index,
                )  # fmt: skip
        self._unpack(entry, box)

    def lot_of(self, unit: bytes) -> bytes:
        """The lot that a unit was made in, empty where it was told none."""
        birth = self.births.get(unit)
        lot = self.drawn.get(unit, birth.lot if birth is not None else b"")
        return lot if any(lot) else b""

    def is_item(self, unit: bytes) -> bool:
        """Whether a unit is a thing that is judged, no container and no lot."""
        return self._kind(unit) is Kind.ITEM

    def _warm(self, entry: Entry, event: Event | None) -> list[Warmth]:
        found = [
            Warmth(
                unit if self._kind(unit) is Kind.LOGISTIC else b"",
                self.under_way.get(unit, (0, -1))[1],
                one.at,
                one.value,
                entry.index,
            )
            for one in (readings(Step(entry, event)) if event is not None else ())
            for unit in entry.units[:1]
        ]
        self.warmth += found
        return found

    def _kind(self, unit: bytes) -> Kind:
        birth = self.births.get(unit)
        return birth.kind if birth is not None else Kind.ITEM

    def _items(self, unit: bytes, depth: int = 0) -> Iterator[bytes]:
        if self.is_item(unit):
            yield unit
        if depth < DEEPEST:
            for child in self.inside.get(unit, ()):
                yield from self._items(child, depth + 1)

    def _pack(self, entry: Entry, box: bytes) -> None:
        if entry.verb is Verb.PACK:
            for child in entry.units[1:]:
                if child != box and self.around.get(child) is None:
                    self.around[child] = box
                    self.inside.setdefault(box, []).append(child)

    def _unpack(self, entry: Entry, box: bytes) -> None:
        if entry.verb is Verb.UNPACK:
            gone = {child for child in entry.units[1:] if self.around.get(child) == box}
            for child in gone:
                del self.around[child]
            self.inside[box] = [child for child in self.inside.get(box, []) if child not in gone]

    def _shipment(self, entry: Entry, unit: bytes) -> tuple[int, int]:
        """(who sent it, the index of the entry that shipped it); (0, -1) for what is not under way. The contract ties a receipt
        to its shipment, whatever number a note carries."""
        if entry.verb is Verb.SHIP:
            self.under_way[unit] = entry.organisation, entry.index
            return self.under_way[unit]
        if entry.verb is Verb.RECEIVE:
            return self.under_way.pop(unit, (0, -1))
        return 0, self.under_way.get(unit, (0, -1))[1]

    @staticmethod
    def _receiver(entry: Entry) -> int:
        return {Verb.SHIP: entry.counterparty, Verb.RECEIVE: entry.organisation}.get(entry.verb, 0)


def _action(verb: Verb, event: Event | None) -> int:
    step = event.biz_step.rpartition("/")[2].rpartition(":")[2] if event is not None else ""
    if verb is Verb.DECOMMISSION and step in SOLD:
        return SELL
    if verb is Verb.SHIP and step in BACK:
        return RETURN
    if verb is Verb.OBSERVE and step == "inspecting":
        return INSPECT
    return ACTIONS[verb]
