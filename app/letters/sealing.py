"""Sealing to one reader: HPKE (RFC 9180) with X25519, HKDF-SHA256 and ChaCha20-Poly1305, as `cryptography` has it.

It hides who wrote and what; who wrote shows in nothing, and need not: what a letter says is held against the log. Refuses, with
BadProof, whatever was not sealed to this key for this purpose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chain.errors import BadProof

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.hpke import Suite

MAGIC = b"wayproof letter 1\n"


def public_of(secret: bytes) -> bytes:
    """The 32 bytes to which others seal, of a secret of 32 bytes."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def seal(key: bytes, about: bytes, data: bytes) -> bytes:
    """Data that only the holder of the secret behind a public key reads; `about` must be said again to read it.

    Raises BadProof where nothing can be sealed to such a key.
    """
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    try:
        return MAGIC + _suite().encrypt(data, X25519PublicKey.from_public_bytes(key), info=MAGIC + about)
    except ValueError as cause:
        raise BadProof("Nothing can be sealed to this key.", cause=repr(cause)) from cause


def unseal(secret: bytes, about: bytes, letter: bytes) -> bytes:
    """What was sealed. Raises BadProof."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    if not letter.startswith(MAGIC):
        raise BadProof("This is not a letter.")
    try:
        return _suite().decrypt(letter[len(MAGIC) :], X25519PrivateKey.from_private_bytes(secret), info=MAGIC + about)
    except (InvalidTag, ValueError) as cause:
        raise BadProof("This letter was not sealed to this laptop.", cause=repr(cause)) from cause


def _suite() -> Suite:
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
