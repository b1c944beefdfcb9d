"""Exports: whole files that other systems read, with the hashes of the events, and that no spreadsheet takes for a program."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cli import main
from app.demo.story import Story
from app.demo.units import plot
from app.exchange import spreadsheet
from app.exchange.export import ADDED, LOG, PREFIX, Records, Selection, event_member, export
from app.exchange.spreadsheet import COLUMNS, MARK, Record, safe
from app.station import Station
from app.store import Store
from chain import encoding
from chain.encoding import ZERO
from chain.epcis import event_of, fields_of, hash_of, open_document
from chain.epcis.names import Names
from chain.errors import BadInput, StoreError
from chain.journey import Entry, Event, Item, Verb
from chain.verdict import Code

EVERYTHING = Selection()
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "'=1", "=cmd|' /C calc'!A0")


def item_of(station: Station, code: Code) -> Item:
    """The sample world's unit for a verdict code."""
    now = datetime.fromisoformat(str(station.store.goods.setting("demo_now")))
    return plot(Story(now)).item(code)


def made_up(**changes: Any) -> Record:
    """An event with its entry, as `Records` would give it."""
    base = Event("urn:uuid:1", "ObjectEvent", "OBSERVE", datetime(2026, 3, 1, 9, tzinfo=UTC), epcs=("https://id.gs1.org/00/x",))
    event = replace(base, **changes)
    entry = Entry(7, Verb.OBSERVE, 1, bytes(20), 0, 1, 2, ZERO, ZERO, (), 3)
    return Record(entry, event, hash_of(event), True)


def add(store: Store, event: Event) -> Entry:
    """An event behind the newest checkpoint: on the log, and not proven yet."""
    fields, seed = fields_of(event), bytes(32)
    commitment = encoding.commitment(fields, seed)
    second = int(event.event_time.timestamp())
    entry = Entry(store.replica.size(), Verb.OBSERVE, 1, bytes(20), 0, second, second, commitment, ZERO, (), 999)
    with store.transaction():
        store.goods.add_details([(commitment, fields, seed)])
        store.replica.add([entry], [])
    return entry


def table_of(path: Path) -> list[dict[str, Any]]:
    """The rows of an exported table, as a program reads them."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file, strict=True))
    from openpyxl import load_workbook

    book = load_workbook(path)
    try:
        head, *rows = book["events"].iter_rows(values_only=True)
    finally:
        book.close()
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


# ---- EPCIS ---------------------------------------------------------------------------------------------------------------


def test_every_event_has_the_hash_it_says_and_is_the_one_that_was_recorded(station: Station, tmp_path: Path) -> None:
    done = export(station.store, tmp_path / "all.jsonld", EVERYTHING)
    told = list(open_document(tmp_path / "all.jsonld"))
    records = list(Records(station.store, EVERYTHING))
    assert len(told) == len(records) == done.events > 200
    for one, record in zip(told, records, strict=True):
        assert one.hash == one.members[f"{PREFIX}:eventHash"] == record.hash == hash_of(record.event)
        ours = {name: value for name, value in event_of(one).extensions.items() if name.startswith(PREFIX)}
        assert set(ours) == {f"{PREFIX}:{name}" for name in (*ADDED, "ignoreFields")}
        assert hash_of(event_of(one)) == record.hash  # read again, it is the same event
        assert event_of(one).event_id == record.event.event_id
        entry = next(iter(station.store.replica.entries(record.entry.index, record.entry.index + 1)))
        assert ours[f"{PREFIX}:block"] == entry.block
        assert datetime.fromisoformat(str(ours[f"{PREFIX}:blockTime"])).timestamp() == entry.record_time


def test_the_document_satisfies_the_schema_of_gs1(station: Station, tmp_path: Path, shared: Path) -> None:
    from jsonschema import Draft7Validator

    schema = orjson.loads((shared / "gs1-epcis" / "EPCIS-JSON-Schema.json").read_bytes())
    export(station.store, tmp_path / "all.json", EVERYTHING)
    faults = Draft7Validator(schema, format_checker=Draft7Validator.FORMAT_CHECKER).iter_errors(
        orjson.loads((tmp_path / "all.json").read_bytes())
    )
    assert [fault.message for fault in faults] == []


def test_a_prefix_that_means_something_else_to_the_maker_keeps_its_meaning(tmp_path: Path) -> None:
    record = made_up(extensions={f"{PREFIX}:colour": "red"}, namespaces={PREFIX: "https://example.com/"})
    member = event_member(record)
    (tmp_path / "x.json").write_bytes(
        orjson.dumps(
            {
                "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {PREFIX: LOG}],
                "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-01-01T00:00:00Z",
                "epcisBody": {"eventList": [member]},
            }
        )
    )  # fmt: skip
    (told,) = open_document(tmp_path / "x.json")
    assert told.hash == record.hash
    assert told.members[f"{PREFIX}x:eventHash"] == record.hash
    assert told.names.within(told.members["@context"]).expanded(f"{PREFIX}:colour") == "{https://example.com/}colour"
    assert Names.of(member["@context"]).expanded(f"{PREFIX}x:proven") == f"{{{LOG}}}proven"


def test_an_event_without_an_id_gets_its_hash_for_one() -> None:
    record = made_up(event_id="")
    assert event_member(record)["eventID"] == record.hash


# ---- tables --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_table_has_the_columns_in_order_and_every_event(station: Station, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"all{suffix}"
    export(station.store, path, EVERYTHING)
    rows, records = table_of(path), list(Records(station.store, EVERYTHING))
    assert [tuple(row) for row in rows[:1]] == [COLUMNS]
    assert [row["eventHash"] for row in rows] == [record.hash for record in records]
    assert [int(row["logIndex"]) for row in rows] == [record.entry.index for record in records]
    assert [str(row["proven"]).lower() for row in rows] == [str(record.proven).lower() for record in records]
    assert all(row[name].endswith("Z") for row in rows for name in ("eventTime", "blockTime"))
    first, event = rows[0], records[0].event
    assert (first["verb"], first["bizStep"], first["readPoint"]) == ("commission", "commissioning", event.read_point)
    assert first["epcList"].split(" ") == list(event.epcs)
    assert orjson.loads(first["event"])["eventID"] == event.event_id


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_no_cell_is_a_formula(station: Station, tmp_path: Path, suffix: str) -> None:
    for text in FORMULAS:
        add(station.store, Event(text, "ObjectEvent", text, datetime(2031, 1, 2, tzinfo=UTC), disposition=text, read_point=text))
    path = tmp_path / f"bad{suffix}"
    export(station.store, path, Selection(day=date(2031, 1, 2)))
    for row, text in zip(table_of(path), FORMULAS, strict=True):
        for name in ("eventID", "action", "disposition", "readPoint"):
            assert row[name].replace("\r", "\n") == (MARK + text).replace("\r", "\n")  # XML has one kind of line end
    if suffix == ".xlsx":
        from openpyxl import load_workbook

        book = load_workbook(path)
        assert {cell.data_type for line in book["events"].iter_rows() for cell in line} <= {"s", "n", "b", "inlineStr"}
        book.close()


def test_the_local_time_has_the_offset_and_begins_like_no_formula(station: Station, tmp_path: Path) -> None:
    add(station.store, Event("urn:uuid:2", "ObjectEvent", "OBSERVE", datetime(2031, 1, 2, tzinfo=UTC), "-05:00"))
    export(station.store, tmp_path / "x.csv", Selection(day=date(2031, 1, 2)))
    (row,) = table_of(tmp_path / "x.csv")
    assert (row["eventTime"], row["localTime"]) == ("2031-01-02T00:00:00.000Z", "2031-01-01T19:00:00.000-05:00")


@given(st.text())
def test_a_safe_cell_begins_like_no_formula_and_gives_its_text_back(text: str) -> None:
    cell = safe(text)
    assert not cell.lstrip().startswith(tuple("=+-@＝＋－＠"))
    assert not cell.startswith(("\t", "\r", "\n"))
    back = cell.removeprefix(MARK)
    assert [a for a, b in zip(text, back, strict=True) if a != b and b != "\ufffd"] == []


def test_what_a_workbook_cannot_hold_is_refused_and_nothing_is_cut_off(
    station: Station, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.xlsx"
    day = date(2031, 1, 3)
    epcs = tuple(f"https://id.gs1.org/00/{number:018}" for number in range(1000))
    add(station.store, Event("urn:uuid:2", "ObjectEvent", "OBSERVE", datetime(2031, 1, 3, tzinfo=UTC), epcs=epcs))
    with pytest.raises(BadInput, match=r"epcList .* characters"):
        export(station.store, path, Selection(day=day))
    monkeypatch.setattr(spreadsheet, "MOST_ROWS", 4)
    with pytest.raises(BadInput, match="3 events at most"):
        export(station.store, path, EVERYTHING)
    assert list(tmp_path.glob("x.xlsx*")) == []
    assert export(station.store, tmp_path / "x.csv", Selection(day=day)).events == 1


# ---- which events, and whether they are proven ---------------------------------------------------------------------------


def test_a_journey_is_that_of_its_items_in_the_order_of_the_log(station: Station) -> None:
    items = (item_of(station, Code.OK), item_of(station, Code.RECALLED))
    records = list(Records(station.store, Selection(items)))
    steps = {step.entry.index for item in items for step in station.journey(item).steps}
    assert [record.entry.index for record in records] == sorted(steps)
    assert [record.entry.verb for record in Records(station.store, Selection(items[:1]))][:2] == [Verb.COMMISSION, Verb.SHIP]


def test_a_day_is_a_day_of_utc(station: Station) -> None:
    add(station.store, Event("urn:uuid:a", "ObjectEvent", "OBSERVE", datetime(2031, 5, 1, 23, 59, 59, tzinfo=UTC), "+05:00"))
    add(station.store, Event("urn:uuid:b", "ObjectEvent", "OBSERVE", datetime(2031, 5, 2, tzinfo=UTC), "-05:00"))
    (only,) = Records(station.store, Selection(day=date(2031, 5, 1)))
    assert only.event.event_id == "urn:uuid:a"


def test_what_came_after_the_checkpoint_is_not_proven(station: Station) -> None:
    entry = add(station.store, Event("urn:uuid:c", "ObjectEvent", "OBSERVE", datetime(2031, 5, 1, tzinfo=UTC)))
    records = list(Records(station.store, EVERYTHING))
    assert (records[-1].entry.index, records[-1].proven) == (entry.index, False)


def test_records_that_were_edited_on_this_laptop_are_not_proven(station: Station) -> None:
    tampered, fine = item_of(station, Code.TAMPERED), item_of(station, Code.OK)
    proven = {r.entry.verb: r.proven for r in Records(station.store, Selection((tampered,)))}
    assert proven == {Verb.COMMISSION: True, Verb.SHIP: True, Verb.RECEIVE: False}
    assert all(r.proven for r in Records(station.store, Selection((fine,))))


def edited(station: Station, changes: Mapping[str, object]) -> None:
    """The details of the first event of the unit for OK, changed with a database editor."""
    commitment = station.journey(item_of(station, Code.OK)).steps[0].entry.commitment
    with sqlite3.connect(station.store.path) as database:
        (fields,) = database.execute("select fields from details where commitment = ?", (commitment,)).fetchone()
        members = json.loads(fields) | changes
        database.execute("update details set fields = ? where commitment = ?", (json.dumps(members).encode(), commitment))
    database.close()


def test_details_that_were_edited_are_not_proven(station: Station) -> None:
    edited(station, {"bizStep": "destroying"})
    records = list(Records(station.store, Selection((item_of(station, Code.OK),))))
    assert [r.proven for r in records[:2]] == [False, True]
    assert (records[0].event.biz_step, records[0].hash) == ("destroying", hash_of(records[0].event))


@pytest.mark.parametrize("suffix", [".jsonld", ".csv"])
def test_details_that_make_no_sense_are_left_out_and_counted(station: Station, tmp_path: Path, suffix: str) -> None:
    chosen = Selection((item_of(station, Code.OK),))
    whole = export(station.store, tmp_path / f"a{suffix}", chosen)
    for damage in ({"eventTime": "soon"}, {"epcList": 5}, {"ilmd": 3}, {"sensorElementList": [1]}):
        edited(station, damage)
        less = export(station.store, tmp_path / f"b{suffix}", chosen)
        assert (less.events, less.left_out) == (whole.events - 1, whole.left_out + 1), damage
        edited(station, {"eventTime": "2026-01-01T00:00:00.000Z", "epcList": [], "ilmd": {}})


def test_a_damaged_tree_proves_nothing(station: Station) -> None:
    with sqlite3.connect(station.store.path) as database:
        database.execute("update tiles set data = zeroblob(length(data))")
    database.close()
    assert not any(record.proven for record in Records(station.store, EVERYTHING))


# ---- the command ---------------------------------------------------------------------------------------------------------


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[dict[str, object]], str]:
    """Exit status, the JSON lines, and what was said on standard error."""
    status = main(("export", "--json", *arguments))
    said = capsys.readouterr()
    return status, [json.loads(line) for line in said.out.splitlines()], said.err


@pytest.mark.parametrize(("suffix", "kind"), [(".jsonld", "epcis"), (".JSON", "epcis"), (".csv", "csv"), (".xlsx", "xlsx")])
def test_the_command_says_what_it_wrote(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], suffix: str, kind: str
) -> None:
    path = tmp_path / "new" / f"out{suffix}"
    status, (row,), said = run(capsys, "--profile", str(world), "--everything", "-o", str(path))
    assert (status, set(row)) == (0, {"output", "events", "format", "bytes"})
    assert (row["output"], row["format"], row["bytes"]) == (str(path), kind, path.stat().st_size)
    assert "left out" in said
    assert [one.name for one in path.parent.iterdir()] == [path.name]


BAD_CALLS = [
    ("--everything -o x.pdf", "does not say its format"),
    ("--everything -o x", "does not say its format"),
    ("-o x.csv", "Say which events"),
    ("(01)09506000134352(21)A1 -o x.csv", "Nothing is known here about"),
    ("(01)09506000134352 -o x.csv", "class of goods"),
    ("gibberish -o x.csv", "This is no GS1 code"),
    ("--day 2019-01-01 -o x.csv", "No event on 2019-01-01 (UTC) is known here."),
    ("--day 2019-01-01 -o x.xlsx", "No event on 2019-01-01"),
    ("--day 2019-01-01 -o x.json", "No event on 2019-01-01"),
    ("--day 20190101 -o x.jsonld", "is not a day"),
    ("--day 2019-02-29 -o x.jsonld", "is not a day"),
    ("--day 2019-01-01 --everything -o x.csv", "--everything goes with"),
]


def test_a_bad_call_is_one_line_and_leaves_the_file_as_it_was(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for call, words in BAD_CALLS:
        path = Path(call.split()[-1])
        path.write_text("before")
        status, rows, said = run(capsys, "--profile", str(world), *call.split())
        complaints = [line for line in said.splitlines() if not line.startswith("  events:")]
        assert (status, rows, len(complaints)) == (2, [], 1), said
        assert words in said
        assert (path.read_text(), [one.name for one in folder.iterdir()]) == ("before", [path.name])
        path.unlink()


def test_an_empty_profile_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, rows, said = run(capsys, "--profile", str(tmp_path / "p"), "--everything", "-o", str(tmp_path / "x.csv"))
    assert (status, rows) == (2, [])
    assert "knows no events yet" in said


def test_an_item_whose_details_are_gone_says_so(station: Station, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="details of 5 are not on this laptop"):
        export(station.store, tmp_path / "x.csv", Selection((item_of(station, Code.NO_EVIDENCE),)))


def test_a_place_that_cannot_be_written_is_said_in_words(station: Station, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        export(station.store, tmp_path / "file" / "x.csv", EVERYTHING)
    (tmp_path / "d.csv").mkdir()
    with pytest.raises(BadInput, match="is a folder"):
        export(station.store, tmp_path / "d.csv", EVERYTHING)


def test_progress_ends_where_the_log_ends(station: Station, tmp_path: Path) -> None:
    said: list[tuple[str, int, int]] = []
    export(station.store, tmp_path / "x.csv", EVERYTHING, lambda *one: said.append(one))
    size = station.store.replica.size()
    assert said[-1] == ("events", size, size)
