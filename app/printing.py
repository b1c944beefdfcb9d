"""Labels of items that this profile knows, signed by the issuer's device where its key is kept here."""

from __future__ import annotations

from app.labels import Label, signed_label
from app.station import Station
from chain import encoding, gs1
from chain.errors import BadInput
from chain.journey import Item, Unreadable
from chain.label import LabelDomain


def printed(station: Station, text: str) -> Label:
    """The label of the item that a text names, with the lot, expiry and product name recorded for it.

    Raises BadInput where the text names no item, or none that this profile knows the issuer of.
    """
    item = gs1.parse(text)
    if isinstance(item, Unreadable):
        raise BadInput(f"{item.reason} {item.hint}".strip())
    network = station.network()
    for code in encoding.prefixes_of(item):
        found = station.store.goods.item(encoding.unit_of(item, code))
        birth = station.store.replica.about(encoding.unit_of(item, code), station.store.replica.size())
        party = station.store.goods.party(birth[0].organisation) if birth else None
        if found is not None and party is not None:
            known, product = found
            domain = LabelDomain(network.trust.chain_id, network.trust.contract)
            return signed_label(known, network.keys.device(party.gln), domain, product)
    raise BadInput(f"This profile does not know who issued {item.key}: import or sync its history first.")


def label_text_of(station: Station, item: Item) -> str:
    """The text of an item's signed label."""
    return printed(station, item.key).text
