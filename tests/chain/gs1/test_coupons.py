"""North American coupons: what AI (8110) and AI (8112) hold, and which field is named where one is wrong.

The digits are put together here field by field, from the field lists of the Coupon Application Guideline and of the AI (8112)
specification, with a company prefix that GS1 keeps for examples.
"""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.gs1.coupons import couponcode, couponposoffer
from chain.gs1.element_strings import from_bracketed
from chain.gs1.faults import BadElement, Fault
from chain.gs1.linters import lint

COMPANY = "1" + "0614141"  # one digit more than six
OFFER = "123456"
SAVE = "3" + "075"
FIRST = "1" + "2" + "0" + "110"  # buy 2 units of family 110
NEEDED = COMPANY + OFFER + SAVE + FIRST
SECOND = "1" + "0" + "1" + "1" + "0" + "220" + "9"  # and 1 of family 220 of the same company
THIRD = "2" + "1" + "1" + "0" + "330" + "0" + "614142"
EXPIRY = "3" + "271231"
START = "4" + "270101"
SERIAL = "5" + "0" + "123456"
RETAILER = "6" + "1" + "0614143"
MISCELLANEOUS = "9" + "1" + "2" + "0" + "1"

POSITIVE = "0" + COMPANY + OFFER
POSITIVE_SERIAL = "0" + "123456"


@pytest.mark.parametrize(
    "data",
    [
        NEEDED,
        NEEDED + SECOND,
        NEEDED + THIRD,
        NEEDED + EXPIRY + START,
        NEEDED + START,
        NEEDED + "2" + "1" + "1" + "9" + "330" + "9",  # the same company
        NEEDED + SERIAL + RETAILER,
        NEEDED + "5" + "9" + "123456789012345",
        NEEDED + MISCELLANEOUS,
        NEEDED + SECOND + THIRD + EXPIRY + MISCELLANEOUS,
        "6" + "061414100000" + OFFER + "5" + "00075" + "5" + "00002" + "9" + "110",  # every length at its greatest
        NEEDED + "3" + "270101" + START,  # valid on one day
        NEEDED + "3" + "280229",
    ],
)
def test_a_coupon_of_the_old_kind_is_read(data: str) -> None:
    (element,) = from_bracketed(f"(8110){data}")
    assert element.value == data


@pytest.mark.parametrize(
    "data",
    [
        POSITIVE + POSITIVE_SERIAL,
        "1" + COMPANY + OFFER + POSITIVE_SERIAL,
        "0" + "0" + "614141" + OFFER + "9" + "123456789012345",
        "0" + "6" + "061414100000" + OFFER + POSITIVE_SERIAL,
    ],
)
def test_a_coupon_of_the_positive_offer_file_is_read(data: str) -> None:
    (element,) = from_bracketed(f"(8112){data}")
    assert element.value == data


def refused(ai: str, marked: str, words: str) -> None:
    """Reading this coupon is refused, with the digits between the bars named in these words."""
    _, bad, _ = marked.split("|")
    data = marked.replace("|", "")
    with pytest.raises(BadElement) as fault:
        from_bracketed(f"({ai}){data}")
    assert fault.value.words == f"({ai}) “{data}”: coupon {words} (“{bad}”)."
    assert fault.value.markup == f"({ai}){marked}"


@pytest.mark.parametrize(
    ("marked", "words"),
    [
        ("|7|" + "0614141", "invalid company prefix length"),
        ("|1|", "truncated company prefix"),
        ("1" + "|061414|", "truncated company prefix"),
        (f"|{COMPANY}|", "truncated offer code"),
        (COMPANY + "|12345|", "truncated offer code"),
        (f"|{COMPANY + OFFER}|", "missing save value length digit"),
        (COMPANY + OFFER + "|0|", "invalid save value length"),
        (COMPANY + OFFER + "|6|" + "000075", "invalid save value length"),
        (COMPANY + OFFER + "3" + "|07|", "truncated save value"),
        (f"|{COMPANY + OFFER + SAVE}|", "missing 1st purchase requirement length digit"),
        (COMPANY + OFFER + SAVE + "|6|" + "000002", "invalid 1st purchase requirement length"),
        (COMPANY + OFFER + SAVE + "2" + "|1|", "truncated 1st purchase requirement"),
        (f"|{COMPANY + OFFER + SAVE}12|", "missing 1st purchase requirement code"),
        (COMPANY + OFFER + SAVE + "12" + "|5|" + "110", "invalid 1st purchase requirement code"),
        (COMPANY + OFFER + SAVE + "120" + "|11|", "truncated 1st purchase family code"),
        (NEEDED + "|7|", "excess data"),
        (NEEDED + "|0000|", "excess data"),
    ],
)
def test_a_fault_in_a_needed_field_is_named(marked: str, words: str) -> None:
    refused("8110", marked, words)


@pytest.mark.parametrize(
    ("marked", "words"),
    [
        (f"|{NEEDED}1|", "missing additional purchase rules code"),
        (NEEDED + "1" + "|4|", "invalid additional purchase rules code"),
        (f"|{NEEDED}10|", "missing 2nd purchase requirement length digit"),
        (NEEDED + "10" + "|0|", "invalid 2nd purchase requirement length"),
        (NEEDED + "10" + "2" + "|1|", "truncated 2nd purchase requirement"),
        (f"|{NEEDED}1011|", "missing 2nd purchase requirement code"),
        (NEEDED + "1011" + "|8|", "invalid 2nd purchase requirement code"),
        (NEEDED + "10110" + "|22|", "truncated 2nd purchase family code"),
        (f"|{NEEDED}10110220|", "missing 2nd purchase company prefix length digit"),
        (NEEDED + "10110220" + "|7|", "invalid 2nd purchase company prefix length"),
        (NEEDED + "10110220" + "0" + "|61414|", "truncated 2nd purchase company prefix"),
        (NEEDED + SECOND + "|1|", "excess data"),
    ],
)
def test_a_fault_in_the_second_purchase_is_named(marked: str, words: str) -> None:
    refused("8110", marked, words)


@pytest.mark.parametrize(
    ("marked", "words"),
    [
        (f"|{NEEDED}2|", "missing 3rd purchase requirement length digit"),
        (NEEDED + "2" + "|9|", "invalid 3rd purchase requirement length"),
        (f"|{NEEDED}21|", "truncated 3rd purchase requirement"),
        (f"|{NEEDED}211|", "missing 3rd purchase requirement code"),
        (NEEDED + "211" + "|5|", "invalid 3rd purchase requirement code"),
        (f"|{NEEDED}2110|", "truncated 3rd purchase family code"),
        (f"|{NEEDED}2110330|", "missing 3rd purchase company prefix length digit"),
        (NEEDED + "2110330" + "|8|", "invalid 3rd purchase company prefix length"),
        (f"|{NEEDED}21103300|", "truncated 3rd purchase company prefix"),
    ],
)
def test_a_fault_in_the_third_purchase_is_named(marked: str, words: str) -> None:
    refused("8110", marked, words)


@pytest.mark.parametrize(
    ("marked", "words"),
    [
        (f"|{NEEDED}3|", "too short for expiration date"),
        (NEEDED + "3" + "|27123|", "too short for expiration date"),
        (NEEDED + "3" + "|271232|", "invalid expiration date"),
        (NEEDED + "3" + "|270229|", "invalid expiration date"),
        (NEEDED + "3" + "|271200|", "invalid expiration date"),
        (NEEDED + "4" + "|2701|", "too short for start date"),
        (NEEDED + "4" + "|271301|", "invalid start date"),
        (NEEDED + EXPIRY + "4" + "|270431|", "invalid start date"),
        (NEEDED + "|3" + "261231" + "4" + "270101|", "expiration before start"),
        (NEEDED + START + "|3" + "271231|", "excess data"),  # the fields come in the order of their digits
    ],
)
def test_a_fault_in_the_time_of_validity_is_named(marked: str, words: str) -> None:
    refused("8110", marked, words)


@pytest.mark.parametrize(
    ("marked", "words"),
    [
        (f"|{NEEDED}5|", "missing serial number length digit"),
        (NEEDED + "5" + "1" + "|123456|", "truncated serial number"),
        (f"|{NEEDED}6|", "missing retailer company prefix or gln length digit"),
        (NEEDED + "6" + "|0|" + "614143", "invalid retailer company prefix or gln length"),
        (NEEDED + "6" + "1" + "|061414|", "truncated retailer company prefix or gln"),
        (f"|{NEEDED}9|", "missing save value code"),
        (NEEDED + "9" + "|3|", "invalid save value code"),
        (f"|{NEEDED}90|", "missing save value applies to item"),
        (NEEDED + "90" + "|3|", "invalid save value applies to item"),
        (f"|{NEEDED}900|", "missing store coupon flag"),
        (f"|{NEEDED}9000|", "missing dont multiply flag"),
        (NEEDED + "9000" + "|2|", "invalid dont multiply flag"),
        (NEEDED + MISCELLANEOUS + "|0|", "excess data"),
    ],
)
def test_a_fault_in_the_last_fields_is_named(marked: str, words: str) -> None:
    refused("8110", marked, words)


@pytest.mark.parametrize(
    ("marked", "words"),
    [
        ("|2|" + COMPANY + OFFER + POSITIVE_SERIAL, "invalid format code"),
        ("|0|", "missing funder length digit"),
        ("0" + "|7|" + "0614141", "invalid funder length"),
        ("0" + "1" + "|061414|", "truncated funder"),
        ("0" + COMPANY + "|12345|", "truncated offer code"),
        (f"|{POSITIVE}|", "missing serial number length digit"),
        (POSITIVE + "0" + "|12345|", "truncated serial number"),
        (POSITIVE + POSITIVE_SERIAL + "|7|", "excess data"),
    ],
)
def test_a_fault_in_a_coupon_of_the_positive_offer_file_is_named(marked: str, words: str) -> None:
    refused("8112", marked, words)


@pytest.mark.parametrize("ai", ["8110", "8112"])
def test_a_coupon_is_digits_and_not_empty(ai: str) -> None:
    with pytest.raises(BadElement, match=re.escape("“A” (character number 3) is not a digit")):
        from_bracketed(f"({ai})01A6141411234560123456")
    with pytest.raises(BadElement, match="nothing follows it"):
        from_bracketed(f"({ai})")
    assert couponcode("") == Fault("COUPON_MISSING_GCP_VLI", 0, 0)
    assert couponposoffer("") == Fault("COUPON_MISSING_FORMAT_CODE", 0, 0)


def test_every_company_of_a_coupon_is_looked_up_where_there_is_a_list() -> None:
    data = NEEDED + SECOND[:-1] + "0614144" + THIRD + RETAILER
    companies = ["0614141", "614144", "614142", "0614143"]
    asked: list[str] = []

    def issued(digits: str) -> bool:
        asked.append(digits)
        return True

    assert lint("couponcode", data, issued) is None
    assert asked == companies
    for company in companies:
        assert lint("couponcode", data, company.__ne__) == Fault("INVALID_GCP_PREFIX", data.index(company), len(company))
    assert lint("couponcode", data, lambda _digits: None) == Fault("GCP_DATASOURCE_OFFLINE", 1, 7)


def test_the_funder_of_a_positive_offer_is_never_looked_up() -> None:
    assert lint("couponposoffer", POSITIVE + POSITIVE_SERIAL, lambda _digits: False) is None


def digits(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=length, max_size=length)


def sized(least: int, most: int, extra: int = 0) -> st.SearchStrategy[str]:
    """A field behind its length digit."""
    return st.one_of([digits(size + extra).map(str(size).__add__) for size in range(least, most + 1)])


def joined(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map("".join)


def optional(field: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(field, max_size=1)


company = sized(0, 6, extra=6)
purchase = joined(sized(1, 5), st.sampled_from("012349"), digits(3))
day = st.dates(date(2001, 1, 1), date(2049, 12, 31)).map("{:%y%m%d}".format)


@st.composite
def validity(draw: st.DrawFn) -> list[str]:
    """The day a coupon expires and the day it begins to count, one of them, or neither."""
    first, last = sorted((draw(day), draw(day)))
    return draw(st.sampled_from([[], ["3" + last], ["4" + first], ["3" + last, "4" + first]]))


@st.composite
def coupons(draw: st.DrawFn) -> list[str]:
    """The fields of a valid coupon of AI (8110): all that is needed, then the optional ones."""
    other = company | st.just("9")
    fields = [
        *draw(optional(joined(st.just("1"), st.sampled_from("0123"), purchase, other))),
        *draw(optional(joined(st.just("2"), purchase, other))),
        *draw(validity()),
        *draw(optional(joined(st.just("5"), sized(0, 9, extra=6)))),
        *draw(optional(joined(st.just("6"), sized(1, 7, extra=6)))),
        *draw(optional(joined(st.just("9"), st.sampled_from("01256"), st.sampled_from("012"), digits(1), st.sampled_from("01")))),
    ]
    return [draw(joined(company, digits(6), sized(1, 5), purchase)), *fields]


@given(coupons())
def test_a_coupon_is_whole_at_the_end_of_a_field_and_nowhere_else(fields: list[str]) -> None:
    data = "".join(fields)
    ends = {len("".join(fields[: count + 1])) for count in range(len(fields))}
    for stop in range(len(data) + 1):
        fault = couponcode(data[:stop])
        assert (fault is None) == (stop in ends)
        assert fault is None or 0 <= fault.start <= fault.start + fault.length <= stop


@given(joined(st.sampled_from("01"), company, digits(6), sized(0, 9, extra=6)), digits(1))
def test_a_positive_offer_is_whole_at_its_end_and_nowhere_else(data: str, more: str) -> None:
    assert couponposoffer(data) is None
    assert all(couponposoffer(data[:stop]) for stop in range(len(data)))
    assert couponposoffer(data + more) == Fault("COUPON_EXCESS_DATA", len(data), 1)
