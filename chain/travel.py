"""Two sightings of one thing that no vehicle could join: the only proof of a copied label that needs no statistics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt

from chain.journey import Place

EARTH_KM = 6371.0088  # mean radius, IUGG
FASTEST_KMH = 1000.0  # above any airliner's ground speed over a whole trip
NEAR_KM = 100.0  # below this, two sites' coordinates and a station's own place may be one
SLACK = timedelta(minutes=30)  # both clocks' errors together


@dataclass(frozen=True, slots=True)
class Sighting:
    """The thing was here then: time (aware UTC, from a clock that can be trusted to minutes) and place."""

    at: datetime
    place: Place


def distance_km(a: Place, b: Place) -> float | None:
    """Great-circle distance (haversine), None where a coordinate is unknown or is none on Earth."""
    here, there = _coordinates(a), _coordinates(b)
    return None if here is None or there is None else _haversine(here, there)


def _coordinates(place: Place) -> tuple[float, float] | None:
    lat, lon = place.lat, place.lon
    return (lat, lon) if lat is not None and lon is not None and -90 <= lat <= 90 and -180 <= lon <= 180 else None


def _haversine(a: tuple[float, float], b: tuple[float, float]) -> float:
    lat1, lon1, lat2, lon2 = map(radians, (*a, *b))
    h = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(min(1.0, h)))


def contradiction(chain: Sequence[Sighting], local: Sequence[Sighting]) -> str:
    """One sentence that names two impossible sightings, or "" where there are none.

    A sighting at an unknown place is left out, so that it cannot stand between two that contradict each other.
    """
    located = [(s, at) for s in (*chain, *local) if (at := _coordinates(s.place)) is not None]
    for (first, here), (second, there) in pairwise(sorted(located, key=lambda pair: pair[0].at)):
        km = _haversine(here, there)
        if km < NEAR_KM:
            continue
        hours = (second.at - first.at + SLACK).total_seconds() / 3600
        if km / hours > FASTEST_KMH:
            minutes = int((second.at - first.at).total_seconds() // 60)
            return (
                f"This code was seen in {first.place.name} and {minutes} minutes later in {second.place.name}, {km:,.0f} km away:"
                " there are two things with this code, and one is a copy."
            )
    return ""
