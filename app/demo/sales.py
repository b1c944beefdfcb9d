"""A year over the counter of two shops of the sample world, as a till tells it: one event a day, goods by class and amount.

Unit by unit a year of sales would cost the embedded chain a minute; an EPCIS event may name goods by class and quantity instead,
and its commitment binds the amounts all the same. The contract asks each event for a unit: here the shop's seven till trays, one
a weekday. The same seed tells the same year, ending yesterday. Sundays are closed, one product runs out for some days.
"""

from __future__ import annotations

import math
import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from app.demo.cast import PRODUCTS, Product, case_of, glns
from app.demo.story import Block, Story
from app.recorder import Draft
from chain import gs1
from chain.journey import Event, Item, Quantity, Verb

SHOPS = ("Linden Pharmacy", "Pharmacie du Canal")
MAKER = "Alba Pharma"
DAYS = 364
SEED = 7
FIRST_TRAY = 900
WEEK = (1.15, 0.95, 0.95, 1.0, 1.2, 0.75, 0.0)
DAILY = (9.0, 3.2, 4.5, 2.4, 6.0)  # units a day of each product
SUMMER = (0.0, 0.05, -0.45, 0.1, 0.25)  # how much more is sold in July than on average
GROWTH = (0.1, 0.3, 0.0, -0.15, 0.0)  # in a year
OUT = 4  # the product that is not delivered to the first shop ...
OUT_WEEKS = (28, 29, 30)  # ... in these weeks
COVER = 1.9  # weeks of usual sales to which a delivery fills up


@dataclass(slots=True)
class Year:
    """Tells the blocks: a delivery of trays, then a block a week with what each shop received and sold."""

    story: Story
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311 - a story, not a key

    @property
    def first(self) -> date:
        """The Monday on which the year begins."""
        start = self.story.now.date() - timedelta(days=DAYS)
        return start - timedelta(days=start.weekday())

    @property
    def opens(self) -> int:
        """The second at which the trays are made: nine days before."""
        return self._second(self.first, 9) - 9 * 86_400

    def blocks(self) -> Iterator[Block]:
        """All of it, in the order of time."""
        trays = {shop: [case_of(MAKER, FIRST_TRAY + 7 * i + day) for day in range(7)] for i, shop in enumerate(SHOPS)}
        at = self.opens
        every = [tray for shop in SHOPS for tray in trays[shop]]
        story = self.story
        yield story.block([self._moved(Verb.COMMISSION, MAKER, every, at)], at + 60)
        yield story.block([self._moved(Verb.SHIP, MAKER, trays[shop], at + 3600, shop) for shop in SHOPS], at + 3660)
        at += 3 * 86_400
        yield story.block([self._moved(Verb.RECEIVE, shop, trays[shop], at) for shop in SHOPS], at + 60)
        stock = {shop: [0.0] * len(DAILY) for shop in SHOPS}
        monday = self.first
        while monday < story.now.date():
            drafts = [
                draft for i, shop in enumerate(SHOPS) for draft in self._week(shop, 1.0 - 0.35 * i, monday, trays[shop], stock)
            ]
            closing = min(self._second(monday + timedelta(days=6), 20), int(story.now.timestamp()) - 900)
            yield story.block(drafts, closing)
            monday += timedelta(days=7)

    def _week(
        self, shop: str, size: float, monday: date, trays: Sequence[Item], stock: dict[str, list[float]]
    ) -> Iterator[Draft]:
        """A delivery on Monday morning (on the tray of Sunday), and six days of sales."""
        shelf = stock[shop]
        number = (monday - self.first).days
        dry = OUT if shop == SHOPS[0] and number // 7 in OUT_WEEKS else -1
        came = [
            0 if p == dry else max(0, round(6 * COVER * size * self._rate(p, number + 3) - shelf[p])) for p in range(len(DAILY))
        ]
        for p, units in enumerate(came):
            shelf[p] += units
        yield self._told(shop, trays[6], "receiving", "in_progress", came, self._second(monday, 7))
        for weekday in range(6):
            day = monday + timedelta(days=weekday)
            if day >= self.story.now.date():
                return
            sold = [
                min(self._drawn(size * self._rate(p, number + weekday) * WEEK[weekday]), int(shelf[p])) for p in range(len(DAILY))
            ]
            for p, units in enumerate(sold):
                shelf[p] -= units
            yield self._told(shop, trays[weekday], "retail_selling", "retail_sold", sold, self._second(day, 19))

    def _rate(self, product: int, number: int) -> float:
        """Mean units on an average day, so many days into the year."""
        day = self.first + timedelta(days=number)
        summer = math.cos(2 * math.pi * (day.timetuple().tm_yday - 196) / 365.25)
        return DAILY[product] * (1 + SUMMER[product] * summer) * (1 + GROWTH[product] * number / DAYS)

    def _drawn(self, mean: float) -> int:
        """Poisson, a little wider (Knuth's product of uniforms)."""
        limit, count, product = math.exp(-mean * self.chance.uniform(0.75, 1.25)), 0, self.chance.random()
        while product > limit:
            count += 1
            product *= self.chance.random()
        return count

    def _second(self, day: date, hour: int) -> int:
        return int(datetime.combine(day, time(hour), UTC).timestamp())

    def _told(self, shop: str, tray: Item, step: str, disposition: str, units: Sequence[int], at: int) -> Draft:
        quantities = tuple(Quantity(_class_of(product), amount) for product, amount in zip(PRODUCTS, units, strict=True))
        event = Event(
            event_id=self._id(), kind="TransactionEvent", action="OBSERVE", event_time=datetime.fromtimestamp(at, UTC),
            biz_step=step, disposition=disposition, read_point=glns(shop), biz_location=glns(shop),
            parent_id=gs1.digital_link(tray),
            biz_transactions=(("inv" if step == "retail_selling" else "recadv", f"{shop[:3].upper()}-{at // 86_400}"),),
            quantities=quantities,
        )  # fmt: skip
        return Draft(Verb.OBSERVE, glns(shop), event, (tray,))

    def _moved(self, verb: Verb, by: str, trays: Sequence[Item], at: int, to: str = "") -> Draft:
        action, step, disposition = {
            Verb.COMMISSION: ("ADD", "commissioning", "active"),
            Verb.SHIP: ("OBSERVE", "shipping", "in_transit"),
            Verb.RECEIVE: ("OBSERVE", "receiving", "in_progress"),
        }[verb]
        event = Event(
            event_id=self._id(), kind="ObjectEvent", action=action, event_time=datetime.fromtimestamp(at, UTC), biz_step=step,
            disposition=disposition, read_point=glns(by), biz_location=glns(by),
            epcs=tuple(gs1.digital_link(tray) for tray in trays), destinations=(("owning_party", glns(to)),) if to else (),
        )  # fmt: skip
        return Draft(verb, glns(by), event, tuple(trays), glns(to) if to else "", product="Till tray")

    def _id(self) -> str:
        return f"urn:uuid:{uuid.UUID(int=self.chance.getrandbits(128), version=4)}"


def _class_of(product: Product) -> str:
    return gs1.digital_link(Item(gtin=product.gtin))
