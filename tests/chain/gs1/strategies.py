"""Hypothesis strategies: valid values of any AI, and items."""

from __future__ import annotations

import string
from datetime import date

from hypothesis import strategies as st

from chain.gs1.character_sets import CSET_82
from chain.gs1.code_lists import COUNTRY_LETTERS, COUNTRY_NUMBERS, CURRENCY_NUMBERS, MEDIA_TYPES, PACKAGE_TYPES
from chain.gs1.dictionary import KNOWN, RULES, Component
from chain.gs1.element_strings import Element
from chain.gs1.linters import check_digit, check_pair
from chain.journey import Item

_ALPHABETS = {
    "N": string.digits,
    "X": CSET_82,
    "Y": "#-/" + string.digits + string.ascii_uppercase,
    "Z": string.ascii_letters + string.digits + "-_",
}
_CHOICES = {
    "iso3166": COUNTRY_NUMBERS,
    "iso3166999": COUNTRY_NUMBERS | {"999"},
    "iso3166alpha2": COUNTRY_LETTERS,
    "iso4217": CURRENCY_NUMBERS,
    "iso5218": frozenset("0129"),
    "mediatype": MEDIA_TYPES,
    "packagetype": PACKAGE_TYPES,
    "winding": frozenset("019"),
    "yesno": frozenset("01"),
    "zero": frozenset("0"),
    "hyphen": frozenset("-"),
    "iban": frozenset({"DE89370400440532013000", "GB82WEST12345698765432"}),
    "couponcode": frozenset({"012345612345611110123"}),
    "couponposoffer": frozenset({"001234561234560123456"}),
}


def _digits(length: int) -> st.SearchStrategy[str]:
    return st.text(string.digits, min_size=length, max_size=length)


def _dates(pattern: str, day0: bool) -> st.SearchStrategy[str]:
    known = st.dates(date(2001, 1, 1), date(2049, 12, 31)).map(lambda day: day.strftime(pattern))
    return known | known.map(lambda text: text[:-2] + "00") if day0 else known


def _pieces(total: int) -> st.SearchStrategy[str]:
    return st.integers(1, total).map(lambda piece: f"{piece:02d}{total:02d}")


_MADE = {
    "yymmd0": _dates("%y%m%d", True),
    "yymmdd": _dates("%y%m%d", False),
    "yyyymmdd": _dates("%Y%m%d", False),
    "hh": st.integers(0, 23).map("{:02d}".format),
    "mi": st.integers(0, 59).map("{:02d}".format),
    "ss": st.integers(0, 59).map("{:02d}".format),
    "hhmi": st.times().map(lambda time: time.strftime("%H%M")),
    "pieceoftotal": st.integers(1, 99).flatmap(_pieces),
    "posinseqslash": st.sampled_from(("1/1", "1/2", "3/9")),
    "latitude": st.integers(0, 1_800_000_000).map("{:010d}".format),
    "longitude": st.integers(0, 3_600_000_000).map("{:010d}".format),
    "importeridx": st.sampled_from(_ALPHABETS["Z"]),
}


def component_values(part: Component) -> st.SearchStrategy[str]:
    """Values that a component accepts."""
    for name in part.linters:
        if name in _CHOICES:
            return st.sampled_from(sorted(_CHOICES[name]))
        if name in _MADE:
            return _MADE[name]
    linters = set(part.linters)
    if "csum" in linters:
        return _digits(part.maximum - 1).map(lambda digits: digits + check_digit(digits))
    if "csumalpha" in linters:
        text = st.text(_ALPHABETS["X"], min_size=1, max_size=part.maximum - 7)
        return st.tuples(_digits(4), text).map(lambda two: two[0] + "A" + two[1] + check_pair(two[0] + "A" + two[1]))
    minimum = max(part.minimum, 5) if "gcppos1" in linters else part.minimum
    values = st.text(_ALPHABETS[part.cset], min_size=minimum, max_size=part.maximum)
    if "gcppos1" in linters:
        return values.map(lambda text: "9506" + text[4:])
    if "nonzero" in linters:
        return values.map(lambda text: text[:-1] + "7")
    if "nozeroprefix" in linters:
        return values.map(lambda text: "1" + text[1:])
    return values.map(lambda text: text.replace("%", "+")) if "pcenc" in linters else values


_ANY_AI = st.sampled_from(sorted(KNOWN))


@st.composite
def elements(draw: st.DrawFn, ais: st.SearchStrategy[str] = _ANY_AI) -> Element:
    """A valid element of any AI."""
    rule = RULES[draw(ais)]
    parts: list[str] = []
    for part in rule.components:
        if part.optional and draw(st.booleans()):
            break
        parts.append(draw(component_values(part)))
    return Element(rule.ai, "".join(parts))


gtins = _digits(13).filter(lambda digits: digits.strip("0") != "").map(lambda digits: digits + check_digit(digits))
ssccs = _digits(17).filter(lambda digits: digits.strip("0") != "").map(lambda digits: digits + check_digit(digits))
codes = st.text(CSET_82, max_size=20)
expiries = st.none() | st.dates(date(2000, 1, 1), date(2070, 12, 31))

goods = st.builds(Item, gtin=gtins, serial=codes, lot=codes, expiry=expiries)
items: st.SearchStrategy[Item] = goods | st.builds(Item, sscc=ssccs)
