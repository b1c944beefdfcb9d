"""Who signs what on this laptop: the keys of the organisations that are kept here, all derived from one master secret.

A party that takes part itself keeps its own key elsewhere. For parties whose history is imported, and for the sample world,
stand-in keys are derived here; on the embedded chain they come from a public seed and protect nothing (`embedded_master`). On
every other network the secret is the profile's own (`chain.keystore`), opened when a key is first needed and locked again after.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from chain.errors import BadInput, KeyLocked
from chain.keys import SigningKey, derive, embedded_master
from chain.keystore import Keystore, Ring, system_ring

AUTO_LOCK = 300.0  # seconds without a signature after which the master secret is forgotten
PASSWORD, PASSWORD_FILE = "WAYPROOF_PASSWORD", "WAYPROOF_PASSWORD_FILE"
_MOST_PASSWORD = 1024

Passphrase = Callable[[], str | None]
"""Gives the passphrase of a profile when it is needed; None asks for the operating system's keyring."""


class Keys(Protocol):
    """Whatever gives signing keys and salts."""

    def administrator(self) -> SigningKey:
        """The key of the consortium's administrator."""

    def owner(self, gln: str) -> SigningKey:
        """An organisation's own key, which enrols its devices."""

    def device(self, gln: str, number: int = 1) -> SigningKey:
        """The key of one of its devices, which records events and signs labels."""

    def relayer(self) -> SigningKey:
        """The key that sends what devices signed, and pays for it."""

    def seed(self, event_id: str) -> bytes:
        """32 bytes from which the salts of an event's fields are made; the same for the same event."""

    def secret(self, name: str) -> bytes:
        """32 bytes under a name that nobody else ever sees: what opens letters, what a witness signs with."""


class DerivedKeys:
    """Keys and seeds from a master secret of 32 bytes, the same each time.

    Args:
        master: the secret; None for the public one of the embedded chain.
    """

    def __init__(self, master: bytes | None = None) -> None:
        self._master = embedded_master() if master is None else master
        self._made: dict[str, SigningKey] = {}

    def administrator(self) -> SigningKey:
        """The key of the consortium's administrator."""
        return self._key("administrator")

    def owner(self, gln: str) -> SigningKey:
        """An organisation's own key."""
        return self._key(f"owner/{gln}")

    def device(self, gln: str, number: int = 1) -> SigningKey:
        """The key of one of an organisation's devices."""
        return self._key(f"device/{gln}/{number}")

    def relayer(self) -> SigningKey:
        """The key that sends what devices signed."""
        return self._key("relayer")

    def seed(self, event_id: str) -> bytes:
        """The seed of an event's salts: HMAC-SHA256 of its id under the master secret."""
        return hmac.new(self._master, b"event seed\0" + event_id.encode(), hashlib.sha256).digest()

    def secret(self, name: str) -> bytes:
        """A secret under a name: HMAC-SHA256 of it under the master secret, as no event's seed is made."""
        return hmac.new(self._master, b"secret\0" + name.encode(), hashlib.sha256).digest()

    def _key(self, path: str) -> SigningKey:
        if path not in self._made:
            self._made[path] = derive(self._master, path)
        return self._made[path]


class StoredKeys:
    """The keys of a profile with a secret of its own.

    Args:
        profile: the profile's folder; its key store must exist.
        passphrase: asked when the secret is needed and not open.
        idle: seconds after the last use until it is locked; may be changed.
        clock: seconds that only grow.
        ring: finds the operating system's keyring.
    """

    def __init__(
        self,
        profile: Path,
        passphrase: Passphrase | None = None,
        *,
        idle: float = AUTO_LOCK,
        clock: Callable[[], float] = time.monotonic,
        ring: Callable[[], Ring | None] = system_ring,
    ) -> None:
        self._profile = profile
        self._passphrase = passphrase or told_passphrase
        self.idle = idle
        self._clock = clock
        self._ring = ring
        self._store: Keystore | None = None
        self._used = 0.0
        self._shut = False
        self._turn = threading.RLock()

    def administrator(self) -> SigningKey:
        """The key that deployed the contract, if this profile did. Raises KeyLocked."""
        return self._opened().key("administrator")

    def owner(self, gln: str) -> SigningKey:
        """The organisation's own key, if this profile founded it. Raises KeyLocked."""
        return self._opened().key(f"owner/{gln}")

    def device(self, gln: str, number: int = 1) -> SigningKey:
        """The key of this laptop. Raises KeyLocked."""
        return self._opened().key(f"device/{gln}/{number}")

    def relayer(self) -> SigningKey:
        """The key that pays for transactions. Raises KeyLocked."""
        return self._opened().key("relayer")

    def seed(self, event_id: str) -> bytes:
        """The seed of an event's salts. Raises KeyLocked."""
        return self._opened().seed(event_id)

    def secret(self, name: str) -> bytes:
        """What opens letters, what a witness signs with. Raises KeyLocked."""
        return self._opened().secret(name)

    @property
    def kept_in(self) -> str:
        """Where the secret is kept: "keyring", "file", or "" where there is none yet. Raises BadInput on a damaged file."""
        return Keystore.kept(self._profile)

    @property
    def locked(self) -> bool:
        """Whether the secret would have to be opened now; locks it where it lay idle."""
        with self._turn:
            self.lock_if_idle()
            return self._store is None

    def lock_if_idle(self) -> None:
        """Forget the secret where it lay idle; whoever keeps the profile open calls this now and then."""
        with self._turn:
            if self._store is not None and self._clock() - self._used > self.idle:
                self._forget()

    def lock(self) -> None:
        """Forget the secret, and do not open it again before `unlock`."""
        with self._turn:
            self._forget()
            self._shut = True

    def unlock(self, passphrase: str | None = None) -> None:
        """Open the secret now, with its passphrase where it has one. Raises KeyLocked where that does not open it."""
        told = passphrase if passphrase is not None or self.kept_in == "keyring" else self._passphrase()
        opened = Keystore.open(self._profile, told, ring=self._ring)
        with self._turn:
            self._forget()
            self._store, self._used, self._shut = opened, self._clock(), False

    def _opened(self) -> Keystore:
        with self._turn:
            if self.locked:
                if self._shut:
                    raise KeyLocked("The keys of this laptop are locked: unlock them first.")
                self._store = Keystore.open(self._profile, self._passphrase(), ring=self._ring)
            assert self._store is not None
            self._used = self._clock()
            return self._store

    def _forget(self) -> None:
        if self._store is not None:
            self._store.lock()
            self._store = None


def told_passphrase() -> str | None:
    """The passphrase out of WAYPROOF_PASSWORD_FILE or WAYPROOF_PASSWORD; None where neither is set. Raises BadInput."""
    named = os.environ.get(PASSWORD_FILE)
    return passphrase_in(Path(named)) if named else os.environ.get(PASSWORD)


def passphrase_in(path: Path) -> str:
    """The first line of a file. Raises BadInput."""
    try:
        with path.open("rb") as file:
            line = file.read(_MOST_PASSWORD + 1).split(b"\n")[0].rstrip(b"\r")
        if len(line) <= _MOST_PASSWORD:
            return line.decode("utf-8")
    except (OSError, UnicodeDecodeError):
        pass
    raise BadInput(f"No passphrase can be read from {path}.")
