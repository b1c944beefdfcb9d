"""What the events of a file would do on the contract, worked out and rehearsed before anything is sent.

`chain.epcis.draft_of` says which verbs an event asks for; here stands who acts, which the contract must know and an event need
not say: whom the event names, else who holds the goods, else whose place it is. A party that the network does not know becomes a
stand-in, as in an import of a table; an issuer's numbers must begin like its GLN, or it could issue anybody's goods. The
rehearsal asks the contract's rules in Python, so that what the contract would refuse is refused with its reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.drafting import Draft, sketch
from app.exchange.found import Found
from app.recorder import Member, Recorder
from chain import encoding
from chain.calls import MAX_BATCH, Held, Minted
from chain.custody import World
from chain.encoding import ZERO, Device, State
from chain.epcis import Intent, NotRecordable, draft_of, gln_of, identified
from chain.errors import RuleBroken
from chain.journey import NO_ROLE, Entry, Event, Item, Kind, Party, Role, Verb

LAST_SECOND = 253_402_300_799  # of the year 9999
LEAST_PREFIX = 6
"""Digits that a GS1 company prefix has at least; fewer in common prove no kinship."""

_ONE_BY_ONE = frozenset((Verb.PACK, Verb.UNPACK, Verb.RECALL, Verb.LIFT))
_LIMIT = MAX_BATCH


@dataclass(frozen=True, slots=True)
class Planned:
    """An event that can be recorded: its drafts stand in one block, under one commitment."""

    found: Found
    drafts: tuple[Draft, ...]


def intents_of(found: Found) -> tuple[Event, tuple[Intent, ...]]:
    """An event, named by its hash where it has no id, and what it asks for. Raises NotRecordable."""
    assert found.event is not None
    event = identified(found.event)
    if not 0 <= event.event_time.timestamp() < LAST_SECOND:
        raise NotRecordable(f"Its time, {event.event_time:%Y-%m-%d}, lies outside of what the log can hold: 1970 to 9999.")
    intents = draft_of(event)
    if any(intent.verb is Verb.CORRECT for intent in intents):
        raise NotRecordable("A declaration of an error is kept as a claim; on the contract its maker corrects the entry itself.")
    items = [item.key for intent in intents for item in intent.items if item.serialised]
    if len(items) != len(set(items)):
        raise NotRecordable("It asks for two things to happen to the same goods at once.")
    return event, intents


def bound(found: Found) -> dict[str, object]:
    """What the commitment holds beside the event's own fields: its CBV hash and the SHA-256 of its exact bytes."""
    return {"eventHash": found.hash, "exactBytes": hashlib.sha256(found.raw()).hexdigest()}


class Plan:
    """Plans events one after the other, in the order in which they would be recorded.

    Args:
        recorder: with the present state of the network; None where there is none yet.
        known: the parties that the network knows, by GLN.
        named: what a file calls parties and places, by GLN.
    """

    def __init__(self, recorder: Recorder | None, known: Mapping[str, Party], named: Mapping[str, str]) -> None:
        self._world = sketch(recorder.world) if recorder else World()
        self._recorder = recorder
        self._numbers = dict(recorder.organisations) if recorder else {}
        self._glns = {number: gln for gln, number in self._numbers.items()}
        self._known = known
        self._named = named
        self._roles: dict[str, Role] = {}
        self._issues: dict[str, list[str]] = {}
        self._prefixes: dict[str, str] = {}
        self._seen: set[tuple[str, str]] = set()
        if recorder is None:
            return
        self._world.organisations = dict(self._world.organisations)
        self._world.devices = dict(self._world.devices)
        self._world.prefixes = dict(self._world.prefixes)

    def look(self, found: Found) -> None:
        """Note whose numbers an event brings into being; all events are looked at before the first is planned."""
        try:
            event, intents = intents_of(found)
        except NotRecordable:
            return
        for intent in intents:
            if intent.verb is Verb.COMMISSION and (gln := self._maker(intent, event)):
                digits = (encoding.issuer_digits(item)[:12] for item in intent.items)
                self._issues.setdefault(gln, []).extend(one for one in digits if _akin(one, gln))

    def plan(self, found: Found) -> Planned | None:
        """The drafts of an event; None where it is on the log already, or stood in the file before.

        Raises NotRecordable or RuleBroken with the reason.
        """
        event, intents = intents_of(found)
        if (found.hash, event.event_id) in self._seen:
            return None
        fields = bound(found)
        drafts = tuple(draft for intent in intents for draft in self._drafts(intent, event, found, fields))
        if self._recorder is not None and self._recorder.recorded(drafts[0]):
            return None
        self._rehearse(drafts)
        self._seen.add((found.hash, event.event_id))
        return Planned(found, drafts)

    def members(self, planned: Sequence[Planned]) -> list[Member]:
        """The parties of what was planned that the network does not know, as stand-ins; and prefixes that are new."""
        glns = dict.fromkeys(g for one in planned for draft in one.drafts for g in (draft.party, draft.counterparty) if g)
        made = []
        for gln in glns:
            prefix = self._prefixes.get(gln, "")
            if gln not in self._known:
                party = Party(gln, self._named.get(gln) or f"GLN {gln}", roles=self._roles.get(gln, Role.KEEPER))
                made.append(Member(party, (prefix,) if prefix else ()))
            elif prefix:
                made.append(Member(self._known[gln], (prefix,)))
        return made

    # ---- who -------------------------------------------------------------------------------------------------------------

    def _maker(self, intent: Intent, event: Event) -> str:
        """Who brings goods into being: whom the event names, the owner of their numbers, else whose place it is."""
        for item in intent.items[:1]:
            owner = next((self._world.prefixes[c] for c in encoding.prefixes_of(item) if c in self._world.prefixes), 0)
            if not intent.party and owner in self._glns:
                return self._glns[owner]
        return intent.party or gln_of(event.read_point) or gln_of(event.biz_location)

    def _actor(self, intent: Intent, event: Event) -> str:
        if intent.verb is Verb.COMMISSION:
            found = self._maker(intent, event)
        elif intent.party:
            found = intent.party
        else:
            found = self._holder(intent) or gln_of(event.read_point) or gln_of(event.biz_location)
        if not found:
            raise NotRecordable("It does not say who did it: neither a party nor a place with a GLN is named.")
        return found

    def _holder(self, intent: Intent) -> str:
        """Who has the goods, or is to receive them."""
        first = intent.container or next(iter(intent.items), None)
        held = self._state(first) if first is not None and first.serialised else None
        if held is None:
            return ""
        return self._glns.get(held.receiver if intent.verb is Verb.RECEIVE else held.custodian, "")

    def _number(self, gln: str, roles: Role) -> int:
        """A party's number on the contract; a stand-in is enrolled in the sketch when it is first named."""
        if gln not in self._numbers:
            number = len(self._world.organisations) + 1
            self._numbers[gln], self._glns[number] = number, gln
            self._world.organisations[number] = (bytes(20), NO_ROLE)
            self._world.devices[_device(gln)] = Device(number, 0, encoding.M40)
        number = self._numbers[gln]
        if gln not in self._known:
            self._roles[gln] = self._roles.get(gln, Role.KEEPER) | roles
            self._world.organisations[number] = (bytes(20), self._roles[gln])
        if _device(gln) not in self._world.devices:
            self._world.devices[_device(gln)] = Device(number, 0, encoding.M40)
        return number

    # ---- what ------------------------------------------------------------------------------------------------------------

    def _drafts(self, intent: Intent, event: Event, found: Found, fields: Mapping[str, object]) -> Iterator[Draft]:
        party = self._actor(intent, event)
        lots = [item for item in intent.items if not item.serialised]
        items = [item for item in intent.items if item.serialised]

        def draft(some: Sequence[Item], argument: bytes = intent.argument) -> Draft:
            return Draft(
                intent.verb, party, event, tuple(some), intent.counterparty, argument, product=found.product, bound=fields
            )

        if intent.verb in (Verb.PACK, Verb.UNPACK):
            assert intent.container is not None
            if not items:
                raise NotRecordable(f"It empties {intent.container.key} without naming what was in it: name the children.")
            if len(items) >= _LIMIT:
                raise NotRecordable(f"It packs {len(items):,} things at once; one entry of the log holds {_LIMIT - 1}.")
            yield draft([intent.container, *items])
            return
        for lot in lots:
            yield draft((), encoding.unit_of(lot, self._prefix(lot)))
        if len(items) > _LIMIT and intent.verb in _ONE_BY_ONE:
            raise NotRecordable(f"It is about {len(items):,} things; one entry of the log holds {_LIMIT}.")
        for at in range(0, len(items), _LIMIT):
            yield draft(items[at : at + _LIMIT])

    def _prefix(self, item: Item) -> int:
        for code in encoding.prefixes_of(item):
            if code in self._world.prefixes:
                return code
        raise NotRecordable(f"{item.key} was never issued here: nobody known has its company prefix.")

    def _issue_under(self, gln: str, number: int, item: Item) -> None:
        """Grant a party the prefix that its GLN and its goods in the file have in common. Raises NotRecordable."""
        if not _akin(encoding.issuer_digits(item), gln):
            name = self._named.get(gln) or gln
            raise NotRecordable(f"{name} may not issue {item.key}: its number does not begin like the issuer's GLN {gln}.")
        shared = _shared([gln[:12], *self._issues[gln]])
        for code, owner in self._world.prefixes.items():
            other = encoding.prefix_digits(code)
            if owner != number and (other.startswith(shared) or shared.startswith(other)):
                raise NotRecordable(f"The company prefix {shared} overlaps with that of {self._glns.get(owner, 'another')}.")
        self._world.prefixes[encoding.prefix_code(shared)] = number
        self._prefixes[gln] = shared

    # ---- the rehearsal ---------------------------------------------------------------------------------------------------

    def _rehearse(self, drafts: Sequence[Draft]) -> None:
        """All drafts of an event on the sketch, or none of them. Raises RuleBroken or NotRecordable."""
        before = self._world
        if len(drafts) > 1:
            self._world = sketch(before)
        try:
            for draft in drafts:
                self._apply(draft)
        except (RuleBroken, NotRecordable):
            if len(drafts) > 1:
                self._world = before
            raise

    def _apply(self, draft: Draft) -> None:
        makes = draft.verb is Verb.COMMISSION and any(not item.sscc for item in draft.items)
        me = self._number(draft.party, Role.ISSUER if makes else Role.KEEPER)
        to = self._number(draft.counterparty, Role.KEEPER) if draft.counterparty else 0
        born: list[Minted] = []
        if draft.verb is Verb.COMMISSION:
            for item in draft.items:
                if not any(code in self._world.prefixes for code in encoding.prefixes_of(item)):
                    self._issue_under(draft.party, me, item)
            born = [self._minted(item) for item in draft.items]
            units = tuple(one.birth.unit for one in born)
        else:
            units = tuple(self._held(item).unit for item in draft.items)
        births = {one.birth.unit: one.birth for one in born}
        argument = encoding.births_digest(births.values()) if born else draft.argument
        at = int(draft.event.event_time.timestamp())
        commitment = hashlib.sha256(f"{draft.event.event_id} {self._world.size}".encode()).digest()
        entry = Entry(self._world.size, draft.verb, me, _device(draft.party), to, at, max(at, 1), commitment, argument, units)
        self._world.apply(entry, births)

    def _state(self, item: Item) -> State | None:
        for code in encoding.prefixes_of(item):
            held = self._world.units.get(encoding.unit_of(item, code))
            if held is not None:
                return held.state
        return None

    def _held(self, item: Item) -> Held:
        try:
            return self._world.present(encoding.unit_of(item, self._prefix(item)))
        except RuleBroken:
            raise NotRecordable(
                f"{item.key} was not issued before: its history begins with something else than its making."
            ) from None

    def _minted(self, item: Item) -> Minted:
        lot = encoding.tail(Item(gtin=item.gtin, lot=item.lot)) if item.gtin and item.lot else ZERO
        kind = Kind.LOGISTIC if item.sscc else Kind.ITEM
        return Minted(kind, self._prefix(item), encoding.tail(item), encoding.expiry_seconds(item.expiry), lot)


def _shared(texts: Sequence[str]) -> str:
    """What texts begin with in common."""
    least, most = min(texts), max(texts)
    return least[: next((place for place, pair in enumerate(zip(least, most, strict=False)) if pair[0] != pair[1]), len(least))]


def _akin(digits: str, gln: str) -> bool:
    """Whether a number and a GLN can have one company prefix."""
    return digits[:LEAST_PREFIX] == gln[:LEAST_PREFIX]


def _device(gln: str) -> bytes:
    """A device's address in the rehearsal, where no key is needed."""
    return hashlib.sha256(f"rehearsal {gln}".encode()).digest()[:20]
