"""A journey as the detector reads it: reads with a place, a claimed time and how far that time can be off. Judges nothing.

A read's time is as good as its clock. Three harmless causes are settled here, before anything is called impossible: dates
without a time of day, clocks in another time zone, and devices whose every record is off by the same amount.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import asin, cos, isfinite, radians, sin, sqrt
from statistics import median

from chain.journey import Journey, Place, Step, Verb

EARTH_KM = 6371.0088  # mean radius, IUGG
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
LIVE = 15 * MINUTE  # recorded this soon after the claimed time, the clock was right
LARGEST_ZONE = 14 * HOUR  # UTC-12 to UTC+14: no zone is further from UTC than this
ZONE_STEP = 15 * MINUTE  # Nepal's and Chatham's offsets are odd quarters
REMOTE = frozenset((Verb.RECALL, Verb.LIFT, Verb.CORRECT, Verb.QUARANTINE, Verb.RELEASE))  # need not stand beside the item


def distance_km(a: Place | None, b: Place | None) -> float | None:
    """Great-circle distance (haversine), None where a coordinate is unknown or is none."""
    if a is None or b is None or a.lat is None or a.lon is None or b.lat is None or b.lon is None:
        return None
    if not (abs(a.lat) <= 90 and abs(b.lat) <= 90 and isfinite(a.lon) and isfinite(b.lon)):
        return None
    lat1, lon1, lat2, lon2 = map(radians, (a.lat, a.lon, b.lat, b.lon))
    h = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(min(1.0, h)))


def is_zone(seconds: float, near: float = 3 * MINUTE) -> bool:
    """Whether an offset is what a wrong time zone makes: a quarter of an hour's multiple, at least half an hour, at most 14 h."""
    size = abs(seconds)
    off = abs(size - round(size / ZONE_STEP) * ZONE_STEP)
    return 2 * ZONE_STEP - near <= size <= LARGEST_ZONE + near and off <= near


@dataclass(frozen=True, slots=True)
class Read:
    """The item was here then, by somebody's clock. Times in unix seconds.

    `early` and `late` bound the true time by what is known of the clock alone; `zoned` bounds it if the clock may also have
    stood in a wrong time zone. A record's own time is an upper bound: nothing is recorded before it happens.
    """

    at: float
    early: float
    late: float
    place: Place | None
    who: str
    zoned: tuple[float, float]
    live: bool

    @property
    def where(self) -> str:
        """The place in words."""
        return self.place.name or self.place.gln if self.place else "an unknown place"


def lag(step: Step) -> float:
    """Seconds from the claimed time to the record's; negative where the claim is ahead of the record."""
    return float(step.entry.record_time - step.entry.event_time)


def device_offsets(steps: Sequence[Step]) -> dict[bytes, float]:
    """Devices whose clock is off by one amount in all of at least three records of this journey, and by how many seconds."""
    lags: dict[bytes, list[float]] = {}
    for step in steps:
        lags.setdefault(step.entry.device, []).append(lag(step))
    found = {}
    for device, own in lags.items():
        middle = median(own)
        if device and len(own) >= 3 and abs(middle) > LIVE and all(abs(one - middle) <= LIVE for one in own):
            found[device] = middle
    return found


def reads(journey: Journey) -> list[Read]:
    """The reads that stand beside the item, in the order of the log, each with the bounds of its true time."""
    steps = [step for step in journey.steps if step.entry.verb not in REMOTE]
    coarse = dated(steps)
    offsets = device_offsets(steps)
    return [_read(step, coarse, offsets.get(step.entry.device, 0.0)) for step in steps]


def dated(steps: Sequence[Step]) -> bool:
    """Whether the journey's times are dates: nearly all claimed at one second of the day, on more than one day."""
    clocks = [step.entry.event_time % 86400 for step in steps]
    days = {step.entry.event_time // 86400 for step in steps}
    if not clocks:
        return False
    commonest = max(clocks.count(clock) for clock in set(clocks))
    whole = all(clock % 3600 == 0 for clock in clocks)
    return commonest >= 0.8 * len(clocks) and (len(days) > 1 or len(clocks) > 1) and whole


def _read(step: Step, coarse: bool, offset: float) -> Read:
    entry = step.entry
    at = float(entry.event_time) + offset
    record = float(entry.record_time)
    live = not coarse and abs(record - at) <= LIVE
    error = DAY if coarse else LIVE
    early, late = at - error, min(at + error, max(record + LIVE, at - error))
    zoned = (early, late) if live else (early - LARGEST_ZONE, max(min(late + LARGEST_ZONE, record + LIVE), early))
    who = step.actor.name if step.actor else ""
    return Read(at, early, late, step.place, who, zoned, live)


def seen(sightings: Sequence[tuple[datetime, Place]]) -> list[Read]:
    """This laptop's own scans as reads, oldest first. Its clock is trusted to minutes."""
    found = []
    for at, place in sightings:
        t = at.timestamp()
        bounds = (t - LIVE, t + LIVE)
        found.append(Read(t, *bounds, place, "this station", bounds, True))
    return sorted(found, key=lambda read: read.at)


def hops(told: Sequence[Read]) -> list[tuple[Read, Read, float]]:
    """Consecutive reads at places apart, with the kilometres between them; reads without coordinates are passed over."""
    located = [read for read in told if read.place is not None and read.place.lat is not None and read.place.lon is not None]
    found = []
    for first, second in pairwise(located):
        km = distance_km(first.place, second.place)
        if km is not None and km > 0:
            found.append((first, second, km))
    return found


def span(seconds: float) -> str:
    """A length of time in words: ``40 min``, ``5 h``, ``3 days``."""
    size = abs(seconds)
    if size < 90 * MINUTE:
        return f"{size / MINUTE:.0f} min"
    if size < 2 * DAY:
        return f"{size / HOUR:.0f} h"
    return f"{size / DAY:,.0f} days"
