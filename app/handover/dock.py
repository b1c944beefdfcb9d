"""What each side of a hand-over does, for the window and for the command line alike: show, look, sign for it, keep the answer.

Whatever speaks against signing is said in one sentence before anything is signed. Nothing here draws or reads a picture, and
nothing is sent: both halves lie in the outboxes afterwards.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from app import handover
from app.handover import Offer
from chain.errors import BadInput, RuleBroken
from chain.journey import Item, Party, Verb
from chain.signed_batch import SignedBatch

if TYPE_CHECKING:
    from app.station import Station
    from app.store.outbox import Outgoing

HOLDS = timedelta(days=7)
"""How long an offer may be signed for without a network; what is older is received with one."""
SEEN = "seen"
"""The role under which an offer is kept that was not signed for and that contradicts something."""

_REFUSALS = {
    "device: revoked": "The laptop that signed this was stopped: speak to the sender before you take anything over.",
    "device: unknown": "The laptop that signed this is not known here: sync once, then scan the code again.",
    "device: not valid now": "The laptop that signed this was admitted for another time: its organisation must admit it again.",
    "unit: expired": "Goods in this are past their date: they cannot be handed over.",
    "unit: recalled": "Goods in this are recalled: they may only go back to their maker.",
    "unit: quarantined": "Goods in this are in quarantine: they cannot be handed over.",
    "unit: not custodian": "The sender does not hold these goods by the records.",
    "unit: in transit": "By the records these goods are on their way to somebody already.",
    "unit: packed": "Goods in this are packed in a container: hand over the container.",
    "unit: decommissioned": "Goods in this were sold, used up or destroyed.",
    "role: may not ship": "The sender may not ship goods in this consortium.",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shipment:
    """A shipment in this laptop's outbox that can be handed over: its place there, to whom, the goods with their product names,
    when, and whether it was signed for."""

    number: int
    to: Party
    goods: tuple[tuple[Item, str], ...]
    at: datetime
    answered: bool


@dataclass(frozen=True, slots=True)
class Coming:
    """An offer to us, with all that a person needs to decide. `signed` says that it was signed for here before."""

    offer: Offer
    shipper: Party
    me: Party
    at: datetime
    goods: tuple[tuple[Item, str], ...]
    signed: bool


def here(station: Station) -> Party:
    """The party of this laptop. Raises BadInput."""
    party = station.here
    if party is None:
        raise BadInput("This station does not say whose it is: choose that under Settings first.")
    return party


# ---- the shipper ---------------------------------------------------------------------------------------------------------


def shipments(station: Station, now: datetime) -> list[Shipment]:
    """What was shipped from here in the last days, the newest first."""
    answered = {name for name, _, answer in station.store.outbox.handovers(handover.SHIPPER) if answer is not None}
    found = []
    for row in station.store.outbox.since(now - HOLDS):
        to = _receiver(station, row)
        if to is None:
            continue
        goods = tuple(one for one in map(station.store.goods.item, row.batch.units) if one is not None)
        found.append(Shipment(row.id, to, goods, row.at, row.batch.digest.hex() in answered))
    return found[::-1]


def _receiver(station: Station, row: Outgoing) -> Party | None:
    """Whom a statement ships goods to; None where it does something else as well, or names somebody unknown."""
    to = {act.counterparty if act.verb is Verb.SHIP else 0 for act, _ in row.batch.acts}
    return station.store.goods.party(to.pop()) if len(to) == 1 and 0 not in to else None


def show(station: Station, number: int, now: datetime) -> tuple[Shipment, list[str]]:
    """A shipment (`Shipment.number`) and what its codes say; it is known as offered from now on. Raises BadInput."""
    shipment = next((one for one in shipments(station, now) if one.number == number), None)
    row = next((one for one in station.store.outbox.since(now - HOLDS) if one.id == number), None)
    if shipment is None or row is None:
        raise BadInput("This shipment is older than 7 days or was refused: it cannot be handed over by a code.")
    made = handover.disclosed(row, station.store)
    with station.store.transaction():
        station.store.outbox.keep_handover(made.id, row.at, handover.SHIPPER, row.batch)
    return shipment, handover.offer_texts(made)


def show_items(station: Station, keys: Collection[str], now: datetime) -> tuple[Shipment, list[str]]:
    """`show` for the newest shipment of any of these items (`Item.key`). Raises BadInput."""
    found = next((one for one in shipments(station, now) if any(item.key in keys for item, _ in one.goods)), None)
    if found is None:
        raise BadInput("This shipment is not signed yet: unlock the keys, or look under Waiting why it was refused.")
    return show(station, found.number, now)


def finish(station: Station, whole: str, now: datetime) -> tuple[str, SignedBatch, Party]:
    """Keep the receiver's countersignature: the offer's name, their statement, who they are. Raises BadInput."""
    name = handover.answers_to(whole)
    mine = next((offer for known, offer, _ in station.store.outbox.handovers(handover.SHIPPER) if known == name), None)
    if mine is None:
        raise BadInput("This laptop made no such offer.")
    answer = handover.answered(whole, mine)
    outbox = station.outbox()
    signer = outbox.organisation_of(answer.statement.device)
    to = station.store.goods.party(mine.acts[0][0].counterparty)
    if to is None or signer != to.organisation:
        raise BadInput("This answer was signed by a laptop that is not the receiver's.")
    if outbox.world.devices[answer.statement.device].revoked_at:
        raise BadInput("This answer was signed by a laptop that was stopped: speak to the receiver before you leave.")
    with station.store.transaction():
        station.store.outbox.keep_handover(name, now, handover.SHIPPER, mine, answer)
    return name, answer, to


# ---- the receiver --------------------------------------------------------------------------------------------------------


def look(station: Station, whole: str, now: datetime) -> Coming:
    """What is being handed over, after everything that speaks against it was looked for. Signs nothing.

    Raises BadInput with one sentence where it must not be signed for.
    """
    me, trust = here(station), station.network().trust
    what = handover.offered(whole, trust)
    outbox = station.outbox()
    shipper = station.store.goods.party(outbox.organisation_of(what.batch.statement.device))
    if shipper is None:
        raise BadInput("The shipper of this offer is not known here: sync, and learn the list of members.")
    if any(act.counterparty != me.organisation for act, _ in what.batch.acts):
        to = station.store.goods.party(what.batch.acts[0][0].counterparty)
        raise BadInput(f"This offer is to somebody else: {to.name or to.gln if to else 'a member not known here'}.")
    signed = _answer(station, what.id) is not None
    goods = tuple((item, _product(station, item)) for item in what.items)
    coming = Coming(what, shipper, me, what.acts[0].event.event_time, goods, signed)
    if signed:
        return coming
    if now - coming.at > HOLDS:
        raise BadInput("This offer is older than 7 days and holds no longer: receive the goods with the network instead.")
    try:
        outbox.expect(what.batch)
    except RuleBroken as broken:
        raise BadInput(refusal(broken), reason=broken.reason) from broken
    except BadInput:
        _keep_if_contradicted(station, what, now)
        raise
    return coming


def refusal(broken: RuleBroken) -> str:
    """Why an offer must not be signed for, as a sentence."""
    return _REFUSALS.get(broken.reason, f"The network's rules refuse it ({broken.reason}).")


def sign(station: Station, coming: Coming, now: datetime) -> list[str]:
    """Countersign, and what the answering codes say; where it was signed before, the same answer again.

    Raises BadInput with a sentence, KeyLocked where the keys are not open.
    """
    answer = _answer(station, coming.offer.id)
    if answer is None:
        draft = handover.receipt(coming.me, coming.shipper, coming.offer.items, now)
        try:
            answer = handover.accept(station.outbox(), station.store, coming.offer, coming.me, draft, now)
        except RuleBroken as broken:
            raise BadInput(refusal(broken), reason=broken.reason) from broken
    return handover.answer_texts(coming.offer.id, answer)


def _answer(station: Station, name: str) -> SignedBatch | None:
    return next((answer for known, _, answer in station.store.outbox.handovers(handover.RECEIVER) if known == name), None)


def _product(station: Station, item: Item) -> str:
    found = station.store.goods.by_key(item.key)
    return found[1] if found else ""


def _keep_if_contradicted(station: Station, what: Offer, now: datetime) -> None:
    """An offer that another signed statement or the log contradicts is evidence: it is kept, and becomes a case."""
    from app.handover.cases import contradicted

    if contradicted(station, what.batch):
        handover.remember(station.store, what)
        with station.store.transaction():
            station.store.outbox.keep_handover(what.id, now, SEEN, what.batch)
