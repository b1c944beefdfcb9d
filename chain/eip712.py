"""EIP-712: what is hashed when a person or a device signs structured data (events made offline, checkpoints).

One meaning, one digest. Wallets and libraries are lenient in different ways (a number for a text, null for a
struct, a missing field, an unknown one); whatever two of them could hash differently is refused here, so that
a digest made here is the digest everywhere. Values are JSON as wallets take it, or Python's bytes and int.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NoReturn

from tiny_keccak import keccak256

from chain.errors import BadInput

#: The fields a domain may have, in the order of EIP-712, "Definition of domainSeparator".
DOMAIN_FIELDS = (
    ("name", "string"),
    ("version", "string"),
    ("chainId", "uint256"),
    ("verifyingContract", "address"),
    ("salt", "bytes32"),
)
DOMAIN = "EIP712Domain"

_MAX_DEPTH = 32
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_ARRAY = re.compile(r"(.+)\[([1-9][0-9]{0,5})?\]")
_SIZED = re.compile(r"(u?int|bytes)([1-9][0-9]{0,2})")
_DECIMAL = re.compile(r"0|-?[1-9][0-9]{0,77}")
_HEX = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
_HEX_NUMBER = re.compile(r"0x[0-9a-fA-F]{1,64}")

Fields = Sequence[Mapping[str, str]]


class Schema:
    """A set of struct types, checked once: every type named exists, every name is a name, none is given twice.

    Args:
        types: struct name -> fields in order, each ``{"name": ..., "type": ...}``; a definition of
            EIP712Domain may be among them and is then held against each domain. Types are written by
            programmers; it is values that are checked as if a stranger had made them.

    Raises:
        BadInput: types that do not make sense.
    """

    def __init__(self, types: Mapping[str, Fields]) -> None:
        self._fields = {struct: _checked(struct, fields) for struct, fields in types.items()}
        for struct, fields in self._fields.items():
            if not _NAME.fullmatch(struct) or _is_atomic(struct):
                _refuse(f"{struct!r} cannot name a struct")
            for _, kind in fields:
                if not _is_atomic(base := _base(kind)) and base not in self._fields:
                    _refuse(f"the type {kind!r} is not defined")
        self._type_hashes = {struct: keccak256(self.encode_type(struct).encode("ascii")) for struct in self._fields}

    def encode_type(self, struct: str) -> str:
        """The struct's signature, those of the structs it refers to following in alphabetical order."""
        found: set[str] = set()
        waiting = [struct]
        while waiting:
            name = waiting.pop()
            if name in self._fields and name not in found:
                found.add(name)
                waiting += (_base(kind) for _, kind in self._fields[name])
        return "".join(self._signature(name) for name in [struct, *sorted(found - {struct})])

    def hash_struct(self, struct: str, value: object, *, depth: int = 0) -> bytes:
        """keccak-256 of the type's hash and the encoded fields. All fields must be there, and no others.

        Raises:
            BadInput: an unknown struct or a value that is not of its type.
        """
        if struct not in self._fields:
            _refuse(f"the type {struct!r} is not defined")
        fields = self._fields[struct]
        if not isinstance(value, Mapping) or value.keys() != {name for name, _ in fields}:
            _refuse(f"the value of a {struct} does not have the fields of a {struct}")
        encoded = (self._encoded(kind, value[name], depth + 1) for name, kind in fields)
        return keccak256(self._type_hashes[struct] + b"".join(encoded))

    def digest(self, domain: Mapping[str, object], primary_type: str, message: Mapping[str, object]) -> bytes:
        """The 32 bytes to sign. Raises BadInput as `hash_struct`, and where the domain is not the one defined."""
        if primary_type == DOMAIN:
            _refuse("a domain is not a message")
        if DOMAIN in self._fields and self._fields[DOMAIN] != _domain_fields(domain):
            _refuse("the domain is not the one that is defined")
        separator = domain_separator(domain)
        return keccak256(b"\x19\x01" + separator + self.hash_struct(primary_type, message))

    def _signature(self, struct: str) -> str:
        return f"{struct}({','.join(f'{kind} {name}' for name, kind in self._fields[struct])})"

    def _encoded(self, kind: str, value: object, depth: int) -> bytes:
        """The 32 bytes that stand for a value (EIP-712, "Definition of encodeData")."""
        if depth > _MAX_DEPTH:
            _refuse("it is nested too deep")
        if array := _ARRAY.fullmatch(kind):
            element, length = array.groups()
            if not isinstance(value, list | tuple) or (length is not None and len(value) != int(length)):
                _refuse(f"a value is not a {kind}")
            return keccak256(b"".join(self._encoded(element, one, depth + 1) for one in value))
        if kind in self._fields:
            return self.hash_struct(kind, value, depth=depth)
        return _atom(kind, value)


def typed_digest(
    domain: Mapping[str, object], primary_type: str, types: Mapping[str, Fields], message: Mapping[str, object]
) -> bytes:
    """The 32 bytes to sign for a message: keccak-256 of 0x1901, domain separator and struct hash (EIP-712).

    Integers are int, decimal or 0x texts; bytes and addresses are bytes or 0x texts of their exact length.
    Where many messages of the same types are signed, make a `Schema` once and call its `digest`.

    Raises:
        BadInput: types, domain or message that do not fit together exactly.
    """
    return Schema(types).digest(domain, primary_type, message)


def domain_separator(domain: Mapping[str, object]) -> bytes:
    """The 32 bytes that bind a signature to a domain: the struct hash of the fields that are given."""
    fields = [{"name": name, "type": kind} for name, kind in _domain_fields(domain)]
    return Schema({DOMAIN: fields}).hash_struct(DOMAIN, domain)


def _domain_fields(domain: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    fields = tuple(field for field in DOMAIN_FIELDS if field[0] in domain)
    if len(fields) != len(domain):
        _refuse("a domain has other fields than it may have")
    return fields


def _checked(struct: str, fields: Fields) -> tuple[tuple[str, str], ...]:
    pairs = []
    for field in fields:
        if field.keys() != {"name", "type"} or not _NAME.fullmatch(field["name"]):
            _refuse(f"a field of {struct!r} has no proper name and type")
        pairs.append((field["name"], field["type"]))
    if len({name for name, _ in pairs}) != len(pairs):
        _refuse(f"two fields of {struct!r} have one name")
    return tuple(pairs)


def _base(kind: str) -> str:
    """``Person`` of ``Person[2][]``."""
    while array := _ARRAY.fullmatch(kind):
        kind = array[1]
    return kind


def _is_atomic(kind: str) -> bool:
    if kind in ("string", "bytes", "bool", "address"):
        return True
    sized = _SIZED.fullmatch(kind)
    if sized is None:
        return False
    size = int(sized[2])
    return size <= 32 if sized[1] == "bytes" else size <= 256 and size % 8 == 0


def _atom(kind: str, value: object) -> bytes:
    if kind == "string":
        return keccak256(_utf8(value))
    if kind == "bytes":
        return keccak256(_octets(kind, value, None))
    if kind == "bool":
        if not isinstance(value, bool):
            _refuse("a value is not a bool")
        return value.to_bytes(32, "big")
    if kind == "address":
        return _octets(kind, value, 20).rjust(32, b"\x00")
    if kind.startswith("bytes"):
        return _octets(kind, value, int(kind[5:])).ljust(32, b"\x00")
    return _integer(kind, value)


def _utf8(value: object) -> bytes:
    if not isinstance(value, str):
        _refuse("a value is not a string")
    try:
        return value.encode("utf-8")
    except UnicodeEncodeError:
        _refuse("a string is not Unicode text")


def _octets(kind: str, value: object, size: int | None) -> bytes:
    if isinstance(value, str) and _HEX.fullmatch(value):
        value = bytes.fromhex(value[2:])
    if not isinstance(value, bytes) or size not in (None, len(value)):
        _refuse(f"a value is not of type {kind}")
    return value


def _integer(kind: str, value: object) -> bytes:
    if isinstance(value, str) and (_DECIMAL.fullmatch(value) or _HEX_NUMBER.fullmatch(value)):
        value = int(value, 16 if value[:2] == "0x" else 10)
    if not isinstance(value, int) or isinstance(value, bool):
        _refuse(f"a value is not of type {kind}")
    if kind.startswith("u"):
        low, high = 0, 1 << int(kind[4:])
    else:
        high = 1 << int(kind[3:]) - 1
        low = -high
    if not low <= value < high:
        _refuse(f"a value does not fit {kind}")
    return value.to_bytes(32, "big", signed=value < 0)


def _refuse(why: str) -> NoReturn:
    raise BadInput(f"This cannot be signed as typed data: {why}.")
