"""Master data of a document's header (EPCIS 2.0 section 6.4, CBV 2.0 section 9): names of places, parties and classes.

They are what the document's maker says of them: nothing is judged or fetched; what has no name and no coordinates is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from chain.epcis.events import PARTY, PLACE, gln_or_uri
from chain.epcis.identities import link_of

_KINDS = {
    "Location": "place", "ReadPoint": "place", "BusinessLocation": "place", "SourceDest": "party", "Party": "party",
    "EPCClass": "class",
}  # fmt: skip
_NAMES = ("name", "descriptionShort", "tradeItemDescription", "regulatedProductName", "functionalName", "siteName")
_ADDRESS = ("streetAddressOne", "streetAddressTwo", "postalCode", "city", "state")
_LOCAL = re.compile(r"[^:/#]*\Z")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Master:
    """One vocabulary element. `kind` is ``place``, ``party`` or ``class``; `name` is what events call it: a GLN, a canonical link
    or a URI. `lat`, `lon` in degrees, None where untold; `country` is a two-letter code or ""."""

    kind: str
    name: str
    title: str
    lat: float | None = None
    lon: float | None = None
    country: str = ""
    address: str = ""


def masters_of(head: Mapping[str, object]) -> Iterator[Master]:
    """The vocabulary elements of a document's `head` that say something."""
    for vocabulary in _rows(_at(head, "epcisHeader", "epcisMasterData", "vocabularyList")):
        kind = _KINDS.get(_local(vocabulary.get("type")))
        for element in _rows(vocabulary.get("vocabularyElementList")) if kind else ():
            name = element.get("id")
            if kind and isinstance(name, str) and (found := _master(kind, name.strip(), element)) is not None:
                yield found


def _master(kind: str, name: str, element: Mapping[str, object]) -> Master | None:
    said: dict[str, str] = {}
    for one in _rows(element.get("attributes")):
        value = one.get("attribute")
        if isinstance(value, str | int | float):
            said.setdefault(_local(one.get("id")), str(value).strip()[:_LONGEST])
    title = next((said[one] for one in _NAMES if said.get(one)), "")
    lat, lon = _degrees(said.get("latitude", ""), 90), _degrees(said.get("longitude", ""), 180)
    if lat is None or lon is None:
        lat = lon = None
    if not (title or lat is not None):
        title = said.get("city", "")
    if not title and lat is None:
        return None
    country = said.get("countryCode", "")
    address = ", ".join(said[one] for one in _ADDRESS if said.get(one))
    called = _class(name) if kind == "class" else gln_or_uri(name, PARTY if kind == "party" else PLACE)
    return Master(kind, called, title or called, lat, lon, country if re.fullmatch("[A-Z]{2}", country) else "", address)


def _class(name: str) -> str:
    """The canonical link of a class; ``urn:epc:idpat:sgtin:P.I.*`` is all items of a GTIN."""
    if name.startswith("urn:epc:idpat:sgtin:") and name.endswith(".*"):
        link = link_of(f"urn:epc:id:sgtin:{name[20:-2]}.0")
        return link.partition("/21/")[0] if link else name
    return link_of(name) or name


def _degrees(text: str, most: int) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) <= most else None


def _local(name: object) -> str:
    found = _LOCAL.search(name) if isinstance(name, str) else None
    return found[0] if found else ""


def _at(value: object, *names: str) -> object:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _rows(value: object) -> Iterator[Mapping[str, object]]:
    for one in value if isinstance(value, list) else ():
        if isinstance(one, Mapping):
            yield one
