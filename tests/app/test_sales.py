"""What was sold, out of a real log on the embedded chain: netted, without copies and quarantine, and only what is proven."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from app import sales
from app.demo.cast import PRODUCTS, glns
from app.demo.sales import OUT, SHOPS, Year
from app.demo.story import Story
from app.network import Network
from app.recorder import Draft, Member, Recorder
from app.station import Station
from app.sync import pull
from chain.errors import BadInput
from chain.journey import Event, Item, Party, Quantity, Role, Verb
from tests.app import deliveries

GTIN = deliveries.GTIN
MAKER = Party(deliveries.MAKER, "Alba", roles=Role.ISSUER)
SHOP = Party(deliveries.SHOP, "Linden", roles=Role.RETAILER)
CUSTOMER = Party(glns("Uhuru Chemist"), "Uhuru", roles=Role.RETAILER)
FIRST = datetime(2025, 1, 6, 9, tzinfo=UTC)
Say = Callable[..., None]


def item(serial: str) -> Item:
    return Item(gtin=PRODUCTS[1].gtin if serial == "tray" else GTIN, serial=serial, expiry=date(2026, 1, 1))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[tuple[Station, Say]]:
    """A new network with a maker, a shop and a customer; call the second to record an event `days` after the first."""
    with Station.open(tmp_path / "profile") as station:
        network = Network.embedded_in(tmp_path / "profile", founded_at=int(FIRST.timestamp()) - 7200)
        station.join(network)
        recorder = Recorder(network.ledger, station.store, network.keys)
        recorder.enrol((Member(MAKER, ("952100001",)), Member(SHOP), Member(CUSTOMER)), at=int(FIRST.timestamp()) - 3600)
        told = iter(range(1_000))

        def say(
            verb: Verb, by: Party, serials: Sequence[str], days: float, *, to: Party | None = None, step: str = "",
            disposition: str = "", goods: float = 0,
        ) -> None:  # fmt: skip
            at = FIRST + timedelta(days=days)
            event = Event(
                f"urn:test:{next(told)}", "ObjectEvent", "OBSERVE", at, "+02:00", biz_step=step, disposition=disposition,
                epcs=tuple(item(one).key for one in serials),
                quantities=(Quantity(f"https://id.gs1.org/01/{GTIN}", goods),) if goods else (),
            )  # fmt: skip
            units = tuple(item(one) for one in serials)
            draft = Draft(verb, by.gln, event, units, to.gln if to else "", product="Cardiol")
            recorder.record([draft], at=int(at.timestamp()) + 60)
            pull(station.store, network.ledger, network.trust)

        yield station, say


def test_sold_shipped_returned_and_quarantined_units(shop: tuple[Station, Say]) -> None:
    station, say = shop
    say(Verb.COMMISSION, MAKER, ["A", "B", "C", "D", "E", "F"], 0)
    say(Verb.SHIP, MAKER, ["A", "B", "C", "D", "E", "F"], 1, to=SHOP)
    say(Verb.RECEIVE, SHOP, ["A", "B", "C", "D", "E", "F"], 3.5)
    say(Verb.DECOMMISSION, SHOP, ["A"], 4, step="retail_selling", disposition="retail_sold")
    say(Verb.DECOMMISSION, SHOP, ["B"], 5, step="destroying", disposition="destroyed")
    say(Verb.SHIP, SHOP, ["C", "D"], 6, to=CUSTOMER)
    say(Verb.RECEIVE, CUSTOMER, ["C", "D"], 7)
    say(Verb.SHIP, CUSTOMER, ["D"], 8, to=SHOP)
    say(Verb.RECEIVE, SHOP, ["D"], 9)
    say(Verb.QUARANTINE, SHOP, ["E"], 10)
    say(Verb.COMMISSION, MAKER, ["late"], 12)
    found = sales.collect(station.store, [SHOP.gln])
    (series,) = found.series
    assert series.unique_id == f"{GTIN}@{SHOP.gln}"
    sold = {series.day(i): value for i, value in enumerate(series.values) if value > 0}
    assert sold == {date(2025, 1, 10): 1.0, date(2025, 1, 12): 1.0}  # one over the counter, one of two to the customer
    assert (series.stock, series.blocked) == (2.0, 1.0)  # D and F; E may not be sold
    assert found.left_out == {"that came back": 1, "in quarantine or recalled": 1}
    assert series.ends == ((date(2026, 1, 1), 2.0),)
    assert series.life == (date(2026, 1, 1) - date(2025, 1, 9)).days
    assert next((trip.origin, trip.target, round(trip.received - trip.shipped)) for trip in found.trips) == (
        MAKER.gln, SHOP.gln, round(2.5 * 86_400),
    )  # fmt: skip
    days, spread, trips = sales.lead_days(found, SHOP.gln)
    assert (round(days, 2), trips) == (1.75, 2)
    assert spread > 0
    assert found.products == {GTIN: "Cardiol"}


def test_a_quarantined_unit_that_was_sold_before_does_not_count(shop: tuple[Station, Say]) -> None:
    station, say = shop
    say(Verb.COMMISSION, MAKER, ["A", "B"], 0)
    say(Verb.SHIP, MAKER, ["A", "B"], 1, to=SHOP)
    say(Verb.RECEIVE, SHOP, ["A", "B"], 2)
    say(Verb.SHIP, SHOP, ["A", "B"], 3, to=CUSTOMER)
    say(Verb.RECEIVE, CUSTOMER, ["A", "B"], 4)
    say(Verb.QUARANTINE, CUSTOMER, ["A"], 5)
    (series,) = sales.collect(station.store, [SHOP.gln]).series
    assert np.nansum(series.values) == 1.0


def test_goods_by_class_are_counted_and_their_days_without_stock_are_unknown(shop: tuple[Station, Say]) -> None:
    station, say = shop
    say(Verb.COMMISSION, MAKER, ["tray"], 0)
    say(Verb.SHIP, MAKER, ["tray"], 0.1, to=SHOP)
    say(Verb.RECEIVE, SHOP, ["tray"], 0.2)
    say(Verb.OBSERVE, SHOP, ["tray"], 0.3, step="receiving", goods=10)
    say(Verb.OBSERVE, SHOP, ["tray"], 1, step="retail_selling", disposition="retail_sold", goods=8)
    say(Verb.OBSERVE, SHOP, ["tray"], 2, step="receiving", disposition="returned", goods=1)
    say(Verb.OBSERVE, SHOP, ["tray"], 3, step="retail_selling", disposition="retail_sold", goods=3)
    say(Verb.OBSERVE, SHOP, ["tray"], 3.2, step="stock_taking", goods=0.0)
    say(Verb.OBSERVE, SHOP, ["tray"], 6, step="stock_taking", goods=9)
    say(Verb.OBSERVE, SHOP, ["tray"], 7.6, step="retail_selling", disposition="retail_sold", goods=2)  # 00:24 at +02:00 next day
    say(Verb.OBSERVE, SHOP, ["tray"], 9, step="inspecting")
    (series,) = sales.collect(station.store, [SHOP.gln]).series
    values = dict(zip((series.day(i).day for i in range(len(series.values))), series.values.tolist(), strict=True))
    assert values[7] == 8.0
    assert values[9] == 3.0
    assert values[14] == 2.0
    assert values[13] == 0.0
    assert series.empty == 2
    assert np.isnan([values[10], values[11]]).all()


def test_the_year_of_the_sample_world_comes_back_as_it_was_told(sample_world: Path) -> None:
    with Station.open(sample_world, offline=True) as station:
        found = station.sales()
        now = datetime.fromisoformat(str(station.store.goods.setting("demo_now")))
    told: dict[tuple[str, str], float] = {}
    for block in Year(Story(now)).blocks():
        for draft in block.drafts:
            if draft.event.biz_step == "retail_selling":
                for product, one in zip(PRODUCTS, draft.event.quantities, strict=True):
                    key = product.gtin, draft.party
                    told[key] = told.get(key, 0.0) + float(one.amount or 0)
    assert {(one.gtin, one.site) for one in found.series} == set(told)
    units = 0.0
    for one in found.series:
        units += np.nansum(one.values) - told[one.gtin, one.site]
        assert one.closed >= 51  # Sundays
        assert len(one.values) >= 360
    assert 30 <= units <= 80  # what was sold unit by unit beside the till's year
    (dry,) = [one for one in found.series if one.empty > 5]
    assert (dry.gtin, dry.site) == (PRODUCTS[OUT].gtin, glns(SHOPS[0]))
    assert found.proven > 600
    assert found.left_out["with a record changed here"] == 1
    assert len(found.trips) > 20


def test_details_that_are_not_what_was_committed_to_do_not_count(world: Path) -> None:
    with Station.open(world, offline=True) as station:
        before = sum(np.nansum(one.values) for one in station.sales().series)
    database = sqlite3.connect(world / "wayproof.sqlite")
    with database:
        changed = database.execute(
            "update details set fields = cast(replace(cast(fields as text), '\"quantity\":', '\"quantity\":9') as blob)"
            " where cast(fields as text) like '%retail_selling%' and cast(fields as text) like '%quantityList%'"
        ).rowcount
    database.close()
    assert changed > 600
    with Station.open(world, offline=True) as station:
        after = sum(np.nansum(one.values) for one in station.sales().series)
    assert after < 0.05 * before  # what units sold one by one is still there


def test_reading_can_be_stopped_and_strangers_are_refused(sample_world: Path) -> None:
    def stop(what: str, done: int, total: int) -> None:
        raise BadInput("enough")

    with Station.open(sample_world, offline=True) as station:
        with pytest.raises(BadInput, match="enough"):
            station.sales(stop)
        with pytest.raises(BadInput, match="No party"):
            sales.collect(station.store, ["9521000099999"])
        assert sales.collect(station.store, []).series == ()
