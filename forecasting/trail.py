"""A network's events made ready to look at: sorted by item and true time, placed on the map, tied to the groups they moved in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from forecasting import clocks
from forecasting.segments import Array, Ints, combine, number
from forecasting.tables import (
    COMMISSION,
    DESTROY,
    PACK,
    RECEIVE,
    RETURN,
    SCAN,
    SELL,
    SHIP,
    UNPACK,
    Events,
    Tables,
)

EARTH_KM = 6371.0088
HOUR, DAY = 3600.0, 86400.0
RANK = np.array([0, 1, 2, 4, 5, 3, 7, 8, 6, 9, 7, 3])  # among equal times: commission, pack, ship, observe, receive, ...
CUSTODY = (COMMISSION, PACK, SHIP, RECEIVE, UNPACK, SELL, RETURN, DESTROY)
RADIUS_KM = np.array([2.0, 5.0, 150.0, 30.0])  # site, gps, ip, not told
NOWHERE_KM = 25.0  # a party's own coordinates may be its head office's


def kilometres(lat1: Array, lon1: Array, lat2: Array, lon2: Array) -> Array:
    """Great-circle distance (haversine); NaN where a coordinate is."""
    p, q = np.radians(lat1), np.radians(lat2)
    h = np.sin((q - p) / 2) ** 2 + np.cos(p) * np.cos(q) * np.sin(np.radians(lon2 - lon1) / 2) ** 2
    found: Array = 2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(h, 0, 1)))
    return found


@dataclass(slots=True)
class Pairs:
    """Consecutive rows of one item, as row numbers of the trail."""

    first: Ints
    second: Ints
    item: Ints


class Trail:
    """Sorted events and what is known around them. Columns are aligned with `events`; everything is computed once."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        raw = tables.events
        timed = clocks.read(raw)
        usable = (raw.item >= 0) & ~np.isnan(timed.time)
        rank = RANK[np.where(raw.action >= 0, raw.action, len(RANK) - 1)]
        order = np.lexsort((rank, timed.time, raw.item))
        order = order[usable[order]]
        self.order = order
        self.events: Events = raw.take(order)
        self.live_between = clocks.live_between(raw, timed)[order]
        self.time = timed.time[order]
        self.error = timed.error[order]
        self.moved = timed.moved[order]
        self.lag = timed.lag[order]
        self.zone = timed.zone[order]
        self.item = self.events.item.astype(np.int64)
        self.size = tables.size
        self.action = self.events.action
        self.actor = self._actors()
        self.lat, self.lon, self.radius = self._places()
        self.custody_kinds: Ints | None = None
        self.route_steps: tuple[Ints, Ints, Array] | None = None

    def __len__(self) -> int:
        return len(self.item)

    def _actors(self) -> Ints:
        """Who acted; where that is empty, who sent or received by the note. A return is its sender's, whoever writes it down."""
        e = self.events
        actor = e.actor.astype(np.int64)
        sends = ((actor < 0) & np.isin(e.action, (SHIP, RETURN))) | ((e.action == RETURN) & (e.origin >= 0) & (actor == e.target))
        actor = np.where(sends, e.origin, actor)
        return np.where((actor < 0) & (e.action == RECEIVE), e.target, actor)

    def _places(self) -> tuple[Array, Array, Array]:
        e, parties = self.events, self.tables.parties
        told = ~np.isnan(e.lat) & ~np.isnan(e.lon)
        radius = RADIUS_KM[np.where(e.geo >= 0, e.geo, 3)]
        sited = (self.actor >= 0) & (e.channel != SCAN)
        who = np.maximum(self.actor, 0)
        if not len(parties.lat):
            return e.lat, e.lon, radius
        lat = np.where(told, e.lat, np.where(sited, parties.lat[who], np.nan))
        lon = np.where(told, e.lon, np.where(sited, parties.lon[who], np.nan))
        return lat, lon, np.where(told, radius, NOWHERE_KM)

    # ---- subsets ---------------------------------------------------------------------------------------------------------

    @cached_property
    def handled(self) -> Ints:
        """Rows of custody: those that say who holds the item."""
        fine = np.isin(self.action, CUSTODY) & (self.events.channel != SCAN) & (self.actor >= 0)
        return np.flatnonzero(fine)

    @cached_property
    def scans(self) -> Ints:
        """Rows of the scan channel, and verifications by nobody of the trade."""
        return np.flatnonzero((self.events.channel == SCAN) | ((self.action == 7) & (self.actor < 0)))

    @cached_property
    def located(self) -> Ints:
        """Rows with a place."""
        return np.flatnonzero(~np.isnan(self.lat) & ~np.isnan(self.lon))

    def pairs(self, rows: Ints) -> Pairs:
        """Consecutive ones of these rows (ascending) that are about one item."""
        same = self.item[rows[1:]] == self.item[rows[:-1]]
        return Pairs(rows[:-1][same], rows[1:][same], self.item[rows[1:]][same])

    @cached_property
    def hops(self) -> Pairs:
        """Consecutive rows of custody."""
        return self.pairs(self.handled)

    def km(self, pairs: Pairs) -> Array:
        """Distance between the rows of each pair, NaN where a place is unknown."""
        a, b = pairs.first, pairs.second
        return kilometres(self.lat[a], self.lon[a], self.lat[b], self.lon[b])

    # ---- groups ----------------------------------------------------------------------------------------------------------

    @cached_property
    def group(self) -> Ints:
        """The company a row moves in: its shipment, else its container, else -1."""
        e = self.events
        top = int(e.shipment.max()) + 1 if len(e.shipment) else 0
        return np.where(e.shipment >= 0, e.shipment, np.where(e.container >= 0, e.container.astype(np.int64) + top, -1)).astype(
            np.int64
        )

    @cached_property
    def evidence(self) -> Ints:
        """What counts as one piece of evidence: the company, or else the actor's day."""
        day = np.floor(self.time / DAY).astype(np.int64)
        alone = combine(self.actor, day) + int(self.group.max(initial=0)) + 1
        return number(np.where(self.group >= 0, self.group, alone))

    @cached_property
    def role(self) -> Ints:
        """The actor's role code per row, -1 unknown."""
        return self.of_party(self.tables.parties.role)

    @cached_property
    def country(self) -> Ints:
        """The actor's country code per row, -1 unknown."""
        return self.of_party(self.tables.parties.country)

    def of_party(self, column: Array | Ints) -> Ints:
        """A party column looked up for each row's actor, -1 where there is none."""
        if not len(column):
            return np.full(len(self), -1, np.int64)
        return np.where(self.actor >= 0, column[np.maximum(self.actor, 0)], -1).astype(np.int64)

    @cached_property
    def product(self) -> Ints:
        """The item's product: the one told most often first."""
        return self._told(self.events.product)

    @cached_property
    def batch(self) -> Ints:
        """The item's batch."""
        return self._told(self.events.batch)

    def _told(self, column: Ints) -> Ints:
        found = np.full(self.size, -1, np.int64)
        rows = np.flatnonzero(column >= 0)[::-1]
        found[self.item[rows]] = column[rows]
        return found

    @cached_property
    def start(self) -> Ints:
        """First row of each item, and one past the last."""
        sizes = np.bincount(self.item, minlength=self.size)
        return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)

    @cached_property
    def ended(self) -> float:
        """The newest time in the tables."""
        return float(np.nanmax(self.time)) if len(self) else 0.0
