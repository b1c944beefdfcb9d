"""The one secret of a profile: 32 random bytes from which every signing key of this laptop is derived.

Kept in the operating system's keyring where a usable one exists, otherwise in `keys.json` under a passphrase:
argon2id (RFC 9106) makes the key, ChaCha20-Poly1305 (RFC 8439) seals the secret, and the parameters are
stated in the file and bound to it. It refuses to write a secret in the clear, to replace a secret that is
there, and to run with parameters that would take a machine down. There is no way back from a lost passphrase:
the organisation revokes the device and enrols a new one.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import secrets
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, Protocol

import orjson

from chain.errors import BadInput, KeyLocked, StoreError
from chain.keys import SigningKey, derive

FILE_NAME = "keys.json"
SERVICE = "wayproof"

_FORMAT = "wayproof keys 1"
_MAX_FILE = 4096
_MIN_PASSPHRASE = 8
#: argon2id: 3 passes over 64 MiB in 4 lanes, the second recommended option of RFC 9106, section 4.
_ARGON2: dict[str, int] = {"passes": 3, "memory_kib": 65536, "lanes": 4}
#: What a file may ask for at most: 1 GiB and some seconds.
_ARGON2_MOST = {"passes": 16, "memory_kib": 1 << 20, "lanes": 16}


class Ring(Protocol):
    """What is asked of an operating system's keyring (the shape of `keyring.backend.KeyringBackend`)."""

    def get_password(self, service: str, username: str) -> str | None:
        """The secret text kept under this name, or None."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a secret text under this name."""


def system_ring() -> Ring | None:
    """The operating system's keyring, or None where there is none worth the name (a headless machine).

    keyring gives its fail and plain-text backends a priority below 1: those are refused.
    """
    import keyring

    ring: Ring = keyring.get_keyring()
    return ring if getattr(ring, "priority", 0) >= 1 else None


class Keystore:
    """The open key store of one profile folder. Made by `create` and `open`, never directly."""

    def __init__(self, master: bytes, kept_in: str) -> None:
        self._master: bytearray | None = bytearray(master)
        self.kept_in = kept_in  # "keyring" or "file"

    @staticmethod
    def exists(folder: Path) -> bool:
        """Whether this profile has a key already."""
        return (folder / FILE_NAME).exists()

    @staticmethod
    def kept(folder: Path) -> str:
        """Where this profile's secret is kept, "keyring" or "file"; "" where it has none. Raises BadInput, StoreError."""
        if not Keystore.exists(folder):
            return ""
        where = _text(_read(folder / FILE_NAME), "kept_in")
        if where not in ("keyring", "file"):
            _damaged()
        return where

    @classmethod
    def create(cls, folder: Path, passphrase: str | None = None, *, ring: Callable[[], Ring | None] = system_ring) -> Keystore:
        """Draw a new master secret and keep it.

        A passphrase asks for the file; without one the keyring is used.

        Args:
            folder: the profile's folder; it is made where it is missing.
            passphrase: at least 8 characters, or None.
            ring: finds the keyring; tests put their own here.

        Raises:
            BadInput: there is a key already, or the passphrase is too short.
            KeyLocked: neither a passphrase nor a usable keyring, or the keyring refuses.
            StoreError: the folder cannot be written.
        """
        if cls.exists(folder):
            raise BadInput("This profile has a signing key already, and it is not replaced.", folder=str(folder))
        master = secrets.token_bytes(32)
        if passphrase is not None:
            _write(folder / FILE_NAME, {"format": _FORMAT, "kept_in": "file", **_seal(master, passphrase)})
            return cls(master, "file")
        name = secrets.token_hex(16)
        _put(_needed(ring()), name, base64.b64encode(master).decode("ascii"))
        _write(folder / FILE_NAME, {"format": _FORMAT, "kept_in": "keyring", "name": name})
        return cls(master, "keyring")

    @classmethod
    def open(cls, folder: Path, passphrase: str | None = None, *, ring: Callable[[], Ring | None] = system_ring) -> Keystore:
        """Open the key store of a profile, from where `create` put it.

        Raises:
            KeyLocked: no key yet, no or a wrong passphrase, or the keyring does not give it out.
            BadInput: `keys.json` is damaged.
            StoreError: `keys.json` cannot be read.
        """
        fields = _read(folder / FILE_NAME)
        if fields.get("kept_in") == "keyring":
            return cls(_get(_needed(ring()), _text(fields, "name")), "keyring")
        if fields.get("kept_in") != "file":
            _damaged()
        if passphrase is None:
            raise KeyLocked("The signing key of this profile needs its passphrase.")
        return cls(_unseal(fields, passphrase), "file")

    @property
    def locked(self) -> bool:
        """Whether `lock` was called."""
        return self._master is None

    def key(self, path: str) -> SigningKey:
        """The signing key of `path` (see `chain.keys.derive`).

        Raises:
            KeyLocked: after `lock`.
        """
        if self._master is None:
            raise KeyLocked("The signing keys are locked: open them again with the passphrase.")
        return derive(self._master, path)

    def seed(self, name: str) -> bytes:
        """32 bytes that belong to a name: HMAC-SHA256 under the master secret. Raises KeyLocked after `lock`."""
        return self._belonging(b"event seed\0", name)

    def secret(self, name: str) -> bytes:
        """32 bytes that nobody else ever sees: no event's seed, whatever the event is called. Raises KeyLocked after `lock`."""
        return self._belonging(b"secret\0", name)

    def _belonging(self, purpose: bytes, name: str) -> bytes:
        if self._master is None:
            raise KeyLocked("The signing keys are locked: open them again with the passphrase.")
        return hmac.digest(self._master, purpose + name.encode(), "sha256")

    def lock(self) -> None:
        """Overwrite and forget the master secret. Keys that were given out live on in the hands of their
        holders."""
        if self._master is not None:
            self._master[:] = bytes(32)
            self._master = None

    def __repr__(self) -> str:
        return f"Keystore({'locked' if self.locked else 'open'}, {self.kept_in})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key store is not copied out of its process")


def _needed(ring: Ring | None) -> Ring:
    if ring is None:
        raise KeyLocked("This machine has no keyring to keep a signing key in: choose a passphrase.")
    return ring


def _put(ring: Ring, name: str, secret: str) -> None:
    from keyring.errors import KeyringError

    try:
        ring.set_password(SERVICE, name, secret)
        kept = ring.get_password(SERVICE, name)
    except KeyringError as error:
        words = "The keyring of this machine refuses to keep the signing key."
        raise KeyLocked(words, error=repr(error)) from error
    if kept != secret:  # keyring's null backend forgets without a word
        raise KeyLocked("The keyring of this machine did not keep the signing key: choose a passphrase.")


def _get(ring: Ring, name: str) -> bytes:
    from keyring.errors import KeyringError

    try:
        kept = ring.get_password(SERVICE, name)
    except KeyringError as error:
        raise KeyLocked("The keyring of this machine is locked.", error=repr(error)) from error
    if kept is None:
        raise KeyLocked("The keyring of this machine no longer holds the signing key of this profile.")
    return _decoded(kept, 32)


def _seal(master: bytes, passphrase: str) -> dict[str, object]:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    if len(passphrase) < _MIN_PASSPHRASE:
        raise BadInput(f"A passphrase has at least {_MIN_PASSPHRASE} characters.")
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    sealed = ChaCha20Poly1305(_stretched(passphrase, salt, _ARGON2)).encrypt(nonce, master, _bound(_ARGON2))
    texts = {"salt": salt, "nonce": nonce, "sealed": sealed}
    return {
        "kdf": "argon2id",
        **_ARGON2,
        "aead": "chacha20-poly1305",
        **{name: base64.b64encode(value).decode("ascii") for name, value in texts.items()},
    }


def _unseal(fields: dict[str, object], passphrase: str) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    if (fields.get("kdf"), fields.get("aead")) != ("argon2id", "chacha20-poly1305"):
        _damaged()
    numbers = {name: _number(fields, name, most) for name, most in _ARGON2_MOST.items()}
    if numbers["memory_kib"] < 8 * numbers["lanes"]:  # RFC 9106, section 3.1
        _damaged()
    salt, nonce, sealed = (_decoded(_text(fields, name), size) for name, size in (("salt", 16), ("nonce", 12), ("sealed", 48)))
    try:
        return ChaCha20Poly1305(_stretched(passphrase, salt, numbers)).decrypt(nonce, sealed, _bound(numbers))
    except InvalidTag as error:
        raise KeyLocked("This passphrase does not open the signing key.") from error


def _stretched(passphrase: str, salt: bytes, numbers: dict[str, int]) -> bytes:
    from argon2.low_level import Type, hash_secret_raw

    try:
        secret = unicodedata.normalize("NFKC", passphrase).encode("utf-8")  # the same on every keyboard
    except UnicodeEncodeError as error:
        raise BadInput("The passphrase is not text.") from error
    return hash_secret_raw(secret, salt, numbers["passes"], numbers["memory_kib"], numbers["lanes"], hash_len=32, type=Type.ID)


def _bound(numbers: dict[str, int]) -> bytes:
    """What the seal is bound to: the format and the parameters, so that neither can be exchanged."""
    return orjson.dumps({"format": _FORMAT, **numbers}, option=orjson.OPT_SORT_KEYS)


def _write(path: Path, fields: dict[str, object]) -> None:
    """Write a new file whole or not at all, readable by its owner only; a file that is there stays as it
    is."""
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(orjson.dumps(fields, option=orjson.OPT_INDENT_2))
                file.flush()
                os.fsync(file.fileno())
            os.link(temporary, path)  # unlike a rename it fails where a second instance was faster
        finally:
            temporary.unlink()
        _sync_folder(path.parent)
    except OSError as error:
        raise StoreError(f"The signing key cannot be written to {path}.", error=repr(error)) from error


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power loss. Windows has no handle on a folder and needs none."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _read(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_FILE + 1)
    except FileNotFoundError as error:
        raise KeyLocked("This profile has no signing key yet.") from error
    except OSError as error:
        raise StoreError(f"The signing key cannot be read from {path}.", error=repr(error)) from error
    try:
        fields = orjson.loads(raw) if len(raw) <= _MAX_FILE else None
    except orjson.JSONDecodeError:
        fields = None
    if not isinstance(fields, dict) or fields.get("format") != _FORMAT:
        _damaged()
    return fields


def _number(fields: dict[str, object], name: str, most: int) -> int:
    value = fields.get(name)
    if type(value) is not int or not 1 <= value <= most:
        _damaged()
    return value


def _text(fields: dict[str, object], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        _damaged()
    return value


def _decoded(text: str, size: int) -> bytes:
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):  # ValueError: not ASCII
        value = b""
    if len(value) != size:
        _damaged()
    return value


def _damaged() -> NoReturn:
    raise BadInput("The key file of this profile is damaged or was made by a newer program.")
