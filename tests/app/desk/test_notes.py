"""Delivery notes: read from what people send, refused whole where one line cannot be read, ticked off piece by piece."""

from __future__ import annotations

import csv
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.demo.cast import case_of
from app.desk.note_file import read_note
from app.desk.notes import Note, NoteLine, Ticking
from app.desk.session import Covered
from app.desk.stock import read_recall, typed_recall
from chain.errors import BadInput
from chain.journey import Item

GTIN = "09521000011014"
CASE = case_of("Alba Pharma", 1).sscc
KEYS = [f"(01){GTIN}(21)A{n}" for n in range(3)]


def written(folder: Path, text: str | bytes, name: str = "note.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_columns_are_found_by_their_names_in_any_order(tmp_path: Path) -> None:
    text = f"Menge;Charge;Artikelnummer;Bezeichnung;Lieferschein\n5;L1;{GTIN};Cardiol;LS-77\n2,0;;{GTIN[1:]};;LS-77\n"
    note = read_note(written(tmp_path, text))
    assert note.number == "LS-77"
    assert [(one.gtin, one.lot, one.quantity, one.name) for one in note.lines] == [(GTIN, "L1", 5, "Cardiol"), (GTIN, "", 2, "")]


def test_codes_of_every_form_name_pieces(tmp_path: Path) -> None:
    rows = [
        ["Code", "Packed in"],
        [KEYS[0], ""],
        [f"https://id.gs1.org/01/{GTIN}/21/A1", CASE],
        [f"(00){CASE}", ""],
    ]
    path = tmp_path / "note.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    note = read_note(path)
    assert [one.key for one in note.lines] == [KEYS[0], KEYS[1], f"(00){CASE}"]
    assert note.lines[1].box == f"(00){CASE}"


def test_a_workbook_is_read_as_well(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["GTIN", "Qty", "Batch"])
    book.active.append([int(GTIN), 3, "L1"])
    book.save(tmp_path / "note.xlsx")
    note = read_note(tmp_path / "note.xlsx")
    assert [(one.gtin, one.lot, one.quantity) for one in note.lines] == [(GTIN, "L1", 3)]


def test_an_epcis_document_tells_what_is_in_the_cases_it_ships(tmp_path: Path) -> None:
    case, link = f"https://id.gs1.org/00/{CASE}", f"https://id.gs1.org/01/{GTIN}/21/"
    party = "https://id.gs1.org/417/9521000000315"
    common = {"eventTime": "2026-05-01T08:00:00Z", "eventTimeZoneOffset": "+00:00"}
    events = [
        {"type": "AggregationEvent", "action": "ADD", "parentID": case, "childEPCs": [link + "A1", link + "A2"], **common},
        {
            "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "shipping", "epcList": [case, link + "A3"], **common,
            "bizTransactionList": [{"type": "desadv", "bizTransaction": "urn:epcglobal:cbv:bt:9521000000018:DN-5"}],
            "destinationList": [{"type": "owning_party", "destination": party}],
            "quantityList": [{"epcClass": f"https://id.gs1.org/01/{GTIN}/10/L9", "quantity": 7}],
        },
    ]  # fmt: skip
    document = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"], "type": "EPCISDocument",
        "schemaVersion": "2.0", "creationDate": "2026-05-01T08:00:00Z", "epcisBody": {"eventList": events},
    }  # fmt: skip
    note = read_note(written(tmp_path, orjson.dumps(document), "asn.jsonld"))
    assert (note.number, note.receiver) == ("DN-5", "9521000000315")
    assert [(one.key[-2:], one.lot, one.quantity, one.box[-18:]) for one in note.lines] == [
        ("A1", "", 1, CASE), ("A2", "", 1, CASE), ("A3", "", 1, ""), ("", "L9", 7, ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("GTIN,Qty\n", "no rows"),
        ("Name,Qty\nx,1\n", "no column for the goods"),
        (f"GTIN,Qty\n{GTIN},three\n", "row 2: “three” is not a number"),
        (f"GTIN,Qty\n{GTIN},0\n", "row 2"),
        (f"GTIN,Qty\n{GTIN},-1\n", "row 2"),
        ("GTIN,Qty\n09521000011015,1\n", "row 2"),
        (f"Code,Qty\n{KEYS[0]},1\n{KEYS[0]},1\n", "twice, in lines 1 and 2"),
        (f"Code,Qty\n{KEYS[0]},2\n", "is one piece"),
        (f"GTIN,Note\n{GTIN},A\n{GTIN},B\n", "2 delivery notes"),
        (f"GTIN,Qty\n{GTIN}\n", "row 2"),
        (b"GTIN,Qty\n\xff\xfe\x00,1\n", "UTF-8"),
        (b"PK\x03\x04broken", "damaged archive"),
        ('{"type": "EPCISDocument"', ""),
        ("<a/>", ""),
    ],
)
def test_a_bad_file_is_refused_whole_in_one_sentence(tmp_path: Path, text: str | bytes, words: str) -> None:
    with pytest.raises(BadInput) as raised:
        read_note(written(tmp_path, text))
    assert words in raised.value.words
    assert "\n" not in raised.value.words


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(BadInput):
            read_note(path)


pieces = st.builds(
    Covered,
    st.sampled_from([*KEYS, "(01)09521000011021(21)B1"]),
    st.sampled_from([GTIN, "09521000011021"]),
    st.sampled_from(["", "L1", "L2"]),
)
lines = st.builds(
    NoteLine,
    st.just(0),
    st.sampled_from(["", *KEYS]),
    st.sampled_from([GTIN, "09521000011021"]),
    st.sampled_from(["", "L1"]),
    st.integers(1, 4),
)


@given(st.lists(lines, max_size=6, unique_by=lambda line: line.key or object()), st.lists(pieces, max_size=12))
def test_no_line_gets_more_than_it_asks_for_and_no_piece_is_ticked_twice(told: list[NoteLine], came: list[Covered]) -> None:
    from dataclasses import replace

    numbered = tuple(replace(line, n=n, quantity=1 if line.key else line.quantity) for n, line in enumerate(told, 1))
    ticking = Ticking(Note("X", numbered))
    for one in came:
        ticking.tick(one)
    ticked = [key for line in ticking.lines() for key in line.came]
    assert all(line.missing >= 0 for line in ticking.lines())
    assert len(ticked) <= len(came)
    assert all(line.line.key in ("", key) for line in ticking.lines() for key in line.came)


def test_recall_notices_name_products_lots_ranges_and_pieces(tmp_path: Path) -> None:
    path = written(tmp_path, f"gtin,lot,serial from,serial to,code\n{GTIN},L1,,,\n{GTIN},,100,200,\n,,,,{KEYS[0]}\n")
    notice = read_recall(path)
    assert notice.concerns(Item(gtin=GTIN, serial="Z", lot="L1"))
    assert notice.concerns(Item(gtin=GTIN, serial="150"))
    assert notice.concerns(Item(gtin=GTIN, serial="A0"))
    assert not notice.concerns(Item(gtin=GTIN, serial="201", lot="L2"))
    assert not notice.concerns(Item(gtin="09521000011021", serial="150", lot="L1"))
    typed = typed_recall(f"{GTIN} AB100..AB199\n\n")
    assert typed.concerns(Item(gtin=GTIN, serial="AB150"))
    assert not typed.concerns(Item(gtin=GTIN, serial="AB1500"))
    for bad in ("", "x", f"{GTIN} a b", f"{GTIN} 5..", "1234"):
        with pytest.raises(BadInput):
            typed_recall(bad)
