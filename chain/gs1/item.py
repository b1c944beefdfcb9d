"""Items as GS1 elements, Digital Links, element strings and EPC URNs, and back: the same identity in every dress."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from chain.errors import BadInput
from chain.gs1 import epc, links
from chain.gs1.dates import calendar_date, gs1_date
from chain.gs1.dictionary import RULES
from chain.gs1.element_strings import FNC1, Element, check, to_bracketed, to_raw
from chain.gs1.faults import shown
from chain.gs1.linters import csum
from chain.gs1.reading import swallowed
from chain.journey import Item

# Keys that name something, but no item; what they name, for people.
_OTHER_KEYS = {
    "02": "the content of a logistic unit without the unit itself",
    "03": "a made-to-order trade item",
    "253": "a document",
    "255": "a coupon",
    "401": "a consignment",
    "402": "a shipment",
    "414": "a place",
    "415": "a party to be paid",
    "417": "a party",
    "8003": "a returnable asset",
    "8004": "an asset",
    "8006": "one piece of an item",
    "8010": "a component or part",
    "8013": "a model",
    "8017": "a service provider",
    "8018": "a service recipient",
}


def item_of(elements: Sequence[Element], on: date | None = None) -> Item:
    """The item that elements name: a logistic unit where there is an SSCC, else a trade item.

    Beside an SSCC everything else describes its content and is left out. Expiry is AI (17), or the day of AI (7003).
    `on` is the day from which the century of a date is judged. Raises BadInput where the elements name no item.
    """
    values = {element.ai: element.value for element in elements}
    if "00" in values:
        return Item(sscc=_not_zero("00", values["00"]))
    if "01" in values:
        expiry = values.get("17") or values.get("7003", "")[:6]
        return Item(
            gtin=_not_zero("01", values["01"]),
            serial=values.get("21", ""),
            lot=values.get("10", ""),
            expiry=calendar_date(expiry, on) if expiry else None,
        )
    for ai, what in _OTHER_KEYS.items():
        if ai in values:
            raise BadInput(f"This code names {what} ({RULES[ai].name}), not an item.")
    raise BadInput(f"There is neither a GTIN nor an SSCC in this code, only {shown(to_bracketed(elements))}.")


def _not_zero(ai: str, digits: str) -> str:
    if not digits.strip("0"):
        raise BadInput(f"{RULES[ai].name} is all zeros, which names nothing.")
    return digits


def elements_of(item: Item, on: date | None = None) -> tuple[Element, ...]:
    """The checked elements of an item, those of fixed length first. Raises BadInput where a field breaks the standard."""
    if bool(item.gtin) == bool(item.sscc):
        raise BadInput("An item has either a GTIN or an SSCC.")
    if item.sscc:
        found = [Element("00", item.sscc)]
    else:
        found = [Element("01", item.gtin)]
        if item.expiry is not None:
            found.append(Element("17", gs1_date(item.expiry, on)))
        found += [Element(ai, value) for ai, value in (("10", item.lot), ("21", item.serial)) if value]
    for element in found:
        check(RULES[element.ai], element.value)
    return tuple(found)


def digital_link(item: Item, base: str = links.CANONICAL, **query: str) -> str:
    """The Digital Link of an item on the domain `base`: lot and serial in the path, expiry and `query` behind it.

    `query` holds parameters that are no AIs, such as our label signature ``wp``. Raises BadInput.
    """
    link = links.write(elements_of(item), base)
    for name, value in query.items():
        if name.isdigit():
            raise BadInput(f"The parameter {name} would be taken for a GS1 field number.")
        text = value.encode("utf-8").decode("latin-1")
        link += ("&" if "?" in link else "?") + links.escape(name, True) + "=" + links.escape(text, True)
    if query or base != links.CANONICAL:
        links.read(link)
    return link


def element_string(item: Item) -> str:
    """The raw element string of an item, with 0x1D behind each value of variable length that is not last.

    Where nothing would show that the last value is whole, it gets a separator, too, so that a reader need not doubt it.
    """
    elements = elements_of(item)
    text = to_raw(elements)
    return text + FNC1 if FNC1 not in text and swallowed(elements) else text


def bracketed(item: Item) -> str:
    """The element string of an item with its AIs in brackets, for people."""
    return to_bracketed(elements_of(item))


def epc_urn(item: Item, gcp_length: int) -> str:
    """The EPC URN of an item: SSCC, SGTIN, else LGTIN, else the pattern of all serials. Raises BadInput.

    `gcp_length` is the number of digits of the GS1 company prefix, 6 to 12.
    """
    return epc.to_urn([element for element in elements_of(item) if element.ai != "17"], gcp_length)


def from_epc_urn(urn: str) -> Item:
    """The item of an EPC URN (SGTIN, SSCC, LGTIN or a pattern of SGTINs). Raises BadInput, also where it names no item."""
    return item_of(epc.from_urn(urn))


def valid_gln(gln: str) -> bool:
    """Whether this is a GLN: 13 digits with a right check digit, not all zeros."""
    return len(gln) == 13 and csum(gln) is None and bool(gln.strip("0"))
