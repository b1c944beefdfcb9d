"""What EPCIS 2.0 asks of a document around its events, and the judgement of a whole document, event after event as it streams."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from chain.epcis.event_rules import check_event
from chain.epcis.faults import Fault, shown
from chain.epcis.forms import Forms, is_uri
from chain.epcis.names import Names
from chain.epcis.reading import Document

_VERSION = frozenset("0123456789.")
_HEAD = frozenset(
    (
        "@context", "id", "type", "schemaVersion", "creationDate", "instanceIdentifier", "sender", "receiver", "epcisHeader",
        "epcisBody",
    )
)  # fmt: skip


def faults_of(document: Document) -> Iterator[Fault]:
    """All that is wrong with a document, as it is read: first with what stands around the events, then with each.

    Raises BadInput where it stops being JSON or XML.
    """
    yield from check_head(document)
    for told in document:
        yield from check_event(told)


def check_head(document: Document) -> list[Fault]:
    """What is wrong with what stands around the events."""
    found = list(document.faults)
    if document.bare:
        return found
    forms = Forms(Names.of(document.head.get("@context")), document.form)
    if document.form == "xml":
        _xml(forms, document.head)
    else:
        _json(forms, document.head)
    return found + forms.faults


def _xml(forms: Forms, head: Mapping[str, object]) -> None:
    """The root's attributes. An envelope around a document (SOAP) is none of EPCIS and has none."""
    if head.get("type") not in ("EPCISDocument", "EPCISQueryDocument"):
        return
    for name, check in (("schemaVersion", _version), ("creationDate", Forms.stamp)):
        if name in head:
            check(forms, head[name], name)
        elif head["type"] == "EPCISDocument":
            forms.fault(name, f"{name} is missing")
        else:
            forms.remark(name, f"{name} is missing")


def _json(forms: Forms, head: Mapping[str, object]) -> None:
    kind = head.get("type")
    if kind not in ("EPCISDocument", "EPCISQueryDocument"):
        forms.fault("type", f"{shown(kind)} is not EPCISDocument or EPCISQueryDocument" if kind else "type is missing")
    needed = (
        ("@context", "schemaVersion", "creationDate", "epcisBody") if kind != "EPCISQueryDocument" else ("@context", "epcisBody")
    )
    for name in needed:
        if name not in head:
            forms.fault(name, f"{name} is missing")
    for name, value in head.items():
        check = _CHECKS.get(name)
        if check is not None:
            check(forms, value, name)
        elif name not in _HEAD:
            forms.extension(name, name[:80], "an EPCIS document")
    if "epcisBody" in head:
        _body(forms, head["epcisBody"], str(kind))


def _version(forms: Forms, value: object, path: str) -> None:
    text = forms.text(value, path)
    if text is not None and not (_VERSION.issuperset(text) and all(part for part in text.split("."))):
        forms.fault(path, f"{shown(text)} is not a version such as 2.0")


def _identity(forms: Forms, value: object, path: str) -> None:
    """A document's own name: a URI, or a name within the document (JSON-LD: a blank node)."""
    text = forms.text(value, path)
    if text is not None and text.startswith("_:"):
        forms.remark(path, f"{shown(text)} names this document only within itself")
    elif text is not None:
        forms.uri(text, path)


def _context(forms: Forms, value: object, path: str) -> None:
    """Addresses and objects; the EPCIS context should be among them."""
    rows = value if isinstance(value, list) else [value]
    addresses = [row for row in rows if isinstance(row, str)]
    for number, row in enumerate(rows):
        if isinstance(row, str):
            forms.uri(row, f"{path}[{number}]" if isinstance(value, list) else path)
        elif not isinstance(row, Mapping):
            forms.fault(path, f"{shown(row)} is neither the address of a context nor one")
    forms.unique(addresses, path)
    if not any("epcis-context" in address for address in addresses):
        forms.remark(path, "the EPCIS context is not among those named")


def _header(forms: Forms, value: object, path: str) -> None:
    header = forms.members(value, path)
    for name, member in header.items():
        if name == "epcisMasterData":
            _vocabularies(
                forms, forms.members(member, f"{path}.{name}").get("vocabularyList", []), f"{path}.{name}.vocabularyList"
            )
        else:
            forms.extension(name, f"{path}.{name[:80]}", "epcisHeader")


def _vocabularies(forms: Forms, value: object, path: str) -> None:
    for at, one in forms.each(value, path):
        vocabulary = forms.members(one, at)
        forms.uri(vocabulary.get("type"), f"{at}.type")
        for place, row in forms.each(vocabulary.get("vocabularyElementList", []), f"{at}.vocabularyElementList"):
            element = forms.members(row, place)
            forms.uri(element.get("id"), f"{place}.id")
            for where, attribute in forms.each(element.get("attributes", []), f"{place}.attributes"):
                forms.uri(forms.members(attribute, where).get("id"), f"{where}.id")
            for where, child in forms.each(element.get("children", []), f"{place}.children"):
                forms.uri(child, where)


def _body(forms: Forms, value: object, kind: str) -> None:
    body = forms.members(value, "epcisBody")
    if kind == "EPCISQueryDocument":
        if "queryResults" not in body:
            forms.fault("epcisBody.queryResults", "queryResults is missing")
            return
        results = forms.members(body["queryResults"], "epcisBody.queryResults")
        for name in ("queryName", "subscriptionID"):
            if name in results:
                forms.text(results[name], f"epcisBody.queryResults.{name}")
        if "queryName" not in results:
            forms.fault("epcisBody.queryResults.queryName", "queryName is missing: it says which query this answers")
        body = forms.members(results.get("resultsBody"), "epcisBody.queryResults.resultsBody")
        _list(forms, body, "epcisBody.queryResults.resultsBody")
    elif "event" not in body:
        _list(forms, body, "epcisBody")


def _list(forms: Forms, body: Mapping[str, object], path: str) -> None:
    if "eventList" not in body:
        forms.fault(f"{path}.eventList", "eventList is missing")
    elif not isinstance(body["eventList"], list):
        forms.fault(f"{path}.eventList", "this must be a list of events")


def _plain(forms: Forms, value: object, path: str) -> None:
    forms.text(value, path)


def _party(forms: Forms, value: object, path: str) -> None:
    text = forms.text(value, path)
    if text is not None and not is_uri(text):
        forms.remark(path, f"{shown(text)} is not a URI")


_CHECKS: dict[str, Callable[[Forms, object, str], object]] = {
    "@context": _context,
    "id": _identity,
    "schemaVersion": _version,
    "creationDate": Forms.stamp,
    "instanceIdentifier": _plain,
    "sender": _party,
    "receiver": _party,
    "epcisHeader": _header,
}
