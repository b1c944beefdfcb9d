"""The claims that belong to an item's journey, and what they add to its verdict: a sentence, never a better word.

An item's claims are those that name it, and those of the containers that claims put it into, while it was in them. What stands
on the log already is no claim any more: the same event hash is looked for among the details that the journey's entries commit to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.store import Store
from app.store.claims import MOST, Heard, name_of, name_of_item
from chain.epcis import gln_of, hash_of
from chain.journey import Claim, Event, Item, Journey, Party, Place, Step
from chain.verdict import Finding, Outcome

DEEPEST = 8  # containers in containers
MOST_CONTAINERS = 24  # that one item is told to have been in
GROUPS = ("AggregationEvent", "AssociationEvent")


def heard(store: Store, item: Item) -> list[Heard]:
    """The claims of an item's journey by their event times."""
    walk = _Walk(store)
    walk.take(name_of_item(item), None, None, 0)
    return sorted(walk.found.values(), key=lambda one: (one.event.event_time, one.number))


@dataclass(slots=True)
class _Walk:
    """Gathers claims, containers included, and stops where a file would make it endless."""

    store: Store
    found: dict[int, Heard] = field(default_factory=dict)
    _boxes: int = MOST_CONTAINERS

    def take(self, name: str, first: datetime | None, last: datetime | None, depth: int) -> None:
        """Claims about a name between two times, and those of the containers around it."""
        for one in self.store.claims.about(name):
            event = one.event
            if (first is not None and event.event_time < first) or (last is not None and event.event_time > last):
                continue
            if one.number in self.found or len(self.found) >= MOST:
                continue
            if depth and event.kind in GROUPS and name_of(event.parent_id) == name:
                continue  # what else came into the container and out of it is not this item's way
            self.found[one.number] = one
            packs = event.kind in GROUPS and event.action == "ADD" and name_of(event.parent_id) != name
            if packs and not one.wrong and depth < DEEPEST and self._boxes:
                self._boxes -= 1
                box = name_of(event.parent_id)
                out = _unpacked(self.store.claims.about(box), box, name, event.event_time)
                self.take(box, event.event_time, min(filter(None, (out, last)), default=None), depth + 1)


def _unpacked(claims: Iterable[Heard], box: str, name: str, after: datetime) -> datetime | None:
    """When something was taken out of a box again; None where nobody says so."""
    for one in claims:
        event = one.event
        if one.wrong or event.kind not in GROUPS or event.action != "DELETE" or event.event_time < after:
            continue
        if name_of(event.parent_id) == box and (not (event.epcs or event.quantities) or name in map(name_of, event.epcs)):
            return event.event_time
    return None


def with_claims(store: Store, journey: Journey) -> Journey:
    """The journey, and beside its steps what only imported files tell."""
    found = heard(store, journey.item)
    if not found:
        return journey
    recorded = hashes_of(journey.steps)
    parties = {party.gln: party for party in store.goods.parties()}
    told = tuple(claim_of(store, one, parties) for one in found if one.hash not in recorded)
    return Journey(journey.item, journey.steps, told)


def hashes_of(steps: Iterable[Step]) -> set[str]:
    """The event hashes of what stands on the log."""
    found = set()
    for step in steps:
        if step.event is not None:
            try:
                found.add(hash_of(step.event))
            except (TypeError, ValueError, KeyError, AttributeError):  # details that were edited into a shape EPCIS does not know
                continue
    return found


def claim_of(store: Store, one: Heard, parties: dict[str, Party]) -> Claim:
    """A claim with who and where looked up: what the network knows goes before what documents say of themselves."""
    event = one.event
    place = place_of(store, event.read_point) or place_of(store, event.biz_location)
    sender, receiver = _party(store, event.sources, parties), _party(store, event.destinations, parties)
    arrives = event.biz_step in ("receiving", "accepting", "arriving")
    actor, other = (receiver, sender) if arrives else (sender, receiver)
    return Claim(event, one.hash, one.source, actor, other, place, one.wrong)


def place_of(store: Store, name: str) -> Place | None:
    """Where a place is: by the network, by a document's master data, by the URI itself (RFC 5870); a bare name at least."""
    if not name:
        return None
    gln = gln_of(name)
    known = (gln and store.goods.place(gln)) or store.claims.place(name) or (gln and store.claims.place(gln))
    return known or _geo(name) or Place(gln or name, gln or name)


def _geo(name: str) -> Place | None:
    if not name.startswith("geo:"):
        return None
    try:
        lat, lon, *_ = (float(text) for text in name[4:].partition(";")[0].split(","))
    except ValueError:
        return None
    return Place(name, f"{lat:g}, {lon:g}", lat, lon) if abs(lat) <= 90 and abs(lon) <= 180 else None


def _party(store: Store, rows: Sequence[tuple[str, str]], parties: dict[str, Party]) -> Party | None:
    for wanted in ("possessing_party", "owning_party", "location"):
        for kind, name in rows:
            if kind == wanted:
                gln = gln_of(name)
                place = place_of(store, name)
                known = parties.get(gln) or store.claims.party(name) or (store.claims.party(gln) if gln else None)
                return known or Party(gln or name, place.name if place else gln or name)
    return None


def finding(store: Store, item: Item, steps: Iterable[Step]) -> Finding | None:
    """What the verdict says about claims; None where there are none. It decides nothing, whatever files say."""
    found = heard(store, item)
    if not found:
        return None
    recorded = hashes_of(steps)
    claims = [one for one in found if one.hash not in recorded]
    if not claims:
        return Finding("imported", Outcome.NOT_PROVABLE_OFFLINE, "What files told about it is on the log and was judged with it.")
    wrong = sum(one.wrong for one in claims)
    if len(claims) == 1:
        why = "1 event was imported, not proven: a file tells it, the log does not."
    else:
        why = f"{len(claims):,} events were imported, not proven: files tell them, the log does not."
    if wrong:
        why += " 1 of them was declared to be wrong." if wrong == 1 else f" {wrong} of them were declared to be wrong."
    return Finding("imported", Outcome.NOT_PROVABLE_OFFLINE, why)


def located(event: Event) -> Iterable[Place]:
    """Places whose coordinates stand in the extensions of an event's own locations."""
    for name, members in ((event.read_point, event.read_point_extensions), (event.biz_location, event.biz_location_extensions)):
        local = {key.rpartition(":")[2].lower(): value for key, value in members.items() if isinstance(value, str | int | float)}
        try:
            lat, lon = float(local.get("latitude", local.get("lat", ""))), float(local.get("longitude", local.get("lon", "")))
        except ValueError:
            continue
        if name and abs(lat) <= 90 and abs(lon) <= 180:
            title = str(local.get("name", "")) or gln_of(name) or name
            yield Place(name, title[:200], lat, lon)
