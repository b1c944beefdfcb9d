"""Signing keys: secp256k1 through coincurve, and nothing of web3 or eth_account.

A `SigningKey` signs 32-byte digests and transactions; `recover` tells who signed, and refuses every second
spelling of a signature (high s, other recovery ids, other lengths), because a signature that can be respelt
is a record that can be doubled. Keys are derived from one master secret, so that a profile keeps 32 bytes and
no more (see `chain.keystore`).

It never shows, pickles or copies out a secret. What Python cannot promise it does not claim: a derived key's
bytes stay in memory until the interpreter reuses them.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import NoReturn

from coincurve import PrivateKey, PublicKey
from tiny_keccak import keccak256

from chain.errors import BadInput, BadProof
from chain.transaction import Transaction, transaction_hash

__all__ = [
    "SigningKey", "Transaction", "address_of", "derive", "embedded_master", "possible_signers", "recover",
    "transaction_hash",
]  # fmt: skip

#: The order of the curve (SEC 2, section 2.4.1).
ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141

_DERIVATION_SALT = b"wayproof key 1"
_MAX_PATH = 1024


class SigningKey:
    """One private key. Its representation is its address; the secret is never shown.

    Args:
        secret: 32 bytes, a number in [1, order of the curve).

    Raises:
        BadInput: a secret of another length or out of range.
    """

    def __init__(self, secret: bytes) -> None:
        if not is_scalar(secret):
            raise BadInput("This is not a signing key.")  # and no details: they are a secret
        self._key = PrivateKey(bytes(secret))

    @cached_property
    def address(self) -> bytes:
        """The 20 bytes by which a contract knows this key."""
        return address_of(self._key.public_key)

    def sign_digest(self, digest: bytes) -> bytes:
        """Sign 32 bytes: 65 bytes r || s || v, s low (EIP-2), v 27 or 28. Deterministic (RFC 6979)."""
        if len(digest) != 32:
            raise BadInput("Only a digest of 32 bytes can be signed.", length=len(digest))
        signature = self._key.sign_recoverable(bytes(digest), hasher=None)
        return signature[:64] + bytes((27 + signature[64],))

    def sign_transaction(self, transaction: Transaction) -> bytes:
        """The raw bytes of the signed transaction, ready to broadcast."""
        return transaction.signed(self.sign_digest(transaction.digest))

    def __repr__(self) -> str:
        return f"SigningKey(0x{self.address.hex()})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a signing key is not copied out of its process")


def recover(digest: bytes, signature: bytes) -> bytes:
    """The 20-byte address that signed `digest` (32 bytes) with `signature` (65 bytes r || s || v).

    Exactly one spelling of a signature is accepted: r and s in [1, order), s at most half the order (EIP-2),
    v 27 or 28.

    Raises:
        BadProof: any other signature, or one from which no key can be recovered.
    """
    if len(signature) != 65 or signature[64] not in (27, 28):
        raise BadProof("The signature has a wrong form.", signature=signature.hex())
    _refuse_malleable(digest, signature)
    address = _recovered(digest, signature[:64], signature[64] - 27)
    if address is None:
        raise BadProof("No key can have made this signature.", signature=signature.hex())
    return address


def possible_signers(digest: bytes, signature: bytes) -> tuple[bytes, ...]:
    """The addresses that may have signed `digest` with a 64-byte r || s: at most two, at least one, in order
    of v.

    For signatures that have no room for v: the caller compares the answer with the keys it expects.

    Raises:
        BadProof: as for `recover`.
    """
    if len(signature) != 64:
        raise BadProof("The signature has a wrong form.", signature=signature.hex())
    _refuse_malleable(digest, signature)
    found = tuple(one for v in (0, 1) if (one := _recovered(digest, signature, v)) is not None)
    if not found:
        raise BadProof("No key can have made this signature.", signature=signature.hex())
    return found


def address_of(public: PublicKey) -> bytes:
    """The 20-byte address of a public key (Yellow Paper, appendix F)."""
    return keccak256(public.format(compressed=False)[1:])[12:]


def derive(master: bytes | bytearray, path: str) -> SigningKey:
    """The key that belongs to `path` under a 32-byte master secret: the same today and tomorrow, unrelated to
    its siblings.

    HKDF-SHA256 (RFC 5869) with the path in the info field; a draw that is not a scalar of the curve is thrown
    away and the next one taken (probability 2**-128), so that no key is reduced modulo the order and so
    biased.

    Raises:
        BadInput: a master of another length, an empty path, one that is no Unicode text or is longer than
        1,024 bytes.
    """
    if len(master) != 32:
        raise BadInput("A master secret has 32 bytes.", length=len(master))
    try:
        name = path.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadInput("The name of a key is not text.") from error
    if not 0 < len(name) <= _MAX_PATH:
        raise BadInput("The name of a key has between 1 and 1,024 bytes.", length=len(name))
    draw = 0
    while not is_scalar(secret := _expand(master, draw.to_bytes(4, "big") + name)):
        draw += 1
    return SigningKey(secret)


def embedded_master(seed: bytes = b"wayproof embedded consortium") -> bytes:
    """The master secret of the consortium that the embedded chain plays by itself (demo, import). NOT A
    SECRET.

    The demo and the import record events of makers, carriers and warehouses that do not take part themselves,
    and stand-in keys sign for them. Anyone who has this program can derive the very same keys, so they
    protect nothing outside this laptop: a signature under one of them shows that this program wrote the
    record, never that the named party did.
    """
    return hashlib.sha256(b"wayproof embedded master 1\n" + seed).digest()


def is_scalar(secret: bytes | bytearray) -> bool:
    """Whether 32 bytes are a private key: a number in [1, order of the curve)."""
    return len(secret) == 32 and 0 < int.from_bytes(secret, "big") < ORDER


def _expand(master: bytes | bytearray, info: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=32, salt=_DERIVATION_SALT, info=info).derive(master)


def _refuse_malleable(digest: bytes, signature: bytes) -> None:
    """Refuse what libsecp256k1 would accept: high s, zero, and a digest of a wrong length."""
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    if len(digest) != 32:
        raise BadProof("A signature is over a digest of 32 bytes.", length=len(digest))
    if not (0 < r < ORDER and 0 < s <= ORDER // 2):
        raise BadProof("The signature's numbers are out of range.", signature=signature.hex())


def _recovered(digest: bytes, compact: bytes, parity: int) -> bytes | None:
    try:
        public = PublicKey.from_signature_and_message(compact + bytes((parity,)), bytes(digest), hasher=None)
    except ValueError:  # r is not the abscissa of a point, or the key would be the point at infinity
        return None
    return address_of(public)
