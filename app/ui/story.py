"""A journey told for people: each step a stop with a title, an actor, a place, its times, and the containers around the item.

Where the journey leaves something open (a place nobody named, a time that does not fit), the stop says so. Nothing here decides
whether the journey is true; that is the verdict's work.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.ui import hearsay, words
from app.ui.language import counted
from app.ui.words import say
from chain.journey import Claim, Item, Journey, Place, Receipt, Step, Verb

_LATE = timedelta(days=1)
_ICONS = {
    Verb.COMMISSION: "factory",
    Verb.COMMISSION_LOT: "factory",
    Verb.SHIP: "truck",
    Verb.RECEIVE: "package-check",
    Verb.PACK: "package",
    Verb.UNPACK: "package-open",
    Verb.OBSERVE: "thermometer",
    Verb.QUARANTINE: "octagon-pause",
    Verb.RELEASE: "circle-play",
    Verb.RECALL: "megaphone",
    Verb.LIFT: "undo-2",
    Verb.DECOMMISSION: "archive-x",
    Verb.CORRECT: "pencil-line",
}
_GRAVE = frozenset({Verb.QUARANTINE, Verb.RECALL, Verb.DECOMMISSION})
_FROM_AFAR = frozenset({Verb.RECALL, Verb.LIFT, Verb.CORRECT, Verb.QUARANTINE, Verb.RELEASE, Verb.ANCHOR_MODEL})
"""Said about the goods from wherever its speaker sits; the goods do not move by it."""
_SSCC = re.compile(r"/00/(\d{18})(?!\d)")
_SGTIN = re.compile(r"/01/(\d{14})/21/([^/?#]+)")


@dataclass(frozen=True, slots=True)
class Stop:
    """One step as it is shown. `site` is the number of its place on the map (from 1), 0 where the place is not known.

    `inside` names the containers the item is in, the outermost first; `grave` marks a step that stops the goods,
    `lost` one where the goods were in a place that is not known; `remark` says what is odd about it, or is empty.
    """

    icon: str
    title: str
    who: str
    where: str
    site: int
    happened: datetime
    remark: str
    inside: tuple[str, ...]
    grave: bool
    lost: bool
    block: int
    source: str = ""
    """The file that told it, where nothing proves it; "" for what stands on the log."""


@dataclass(frozen=True, slots=True)
class Site:
    """A place with coordinates on the map: its number, name, degrees (WGS 84)."""

    number: int
    name: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Leg:
    """From one site to the next; `sure` is False where a step in between has no known place, or where nothing proves it."""

    start: Site
    end: Site
    sure: bool


@dataclass(frozen=True, slots=True)
class Story:
    """A whole journey: its stops in the order of the log, its sites in the order of arrival, the legs between them."""

    stops: tuple[Stop, ...]
    sites: tuple[Site, ...]
    legs: tuple[Leg, ...]
    last_site: Site | None = None
    """Where the goods were last known to be."""

    @property
    def claims(self) -> int:
        """How many stops only imported files tell."""
        return sum(bool(stop.source) for stop in self.stops)

    @property
    def lost(self) -> int:
        """How many stops have no place on the map."""
        return sum(stop.lost for stop in self.stops)

    def summary(self) -> str:
        """The journey in one line."""
        steps, places = len(self.stops), len(self.sites)
        told = [
            counted("{count} step", "{count} steps", steps).format(count=steps),
            counted("{count} place", "{count} places", places).format(count=places),
        ]
        if self.stops:
            told.append(f"{words.day(self.stops[0].happened)} – {words.day(self.stops[-1].happened)}")
        return "  ·  ".join(told)


def tell(journey: Journey) -> Story:
    """The story of a journey. Any journey has one, an empty or a nonsensical one too."""
    teller = _Teller(journey.item)
    for one in _merged(journey):
        if isinstance(one, Step):
            teller.step(one)
        else:
            teller.claim(one)
    return Story(tuple(teller.stops), tuple(teller.sites.values()), tuple(teller.legs), teller.here)


def _merged(journey: Journey) -> list[Step | Claim]:
    """The steps in the order of the log, and each claim before the first of them that is later."""
    found: list[Step | Claim] = list(journey.steps)
    at = 0
    for claim in sorted(journey.claims, key=lambda one: one.event.event_time):
        while at < len(found) and _time_of(found[at]) <= claim.event.event_time:
            at += 1
        found.insert(at, claim)
        at += 1
    return found


def _time_of(one: Step | Claim) -> datetime:
    return _happened(one) if isinstance(one, Step) else one.event.event_time


@dataclass(slots=True)
class _Teller:
    """Tells one step after the other, and keeps where the item is and what is around it."""

    item: Item
    stops: list[Stop] = field(default_factory=list)
    legs: list[Leg] = field(default_factory=list)
    sites: dict[str, Site] = field(default_factory=dict)
    here: Site | None = None
    _inside: list[tuple[bytes | str, str]] = field(default_factory=list)
    _sender: str = ""
    _sure: bool = True

    def step(self, step: Step) -> None:
        """A step of the log."""
        verb = step.entry.verb
        box = step.entry.units[0] if verb in (Verb.PACK, Verb.UNPACK) and step.entry.units else b""
        name = _container(step, box)
        around = self._around(box, name, packs=verb is Verb.PACK, unpacks=verb is Verb.UNPACK)
        moves = verb not in _FROM_AFAR
        site = self._arrive(step.place, moves, proven=True)
        self.stops.append(
            Stop(
                icon=_ICONS.get(verb, "info"),
                title=_title(step, name, self._sender),
                who=step.actor.name if step.actor is not None else say("Organisation {n}").format(n=step.entry.organisation),
                where=_where(step.place),
                site=site.number if site is not None else 0,
                happened=_happened(step),
                remark=_remark(step),
                inside=around,
                grave=verb in _GRAVE,
                lost=moves and site is None,
                block=step.entry.block,
            )
        )
        if verb is Verb.SHIP:
            self._sender = step.actor.name if step.actor is not None else ""

    def claim(self, claim: Claim) -> None:
        """What a file tells."""
        event, told = claim.event, hearsay.tell(claim, self.item)
        around = self._around(told.box, told.box, packs=told.packs and not claim.wrong, unpacks=told.unpacks and not claim.wrong)
        moves = bool(event.read_point or event.biz_location) and not claim.wrong
        site = self._arrive(claim.place, moves, proven=False)
        self.stops.append(
            Stop(
                icon=told.icon,
                title=told.title,
                who=claim.actor.name if claim.actor is not None else "",
                where=_where(claim.place),
                site=site.number if site is not None else 0,
                happened=event.event_time,
                remark=say("Declared to be wrong") if claim.wrong else "",
                inside=around,
                grave=told.grave,
                lost=moves and site is None,
                block=0,
                source=claim.source or say("a file"),
            )
        )

    def _around(self, box: bytes | str, name: str, *, packs: bool, unpacks: bool) -> tuple[str, ...]:
        """The containers around the item at a step, the outermost first."""
        if packs:
            self._inside.append((box, name))
        around = tuple(label for _, label in reversed(self._inside))
        if unpacks:
            self._inside = [(unit, label) for unit, label in self._inside if unit != box]
        return around

    def _arrive(self, place: Place | None, moves: bool, *, proven: bool) -> Site | None:
        site = _site(place, self.sites, known_only=not moves)
        if moves and site is None:
            self._sure = False
        elif moves and site is not None:
            if self.here is not None and site is not self.here:
                self.legs.append(Leg(self.here, site, self._sure and proven))
            self.here, self._sure = site, True
        return site


def _happened(step: Step) -> datetime:
    return words.unix(step.entry.event_time)


def _site(place: Place | None, sites: dict[str, Site], *, known_only: bool) -> Site | None:
    if place is None or place.lat is None or place.lon is None or not (abs(place.lat) <= 90 and abs(place.lon) <= 180):
        return None
    key = place.gln or f"{place.lat},{place.lon}"
    if known_only:
        return sites.get(key)
    if key not in sites:
        sites[key] = Site(len(sites) + 1, place.name or place.gln, place.lat, place.lon)
    return sites[key]


def _where(place: Place | None) -> str:
    if place is None:
        return say("Place not known")
    name = place.name or place.gln
    full = f"{name}, {place.country}" if place.country and place.country not in name else name
    if place.lat is None or place.lon is None:
        return say("{place} (not on the map)").format(place=full)
    return full


def _container(step: Step, unit: bytes) -> str:
    named = step.event.parent_id if step.event is not None else ""
    if found := _SSCC.search(named):
        return found[1]
    if found := _SGTIN.search(named):
        return f"{found[1]} · {found[2]}"
    return f"{unit.hex()[:8]}…" if unit else say("a container")


def _title(step: Step, container: str, sender: str) -> str:
    verb, other = step.entry.verb, step.counterparty
    name = other.name if other is not None else ""
    if verb is Verb.SHIP:
        return say("Shipped to {name}").format(name=name) if name else say("Shipped")
    if verb is Verb.RECEIVE:
        return _received(step, name or sender)
    if verb is Verb.PACK:
        return say("Packed into {container}").format(container=container)
    if verb is Verb.UNPACK:
        return say("Unpacked from {container}").format(container=container)
    return {
        Verb.COMMISSION: say("Issued"),
        Verb.COMMISSION_LOT: say("Issued as part of a lot"),
        Verb.OBSERVE: say("Sensor readings recorded"),
        Verb.QUARANTINE: say("Put into quarantine"),
        Verb.RELEASE: say("Released from quarantine"),
        Verb.RECALL: say("Recalled"),
        Verb.LIFT: say("Recall lifted"),
        Verb.DECOMMISSION: say("Taken out of use"),
        Verb.CORRECT: say("Correction recorded"),
    }.get(verb, verb.name.replace("_", " ").capitalize())


def _received(step: Step, name: str) -> str:
    outcome = int.from_bytes(step.entry.argument, "big")
    title = say("Received from {name}").format(name=name) if name else say("Received")
    extra = {
        int(Receipt.OVER): say("more than announced"),
        int(Receipt.DAMAGED): say("damaged"),
        int(Receipt.SHORT): say("less than announced"),
    }.get(outcome, "")
    return f"{title} ({extra})" if extra else title


def _remark(step: Step) -> str:
    happened, recorded = words.unix(step.entry.event_time), words.unix(step.entry.record_time)
    if recorded - happened > _LATE:
        days = (recorded - happened).days
        return counted("Recorded {count} day later", "Recorded {count} days later", days).format(count=days)
    if happened - recorded > timedelta(minutes=10):
        return say("Its time lies after its record")
    return ""
