"""One identity in every dress: links, element strings, brackets, URNs, and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain import gs1
from chain.errors import BadInput
from chain.gs1.links import write
from chain.journey import Item
from tests.chain.gs1.strategies import goods, items, ssccs

PARACETAMOL = Item(gtin="09506000134352", serial="A1/7", lot="L(1)", expiry=date(2027, 12, 31))


@given(items)
def test_an_item_is_the_same_from_every_form(item: Item) -> None:
    assert gs1.parse(gs1.digital_link(item)) == item
    assert gs1.parse(gs1.element_string(item)) == item
    assert gs1.parse(gs1.bracketed(item)) == item
    assert gs1.parse("]d2" + gs1.element_string(item)) == item
    assert gs1.parse("]C1" + gs1.element_string(item)) == item
    assert gs1.parse("]Q1" + gs1.digital_link(item, "https://shop.example/a/b")) == item
    assert gs1.parse("\x1d" + gs1.element_string(item)) == item


@given(items, st.integers(6, 12))
def test_an_item_is_the_same_from_its_urn(item: Item, length: int) -> None:
    again = gs1.from_epc_urn(gs1.epc_urn(item, length))
    lot = "" if item.serial else item.lot
    assert again == replace(item, lot=lot, expiry=None)
    assert gs1.parse(gs1.epc_urn(item, length)) == again
    assert again.key == item.key


@given(goods, st.dictionaries(st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,8}", fullmatch=True), st.text(max_size=20)))
def test_parameters_of_a_link_come_back(item: Item, query: dict[str, str]) -> None:
    query = {name: value.encode("utf-8", "replace").decode("utf-8") for name, value in query.items() if name != "base"}
    link = gs1.digital_link(item, **query)
    assert gs1.link_parameters(link) == query
    assert gs1.link_parameters("]Q1" + link) == query
    assert gs1.parse(link) == item


def test_the_forms_of_an_item() -> None:
    assert gs1.digital_link(PARACETAMOL) == "https://id.gs1.org/01/09506000134352/10/L%281%29/21/A1%2F7?17=271231"
    assert gs1.digital_link(PARACETAMOL, "https://x.example/", wp="a-_9").endswith("/21/A1%2F7?17=271231&wp=a-_9")
    assert gs1.element_string(PARACETAMOL) == "01095060001343521727123110L(1)\x1d21A1/7"
    assert gs1.bracketed(PARACETAMOL) == "(01)09506000134352(17)271231(10)L\\(1)(21)A1/7"
    assert gs1.epc_urn(PARACETAMOL, 7) == "urn:epc:id:sgtin:9506000.013435.A1%2F7"
    assert gs1.epc_urn(Item(gtin="09506000134352", lot="L1"), 7) == "urn:epc:class:lgtin:9506000.013435.L1"
    assert gs1.epc_urn(Item(gtin="09506000134352"), 7) == "urn:epc:idpat:sgtin:9506000.013435.*"
    assert gs1.epc_urn(Item(sscc="106141412345678908"), 7) == "urn:epc:id:sscc:0614141.1234567890"


def test_a_serial_that_is_an_asterisk_is_not_taken_for_a_pattern() -> None:
    one, lot = Item(gtin="09506000134352", serial="*"), Item(gtin="09506000134352", lot="*")
    assert gs1.epc_urn(one, 7) == "urn:epc:id:sgtin:9506000.013435.%2A"
    assert gs1.from_epc_urn(gs1.epc_urn(one, 7)) == one
    assert gs1.from_epc_urn("urn:epc:class:lgtin:9506000.013435.*") == lot


@pytest.mark.parametrize(
    "text",
    [
        "https://id.gs1.org/01/09506000134352/21/A1",
        "HTTPS://ID.GS1.ORG/01/09506000134352/21/A1",
        "http://shop.example:8080/deep/stem/gtin/9506000134352/ser/A1?linktype=gs1:pip#top",
        "]Q1https://shop.example/01/09506000134352/21/A%31",
        "(01)09506000134352(21)A1",
        "010950600013435221A1\r\n",
        "^010950600013435221A1",
        "\x1d010950600013435221A1",
        "]Q3010950600013435221A1",
        "]J1010950600013435221A1",
        "]e0010950600013435221A1",
        "]E09506000134352|]e021A1",
        "urn:epc:id:sgtin:9506000.013435.A1",
    ],
)
def test_whatever_a_scanner_delivers_is_the_same_item(text: str) -> None:
    assert gs1.parse(text) == Item(gtin="09506000134352", serial="A1")


@pytest.mark.parametrize(
    ("text", "gtin"),
    [
        ("96385074", "00000096385074"),
        ("614141000036", "00614141000036"),
        ("4006381333931", "04006381333931"),
        ("14006381333938", "14006381333938"),
        ("]E04006381333931", "04006381333931"),
        ("]E3400638133393112", "04006381333931"),
        ("]E496385074", "00000096385074"),
        ("]I114006381333938", "14006381333938"),
        ("0104006381333931", "04006381333931"),
    ],
)
def test_retail_codes_name_a_class_of_goods(text: str, gtin: str) -> None:
    item = gs1.parse(text)
    assert item == Item(gtin=gtin)
    assert isinstance(item, Item)
    assert not item.serialised


@given(ssccs)
def test_a_logistic_unit_is_read_with_and_without_its_ai(sscc: str) -> None:
    assert gs1.parse(sscc) == gs1.parse("00" + sscc) == gs1.parse(f"(00){sscc}(02)09506000134352(37)5") == Item(sscc=sscc)


def test_beside_a_logistic_unit_everything_describes_its_content() -> None:
    unit = Item(sscc="106141412345678908")
    assert gs1.parse("(00)106141412345678908(02)09506000134352(37)5(10)L1") == unit
    assert gs1.parse("https://id.gs1.org/00/106141412345678908?02=09506000134352&37=5") == unit


def test_expiry_comes_from_either_field_and_day_zero_is_the_last_of_the_month() -> None:
    on = date(2026, 6, 1)
    assert gs1.parse("(01)09506000134352(17)280200(21)A", on) == Item("09506000134352", "A", "", date(2028, 2, 29))
    assert gs1.parse("(01)09506000134352(7003)2712311830(21)A", on) == Item("09506000134352", "A", "", date(2027, 12, 31))


@pytest.mark.parametrize(
    "item",
    [
        Item(),
        Item(gtin="09506000134352", sscc="106141412345678908"),
        Item(gtin="09506000134353"),
        Item(gtin="9506000134352"),
        Item(gtin="09506000134352", serial="x" * 21),
        Item(gtin="09506000134352", serial="ä"),
        Item(gtin="09506000134352", expiry=date(1900, 1, 1)),
    ],
)
def test_an_item_that_breaks_the_standard_gets_no_form(item: Item) -> None:
    for form in (gs1.digital_link, gs1.element_string, gs1.bracketed):
        with pytest.raises(BadInput):
            form(item)


def test_a_link_is_made_only_on_a_web_address_and_with_names() -> None:
    with pytest.raises(BadInput):
        gs1.digital_link(PARACETAMOL, "shop.example")
    with pytest.raises(BadInput, match="99"):
        gs1.digital_link(PARACETAMOL, **{"99": "x"})


def test_glns() -> None:
    assert gs1.valid_gln("9506000134376")
    assert not gs1.valid_gln("9506000134377")
    assert not gs1.valid_gln("950600013437")
    assert not gs1.valid_gln("0000000000000")
    assert not gs1.valid_gln("950600013437٦")


def test_a_key_without_a_form_for_links_is_told() -> None:
    with pytest.raises(BadInput, match="no GS1 key"):
        write(gs1.elements("(91)X"))
