"""The two questions everybody asks of a text: which item is it, and what does it hold?"""

from __future__ import annotations

from datetime import date
from typing import Any

from chain.errors import BadInput
from chain.gs1 import links
from chain.gs1.associations import check_contradictions, check_required
from chain.gs1.causes import hint_for
from chain.gs1.element_strings import Element
from chain.gs1.item import item_of
from chain.gs1.reading import cleaned, read
from chain.journey import Item, Unreadable


def parse(text: str, on: date | None = None) -> Item | Unreadable:
    """The item that a scanned text names, or why it names none and what to do about it. Opens nothing, raises nothing.

    Takes Digital Links on any domain, element strings raw or bracketed, EPC URNs, and the digits of EAN, UPC, GTIN and SSCC;
    a GTIN alone is an item that is not serialised. AIs that contradict each other are refused; AIs that lack a partner are
    not, since the partner may stand in another code on the package. `on` is the day from which dates are judged.
    """
    try:
        elements = read(text, on).elements
        check_contradictions(elements)
        return item_of(elements, on)
    except BadInput as fault:
        return Unreadable(fault.words, hint_for(text, fault))


def elements(text: str) -> tuple[Element, ...]:
    """The GS1 elements of a text in any form, judged by every rule of the syntax dictionary. Raises BadInput."""
    found = read(text).elements
    check_contradictions(found)
    check_required(found)
    return found


def describe(text: str) -> dict[str, Any]:
    """All that can be said of a text, ready for JSON: its elements, its item, its canonical Digital Link, or why not.

    `item` is None where the text names none (a place, a document), `digital_link` where there is no key. `error` is there only
    where a rule is broken, `hint` only where something can be done about it; elements that could be read are listed anyway.
    """
    shown = text.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate is no text
    answer: dict[str, Any] = {"text": shown, "elements": [], "item": None, "digital_link": None}
    try:
        found = read(text).elements
        answer["elements"] = [{"ai": one.ai, "title": one.title, "value": one.value} for one in found]
        check_contradictions(found)
        answer["item"] = _item(found)
        answer["digital_link"] = _link(found)
        check_required(found)
    except BadInput as fault:
        answer["error"] = fault.words
        hint = hint_for(text, fault)
        if hint:
            answer["hint"] = hint
    return answer


def as_json(item: Item) -> dict[str, str]:
    """The fields of an item as JSON texts; empty where there is none, the expiry in ISO 8601."""
    expiry = item.expiry.isoformat() if item.expiry else ""
    return {"gtin": item.gtin, "serial": item.serial, "lot": item.lot, "expiry": expiry, "sscc": item.sscc}


def _item(found: tuple[Element, ...]) -> dict[str, str] | None:
    try:
        return as_json(item_of(found))
    except BadInput:
        return None


def _link(found: tuple[Element, ...]) -> str | None:
    try:
        return links.write(found)
    except BadInput:
        return None


def link_parameters(text: str) -> dict[str, str]:
    """The decoded query parameters of a Digital Link that are no AIs, such as our label signature ``wp``.

    Of a name that comes twice the first counts. Empty where the text is no web address.
    """
    try:
        text = cleaned(text)
        if text.startswith("]"):
            text = text[3:]
        scheme, colon, rest = text.partition("://")
        return links.parameters_of(f"{scheme.lower()}{colon}{rest}")
    except BadInput:
        return {}
