"""A journey that EPCIS tells from cocoa to shop: goods made of goods, packed, shipped over three hops, in JSON and in XML 1.2.

Cocoa (a lot) and milk (a lot) become two bars; both go into a case, the case onto a pallet; the pallet is shipped from Abidjan's
exporter... to a depot in Rotterdam and unpacked there; the bar goes on to a shop in Vienna and is sold.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chain.gs1 import check_digit
from chain.journey import Item


def _checked(digits: str) -> str:
    return digits + check_digit(digits)


MAKER, DEPOT, SHOP = (_checked(f"9521{number:08d}") for number in (101, 202, 303))
UNPLACED = _checked("952100000909")
COCOA = f"https://id.gs1.org/01/{_checked('0952100077701')}/10/C-7"
MILK = f"https://id.gs1.org/01/{_checked('0952100077702')}/10/M-3"
BARS = tuple(Item(gtin=_checked("0952100055501"), serial=f"BAR{number}") for number in (1, 2))
CASE, PALLET = Item(sscc=_checked("09521000000000001")), Item(sscc=_checked("09521000000000002"))
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
PLACES = {
    MAKER: ("Confiserie Basel", "47.5596", "7.5886", "CH"),
    DEPOT: ("Rotterdam Depot", "51.9244", "4.4777", "NL"),
    SHOP: ("Wiener Laden", "48.2082", "16.3738", "AT"),
    UNPLACED: ("Somewhere on the way", "", "", ""),
}


def link(item: Item) -> str:
    return f"https://id.gs1.org/00/{item.sscc}" if item.sscc else f"https://id.gs1.org/01/{item.gtin}/21/{item.serial}"


def event(kind: str, at: str, step: str, place: str, **members: Any) -> dict[str, Any]:
    """One event in the members of its JSON form."""
    found = {
        "type": kind, "eventID": f"urn:uuid:00000000-0000-4000-8000-{at.translate({ord(c): None for c in '-:TZ'})[:12]}",
        "eventTime": at, "eventTimeZoneOffset": "+00:00", "bizStep": step,
        "readPoint": {"id": f"https://id.gs1.org/414/{place}"},
    }  # fmt: skip
    return found | members


def party(gln: str) -> str:
    return f"https://id.gs1.org/417/{gln}"


def events() -> list[dict[str, Any]]:
    """The whole journey, in the order in which it happens."""
    bars, case, pallet = [link(bar) for bar in BARS], link(CASE), link(PALLET)
    mine = [{"type": "possessing_party", "source": party(MAKER)}]
    to_depot = [{"type": "possessing_party", "destination": party(DEPOT)}]
    depots = [{"type": "possessing_party", "source": party(DEPOT)}]
    to_shop = [{"type": "possessing_party", "destination": party(SHOP)}]
    return [
        event(
            "TransformationEvent", "2026-01-05T08:00:00Z", "commissioning", MAKER, sourceList=mine, outputEPCList=bars,
            inputQuantityList=[
                {"epcClass": COCOA, "quantity": 12.5, "uom": "KGM"}, {"epcClass": MILK, "quantity": 8, "uom": "LTR"},
            ],
            ilmd={"cbvmda:lotNumber": "BAR-1", "cbvmda:itemExpirationDate": "2029-01-31", "cbvmda:descriptionShort": "Dark bar"},
        ),
        event(
            "ObjectEvent", "2026-01-05T09:00:00Z", "commissioning", MAKER, action="ADD", epcList=[case, pallet], sourceList=mine
        ),
        event(
            "AggregationEvent", "2026-01-05T10:00:00Z", "packing", MAKER, action="ADD", parentID=case, childEPCs=bars,
            sourceList=mine,
        ),
        event(
            "AggregationEvent", "2026-01-05T11:00:00Z", "packing", MAKER, action="ADD", parentID=pallet, childEPCs=[case],
            sourceList=mine,
        ),
        event(
            "ObjectEvent", "2026-01-06T08:00:00Z", "shipping", MAKER, action="OBSERVE", epcList=[pallet], sourceList=mine,
            destinationList=to_depot, disposition="in_transit",
        ),
        event(
            "ObjectEvent", "2026-01-09T08:00:00Z", "receiving", DEPOT, action="OBSERVE", epcList=[pallet],
            sourceList=mine, destinationList=to_depot,
        ),
        event(
            "AggregationEvent", "2026-01-09T09:00:00Z", "unpacking", DEPOT, action="DELETE", parentID=pallet, childEPCs=[case],
            sourceList=depots,
        ),
        event(
            "AggregationEvent", "2026-01-09T10:00:00Z", "unpacking", DEPOT, action="DELETE", parentID=case, childEPCs=bars,
            sourceList=depots,
        ),
        event(
            "ObjectEvent", "2026-01-10T08:00:00Z", "shipping", DEPOT, action="OBSERVE", epcList=[bars[0]], sourceList=depots,
            destinationList=to_shop, disposition="in_transit",
        ),
        event(
            "ObjectEvent", "2026-01-13T08:00:00Z", "receiving", SHOP, action="OBSERVE", epcList=[bars[0]],
            sourceList=depots, destinationList=to_shop,
        ),
    ]  # fmt: skip


def masters() -> dict[str, Any]:
    """The header's master data: names and coordinates."""
    mda = "urn:epcglobal:cbv:mda"
    rows = [
        {
            "id": f"https://id.gs1.org/414/{gln}",
            "attributes": [
                {"id": f"{mda}:{name}", "attribute": value}
                for name, value in zip(("name", "latitude", "longitude", "countryCode"), said, strict=True)
                if value
            ],
        }
        for gln, said in PLACES.items()
    ]
    goods = [{"id": COCOA.partition("/10/")[0], "attributes": [{"id": f"{mda}:descriptionShort", "attribute": "Cocoa mass"}]}]
    kinds = {"urn:epcglobal:epcis:vtype:Location": rows, "urn:epcglobal:epcis:vtype:EPCClass": goods}
    listed = [{"type": kind, "vocabularyElementList": found} for kind, found in kinds.items()]
    return {"epcisMasterData": {"vocabularyList": listed}}


def document(told: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """An EPCIS 2.0 document of these events, of the whole journey where none are named."""
    return {
        "@context": [CONTEXT], "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-01-14T00:00:00Z",
        "epcisHeader": masters(), "epcisBody": {"eventList": events() if told is None else told},
    }  # fmt: skip


def file(folder: Path, told: list[dict[str, Any]] | None = None, name: str = "chocolate.jsonld") -> Path:
    """The document as a file."""
    path = folder / name
    path.write_text(json.dumps(document(told)), encoding="utf-8")
    return path
