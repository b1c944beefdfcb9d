"""Letters: the details of events, from who shipped goods to who receives them, through a folder that need not be trusted.

The log holds commitments, so whoever receives goods can prove their whole journey only with what stands behind the commitments of
those who had them before. A letter carries what an evidence file of the goods would show, up to their shipment, and no other
event. It is sealed to one laptop of the organisation to which the log says they were shipped (`app.letters.sealing`), and each
detail in it is kept only where the proven log has its commitment (`app.letters.content`). Product names and the places of GLNs
are bound by nothing, so they do not travel.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.known import known
from app.letters.card import Card
from app.letters.content import Behind, Content, gather, read, take, written
from app.letters.post import Post
from app.letters.sealing import public_of, seal, unseal
from chain.encoding import Device
from chain.errors import BadProof, KeyLocked
from chain.journey import Party

if TYPE_CHECKING:
    from app.network import Network
    from app.station import Station
    from app.store import Store

AT_ONCE = 500
"""Shipments whose letters one exchange writes to one laptop; the next one goes on."""
LOOK_AGAIN = 100
"""Shipments sent with details missing that one exchange looks at again, the newest."""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What an exchange did: letters left, letters taken, details in them that were not here before, letters refused, and letters
    that wait until this laptop has proven as much of the log as they tell of, or until its keys are open."""

    left: int = 0
    taken: int = 0
    details: int = 0
    refused: int = 0
    waiting: int = 0


def relay_folder(network: Network) -> Path | None:
    """The folder that a network's laptops share with their relayer, None where each sends with its own key."""
    access = network.access
    return Path(access.relay) if access is not None and access.relay != "own" else None


def exchange(station: Station, folder: Path | None = None, *, again: bool = False) -> Exchanged:
    """Show this laptop's card, leave letters about goods that were shipped, take those that came. Sync before.

    Args:
        folder: where; the relay folder by default. Nothing is done where there is neither, nor by a station that is nobody's.
        again: leave letters also where they were left before.

    Raises:
        StoreError: the folder cannot be read or written.
    """
    network, me = station.network(), station.here
    where = folder or relay_folder(network)
    if where is None or me is None or not me.organisation:
        return Exchanged()
    post, store = Post(where), station.store
    with store.reading():
        devices = known(store).devices
    address = _address(station, network, me)
    if address is not None and address in devices:
        _show_card(network, me, address, post)
    if again:
        with store.transaction():
            store.letters.forget()
    taken = _take(store, network, me, address, post) if address is not None else Exchanged()
    left = sum(_leave(store, network, me, card, post) for card in _readers(network, me, devices, post))
    return replace(taken, left=left)


def _address(station: Station, network: Network, me: Party) -> bytes | None:
    """This laptop's device, remembered (it is public); None where it was never told and the keys are not open."""
    name = f"device/{me.gln}"
    kept = station.store.goods.setting(name)
    if kept:
        return bytes.fromhex(str(kept))
    try:
        address = network.keys.device(me.gln).address
    except KeyLocked:
        return None
    with station.store.transaction():
        station.store.goods.set(name, address.hex())
    return address


def _show_card(network: Network, me: Party, address: bytes, post: Post) -> None:
    """Leave the card by which others seal to this laptop, unless it is there; not while the keys are locked."""
    trust = network.trust
    shown = post.card(address)
    try:
        if shown is not None and Card.read(shown, trust).device == address:
            return
    except BadProof:
        pass
    with suppress(KeyLocked):
        card = Card.make(network.keys.device(me.gln), public_of(network.keys.secret(f"letters/{me.gln}")), trust)
        post.show(card.device, card.to_bytes())


def _readers(network: Network, me: Party, devices: Mapping[bytes, Device], post: Post) -> list[tuple[Card, int]]:
    """Cards of laptops of other organisations that may record now, by the proven log, with the organisations' numbers."""
    now, found = time.time(), []
    for data in post.cards():
        try:
            card = Card.read(data, network.trust)
        except BadProof:
            continue  # somebody's file, not a card
        device = devices.get(card.device)
        valid = device is not None and not device.revoked_at and device.valid_from <= now <= device.valid_until
        if device is not None and valid and device.organisation != me.organisation:
            found.append((card, device.organisation))
    return found


def _leave(store: Store, network: Network, me: Party, reader: tuple[Card, int], post: Post) -> int:
    """Letters to one laptop about what was shipped to its organisation; how many.

    What was told with details missing is looked at again when details came in since.
    """
    card, organisation = reader
    looked = f"letters/{card.device.hex()}"
    with store.reading():
        size, newest = store.replica.proven_size(), store.goods.newest_detail()
        due = store.letters.due(me.organisation, organisation, card.device, size, AT_ONCE)
        if store.goods.setting(looked) != newest:
            due += store.letters.unfinished(me.organisation, organisation, card.device, size, LOOK_AGAIN)
        told = [(ship, gather(store, ship.units, ship.index + 1), before) for ship, before in due]
    fresh = [(ship, found) for ship, found, before in told if len(found.details) > before or before < 0]
    content = Content(size)
    for _, found in fresh:
        content.add(found)
    try:
        letters = [seal(card.key, _about(network, card.device), data) for data in written(content)]
    except BadProof:
        return 0  # a device may sign a card with a key to which nobody can seal: it harms itself
    for letter in letters:
        post.put(card.device, letter)
    with store.transaction():
        for ship, found in fresh:
            store.letters.sent(ship.commitment, card.device, len(found.details), found.missing)
        store.goods.set(looked, newest)
    return len(letters)


def _take(store: Store, network: Network, me: Party, address: bytes, post: Post) -> Exchanged:
    """Take the letters to this laptop; what does not fit the log is refused and cleared away."""
    names = post.letters(address)
    if not names:
        return Exchanged()
    try:
        opener = network.keys.secret(f"letters/{me.gln}")
    except KeyLocked:
        return Exchanged(waiting=len(names))
    taken = details = refused = waiting = 0
    for name in names:
        letter = post.letter(name)
        if letter is None:  # still being copied, or damaged on the way
            waiting += 1
            continue
        try:
            details += take(store, read(unseal(opener, _about(network, address), letter)))
            taken += 1
        except Behind:
            waiting += 1
            continue
        except BadProof:
            refused += 1
        post.drop(name)
    return Exchanged(0, taken, details, refused, waiting)


def _about(network: Network, device: bytes) -> bytes:
    """What a letter is sealed for: the contract and the laptop."""
    return network.trust.origin.encode() + b"\0" + device
