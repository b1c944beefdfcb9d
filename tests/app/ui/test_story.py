"""A journey told for people."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from app.ui import story
from chain.journey import Entry, Event, Journey, Party, Place, Receipt, Step, Verb
from tests.app.ui.world import ALBA, BASEL, HAMBURG, HARBOUR, ITEM, NORTHWIND, ROTTERDAM, journey_of, step

CASE, PALLET = "195210000100000017", "195210000100000024"


def test_a_journey_has_stops_sites_and_legs() -> None:
    told = story.tell(journey_of())
    assert [stop.title for stop in told.stops[:5]] == [
        "Issued", f"Packed into {CASE}", f"Packed into {PALLET}", "Shipped to Northwind Logistics", "Received from Alba Pharma",
    ]  # fmt: skip
    assert [site.number for site in told.sites] == [1, 2, 3, 4]
    assert [(leg.start.number, leg.end.number) for leg in told.legs] == [(1, 2), (2, 3), (3, 4)]
    assert told.summary() == "13 steps  ·  4 places  ·  4 Mar 2026 – 28 Apr 2026"


def test_containers_are_told_from_the_outside_in_until_they_are_opened() -> None:
    inside = [stop.inside for stop in story.tell(journey_of()).stops]
    assert inside[0] == ()
    assert inside[1] == (CASE,)
    assert inside[3] == (PALLET, CASE)
    assert inside[8] == (PALLET, CASE)  # opened in this step
    assert inside[9] == (CASE,)
    assert inside[10] == ()


def test_a_step_nobody_placed_is_said() -> None:
    told = story.tell(journey_of())
    assert told.stops[5].where == "Place not known"
    assert told.lost == 1
    nowhere = Place("1", "Depot", None, None, "DE")
    assert story.tell(Journey(ITEM, (step(Verb.SHIP, ALBA, nowhere, 1),))).stops[0].where == "Depot, DE (not on the map)"


def test_a_leg_over_an_unknown_place_is_unsure() -> None:
    way = (step(Verb.COMMISSION, ALBA, BASEL, 0), step(Verb.RECEIVE, NORTHWIND, None, 1), step(Verb.RECEIVE, HARBOUR, HAMBURG, 2))
    assert [leg.sure for leg in story.tell(Journey(ITEM, way)).legs] == [False]


def test_a_recall_does_not_move_the_goods() -> None:
    told = story.tell(journey_of())
    assert told.stops[-1].title == "Recalled"
    assert told.stops[-1].grave
    assert told.last_site is not None
    assert told.last_site.name == "Uhuru Chemist, Nairobi"
    office = Place("77", "Inspectorate", 50.85, 4.35)
    away = story.tell(Journey(ITEM, (step(Verb.COMMISSION, ALBA, BASEL, 0), step(Verb.QUARANTINE, HARBOUR, office, 1))))
    assert [site.name for site in away.sites] == [BASEL.name]
    assert away.lost == 0


def test_late_and_early_records_are_remarked() -> None:
    late, early = step(Verb.SHIP, ALBA, BASEL, 1, late=4.5), step(Verb.SHIP, ALBA, BASEL, 1, late=-1)
    told = story.tell(Journey(ITEM, (late, early)))
    assert [stop.remark for stop in told.stops] == ["Recorded 4 days later", "Its time lies after its record"]


def test_how_a_receipt_ended_is_said() -> None:
    one = step(Verb.RECEIVE, NORTHWIND, ROTTERDAM, 1, to=ALBA)
    damaged = replace(one, entry=replace(one.entry, argument=int(Receipt.DAMAGED).to_bytes(32, "big")))
    assert story.tell(Journey(ITEM, (damaged,))).stops[0].title == "Received from Alba Pharma (damaged)"


def test_where_a_receipt_names_nobody_the_shipment_before_it_does() -> None:
    way = (step(Verb.SHIP, ALBA, BASEL, 0, to=NORTHWIND), step(Verb.RECEIVE, NORTHWIND, ROTTERDAM, 1))
    assert story.tell(Journey(ITEM, way)).stops[1].title == "Received from Alba Pharma"


def test_unknown_parties_are_numbers() -> None:
    one = step(Verb.SHIP, ALBA, BASEL, 1)
    stop = story.tell(Journey(ITEM, (replace(one, actor=None),))).stops[0]
    assert (stop.title, stop.who) == ("Shipped", "Organisation 1")


parties = st.none() | st.builds(Party, st.text(max_size=5), st.text(max_size=9))
places = st.none() | st.builds(
    Place, st.text(max_size=3), st.text(max_size=9), st.none() | st.floats(), st.none() | st.floats(), st.text(max_size=2)
)
entries = st.builds(
    Entry, st.integers(0, 9), st.sampled_from(Verb), st.integers(0, 9), st.binary(max_size=20), st.integers(0, 9),
    st.integers(0, 2**64), st.integers(0, 2**64), st.binary(max_size=32), st.binary(max_size=32),
    st.lists(st.sampled_from([b"a", b"b", b"c"]), max_size=3).map(tuple), st.integers(0, 9),
)  # fmt: skip
events = st.none() | st.builds(
    Event, st.just("urn:uuid:1"), st.just("ObjectEvent"), st.just("ADD"), st.just(datetime(2026, 1, 1, tzinfo=UTC)),
    parent_id=st.text(max_size=20) | st.just(f"https://id.gs1.org/00/{CASE}"),
)  # fmt: skip


@given(st.lists(st.builds(Step, entries, events, parties, parties, places), max_size=12))
def test_any_journey_has_a_story(steps: list[Step]) -> None:
    told = story.tell(Journey(ITEM, tuple(steps)))
    assert len(told.stops) == len(steps)
    assert all(0 <= stop.site <= len(told.sites) for stop in told.stops)
    assert all(abs(site.lat) <= 90 and abs(site.lon) <= 180 for site in told.sites)
    assert told.summary()
