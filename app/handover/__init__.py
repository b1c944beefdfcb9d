"""Hand-over between two laptops without a network: the shipper shows a statement, the receiver countersigns, both are sent later.

The shipper's SHIP is an ordinary signed statement out of its outbox. It travels with what its commitments hide, so that the
receiver sees what it takes over before it signs; the RECEIVE is a statement of the receiver's own, over the state that the SHIP
will leave. Each side keeps both, and either may bring both to the network. Nothing is final before it stands on the log: who
signs the same state of a unit over to two receivers cannot be stopped without a network, but convicts itself (`dispute`).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from app.drafting import Draft
from app.handover.codes import read, texts
from app.letters.content import gather
from app.outbox import Outbox
from app.store import Store
from app.store.outbox import Outgoing
from chain import encoding, gs1
from chain.calls import Held
from chain.epcis import event_of_fields
from chain.errors import BadInput, BadProof
from chain.evidence import Trust
from chain.journey import Event, Item, Party, Verb
from chain.signed_batch import SignedBatch

OFFER, ANSWER = "wayproof offer 1", "wayproof answer 1"
SHIPPER, RECEIVER = "shipper", "receiver"
MORE_CODES = 4
"""How many codes more an offer may take for earlier events; what does not fit comes by a letter (`app.letters`)."""


@dataclass(frozen=True, slots=True)
class Disclosed:
    """An act of a statement in words: the event, the fields and seed behind its commitment, and the items, in order."""

    event: Event
    fields: Mapping[str, object]
    seed: bytes
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """A shipper's signed SHIP with what it is about. Verified when read.

    `before` are details (fields and seed) of earlier events of the goods, as far as the shipper has them; nothing binds them yet.
    """

    batch: SignedBatch
    acts: tuple[Disclosed, ...]
    before: tuple[tuple[Mapping[str, object], bytes], ...] = ()

    @property
    def id(self) -> str:
        """What both sides call it."""
        return self.batch.digest.hex()

    @property
    def items(self) -> tuple[Item, ...]:
        """All goods in it."""
        return tuple(item for act in self.acts for item in act.items)


def offer(outbox: Outbox, store: Store, drafts: Sequence[Draft]) -> Offer:
    """Sign shipments into the outbox and make the offer of them.

    Raises:
        BadInput: not all are shipments to one receiver that fit into one statement.
        RuleBroken: with the contract's reason.
    """
    if not drafts or {draft.verb for draft in drafts} != {Verb.SHIP} or len({draft.counterparty for draft in drafts}) != 1:
        raise BadInput("An offer is of shipments to one receiver.")
    units = [item.key for draft in drafts for item in draft.items]
    if len(set(units)) != len(units) or len(units) > 100:
        raise BadInput("An offer is of 1 to 100 different items.")
    numbers = outbox.add(drafts)
    if len(numbers) != 1:
        raise BadInput("These shipments are in the outbox already.")
    [row] = [row for row in store.outbox.waiting() if row.id == numbers[0]]
    with store.transaction():
        store.outbox.keep_handover(row.batch.digest.hex(), row.at, SHIPPER, row.batch)
    return disclosed(row, store)


def disclosed(row: Outgoing, store: Store) -> Offer:
    """The offer of a statement in the outbox. Raises BadInput where its details are not here."""
    acts = []
    for act, things in row.batch.acts:
        detail = store.goods.detail(act.commitment)
        found = [store.goods.item(held.unit) for held in things if isinstance(held, Held)]
        if detail is None or None in found:
            raise BadInput("What this statement is about is not on this laptop.")
        acts.append(Disclosed(detail.event, detail.fields, detail.seed, tuple(one[0] for one in found if one)))
    earlier = gather(store, row.batch.units, store.replica.proven_size()).details
    return Offer(row.batch, tuple(acts), tuple(earlier.values()))


def offered(text: str, trust: Trust) -> Offer:
    """An offer out of what its codes say. Raises BadInput where it is not signed, for another contract, or tells another tale."""
    value = read(text, OFFER)
    try:
        batch = SignedBatch.from_bytes(base64.b64decode(value["batch"], validate=True))
        acts = tuple(
            Disclosed(
                event_of_fields(row["fields"]),
                dict(row["fields"]),
                base64.b64decode(row["seed"], validate=True),
                tuple(_item(one) for one in row["items"]),
            )
            for row in value["acts"]
        )
        before = tuple((dict(row["fields"]), base64.b64decode(row["seed"], validate=True)) for row in value.get("before", ()))
        for fields, _ in before:
            event_of_fields(fields)
    except (BadProof, KeyError, TypeError, ValueError, AttributeError, binascii.Error) as cause:
        raise BadInput("This offer is damaged or was not signed by who it names.", cause=repr(cause)) from cause
    if (batch.chain_id, batch.contract) != (trust.chain_id, trust.contract):
        raise BadInput("This offer is for another network than yours.")
    if len(acts) != len(batch.acts):
        raise BadInput("This offer tells of other events than were signed.")
    for told, (act, things) in zip(acts, batch.acts, strict=True):
        same = act.verb is Verb.SHIP and encoding.commitment(told.fields, told.seed) == act.commitment
        named = [encoding.unit_of(item, code) for item in told.items for code in encoding.prefixes_of(item)]
        if not same or len(told.items) != len(things) or any(h.unit not in named for h in things if isinstance(h, Held)):
            raise BadInput("This offer tells of other goods or another event than were signed.")
    return Offer(batch, acts, before)


def accept(outbox: Outbox, store: Store, what: Offer, me: Party, draft: Draft, at: datetime) -> SignedBatch:
    """Countersign: the receipt of an offer's goods into this laptop's outbox, to be sent when the shipment is on the log.

    Args:
        draft: the RECEIVE, about the offer's items and no others (`receipt`).

    Raises:
        BadInput: the offer is to somebody else, was answered before, or its goods have moved on.
        RuleBroken: with the contract's reason: the shipper's device may not do this.
        KeyLocked: the keys are not open.
    """
    if any(act.counterparty != me.organisation for act, _ in what.batch.acts):
        raise BadInput("This offer is to somebody else.")
    if draft.verb is not Verb.RECEIVE or {item.key for item in draft.items} != {item.key for item in what.items}:
        raise BadInput("A receipt is of exactly the goods that were offered.")
    if any(name == what.id and answer is not None for name, _, answer in store.outbox.handovers(RECEIVER)):
        raise BadInput("This offer was answered already.")
    outbox.expect(what.batch)
    outbox.keys.device(draft.party, draft.device)  # locked keys are said before anything is kept
    remember(store, what)
    with store.transaction():
        store.outbox.keep_handover(what.id, at, RECEIVER, what.batch)
    numbers = outbox.add([draft])
    if not numbers:
        raise BadInput("This offer was answered already.")
    [row] = [row for row in store.outbox.waiting() if row.id == numbers[0]]
    with store.transaction():
        store.outbox.keep_handover(what.id, at, RECEIVER, what.batch, row.batch)
    return row.batch


def remember(store: Store, what: Offer) -> None:
    """Keep what the commitments of an offer hide, and the identities of its goods; of what came before, what the log has."""
    earlier = [(encoding.commitment(fields, seed), fields, seed) for fields, seed in what.before]
    with store.transaction():
        store.goods.add_details(one for one in earlier if store.outbox.on_the_log(one[0]))
        store.goods.add_details((encoding.commitment(one.fields, one.seed), one.fields, one.seed) for one in what.acts)
        store.goods.add_items(
            (held.unit, item, "")
            for told, (_, things) in zip(what.acts, what.batch.acts, strict=True)
            for held, item in zip(things, told.items, strict=True)
            if isinstance(held, Held) and store.goods.item(held.unit) is None
        )


def shipment(me: Party, to: Party, items: Sequence[Item], at: datetime) -> Draft:
    """The SHIP of these items from one party to another, as an EPCIS event."""
    return Draft(Verb.SHIP, me.gln, _event("shipping", "in_transit", me, to, items, at), tuple(items), to.gln)


def receipt(me: Party, shipper: Party, items: Sequence[Item], at: datetime) -> Draft:
    """The RECEIVE of these items."""
    return Draft(Verb.RECEIVE, me.gln, _event("receiving", "in_progress", shipper, me, items, at), tuple(items))


def _event(step: str, disposition: str, shipper: Party, receiver: Party, items: Sequence[Item], at: datetime) -> Event:
    return Event(
        event_id=f"urn:uuid:{uuid4()}",
        kind="ObjectEvent",
        action="OBSERVE",
        event_time=at,
        biz_step=step,
        disposition=disposition,
        read_point=(shipper if step == "shipping" else receiver).gln,
        epcs=tuple(gs1.digital_link(item) for item in items),
        sources=(("owning_party", shipper.gln),),
        destinations=(("owning_party", receiver.gln),),
    )


def answers_to(text: str) -> str:
    """Which offer an answer is to. Raises BadInput where the text is no answer."""
    name = read(text, ANSWER).get("offer")
    if not isinstance(name, str):
        raise BadInput("This answer names no offer.")
    return name


def answered(text: str, what: SignedBatch) -> SignedBatch:
    """The receiver's countersignature out of what its codes say. Raises BadInput where it is none of this offer."""
    value = read(text, ANSWER)
    try:
        batch = SignedBatch.from_bytes(base64.b64decode(value["batch"], validate=True))
    except (BadProof, KeyError, TypeError, ValueError, binascii.Error) as cause:
        raise BadInput("This answer is damaged or was not signed by who it names.", cause=repr(cause)) from cause
    mine = {unit: state.seq + 1 for unit, state in what.expected().items()}
    theirs = {unit: state.seq for unit, state in batch.expected().items()}
    right = all(act.verb is Verb.RECEIVE for act, _ in batch.acts) and mine == theirs
    if not right or (batch.chain_id, batch.contract) != (what.chain_id, what.contract) or value.get("offer") != what.digest.hex():
        raise BadInput("This answer is to another offer.")
    return batch


def offer_texts(what: Offer) -> list[str]:
    """What the shipper's codes say, in order; with the earlier events of the goods where these take only a few codes more."""
    acts = [{"fields": act.fields, "seed": _b64(act.seed), "items": [_told(item) for item in act.items]} for act in what.acts]
    value = {"format": OFFER, "batch": _b64(what.batch.to_bytes()), "acts": acts}
    alone = texts(value)
    if not what.before:
        return alone
    try:
        more = texts(value | {"before": [{"fields": fields, "seed": _b64(seed)} for fields, seed in what.before]})
    except BadInput:
        return alone
    return more if len(more) <= len(alone) + MORE_CODES else alone


def answer_texts(offer_id: str, receipt: SignedBatch) -> list[str]:
    """What the receiver's codes say, in order."""
    return texts({"format": ANSWER, "offer": offer_id, "batch": _b64(receipt.to_bytes())})


def _told(item: Item) -> list[str]:
    return [item.gtin, item.serial, item.lot, item.sscc]


def _item(row: object) -> Item:
    if not isinstance(row, list) or len(row) != 4 or not all(isinstance(part, str) for part in row):
        raise ValueError("not an item")
    return Item(gtin=row[0], serial=row[1], lot=row[2], sscc=row[3])


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
