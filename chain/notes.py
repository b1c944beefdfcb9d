"""Signed notes (C2SP signed-note) and the two kinds of signature that witnesses put under them.

A note is a text that people can read, an empty line, and one line a signature. A witness's line is a C2SP cosignature/v1 by an
Ed25519 key (type 0x04), or, for a key that lives in a wallet, EIP-712 by a secp256k1 key (type 0xff, which C2SP leaves to types
without a number). Both bind the time at which the witness signed. Nobody is believed here: whose key counts is decided in
`chain.witness_policy`. Texts from strangers are refused with BadProof unless they have their one spelling.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn, Protocol

from chain.errors import BadInput, BadProof
from chain.keys import SigningKey, recover

ED25519 = 0x04
WALLET = 0xFF
MOST_BYTES = 64 * 1024
MOST_SIGNATURES = 64

_WALLET_MARK = b"wayproof eip712 1\n"
_SIZES = {ED25519: 64, WALLET: 65}
_NAME = re.compile(r"[!-*,-~]{1,100}")  # visible ASCII but the plus: C2SP allows more, and look-alikes help nobody
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_DASH = "\u2014 "


class Statement(Protocol):
    """What witnesses sign: as the text of a note, and as typed data for wallets."""

    @property
    def text(self) -> str:
        """The note's text, ending in a newline."""

    def typed_digest(self, witness: str, at: int) -> bytes:
        """The 32 bytes that a wallet signs (EIP-712) for a witness of that name at that unix second."""


@dataclass(frozen=True, slots=True, order=True)
class Cosignature:
    """One signature line: the witness's name, the first 4 bytes of its key's hash, the unix second, and 64 or 65 bytes."""

    name: str
    key_id: bytes
    at: int
    signature: bytes

    @property
    def payload(self) -> bytes:
        """What stands behind the name: key id, time, signature."""
        return self.key_id + self.at.to_bytes(8, "big") + self.signature

    @property
    def line(self) -> str:
        """The line of a note, without its newline."""
        return f"{_DASH}{self.name} {base64.b64encode(self.payload).decode('ascii')}"

    @classmethod
    def of(cls, name: str, payload: bytes) -> Cosignature:
        """From a name and what stands behind it. Raises BadProof."""
        if not _NAME.fullmatch(name) or len(payload) - 12 not in _SIZES.values():
            raise BadProof("a signature line has another form than a witness's", name=name[:100])
        at = int.from_bytes(payload[4:12], "big")
        if not 0 < at < 1 << 40:
            raise BadProof("a witness dates its signature in no time at all", name=name)
        return cls(name, payload[:4], at, payload[12:])


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A witness's public key as C2SP writes it: ``name+hash+base64(type || key)``.

    `public` has 32 bytes (Ed25519) or is the 20-byte address of a wallet.
    """

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        size = {ED25519: 32, WALLET: 20}.get(self.kind)
        if not _NAME.fullmatch(self.name) or len(self.public) != size:
            raise BadInput("A witness's key has a name of visible characters, and 32 bytes or an address.", name=self.name[:100])

    @property
    def material(self) -> bytes:
        """Type and key."""
        mark = _WALLET_MARK if self.kind == WALLET else b""
        return bytes((self.kind,)) + mark + self.public

    @property
    def id(self) -> bytes:
        """The 4 bytes by which signature lines name the key."""
        return hashlib.sha256(self.name.encode() + b"\n" + self.material).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(self.material).decode('ascii')}"

    @classmethod
    def read(cls, text: str) -> VerifierKey:
        """A key from its text. Raises BadInput on any other spelling."""
        name, _, rest = text.partition("+")
        material = _decoded(rest.partition("+")[2])
        kind = material[0] if material else 0
        public = material[1:].removeprefix(_WALLET_MARK) if kind == WALLET else material[1:]
        key = cls(name, kind, public)
        if str(key) != text:
            raise BadInput("This is not a witness's key in its one spelling.", name=name[:100])
        return key

    def verify(self, statement: Statement, cosignature: Cosignature) -> None:
        """Show that this key signed. Raises BadProof."""
        if len(cosignature.signature) != _SIZES[self.kind]:
            raise BadProof("a witness's signature has the wrong length", name=self.name)
        if self.kind == WALLET:
            if recover(statement.typed_digest(self.name, cosignature.at), cosignature.signature) != self.public:
                raise BadProof("a witness's signature is not by its key", name=self.name)
            return
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(cosignature.signature, _message(statement, cosignature.at))
        except (InvalidSignature, ValueError):
            raise BadProof("a witness's signature is not by its key", name=self.name) from None


class NoteSigner:
    """A witness's secret: 32 bytes of an Ed25519 key (RFC 8032), or a `SigningKey` for EIP-712. It is never shown."""

    def __init__(self, name: str, secret: bytes | SigningKey) -> None:
        self._secret = secret
        if isinstance(secret, SigningKey):
            self.key = VerifierKey(name, WALLET, secret.address)
            return
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if len(secret) != 32:
            raise BadInput("A witness's Ed25519 secret has 32 bytes.")
        self.key = VerifierKey(name, ED25519, Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw())

    def cosign(self, statement: Statement, at: int) -> Cosignature:
        """Sign a statement as of a unix second. What may be signed is decided in `chain.witness`."""
        if isinstance(self._secret, SigningKey):
            signature = self._secret.sign_digest(statement.typed_digest(self.key.name, at))
        else:
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

            signature = Ed25519PrivateKey.from_private_bytes(self._secret).sign(_message(statement, at))
        return Cosignature(self.key.name, self.key.id, at, signature)

    def __repr__(self) -> str:
        return f"NoteSigner({self.key})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a witness's key is not copied out of its process")


def write(text: str, cosignatures: Sequence[Cosignature]) -> bytes:
    """The bytes of a note. Signatures in their order, each once."""
    lines = "".join(one.line + "\n" for one in sorted(set(cosignatures)))
    return f"{text}\n{lines}".encode()


def read(data: bytes) -> tuple[str, tuple[Cosignature, ...]]:
    """A note's text (ending in a newline) and the witnesses' lines under it, in ascending order and each once.

    Raises BadProof where it is no note, is too long, or has a line that no witness writes.
    """
    if len(data) > MOST_BYTES:
        raise BadProof("this note is longer than any note", length=len(data))
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError:
        raise BadProof("this note is not text") from None
    text, gap, below = whole.rpartition("\n\n")
    if not (gap and text and (not below or below.endswith("\n"))) or _CONTROL.search(whole):
        raise BadProof("this is not a signed note")
    lines = below.split("\n")[:-1]
    if len(lines) > MOST_SIGNATURES:
        raise BadProof("this note has more signatures than any note", lines=len(lines))
    found = []
    for line in lines:
        name, space, payload = line.removeprefix(_DASH).partition(" ")
        if not line.startswith(_DASH) or not space:
            raise BadProof("this note has a line that is no signature")
        try:
            found.append(Cosignature.of(name, _decoded(payload)))
        except BadInput:
            raise BadProof("this note has a line that is no signature") from None
    return text + "\n", tuple(sorted(set(found)))


def _message(statement: Statement, at: int) -> bytes:
    """What an Ed25519 cosignature is over (C2SP tlog-cosignature, cosignature/v1)."""
    return f"cosignature/v1\ntime {at}\n{statement.text}".encode()


def _decoded(text: str) -> bytes:
    """Standard base64 in its one spelling. Raises BadInput."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadInput("This is not base64.") from None
    if base64.b64encode(raw).decode("ascii") != text:
        raise BadInput("This is not base64 in its one spelling.")
    return raw
