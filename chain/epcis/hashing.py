"""The CBV 2.0 event hash (section 8.9): one text for all ways to write the same event, and its SHA-256 as an ``ni`` URI.

The rules of the standard leave room, and the reference implementation of its authors fills it; where the two differ, what its
published hashes record is followed: a type stands before its value, lists of business transactions, sources, destinations stand
with the master data and the user extensions in one alphabetical order behind everything else, certificationInfo comes third.
recordTime, eventID, errorDeclaration and comments take no part. Nothing is validated: an event that breaks other rules has a
hash all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256

from chain.epcis import vocabulary as cbv
from chain.epcis.identities import link_of
from chain.epcis.names import Names
from chain.epcis.times import canonical_time

Members = Mapping[str, object]

NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_LONGEST_NUMBER = 40  # digits before or behind the point; whatever is longer stays as it is written

_COMMENTS = frozenset(("comment", "{http://www.w3.org/2000/01/rdf-schema#}comment"))
_APART = frozenset(("@context", "type", "id", "eventID", "recordTime", "errorDeclaration"))
_NAMELESS = frozenset(("@context", "type", "id"))
_TEXT = "#text"
_LISTED = (list, tuple)


def hash_of_members(event: Members, names: Names) -> str:
    """The event hash, ``ni:///sha-256;...?ver=CBV2.0``, of an event in the members of its JSON document."""
    return ni(pre_hash(event, names))


def ni(text: str) -> str:
    """The hash of a pre-hash string as a URI (RFC 6920; CBV 2.0 section 8.9, rule 22)."""
    return f"ni:///sha-256;{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}?ver=CBV2.0"


def pre_hash(event: Members, names: Names) -> str:
    """The text that is hashed. `names` are the prefixes of the document; an ``@context`` of the event's own goes before them."""
    if "@context" in event:
        names = names.within(event["@context"])
    ignored = _ignored(event, names)
    found = ["eventType=" + names.address(str(event.get("type", "")))]
    for name, part in _ORDERED.items():
        value = event.get(name)
        if value is not None:
            found.append(part(name, value, names))
    rest = [
        text
        for name, value in event.items()
        if name not in _ORDERED and name not in _APART and not _left_out(names.expanded(name), ignored)
        for text in _LISTS.get(name, _extension)(name, value, names)
    ]
    return "".join(found) + "".join(sorted(rest))


def _ignored(event: Members, names: Names) -> tuple[frozenset[str], str]:
    """The extensions that a repository says it added, and the namespace of that word of its own.

    Reference implementation, ``ignoreFields``: names that take no part in the hash, nor does anything else of that namespace.
    """
    for name, value in event.items():
        if name.endswith(":ignoreFields"):
            full = names.expanded(name)
            fields = [value] if isinstance(value, str) else value if isinstance(value, list | Mapping) else ()
            return frozenset(names.expanded(str(one)) for one in fields), full[: -len("ignoreFields")]
    return frozenset(), ""


def _left_out(full: str, ignored: tuple[frozenset[str], str]) -> bool:
    return full in _COMMENTS or full in ignored[0] or bool(ignored[1] and full.startswith(ignored[1]))


# ---- values --------------------------------------------------------------------------------------------------------------


def canonical(value: object, names: Names) -> str:
    """A value as the hash has it (rules 5 to 7, 14, 15, 17 and 18)."""
    if isinstance(value, str):
        text = value.strip()
        return _canonical_text(names.address(text) if ":" in text else text)
    if isinstance(value, bool):
        return "true" if value else "false"
    return _number(repr(value)) if isinstance(value, int | float) else ""


@lru_cache(maxsize=4096)
def _canonical_text(text: str) -> str:
    if ":" in text:
        text = cbv.web_address(text)
        return _identity(text) if text[:4].lower() in ("urn:", "http") else text
    return _number(text)


def _identity(text: str) -> str:
    """The one Digital Link of a GS1 key, in which three characters stand bare that need not (rules 17 and 18)."""
    link = link_of(text)
    if link is None:
        return text
    return link.replace("%27", "'").replace("%3B", ";").replace("%3D", "=") if "%" in link else link


def _number(text: str) -> str:
    """A number without sign, zeros or exponent that say nothing (rule 6); what is no number as it is."""
    if not NUMBER.fullmatch(text):
        return text
    number = Decimal(text)
    if not number:
        return "0"
    digits, exponent = number.as_tuple().digits, number.adjusted()
    if abs(exponent) > _LONGEST_NUMBER or len(digits) > _LONGEST_NUMBER:
        return text
    plain = f"{number:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _named(name: str, text: str) -> str:
    return f"{name}={text}" if text else name


# ---- the parts in their order --------------------------------------------------------------------------------------------

Part = Callable[[str, object, Names], str]


def _time(name: str, value: object, names: Names) -> str:
    del names
    text = canonical_time(str(value).strip())
    return f"{name}={text}" if text else ""


def _plain(name: str, value: object, names: Names) -> str:
    if isinstance(value, str):
        text = canonical(value, names)
        return f"{name}={text}" if text else ""
    return "".join(sorted(f"{name}={text}" for one in _each(value) if (text := canonical(one, names))))


def _word(words: cbv.Vocabulary) -> Part:
    def part(name: str, value: object, names: Names) -> str:
        texts = (canonical(words.address(one.strip()) if isinstance(one, str) else one, names) for one in _each(value))
        return "".join(sorted(f"{name}={text}" for text in texts if text))

    return part


def _epcs(name: str, value: object, names: Names) -> str:
    found = sorted(f"epc={text}" for one in _each(value) if (text := canonical(one, names)))
    return name + "".join(found) if found else ""


def _quantities(name: str, value: object, names: Names) -> str:
    found = []
    for one in _each(value):
        if isinstance(one, Mapping):
            inner = "".join(_plain(member, one.get(member), names) for member in ("epcClass", "quantity", "uom"))
            found += ["quantityElement" + inner] if inner else []
    return name + "".join(sorted(found)) if found else ""


def _object(order: Mapping[str, Part]) -> Part:
    """An object with known members in order and user extensions behind them (rule 21)."""

    def part(name: str, value: object, names: Names) -> str:
        found = []
        for one in _each(value):
            if not isinstance(one, Mapping):
                found.append(_named(name, canonical(one, names)))
                continue
            known = "".join(inner(member, one[member], names) for member, inner in order.items() if one.get(member) is not None)
            others = sorted(
                text
                for member, other in one.items()
                if member not in order and member not in _NAMELESS
                for text in _extension(member, other, names)
            )
            if known or others:
                found.append(name + known + "".join(others))
        return "".join(sorted(found))

    return part


_METADATA: dict[str, Part] = {
    "time": _time, "startTime": _time, "endTime": _time, "deviceID": _plain, "deviceMetadata": _plain, "rawData": _plain,
    "dataProcessingMethod": _plain, "bizRules": _plain,
}  # fmt: skip
_REPORT: dict[str, Part] = {
    "type": _word(cbv.MEASUREMENT), "exception": _word(cbv.ALERT), "deviceID": _plain, "deviceMetadata": _plain,
    "rawData": _plain, "dataProcessingMethod": _plain, "time": _time, "microorganism": _plain, "chemicalSubstance": _plain,
    "value": _plain, "component": _word(cbv.COMPONENT), "stringValue": _plain, "booleanValue": _plain, "hexBinaryValue": _plain,
    "uriValue": _plain, "minValue": _plain, "maxValue": _plain, "meanValue": _plain, "sDev": _plain, "percRank": _plain,
    "percValue": _plain, "uom": _plain, "coordinateReferenceSystem": _plain,
}  # fmt: skip
_ELEMENT = _object({"sensorMetadata": _object(_METADATA), "sensorReport": _object(_REPORT)})


def _sensors(name: str, value: object, names: Names) -> str:
    found = _ELEMENT("sensorElement", value, names)
    return name + found if found else ""


_PLACE = _object({"id": _plain})
_DISPOSITIONS = _object({"set": _word(cbv.DISPOSITION), "unset": _word(cbv.DISPOSITION)})

_ORDERED: dict[str, Part] = {
    "eventTime": _time, "eventTimeZoneOffset": _plain, "certificationInfo": _plain, "epcList": _epcs, "parentID": _plain,
    "inputEPCList": _epcs, "childEPCs": _epcs, "quantityList": _quantities, "childQuantityList": _quantities,
    "inputQuantityList": _quantities, "outputEPCList": _epcs, "outputQuantityList": _quantities, "action": _plain,
    "transformationID": _plain, "bizStep": _word(cbv.BIZ_STEP), "disposition": _word(cbv.DISPOSITION),
    "persistentDisposition": _DISPOSITIONS, "readPoint": _PLACE, "bizLocation": _PLACE, "sensorElementList": _sensors,
}  # fmt: skip


# ---- what comes behind, in the order of the alphabet ---------------------------------------------------------------------


def _typed(member: str, words: cbv.Vocabulary) -> Callable[[str, object, Names], Iterator[str]]:
    """A list of values that have a type: the type stands before its value (rule 13, as the reference does it)."""
    kind = _word(words)

    def part(name: str, value: object, names: Names) -> Iterator[str]:
        found = []
        for one in _each(value):
            if isinstance(one, Mapping):
                found.append(kind("type", one.get("type"), names) + _plain(member, one.get(member), names))
        if any(found):
            yield name + "".join(sorted(found))

    return part


def _extension(name: str, value: object, names: Names) -> Iterator[str]:
    """A user extension, or master data: its full name, its value, what is in it (rules 19 and 20); one for each of a list."""
    full = names.expanded(name)
    if full in _COMMENTS:
        return
    for one in _each(value):
        if isinstance(one, Mapping):
            inner = sorted(text for member, other in one.items() if member != _TEXT for text in _extension(member, other, names))
            yield _named(full, canonical(one.get(_TEXT), names)) + "".join(inner)
        else:
            yield _named(full, canonical(one, names))


def _master_data(name: str, value: object, names: Names) -> Iterator[str]:
    """The ilmd member; one with nothing in it is none."""
    return (text for text in _extension(name, value, names) if text != name)


_LISTS: dict[str, Callable[[str, object, Names], Iterable[str]]] = {
    "bizTransactionList": _typed("bizTransaction", cbv.BIZ_TRANSACTION),
    "sourceList": _typed("source", cbv.PARTY),
    "destinationList": _typed("destination", cbv.PARTY),
    "ilmd": _master_data,
}


def _each(value: object) -> Sequence[object]:
    """The values of a list, or the one value; nothing for null. Lists in lists are one list."""
    if not isinstance(value, _LISTED):
        return () if value is None else (value,)
    if any(one is None or isinstance(one, _LISTED) for one in value):
        return [inner for one in value for inner in _each(one)]
    return value
