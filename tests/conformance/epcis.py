"""Runs the EPCIS documents of others against `chain.epcis` and counts what is judged as it should be, set by set.

| set | a document passes where |
|---|---|
| gs1-epcis | GS1's own examples are valid; the four that break GS1's own schema are not |
| openepcis | what lies in a folder Invalid is refused, everything else is valid |
| openepcis, pairs | the XML and the JSON of one name have the same event hashes |
| epcis-hash | every event has the recorded hash, and the recorded pre-hash string where there is one |
| epcis-hash, equal | the events of a document that says one thing in several ways have one hash |

Queries (what is asked, not what is answered) are no EPCIS documents and stand outside of the sets.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from chain import epcis
from chain.errors import BadInput

Counts = tuple[str, int, int, list[str]]

# Break the JSON schema that lies beside them: a list that is none, a number for a text, members missing, ilmd on OBSERVE.
AGAINST_THEIR_SCHEMA = frozenset(
    (
        "JSON-simple-context/Example-TransactionEvents-2020_07_03y.jsonld",
        "JSON-simple-context/WithFullCombinationOfFields/object_event_all_possible_fields.jsonld",
        "JSON-simple-context/WithSensorData/SensorDataExample12.jsonld",
        "JSON-simple-context/WithSensorData/SensorDataExample17.jsonld",
    )
)
EXCLUDED = {
    "2.0/EPCIS/XML/Capture/Invalid/ObjectEvent_with_wrong_element_order.xml": (
        "the order of XML elements is not judged: JumbledFieldsOrder.xml of the same set, which is to be valid, has a worse one"
    ),
    "1.2/EPCIS/XML/Capture/Documents/ObjectEvent_all_possible_fields.xml": (
        "it has master data (ilmd) with the action OBSERVE, which EPCIS forbids and no XML schema can"
    ),
}
# Say different things in XML and in JSON: types of XML Schema on user extensions, an element that only the XML has.
DIFFERENT = {
    "Capture/Documents/AssociationEvent_all_possible_fields": "its XML has xsi:type on user extensions, its JSON has not",
    "Capture/Events/TransactionEvent": "its XML has an element more than its JSON",
}
_OPEN = Path("openepcis/core/src/main/resources")


def judged_valid(file: Path) -> bool:
    """Whether a file is a valid EPCIS document."""
    try:
        return epcis.valid(list(epcis.faults_of(epcis.open_document(file))))
    except BadInput:
        return False


def gs1_examples(data: Path) -> list[tuple[str, bool]]:
    """GS1's examples, by path, and whether each passes."""
    folder = data / "gs1-epcis"
    files = sorted(file for part in ("JSON", "JSON-simple-context") for file in (folder / part).rglob("*.jsonld"))
    names = [(str(file.relative_to(folder)), file) for file in files]
    return [(name, judged_valid(file) == (name not in AGAINST_THEIR_SCHEMA)) for name, file in names]


def open_documents(data: Path) -> list[tuple[str, bool]]:
    """The documents and events of OpenEPCIS, by path, and whether each passes."""
    folder = data / _OPEN
    files = sorted(file for file in folder.rglob("*.*") if file.suffix in (".xml", ".json") and "Queries" not in file.parts)
    return [(str(file.relative_to(folder)), judged_valid(file) == ("Invalid" not in file.parts)) for file in files]


def open_pairs(data: Path) -> list[tuple[str, bool]]:
    """Documents of OpenEPCIS that there are in XML and JSON, and whether their events have the same hashes."""
    folder = data / _OPEN / "2.0" / "EPCIS"
    found = []
    for xml in sorted((folder / "XML").rglob("*.xml")):
        name = xml.relative_to(folder / "XML").with_suffix("")
        json = folder / "JSON" / name.with_suffix(".json")
        if json.exists() and not {"Invalid", "Queries"} & set(name.parts):
            found.append((str(name), hashes(xml) == hashes(json)))
    return found


def hashes(file: Path) -> list[str]:
    """The event hashes of a document, in its order."""
    return [told.hash for told in epcis.open_document(file)]


def references(data: Path) -> Iterator[tuple[str, bool]]:
    """Each event that has a recorded hash, and whether hash and pre-hash string are the recorded ones."""
    for recorded in sorted((data / "epcis-hash" / "examples").glob("*.hashes")):
        expected = recorded.read_text(encoding="utf-8").split()
        texts = recorded.with_suffix(".prehashes")
        before = [line for line in texts.read_text(encoding="utf-8").split("\n") if line] if texts.exists() else []
        for suffix in (".jsonld", ".xml"):
            if recorded.with_suffix(suffix).exists():
                told = list(epcis.open_document(recorded.with_suffix(suffix)))
                for number, wanted in enumerate(expected):
                    one = told[number] if number < len(told) else None
                    right = one is not None and one.hash == wanted and _agrees(one.pre_hash, before[number : number + 1], wanted)
                    yield f"{recorded.stem}{suffix}[{number}]", right


def _agrees(text: str, recorded: list[str], wanted: str) -> bool:
    """Whether a pre-hash string is the recorded one; a recorded one that is not that of its own hash says nothing."""
    return not recorded or text == recorded[0] or epcis.ni(recorded[0]) != wanted


def equals(data: Path) -> list[tuple[str, bool]]:
    """Documents whose events all say the same, and whether all have one hash."""
    files = sorted((data / "epcis-hash" / "expected_equal").iterdir())
    return [(file.name, len(set(hashes(file))) == 1) for file in files]


def failures(data: Path) -> dict[str, tuple[int, list[str]]]:
    """How many cases each set has, and which of them do not pass."""
    sets = {
        "gs1-epcis": gs1_examples(data),
        "openepcis": open_documents(data),
        "openepcis, pairs": open_pairs(data),
        "epcis-hash": list(references(data)),
        "epcis-hash, equal": equals(data),
    }
    return {name: (len(cases), [case for case, passed in cases if not passed]) for name, cases in sets.items()}


def run(data: Path) -> list[Counts]:
    """Name, passed, total and excluded cases with their reasons, of each set under the folder of shared data."""
    reasons = EXCLUDED | DIFFERENT
    return [
        (name, total - len(failed), total, [f"{case}: {reasons[case]}" for case in failed if case in reasons])
        for name, (total, failed) in failures(data).items()
    ]
