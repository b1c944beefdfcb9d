"""What EPCIS 2.0 and CBV 2.0 ask of one event, each rule with its path and a sentence.

Written from the standards: the members of each event type, their forms and which go together (EPCIS 2.0 section 7.4), and what a
schema cannot say (which words are standard, which identifiers are right, what belongs to what). What the standard only advises,
and what widely used documents do otherwise without harm, is a remark.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chain.epcis import vocabulary as cbv
from chain.epcis.faults import Fault, shown
from chain.epcis.forms import Forms
from chain.epcis.names import STANDARD, Names
from chain.epcis.times import is_offset
from chain.epcis.told import Told

ACTIONS = ("ADD", "OBSERVE", "DELETE")
TYPES = ("ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent")

_COMMON = frozenset(
    ("@context", "type", "eventTime", "recordTime", "eventTimeZoneOffset", "eventID", "certificationInfo", "errorDeclaration")
)
_CONTEXT = (
    "bizStep", "disposition", "readPoint", "bizLocation", "bizTransactionList", "sourceList", "destinationList",
    "sensorElementList",
)  # fmt: skip
_MEMBERS: dict[str, frozenset[str]] = {
    "ObjectEvent": frozenset((*_CONTEXT, "action", "epcList", "quantityList", "persistentDisposition", "ilmd")),
    "AggregationEvent": frozenset((*_CONTEXT, "action", "parentID", "childEPCs", "childQuantityList")),
    "AssociationEvent": frozenset((*_CONTEXT, "action", "parentID", "childEPCs", "childQuantityList")),
    "TransactionEvent": frozenset((*_CONTEXT, "action", "parentID", "epcList", "quantityList")),
    "TransformationEvent": frozenset(
        (
            *_CONTEXT, "inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList", "transformationID",
            "persistentDisposition", "ilmd",
        )
    ),
}  # fmt: skip
_UNIQUE = frozenset(("inputEPCList", "outputEPCList"))

Check = Callable[[Forms, object, str], object]


def check_event(told: Told) -> list[Fault]:
    """All that is wrong with an event, in the order of its members. Empty, or remarks only: it is valid."""
    names = told.names.within(told.members.get("@context"))
    if not told.path and told.form == "json" and "@context" not in told.members:
        bare = [Fault("@context", "@context is missing: without it the words of an event that stands alone mean nothing")]
    else:
        bare = []
    return [*told.faults, *bare, *check_members(told.members, names, told.path, told.form)]


def check_members(members: Mapping[str, object], names: Names, path: str = "", form: str = "json") -> list[Fault]:
    """The same of the members of an event whose prefixes are `names`. `form` is how it was written, ``json`` or ``xml``."""
    forms = Forms(names, form)
    before = f"{path}." if path else ""
    kind = members.get("type")
    allowed = _MEMBERS.get(kind) if isinstance(kind, str) else None
    if allowed is None:
        _kind(forms, kind, f"{before}type")
    for name in ("eventTime", "eventTimeZoneOffset"):
        if members.get(name) is None:
            forms.fault(before + name, f"{name} is missing: every event has one")
    for name, value in members.items():
        check = _CHECKS.get(name)
        if check is not None and (allowed is None or name in allowed or name in _COMMON):
            check(forms, value, before + name)
        elif name == "persistentDisposition" and allowed is not None:
            forms.remark(before + name, f"EPCIS 2.0 has persistentDisposition in object and transformation events, not in {kind}")
            _lasting(forms, value, before + name)
        elif name == "id":
            forms.remark(before + name, "an event's identity is written eventID")
            forms.uri(value, before + name)
        elif name not in ("type", "@context") and not (allowed is None and ":" in name):
            forms.extension(name, before + name, str(kind)[:40])
    if allowed is not None:
        _TOGETHER[str(kind)](forms, members, before)
    return forms.faults


def _kind(forms: Forms, kind: object, path: str) -> None:
    """An event type of somebody's own is a URI."""
    if kind is None:
        forms.fault(path, "type is missing: it says what kind of event this is")
    elif isinstance(kind, str) and ":" not in kind:
        forms.fault(path, f"{shown(kind)} is not an event type of EPCIS 2.0; one of your own must be a URI")
    else:
        forms.uri(kind, path)


# ---- single members ------------------------------------------------------------------------------------------------------


def _offset(forms: Forms, value: object, path: str) -> None:
    text = forms.text(value, path)
    if text is not None and not is_offset(text):
        forms.fault(path, f"{shown(text)} is not an offset such as +01:00")


def _action(forms: Forms, value: object, path: str) -> None:
    if value not in ACTIONS:
        forms.fault(path, f"{shown(value)} is not an action: it is ADD, OBSERVE or DELETE")


def _identities(forms: Forms, value: object, path: str) -> None:
    texts = [forms.identifier(one, at) for at, one in forms.each(value, path)]
    if path.rpartition(".")[2] in _UNIQUE:
        forms.unique([text for text in texts if text is not None], path)


def _quantities(forms: Forms, value: object, path: str) -> None:
    for at, one in forms.each(value, path):
        row = forms.members(one, at)
        if isinstance(one, Mapping) and "epcClass" not in row:
            forms.fault(f"{at}.epcClass", "epcClass is missing: a quantity is one of a class of goods")
        for name, member in row.items():
            if name == "epcClass":
                forms.identifier(member, f"{at}.epcClass")
            elif name == "quantity":
                forms.number(member, f"{at}.quantity")
            elif name == "uom":
                forms.unit(member, f"{at}.uom")
            else:
                forms.fault(f"{at}.{name[:80]}", f"{shown(name)} does not belong into a quantity")
        if "uom" in row and "quantity" not in row:
            forms.fault(f"{at}.uom", "a unit of measure without a quantity says nothing")


def _certificates(forms: Forms, value: object, path: str) -> None:
    for at, one in forms.each(value, path) if isinstance(value, list) else [(path, value)]:
        forms.loose_uri(one, at)


def _word(words: cbv.Vocabulary) -> Check:
    return lambda forms, value, path: forms.word(value, path, words)


def _place(forms: Forms, value: object, path: str) -> None:
    place = forms.members(value, path)
    if isinstance(value, Mapping) and "id" not in place:
        forms.fault(f"{path}.id", "id is missing: it says which place this is")
    for name, member in place.items():
        if name == "id":
            forms.identifier(member, f"{path}.id")
        elif ":" not in name:
            forms.remark(f"{path}.{name[:80]}", f"{shown(name)} is no member of a place")


def _typed(member: str, words: cbv.Vocabulary, needed: bool) -> Check:
    def check(forms: Forms, value: object, path: str) -> None:
        for at, one in forms.each(value, path):
            row = forms.members(one, at)
            for name in (member, "type") if needed else (member,):
                if isinstance(one, Mapping) and name not in row:
                    forms.fault(f"{at}.{name}", f"{name} is missing: every entry of this list has one")
            for name, inner in row.items():
                if name == "type":
                    forms.word(inner, f"{at}.type", words)
                elif name == member:
                    forms.identifier(inner, f"{at}.{member}")
                else:
                    forms.fault(f"{at}.{name[:80]}", f"{shown(name)} does not belong there")

    return check


def _lasting(forms: Forms, value: object, path: str) -> None:
    both = forms.members(value, path)
    if isinstance(value, Mapping) and not {"set", "unset"} & both.keys():
        forms.fault(path, "a persistent disposition is set or unset; here is neither")
    for name, words in both.items():
        if name not in ("set", "unset"):
            forms.fault(f"{path}.{name[:80]}", f"{shown(name)} does not belong into a persistent disposition")
            continue
        rows = list(forms.each(words, f"{path}.{name}"))
        if isinstance(words, list) and not rows:
            forms.fault(f"{path}.{name}", "the list is empty")
        for at, word in rows:
            forms.word(word, at, cbv.DISPOSITION)
        forms.unique([word for _, word in rows], f"{path}.{name}")
    lists = [set(map(str, one)) for one in (both.get("set"), both.get("unset")) if isinstance(one, list)]
    if len(lists) == 2 and lists[0] & lists[1]:
        forms.fault(path, f"{shown(min(lists[0] & lists[1]))} is set and unset at once")


def _error(forms: Forms, value: object, path: str) -> None:
    error = forms.members(value, path)
    if isinstance(value, Mapping) and "declarationTime" not in error:
        forms.fault(f"{path}.declarationTime", "declarationTime is missing: it says when the error was declared")
    for name, member in error.items():
        at = f"{path}.{name[:80]}"
        if name == "declarationTime":
            forms.stamp(member, at)
        elif name == "reason":
            forms.word(member, at, cbv.ERROR)
        elif name == "correctiveEventIDs":
            for place, one in forms.each(member, at):
                forms.uri(one, place)
        else:
            forms.extension(name, at, "an error declaration")


def _ilmd(forms: Forms, value: object, path: str) -> None:
    for name in forms.members(value, path):
        forms.extension(name, f"{path}.{name[:80]}", "ilmd")


_METADATA: dict[str, Check] = {
    "time": Forms.stamp, "startTime": Forms.stamp, "endTime": Forms.stamp, "deviceID": Forms.identifier,
    "deviceMetadata": Forms.uri, "rawData": Forms.uri, "dataProcessingMethod": Forms.uri, "bizRules": Forms.uri,
}  # fmt: skip
_REPORT: dict[str, Check] = {
    **{name: check for name, check in _METADATA.items() if name not in ("startTime", "endTime")},
    "type": _word(cbv.MEASUREMENT), "exception": _word(cbv.ALERT), "component": _word(cbv.COMPONENT),
    "microorganism": Forms.uri, "chemicalSubstance": Forms.uri, "coordinateReferenceSystem": Forms.uri, "uriValue": Forms.uri,
    "value": Forms.number, "minValue": Forms.number, "maxValue": Forms.number, "meanValue": Forms.number, "sDev": Forms.number,
    "percRank": Forms.number, "percValue": Forms.number, "stringValue": Forms.text, "uom": Forms.text,
    "booleanValue": Forms.boolean, "hexBinaryValue": Forms.hexadecimal,
}  # fmt: skip
# Said once for all readings, or for each of them, not both (EPCIS 2.0 section 7.3.7).
_EITHER = ("time", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod")


def _members(forms: Forms, value: object, path: str, checks: Mapping[str, Check], where: str) -> Mapping[str, object]:
    found = forms.members(value, path)
    for name, member in found.items():
        check = checks.get(name)
        if check is not None:
            check(forms, member, f"{path}.{name}")
        else:
            forms.extension(name, f"{path}.{name[:80]}", where)
    return found


def _sensors(forms: Forms, value: object, path: str) -> None:
    for at, one in forms.each(value, path):
        element = forms.members(one, at)
        metadata: Mapping[str, object] = {}
        if isinstance(one, Mapping) and not element.get("sensorReport"):
            forms.fault(f"{at}.sensorReport", "a sensor element reports at least one reading, and here is none")
        for name, member in element.items():
            if name == "sensorMetadata":
                metadata = _members(forms, member, f"{at}.sensorMetadata", _METADATA, "sensorMetadata")
            elif name == "sensorReport":
                for place, report in forms.each(member, f"{at}.sensorReport"):
                    _report(forms, report, place, metadata)
            elif name == "type" and member in ("epcis:SensorElement", STANDARD["epcis"] + "SensorElement"):
                forms.remark(f"{at}.type", "a sensor element needs no type")
            else:
                forms.extension(name, f"{at}.{name[:80]}", "a sensor element")


def _report(forms: Forms, value: object, path: str, metadata: Mapping[str, object]) -> None:
    report = _members(forms, value, path, _REPORT, "sensorReport")
    if isinstance(value, Mapping) and "type" not in report:
        if "exception" in report:
            forms.remark(f"{path}.type", "type is missing: an exception alone does not say of what")
        else:
            forms.fault(f"{path}.type", "type is missing: it says what was measured")
    if twice := [name for name in _EITHER if name in report and name in metadata]:
        forms.remark(f"{path}.{twice[0]}", f"{', '.join(twice)} stands in sensorMetadata already")


_CHECKS: dict[str, Check] = {
    "eventTime": Forms.stamp, "recordTime": Forms.stamp, "eventTimeZoneOffset": _offset, "eventID": Forms.uri,
    "certificationInfo": _certificates, "errorDeclaration": _error, "action": _action, "epcList": _identities,
    "childEPCs": _identities, "inputEPCList": _identities, "outputEPCList": _identities, "quantityList": _quantities,
    "childQuantityList": _quantities, "inputQuantityList": _quantities, "outputQuantityList": _quantities,
    "parentID": Forms.identifier, "transformationID": Forms.uri, "bizStep": _word(cbv.BIZ_STEP),
    "disposition": _word(cbv.DISPOSITION), "persistentDisposition": _lasting, "readPoint": _place, "bizLocation": _place,
    "bizTransactionList": _typed("bizTransaction", cbv.BIZ_TRANSACTION, False), "sourceList": _typed("source", cbv.PARTY, True),
    "destinationList": _typed("destination", cbv.PARTY, True), "sensorElementList": _sensors, "ilmd": _ilmd,
}  # fmt: skip


# ---- what goes together --------------------------------------------------------------------------------------------------


def _acted(forms: Forms, members: Mapping[str, object], before: str) -> None:
    if "action" not in members:
        forms.fault(f"{before}action", "action is missing: it is ADD, OBSERVE or DELETE")


def _object(forms: Forms, members: Mapping[str, object], before: str) -> None:
    _acted(forms, members, before)
    sensed = members.get("sensorElementList") and members.get("readPoint")
    if "epcList" not in members and not members.get("quantityList") and not sensed:
        forms.fault(f"{before}epcList", "the event says of nothing what happened to it: there is no epcList and no quantityList")
    elif not members.get("epcList") and not members.get("quantityList") and not members.get("sensorElementList"):
        forms.remark(f"{before}epcList", "the event names no goods")
    if isinstance(members.get("epcList"), list):
        forms.unique(members["epcList"], f"{before}epcList")  # type: ignore[arg-type]
    if "ilmd" in members and members.get("action") in ("OBSERVE", "DELETE"):
        forms.fault(f"{before}ilmd", "master data of instances or lots (ilmd) come with the action ADD only")


def _aggregation(forms: Forms, members: Mapping[str, object], before: str) -> None:
    _acted(forms, members, before)
    if "parentID" not in members and members.get("action") in ("ADD", "DELETE"):
        forms.fault(f"{before}parentID", "parentID is missing: only an event that observes may leave the container unnamed")
    _children(forms, members, before)


def _association(forms: Forms, members: Mapping[str, object], before: str) -> None:
    _acted(forms, members, before)
    if "parentID" not in members:
        forms.fault(f"{before}parentID", "parentID is missing: it says what the children are associated with")
    _children(forms, members, before)


def _children(forms: Forms, members: Mapping[str, object], before: str) -> None:
    if not members.get("childEPCs") and not members.get("childQuantityList") and members.get("action") != "DELETE":
        forms.fault(f"{before}childEPCs", "the children are missing: only an event that deletes may mean all of them")


def _transaction(forms: Forms, members: Mapping[str, object], before: str) -> None:
    _acted(forms, members, before)
    if not members.get("bizTransactionList"):
        forms.fault(f"{before}bizTransactionList", "bizTransactionList is missing: it says which transaction this is about")
    if "epcList" not in members and not members.get("quantityList") and members.get("action") != "DELETE":
        forms.fault(f"{before}epcList", "the goods are missing: only an event that deletes may mean all of them")


def _transformation(forms: Forms, members: Mapping[str, object], before: str) -> None:
    made = members.get("outputEPCList") or members.get("outputQuantityList")
    used = members.get("inputEPCList") or members.get("inputQuantityList")
    if "transformationID" in members:
        if not made and not used:
            forms.fault(f"{before}inputEPCList", "the event names neither what went in nor what came out")
    elif not made or not used:
        side, name = ("went in", "inputEPCList") if not used else ("came out", "outputEPCList")
        forms.fault(before + name, f"the event does not name what {side}, and no transformationID links it to one that does")


_TOGETHER: dict[str, Callable[[Forms, Mapping[str, object], str], None]] = {
    "ObjectEvent": _object,
    "AggregationEvent": _aggregation,
    "TransactionEvent": _transaction,
    "TransformationEvent": _transformation,
    "AssociationEvent": _association,
}
