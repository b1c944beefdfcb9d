"""What leaves the program about an item that this profile knows: its signed label, and its sealed evidence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from app.cosigning import cosigned, note_of
from app.keyring import Keys
from app.labels import Label, signed_label
from app.station import Station
from app.store import dossier
from chain import bundle, encoding, gs1
from chain.errors import BadInput
from chain.evidence import Evidence
from chain.journey import Item, Party, Unreadable
from chain.label import LabelDomain, read_label


def printed(station: Station, text: str) -> Label:
    """The label of the item that a text names, with the lot, expiry and product name recorded for it.

    Raises BadInput where the text names no item, or none that this profile knows the issuer of.
    """
    item = gs1.parse(text)
    if isinstance(item, Unreadable):
        raise BadInput(f"{item.reason} {item.hint}".strip())
    network = station.network()
    known, product, party = _known(station, item)
    domain = LabelDomain(network.trust.chain_id, network.trust.contract)
    return signed_label(known, network.keys.device(party.gln), domain, product)


def sealed(station: Station, text: str) -> bytes:
    """The evidence file of the item that a text names, sealed by a device of this station's party, or else of its issuer.

    Raises BadInput where the text names no item or nothing about it is known here.
    """
    label = read_label(text)
    if isinstance(label, Unreadable):
        raise BadInput(f"{label.reason} {label.hint}".strip())
    network = station.network()
    party = station.here or _known(station, label.item)[2]
    with station.store.reading():
        evidence = vouched(station, network.keys, label.item, (party.organisation,))
        return bundle.write(label, evidence, network.trust, network.keys.device(party.gln))


def vouched(station: Station, keys: Keys, item: Item, also: Iterable[int] = ()) -> Evidence:
    """The evidence about an item as of the newest checkpoint, co-signed by every witness that can be had here.

    Where those are not enough, as of the checkpoint in the profile's note if that is one of ours. Raises BadInput, StoreError.
    """
    store, trust = station.store, station.trust
    evidence = dossier.evidence(store, item, also)
    if evidence is None or trust is None:
        raise BadInput("Nothing proven is on this laptop yet: sync first.")
    signed = cosigned(station.profile, trust, evidence.checkpoint, store.replica.tiles(), keys)
    quorum, noted = trust.quorum, note_of(station.profile)
    if quorum is not None and noted is not None and not quorum.agrees(one.name for one in signed.signatures):
        header = store.replica.header_of(noted.bare)
        older = dossier.evidence(store, item, also, (noted, header)) if header is not None else None
        if older is not None:
            return older
    return replace(evidence, checkpoint=signed)


def _known(station: Station, item: Item) -> tuple[Item, str, Party]:
    """The item as it was recorded, its product, and who issued it. Raises BadInput."""
    for code in encoding.prefixes_of(item):
        unit = encoding.unit_of(item, code)
        found = station.store.goods.item(unit)
        entries = station.store.replica.about(unit, station.store.replica.size())
        party = station.store.goods.party(entries[0].organisation) if entries else None
        if found is not None and party is not None:
            return *found, party
    raise BadInput(f"This profile does not know who issued {item.key}: import or sync its history first.")


def label_text_of(station: Station, item: Item) -> str:
    """The text of an item's signed label."""
    return printed(station, item.key).text
