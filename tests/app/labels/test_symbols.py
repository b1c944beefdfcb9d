"""A GS1 Data Matrix comes back from the printer's dots as the element strings that went in, FNC1 and all."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.decode.cascade import read
from app.labels import Label, Sheet, Symbol, pdf, png, signed_label
from app.labels.symbols import data_matrix, plain_data_matrix, zpl_data
from chain import gs1
from chain.errors import BadInput, BadProof
from chain.journey import Item
from chain.keys import derive
from chain.label import Label as ReadLabel
from chain.label import LabelDomain, label_elements, label_signers, read_label
from chain.secret import PREFIX

KEY = derive(bytes(range(32)), "issuer")
DOMAIN = LabelDomain(1337, bytes(range(20)))
GTIN = "09506000134352"
CHARACTERS = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
SECRET = "K7Q284XM19PD7GTA"

values = st.text(CHARACTERS, min_size=1, max_size=20)
items = st.builds(
    Item,
    gtin=st.just(GTIN),
    serial=values,
    lot=st.just("") | values,
    expiry=st.none() | st.dates(date(2010, 1, 1), date(2060, 12, 31)),
)


def codes_of(grey: np.ndarray) -> list[tuple[str, bool, str]]:
    return [(code.text, code.gs1, code.symbology) for code in read(np.ascontiguousarray(grey))]


@settings(deadline=None, max_examples=15)
@given(items, st.sampled_from([(45.0, 60.0), (70.0, 37.0)]), st.sampled_from([203, 300]))
def test_what_the_dots_show_is_the_signed_label(item: Item, size: tuple[float, float], dpi: int) -> None:
    from PIL import Image

    label = signed_label(item, KEY, DOMAIN, "Aspirin 500 mg", symbol=Symbol.DATA_MATRIX)
    with Image.open(io.BytesIO(png(label, dpi=dpi, size=size))) as image:
        found = codes_of(np.asarray(image))
    assert found == [(label.text, True, "Data Matrix")]
    told = read_label(label.text)
    assert isinstance(told, ReadLabel)
    assert told.item == item
    assert KEY.address in label_signers(told.item, told.signature, DOMAIN)


@pytest.mark.parametrize("dpi", [203, 300])
@pytest.mark.parametrize("secret", ["", SECRET])
def test_a_sheet_is_read_back_whole(tmp_path: Path, dpi: int, secret: str) -> None:
    import pypdfium2

    made = [
        signed_label(Item(gtin=GTIN, serial=f"S{n}", lot="L/1"), KEY, DOMAIN, "x", symbol=symbol, secret=secret)
        for n, symbol in enumerate((Symbol.DATA_MATRIX, Symbol.QR, Symbol.DATA_MATRIX))
    ]
    pdf(made, tmp_path / "x.pdf", sheet=Sheet(rows=4, height=60.0))
    document = pypdfium2.PdfDocument(tmp_path / "x.pdf")
    grey = np.asarray(document[0].render(scale=dpi / 72).to_pil().convert("L"))
    document.close()
    wanted = [label.text for label in made] + [PREFIX + SECRET] * (3 if secret else 0)
    assert sorted(text for text, _, _ in codes_of(grey)) == sorted(wanted)


def test_only_element_strings_become_a_gs1_data_matrix() -> None:
    for bad in ("", "hello", "0112345678901234", "\x1d"):
        with pytest.raises(BadInput):
            data_matrix(bad)
    with pytest.raises(BadInput, match="too long"):
        plain_data_matrix("x" * 3_000)
    assert {len(row) for row in data_matrix("00106141412345678908")} == {len(data_matrix("00106141412345678908"))}


@settings(max_examples=50)
@given(items)
def test_the_data_for_a_zpl_printer_is_the_text_with_its_fnc1_told(item: Item) -> None:
    text = label_elements(item, read_signature(item))
    told = zpl_data(text, "#")
    assert told.isascii()
    assert not set(told) & set("^~")
    assert told.removeprefix("#1").replace("#1", gs1.FNC1) == text


def read_signature(item: Item) -> str:
    label = read_label(signed_label(item, KEY, DOMAIN).text)
    assert isinstance(label, ReadLabel)
    return label.signature


def test_a_signature_counts_in_its_own_field_only() -> None:
    item = Item(gtin=GTIN, serial="A1")
    signature = read_signature(item)
    plain = gs1.element_string(item)
    for text, wanted in (
        (label_elements(item, signature), signature),
        ("]d2" + label_elements(item, signature), signature),
        (f"01{GTIN}21A1\x1d91wp1.{signature}", ""),
        (f"01{GTIN}21A1\x1d92{signature}", ""),  # somebody else's use of AI 92
        (f"01{GTIN}21wp1.A1", ""),
        (plain, ""),
    ):
        found = read_label(text)
        assert isinstance(found, ReadLabel), text
        assert found.signature == wanted, text
    with pytest.raises(BadProof):
        label_elements(item, "x")
    assert Label(item, plain).symbol is Symbol.QR
