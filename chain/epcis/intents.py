"""What an EPCIS event asks of the contract: its verbs, in words that know no key, no network and no unit's state.

| event | verb |
|---|---|
| object, ADD | commission |
| object, OBSERVE: shipping, consigning | ship, to the party that the destination list names |
| object, OBSERVE: receiving, accepting | receive; damaged where the disposition says so |
| object, OBSERVE: holding | quarantine; with a disposition that frees the goods, release |
| object, OBSERVE: with the disposition recalled, or setting it for good | recall; unsetting it: lift |
| object, OBSERVE: anything else | observe, with the root of its sensor readings |
| object, DELETE | decommission |
| aggregation, association: ADD, DELETE, OBSERVE | pack, unpack, observe |
| transformation | decommission what went in, commission what came out |
| any with an error declaration | correct |

Goods that are named by class and quantity are told by the event and bound by its commitment; the contract does not track them. An
event that leaves nothing for the contract is refused with the reason. Whether the contract allows a verb is not asked here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import orjson

from chain.encoding import ZERO, word
from chain.epcis.faults import shown
from chain.epcis.hashing import Members
from chain.epcis.names import MASTER_DATA, Names
from chain.errors import BadInput
from chain.gs1 import Element, item_of, parse
from chain.journey import Event, Item, Receipt, Unreadable, Verb
from chain.merkle import leaf_hash, root


class NotRecordable(BadInput):
    """An event that the contract has no verb for; the words say why."""


@dataclass(frozen=True, slots=True)
class Intent:
    """One verb that an event asks for.

    `items` are what it is about, for PACK and UNPACK the children of `container` (none: all that is in it). A recall or lift of a
    whole lot has the lot as its one item, without a serial. `party` is the GLN of who acts and `counterparty` of the receiver, ""
    where the event does not say. `argument` is the verb's own word. `why` says in words what in the event asks for this, and what
    of it stays untracked.
    """

    verb: Verb
    items: tuple[Item, ...] = ()
    container: Item | None = None
    party: str = ""
    counterparty: str = ""
    argument: bytes = ZERO
    why: str = ""


_SHIPPING = frozenset(("shipping", "consigning"))
_RECEIVING = frozenset(("receiving", "accepting"))
_FREED = frozenset(("available", "conformant", "sellable_accessible", "sellable_not_accessible"))
_UNTOLD = " Goods named by class and quantity only are told, not tracked."


def draft_of(event: Event) -> tuple[Intent, ...]:
    """The verbs that an event asks for, in order; all of them stand under the one commitment of the event.

    Raises NotRecordable with the reason.
    """
    try:
        found = tuple(_intents(event))
    except BadInput as error:
        raise error if isinstance(error, NotRecordable) else NotRecordable(error.words) from None
    if event.error is not None:
        items = dict.fromkeys(item for intent in found for item in _all(intent))
        why = f"It declares the event {shown(event.event_id)} to be in error."
        return (Intent(Verb.CORRECT, tuple(items), party=_actor(event, "sources"), why=why),)
    return found


def _all(intent: Intent) -> Iterator[Item]:
    yield from intent.items
    if intent.container is not None:
        yield intent.container


def _intents(event: Event) -> Iterator[Intent]:
    match event.kind:
        case "ObjectEvent":
            yield from _object(event)
        case "AggregationEvent" | "AssociationEvent":
            yield _grouping(event)
        case "TransformationEvent":
            yield from _transformation(event)
        case "TransactionEvent":
            raise NotRecordable("A transaction event ties goods to a business document: nothing happens to them on the contract.")
        case _:
            raise NotRecordable(f"An event of the type {shown(event.kind)} is nobody's but its maker's.")


# ---- object events -------------------------------------------------------------------------------------------------------


def _object(event: Event) -> Iterator[Intent]:
    recalls = {Verb.RECALL: "recalled" in event.dispositions_set, Verb.LIFT: "recalled" in event.dispositions_unset}
    asked = [verb for verb, meant in recalls.items() if meant]
    main = _main(event, asked)
    if main is not None:
        items = _items(event.epcs, event)
        if not items:
            raise NotRecordable(_nothing(event))
        yield replace(main, items=items, why=main.why + _rest(event.quantities))
    for verb in asked:
        goods = _items(event.epcs, event) + tuple(_lot(one.epc_class) for one in event.quantities)
        if not goods:
            raise NotRecordable(_nothing(event))
        done = "set" if verb is Verb.RECALL else "unset"
        yield Intent(verb, goods, party=_actor(event, "sources"), why=f"The disposition “recalled” is {done} for good.")


def _main(event: Event, asked: list[Verb]) -> Intent | None:
    """What an object event asks beside a recall; None where it is about nothing else."""
    step, actor = event.biz_step, _actor(event, "sources")
    if event.action == "ADD":
        return Intent(Verb.COMMISSION, party=actor, why="The action ADD brings goods into being.")
    if event.action == "DELETE":
        return Intent(Verb.DECOMMISSION, party=actor, why="The action DELETE ends the goods.")
    if step in _SHIPPING:
        to = _actor(event, "destinations")
        if not to:
            raise NotRecordable("A shipment needs a receiver, and the destination list names no party with a GLN.")
        return Intent(Verb.SHIP, party=actor, counterparty=to, why=f"The business step is {step}.")
    if step in _RECEIVING:
        return _receipt(event)
    if asked:
        return None
    if event.disposition == "recalled":
        asked.append(Verb.RECALL)
        return None
    if step == "void_shipping":
        raise NotRecordable("A shipment cannot be taken back on the contract: the receiver says that it fell short.")
    if step == "holding":
        verb = Verb.RELEASE if event.disposition in _FREED else Verb.QUARANTINE
        return Intent(verb, party=actor, why=f"The business step is holding, the disposition {event.disposition or 'not told'}.")
    words = "It carries sensor readings." if event.sensor_elements else "It says that the goods were seen."
    return Intent(Verb.OBSERVE, party=actor, argument=sensor_root(event.sensor_elements), why=words)


def _receipt(event: Event) -> Intent:
    states = {event.disposition, *event.dispositions_set}
    if odd := states & {"mismatch_class", "mismatch_instance", "mismatch_quantity"}:
        raise NotRecordable(f"{shown(min(odd))} does not say whether goods are missing or too many: the receipt must.")
    outcome = Receipt.DAMAGED if "damaged" in states else Receipt.ACCEPTED
    party = _actor(event, "destinations")
    return Intent(Verb.RECEIVE, party=party, argument=word(outcome), why=f"The business step is {event.biz_step}.")


def sensor_root(elements: Sequence[Mapping[str, object]]) -> bytes:
    """The argument of OBSERVE: the Merkle root (RFC 6962) over the sensor elements as JSON with sorted names; zeros for none."""
    return root([leaf_hash(orjson.dumps(one, option=orjson.OPT_SORT_KEYS)) for one in elements]) if elements else ZERO


def _nothing(event: Event) -> str:
    if event.quantities:
        return "The event names goods by class and quantity only; the contract tracks single items and logistic units."
    return "The event names no goods."


# ---- containers and transformations --------------------------------------------------------------------------------------


def _grouping(event: Event) -> Intent:
    actor = _actor(event, "sources")
    children = _items(event.epcs, event)
    if event.action == "OBSERVE":
        seen = (_item(event.parent_id), *children) if event.parent_id else children
        if not seen:
            raise NotRecordable(_nothing(event))
        return Intent(Verb.OBSERVE, seen, party=actor, argument=sensor_root(event.sensor_elements), why="The group was seen.")
    if not event.parent_id:
        raise NotRecordable("The event does not name the container.")
    container = _item(event.parent_id)
    if event.action == "ADD":
        if not children:
            raise NotRecordable(_nothing(event))
        return Intent(Verb.PACK, children, container, actor, why="Children are added." + _rest(event.quantities))
    if event.quantities and not children:
        raise NotRecordable(_nothing(event))
    words = "Children are taken out." if children else "All that is in it is taken out."
    return Intent(Verb.UNPACK, children, container, actor, why=words + _rest(event.quantities))


def _transformation(event: Event) -> Iterator[Intent]:
    actor = _actor(event, "sources")
    used, made = _items(event.inputs, event, born=False), _items(event.outputs, event)
    if not used and not made:
        raise NotRecordable(
            "The event names what went in and what came out by class and quantity only; the contract tracks items."
        )
    if used:
        yield Intent(Verb.DECOMMISSION, used, party=actor, why="They went into other goods." + _rest(event.input_quantities))
    if made:
        yield Intent(Verb.COMMISSION, made, party=actor, why="They were made of other goods." + _rest(event.output_quantities))


def _rest(quantities: Sequence[object]) -> str:
    return _UNTOLD if quantities else ""


# ---- who and what --------------------------------------------------------------------------------------------------------


def _actor(event: Event, side: str) -> str:
    """The GLN of a party: who holds the goods goes before who owns them; a place of theirs is the last resort for a receiver."""
    rows = event.destinations if side == "destinations" else event.sources
    for kind in ("possessing_party", "owning_party", "location"):
        for what, text in rows:
            if what == kind and (gln := gln_of(text)):
                return gln
    return ""


def gln_of(text: str) -> str:
    """The GLN of a place or party as an Event names it: alone, or in a URI with an extension; "" where there is none."""
    if len(text) == 13 and text.isascii() and text.isdigit():
        return text
    try:
        elements = _elements(text)
    except BadInput:
        return ""
    return next((one.value for one in elements if one.ai in ("414", "417")), "")


def _elements(text: str) -> tuple[Element, ...]:
    from chain.gs1.reading import read

    return read(text).elements


def _items(links: Sequence[str], event: Event, born: bool = True) -> tuple[Item, ...]:
    """The items behind identities; what is born gets lot and expiry from the event's master data, where its link has none."""
    lot, expiry = master_data(event) if born and (event.ilmd) else ("", None)
    found = []
    for link in links:
        item = _item(link)
        if not item.sscc:
            item = replace(item, lot=item.lot or lot, expiry=item.expiry or expiry)
        found.append(item)
    return tuple(found)


def _item(link: str) -> Item:
    item = parse(link)
    if isinstance(item, Unreadable):
        raise NotRecordable(f"{shown(link)}: {item.reason}")
    if not item.serialised:
        raise NotRecordable(f"{shown(link)} names a class of goods where the event names single items.")
    return item


def _lot(link: str) -> Item:
    item = item_of(_elements(link))
    if not item.lot:
        raise NotRecordable(f"{shown(link)} names neither one item nor one lot.")
    return item


def master_data(event: Event) -> tuple[str, date | None]:
    """Lot and expiry of the goods that come into being, from the event's master data of instances and lots (CBV 2.0, ilmd)."""
    lot = _told(event.ilmd, event, "lotNumber")
    expiry = _told(event.ilmd, event, "itemExpirationDate")
    try:
        return lot, date.fromisoformat(expiry[:10]) if expiry else None
    except ValueError:
        raise NotRecordable(f"{shown(expiry)} is not a date of expiry.") from None


def _told(members: Members, event: Event, name: str) -> str:
    """A CBV master data attribute, whatever its prefix and with or without the colon that ends its namespace in JSON."""
    names = Names(event.namespaces)
    for key, value in members.items():
        if names.expanded(key) in (f"{{{MASTER_DATA}}}{name}", f"{{{MASTER_DATA}:}}{name}") and isinstance(value, str):
            return value.strip()
    return ""
