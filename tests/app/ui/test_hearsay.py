"""What imported events say, beside the steps of the log."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.ui import hearsay, story
from chain.journey import Claim, Event, Journey, Quantity
from tests.app.ui.world import ALBA, BASEL, CHEMIST, HAMBURG, HARBOUR, ITEM, NAIROBI, NOON, journey_of

LINK = f"https://id.gs1.org/01/{ITEM.gtin}/21/{ITEM.serial}"
CASE = "https://id.gs1.org/00/195210000100000017"


def claim(kind: str = "ObjectEvent", action: str = "OBSERVE", days: float = 0, **said: Any) -> Claim:
    event = Event("urn:uuid:1", kind, action, NOON + timedelta(days=days), epcs=(LINK,), read_point="9521000000019")
    about = {name: said.pop(name) for name in ("actor", "counterparty", "place", "wrong") if name in said}
    return Claim(replace(event, **said), "ni:///", "partner.xml", **about)


@pytest.mark.parametrize(
    ("told", "title", "icon"),
    [
        (claim(action="ADD", biz_step="commissioning"), "Issued", "factory"),
        (claim(biz_step="shipping", counterparty=HARBOUR), "Shipped to Harbour Warehouse", "truck"),
        (claim(biz_step="shipping"), "Shipped", "truck"),
        (claim(biz_step="receiving", counterparty=ALBA), "Received from Alba Pharma", "package-check"),
        (claim(biz_step="storing"), "Storing", "warehouse"),
        (claim(biz_step="staging_outbound"), "Staging outbound", "boxes"),
        (claim(biz_step="https://example.com/steps/re-tagging"), "Re tagging", "info"),
        (claim(), "Seen", "info"),
        (claim(sensor_elements=({"sensorReport": []},)), "Sensor readings recorded", "thermometer"),
        (claim("TransactionEvent"), "Tied to a business document", "info"),
        (claim(action="DELETE", biz_step="destroying"), "Taken out of use", "archive-x"),
        (claim("AggregationEvent", "ADD", parent_id=CASE), "Packed into 195210000100000017", "package"),
        (claim("AggregationEvent", "DELETE", parent_id=CASE), "Unpacked from 195210000100000017", "package-open"),
        (claim("AggregationEvent", "OBSERVE", parent_id=CASE), "Seen in 195210000100000017", "package"),
        (claim("AggregationEvent", "ADD", parent_id=LINK, epcs=(CASE, CASE)), "Filled with 2 items", "boxes"),
        (claim("AggregationEvent", "DELETE", parent_id=LINK, epcs=()), "Emptied", "boxes"),
        (claim("TransformationEvent", "", epcs=(), inputs=(LINK,), outputs=(CASE,)), "Made into another good", "archive-x"),
        (
            claim("TransformationEvent", "", epcs=(), outputs=(LINK,), inputs=(CASE,), input_quantities=(Quantity("x"),)),
            "Made of 2 other goods",
            "factory",
        ),
    ],
)
def test_each_kind_of_event_has_a_title(told: Claim, title: str, icon: str) -> None:
    found = hearsay.tell(told, ITEM)
    assert (found.title, found.icon) == (title, icon)


def test_claims_stand_at_their_time_among_the_steps_and_name_their_file() -> None:
    journey = journey_of()
    told = claim(days=-45, biz_step="storing", place=NAIROBI, actor=CHEMIST)
    found = story.tell(replace(journey, claims=(told,)))
    assert len(found.stops) == len(journey.steps) + 1
    (place,) = [row for row, stop in enumerate(found.stops) if stop.source]
    assert found.stops[place - 1].happened <= told.event.event_time <= found.stops[place + 1].happened
    assert (found.stops[place].who, found.stops[place].source, found.claims) == ("Uhuru Chemist", "partner.xml", 1)


def test_legs_that_only_a_file_tells_are_not_sure() -> None:
    claims = (claim(place=BASEL), claim(days=1, place=HAMBURG), claim(days=2, place=NAIROBI))
    found = story.tell(Journey(ITEM, (), claims))
    assert [leg.sure for leg in found.legs] == [False, False]
    assert found.last_site is not None
    assert found.last_site.name == NAIROBI.name


def test_what_was_declared_wrong_moves_nothing() -> None:
    claims = (claim(place=BASEL), claim("AggregationEvent", "ADD", days=1, parent_id=CASE, place=HAMBURG, wrong=True))
    found = story.tell(Journey(ITEM, (), claims))
    assert (found.legs, found.stops[1].inside, found.stops[1].remark) == ((), (), "Declared to be wrong")


def test_a_claim_without_a_place_is_listed_without_a_pin() -> None:
    found = story.tell(Journey(ITEM, (), (claim(), claim(days=1, place=replace(BASEL, lat=None, lon=None)))))
    assert [stop.site for stop in found.stops] == [0, 0]
    assert [stop.lost for stop in found.stops] == [True, True]
    assert found.stops[0].where == "Place not known"
