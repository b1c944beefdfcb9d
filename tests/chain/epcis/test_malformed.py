"""Hostile and broken files of others: refused in words or judged, never a crash, soon and in little memory."""

from __future__ import annotations

import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path
from time import process_time
from xml.sax.saxutils import escape

import pytest

from chain import epcis
from chain.errors import BadInput

CONTEXT = '"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",{"ex":"urn:ex:"}]'
EVENT = '{%s,"type":"ObjectEvent","eventTime":"2026-01-01T00:00:00Z","eventTimeZoneOffset":"+00:00","action":"ADD"'
MEMBERS = (
    "epcList",
    "bizStep",
    "readPoint",
    "quantityList",
    "sourceList",
    "sensorElementList",
    "errorDeclaration",
    "ilmd",
    "ex:x",
)
SECONDS, MEGABYTES = 2, 200


def handled(data: bytes, file: Path) -> str:
    """What becomes of a file on every path that a file takes here: ``refused``, ``invalid`` or ``valid``."""
    file.write_bytes(data)
    try:
        document = epcis.open_document(file)
        faults = list(epcis.faults_of(document))
        for told in document:
            assert told.hash.startswith("ni:///sha-256;")
            if epcis.valid(epcis.check_event(told)):
                event = epcis.event_of(told)
                assert epcis.hash_of(event) == told.hash
    except BadInput:
        return "refused"
    return "valid" if epcis.valid(faults) else "invalid"


@pytest.fixture(autouse=True)
def _soon_and_small() -> Iterator[None]:
    """Each test's slowest file and the memory of all of them stay within the promise."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < MEGABYTES * 1_000_000
    finally:
        tracemalloc.stop()


def timed(data: bytes, file: Path) -> str:
    began = process_time()
    result = handled(data, file)
    assert process_time() - began < SECONDS
    return result


def test_broken_json_alone_and_as_an_event(shared: Path, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    with zipfile.ZipFile(shared / "vectors" / "json" / "JSONTestSuite.zip") as suite:
        for name in suite.namelist():
            data = suite.read(name)
            assert timed(data, file) == "refused", name
            listed = b"{" + CONTEXT.encode() + b',"type":"EPCISDocument","epcisBody":{"eventList":[' + data + b"]}}"
            assert timed(listed, file) in ("refused", "invalid"), name


def test_broken_json_as_the_value_of_members(shared: Path, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    with zipfile.ZipFile(shared / "vectors" / "json" / "JSONTestSuite.zip") as suite:
        for name in suite.namelist():
            data = suite.read(name)
            rest = b"".join(f',"{member}":'.encode() + data for member in MEMBERS)
            result = timed((EVENT % CONTEXT).encode() + rest + b"}", file)
            good = name.rpartition("/")[2].startswith("y_")
            assert result in ("refused", "invalid", *(("valid",) if good else ())), name


def test_hostile_xml(shared: Path, tmp_path: Path) -> None:
    for file in sorted((shared / "vectors" / "xml").iterdir()):
        assert timed(file.read_bytes(), tmp_path / "x.xml") == "refused", file.name


def test_naughty_strings_everywhere(shared: Path, tmp_path: Path) -> None:
    file = tmp_path / "x"
    for text in json.loads((shared / "vectors" / "strings" / "blns.json").read_text(encoding="utf-8")):
        members = dict.fromkeys((*MEMBERS, "eventID", "disposition", text), text)
        shaped = {"readPoint": {"id": text, text: text}, "sensorElementList": [{"sensorReport": [{"type": text, "value": text}]}]}
        for values in (members, {**members, **shaped, "epcList": [text]}, {"ex:x": text, "epcList": []}):
            rest = json.dumps(values)[1:]
            assert timed(f"{EVENT % CONTEXT},{rest}".encode(), file) in ("invalid", "valid", "refused")
        xml = f"<ObjectEvent><eventTime>{escape(text)}</eventTime><epcList><epc>{escape(text)}</epc></epcList></ObjectEvent>"
        assert timed(xml.encode("utf-8", "surrogatepass"), file) in ("invalid", "refused")
        assert timed(text.encode("utf-8", "surrogatepass"), file) == "refused"
