"""A suspicious journey told for people: the proven steps, this laptop's own scans among them, the suspicious ones marked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from app.alerts.case import Alert, Decision, Suspect
from app.ui import story, words
from app.ui.story import Leg, Site, Stop, Story
from app.ui.words import say
from chain.journey import Journey, Place
from chain.verdict import Code, Kind

NEAR = 1.0  # seconds: a scan is the marked one


@dataclass(frozen=True, slots=True)
class Marked:
    """A story and what of it is suspicious: rows of stops, and numbers of sites."""

    story: Story
    stops: frozenset[int]
    sites: frozenset[int]


def tell(journey: Journey, sightings: Iterable[tuple[datetime, Place]], suspect: Suspect) -> Marked:
    """The story of a case. What imported files tell is left out: nothing was judged by it."""
    told = story.tell(Journey(journey.item, journey.steps))
    stops = [
        replace(stop, remark=_remark(stop)) if step.entry.index in suspect.entries else stop
        for stop, step in zip(told.stops, journey.steps, strict=True)
    ]
    marked = {row for row, step in enumerate(journey.steps) if step.entry.index in suspect.entries}
    sites, legs, here = {(site.lat, site.lon): site for site in told.sites}, list(told.legs), told.last_site
    for at, place in sorted(sightings, key=lambda one: one[0]):
        site = _site(place, sites)
        if any(abs(at.timestamp() - wanted) < NEAR for wanted in suspect.scans):
            marked.add(len(stops))
        if site is not None and here is not None and site is not here:
            legs.append(Leg(here, site, False))
        here = site or here
        stop = _scan(at, place, site)
        stops.append(replace(stop, remark=_remark(stop)) if len(stops) in marked else stop)
    whole = Story(tuple(stops), tuple(sites.values()), tuple(legs), here)
    return Marked(whole, frozenset(marked), frozenset(stops[row].site for row in marked) - {0})


def _site(place: Place, sites: dict[tuple[float, float], Site]) -> Site | None:
    if place.lat is None or place.lon is None:
        return None
    return sites.setdefault((place.lat, place.lon), Site(len(sites) + 1, place.name or place.gln, place.lat, place.lon))


def _remark(stop: Stop) -> str:
    return say("Suspicious") + (f"  ·  {stop.remark}" if stop.remark else "")


def _scan(at: datetime, place: Place, site: Site | None) -> Stop:
    return Stop(
        icon="scan-line", title=say("Scanned with this laptop"), who="", where=place.name or place.gln,
        site=site.number if site is not None else 0, happened=at, remark="", inside=(), grave=False, lost=site is None, block=0,
    )  # fmt: skip


def kind_of(alert: Alert) -> Kind:
    """The colour of an alert: what the proofs reject is red, all that is only asked is amber."""
    return Kind.REJECTED if alert.proven_bad else Kind.CAUTION


def kind_words(kind: str) -> str:
    """The detector's best guess of what is wrong, in words."""
    known = {
        "backdating": say("a backdated record"), "clone_consumer": say("a copied label among consumers"),
        "clone_far": say("a copied label, far away"), "clone_near": say("a copied label, nearby"),
        "cold_chain": say("a broken cold chain"), "collusion": say("parties working together"),
        "diversion_hard": say("a diversion"), "diversion_slow": say("a slow diversion"), "dwell": say("an odd long stop"),
        "guessed": say("a guessed serial"), "harvesting": say("codes collected in bulk"),
        "missing_handover": say("a missing hand-over"), "out_of_order": say("steps out of order"),
        "poisoned": say("a made-up history"), "relabel": say("a label on other goods"),
        "replay": say("an old label used again"), "return_fraud": say("a false return"),
        "rogue_device": say("a stolen or shared reader"), "substitution": say("exchanged goods"),
        "unissued": say("a serial that was never issued"), "volume": say("more goods than were made"),
    }  # fmt: skip
    return known.get(kind, kind.replace("_", " "))


def shared(one: Alert, other: Alert) -> str:
    """What two alerts have in common, the closest tie, in words."""
    ties = {tie.partition(" ")[0] for tie in set(one.suspect.ties) & set(other.suspect.ties)}
    told = {
        "shipment": say("same shipment"), "container": say("same box"), "device": say("same reader"), "batch": say("same batch"),
    }  # fmt: skip
    return next((words_ for kind, words_ in told.items() if kind in ties), "")


def decision_words(decision: Decision) -> str:
    """A decision in words."""
    return {
        Decision.GENUINE: say("Genuine"),
        Decision.COUNTERFEIT: say("Counterfeit"),
        Decision.DATA_ERROR: say("Data error"),
        Decision.UNSURE: say("Unsure"),
    }[decision]


def title(alert: Alert) -> str:
    """What an alert is about, in a few words."""
    suspect = alert.suspect
    if alert.proven_bad:
        return words.code_title(Code(suspect.proof.code))
    if (suspect.proof.kind, suspect.proof.code) == (Kind.UNKNOWN.value, Code.SUSPECTED.value):
        return say("A reader in doubt")
    return say("Looks like {kind}").format(kind=kind_words(suspect.kind)) if suspect.kind else say("Looks unusual")
