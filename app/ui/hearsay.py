"""What an imported event says about an item, in a title: others name steps of the CBV, not verbs of a contract."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from app.ui.language import counted
from app.ui.words import say
from chain.journey import Claim, Event, Item

GROUPS = ("AggregationEvent", "AssociationEvent")
_SSCC = re.compile(r"/00/(\d{18})(?!\d)")
_SGTIN = re.compile(r"/01/(\d{14})(?:/22/[^/]+)?(?:/10/[^/]+)?/21/([^/?#]+)")
_CLASS = re.compile(r"/01/(\d{14})(?:/10/([^/?#]+))?")
_ICONS = {
    "shipping": "truck", "departing": "truck", "transporting": "truck", "consigning": "truck", "staging_outbound": "boxes",
    "receiving": "package-check", "accepting": "package-check", "arriving": "package-check", "storing": "warehouse",
    "stocking": "warehouse", "commissioning": "factory", "creating_class_instance": "factory", "holding": "octagon-pause",
    "inspecting": "search", "sensor_reporting": "thermometer", "decommissioning": "archive-x", "destroying": "archive-x",
    "retail_selling": "archive-x", "dispensing": "archive-x",
}  # fmt: skip
_GRAVE = frozenset(("recalled", "destroyed", "stolen", "unknown", "expired", "damaged", "disposed"))


@dataclass(frozen=True, slots=True)
class Told:
    """How a claim is shown. `box` is the container it packs into or unpacks from, "" for none."""

    icon: str
    title: str
    box: str = ""
    packs: bool = False
    unpacks: bool = False
    grave: bool = False


def tell(claim: Claim, item: Item) -> Told:
    """The title and icon of a claim about an item."""
    event = claim.event
    if event.kind == "TransformationEvent":
        return _transformed(event, item)
    if event.kind in GROUPS and event.parent_id:
        return _grouped(event, item)
    grave = bool(_GRAVE & {event.disposition, *event.dispositions_set})
    if event.action == "ADD" and event.kind == "ObjectEvent":
        return Told("factory", say("Issued"))
    if event.action == "DELETE":
        return Told("archive-x", say("Taken out of use"), grave=True)
    step = event.biz_step.rpartition("/")[2].rpartition(":")[2]
    other = claim.counterparty.name if claim.counterparty is not None else ""
    title = _worded(step)
    if step in ("shipping", "consigning", "departing"):
        title = say("Shipped to {name}").format(name=other) if other else say("Shipped")
    elif step in ("receiving", "accepting"):
        title = say("Received from {name}").format(name=other) if other else say("Received")
    elif event.sensor_elements and not step:
        title = say("Sensor readings recorded")
    elif event.kind == "TransactionEvent":
        title = say("Tied to a business document") if not step else title
    return Told(_ICONS.get(step, "thermometer" if event.sensor_elements else "info"), title, grave=grave)


def _transformed(event: Event, item: Item) -> Told:
    went_in = _name(item) in map(name_of_goods, (*event.inputs, *(one.epc_class for one in event.input_quantities)))
    if went_in:
        count = len(event.outputs) + len(event.output_quantities)
        title = say("Made into other goods") if count != 1 else say("Made into another good")
        return Told("archive-x", title)
    count = len(event.inputs) + len(event.input_quantities)
    return Told("factory", say("Made of {count} other goods").format(count=count) if count > 1 else say("Made of another good"))


def _grouped(event: Event, item: Item) -> Told:
    box, count = name_of_goods(event.parent_id), len(event.epcs) + len(event.quantities)
    if box == _name(item):
        held = counted("{count} item", "{count} items", count).format(count=count)
        title = {"ADD": say("Filled with {held}"), "DELETE": say("Emptied of {held}")}.get(event.action, say("Seen with {held}"))
        return Told("boxes", title.format(held=held) if count else say("Emptied"))
    if event.action == "ADD":
        return Told("package", say("Packed into {container}").format(container=box), box, packs=True)
    if event.action == "DELETE":
        return Told("package-open", say("Unpacked from {container}").format(container=box), box, unpacks=True)
    return Told("package", say("Seen in {container}").format(container=box))


def _name(item: Item) -> str:
    if item.sscc or item.serial:
        return item.sscc or f"{item.gtin} · {item.serial}"
    return f"{item.gtin} · {say('lot')} {item.lot}" if item.lot else item.gtin


def name_of_goods(text: str) -> str:
    """An identity in a few characters: an SSCC, a GTIN with its serial, or the end of the URI."""
    if found := _SSCC.search(text):
        return found[1]
    if found := _SGTIN.search(text):
        return f"{found[1]} · {unquote(found[2])}"
    if found := _CLASS.search(text):
        return f"{found[1]} · {say('lot')} {unquote(found[2])}" if found[2] else found[1]
    return text


def short(name: str) -> str:
    """The name of a relative (`app.store.claims.name_of`) in a few characters."""
    if name.startswith("(00)"):
        return name[4:]
    return f"{name[4:18]} · {name[22:]}" if name.startswith("(01)") else name_of_goods(name)


def _worded(step: str) -> str:
    """A business step as words: ``staging_outbound`` is “Staging outbound”."""
    return step.replace("_", " ").replace("-", " ").capitalize()[:60] if step else say("Seen")
