"""Who signs what on this laptop: the keys of the organisations that are kept here, all derived from one master secret.

A party that takes part itself keeps its own key elsewhere. For parties whose history is imported, and for the sample world,
stand-in keys are derived here; on the embedded chain they come from a public seed and protect nothing (`embedded_master`).
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Protocol

from chain.keys import SigningKey, derive, embedded_master


class Keys(Protocol):
    """Whatever gives signing keys and salts."""

    def administrator(self) -> SigningKey:
        """The key of the consortium's administrator."""

    def owner(self, gln: str) -> SigningKey:
        """An organisation's own key, which enrols its devices."""

    def device(self, gln: str, number: int = 1) -> SigningKey:
        """The key of one of its devices, which records events and signs labels."""

    def seed(self, event_id: str) -> bytes:
        """32 bytes from which the salts of an event's fields are made; the same for the same event."""


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

    def seed(self, event_id: str) -> bytes:
        """The seed of an event's salts: HMAC-SHA256 of its id under the master secret."""
        return hmac.new(self._master, b"event seed\0" + event_id.encode(), hashlib.sha256).digest()

    def _key(self, path: str) -> SigningKey:
        if path not in self._made:
            self._made[path] = derive(self._master, path)
        return self._made[path]
