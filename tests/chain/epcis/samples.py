"""Right events of every type, and a way to make them wrong in one place."""

from __future__ import annotations

import copy
import re
from typing import Any

from chain.epcis import Names

NAMES = Names({"ex": "https://ns.example.com/epcis/"})
COMMON = {"eventTime": "2026-01-01T00:00:00.000Z", "eventTimeZoneOffset": "+01:00"}
SGTIN = "urn:epc:id:sgtin:0614141.107346.2017"
SSCC = "urn:epc:id:sscc:0614141.1234567890"
LGTIN = "urn:epc:class:lgtin:4012345.012345.998877"
OBJECT = {**COMMON, "type": "ObjectEvent", "action": "OBSERVE", "epcList": [SGTIN]}
AGGREGATION = {**COMMON, "type": "AggregationEvent", "action": "ADD", "parentID": SSCC, "childEPCs": [SGTIN]}
ASSOCIATION = {**AGGREGATION, "type": "AssociationEvent"}
TRANSACTION = {
    **COMMON,
    "type": "TransactionEvent",
    "action": "ADD",
    "epcList": [SGTIN],
    "bizTransactionList": [{"bizTransaction": "urn:x:1"}],
}
TRANSFORMATION = {**COMMON, "type": "TransformationEvent", "inputEPCList": [SGTIN], "outputQuantityList": [{"epcClass": LGTIN}]}
FULL: dict[str, Any] = {
    **OBJECT,
    "action": "ADD",
    "recordTime": "2026-01-01T00:00:01Z",
    "eventID": "urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8",
    "certificationInfo": ["https://example.org/a"],
    "errorDeclaration": {
        "declarationTime": "2026-01-02T00:00:00Z",
        "reason": "incorrect_data",
        "correctiveEventIDs": ["urn:x:1"],
    },
    "quantityList": [{"epcClass": LGTIN, "quantity": 2.5, "uom": "KGM"}],
    "bizStep": "commissioning",
    "disposition": "active",
    "persistentDisposition": {"set": ["completeness_verified"], "unset": ["completeness_inferred"]},
    "readPoint": {"id": "urn:epc:id:sgln:0614141.07346.1234", "ex:dock": 7},
    "bizLocation": {"id": "https://id.gs1.org/414/0614141073467"},
    "bizTransactionList": [{"type": "po", "bizTransaction": "urn:x:1"}],
    "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:4012345.00225"}],
    "destinationList": [{"type": "ex:role", "destination": "urn:epc:id:pgln:4012345.00225"}],
    "sensorElementList": [
        {
            "sensorMetadata": {"time": "2026-01-01T00:00:00Z", "deviceID": "urn:epc:id:giai:4000001.111", "ex:a": "1"},
            "sensorReport": [
                {
                    "type": "Temperature",
                    "value": 2,
                    "component": "x",
                    "booleanValue": True,
                    "hexBinaryValue": "f0",
                    "uom": "CEL",
                    "exception": "ALARM_CONDITION",
                    "uriValue": "urn:x:1",
                    "stringValue": "s",
                    "ex:b": {},
                }
            ],
            "ex:c": [],
        }
    ],
    "ilmd": {"ex:batch": "7", "cbvmda:lotNumber": "L"},
    "ex:more": None,
}


def changed(event: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The event with one member changed; without it where the value is ... (Ellipsis)."""
    found: Any = copy.deepcopy(event)
    *before, last = [int(part) if part.isdigit() else part for part in re.findall(r"[^.\[\]]+", path)]
    inner = found
    for part in before:
        inner = inner[part]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return dict(found)
