"""The linters of the GS1 syntax dictionary: each looks at one component of a value and says what is wrong with it.

A linter is a function of the text that returns None or the first `Fault`. It refuses nothing that needs a look at the outside
world: whether a company prefix was ever issued is asked of a `Prefixes` function only where the caller has one.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from chain.gs1.character_sets import CSET_82, cset39, cset64, cset82, csetnumeric
from chain.gs1.code_lists import COUNTRY_LETTERS, COUNTRY_NUMBERS, CURRENCY_NUMBERS, MEDIA_TYPES, PACKAGE_TYPES
from chain.gs1.coupons import couponcode, couponposoffer
from chain.gs1.faults import Fault
from chain.gs1.prefixes import Prefixes, gcppos1, gcppos2
from chain.gs1.times import hh, hhmi, mi, ss, yymmd0, yymmdd, yyyymmd0, yyyymmdd

Linter = Callable[[str], Fault | None]

_NOT_DIGIT = re.compile(r"[^0-9]")
_NOT_INDEX = re.compile(r"[^A-Za-z0-9_\-]")
_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SLASH = re.compile(r"([0-9]+)/([0-9]+)")

_WEIGHT_82 = {character: weight for weight, character in enumerate(CSET_82)}
_CSET_32 = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_PRIMES = tuple(n for n in range(2, 510) if all(n % d for d in range(2, int(n**0.5) + 1)))
_IBAN = {character: str(value) for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}


def check_digit(digits: str) -> str:
    """The GS1 check digit that belongs behind these digits (GS1 General Specifications 7.9.1)."""
    heavy = sum(map(int, digits[-1::-2]))
    return str(-(3 * heavy + sum(map(int, digits[-2::-2]))) % 10)


def check_pair(text: str) -> str:
    """The two check characters that belong behind a GMN or a UDI-DI (GS1 General Specifications 7.9.5)."""
    total = sum(_WEIGHT_82[character] * prime for character, prime in zip(reversed(text), _PRIMES, strict=False)) % 1021
    return _CSET_32[total >> 5] + _CSET_32[total & 31]


def csum(data: str) -> Fault | None:
    """A right check digit at the end."""
    if not data:
        return Fault("TOO_SHORT_FOR_CHECK_DIGIT", 0, 0)
    fault = csetnumeric(data)
    if fault:
        return fault
    return None if check_digit(data[:-1]) == data[-1] else Fault("INCORRECT_CHECK_DIGIT", len(data) - 1, 1)


def csumalpha(data: str) -> Fault | None:
    """A right pair of check characters at the end."""
    if len(data) > len(_PRIMES) + 2:
        return Fault("TOO_LONG_FOR_CHECK_PAIR_IMPLEMENTATION", 0, len(data))
    if len(data) < 2:
        return Fault("TOO_SHORT_FOR_CHECK_PAIR", 0, len(data))
    fault = cset82(data[:-2])
    if fault:
        return fault
    return None if check_pair(data[:-2]) == data[-2:] else Fault("INCORRECT_CHECK_PAIR", len(data) - 2, 2)


def hasnondigit(data: str) -> Fault | None:
    """At least one character that is no digit."""
    return None if _NOT_DIGIT.search(data) else Fault("REQUIRES_NON_DIGIT_CHARACTER", 0, len(data))


def nonzero(data: str) -> Fault | None:
    """A number that is not zero."""
    return csetnumeric(data) or (None if data.strip("0") else Fault("ILLEGAL_ZERO_VALUE", 0, len(data)))


def nozeroprefix(data: str) -> Fault | None:
    """A number that does not begin with a zero."""
    return Fault("ILLEGAL_ZERO_PREFIX", 0, 1) if data.startswith("0") else csetnumeric(data)


def zero(data: str) -> Fault | None:
    """Zeros only."""
    return None if data and not data.strip("0") else Fault("NOT_ZERO", 0, len(data))


def hyphen(data: str) -> Fault | None:
    """Hyphens only."""
    return None if data and not data.strip("-") else Fault("NOT_HYPHEN", 0, len(data))


def pcenc(data: str) -> Fault | None:
    """Percent signs only where two hexadecimal digits follow."""
    at = 0
    while (at := data.find("%", at)) >= 0:
        if _PERCENT.match(data, at):
            return Fault("INVALID_PERCENT_SEQUENCE", at, min(3, len(data) - at))
        at += 3
    return None


def pieceoftotal(data: str) -> Fault | None:
    """A piece number and a number of pieces with as many digits."""
    fault = csetnumeric(data)
    if fault:
        return fault
    half, odd = divmod(len(data), 2)
    if odd or not half:
        return Fault("INVALID_LENGTH_FOR_PIECE_OF_TOTAL", 0, len(data))
    piece, total = data[:half], data[half:]
    if not piece.strip("0"):
        return Fault("ZERO_PIECE_NUMBER", 0, half)
    if not total.strip("0"):
        return Fault("ZERO_TOTAL_PIECES", half, half)
    return Fault("PIECE_NUMBER_EXCEEDS_TOTAL", 0, len(data)) if piece > total else None


def posinseqslash(data: str) -> Fault | None:
    """A position and an end with a slash between, such as 1/3."""
    parts = _SLASH.fullmatch(data)
    if not parts:
        return Fault("POSITION_IN_SEQUENCE_MALFORMED", 0, len(data))
    position, end = parts.groups()
    if position.startswith("0"):
        return Fault("ILLEGAL_ZERO_PREFIX", 0, len(position))
    if end.startswith("0"):
        return Fault("ILLEGAL_ZERO_PREFIX", len(position) + 1, len(end))
    return Fault("POSITION_EXCEEDS_END", 0, len(data)) if (len(position), position) > (len(end), end) else None


def _listed(codes: frozenset[str], code: str, what: str) -> Linter:
    def linter(data: str) -> Fault | None:
        return None if data in codes else Fault(code, 0, len(data))

    linter.__doc__ = f"One of {what}."
    return linter


iso3166 = _listed(COUNTRY_NUMBERS, "NOT_ISO3166", "the country numbers of ISO 3166")
iso3166999 = _listed(COUNTRY_NUMBERS | {"999"}, "NOT_ISO3166_OR_999", "the country numbers of ISO 3166, or 999")
iso3166alpha2 = _listed(COUNTRY_LETTERS, "NOT_ISO3166_ALPHA2", "the two-letter country codes of ISO 3166")
iso4217 = _listed(CURRENCY_NUMBERS, "NOT_ISO4217", "the currency numbers of ISO 4217")
iso5218 = _listed(frozenset("0129"), "INVALID_BIOLOGICAL_SEX_CODE", "the codes of ISO/IEC 5218")
mediatype = _listed(MEDIA_TYPES, "INVALID_MEDIA_TYPE", "the AIDC media types")
packagetype = _listed(PACKAGE_TYPES, "INVALID_PACKAGE_TYPE", "the package types of GS1")
winding = _listed(frozenset("019"), "INVALID_WINDING_DIRECTION", "the winding directions of a roll")
yesno = _listed(frozenset("01"), "NOT_ZERO_OR_ONE", "0 and 1")


def importeridx(data: str) -> Fault | None:
    """One letter, digit, hyphen or low line."""
    if len(data) != 1:
        return Fault("IMPORTER_IDX_MUST_BE_ONE_CHARACTER", 0, len(data))
    return Fault("INVALID_IMPORT_IDX_CHARACTER", 0, 1) if _NOT_INDEX.search(data) else None


def iban(data: str) -> Fault | None:
    """An international bank account number: country, check digits, 11 to 34 characters (ISO 13616)."""
    if len(data) < 4:
        return Fault("IBAN_TOO_SHORT", 0, len(data))
    if iso3166alpha2(data[:2]):
        return Fault("ILLEGAL_IBAN_COUNTRY_CODE", 0, 2)
    if not 10 < len(data) <= 34:
        return Fault("IBAN_TOO_LONG" if len(data) > 34 else "IBAN_TOO_SHORT", 0, len(data))
    for place in (*range(4, len(data)), *range(4)):
        if data[place] not in _IBAN:
            return Fault("INVALID_IBAN_CHARACTER", place, 1)
    turned = "".join(_IBAN[character] for character in data[4:] + data[:4])
    return None if int(turned) % 97 == 1 else Fault("INCORRECT_IBAN_CHECKSUM", 2, 2)


def _angle(name: str, limit: int) -> Linter:
    def linter(data: str) -> Fault | None:
        if len(data) != 10:
            return Fault(f"{name}_INVALID_LENGTH", 0, len(data))
        return csetnumeric(data) or (Fault(f"INVALID_{name}", 0, 10) if int(data) > limit else None)

    linter.__doc__ = f"A {name.lower()} in ten-millionths of a degree, moved so that none is below zero."
    return linter


latitude = _angle("LATITUDE", 1_800_000_000)
longitude = _angle("LONGITUDE", 3_600_000_000)

CSETS: dict[str, Linter] = {"N": csetnumeric, "X": cset82, "Y": cset39, "Z": cset64}

LINTERS: dict[str, Linter] = {
    "csetnumeric": csetnumeric,
    "cset82": cset82,
    "cset39": cset39,
    "cset64": cset64,
    "csum": csum,
    "csumalpha": csumalpha,
    "gcppos1": gcppos1,
    "gcppos2": gcppos2,
    "hasnondigit": hasnondigit,
    "nonzero": nonzero,
    "nozeroprefix": nozeroprefix,
    "zero": zero,
    "hyphen": hyphen,
    "pcenc": pcenc,
    "pieceoftotal": pieceoftotal,
    "posinseqslash": posinseqslash,
    "hh": hh,
    "mi": mi,
    "ss": ss,
    "hhmi": hhmi,
    "yyyymmd0": yyyymmd0,
    "yyyymmdd": yyyymmdd,
    "yymmd0": yymmd0,
    "yymmdd": yymmdd,
    "iso3166": iso3166,
    "iso3166999": iso3166999,
    "iso3166alpha2": iso3166alpha2,
    "iso4217": iso4217,
    "iso5218": iso5218,
    "mediatype": mediatype,
    "packagetype": packagetype,
    "winding": winding,
    "yesno": yesno,
    "importeridx": importeridx,
    "iban": iban,
    "latitude": latitude,
    "longitude": longitude,
    "couponcode": couponcode,
    "couponposoffer": couponposoffer,
}

_ASKING: dict[str, Callable[[str, Prefixes], Fault | None]] = {
    "gcppos1": gcppos1,
    "gcppos2": gcppos2,
    "couponcode": couponcode,
}


def lint(name: str, data: str, prefixes: Prefixes | None = None) -> Fault | None:
    """What the linter of this name says of the text; with `prefixes`, company prefixes are looked up as well."""
    if prefixes is not None and name in _ASKING:
        return _ASKING[name](data, prefixes)
    return LINTERS[name](data)
