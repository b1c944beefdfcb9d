"""Sentences with facts: what a person can look up in the records to see why an item was flagged. One teller per sign.

A teller looks at the item's own rows again; what it cannot find it does not tell. Nothing here changes a score.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np

from forecasting.families import custody, routes, travel
from forecasting.families.standing import banned
from forecasting.families.warmth import limits
from forecasting.journeys import span
from forecasting.segments import Array, Ints
from forecasting.tables import ACTIONS, COMMISSION, DESTROY, RECEIVE, RETURN, SCAN, SELL, SHIP
from forecasting.trail import HOUR, Pairs, Trail, kilometres


class Told:
    """One item, looked at closely: its rows in the order of time, and words for parties and places."""

    def __init__(self, trail: Trail, item: int) -> None:
        self.trail = trail
        self.item = item
        self.rows: Ints = np.arange(trail.start[item], trail.start[item + 1])
        self.held = self.rows[np.isin(self.rows, trail.handled)]

    def party(self, code: int) -> str:
        """A party in words."""
        return self.trail.tables.party_ids[code] if code >= 0 else "nobody named"

    def act(self, row: int) -> str:
        """What a row records: ``“receive” by P7``."""
        action = int(self.trail.action[row])
        return f"“{ACTIONS[action] if action >= 0 else 'record'}” by {self.party(int(self.trail.actor[row]))}"

    def where(self, row: int) -> str:
        """Where a row was read."""
        if self.trail.events.channel[row] == SCAN:
            return f"{self.trail.lat[row]:.1f}, {self.trail.lon[row]:.1f}"
        return self.party(int(self.trail.actor[row]))

    def day(self, seconds: float) -> str:
        """A date in words."""
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"

    def of(self, *actions: int) -> Ints:
        """Its handlings of some kinds."""
        return self.held[np.isin(self.trail.action[self.held], actions)]

    def name(self, kind: str, code: int) -> str:
        """A shipment's, device's or batch's id."""
        return self.trail.tables.name(kind, int(code))


Teller = Callable[[Told], str]


def journey(t: Told) -> str:
    """The fastest far move between two reads."""
    rows = t.rows[~np.isnan(t.trail.lat[t.rows]) & ~np.isnan(t.trail.lon[t.rows])]
    if len(rows) < 2:
        return ""
    pairs = Pairs(rows[:-1], rows[1:], np.zeros(len(rows) - 1, np.int64))
    km, hours = travel.effective(t.trail, pairs)
    k = int(np.argmax(km / np.maximum(hours, 0.3)))
    if km[k] < 30:
        return ""
    gap = float(t.trail.time[rows[k + 1]] - t.trail.time[rows[k]])
    far = float(t.trail.km(pairs)[k])
    a, b = int(rows[k]), int(rows[k + 1])
    if t.where(a) == t.where(b):
        return f"two reads by {t.where(a)}, {span(gap)} and {far:,.0f} km apart"
    return f"read at {t.where(b)} {span(gap)} after {t.where(a)}, {far:,.0f} km apart"


def hand_over(t: Told) -> str:
    """The break of custody that fits least."""
    hops = t.trail.hops
    first = np.searchsorted(hops.item, t.item, "left")
    last = np.searchsorted(hops.item, t.item, "right")
    kind = custody.kinds_of(t.trail)[first:last]
    names = [name for name, _ in custody.BREAKS]
    for wanted in (
        "after_end",
        "jump",
        "came_unsent",
        "acted_after_shipping",
        "astray",
        "late_birth",
        "again_received",
        "shipped_twice",
    ):
        hit = np.flatnonzero(kind == names.index(wanted))
        if len(hit):
            a, b = int(hops.first[first + hit[0]]), int(hops.second[first + hit[0]])
            gap = span(float(t.trail.time[b] - t.trail.time[a]))
            return f"{t.act(b)}, {gap} after {t.act(a)}: {custody.BREAKS[names.index(wanted)][1]}"
    return ""


def birth(t: Told) -> str:
    """No commissioning."""
    if len(t.of(COMMISSION)):
        return ""
    first = f"; first read {t.day(float(t.trail.time[t.rows[0]]))}, {t.act(int(t.rows[0]))}" if len(t.rows) else ""
    return f"no maker's commissioning of this serial is on record{first}"


def ends(t: Told) -> str:
    """Several sales, or handling after one."""
    rows = t.of(SELL, DESTROY)
    if len(rows) > 1:
        who = sorted({t.party(int(t.trail.actor[r])) for r in rows})
        return f"sold or destroyed {len(rows)} times, by {', '.join(who[:3])}"
    later = t.held[t.held > rows[0]] if len(rows) else rows
    later = later[t.trail.action[later] != RETURN]
    if len(later):
        return f"{t.act(later[0])} {span(float(t.trail.time[later[0]] - t.trail.time[rows[0]]))} after its {t.act(rows[0])}"
    return ""


def late_record(t: Told) -> str:
    """The record that is latest after its claim."""
    rows = t.rows[(t.trail.events.channel[t.rows] != SCAN) & ~np.isnan(t.trail.events.recorded[t.rows])]
    if not len(rows):
        return ""
    row = rows[int(np.argmax(t.trail.lag[rows]))]
    late = float(t.trail.lag[row])
    if late < 6 * HOUR:
        return ""
    between = int(np.expm1(t.trail.live_between[row]))
    also = f"; its device recorded {between} other reads live in between" if between else ""
    return f"the {t.act(row)} claims {t.day(float(t.trail.time[row]))} and was recorded {span(late)} later{also}"


def at_once(t: Told) -> str:
    """A history written within the hour."""
    rows = t.rows[(t.trail.events.channel[t.rows] != SCAN) & ~np.isnan(t.trail.events.recorded[t.rows])]
    if len(rows) < 3:
        return ""
    hour = np.floor(t.trail.events.recorded[rows] / HOUR)
    values, many = np.unique(hour, return_counts=True)
    k = int(np.argmax(many))
    claimed = t.trail.time[rows[hour == values[k]]]
    if many[k] < 3 or np.ptp(claimed) < 12 * HOUR:
        return ""
    return f"{many[k]} of its {len(rows)} records, claimed over {span(float(np.ptp(claimed)))}, were written within one hour"


def wrong_order(t: Told) -> str:
    """A receipt before its shipment, or an act before its receipt."""
    e = t.trail.events
    for ship in t.of(SHIP, RETURN):
        number = e.shipment[ship]
        came = [r for r in t.of(RECEIVE) if number >= 0 and e.shipment[r] == number]
        if came and t.trail.time[came[0]] < t.trail.time[ship] - HOUR:
            early = span(float(t.trail.time[ship] - t.trail.time[came[0]]))
            return f"{t.act(came[0])} {early} before the {t.act(ship)} on the same note"
    for came_row in t.of(RECEIVE):
        own = [
            r for r in t.held if t.trail.actor[r] == t.trail.actor[came_row] and r < came_row and t.trail.action[r] != COMMISSION
        ]
        if own and t.trail.time[own[0]] < t.trail.time[came_row] - HOUR:
            return f"{t.act(own[0])} {span(float(t.trail.time[came_row] - t.trail.time[own[0]]))} before it was received there"
    return ""


def stay(t: Told) -> str:
    """The longest wait between two handlings, beside its company's."""
    if len(t.held) < 2:
        return ""
    gaps = np.diff(t.trail.time[t.held])
    k = int(np.argmax(gaps))
    a, b = t.held[k], t.held[k + 1]
    text = f"{span(float(gaps[k]))} between the {t.act(a)} and the {t.act(b)}"
    group = t.trail.group[a]
    if group >= 0:
        hops = t.trail.hops
        same = (t.trail.group[hops.first] == group) & (t.trail.action[hops.first] == t.trail.action[a]) & (hops.item != t.item)
        if same.sum() >= 2:
            usual = float(np.median(t.trail.time[hops.second[same]] - t.trail.time[hops.first[same]]))
            text += f"; its company took {span(usual)}"
    return text


def company(t: Told) -> str:
    """Where the others of its shipment went."""
    hops = t.trail.hops
    for ship in t.of(SHIP, RETURN):
        group = t.trail.group[ship]
        same = (t.trail.group[hops.first] == group) & (t.trail.action[hops.first] == t.trail.action[ship])
        if group < 0 or same.sum() < 3:
            continue
        after, item = t.trail.actor[hops.second[same]], hops.item[same]
        own, others = after[item == t.item], after[item != t.item]
        if len(own) and len(others):
            goal, many = np.unique(others, return_counts=True)
            most = int(goal[np.argmax(many)])
            if most != own[0] and many.max() >= 0.6 * len(others):
                return (
                    f"{many.max()} of the {len(others)} others it was shipped with went on to {t.party(most)},"
                    f" this one to {t.party(int(own[0]))}"
                )
    return ""


def lane(t: Told) -> str:
    """Its least likely step from party to party."""
    a, b, unlikely = routes.steps(t.trail)
    own = np.flatnonzero(t.trail.item[b] == t.item)
    if not len(own):
        return ""
    k = own[int(np.argmax(unlikely[own]))]
    if unlikely[k] < 3:
        return ""
    return (
        f"went from {t.party(int(t.trail.actor[a[k]]))} to {t.party(int(t.trail.actor[b[k]]))}, where hardly anything else goes"
    )


def permission(t: Told) -> str:
    """A party or country that may not."""
    parties, products = t.trail.tables.parties, t.trail.tables.products
    for row in t.held:
        who = int(t.trail.actor[row])
        if parties.authorised[who] == 0:
            return f"{t.act(row)}, which is not authorised"
        if t.trail.time[row] > parties.licence_to[who] or t.trail.time[row] < parties.licence_from[who]:
            return f"{t.act(row)}, whose licence did not run on {t.day(float(t.trail.time[row]))[:10]}"
    goods = int(t.trail.product[t.item])
    for row in t.held:
        who, land = int(t.trail.actor[row]), int(t.trail.country[row])
        wrong = bool(banned(t.trail, np.array([goods]), np.array([land]))[0]) and not products.importers[goods, who]
        if wrong and t.trail.action[row] in (RECEIVE, SELL):
            return f"{t.act(row)} in {t.trail.tables.countries[land]}, a country the product is not meant for"
    unknown = [row for row in t.held if parties.known.any() and not parties.known[int(t.trail.actor[row])]]
    return f"{t.act(unknown[0])}, who is not in the list of parties" if unknown else ""


def labels(t: Told) -> str:
    """Several batches or products under one serial."""
    e = t.trail.events
    told = [int(b) for b in dict.fromkeys(e.batch[t.rows].tolist()) if b >= 0]
    if len(told) > 1:
        return f"told as batch {t.name('batch', told[0])} first and as {t.name('batch', told[1])} later"
    goods = [int(p) for p in dict.fromkeys(e.product[t.rows].tolist()) if p >= 0]
    if len(goods) > 1:
        names = t.trail.tables.product_ids
        return f"told as product {names[goods[0]]} first and as {names[goods[1]]} later"
    return ""


def numbers(t: Told) -> str:
    """A note on which more came than was sent."""
    e, notes = t.trail.events, t.trail.tables.shipments
    for row in t.of(RECEIVE, SHIP):
        number = int(e.shipment[row])
        if number < 0:
            continue
        on = e.shipment == number
        came = len(np.unique(t.trail.item[on & (t.trail.action == RECEIVE)]))
        sent = len(np.unique(t.trail.item[on & (t.trail.action == SHIP)]))
        declared = notes.declared[number] if number < len(notes.declared) else np.nan
        if came > declared:
            return f"{came} units received on {t.name('shipment', number)}, {declared:.0f} declared"
        if sent and came > sent:
            return f"{came} units received on {t.name('shipment', number)}, {sent} shipped"
    return ""


def device(t: Told) -> str:
    """A reader used by another than its owner, or far from where it reads."""
    e = t.trail.events
    for row in t.rows:
        code = int(e.device[row])
        if code < 0 or e.channel[row] == SCAN:
            continue
        used = np.flatnonzero((e.device == code) & (e.channel != SCAN))
        who, many = np.unique(t.trail.actor[used], return_counts=True)
        owner = int(who[np.argmax(many)])
        if owner != t.trail.actor[row] and many.max() > 0.6 * len(used):
            return f"{t.act(row)} with {t.name('device', code)}, a reader of {t.party(owner)}"
        used = used[~np.isnan(t.trail.lat[used]) & ~np.isnan(t.trail.lon[used])]
        if len(used) < 5:
            continue
        lat, lon = np.median(t.trail.lat[used]), np.median(t.trail.lon[used])
        km = float(kilometres(t.trail.lat[row], t.trail.lon[row], lat, lon))
        if km > 60:
            return f"{t.act(row)} was read {km:,.0f} km from where {t.name('device', code)} usually reads"
    return ""


def phones(t: Told) -> str:
    """Many phones, or scans far from where it was."""
    rows = t.rows[np.isin(t.rows, t.trail.scans)]
    if not len(rows):
        return ""
    many = len(np.unique(t.trail.events.device[rows]))
    place = rows[~np.isnan(t.trail.lat[rows])]
    wide = 0.0
    if len(place) > 1:
        wide = float(np.max(kilometres(t.trail.lat[place], t.trail.lon[place], t.trail.lat[place[0]], t.trail.lon[place[0]])))
    anchor = [r for r in t.held if not np.isnan(t.trail.lat[r])]
    if len(anchor) and len(place):
        away = kilometres(t.trail.lat[place], t.trail.lon[place], t.trail.lat[anchor[-1]], t.trail.lon[anchor[-1]])
        if float(away.max()) > max(200.0, wide):
            holder = t.party(int(t.trail.actor[anchor[-1]]))
            return f"scanned by a phone {float(away.max()):,.0f} km from {holder}, where its custody stands"
    if many < 2 and wide < 100:
        return ""
    return f"scanned {len(rows)} times by {many} phones, up to {wide:,.0f} km apart"


def bulk(t: Told) -> str:
    """A device that collected many codes around one of its reads."""
    e = t.trail.events
    best, words = 4, ""
    for row in t.rows:
        code = int(e.device[row])
        if code < 0:
            continue
        near = (e.device == code) & (np.abs(t.trail.time - t.trail.time[row]) <= 300) & (e.channel == e.channel[row])
        many = len(np.unique(t.trail.item[near]))
        if many > best and (e.channel[row] == SCAN or t.trail.action[row] == 5):
            best, words = many, f"{t.name('device', code)} collected the codes of {many} units within minutes"
    return words


def serial(t: Told) -> str:
    """A serial unlike those that were commissioned."""
    return "" if len(t.of(COMMISSION)) else "its serial lies apart from those the maker commissioned"


def warm(t: Told) -> str:
    """The farthest any temperature of its trips is beyond the limits."""
    low, high, _ = limits(t.trail)
    goods, e, sensors = int(t.trail.product[t.item]), t.trail.events, t.trail.tables.sensors
    if goods < 0 or not len(high):
        return ""
    notes = {int(s) for s in e.shipment[t.rows] if s >= 0}
    boxes = {int(c) for c in e.container[t.rows] if c >= 0}
    own = np.isin(sensors.shipment, list(notes)) & ((sensors.container < 0) | np.isin(sensors.container, list(boxes)))
    own |= (sensors.shipment < 0) & np.isin(sensors.container, list(boxes))
    value: Array = np.concatenate([sensors.value[own], e.temperature[t.rows]])
    value = value[~np.isnan(value)]
    if not len(value):
        return ""
    over, under = float(value.max() - high[goods]), float(low[goods] - value.min())
    if max(over, under) <= 0:
        return ""
    worst = float(value.max()) if over >= under else float(value.min())
    outside = int(((value > high[goods]) | (value < low[goods])).sum())
    return f"{worst:.1f} °C on the way, where {low[goods]:g} to {high[goods]:g} °C is kept ({outside} readings outside)"


def sensor(_: Told) -> str:
    """Something is wrong with a trip's series, without being warm."""
    return "a sensor of its trips fell silent, or shows a series too steady or too like another's"


def neighbours(_: Told) -> str:
    """What it shares is suspected."""
    return "other units of the same shipment, batch, device or party are suspected as well"
