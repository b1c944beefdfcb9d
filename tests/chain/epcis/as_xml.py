"""Events as EPCIS XML, for tests: what another program's document of the same event looks like."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from chain.epcis import members_of
from chain.epcis import vocabulary as cbv
from chain.journey import Event
from tests.chain.epcis.strategies import SPACES

_URNS = {"bizStep": cbv.BIZ_STEP, "disposition": cbv.DISPOSITION}
_LISTS = {"epcList": "epc", "childEPCs": "epc", "inputEPCList": "epc", "outputEPCList": "epc"}
_TYPED = {
    "bizTransactionList": ("bizTransaction", cbv.BIZ_TRANSACTION),
    "sourceList": ("source", cbv.PARTY),
    "destinationList": ("destination", cbv.PARTY),
}
_REPORT = {"type": cbv.MEASUREMENT, "exception": cbv.ALERT, "component": cbv.COMPONENT}


def document(events: Iterable[Event], version: str = "2.0") -> bytes:
    """An EPCISDocument. Version 1.2 wraps what version 1.0 did not have in ``extension`` and ``baseExtension``."""
    declared = "".join(f" xmlns:{prefix}={quoteattr(space)}" for prefix, space in SPACES.items())
    body = "".join(event_xml(event, version) for event in events)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:{version[0]}"{declared}'
        ' xmlns:gs1="https://gs1.org/voc/" xmlns:cbv="https://ref.gs1.org/cbv/"'
        f' schemaVersion="{version}" creationDate="2026-01-02T03:04:05Z"><EPCISBody><EventList>{body}</EventList></EPCISBody>'
        "</epcis:EPCISDocument>"
    ).encode()


def event_xml(event: Event, version: str) -> str:
    members = members_of(event)
    text = "".join(
        _member(name, value) for name, value in members.items() if name != "type" and not (version == "1.2" and name in _NEW)
    )
    if version == "1.2":
        new = "".join(_member(name, members[name]) for name in sorted(_NEW & members.keys()))
        text = f"<baseExtension>{new}</baseExtension>{text}" if new else text
    text = f"<{event.kind}>{text}</{event.kind}>"
    if version == "1.2" and event.kind == "AssociationEvent":
        return f"<extension><extension>{text}</extension></extension>"
    return text


_NEW = frozenset(("eventID", "errorDeclaration"))


def _word(text: str, words: cbv.Vocabulary) -> str:
    if text not in words.words:
        return text
    return words.urn + text if words.urn else words.web.replace(cbv.CBV, "cbv:").replace(cbv.GS1, "gs1:") + text


def _member(name: str, value: Any) -> str:
    if name in _URNS:
        return _tag(name, escape(_word(value, _URNS[name])))
    if name in _LISTS:
        return _tag(name, "".join(_tag("epc", escape(one)) for one in value))
    if name in _TYPED:
        member, words = _TYPED[name]
        return _tag(name, "".join(_typed(row, member, words) for row in value))
    if name.endswith("uantityList"):
        rows = ("".join(_tag(member, escape(_text(one))) for member, one in row.items()) for row in value)
        return _tag(name, "".join(_tag("quantityElement", row) for row in rows))
    if name == "persistentDisposition":
        return _tag(name, "".join(_tag(m, escape(_word(one, cbv.DISPOSITION))) for m, ones in value.items() for one in ones))
    if name == "errorDeclaration":
        return _tag(name, "".join(_error(member, one) for member, one in value.items()))
    if name == "sensorElementList":
        return _tag(name, "".join(_tag("sensorElement", _sensor(one)) for one in value))
    if name == "certificationInfo":
        return "".join(_tag(name, escape(one)) for one in value)
    if name in ("readPoint", "bizLocation", "ilmd"):
        return _tag(name, "".join(_extension(member, one) for member, one in value.items()))
    return _extension(name, value)


def _tag(name: str, inner: str) -> str:
    return f"<{name}>{inner}</{name}>"


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _typed(row: Mapping[str, str], member: str, words: cbv.Vocabulary) -> str:
    kind = f" type={quoteattr(_word(row['type'], words))}" if "type" in row else ""
    return f"<{member}{kind}>{escape(row[member])}</{member}>"


def _error(name: str, value: Any) -> str:
    if name == "correctiveEventIDs":
        return _tag(name, "".join(_tag("correctiveEventID", escape(one)) for one in value))
    return _extension(name, _word(value, cbv.ERROR) if name == "reason" else value)


def _sensor(element: Mapping[str, Any]) -> str:
    found = ""
    for name, value in element.items():
        if name == "sensorMetadata":
            found += f"<sensorMetadata{_attributes(value)}/>"
        elif name == "sensorReport":
            found += "".join(f"<sensorReport{_attributes(one)}/>" for one in value)
        else:
            found += _extension(name, value)
    return found


def _attributes(values: Mapping[str, Any]) -> str:
    words = {name: _word(value, _REPORT[name]) if name in _REPORT else _text(value) for name, value in values.items()}
    return "".join(f" {name}={quoteattr(value)}" for name, value in words.items())


def _extension(name: str, value: Any) -> str:
    if isinstance(value, list | tuple):
        return "".join(_extension(name, one) for one in value)
    if isinstance(value, Mapping):
        return _tag(name, "".join(_extension(member, one) for member, one in value.items()))
    return _tag(name, escape(_text(value)))
