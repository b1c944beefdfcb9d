"""The units of the table: one for each verdict code, what befell it, and the text that its label now carries.

Each is a fate: the events that lead to it, and the trick, where there is one, by which the label or the laptop was changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from app.demo.cast import PRODUCTS, glns, prefix_of
from app.demo.story import DAY, Block, Story
from chain import encoding, gs1
from chain.journey import Item, Quantity, Verb
from chain.verdict import Code

MAKER, CARRIER, DEPOT, HERE = "Alba Pharma", "Northwind Logistics", "Harbour Warehouse", "Linden Pharmacy"
STOLEN_DEVICE = 2


@dataclass(frozen=True, slots=True)
class Fate:
    """A unit and the code that its scan must give. `what` says in words what befell it; `later` is how long after now it is
    scanned."""

    code: Code
    item: Item
    what: str
    later: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Plot:
    """All fates, the blocks that bring them about, and the second since which the stolen device is in doubt."""

    fates: tuple[Fate, ...]
    blocks: tuple[Block, ...]
    stolen_since: int

    def item(self, code: Code) -> Item:
        """The unit of a code."""
        return next(fate.item for fate in self.fates if fate.code is code)


_NO_UNIT = (Code.UNREADABLE, Code.NOT_WITNESSED)  # no item at all; a file's fate and never a scan's


def plot(story: Story) -> Plot:
    """What befalls the units of the table."""
    drug, insulin = PRODUCTS[0], PRODUCTS[1]
    good = (story.now + timedelta(days=400)).date()
    past = (story.now - timedelta(days=5)).date()
    makes: dict[Code, Item] = {code: story.item(drug, good, "T100") for code in Code if code not in _NO_UNIT}
    makes[Code.EXPIRED] = story.item(drug, past, "T101")
    makes[Code.RECALLED] = story.item(drug, good, "T102")
    makes[Code.SUSPECTED] = story.item(insulin, good, "T103")
    invented = makes.pop(Code.NOT_ISSUED)
    t = story.day(60)
    blocks = [_births(story, list(makes.values()), t)]
    at_depot = [*makes.values()]
    blocks += _handed_over(story, at_depot, t + DAY, MAKER, DEPOT)
    elsewhere = [makes[Code.WRONG_CUSTODIAN], makes[Code.CLONE_PROVEN], makes[Code.CUSTODY_BROKEN], makes[Code.SUSPECTED]]
    blocks += _handed_over(story, [i for i in at_depot if i not in elsewhere], t + 5 * DAY, DEPOT, HERE)
    blocks += _handed_over(story, [makes[Code.WRONG_CUSTODIAN]], t + 5 * DAY + 7200, DEPOT, "Pharmacie du Canal")
    blocks += _custody_broken(story, makes[Code.CUSTODY_BROKEN], t + 9 * DAY)
    blocks += _clone(story, makes[Code.CLONE_PROVEN], t + 12 * DAY)
    stolen_since, theft = _stolen(story, makes[Code.SUSPECTED], t + 15 * DAY)
    blocks += theft
    blocks += _endings(story, makes, t + 20 * DAY)
    return Plot((*_fates(makes, invented),), tuple(blocks), stolen_since)


def _fates(makes: dict[Code, Item], invented: Item) -> Sequence[Fate]:
    longer = makes[Code.BAD_SIGNATURE]
    return (
        Fate(Code.OK, makes[Code.OK], "made, shipped and received as it should be"),
        Fate(Code.STALE, makes[Code.STALE], "the same, scanned after 30 days without a network", timedelta(days=30)),
        Fate(Code.NOT_ISSUED, invented, "a serial that somebody invented"),
        Fate(Code.BAD_SIGNATURE, longer, "a genuine serial on a label that a forger signed"),
        Fate(Code.TAMPERED, makes[Code.TAMPERED], "a record on this laptop was edited"),
        Fate(Code.CUSTODY_BROKEN, makes[Code.CUSTODY_BROKEN], "a receipt dated a week before the shipment"),
        Fate(Code.WRONG_CUSTODIAN, makes[Code.WRONG_CUSTODIAN], "delivered to a shop in Paris, offered here"),
        Fate(Code.RECALLED, makes[Code.RECALLED], "its lot was recalled by the maker"),
        Fate(Code.QUARANTINED, makes[Code.QUARANTINED], "put in quarantine by the inspectorate"),
        Fate(Code.EXPIRED, makes[Code.EXPIRED], "expired five days ago"),
        Fate(Code.DECOMMISSIONED, makes[Code.DECOMMISSIONED], "sold a month ago, and here again"),
        Fate(Code.CLONE_PROVEN, makes[Code.CLONE_PROVEN], "received in Nairobi ten minutes ago, and here now"),
        Fate(Code.SUSPECTED, makes[Code.SUSPECTED], "shipped with a laptop that was reported stolen"),
        Fate(Code.UNREADABLE, Item(), "a parcel label that is no GS1 code"),
        Fate(Code.NO_EVIDENCE, makes[Code.NO_EVIDENCE], "the details of its journey never reached this laptop"),
    )


def _births(story: Story, items: Sequence[Item], t: int) -> Block:
    return story.block([story.draft(Verb.COMMISSION, MAKER, [item], t, product=PRODUCTS[0]) for item in items], t + 60)


def _handed_over(story: Story, items: Sequence[Item], t: int, by: str, to: str) -> list[Block]:
    arrival = t + 2 * DAY
    return [
        story.block([story.draft(Verb.SHIP, by, [item], t, to=to) for item in items], t + 60),
        story.block([story.draft(Verb.RECEIVE, to, [item], arrival) for item in items], arrival + 60),
    ]


def _custody_broken(story: Story, item: Item, t: int) -> list[Block]:
    """A receipt that claims to be older than the shipment it answers."""
    return [
        story.block([story.draft(Verb.SHIP, DEPOT, [item], t, to=HERE)], t + 60),
        story.block([story.draft(Verb.RECEIVE, HERE, [item], t - 7 * DAY)], t + 2 * DAY),
    ]


def _clone(story: Story, item: Item, t: int) -> list[Block]:
    """Honest all the way to Nairobi, where it is received minutes before its copy is scanned in Berlin."""
    arrived = int(story.now.timestamp()) - 600
    return [
        story.block([story.draft(Verb.SHIP, DEPOT, [item], t, to="Uhuru Chemist")], t + 60),
        story.block([story.draft(Verb.RECEIVE, "Uhuru Chemist", [item], arrived)], arrived + 30),
    ]


def _stolen(story: Story, item: Item, t: int) -> tuple[int, list[Block]]:
    """Shipped by the depot's second laptop, which is reported stolen a day later."""
    return t - DAY, [
        story.block([story.draft(Verb.SHIP, DEPOT, [item], t, to=HERE, device=STOLEN_DEVICE)], t + 60),
        story.block([story.draft(Verb.RECEIVE, HERE, [item], t + 2 * DAY)], t + 2 * DAY + 60),
    ]


def _endings(story: Story, makes: dict[Code, Item], t: int) -> list[Block]:
    sold = story.draft(Verb.DECOMMISSION, HERE, [makes[Code.DECOMMISSIONED]], t)
    held = story.draft(Verb.QUARANTINE, "Medicines Inspectorate", [makes[Code.QUARANTINED]], t)
    lot = Item(gtin=makes[Code.RECALLED].gtin, lot=makes[Code.RECALLED].lot)
    lot_id = encoding.unit_of(lot, encoding.prefix_code(prefix_of(MAKER)))
    recalled = story.draft(Verb.RECALL, MAKER, [], t, argument=lot_id)
    recalled = replace(recalled, event=replace(recalled.event, quantities=(Quantity(gs1.digital_link(lot)),)))
    return [story.block([sold, held, recalled], t + 60)]


def here() -> str:
    """The GLN of the shop whose station this is."""
    return glns(HERE)
