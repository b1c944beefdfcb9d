"""What leaves the program about an item that this profile knows: its signed label, and its sealed evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from app.exchange.checking import Stopped
from app.labels import Label, Symbol, signed_label
from app.network import Network
from app.network.keyring import Keys
from app.station import Station
from app.store import dossier
from app.trust.cosigning import cosigned, note_of
from chain import bundle, depot, encoding, gs1
from chain.errors import BadInput
from chain.evidence import Checkpoint, Evidence
from chain.journey import Item, Party, Unreadable
from chain.keys import SigningKey
from chain.label import LabelDomain, read_label
from chain.proven import Storage

_EVERY = 50  # items between two words of progress


def printed(station: Station, text: str, symbol: Symbol = Symbol.QR) -> Label:
    """The label of the item that a text names, with the lot, expiry and product name recorded for it.

    Raises BadInput where the text names no item, or none that this profile knows the issuer of and keeps the key of.
    """
    item = gs1.parse(text)
    if isinstance(item, Unreadable):
        raise BadInput(f"{item.reason} {item.hint}".strip())
    network = station.network()
    known, product, party = _known(station, item)
    domain = LabelDomain(network.trust.chain_id, network.trust.contract)
    return signed_label(known, _signer(station, network, party), domain, product, symbol=symbol)


def sealed(station: Station, text: str) -> bytes:
    """The evidence file of the item that a text names, sealed by a device of this station's party, or else of its issuer.

    Raises BadInput where the text names no item or nothing about it is known here.
    """
    label = read_label(text)
    if isinstance(label, Unreadable):
        raise BadInput(f"{label.reason} {label.hint}".strip())
    network = station.network()
    party = station.here or _known(station, label.item)[2]
    key = _signer(station, network, party)
    with station.store.reading():
        evidence = vouched(station, network.keys, label.item, (party.organisation,))
        return bundle.write(label, evidence, network.trust, key)


def sealed_pack(
    station: Station,
    texts: Sequence[str],
    progress: Callable[[str, int, int], object] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> bytes:
    """The depot pack of the items that texts name, sealed by a device of this station's party, or else of the first's issuer.

    `progress` is told how many items were looked at; when `cancelled` says so, Stopped is raised.

    Raises BadInput where a text names no item or nothing about one is known here.
    """
    labels = []
    for text in texts:
        label = read_label(text)
        if isinstance(label, Unreadable) or not label.item.serialised:
            why = f"{label.reason} {label.hint}".strip() if isinstance(label, Unreadable) else "It names no single item."
            raise BadInput(f"“{text[:100]}” cannot be packed: {why}")
        labels.append(label)
    network = station.network()
    party = station.here or _known(station, labels[0].item)[2]
    key = _signer(station, network, party)
    store = station.store

    def stop_if_wanted() -> None:
        if cancelled is not None and cancelled():
            raise Stopped("It was stopped: no file was written.")

    def node(reference: bytes) -> bytes:
        stop_if_wanted()
        return evidence.node(reference)

    with store.reading():
        items, expected = [label.item for label in labels], list[depot.Expected]()
        evidence = _vouched(station, network.keys, lambda at: dossier.evidence_of(items, store, (party.organisation,), at))
        for done, label in enumerate(labels, 1):
            expected.append(depot.Expected(label, dossier.open_lots(store, label.item)))
            if done % _EVERY == 0:
                stop_if_wanted()
                if progress is not None:
                    progress("items", done, len(labels))
        return depot.write(expected, replace(evidence, node=node), network.trust, key)


def vouched(station: Station, keys: Keys, item: Item, also: Iterable[int] = ()) -> Evidence:
    """The evidence about an item as of the newest checkpoint, co-signed by every witness that can be had here.

    Where those are not enough, as of the checkpoint in the profile's note if that is one of ours. Raises BadInput, StoreError.
    """
    return _vouched(station, keys, lambda at: dossier.evidence(station.store, item, also, at))


def _vouched(station: Station, keys: Keys, gather: Callable[[tuple[Checkpoint, bytes] | None], Evidence | None]) -> Evidence:
    store, trust = station.store, station.trust
    evidence = gather(None)
    if evidence is None or trust is None:
        raise BadInput("Nothing proven is on this laptop yet: sync first.")
    signed = cosigned(station.profile, trust, evidence.checkpoint, store.replica.tiles(), keys)
    quorum, noted = trust.quorum, note_of(station.profile)
    if quorum is not None and noted is not None and not quorum.agrees(one.name for one in signed.signatures):
        header = store.replica.header_of(noted.bare)
        older = gather((noted, header)) if header is not None else None
        if older is not None:
            return older
    return replace(evidence, checkpoint=signed)


def _signer(station: Station, network: Network, party: Party) -> SigningKey:
    """The key of this laptop's device of a party. Raises BadInput where the newest proven state knows no such device."""
    key = network.keys.device(party.gln)
    with station.store.reading():
        state = dossier.evidence(station.store, Item())
        device = Storage(state, network.trust).device(key.address) if state is not None else None
    if device is None or device.organisation != party.organisation:
        raise BadInput(f"This laptop is no device of {party.name}, so it cannot sign for them: only their own laptops can.")
    return key


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
