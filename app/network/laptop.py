"""This laptop and its siblings: its device on the contract, where its secret lies and when it locks, who else may record.

For the window and the command line alike. A secret that was locked stays so until somebody opens it; verifying never needs one.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.handover.codes import read, texts
from app.known import known
from app.network.keyring import AUTO_LOCK, StoredKeys
from app.network.membership import REQUEST, Request, approve_device, revoke_device
from app.trust import aloud
from chain.errors import BadInput
from chain.journey import Party

if TYPE_CHECKING:
    from pathlib import Path

    from app.network import Network
    from app.station import Station

MINUTES = (1, 5, 15, 60, 480)
"""After how many minutes without a signature the secret may be set to lock."""
_SETTING = "lock_after_minutes"
LAST_SECOND = 253_402_300_799  # of the year 9999


@dataclass(frozen=True, slots=True)
class Device:
    """A laptop of this organisation: its address (20 bytes), its fingerprint in eight words, until when it may record.

    `stopped` says that it was revoked, `doubted` from when its events are to be doubted (None for never), `here` that it is this
    one.
    """

    address: bytes
    words: str
    until: datetime
    stopped: bool
    doubted: datetime | None
    here: bool

    def records(self, now: datetime) -> bool:
        """Whether it may record now."""
        return not self.stopped and now <= self.until


@dataclass(frozen=True, slots=True)
class Laptop:
    """This laptop. `address` is None while its secret was never open here; `kept_in` is "keyring", "file", or "public" for the
    embedded chain's stand-in keys, which protect nothing; `minutes` until it locks by itself."""

    party: Party | None
    address: bytes | None
    words: str
    kept_in: str
    locked: bool
    minutes: int
    devices: tuple[Device, ...]

    @property
    def mine(self) -> Device | None:
        """This laptop as the contract knows it, None where it was not admitted."""
        return next((one for one in self.devices if one.here), None)


def fingerprint(address: bytes) -> str:
    """A device's address as eight words to read aloud."""
    return aloud(hashlib.sha256(b"wayproof device\n" + address).digest())


def look(station: Station) -> Laptop:
    """How things stand; opens no secret."""
    network, party = station.network(), station.here
    keys, minutes = network.keys, minutes_of(station)
    stored = keys if isinstance(keys, StoredKeys) else None
    if stored is not None:
        stored.idle = minutes * 60.0
    locked = stored.locked if stored is not None else False
    address = _address(station, network, party, locked)
    devices = _devices(station, party, address) if party is not None else ()
    kept = stored.kept_in if stored is not None else "public"
    return Laptop(party, address, fingerprint(address) if address else "", kept, locked, minutes, devices)


def _address(station: Station, network: Network, party: Party | None, locked: bool) -> bytes | None:
    """This laptop's address, remembered (it is public): it is told while the secret is locked, and telling it is no use of it."""
    if party is None:
        return None
    name = f"device/{party.gln}"
    kept = station.store.goods.setting(name)
    if kept:
        return bytes.fromhex(str(kept))
    if locked:
        return None
    address = network.keys.device(party.gln).address
    if isinstance(network.keys, StoredKeys):
        with station.store.transaction():
            station.store.goods.set(name, address.hex())
    return address


def _devices(station: Station, party: Party, mine: bytes | None) -> tuple[Device, ...]:
    with station.store.reading():
        everybody = known(station.store).devices
    return tuple(
        Device(
            address, fingerprint(address), _moment(one.valid_until), bool(one.revoked_at),
            _moment(one.suspect_since) if one.suspect_since else None, address == mine,
        )
        for address, one in everybody.items()
        if party.organisation and one.organisation == party.organisation
    )  # fmt: skip


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(min(seconds, LAST_SECOND), UTC)


# ---- the secret ----------------------------------------------------------------------------------------------------------


def stored_keys(station: Station) -> StoredKeys:
    """The keys of a profile with a secret of its own. Raises BadInput for the embedded chain."""
    keys = station.network().keys
    if not isinstance(keys, StoredKeys):
        raise BadInput("This profile is on its own embedded chain, whose keys are public: there is nothing to lock.")
    return keys


def lock(station: Station) -> None:
    """Forget the secret at once."""
    stored_keys(station).lock()


def unlock(station: Station, passphrase: str | None) -> None:
    """Open the secret. Raises KeyLocked where the passphrase does not."""
    keys = stored_keys(station)
    keys.idle = minutes_of(station) * 60.0
    keys.unlock(passphrase)


def minutes_of(station: Station) -> int:
    """After how many minutes without a signature the secret locks."""
    kept = station.store.goods.setting(_SETTING)
    return kept if isinstance(kept, int) and kept in MINUTES else int(AUTO_LOCK // 60)


def lock_after(station: Station, minutes: int) -> None:
    """Set that. Raises BadInput."""
    if minutes not in MINUTES:
        raise BadInput("The keys lock after 1, 5, 15, 60 or 480 minutes.")
    with station.store.transaction():
        station.store.goods.set(_SETTING, minutes)
    keys = station.network().keys
    if isinstance(keys, StoredKeys):
        keys.idle = minutes * 60.0


# ---- admission -----------------------------------------------------------------------------------------------------------


def request(station: Station) -> Request:
    """This laptop's request to record for its organisation. Raises KeyLocked, BadInput."""
    network, party = station.network(), station.here
    if party is None:
        raise BadInput("This station does not say whose it is: choose that under Settings first.")
    return Request.make("device", party, network.keys.device(party.gln), network.trust)


def request_texts(wish: Request) -> list[str]:
    """What the codes of a request say."""
    return texts(wish.fields)


def request_in(station: Station, whole: str) -> Request:
    """A request out of its codes. Raises BadInput."""
    return _ours(station, Request.of(read(whole, REQUEST), station.network().trust, "in this code"))


def request_from(station: Station, path: Path) -> Request:
    """A request out of a file. Raises BadInput."""
    return _ours(station, Request.read(path, station.network().trust))


def _ours(station: Station, wish: Request) -> Request:
    party = station.here
    if wish.kind != "device":
        raise BadInput("This is the request of an organisation: the administrator admits it with `wayproof member approve`.")
    if party is None or wish.party.gln != party.gln:
        raise BadInput(f"This laptop asks to record for {wish.party.name or wish.party.gln}: only they can admit it.")
    return wish


def admit(station: Station, wish: Request, days: int) -> int:
    """Let a laptop record for so many days; the organisation's number. Raises BadInput, KeyLocked, LedgerError."""
    if not 1 <= days <= 36_500:
        raise BadInput("A laptop is admitted for 1 to 36,500 days.")
    station.sync()
    number = approve_device(station.network(), station.store, wish, int(time.time()) + days * 86_400)
    station.sync()
    return number


def stop(station: Station, address: bytes, since: datetime | None = None) -> None:
    """Stop a laptop of this organisation at once and for good; events since then are to be doubted (None: none).

    Raises BadInput, KeyLocked, LedgerError, RuleBroken.
    """
    party = station.here
    if party is None:
        raise BadInput("This profile belongs to no party yet.")
    station.sync()
    revoke_device(station.network(), station.store, party.gln, address, int(since.timestamp()) if since else 0)
    station.sync()
