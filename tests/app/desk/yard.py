"""A small real world around one shop: goods on their way to it, goods that it has, goods it never gets; on the embedded chain."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.demo.cast import MEMBERS, PLACES, PRODUCTS, case_of, glns, prefix_of
from app.demo.story import Story
from app.network import Network
from app.recorder import Draft, Recorder
from app.station import Station
from app.sync import pull
from chain import encoding
from chain.journey import Item, Verb

MAKER, HERE, OTHER = "Alba Pharma", "Linden Pharmacy", "Pharmacie du Canal"
DRUG = PRODUCTS[0]
NOTHING = Item()


@dataclass
class Yard:
    """Names of what is where."""

    coming: list[Item] = field(default_factory=list)
    """Six loose pieces of lot L1, shipped here."""
    other_lot: Item = NOTHING
    """One of lot L2, shipped here."""
    recalled: Item = NOTHING
    """One of the recalled lot LR, shipped here."""
    case: Item = NOTHING
    """A case, shipped here, with `boxed` (four of lot L1) in it."""
    boxed: list[Item] = field(default_factory=list)
    recalled_case: Item = NOTHING
    """A case, shipped here, with two of the recalled lot in it."""
    stock: list[Item] = field(default_factory=list)
    """Eight loose pieces of lot L3 that are here."""
    stock_case: Item = NOTHING
    """A case that is here, with `stock_boxed` (three of lot L3) in it."""
    stock_boxed: list[Item] = field(default_factory=list)
    away: list[Item] = field(default_factory=list)
    """Two pieces that the maker still has."""
    bought: list[Item] = field(default_factory=list)
    """Two pieces of the recalled lot that are here."""


def describe(story: Story) -> tuple[Yard, list[tuple[str, list[Item]]]]:
    """The yard's names, the same each time, and its lots."""
    good = (story.now + timedelta(days=300)).date()

    def some(count: int, lot: str) -> list[Item]:
        return [story.item(DRUG, good, lot) for _ in range(count)]

    yard = Yard(
        coming=some(6, "L1"), other_lot=some(1, "L2")[0], recalled=some(1, "LR")[0], case=case_of(MAKER, 901),
        boxed=some(4, "L1"),
        recalled_case=case_of(MAKER, 902), stock=some(8, "L3"), stock_case=case_of(MAKER, 903), stock_boxed=some(3, "L3"),
        away=some(2, "L1"), bought=some(2, "LR"),
    )  # fmt: skip
    in_recalled_case = some(2, "LR")
    boxes = [
        (yard.case.key, yard.boxed),
        (yard.recalled_case.key, in_recalled_case),
        (yard.stock_case.key, yard.stock_boxed),
    ]
    return yard, boxes


def found(profile: Path, now: datetime) -> None:
    """Make the world in a new profile."""
    story = Story(now)
    yard, boxes = describe(story)
    with Station.open(profile) as station:
        network = Network.embedded_in(profile, founded_at=story.first - 3600)
        station.join(network)
        with station.store.transaction():
            station.store.goods.add_places(PLACES)
        recorder = Recorder(network.ledger, station.store, network.keys)
        recorder.enrol(MEMBERS, at=story.first)
        at = int((now - timedelta(days=3)).timestamp())
        for hours, drafts in enumerate(_days(story, yard, boxes, at)):
            recorder.record(drafts, at=at + 600 * hours)
        network.heartbeat(0)
        pull(station.store, network.ledger, network.trust)
        station.save(here=glns(HERE))


def _days(story: Story, yard: Yard, boxes: list[tuple[str, list[Item]]], at: int) -> list[list[Draft]]:
    cases = {one.key: one for one in (yard.case, yard.recalled_case, yard.stock_case)}
    every = [*yard.coming, yard.other_lot, yard.recalled, *yard.stock, *yard.away, *yard.bought]
    every += [item for _, inside in boxes for item in inside]
    lot = Item(gtin=DRUG.gtin, lot="LR")
    lot_id = encoding.unit_of(lot, encoding.prefix_code(prefix_of(MAKER)))
    mine = [*yard.stock, *yard.bought, yard.stock_case]
    coming = [*yard.coming, yard.other_lot, yard.recalled, yard.case, yard.recalled_case]
    return [
        [story.draft(Verb.COMMISSION, MAKER, every, at, product=DRUG)],
        [story.draft(Verb.COMMISSION, MAKER, list(cases.values()), at)],
        [story.draft(Verb.PACK, MAKER, [cases[key], *inside], at) for key, inside in boxes],
        [story.draft(Verb.SHIP, MAKER, mine, at, to=HERE), story.draft(Verb.SHIP, MAKER, coming, at, to=HERE)],
        [story.draft(Verb.RECEIVE, HERE, mine, at + 3000)],
        [story.draft(Verb.RECALL, MAKER, [], at + 3600, argument=lot_id)],
    ]


def names(now: datetime) -> Yard:
    """The yard of a world that was founded at that time."""
    return describe(Story(now))[0]


def today() -> datetime:
    """Now, without fractions."""
    return datetime.now(UTC).replace(microsecond=0)
