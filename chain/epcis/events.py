"""From the members of an EPCIS document to an Event and back: the one place where their differences are known.

| in a document | in an Event |
|---|---|
| a place or party by its GLN, as EPC URN or Digital Link | the GLN; one with an extension is its canonical Digital Link |
| goods as EPC URNs | their canonical Digital Links (Digital Links stay as they are) |
| a standard word bare, as URN, web address or compact URI | the bare word; a user's word is its full URI |
| times of any precision and offset | UTC, rounded to the millisecond as the event hash has them |
| the document's ``@context`` | the prefixes that the event itself uses |

Nothing else changes: `hash_of(event_of(...))` is the hash of the document's event. Nothing is validated here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import quote

from chain.epcis import vocabulary as cbv
from chain.epcis.fields import MEMBERS, event_of_fields, fields_of, names_of_goods
from chain.epcis.hashing import hash_of_members, pre_hash
from chain.epcis.identities import link_of
from chain.epcis.names import Names
from chain.epcis.times import rounded, time_of, time_text
from chain.epcis.told import Told
from chain.errors import BadInput
from chain.journey import Event

PLACE, PARTY = "https://id.gs1.org/414/", "https://id.gs1.org/417/"
OWN = "wayproof:"
"""Stands before a word of our own that must be a URI in a document."""

_SENSOR_ELEMENT = ("epcis:SensorElement", cbv.EPCIS + "SensorElement")
_PARTIES = frozenset(("owning_party", "possessing_party"))
_GLN = re.compile(r"\d{13}", re.ASCII)
_GOODS = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
_QUANTITIES = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
_TYPED = {"sourceList": "source", "destinationList": "destination", "bizTransactionList": "bizTransaction"}


# ---- from a document -----------------------------------------------------------------------------------------------------


def event_of(told: Told) -> Event:
    """The event that a document tells. Raises BadInput with its path where it has no time or a shape that EPCIS does not know."""
    try:
        return event_of_members(told.members, told.names)
    except BadInput as error:
        raise BadInput(f"{told.path}: {error.words}" if told.path else error.words, **error.details) from None


def event_of_members(members: Mapping[str, object], names: Names) -> Event:
    """The event of the members of a document whose prefixes are `names`. Raises BadInput."""
    names = names.within(members.get("@context"))
    found = {name: value for name, value in members.items() if value is not None and name not in ("@context", "id")}
    found.setdefault("eventID", members.get("id", ""))
    if "eventTime" not in found:
        raise BadInput("the event has no eventTime")
    try:
        _understand(found, names)
    except (TypeError, AttributeError):
        raise BadInput("the event has a shape that EPCIS does not know") from None
    event = event_of_fields(found)
    used = names.used_in(
        event.extensions, event.ilmd, event.sensor_elements, event.read_point_extensions, event.biz_location_extensions,
        event.error.extensions if event.error else None,
    )  # fmt: skip
    return replace(event, namespaces=used) if used else event


def _understand(found: dict[str, object], names: Names) -> None:
    """Put the members of a document into the words of an Event."""

    def change(name: str, how: Callable[[object], object]) -> None:
        if name in found:
            found[name] = how(found[name])

    def words(vocabulary: cbv.Vocabulary) -> Callable[[object], object]:
        return lambda text: vocabulary.bare(names.address(_text(text)))

    change("type", lambda text: names.address(_text(text)))
    for name in ("eventTime", "recordTime"):
        change(name, _instant)
    change("bizStep", words(cbv.BIZ_STEP))
    change("disposition", words(cbv.DISPOSITION))
    change("parentID", _goods)
    for name in ("readPoint", "bizLocation"):
        change(name, _place)
    for name in _GOODS:
        change(name, _each_goods)
    for name in _QUANTITIES:
        change(name, lambda values: [_quantity(one) for one in _rows(values)])
    change("sensorElementList", lambda elements: [_sensor_member(_map(one)) for one in _rows(elements)])
    change("persistentDisposition", lambda both: {k: list(map(words(cbv.DISPOSITION), _rows(v))) for k, v in _map(both).items()})
    change("errorDeclaration", lambda error: _error(_map(error), words(cbv.ERROR)))
    for name, member in _TYPED.items():
        kind = words(cbv.BIZ_TRANSACTION if name == "bizTransactionList" else cbv.PARTY)
        change(name, lambda values, member=member, kind=kind: [_typed(_map(row), member, kind) for row in _rows(values)])  # type: ignore[misc]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value.strip()


def _rows(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _map(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TypeError
    return value


def _instant(value: object) -> str:
    return time_text(rounded(time_of(_text(value).upper())))


def _goods(value: object) -> str:
    """An EPC URN as the canonical Digital Link; anything else as it is."""
    text = _text(value)
    return (link_of(text) or text) if text.startswith("urn:epc:") else text


def _each_goods(values: object) -> list[str]:
    """A list of goods. Where one thing has two names in it, they stay as they are: a list of EPCIS holds nothing twice."""
    texts = list(map(_text, _rows(values)))
    taken = set(texts)
    found = []
    for text in texts:
        link = _goods(text)
        found.append(text if link in taken else link)
        taken.add(link)
    return found


def gln_or_uri(text: str, base: str) -> str:
    """The GLN of a place (`PLACE`) or party (`PARTY`) alone where its URI says nothing more, else the URI."""
    link = link_of(text) if text.startswith(("urn:epc:id:", "http")) and not re.search("[?#]", text) else None
    if link is None:
        return text
    if link.startswith(base) and _GLN.fullmatch(link, len(base)):
        return link[len(base) :]
    return link if text.startswith("urn:") else text


def _place(place: object) -> object:
    return {**place, "id": gln_or_uri(_text(place.get("id", "")), PLACE)} if isinstance(place, Mapping) else ""


def _quantity(value: object) -> object:
    row = _map(value)
    return {**row, "epcClass": _goods(row["epcClass"])} if "epcClass" in row else row


def _typed(row: Mapping[str, object], member: str, words: Callable[[object], object]) -> dict[str, object]:
    found = {name: value for name, value in row.items() if value is not None}
    kind = words(found["type"]) if "type" in found else ""
    if member != "bizTransaction" and member in found:
        found[member] = gln_or_uri(_text(found[member]), PARTY if kind in _PARTIES else PLACE)
    return found | ({"type": kind} if kind else {})


def _error(error: Mapping[str, object], words: Callable[[object], object]) -> dict[str, object]:
    found = {name: value for name, value in error.items() if value is not None}
    if "declarationTime" in found:
        found["declarationTime"] = _instant(found["declarationTime"])
    if "reason" in found:
        found["reason"] = words(found["reason"])
    return found


# ---- to a document -------------------------------------------------------------------------------------------------------


def hash_of(event: Event) -> str:
    """The CBV 2.0 event hash of an event, ``ni:///sha-256;...?ver=CBV2.0``."""
    return hash_of_members(members_of(event), Names(event.namespaces))


def pre_hash_of(event: Event) -> str:
    """The text whose SHA-256 is the event hash."""
    return pre_hash(members_of(event), Names(event.namespaces))


def identified(event: Event) -> Event:
    """The event; one without an eventID has its hash for one (CBV 2.0 section 8.9)."""
    return event if event.event_id else replace(event, event_id=hash_of(event))


def members_of(event: Event) -> dict[str, object]:
    """The event's members as an EPCIS 2.0 JSON document has them; its prefixes are left to the document."""
    found = fields_of(event)
    found.pop("@context", None)
    for name in ("readPoint", "bizLocation"):
        if name in found:
            found[name] = _place_member(found[name])
    for name, member in _TYPED.items():
        if name in found:
            found[name] = [_typed_member(event, kind, member, value) for kind, value in _pairs_of(event, name)]
    for name, words in (("bizStep", cbv.BIZ_STEP), ("disposition", cbv.DISPOSITION)):
        if name in found:
            found[name] = _word(str(found[name]), words)
    if "sensorElementList" in found:
        found["sensorElementList"] = [_sensor_member(element) for element in event.sensor_elements]
    epcs, quantities = names_of_goods(event.kind)
    if event.kind in ("ObjectEvent", "TransactionEvent") and not {epcs, quantities} & found.keys():
        found[epcs] = []
    if event.kind == "TransformationEvent":
        found.pop("action", None)
    return {name if ":" in name or name in MEMBERS else OWN + name: value for name, value in found.items()}


def _place_member(place: object) -> dict[str, object]:
    place = place if isinstance(place, Mapping) else {"id": place}
    return {**place, "id": _uri(str(place["id"]), PLACE)}


def _sensor_member(element: Mapping[str, object]) -> dict[str, object]:
    """A sensor element; a measurement type that is newer than the lists becomes compact, as JSON wants it."""
    reports = element.get("sensorReport", [])
    rows = reports if isinstance(reports, list | tuple) else [reports]
    found: list[object] = []
    for row in rows:
        kind = row.get("type") if isinstance(row, Mapping) else None
        if isinstance(row, Mapping) and isinstance(kind, str) and kind not in cbv.MEASUREMENT.words:
            row = {**row, "type": cbv.MEASUREMENT.bare(cbv.MEASUREMENT.address(kind))}
        found.append(row)
    kept = {name: value for name, value in element.items() if name != "type" or value not in _SENSOR_ELEMENT}
    return {**kept, "sensorReport": found}


def _pairs_of(event: Event, name: str) -> tuple[tuple[str, str], ...]:
    return {"sourceList": event.sources, "destinationList": event.destinations}.get(name, event.biz_transactions)


def _typed_member(event: Event, kind: str, member: str, value: str) -> dict[str, object]:
    if member == "bizTransaction":
        words, uri = cbv.BIZ_TRANSACTION, value if ":" in value else _paper(event, value)
    else:
        words, uri = cbv.PARTY, _uri(value, PLACE if kind == "location" else PARTY)
    return {"type": _word(kind, words), member: uri} if kind else {member: uri}


def _uri(text: str, base: str) -> str:
    """A GLN as its Digital Link, a URI as it is, any other word as one of our own."""
    if _GLN.fullmatch(text):
        return base + text
    return text if ":" in text else OWN + quote(text, safe="")


def _paper(event: Event, number: str) -> str:
    """The URI of a business transaction that has a number only: under the GLN of who wrote it (CBV 2.0 section 8.5)."""
    glns = (*(gln for _, gln in event.sources), event.read_point, *(gln for _, gln in event.destinations))
    gln = next((gln for gln in glns if _GLN.fullmatch(gln)), None)
    number = quote(number, safe="")
    return f"urn:epcglobal:cbv:bt:{gln}:{number}" if gln else f"{OWN}{number}"


def _word(text: str, words: cbv.Vocabulary) -> str:
    return text if text in words.words or ":" in text else OWN + quote(text, safe="")
