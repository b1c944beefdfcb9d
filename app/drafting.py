"""Drafts of events, and what the contract makes of them: a draft names parties by GLN and items by identity.

What the contract wants besides (the unit's present state, the prefix, the commitment) is worked out here from the replica. Who
sends it, and how, is `app.recorder`'s business (this laptop, at once) or `app.outbox`'s (anybody, later).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from app.network.keyring import Keys
from app.store import Store
from chain import encoding
from chain.calls import Act, Held, Minted
from chain.custody import World
from chain.encoding import ZERO
from chain.epcis import fields_of
from chain.errors import BadInput, BadProof, LedgerError, RuleBroken
from chain.journey import Entry, Event, Item, Kind, Verb
from chain.ledger import Chunk, Ledger

BIRTHS = (Verb.COMMISSION, Verb.COMMISSION_LOT)

Acted: TypeAlias = "tuple[Act, list[Held] | list[Minted]]"


@dataclass(frozen=True, slots=True)
class Draft:
    """An event to be recorded: the verb, who acts (GLN), what the event says, and the items in order.

    For PACK and UNPACK the first item is the container. `counterparty` is the receiver's GLN of a SHIP. `argument` is the
    verb's own word; a recall or lift of a lot has no items and the lot's id there. `product` names the goods for people.
    `bound` are fields that the commitment binds beside the event's own (`chain.epcis.fields.BOUND`).
    """

    verb: Verb
    party: str
    event: Event
    items: tuple[Item, ...] = ()
    counterparty: str = ""
    argument: bytes = ZERO
    product: str = ""
    device: int = 1
    bound: Mapping[str, object] = field(default_factory=dict)


class Drafting:
    """What this laptop knows that turns a draft into what the contract takes. Sends nothing.

    Args:
        store: the profile.
        keys: whose events can be signed here.
        world: the state that the store's replica tells.
    """

    def __init__(self, store: Store, keys: Keys, world: World) -> None:
        self.store = store
        self.keys = keys
        self.world = world
        self._organisations = {p.gln: p.organisation for p in store.goods.parties() if p.organisation}

    @property
    def organisations(self) -> Mapping[str, int]:
        """The numbers on the contract of the parties that this laptop knows, by GLN."""
        return self._organisations

    def acted(self, draft: Draft, commitment: bytes) -> Acted:
        """A draft as the contract takes it, its units as they are in `world`. Raises BadInput, RuleBroken."""
        self._organisation(draft.party)
        act = Act(draft.verb, int(draft.event.event_time.timestamp()), commitment, self._counterparty(draft), draft.argument)
        return act, self._minted(draft) if draft.verb in BIRTHS else self._held(draft)

    def prepared(self, draft: Draft) -> tuple[dict[str, object], bytes, bytes]:
        """The fields, their commitment, and the seed of its salts."""
        fields = fields_of(draft.event) | dict(draft.bound)
        seed = self.keys.seed(draft.event.event_id)
        return fields, encoding.commitment(fields, seed), seed

    def remember(self, rows: Iterable[tuple[Draft, Mapping[str, object], bytes, bytes]]) -> None:
        """Details first: an entry on the log whose details are lost could never be told again."""
        kept = list(rows)
        with self.store.transaction():
            self.store.goods.add_details((commitment, fields, seed) for _, fields, commitment, seed in kept)
            self.store.goods.add_items(
                (encoding.unit_of(item, self._prefix(item)), item, draft.product)
                for draft, *_ in kept
                if draft.verb is Verb.COMMISSION
                for item in draft.items
            )

    def _organisation(self, gln: str) -> int:
        number = self._organisations.get(gln)
        if number is None:
            raise BadInput(f"the party with GLN {gln} is not enrolled on this network")
        return number

    def _counterparty(self, draft: Draft) -> int:
        return self._organisation(draft.counterparty) if draft.counterparty else 0

    def _prefix(self, item: Item) -> int:
        for code in encoding.prefixes_of(item):
            if code in self.world.prefixes:
                return code
        raise RuleBroken("prefix: not yours", item=item.key)

    def _minted(self, draft: Draft) -> list[Minted]:
        found = []
        for item in draft.items:
            lot = encoding.tail(Item(gtin=item.gtin, lot=item.lot)) if item.gtin and item.lot else ZERO
            kind = encoding.kind_of(item)
            expiry = encoding.expiry_seconds(item.expiry)
            found.append(Minted(Kind(kind), self._prefix(item), encoding.tail(item), expiry, lot))
        return found

    def _held(self, draft: Draft) -> list[Held]:
        return [self.world.present(encoding.unit_of(item, self._prefix(item))) for item in draft.items]


def sketch(world: World) -> World:
    """A copy to try entries on; the original stays as it is."""
    return replace(
        world,
        units=copy(world.units),
        lot_births=copy(world.lot_births),
        lots=copy(world.lots),
        models=copy(world.models),
        corrected=copy(world.corrected),
        corrections=copy(world.corrections),
    )


def advance(world: World, chunk: Chunk) -> None:
    """Apply what a chunk of the log tells."""
    drawn = {unit: one.lot for one in chunk.drawn for unit in one.units}
    for entry in chunk.entries:
        for unit in entry.units:
            if unit in drawn and unit not in world.units:
                world.draw(drawn[unit], unit)
        world.apply(entry, chunk.births)


def apply_act(world: World, act: Act, things: Sequence[Held | Minted], device: bytes, now: int) -> None:
    """What the contract would make of one act of a device at that time, in unix seconds. Raises RuleBroken with its reason."""
    known = world.devices.get(device)
    born = [thing.birth for thing in things if isinstance(thing, Minted)]
    units = tuple(thing.birth.unit if isinstance(thing, Minted) else thing.unit for thing in things)
    argument = encoding.births_digest(born) if born else act.argument
    organisation = known.organisation if known else 0
    entry = Entry(
        world.size, act.verb, organisation, device, act.counterparty, act.event_time, now, act.commitment, argument, units
    )
    world.apply(entry, {birth.unit: birth for birth in born})


def catch_up(world: World, store: Store, ledger: Ledger) -> list[Entry]:
    """Bring the replica's state to the newest block by what the network says, unproven: for planning, never for a verdict.

    Returns: the entries behind the replica's newest checkpoint. Raises LedgerError.
    """
    newest = store.replica.checkpoint()
    first = newest[0].block + 1 if newest else 0
    tail: list[Entry] = []
    try:
        head = ledger.head().number
        for chunk in ledger.logs(first, head, index=world.size) if first <= head else ():
            advance(world, chunk)
            tail.extend(chunk.entries)
    except RuleBroken as broken:
        raise LedgerError("The network's log changed while it was read: sync again.", reason=broken.reason) from broken
    except BadProof as bad:
        raise LedgerError(f"This node's answers cannot be true: {bad.words}", **bad.details) from bad
    return tail
