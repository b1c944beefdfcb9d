"""Mapping files: the shipped and the documented ones are right, and a wrong one says in one sentence what is wrong where."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.exchange import mapping, names
from app.exchange.gazetteer import Gazetteer, Spot
from app.exchange.mapping import TableMapping
from app.exchange.mapping_file import parse, read, shipped
from chain.errors import BadInput
from chain.journey import Verb
from tests.app import deliveries

SPEC = deliveries.spec()


def parsed(value: object) -> TableMapping:
    return parse(value, "mapping m.json", Path("/nowhere"))


def changed(path: str, value: object) -> dict[str, Any]:
    """The docs' mapping with one member replaced; the path names members and places in lists."""
    spec: Any = copy.deepcopy(SPEC)
    at = spec
    *steps, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    for step in steps:
        at = at[step]
    at[last] = value
    return dict(spec)


@pytest.mark.parametrize("name", names())
def test_shipped_mappings_are_read_and_their_table_of_places_too(name: str) -> None:
    found = mapping(name)
    assert found.name == name
    assert found.events
    assert Gazetteer.read(found.places).find("Kenya") is not None


def test_the_documented_mapping_is_right() -> None:
    found = parsed(SPEC)
    assert [event.verb for event in found.events] == [Verb.COMMISSION, Verb.SHIP, Verb.RECEIVE]
    assert found.columns == frozenset(deliveries.HEADER.split(";"))


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("format", "wayproof mapping 9", "format: it must say"),
        ("name", "Deliveries!", "name: small letters"),
        ("delimiter", ";;", "delimiter: one character"),
        ("encoding", "ebcdic", "encoding: it is one of"),
        ("colour", "red", "“colour” is not known here"),
        ("line", "", "line: a text is wanted"),
        ("line", [], "line: a text is wanted"),
        ("line", 7, "an object with members is wanted"),
        ("line", "{number", "braces"),
        ("record_time", [], "record_time: a list is wanted"),
        ("record_time/0/form", "DD.MM", "needs a year"),
        ("record_time/0/at", "25:00", "at: a time of day"),
        ("record_time", [{"before": "ship", "days": 1}], "is no event behind this one"),
        ("parties/maker/roles", ["king"], "is no role; roles are issuer"),
        ("parties/maker/roles", [], "at least one role"),
        ("parties/maker/prefix", "952", "a prefix needs a “gln”"),
        ("parties/maker/gln", "{maker}", "numbers are computed only for parties whose identity is computed"),
        ("item", {"issuer": "nobody", "number": "{number}"}, "“nobody” is not among maker, shop"),
        ("item", {"sscc": "{number}", "issuer": "maker", "number": "{number}"}, "“issuer” alone"),
        ("item", {"sscc": "{number}", "gtin": "{number}"}, "“gtin” with “serial”"),
        ("optional", ["nowhere"], "“nowhere” is no column that the mapping looks at"),
        ("enters", "somehow", "it is one of record, claims"),
        ("item", {"gtin": "{number}"}, "“gtin” with “serial”"),
        ("item", {"sscc": "{number}", "lot": "L1"}, "lot and expiry go with a “gtin”"),
        ("events", [], "events: a list is wanted"),
        ("events/0/verb", "teleport", "verbs are commission"),
        ("events/2/to", "shop", "says whom it goes “to”"),
        ("events/2/name", "ship", "two of them have the same name"),
        ("events/0/party", "nobody", "“nobody” is not among"),
        ("events/0/site", "moon", "“moon” is not among"),
        ("events/0/time/1/days", -3, "a whole number from 0"),
        ("events/0/time/1/days", True, "a whole number from 0"),
        ("events/0/time/1/before", "commission", "is no event behind this one"),
        ("events/0/not_after/before", "nothing", "is no event behind this one"),
        ("events/0/fields", {"packs": "{packs}"}, "a field of your own has a prefix"),
        ("events/0/fields", {"mine:packs": {"number": "packs", "whole": "yes"}}, "whole: it is true or false"),
        ("events/1/transactions", {"My Paper": "{number}"}, "a type is a word of the CBV"),
        ("events/1/time/0/by/days/sea", "thirty", "a whole number from 0"),
    ],
)
def test_a_wrong_mapping_says_what_is_wrong_where(path: str, value: object, words: str) -> None:
    with pytest.raises(BadInput, match=words) as raised:
        parsed(changed(path, value))
    assert raised.value.words.startswith("mapping m.json")
    assert len(raised.value.words.splitlines()) == 1


@pytest.mark.parametrize("missing", ["format", "name", "line", "record_time", "item", "events"])
def test_a_missing_member_is_named(missing: str) -> None:
    spec = {name: value for name, value in SPEC.items() if name != missing}
    with pytest.raises(BadInput, match=missing if missing != "item" else "“issuer” alone"):
        parsed(spec)


def places_of(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict | list):
        for step in value if isinstance(value, dict) else range(len(value)):
            yield from places_of(value[step], (*path, step))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "x", "{number}", "{", "ship", "M/D/YY", "mine:a"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["when", "text", "before", "number", "z"]), inner)
    ),
    max_leaves=4,
)


@settings(max_examples=300)
@given(st.sampled_from(list(places_of(SPEC))[1:]), JSON)
def test_a_mapping_with_anything_anywhere_is_read_or_refused(path: tuple[Any, ...], value: object) -> None:
    spec: Any = copy.deepcopy(SPEC)
    at = spec
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    words = ""
    try:
        parsed(spec)
    except BadInput as error:
        words = error.words
    assert len(words.splitlines()) <= 1


def test_a_mapping_is_found_by_name_or_by_path(tmp_path: Path) -> None:
    assert mapping("scms").name == "scms"
    assert mapping(str(deliveries.mapping(tmp_path))).name == "deliveries"
    with pytest.raises(BadInput, match=r"There is no mapping “elsewhere”: name a file, or one of .*scms"):
        mapping("elsewhere")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"format": 1,\n "name": }', r"cannot be read \(line 2\)"),
        ('{"a": 1, "a": 2}', "gives a name twice"),
        ("[" * 100 + "]" * 100, "nested deeper"),
        ("[]", "an object with members"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "m.json"
    path.write_text(text)
    with pytest.raises(BadInput, match=words):
        read(path)


def test_a_table_of_places_beside_the_mapping_counts_first(tmp_path: Path) -> None:
    (tmp_path / "places.csv").write_text("name,lat,lon,country\nPlant 2,1.5,2.5,CH\n")
    found = read(deliveries.mapping(tmp_path))
    assert Gazetteer.read(found.places).find("Plant 2, Basel") == Spot(1.5, 2.5, "CH")


@pytest.mark.parametrize("row", ["x,91,0,CH", "x,0,181,CH", "x,a,b,CH", "x,1,2", "x,nan,2,CH", ",1,2,CH", "x,1,2,Chad"])
def test_a_bad_table_of_places_is_refused_with_its_row(tmp_path: Path, row: str) -> None:
    path = tmp_path / "p.csv"
    path.write_text(f"name,lat,lon,country\n{row}\n")
    with pytest.raises(BadInput, match=r"p\.csv row 2"):
        Gazetteer.read(path)


def test_places_are_found_by_name_and_by_the_first_name_that_stands_in_it() -> None:
    table = Gazetteer.read(shipped() / "places.csv")
    assert table.find("Emcure, MIDC, Pune, India") == table.find("Pune") != table.find("India")
    assert table.find("GSK Cape Town Factory (South Africa)") == table.find("cape town")
    assert table.find("SOUTH SUDAN") != table.find("Sudan")
    assert table.find("Atlantis") is None
    assert table.find("Nigerian Depot") is None


def test_the_shipped_mapping_stays_what_imports_hang_on() -> None:
    """Identities, event ids and so every log root hang on the mapping's name and on what its events say."""
    raw = json.loads((shipped() / "scms.json").read_text(encoding="utf-8"))
    assert raw["name"] == "scms"
    assert [event["verb"] for event in raw["events"]] == ["commission", "ship", "receive"]
