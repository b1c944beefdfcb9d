"""Four months in the sample world, told as drafts of events day by day, and what befalls the units of the table.

The same seed tells the same story, ending today. Goods are made, packed into cases, carried, received, unpacked,
sent to shops and sold; along the way one unit meets each fate that a verdict has a code for.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from app.demo.cast import PRODUCTS, Product, case_of, glns
from app.recorder import Draft
from chain import gs1
from chain.encoding import ZERO
from chain.journey import Event, Item, Verb

SEED = 20_26
DAY = 86_400

_BIZ = {
    Verb.COMMISSION: ("ObjectEvent", "ADD", "commissioning", "active"),
    Verb.SHIP: ("ObjectEvent", "OBSERVE", "shipping", "in_transit"),
    Verb.RECEIVE: ("ObjectEvent", "OBSERVE", "receiving", "in_progress"),
    Verb.PACK: ("AggregationEvent", "ADD", "packing", "in_progress"),
    Verb.UNPACK: ("AggregationEvent", "DELETE", "unpacking", "in_progress"),
    Verb.OBSERVE: ("ObjectEvent", "OBSERVE", "inspecting", "in_progress"),
    Verb.QUARANTINE: ("ObjectEvent", "OBSERVE", "holding", "container_open"),
    Verb.RECALL: ("ObjectEvent", "OBSERVE", "holding", "recalled"),
    Verb.DECOMMISSION: ("ObjectEvent", "DELETE", "retail_selling", "retail_sold"),
}


@dataclass(frozen=True, slots=True)
class Block:
    """Drafts that stand in one block, and its time in unix seconds."""

    at: int
    drafts: tuple[Draft, ...]


@dataclass(slots=True)
class Story:
    """Tells blocks in order; times only grow. `now` is aware UTC, the story's end."""

    now: datetime
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311 - a story, not a key
    _told: int = 0

    @property
    def first(self) -> int:
        """The second at which the story begins: 120 days before its end."""
        return int((self.now - timedelta(days=120)).timestamp())

    def day(self, number: float) -> int:
        """The second `number` days into the story, at a working hour."""
        return int(self.first + number * DAY)

    def draft(
        self,
        verb: Verb,
        by: str,
        items: Sequence[Item],
        at: int,
        *,
        to: str = "",
        product: Product | None = None,
        argument: bytes = ZERO,
        device: int = 1,
        celsius: float | None = None,
    ) -> Draft:
        """One event at a second; `by` and `to` are names of the cast."""
        kind, action, step, disposition = _BIZ[verb]
        self._told += 1
        sensors: tuple[dict[str, object], ...] = ()
        if celsius is not None:
            report = {"type": "Temperature", "value": round(celsius, 1), "uom": "CEL"}
            sensors = ({"sensorReport": [report]},)
        links = [gs1.digital_link(item) for item in items]
        aggregation = kind == "AggregationEvent"
        event = Event(
            event_id=f"urn:uuid:{uuid.UUID(int=self.chance.getrandbits(128), version=4)}",
            kind=kind,
            action=action,
            event_time=datetime.fromtimestamp(at, UTC),
            biz_step=step,
            disposition=disposition,
            read_point=glns(by),
            biz_location=glns(by),
            epcs=tuple(links[1:] if aggregation else links),
            parent_id=links[0] if aggregation else "",
            destinations=(("owning_party", glns(to)),) if to else (),
            biz_transactions=(("desadv", f"DN-{self._told:06d}"),) if verb in (Verb.SHIP, Verb.RECEIVE) else (),
            sensor_elements=sensors,
        )
        return Draft(
            verb, glns(by), event, tuple(items), glns(to) if to else "", argument, product.name if product else "", device
        )

    def block(self, drafts: Sequence[Draft], at: int) -> Block:
        """Drafts that are recorded together."""
        return Block(at, tuple(drafts))

    def item(self, product: Product, expiry: date | None, lot: str) -> Item:
        """A unit with a serial of 64 random bits."""
        return Item(gtin=product.gtin, serial=f"{self.chance.getrandbits(64):016X}", lot=lot, expiry=expiry)

    def batches(self) -> Iterator[Block]:
        """The everyday: twelve batches of twelve, from their makers to the shops."""
        for number in range(12):
            product = PRODUCTS[number % len(PRODUCTS)]
            yield from self._batch(product, number, start=2 + number * 8.5)

    def _batch(self, product: Product, number: int, start: float) -> Iterator[Block]:
        maker = next(name for name in ("Alba Pharma", "Meridian Foods", "Solvent Optics") if glns(name) == product.maker)
        expiry = (self.now + timedelta(days=200 + 30 * number)).date()
        items = [self.item(product, expiry, f"L{number:03d}") for _ in range(12)]
        box = case_of(maker, number)
        depot = "Harbour Warehouse" if number % 2 else "Vistula Depot"
        carrier = "Northwind Logistics"
        cold = 4.5 if product.chilled else None
        t = self.day(start)
        yield self.block(
            [self.draft(Verb.COMMISSION, maker, items, t, product=product), self.draft(Verb.COMMISSION, maker, [box], t)], t + 60
        )
        t += 2 * 3600
        yield self.block([self.draft(Verb.PACK, maker, [box, *items], t, celsius=cold)], t + 60)
        for by, to, days in ((maker, carrier, 1.0), (carrier, depot, 2.0)):
            yield self.block([self.draft(Verb.SHIP, by, [box], t + 3600, to=to, celsius=cold)], t + 3660)
            t += int((days + self.chance.random()) * DAY)
            yield self.block([self.draft(Verb.RECEIVE, to, [box], t, celsius=cold)], t + 60)
        yield self.block([self.draft(Verb.UNPACK, depot, [box, *items], t + 1800)], t + 1860)
        shops = ("Linden Pharmacy", "Pharmacie du Canal")
        halves = (items[:6], items[6:])
        t += DAY
        yield self.block(
            [self.draft(Verb.SHIP, depot, half, t, to=shop) for shop, half in zip(shops, halves, strict=True)], t + 60
        )
        t += int((1 + self.chance.random()) * DAY)
        yield self.block([self.draft(Verb.RECEIVE, shop, half, t) for shop, half in zip(shops, halves, strict=True)], t + 60)
        for sold in range(3):
            t += int((1 + 3 * self.chance.random()) * DAY)
            t += DAY * (datetime.fromtimestamp(t, UTC).weekday() == 6)  # the shops are closed on Sundays
            if t < self.now.timestamp() - DAY:
                drafts = [self.draft(Verb.DECOMMISSION, shop, [half[sold]], t) for shop, half in zip(shops, halves, strict=True)]
                yield self.block(drafts, t + 60)


def ordered(blocks: Sequence[Block]) -> list[Block]:
    """Blocks of several strands in the order of time, each at least two seconds after the one before."""
    last = 0
    found = []
    for block in sorted(blocks, key=lambda b: b.at):
        last = max(last + 2, block.at)
        found.append(Block(last, block.drafts))
    return found
