"""Element strings: read, written, refused with words, and compared with biip."""

from __future__ import annotations

import re

import pytest
from biip.gs1_messages import GS1Message
from hypothesis import given
from hypothesis import strategies as st

from chain.errors import BadInput
from chain.gs1.associations import BadAssociation, check_contradictions, check_required
from chain.gs1.element_strings import (
    FNC1,
    BadSyntax,
    Element,
    from_bracketed,
    from_raw,
    to_bracketed,
    to_message,
    to_raw,
)
from chain.gs1.faults import BadElement
from tests.chain.gs1.strategies import elements

lists = st.lists(elements(), min_size=1, max_size=8).map(tuple)


@given(lists)
def test_raw_text_comes_back(found: tuple[Element, ...]) -> None:
    assert from_raw(to_raw(found)) == found
    assert from_raw(to_message(found)[1:], "^") == found
    assert to_message(found)[0] == "^"


@given(lists)
def test_bracketed_text_comes_back(found: tuple[Element, ...]) -> None:
    assert from_bracketed(to_bracketed(found)) == found


@given(elements(st.sampled_from(("10", "21", "240", "91"))), elements(st.sampled_from(("01", "00", "17", "410"))))
def test_a_separator_stands_only_where_one_is_needed(open_ended: Element, fixed: Element) -> None:
    assert FNC1 not in to_raw((fixed, open_ended))
    assert to_raw((open_ended, fixed)).count(FNC1) == 1
    text = f"{fixed.ai}{fixed.value}{FNC1}{open_ended.ai}{open_ended.value}"
    assert from_raw(text) == (fixed, open_ended)


@given(st.text(max_size=60) | st.from_regex(re.compile(r"[0-9]{2}[0-9A-Za-z\x1d()^]{0,40}", re.ASCII), fullmatch=True))
def test_any_text_is_read_or_refused(text: str) -> None:
    for reader in (from_raw, from_bracketed):
        try:
            found = reader(text)
            again = reader(to_raw(found) if reader is from_raw else to_bracketed(found))
        except BadInput as fault:
            again = found = ()
            words = fault.words
        else:
            words = "fine"
        assert again == found
        assert words.isprintable()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("(01)09506000134353", "(01) GTIN “09506000134353”: the check digit “3” is wrong, so a digit was misread or mistyped."),
        ("(17)251332", "(17) USE BY or EXPIRY “251332”: the month “13” is not 01 to 12."),
        ("(21)AB^C", "(21) SERIAL “AB^C”: the character “^” (number 3) may not stand here."),
        ("(10)" + "A" * 21, "(10) BATCH/LOT “AAAAAAAAAAAAAAAAAAAAA”: it has 21 characters, at most 20 are allowed."),
        ("(01)1234", "(01) GTIN “1234”: it has 4 characters, at least 14 are needed."),
        ("(10)", "(10) BATCH/LOT “”: nothing follows it."),
        ("(42)276", "(42) is not a GS1 field number."),
        ("(421)999AB", "(421) SHIP TO POST “999AB”: “999” is not the number of a country (ISO 3166)."),
        ("(7007)25010125", "(7007) HARVEST DATE “25010125”: “25” is too short."),
        ("", "The text is empty."),
        ("01)09506000134352", "Each field needs its number in brackets; “01)095060001” has none."),
        ("(01 09506000134352", "Each field needs its number in brackets; “(01 09506000” has none."),
        (f"(10){'A' * 100}", f"(10) BATCH/LOT “{'A' * 90}...”: it has 100 characters, at most 20 are allowed."),
    ],
)
def test_the_words_name_the_field_and_the_characters(text: str, words: str) -> None:
    with pytest.raises(BadInput) as fault:
        from_bracketed(text)
    assert fault.value.words == words


def test_markup_marks_the_bad_characters() -> None:
    with pytest.raises(BadElement) as fault:
        from_bracketed("(8001)12341X34567890")
    assert fault.value.markup == "(8001)12341|X|345"


def test_a_bracket_in_a_value_is_escaped() -> None:
    assert from_bracketed("(10)AB\\(21)CD") == (Element("10", "AB(21)CD"),)
    assert to_bracketed((Element("10", "AB(21)CD"),)) == "(10)AB\\(21)CD"


def test_more_fields_than_any_label_has_are_refused() -> None:
    assert len(from_raw("2012" * 64)) == 64
    with pytest.raises(BadSyntax, match="more than 64"):
        from_raw("2012" * 65)


def test_unknown_ais_are_taken_only_where_permitted() -> None:
    assert from_bracketed("(89)X(10)Y", unknown=True) == (Element("89", "X"), Element("10", "Y"))
    assert Element("89", "X").title == "UNKNOWN"
    with pytest.raises(BadSyntax):
        from_bracketed("(89)X(10)Y")
    with pytest.raises(BadSyntax):
        to_raw((Element("8", "X"),))


def test_partners_and_contradictions() -> None:
    check_contradictions(from_bracketed("(10)A(10)A"))
    with pytest.raises(BadAssociation, match="comes twice"):
        check_contradictions(from_bracketed("(10)A(10)B"))
    with pytest.raises(BadAssociation, match=re.escape("(21) SERIAL and (235) TPX may not stand together")):
        check_contradictions(from_bracketed("(21)A(235)B"))
    with pytest.raises(BadAssociation, match=re.escape("(37) COUNT stands without its partner: it needs (00)")):
        check_required(from_bracketed("(02)09506000134352(37)5"))
    check_required(from_bracketed("(00)106141412345678908(02)09506000134352(37)5"))


@pytest.mark.parametrize("key", ["(253)4012345000054", "(255)4012345000054", "(8003)04012345000054"])
def test_a_signature_is_over_one_thing_and_not_over_a_class(key: str) -> None:
    check_contradictions(from_bracketed(key))
    check_contradictions(from_bracketed(f"{key}7(8030)c2lnbmF0dXJl"))
    with pytest.raises(BadAssociation, match=re.escape("has no serial number, which the signature (8030) needs")):
        check_contradictions(from_bracketed(f"{key}(8030)c2lnbmF0dXJl"))
    check_contradictions(from_bracketed("(00)106141412345678908(8030)c2lnbmF0dXJl"))


def _biip_reads(element: Element) -> bool:
    """biip 5.2 refuses a range of harvest dates, (7007) with two days, which the General Specifications 3.9.7 allow."""
    return not (element.ai == "7007" and len(element.value) == 12)


@given(st.lists(elements().filter(_biip_reads), min_size=1, max_size=8, unique_by=lambda element: element.ai).map(tuple))
def test_biip_reads_the_same(found: tuple[Element, ...]) -> None:
    theirs = GS1Message.parse(to_raw(found))
    assert tuple(Element(one.ai.ai, one.value) for one in theirs.element_strings) == found
