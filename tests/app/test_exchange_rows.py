"""Tables of text: read whole or refused in one sentence, whatever the bytes."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exchange.rows import Table, content, decoded, header, table
from chain.errors import BadInput

CELLS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\r"), max_size=12)


def read(data: bytes, encoding: str = "utf-8") -> Table:
    return table(decoded(data, encoding, "the file"), ",", "the file")


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_line_ends_of_any_kind_are_read(end: str) -> None:
    found = read(end.join(["a,b", "1,2", '"x, y",4', ""]).encode())
    assert [row.cells for row in found.rows] == [("1", "2"), ("x, y", "4")]


def test_rows_are_counted_as_a_spreadsheet_counts_them() -> None:
    found = read(b'a,b\n"over\ntwo lines",2\n\n3,4\n')
    assert [(row.number, row["b"]) for row in found.rows] == [(2, "2"), (4, "4")]


def test_a_byte_order_mark_is_no_part_of_the_header() -> None:
    assert read(b"\xef\xbb\xbfa,b\n1,2\n").columns == ("a", "b")


def test_a_row_of_another_length_is_kept_with_its_fault() -> None:
    short, long = read(b"a,b,c\n1,2\n1,2,3,4\n").rows
    assert "cut off" in short.fault
    assert "4 columns" in long.fault


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"a,b\n", "no rows"),
        (b"a,a\n1,2\n", "two columns named"),
        (b'a,b\n1,"2\n', "cut off"),
        (b'a,b\n1,"2"3\n', "quotes do not match"),
        (b"a,b\n1,\xff\n", "not UTF-8 text: the byte 0xff in row 2"),
        (b"a\0,b\n1,2\n", "zero bytes"),
        (b",".join(b"%d" % n for n in range(600)) + b"\n", "600 columns"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_in_one_sentence(data: bytes, words: str) -> None:
    with pytest.raises(BadInput, match=words) as raised:
        read(data)
    assert "\n" not in raised.value.words


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"PK\x03\x04....", "XLSX"),
        (b"%PDF-1.7", "PDF"),
        (b"x" * 2000, "at most 1,000 are read"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(data)
    with pytest.raises(BadInput, match=words):
        content(path, 1000)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no file"):
        content(tmp_path / "none.csv")
    with pytest.raises(BadInput, match="is a folder"):
        content(tmp_path)


def test_a_giant_cell_is_a_bad_row() -> None:
    (row,) = read(b"a,b\n1," + b"x" * 5000 + b"\n").rows
    assert "5,000 characters" in row.fault


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=6))
def test_what_a_writer_of_csv_writes_is_read_back(rows: list[tuple[str, ...]]) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerows([("a", "b", "c"), *rows])
    wanted = [tuple(cell.strip() for cell in row) for row in rows if any(row)]
    if not wanted:
        with pytest.raises(BadInput, match="no rows"):
            read(buffer.getvalue().encode())
        return
    assert [row.cells for row in read(buffer.getvalue().encode()).rows] == wanted


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for encoding in ("utf-8", "latin-1", "utf-16"):
        words = ""
        try:
            text = decoded(data, encoding, "the file")
            header(text, ",", "the file")
            table(text, ",", "the file")
        except BadInput as error:
            words = error.words
        assert len(words.splitlines()) <= 1
