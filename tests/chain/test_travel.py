"""Two places, two times: what no vehicle joins is two things; what is not known accuses nobody and hides nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.journey import Place
from chain.travel import EARTH_KM, Sighting, contradiction, distance_km

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
BERLIN = Place("1", "Berlin", 52.52, 13.405)
NAIROBI = Place("2", "Nairobi", -1.2921, 36.8219)
POTSDAM = Place("3", "Potsdam", 52.39, 13.06)
NOWHERE = Place("4", "Nowhere")
places = st.builds(
    Place, st.just(""), st.text(max_size=3), *(st.none() | st.floats(-400, 400) | st.just(float("nan")) for _ in "ab")
)
sightings = st.lists(st.builds(Sighting, st.datetimes(timezones=st.just(UTC)), places), max_size=6)


def seen(place: Place, minutes: float) -> Sighting:
    return Sighting(NOON + timedelta(minutes=minutes), place)


def test_a_known_distance() -> None:
    assert distance_km(BERLIN, NAIROBI) == pytest.approx(6370, abs=15)
    assert distance_km(Place("", "", 0, 0), Place("", "", 0, 180)) == pytest.approx(EARTH_KM * 3.14159265, rel=1e-6)
    assert distance_km(BERLIN, NOWHERE) is None


@pytest.mark.parametrize("lat", [91.0, float("nan"), float("inf")])
def test_a_place_that_is_not_on_earth_is_unknown(lat: float) -> None:
    assert distance_km(BERLIN, Place("", "", lat, 0)) is None
    assert distance_km(Place("", "", 0, lat * 2), BERLIN) is None


@pytest.mark.parametrize(("minutes", "proven"), [(10, True), (340, True), (353, False), (900, False)])
def test_only_what_is_faster_than_anything_is_a_copy(minutes: float, proven: bool) -> None:
    assert bool(contradiction([seen(NAIROBI, 0)], [seen(BERLIN, minutes)])) is proven
    assert bool(contradiction([seen(BERLIN, minutes)], [seen(NAIROBI, 0)])) is proven


def test_neighbours_are_one_place() -> None:
    assert contradiction([seen(BERLIN, 0)], [seen(POTSDAM, 0)]) == ""


def test_an_unknown_place_between_two_hides_nothing() -> None:
    found = contradiction([seen(NAIROBI, 0), seen(NOWHERE, 5)], [seen(BERLIN, 10)])
    assert found.startswith("This code was seen in Nairobi and 10 minutes later in Berlin, 6,3")


@given(sightings, sightings)
def test_any_sightings_give_a_sentence_or_none(chain: list[Sighting], local: list[Sighting]) -> None:
    assert isinstance(contradiction(chain, local), str)
