"""The linters: what they let through, and which characters they point at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.gs1.dictionary import KNOWN, RULES
from chain.gs1.faults import WORDS, Fault, words_of
from chain.gs1.linters import CSETS, LINTERS, check_digit, check_pair, lint
from tests.chain.gs1.strategies import component_values

digits = st.text("0123456789", min_size=1, max_size=30)


def test_every_linter_of_the_dictionary_is_there() -> None:
    named = {name for ai in KNOWN for part in RULES[ai].components for name in part.linters}
    assert named <= set(LINTERS)
    assert {part.cset for ai in KNOWN for part in RULES[ai].components} == set(CSETS)


@given(digits)
def test_exactly_one_digit_is_the_check_digit(text: str) -> None:
    right = [last for last in "0123456789" if lint("csum", text + last) is None]
    assert right == [check_digit(text)]


@given(digits, st.data())
def test_one_misread_digit_is_always_noticed(text: str, data: st.DataObject) -> None:
    whole = text + check_digit(text)
    at = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != whole[at]]))
    fault = lint("csum", whole[:at] + other + whole[at + 1 :])
    assert fault == Fault("INCORRECT_CHECK_DIGIT", len(whole) - 1, 1)


@pytest.mark.parametrize(("text", "digit"), [("629104150021", "3"), ("0950600013435", "2"), ("10614141234567890", "8")])
def test_check_digits_of_the_general_specifications(text: str, digit: str) -> None:
    assert check_digit(text) == digit


def test_check_pair_of_the_general_specifications() -> None:
    assert check_pair("1987654Ad4X4bL5ttr2310c") == "2K"


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("yymmdd", "230229", "ILLEGAL_DAY"),
        ("yymmd0", "231300", "ILLEGAL_MONTH"),
        ("hhmi", "2460", "ILLEGAL_HOUR"),
        ("hhmi", "2360", "ILLEGAL_MINUTE"),
        ("iso3166", "999", "NOT_ISO3166"),
        ("iso4217", "000", "NOT_ISO4217"),
        ("iban", "DE89370400440532013001", "INCORRECT_IBAN_CHECKSUM"),
        ("iban", "ZZ89370400440532013001", "ILLEGAL_IBAN_COUNTRY_CODE"),
        ("iban", "DE8937040044053201300ä", "INVALID_IBAN_CHARACTER"),
        ("pieceoftotal", "0302", "PIECE_NUMBER_EXCEEDS_TOTAL"),
        ("posinseqslash", "10/9", "POSITION_EXCEEDS_END"),
        ("importeridx", "AB", "IMPORTER_IDX_MUST_BE_ONE_CHARACTER"),
        ("importeridx", "+", "INVALID_IMPORT_IDX_CHARACTER"),
        ("iban", "DE8", "IBAN_TOO_SHORT"),
        ("iban", "DE" + "8" * 33, "IBAN_TOO_LONG"),
        ("longitude", "36", "LONGITUDE_INVALID_LENGTH"),
        ("latitude", "1800000001", "INVALID_LATITUDE"),
        ("pcenc", "A%2", "INVALID_PERCENT_SEQUENCE"),
        ("gcppos1", "95A6", "INVALID_GCP_PREFIX"),
        ("gcppos2", "1", "TOO_SHORT_FOR_GCP"),
        ("csumalpha", "A", "TOO_SHORT_FOR_CHECK_PAIR"),
        ("csumalpha", "A" * 120, "TOO_LONG_FOR_CHECK_PAIR_IMPLEMENTATION"),
        ("csumalpha", "1987654Ad4X4bL5ttr2310c2L", "INCORRECT_CHECK_PAIR"),
        ("csumalpha", "1987654^2K", "INVALID_CSET82_CHARACTER"),
        ("csum", "", "TOO_SHORT_FOR_CHECK_DIGIT"),
        ("csum", "95A6", "NON_DIGIT_CHARACTER"),
        ("gcppos1", "950", "TOO_SHORT_FOR_GCP"),
        ("cset39", "AB_C", "INVALID_CSET39_CHARACTER"),
        ("cset64", "AB+C", "INVALID_CSET64_CHARACTER"),
        ("cset64", "AB=C", "INVALID_CSET64_CHARACTER"),
        ("cset64", "A=", "INVALID_CSET64_PADDING"),
        ("cset64", "ABC===", "INVALID_CSET64_PADDING"),
        ("hasnondigit", "123", "REQUIRES_NON_DIGIT_CHARACTER"),
        ("nonzero", "000", "ILLEGAL_ZERO_VALUE"),
        ("nonzero", "00A", "NON_DIGIT_CHARACTER"),
        ("nozeroprefix", "012", "ILLEGAL_ZERO_PREFIX"),
        ("zero", "1", "NOT_ZERO"),
        ("hyphen", "+", "NOT_HYPHEN"),
        ("pcenc", "%41%4", "INVALID_PERCENT_SEQUENCE"),
        ("hh", "1", "HOUR_TOO_SHORT"),
        ("mi", "100", "MINUTE_TOO_LONG"),
        ("ss", "5A", "NON_DIGIT_CHARACTER"),
        ("ss", "60", "ILLEGAL_SECOND"),
        ("hhmi", "123", "HOUR_WITH_MINUTE_TOO_SHORT"),
        ("hhmi", "12345", "HOUR_WITH_MINUTE_TOO_LONG"),
        ("yyyymmdd", "2026113", "DATE_TOO_SHORT"),
        ("yyyymmdd", "202611301", "DATE_TOO_LONG"),
        ("yyyymmdd", "2026113A", "NON_DIGIT_CHARACTER"),
        ("yyyymmdd", "20261100", "ILLEGAL_DAY"),
        ("yyyymmdd", "21000229", "ILLEGAL_DAY"),
        ("yymmdd", "26113", "DATE_TOO_SHORT"),
        ("yymmdd", "2611301", "DATE_TOO_LONG"),
        ("yymmdd", "261100", "ILLEGAL_DAY"),
        ("pieceoftotal", "0A02", "NON_DIGIT_CHARACTER"),
        ("pieceoftotal", "", "INVALID_LENGTH_FOR_PIECE_OF_TOTAL"),
        ("pieceoftotal", "102", "INVALID_LENGTH_FOR_PIECE_OF_TOTAL"),
        ("pieceoftotal", "0002", "ZERO_PIECE_NUMBER"),
        ("pieceoftotal", "0100", "ZERO_TOTAL_PIECES"),
        ("posinseqslash", "1/", "POSITION_IN_SEQUENCE_MALFORMED"),
        ("posinseqslash", "01/2", "ILLEGAL_ZERO_PREFIX"),
        ("posinseqslash", "1/02", "ILLEGAL_ZERO_PREFIX"),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, text: str, code: str) -> None:
    fault = lint(name, text)
    assert fault is not None
    assert fault.code == code


@given(st.sampled_from(sorted(LINTERS)), st.text(max_size=12) | digits)
def test_a_linter_never_fails_and_points_inside_the_text(name: str, text: str) -> None:
    fault = lint(name, text)
    if fault is not None:
        assert 0 <= fault.start <= fault.start + fault.length <= len(text)
        assert words_of(fault.code).format(bad="x", place=1, length=1, shortest=1, longest=1)


@given(st.data())
def test_what_the_strategies_make_is_accepted(data: st.DataObject) -> None:
    part = data.draw(st.sampled_from(sorted({part for ai in KNOWN for part in RULES[ai].components})))
    value = data.draw(component_values(part))
    assert CSETS[part.cset](value) is None
    assert [lint(name, value) for name in part.linters] == [None] * len(part.linters)


def test_a_list_of_prefixes_is_asked_where_there_is_one() -> None:
    assert lint("gcppos2", "19506000", lambda _digits: True) is None
    assert lint("gcppos2", "19506000", lambda _digits: False) == Fault("INVALID_GCP_PREFIX", 1, 7)
    assert lint("gcppos1", "9506000", lambda _digits: None) == Fault("GCP_DATASOURCE_OFFLINE", 0, 7)
    assert lint("hh", "12", lambda _digits: False) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cset64", "AbC-_9"),
        ("cset64", "AB="),
        ("cset64", "A=="),
        ("csumalpha", "1987654Ad4X4bL5ttr2310c2K"),
        ("pcenc", "100%25%2f"),
        ("yyyymmdd", "20000229"),
        ("pieceoftotal", "0202"),
        ("posinseqslash", "9/10"),
    ],
)
def test_a_right_value_at_the_edge_is_accepted(name: str, text: str) -> None:
    assert lint(name, text) is None


@pytest.mark.parametrize(
    ("name", "text", "bad"),
    [
        ("hhmi", "2360", "60"),
        ("yymmdd", "260431", "31"),
        ("posinseqslash", "1/02", "02"),
        ("pieceoftotal", "0100", "00"),
        ("cset64", "ABC===", "==="),
        ("pcenc", "%41%4", "%4"),
        ("gcppos2", "195A6000", "A"),
    ],
)
def test_a_fault_points_at_the_bad_characters(name: str, text: str, bad: str) -> None:
    fault = lint(name, text)
    assert fault is not None
    assert text[fault.start : fault.start + fault.length] == bad


def test_words_have_places_for_the_bad_characters_only() -> None:
    for words in WORDS.values():
        assert words.format(bad="x", place=1, length=1, shortest=1, longest=1)[0].strip()
