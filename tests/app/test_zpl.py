"""Thermal labels: what a printer's dots show is read back by the program's own decoder."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.labels import Symbol, signed_label, zpl
from app.labels.sheets import known, named, read
from chain.errors import BadInput
from chain.journey import Item
from chain.keys import derive
from chain.label import LabelDomain

KEY = derive(bytes(range(32)), "issuer")
ITEM = Item(gtin="09521000011014", serial="A1B2C3D4E5F6G7", lot="L1", expiry=date(2027, 3, 31))
LABEL = signed_label(ITEM, KEY, LabelDomain(1337, bytes(20)), "Cardiol ^XA~JR 20 mg")


def unpacked(data: str, line: int) -> list[bytes]:
    """The rows behind compressed hexadecimal, as a printer reads them (ZPL II Programming Guide, alternative compression)."""
    rows: list[bytes] = []
    text, count = "", 0
    for char in data:
        if char == ":":
            rows.append(rows[-1])
            continue
        if "G" <= char <= "Y":
            count += ord(char) - ord("F")
            continue
        if "g" <= char <= "z":
            count += 20 * (ord(char) - ord("f"))
            continue
        text = text.ljust(2 * line, "0") if char == "," else text + char * (count or 1)
        count = 0
        if len(text) == 2 * line:
            rows.append(bytes.fromhex(text))
            text = ""
    assert text == ""
    return rows


def picture(command: bytes) -> np.ndarray:
    found = re.fullmatch(rb"\^XA\^PW(\d+)\^LL(\d+)\^LH0,0\^FO0,0\^GFA,(\d+),(\d+),(\d+),([^^~]*)\^FS\^PQ(\d+)\^XZ\n", command)
    assert found
    width, height, total, _, line = (int(found[n]) for n in range(1, 6))
    rows = unpacked(found[6].decode(), line)
    assert (len(rows), len(rows) * line) == (height, total)
    bits = np.unpackbits(np.frombuffer(b"".join(rows), np.uint8).reshape(height, line), axis=1)[:, :width]
    return (255 - bits * 255).astype(np.uint8)


@pytest.mark.parametrize("dpi", [203, 300])
def test_what_the_printer_burns_reads_as_the_label(dpi: int) -> None:
    from app.decode.cascade import read as decode

    (command,) = zpl.zpl([LABEL], dpi=dpi, size=(60.0, 45.0), copies=2)
    assert [code.text for code in decode(np.ascontiguousarray(picture(command)))] == [LABEL.text]
    assert command.endswith(b"^PQ2^XZ\n")
    assert command.count(b"^XA") == 1


def test_a_data_matrix_left_to_the_printer_has_fnc1_in_front_and_between_fields() -> None:
    made = signed_label(ITEM, KEY, LabelDomain(1337, bytes(20)), "Cardiol", symbol=Symbol.DATA_MATRIX)
    (command,) = zpl.zpl([made], by_printer=True)
    found = re.search(rb"\^FO(\d+),(\d+)\^BXN,(\d+),200,0,0,6,#\^FD(#1[^^~]*)\^FS\^PQ1\^XZ\n$", command)
    assert found
    assert found[4] == b"#1" + made.text.replace("\x1d", "#1").encode()
    assert found[4].count(b"#1") == 3  # before the first field, after the lot, after the serial
    assert int(found[3]) * 25.4 / 203 >= 0.33
    whole = next(iter(zpl.zpl([made])))
    assert b"^BX" not in whole
    assert b"^BX" not in next(iter(zpl.zpl([LABEL], by_printer=True)))  # a QR code never is


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 30).flatmap(lambda line: st.lists(st.binary(min_size=line, max_size=line), min_size=1, max_size=8)))
def test_packing_loses_nothing(rows: list[bytes]) -> None:
    assert unpacked(zpl.packed(rows), len(rows[0])) == rows


def test_long_runs_are_short() -> None:
    rows = [b"\xff" * 200, b"\xff" * 200, bytes(200), b"\x0f" + bytes(199)]
    assert unpacked(zpl.packed(rows), 200) == rows
    assert len(zpl.packed(rows)) < 12


def test_what_cannot_be_printed_is_refused() -> None:
    for bad in ({"dpi": 50}, {"size": (10.0, 10.0)}, {"copies": 0}, {"copies": 1000}):
        with pytest.raises(BadInput):
            list(zpl.zpl([LABEL], **bad))  # type: ignore[arg-type]


def test_every_shipped_sheet_fits_its_page_and_is_found_by_its_number() -> None:
    assert len(known()) >= 15
    for name, sheet in known().items():
        assert named(name.rpartition(" ")[2]) == sheet
        assert sheet.left + sheet.columns * sheet.width + (sheet.columns - 1) * sheet.gap_x <= sheet.page_width
    l7160 = named("l7160")
    assert (l7160.columns, l7160.rows, round(l7160.left, 2), round(l7160.top, 2)) == (3, 7, 7.25, 15.15)


@pytest.mark.parametrize(
    ("row", "words"),
    [("x,A4,3,8,70,40,0,0", "do not fit"), ("x,A9,1,1,1,1,0,0", "no page"), ("x,A4,a,1,1,1,0,0", "no number"),
     ("x,A4,1", "no number"),
     ("x,A4,1,1,nan,1,0,0", "number"), ("x,A4,0,1,10,10,0,0", "at least one"), ("x,A4,1,1,inf,1,0,0", "number")],
)  # fmt: skip
def test_a_table_of_ones_own_is_read_or_refused_by_row(tmp_path, row: str, words: str) -> None:
    head = "name,page,columns,rows,width,height,gap_x,gap_y\n"
    path = tmp_path / "mine.csv"
    path.write_text(head + "Mine,A5,2,4,60,40,2,2\n")
    assert named(f"{path}:Mine").columns == 2
    with pytest.raises(BadInput, match=words):
        read(head + row + "\n", "mine")
    for bad in ("nothing", f"{path}:Other", ""):
        with pytest.raises(BadInput, match="No sheet is called"):
            named(bad)
    with pytest.raises(BadInput, match="must have the columns"):
        read("a,b\n", "mine")
