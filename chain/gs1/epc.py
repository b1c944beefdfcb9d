"""EPC URNs and GS1 elements, one from the other (GS1 EPC Tag Data Standard 2.1, sections 6 and 7; EPCIS 2.0, section 8).

A URN shows where the GS1 company prefix ends and drops the check digit; a GS1 key does the opposite. So from a URN to a key
nothing is missing, and the other way the length of the prefix must be given: it is never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from chain.errors import BadInput
from chain.gs1 import links
from chain.gs1.character_sets import csetnumeric
from chain.gs1.dictionary import KNOWN, RULES, Rule
from chain.gs1.element_strings import Element, check
from chain.gs1.linters import CSETS, check_digit

PREFIX_LENGTHS = range(6, 13)


class BadEpc(BadInput):
    """A text that is no EPC URN of a GS1 key, or a key that has none."""


class _Scheme(NamedTuple):
    """How a GS1 key is written as a URN.

    `digits` is the length of prefix and reference without check digit, 0 where the reference is free text. `leading` is True
    where the first digit of the reference stands before the prefix in the key. `serial` is the AI of the serial part, ``+``
    where it is appended to the key, empty where there is none. `extra` is the number of parts between (piece and total).
    """

    key: str
    digits: int = 0
    leading: bool = False
    serial: str = ""
    extra: int = 0

    @property
    def parts(self) -> int:
        return 2 + self.extra + bool(self.serial)


# Where a key has several, the one that identifies most narrowly comes first.
_SCHEMES: dict[str, _Scheme] = {
    "sgtin": _Scheme("01", 13, True, "21"),
    "upui": _Scheme("01", 13, True, "235"),
    "lgtin": _Scheme("01", 13, True, "10"),
    "itip": _Scheme("8006", 13, True, "21", 2),
    "sscc": _Scheme("00", 17, True),
    "sgln": _Scheme("414", 12, False, "254"),
    "pgln": _Scheme("417", 12),
    "grai": _Scheme("8003", 12, False, "+"),
    "gdti": _Scheme("253", 12, False, "+"),
    "sgcn": _Scheme("255", 12, False, "+"),
    "gsrn": _Scheme("8018", 17),
    "gsrnp": _Scheme("8017", 17),
    "gsin": _Scheme("402", 16),
    "giai": _Scheme("8004"),
    "ginc": _Scheme("401"),
    "cpi": _Scheme("8010", serial="8011"),
}

# What identifies one thing, or else the narrowest class, behind a primary key: the first of these that is there.
_IDENTIFYING: dict[str, tuple[str, ...]] = {
    "01": ("21", "235", "10"),
    "8006": ("21",),
    "414": ("254",),
    "8010": ("8011",),
    "415": ("8020",),
}

_ESCAPES = str.maketrans({character: f"%{ord(character):02X}" for character in '"#%&/<>?'})


def from_urn(urn: str) -> tuple[Element, ...]:
    """The GS1 elements of an EPC URN: pure identity, class, or a pattern whose serial is ``*``. Raises BadEpc, BadElement."""
    elements = _parts_of(urn)
    for element in elements:
        check(RULES[element.ai], element.value)
    return elements


def _parts_of(urn: str) -> tuple[Element, ...]:
    words = urn.split(":", 4)
    if len(words) != 5 or [word.lower() for word in words[:2]] != ["urn", "epc"] or words[2] not in ("id", "class", "idpat"):
        raise BadEpc("This is not an EPC identity: it begins otherwise than urn:epc:id:, urn:epc:class: or urn:epc:idpat:.")
    kind, name, body = words[2:]
    scheme = _SCHEMES.get(name)
    if scheme is None or (kind == "class") != (name == "lgtin"):
        raise BadEpc(f"urn:epc:{kind}:{name} is not a GS1 key that this program knows.")
    parts = body.split(".", scheme.parts - 1)
    if len(parts) != scheme.parts:
        raise BadEpc(f"An EPC of the kind {name} has {scheme.parts} parts with full stops between them.")
    if kind != "class" and ((kind == "idpat") != (parts[-1] == "*") or (kind == "idpat" and not scheme.serial)):
        raise BadEpc("A pattern has * in place of its serial number, and nothing else has.")
    return _elements(scheme, parts, kind == "idpat")


def _elements(scheme: _Scheme, parts: list[str], pattern: bool) -> tuple[Element, ...]:
    prefix, reference = parts[0], links.unescape(parts[1])
    if csetnumeric(prefix) or len(prefix) not in PREFIX_LENGTHS:
        raise BadEpc(f"“{prefix}” is not a company prefix of 6 to 12 digits.")
    key = prefix + reference
    if scheme.digits:
        if len(key) != scheme.digits or csetnumeric(reference):
            raise BadEpc(f"Prefix and reference “{prefix}.{reference}” must be {scheme.digits} digits together.")
        if scheme.leading:
            key = reference[0] + prefix + reference[1:]
        key += check_digit(key)
    if scheme.key == "8003":
        key = "0" + key
    key += "".join(parts[2 : 2 + scheme.extra])
    serial = "" if pattern or not scheme.serial else links.unescape(parts[-1])
    if scheme.serial and not pattern and not serial:
        raise BadEpc("The serial number behind the last full stop is missing.")
    if scheme.serial == "+":
        return (Element(scheme.key, key + serial),)
    if not serial or (scheme.serial == "254" and serial == "0"):
        return (Element(scheme.key, key),)
    return Element(scheme.key, key), Element(scheme.serial, serial)


def to_urn(elements: Sequence[Element], prefix_length: int) -> str:
    """The EPC URN of the first GS1 key among the elements, with what identifies the one thing or the class beside it.

    `prefix_length` is the number of digits of the company prefix, 6 to 12. Raises BadEpc.
    """
    values = {element.ai: element.value for element in reversed(elements)}
    key = next((element.ai for element in elements if RULES[element.ai].qualifiers is not None), "")
    if prefix_length not in PREFIX_LENGTHS:
        raise BadEpc(f"A company prefix has 6 to 12 digits, not {prefix_length}.")
    for name, scheme in _SCHEMES.items():
        if scheme.key == key and (scheme.serial in ("", "+") or scheme.serial in values):
            return _urn(name, scheme, values[key], values.get(scheme.serial, ""), prefix_length)
    for name, scheme in _SCHEMES.items():
        if scheme.key == key:
            return _urn(name, scheme, values[key], "0" if name == "sgln" else "", prefix_length)
    raise BadEpc("There is no GS1 key that has an EPC.")


def _urn(name: str, scheme: _Scheme, key: str, serial: str, length: int) -> str:
    middle: list[str] = []
    if scheme.key == "8003":
        key = key[1:]
    if scheme.digits:
        rest = key[scheme.digits + 1 :]
        key = key[: scheme.digits]
        if scheme.serial == "+":
            serial = rest
        elif scheme.extra:
            middle = [rest[:2], rest[2:]]
        if scheme.leading:
            key = key[1 : length + 1] + key[0] + key[length + 1 :]
    elif csetnumeric(key[:length]) or len(key) <= length:
        raise BadEpc(f"“{key}” does not begin with a company prefix of {length} digits.")
    if scheme.serial and not serial:
        kind, serial = "idpat", "*"
    else:
        kind = "class" if name == "lgtin" else "id"
        serial = "%2A" if serial == "*" and kind == "id" else serial.translate(_ESCAPES)
    parts = [key[:length], key[length:].translate(_ESCAPES), *middle, *([serial] if scheme.serial else [])]
    return f"urn:epc:{kind}:{name}:{'.'.join(parts)}"


def canonical_link(text: str) -> str | None:
    """The one Digital Link by which EPCIS events name this thing or class, from an EPC URN or any Digital Link; else None.

    Domain, stem, aliases, attributes and qualifiers that do not identify are dropped (CBV 2.0, section 8; the event hash needs
    it). The shape of the values is checked, but not their check digits: two systems must call a wrong number the same.
    """
    try:
        elements = _parts_of(text) if text[:8].lower() == "urn:epc:" else _of_link(text)
    except BadInput:
        return None
    key = elements[0]
    others = {element.ai: element for element in elements[1:]}
    chosen = next((others[ai] for ai in _IDENTIFYING.get(key.ai, ()) if ai in others), None)
    identity = (key, chosen) if chosen else (key,)
    if not all(_well_shaped(RULES[element.ai], element.value) for element in identity):
        return None
    return links.CANONICAL + "".join(f"/{element.ai}/{links.escape(element.value)}" for element in identity)


def _of_link(text: str) -> tuple[Element, ...]:
    """Key and qualifiers of a Digital Link, unchecked."""
    segments = links.path_of(text).split("/")
    for at in range(len(segments) - 2, 0, -2):
        names = [links.ALIASES.get(segment, segment) for segment in segments[at::2]]
        if KNOWN.issuperset(names) and RULES[names[0]].qualifiers is not None:
            values = [links.unescape(segment) for segment in segments[at + 1 :: 2]]
            if names[0] == "01" and len(values[0]) in (8, 12, 13):
                values[0] = values[0].rjust(14, "0")
            return tuple(Element(name, value) for name, value in zip(names, values, strict=True))
    raise BadEpc("There is no GS1 key in this web address.")


def _well_shaped(rule: Rule, value: str) -> bool:
    """Whether length and characters are those of the AI."""
    if not rule.minimum <= len(value) <= rule.maximum:
        return False
    start = 0
    for part in rule.components:
        if CSETS[part.cset](value[start : start + part.maximum]):
            return False
        start += part.maximum
    return True
