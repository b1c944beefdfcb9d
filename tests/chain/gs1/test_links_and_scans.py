"""Digital Links and scanner data: behaviours beyond the vectors."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.errors import BadInput
from chain.gs1 import links, scans
from chain.gs1.element_strings import Element, from_bracketed


@given(st.text(st.characters(max_codepoint=255), max_size=40))
def test_escaping_is_undone_once(text: str) -> None:
    for query in (False, True):
        assert links.unescape(links.escape(text, query), query) == text
        assert re.fullmatch(r"[A-Za-z0-9\-._~%+]*", links.escape(text, query))
    assert links.unescape(links.unescape(links.escape("%41"))) == "A"
    assert links.unescape(links.escape("%41")) == "%41"


def test_a_space_is_a_plus_in_a_query_alone() -> None:
    assert (links.escape("a b+c", query=True), links.escape("a b+c")) == ("a+b%2Bc", "a%20b%2Bc")
    assert (links.unescape("a+b%2Bc", query=True), links.unescape("a+b%2Bc")) == ("a b+c", "a+b+c")


def test_a_link_is_taken_apart() -> None:
    link = links.read("https://x.example/a/b/01/09506000134352/22/2A/10/L/21/S?17=271231&wp=q%2B&flag&99=a%2Bb#top")
    assert link.stem == "https://x.example/a/b"
    assert [element.ai for element in link.path] == ["01", "22", "10", "21"]
    assert link.attributes[0] == Element("17", "271231")
    assert link.parameters == ("wp=q%2B", "flag")


def test_a_blank_in_a_value_is_refused() -> None:
    with pytest.raises(links.BadLink):
        links.read("https://x.example/01/09506000134352?99=a b")


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("ftp://x/01/09506000134352", "begins with http"),
        ("https://x/01/09506000134352?17=", "has no value"),
        ("https://x/01/09506000134352?17=271231&17=271231", "comes twice"),
        ("https://x/01/09506000134352?89=1", "(89) in the query"),
        ("https://x/01/09506000134352?21=A", "may not stand in the query"),
        ("https://x/01/09506000134352?10=A", "belongs in its path"),
        ("https://x/shop", "holds no GS1 key"),
        ("https://x_y/01/09506000134352", "“_” may not stand in the domain"),
        ("https://x", "has no domain, or nothing behind its domain"),
        ("https:///01/09506000134352", "has no domain, or nothing behind its domain"),
        ("https://x/01/09506000134352?" + "&".join(f"a{n}=1" for n in range(64)), "more than 64"),
    ],
)
def test_a_link_that_is_none_is_refused_in_words(uri: str, words: str) -> None:
    with pytest.raises(links.BadLink, match=re.escape(words)):
        links.read(uri)


def test_permits_let_through_what_the_standard_refuses() -> None:
    for uri, permits in (
        ("https://x/gtin/09506000134352", links.Permits(aliases=True)),
        ("https://x/01/9506000134352", links.Permits(short_gtin=True)),
        ("https://x/01/09506000134352?89=1", links.Permits(unknown=True, unknown_attributes=True)),
    ):
        assert links.read(uri, permits).elements[0] == Element("01", "09506000134352")
        with pytest.raises(BadInput, match=r"GTIN|GS1"):
            links.read(uri)


def test_a_link_is_made_of_the_longest_order_of_qualifiers() -> None:
    assert links.write(from_bracketed("(21)S(99)X(01)09506000134352(17)271231(22)V")) == (
        "https://id.gs1.org/01/09506000134352/22/V/21/S?17=271231&99=X"
    )
    with pytest.raises(links.BadLink, match="may not stand in a Digital Link"):
        links.write(from_bracketed("(01)09506000134352(10)L(235)T"))


@pytest.mark.parametrize("symbology", ["QR", "DM", "DotCode", "GS1_128_CCA", "DataBarExpanded"])
def test_scanner_data_come_back(symbology: str) -> None:
    message = "^010950600013435210AB^21C^17271231"
    scan = scans.write(symbology, message)
    scanned = scans.read(scan)
    assert scanned.message == message
    assert [element.ai for element in scanned.elements] == ["01", "10", "21", "17"]


@pytest.mark.parametrize(
    ("scan", "message"),
    [
        ("]Q1TEXT", "TEXT"),
        ("]d1^TEXT", "\\^TEXT"),
        ("]J0\\^TEXT", "\\\\^TEXT"),
        ("]Q1https://x.example/01/09506000134352/21/A", "https://x.example/01/09506000134352/21/A"),
    ],
)
def test_plain_data_are_told_from_gs1_data(scan: str, message: str) -> None:
    scanned = scans.read(scan)
    assert scanned.message == message
    assert [str(element) for element in scanned.elements] == (["(01)09506000134352", "(21)A"] if "https" in scan else [])


def test_a_composite_comes_back_with_its_linear_part() -> None:
    message = "9506000134352|^1727123110L1^21A"
    scan = scans.write("EAN13", message)
    assert scan == "]E09506000134352|]e01727123110L1\x1d21A"
    scanned = scans.read(scan)
    assert scanned.message == message
    assert [str(one) for one in scanned.elements] == ["(01)09506000134352", "(17)271231", "(10)L1", "(21)A"]


@pytest.mark.parametrize(
    ("scan", "gtin"),
    [("]E09506000134352", "09506000134352"), ("]E496385074", "00000096385074"), ("]E00614141000036", "00614141000036")],
)
def test_a_retail_code_alone_is_its_gtin(scan: str, gtin: str) -> None:
    scanned = scans.read(scan)
    assert scanned.message == scan[3:]
    assert scanned.elements == (Element("01", gtin),)


@pytest.mark.parametrize("symbology", ["GS1_128_CCC", "DataBarExpanded"])
def test_a_composite_is_parted_from_a_linear_value_of_open_length_only(symbology: str) -> None:
    assert scans.write(symbology, "^10L1|^21A") == "]e010L1\x1d21A"
    assert scans.write(symbology, "^0109506000134352|^21A") == "]e0010950600013435221A"


@given(st.text("\\^AB|", max_size=6))
def test_plain_data_come_back(message: str) -> None:
    scanned = scans.read("]Q1" + message)
    assert scans.write("QR", scanned.message) == "]Q1" + message


@pytest.mark.parametrize(
    ("symbology", "message"),
    [
        ("GS1_128_CCA", "TEXT"),
        ("DataBarExpanded", "^0109506000134352|TEXT"),
        ("DataBarLimited", "99506000134355"),
        ("EAN13", "950600013435"),
        ("EAN8", "9638507A"),
        ("UPCA", "614141000037"),
        ("Aztec", "^0109506000134352"),
    ],
)
def test_what_a_symbology_cannot_hold_is_refused(symbology: str, message: str) -> None:
    with pytest.raises(scans.BadScan):
        scans.write(symbology, message)


def test_a_check_digit_is_added_where_asked() -> None:
    assert scans.write("EAN13", "950600013435", complete=True) == "]E09506000134352"
    assert scans.write("DataBarOmni", "0950600013435", complete=True) == "]e00109506000134352"
    assert scans.write("UPCA", "^0100614141000036") == "]E00614141000036"


@pytest.mark.parametrize(
    ("scan", "words"),
    [
        ("]E095060001343521", "EAN13 has 13 digits, not 14"),
        ("]E095060001343A2", "is not all digits"),
        ("]E09506000134352|]e0", "empty"),
        ("]d2010^", "may not stand in GS1 data"),
        ("]d", "does not begin with a symbology identifier"),
        ("]zz1", "not the identifier of a GS1 symbology"),
    ],
)
def test_scanner_data_that_are_none_are_refused_in_words(scan: str, words: str) -> None:
    with pytest.raises(BadInput, match=re.escape(words)):
        scans.read(scan)
