"""The one-time secret under a scratch field: drawn at random, committed to in the details of the event that issued the item.

Who scratches and sees the secret checked knows that this label lay unopened before: a copy of the outside cannot have it. What a
match does not show is that nobody scratched before: the secret is no longer one once it was seen, and the contract has no verb
that would use it up. This module keeps nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping, Sequence

from chain.errors import BadInput
from chain.journey import Item

FIELD = "scratchSecrets"
"""The field of a commissioning event's details: ``{"salt": 32 hex digits, "hashes": [64 hex digits, ...]}``, in the order of its
goods."""
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32, five bits a character; a typed O is read as 0, I and L as 1."""
LENGTH = 16
"""Characters of a secret: 80 random bits, more than can be tried against a published hash."""
PREFIX = "WAYPROOF-SECRET:"
"""What the code under the foil begins with, so that it is never taken for goods."""

_DOMAIN = b"wayproof secret 1\n"
_MISREAD = str.maketrans("OIL", "011")


def new_secrets(count: int, draw: Callable[[str], str] = secrets.choice) -> list[str]:
    """So many secrets of 80 random bits each."""
    return ["".join(draw(ALPHABET) for _ in range(LENGTH)) for _ in range(count)]


def typed(text: str) -> str:
    """A secret as it was typed or scanned, brought to its one form. Raises BadInput where it is none."""
    bare = text.strip().upper().removeprefix(PREFIX)
    found = re.sub(r"[\s-]", "", bare).translate(_MISREAD)
    if len(found) != LENGTH or any(one not in ALPHABET for one in found):
        raise BadInput(f"The secret under the foil has {LENGTH} letters and digits in groups of four.")
    return found


def is_secret(text: str) -> bool:
    """Whether a scan is the code from under a foil."""
    return text.startswith(PREFIX)


def grouped(secret: str) -> str:
    """As it is printed: ``K7Q2-84XM-19PD-7GTA``."""
    return "-".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def hashed(salt: bytes, item: Item, secret: str) -> bytes:
    """SHA-256 of ``"wayproof secret 1" 0x0A``, the salt (16 bytes), the length of the item's key (2 bytes, big endian), its key
    and the secret, both in UTF-8: everything in front of the last part says how long it is, so no two inputs are hashed alike."""
    key = item.key.encode()
    return hashlib.sha256(_DOMAIN + salt + len(key).to_bytes(2, "big") + key + secret.encode()).digest()


def committed(salt: bytes, items: Sequence[Item], drawn: Sequence[str]) -> dict[str, object]:
    """The value of `FIELD` for these items and their secrets, in order."""
    hashes = [hashed(salt, item, secret).hex() for item, secret in zip(items, drawn, strict=True)]
    return {"salt": salt.hex(), "hashes": hashes}


def agrees(fields: Mapping[str, object], place: int, item: Item, secret: str) -> bool | None:
    """Whether a secret is the one that an event's details commit to for the item at this place among its goods.

    None where the details hold no secrets, or none in the one form.
    """
    told = fields.get(FIELD)
    salt, hashes = (told.get("salt"), told.get("hashes")) if isinstance(told, Mapping) else (None, None)
    if not isinstance(salt, str) or not isinstance(hashes, Sequence) or not 0 <= place < len(hashes):
        return None
    wanted = hashes[place]
    if not isinstance(wanted, str) or not re.fullmatch(r"[0-9a-f]{32}", salt) or not re.fullmatch(r"[0-9a-f]{64}", wanted):
        return None
    return hmac.compare_digest(hashed(bytes.fromhex(salt), item, secret).hex(), wanted)
