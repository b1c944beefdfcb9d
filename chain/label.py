"""The issuer's signature on a label, and the text of the code that carries it.

A signature shows that one of the issuer's devices named exactly this item, with this lot and expiry, for this
contract on this chain: an invented code, or a genuine one with a longer shelf life written on it, has none.
It cannot show that the label was not copied; a copy is found by its journey. Signatures here have no
recovery id, to keep the code small, so two keys come into question and the verifier compares both with the
devices of the issuer. This module keeps no keys and trusts no one.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from tiny_keccak import keccak256

from chain import gs1
from chain.errors import BadInput, BadProof
from chain.gs1.element_strings import to_raw
from chain.journey import Item, Unreadable
from chain.keys import SigningKey, possible_signers

#: The query parameter of the Digital Link that carries the signature.
PARAMETER = "wp"
#: The AI that carries it in a GS1 element string (92, company internal information, X..90), and what it begins with there.
INTERNAL, MARK = "92", "wp1."
BASE = "https://id.gs1.org"

_PREFIX = b"\x19wayproof label 1\n"
_SEPARATOR = "\x1d"
_SIZE = 86  # characters of base64url without padding for 64 bytes


@dataclass(frozen=True, slots=True)
class LabelDomain:
    """Where a label counts: the chain's id and the contract's address (20 bytes).

    Raises:
        BadInput: an id that is no uint256, or an address of another length.
    """

    chain_id: int
    contract: bytes

    def __post_init__(self) -> None:
        if not 0 <= self.chain_id < 1 << 256 or len(self.contract) != 20:
            raise BadInput("A label is signed for a chain id and a contract address of 20 bytes.")


def signed_text(item: Item) -> str:
    """What a label says, in its one signed form: all that is known, GS1's separator (0x1D) between the elements.

    ``(01)09506000134352(21)A1<GS>(10)LOT<GS>(17)270331``. The separator can stand in no value, so no serial
    with brackets in it can pass for a lot. The expiry is written as on the label, with two digits of the year:
    the signature then outlives the window in which scanners guess the century.

    Raises:
        BadInput: a control character in a value.
    """
    values = (item.sscc, item.gtin, item.serial, item.lot)
    if any(character < " " or character == "\x7f" for value in values for character in value):
        raise BadInput("A label cannot carry control characters.", item=str(item))
    elements = [item.key]
    if item.sscc and (item.gtin or item.serial):  # no label of ours, and still not the same as one without
        elements.append(f"(01){item.gtin}(21){item.serial}")
    if item.lot:
        elements.append(f"(10){item.lot}")
    if item.expiry is not None:
        elements.append(f"(17){item.expiry:%y%m%d}")
    return _SEPARATOR.join(elements)


def label_digest(item: Item, domain: LabelDomain) -> bytes:
    """The 32 bytes an issuer's device signs.

    keccak-256 of the prefix ``0x19 "wayproof label 1" 0x0A``, the chain id as 32 bytes, the contract as 20
    bytes and `signed_text` in UTF-8. The prefix begins like EIP-191's, so that it is neither a transaction nor
    typed data; everything but the last part has a fixed length, so that no two inputs are hashed alike.
    """
    place = domain.chain_id.to_bytes(32, "big") + domain.contract
    try:
        return keccak256(_PREFIX + place + signed_text(item).encode("utf-8"))
    except UnicodeEncodeError as error:
        raise BadInput("A label carries text only.") from error


def sign_label(item: Item, key: SigningKey, domain: LabelDomain) -> str:
    """The signature for an item's label: 64 bytes r || s as 86 characters of base64url without padding.

    Raises:
        BadInput: the item names a class of goods and not one thing.
    """
    if not item.serialised:
        raise BadInput("Only a label with a serial number or an SSCC can be signed.", item=str(item))
    signature = key.sign_digest(label_digest(item, domain))[:64]
    return base64.urlsafe_b64encode(signature).rstrip(b"=").decode("ascii")


def label_signers(item: Item, signature: str, domain: LabelDomain) -> tuple[bytes, ...]:
    """The one or two addresses that may have signed this label (20 bytes each).

    A signature that was made for another item, chain or contract leads to addresses that nobody holds: only
    the comparison with the issuer's devices decides.

    Raises:
        BadProof: a text that is not a signature, in exactly the form `sign_label` gives it.
        BadInput: a control character in the item.
    """
    return possible_signers(label_digest(item, domain), _decoded(signature))


def label_text(item: Item, signature: str, base: str = BASE) -> str:
    """The Digital Link to print in the code: the item and, as the query parameter ``wp``, its signature.

    Raises:
        BadProof: a text that is not a signature.
        BadInput: an item that cannot be written as a Digital Link.
    """
    _decoded(signature)
    return gs1.digital_link(item, base, **{PARAMETER: signature})


def label_elements(item: Item, signature: str) -> str:
    """The GS1 element string to print in a GS1 code: the item and, in AI 92, its signature, which fills it to the last place.

    Raises:
        BadProof: a text that is not a signature.
        BadInput: an item that breaks the standard.
    """
    _decoded(signature)
    carried = gs1.Element(INTERNAL, MARK + signature)
    return to_raw((*gs1.elements_of(item), carried))


def label_signature(text: str) -> str:
    """The signature in the text of a code, as it stands there, or "" where there is none."""
    linked = gs1.link_parameters(text).get(PARAMETER, "")
    if linked or MARK not in text:
        return linked
    try:
        found = gs1.elements(text)
    except BadInput:
        return ""
    return next((one.value[len(MARK) :] for one in found if one.ai == INTERNAL and one.value.startswith(MARK)), "")


def _decoded(signature: str) -> bytes:
    try:
        raw = base64.b64decode(signature + "==", altchars=b"-_", validate=True) if len(signature) == _SIZE else b""
    except (binascii.Error, ValueError):  # ValueError: not ASCII
        raw = b""
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii") != signature or len(raw) != 64:
        raise BadProof("The signature on this label is damaged.", signature=signature[:_SIZE])
    return raw


@dataclass(frozen=True, slots=True)
class Label:
    """A label as it was read: its text, the item it names, and the signature it carries ("" for none)."""

    text: str
    item: Item
    signature: str = ""


def read_label(text: str) -> Label | Unreadable:
    """The label behind a scanned text, or why it is none. Never raises on what a scanner delivers."""
    item = gs1.parse(text)
    if isinstance(item, Unreadable):
        return item
    return Label(text, item, label_signature(text))
