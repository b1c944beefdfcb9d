"""Tables in the plain columns, as CSV and as workbooks, in the encodings and dialects that programs write."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from app.exchange import import_file
from app.exchange.mapping_file import mapping
from app.station import Station
from chain.errors import BadInput
from chain.gs1 import check_digit
from chain.journey import Claim, Item
from tests.app import deliveries

GTIN = "0952100001101" + check_digit("0952100001101")
SSCC = "95210000000000001" + check_digit("95210000000000001")
MAKER, SHOP = deliveries.MAKER, deliveries.SHOP
COLUMNS = ("event", "time", "gtin", "serial", "sscc", "container", "party", "party_gln", "to", "place", "expiry", "product")
ITEM = Item(gtin=GTIN, serial="S1")
ROWS: list[tuple[Any, ...]] = [
    ("commission", "2025-01-05 08:00", GTIN, "S1", "", "", "Käserei Müller", MAKER, "", "Basel", "2027-01-31", "Käse"),
    ("pack", "2025-01-05T09:00:00+01:00", GTIN, "S1", "", SSCC, "Käserei Müller", MAKER, "", "Basel", "", ""),
    ("ship", "2025-01-06", "", "", SSCC, "", "Käserei Müller", MAKER, "Laden", "Basel", "", ""),
    ("receive", "2025-01-09", "", "", SSCC, "", "Laden", "", "", "Vienna", "", ""),
]


def text(rows: list[tuple[Any, ...]] | None = None, delimiter: str = ",", end: str = "\n") -> str:
    lines = [COLUMNS, *(ROWS if rows is None else rows)]
    return end.join(delimiter.join(map(str, line)) for line in lines) + end


def bring(profile: Path, path: Path, **options: Any) -> list[dict[str, Any]]:
    with Station.open(profile, offline=True) as station:
        return list(import_file(station, path, **options))


def claims(profile: Path, item: Item = ITEM) -> tuple[Claim, ...]:
    with Station.open(profile, offline=True) as station:
        return station.journey(item).claims


def file(folder: Path, data: bytes | str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def book(folder: Path, rows: list[tuple[Any, ...]], header: tuple[Any, ...] = COLUMNS) -> Path:
    made = Workbook()
    made.active.append(header)
    for row in rows:
        made.active.append(row)
    made.save(folder / "table.xlsx")
    return folder / "table.xlsx"


def test_rows_become_claims_with_parties_places_and_containers(tmp_path: Path) -> None:
    *rows, summary = bring(tmp_path / "p", file(tmp_path, text()))
    assert [(row["row"], row["result"]) for row in rows] == [(2, "accepted"), (3, "accepted"), (4, "accepted"), (5, "accepted")]
    assert (summary["format"], summary["accepted"]) == ("table", 4)
    made, packed, sent, got = claims(tmp_path / "p")
    assert [one.event.biz_step for one in (made, packed, sent, got)] == ["commissioning", "packing", "shipping", "receiving"]
    assert (packed.event.kind, packed.event.parent_id) == ("AggregationEvent", f"https://id.gs1.org/00/{SSCC}")
    assert packed.event.event_time == datetime(2025, 1, 5, 8, tzinfo=UTC)
    assert made.actor is not None
    assert sent.counterparty is not None
    assert got.actor is not None
    assert (made.actor.name, made.actor.gln, sent.counterparty.name, got.actor.name) == (
        "Käserei Müller",
        MAKER,
        "Laden",
        "Laden",
    )
    assert made.place is not None
    assert (made.place.name, made.place.country) == ("Basel", "CH")
    assert made.place.lat is not None


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_delimiter_encoding_and_line_end(tmp_path: Path, delimiter: str, encoding: str, end: str) -> None:
    assert bring(tmp_path / "p", file(tmp_path, text(None, delimiter, end).encode(encoding)))[-1]["accepted"] == 4
    made, *_ = claims(tmp_path / "p")
    assert made.actor is not None
    assert made.actor.name == "Käserei Müller"


def test_a_first_line_that_names_the_delimiter_is_obeyed(tmp_path: Path) -> None:
    assert bring(tmp_path / "p", file(tmp_path, "sep=;\r\n" + text(None, ";", "\r\n")))[-1]["accepted"] == 4


def test_columns_in_another_order_optional_ones_missing_and_others_beside_them(tmp_path: Path) -> None:
    data = f"remark,sscc,party,time,event,\nhello,{SSCC},Müller,2025-01-05,commission,\n"
    assert bring(tmp_path / "p", file(tmp_path, data))[-1]["accepted"] == 1


def test_a_workbook_says_the_same_as_its_text(tmp_path: Path) -> None:
    cells = [list(row) for row in ROWS]
    cells[0][1], cells[2][1], cells[3][1] = datetime(2025, 1, 5, 8), date(2025, 1, 6), date(2025, 1, 9)  # noqa: DTZ001
    cells[0][10] = date(2027, 1, 31)
    cells[0][2] = int(GTIN)  # a number: the leading zero is gone
    *rows, summary = bring(tmp_path / "p", book(tmp_path, [tuple(row) for row in cells]))
    assert (summary["format"], summary["accepted"]) == ("workbook", 4), rows
    again = bring(tmp_path / "p", file(tmp_path, text()))[-1]
    assert again["duplicates"] == 3  # the packing's offset differs from none
    assert claims(tmp_path / "p")[0].event.event_time == datetime(2025, 1, 5, 8, tzinfo=UTC)


def test_formulas_give_their_results_and_one_without_a_result_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path, [("commission", "2025-01-05", GTIN, '="S"&"1"', *[""] * 2, "Müller", *[""] * 5)])
    with pytest.raises(
        BadInput, match=r"row 2, column “serial”: .*formula without a result|row 2: the column “serial” holds a formula"
    ):
        bring(tmp_path / "p", path)
    inner = "xl/worksheets/sheet1.xml"
    told = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(told, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == inner:
                assert data.count(b"<v></v>") + data.count(b"<v />") + data.count(b"<v/>") == 1
                for empty in (b"<v></v>", b"<v />", b"<v/>"):
                    data = data.replace(empty, b"<v>S1</v>")
                data = data.replace(b'<c r="D2"', b'<c t="str" r="D2"')
            new.writestr(name, data)
    assert bring(tmp_path / "p", file(tmp_path, told.getvalue(), "told.xlsx"))[-1]["accepted"] == 1
    assert claims(tmp_path / "p")[0].event.epcs[0].endswith("/21/S1")


def test_a_number_that_a_spreadsheet_rounded_is_refused(tmp_path: Path) -> None:
    rows = [("commission", "2025-01-05", "", "", float(SSCC), "", "Müller", *[""] * 5)]
    with pytest.raises(BadInput, match=r"row 2.*sscc"):
        bring(tmp_path / "p", book(tmp_path, rows))


@pytest.mark.parametrize(
    ("place", "cell", "why"),
    [
        (0, "dance", "“event” says “dance”"),
        (1, "yesterday", "“yesterday” is not a date"),
        (1, "", "there is no time"),
        (2, "123", "is no GTIN"),
        (3, "", "there is no serial"),
        (6, "\x07", "control character"),
        (7, "123", "is no GLN"),
    ],
)
def test_a_bad_row_names_its_row_and_reason_and_nothing_is_imported(tmp_path: Path, place: int, cell: str, why: str) -> None:
    rows = [ROWS[0], tuple(cell if at == place else value for at, value in enumerate(ROWS[0]))]
    path = file(tmp_path, text(rows))
    with pytest.raises(BadInput, match="row 3") as raised:
        bring(tmp_path / "p", path)
    assert why in raised.value.words
    assert claims(tmp_path / "p") == ()
    *report, summary = bring(tmp_path / "p", path, keep_going=True)
    assert [(row["row"], row["result"]) for row in report] == [(2, "accepted"), (3, "refused")]
    assert why in report[1]["reason"]
    assert summary["refused"] == 1


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is empty"),
        (b" \n ", "is empty"),
        (b",,,\n1,2,3,4\n", "has no header"),
        (b"a,b\n1,2\n", "No mapping fits the header"),
        (text([]).encode(), "has a header and no rows"),
        (b"PK\x03\x04nonsense", "damaged archive"),
        (b"%PDF-1.7", "a PDF document"),
        (b"\xd0\xcf\x11\xe0 old", r"old Excel file"),
        (text().encode() + b'"open', "quotes do not match"),
        (text().replace("S1", "S\0").encode(), "zero bytes"),
        (b"\xff\xfeo", "is not|No mapping|no header"),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(tmp_path: Path, data: bytes, why: str) -> None:
    path = file(tmp_path, data)
    for options in ({}, {"keep_going": True}, {"mapping": "plain"}):
        with pytest.raises(BadInput, match=why if "mapping" not in options else "table.csv"):
            bring(tmp_path / "p", path, **options)


def test_an_archive_that_is_no_workbook_and_one_that_unpacks_without_end(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(BadInput, match="no XLSX workbook"):
        bring(tmp_path / "p", tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("xl/workbook.xml", "<x/>")
        with archive.open("xl/big.xml", "w") as big:
            for _ in range(260):
                big.write(b" " * (1 << 20))
    with pytest.raises(BadInput, match="unpacks to more than"):
        bring(tmp_path / "p", tmp_path / "b.xlsx")


def test_a_workbook_of_endless_rows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.exchange.sheets.MOST_CELLS", 40)
    with pytest.raises(BadInput, match="more than 40 cells"):
        bring(tmp_path / "p", book(tmp_path, list(ROWS)))


def test_a_workbook_with_a_document_type_is_refused(tmp_path: Path) -> None:
    path, told = book(tmp_path, list(ROWS)), io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(told, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                data = b'<!DOCTYPE x [<!ENTITY a "b">]>' + data[data.index(b"<worksheet") :].replace(b"commission", b"&a;")
            new.writestr(name, data)
    with pytest.raises(BadInput, match=r"bad\.xlsx"):
        bring(tmp_path / "p", file(tmp_path, told.getvalue(), "bad.xlsx"))


def test_the_plain_mapping_needs_three_columns_only() -> None:
    spec = mapping("plain")
    assert spec.columns - spec.optional == {"event", "time", "party"}
    assert (spec.claims, spec.delimiter) == (True, "")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300), header=st.booleans())
def test_any_bytes_are_a_table_or_a_sentence(tmp_path: Path, data: bytes, header: bool) -> None:
    path = file(tmp_path, text([]).encode() + data if header else data)
    words, report = "", []
    try:
        report = bring(tmp_path / "p", path, keep_going=True)
    except BadInput as error:
        words = error.words
    assert bool(words) != bool(report)
    assert "\n" not in words
    assert all(row["result"] in ("accepted", "duplicate", "refused") for row in report[:-1])
