"""What a check found wrong in a value, and how that is said to a person in a warehouse.

A `Fault` is a code (the name GS1 gives the error, without its prefix) and the characters concerned. `BadElement` says it in a
sentence: which AI, which characters, what is wrong with them.
"""

from __future__ import annotations

from typing import NamedTuple

from chain.errors import BadInput
from chain.gs1.dictionary import Rule


class Fault(NamedTuple):
    """A fault in a value: its code and the characters it concerns, as offset and length."""

    code: str
    start: int
    length: int


_CHARACTER = "the character {bad} (number {place}) may not stand here"
_PADDING = "the padding {bad} at the end is wrong for base64url"

WORDS: dict[str, str] = {
    "NON_DIGIT_CHARACTER": "{bad} (character number {place}) is not a digit",
    "INVALID_CSET82_CHARACTER": _CHARACTER,
    "INVALID_CSET39_CHARACTER": _CHARACTER + " (capitals, digits, # - / only)",
    "INVALID_CSET64_CHARACTER": _CHARACTER + " (letters, digits, - and _ only)",
    "INVALID_CSET64_PADDING": _PADDING,
    "TOO_SHORT_FOR_CHECK_DIGIT": "the check digit is missing",
    "INCORRECT_CHECK_DIGIT": "the check digit {bad} is wrong, so a digit was misread or mistyped",
    "TOO_SHORT_FOR_CHECK_PAIR": "the two check characters are missing",
    "TOO_LONG_FOR_CHECK_PAIR_IMPLEMENTATION": "it is too long for a pair of check characters",
    "INCORRECT_CHECK_PAIR": "the check characters {bad} are wrong, so a character was misread or mistyped",
    "TOO_SHORT_FOR_GCP": "it is too short to hold a GS1 company prefix",
    "INVALID_GCP_PREFIX": "{bad} is no GS1 company prefix",
    "GCP_DATASOURCE_OFFLINE": "the company prefix {bad} could not be looked up",
    "REQUIRES_NON_DIGIT_CHARACTER": "at least one character must not be a digit",
    "ILLEGAL_ZERO_VALUE": "{bad} may not be zero",
    "ILLEGAL_ZERO_PREFIX": "it may not begin with a zero",
    "NOT_ZERO": "{bad} must be zero",
    "NOT_ZERO_OR_ONE": "{bad} must be 0 (no) or 1 (yes)",
    "NOT_HYPHEN": "{bad} must be a hyphen, which marks a value below zero",
    "INVALID_WINDING_DIRECTION": "the winding direction {bad} must be 0, 1 or 9",
    "INVALID_BIOLOGICAL_SEX_CODE": "{bad} must be 0, 1, 2 or 9 (ISO/IEC 5218)",
    "DATE_TOO_SHORT": "the date is too short",
    "DATE_TOO_LONG": "the date is too long",
    "ILLEGAL_MONTH": "the month {bad} is not 01 to 12",
    "ILLEGAL_DAY": "the day {bad} does not exist in that month",
    "HOUR_TOO_SHORT": "the hour needs two digits",
    "HOUR_TOO_LONG": "the hour has more than two digits",
    "ILLEGAL_HOUR": "the hour {bad} is not 00 to 23",
    "HOUR_WITH_MINUTE_TOO_SHORT": "the time needs four digits",
    "HOUR_WITH_MINUTE_TOO_LONG": "the time has more than four digits",
    "MINUTE_TOO_SHORT": "the minute needs two digits",
    "MINUTE_TOO_LONG": "the minute has more than two digits",
    "ILLEGAL_MINUTE": "the minute {bad} is not 00 to 59",
    "SECOND_TOO_SHORT": "the second needs two digits",
    "SECOND_TOO_LONG": "the second has more than two digits",
    "ILLEGAL_SECOND": "the second {bad} is not 00 to 59",
    "NOT_ISO3166": "{bad} is not the number of a country (ISO 3166)",
    "NOT_ISO3166_OR_999": "{bad} is neither the number of a country (ISO 3166) nor 999",
    "NOT_ISO3166_ALPHA2": "{bad} is not the two-letter code of a country (ISO 3166)",
    "NOT_ISO4217": "{bad} is not the number of a currency (ISO 4217)",
    "ILLEGAL_IBAN_COUNTRY_CODE": "the bank account does not begin with the code of a country, but with {bad}",
    "IBAN_TOO_SHORT": "the bank account number (IBAN) is too short",
    "IBAN_TOO_LONG": "the bank account number (IBAN) is too long",
    "INVALID_IBAN_CHARACTER": _CHARACTER + " in a bank account number (IBAN)",
    "INCORRECT_IBAN_CHECKSUM": "the check digits {bad} of the bank account number (IBAN) are wrong",
    "IMPORTER_IDX_MUST_BE_ONE_CHARACTER": "the importer index must be one character",
    "INVALID_IMPORT_IDX_CHARACTER": "the importer index {bad} must be a letter, a digit, - or _",
    "INVALID_MEDIA_TYPE": "{bad} is not a known media type",
    "INVALID_PACKAGE_TYPE": "{bad} is not a known package type",
    "INVALID_PERCENT_SEQUENCE": "{bad} is not a percent sign followed by two hexadecimal digits",
    "INVALID_LENGTH_FOR_PIECE_OF_TOTAL": "piece and total must have the same number of digits",
    "ZERO_PIECE_NUMBER": "the piece number {bad} may not be zero",
    "ZERO_TOTAL_PIECES": "the number of pieces {bad} may not be zero",
    "PIECE_NUMBER_EXCEEDS_TOTAL": "the piece number is greater than the number of pieces in {bad}",
    "POSITION_IN_SEQUENCE_MALFORMED": "{bad} must be a position and an end, such as 1/3",
    "POSITION_EXCEEDS_END": "the position is greater than the end in {bad}",
    "LATITUDE_INVALID_LENGTH": "the latitude needs ten digits",
    "INVALID_LATITUDE": "the latitude {bad} is greater than 1800000000",
    "LONGITUDE_INVALID_LENGTH": "the longitude needs ten digits",
    "INVALID_LONGITUDE": "the longitude {bad} is greater than 3600000000",
    "DATA_TOO_SHORT": "it has {length} characters, at least {shortest} are needed",
    "DATA_TOO_LONG": "it has {length} characters, at most {longest} are allowed",
    "DATA_EMPTY": "nothing follows it",
    "COMPONENT_TOO_SHORT": "{bad} is too short",
}


def words_of(code: str) -> str:
    """The words of a fault code, with places for {bad}, {place} and lengths. Coupon faults are made from their names."""
    known = WORDS.get(code)
    if known is not None:
        return known
    words = code.lower().replace("_", " ").replace("exipiration", "expiration")
    return words.replace("vli", "length digit").replace("gcp", "company prefix") + " ({bad})"


_MOST_SHOWN = 90


def shown(value: str) -> str:
    """A value as it may stand in a sentence: cut where it is long, characters that are not plain ASCII by their numbers."""
    if len(value) > _MOST_SHOWN:
        value = value[:_MOST_SHOWN] + "..."
    if value.isascii() and value.isprintable():
        return value
    return "".join(one if " " <= one <= "~" else "<GS>" if one == "\x1d" else f"<{ord(one):02X}>" for one in value)


class BadElement(BadInput):
    """A value that breaks the rule of its AI.

    `ai` and `value` are what was read, `fault` says where in the value; `part` is the end of the component that was checked.
    """

    def __init__(self, rule: Rule, value: str, fault: Fault, part: int | None = None) -> None:
        bad = value[fault.start : fault.start + fault.length]
        what = words_of(fault.code).format(
            bad=f"“{shown(bad)}”", place=fault.start + 1, length=len(value), shortest=rule.minimum, longest=rule.maximum
        )
        super().__init__(f"{rule.name} “{shown(value)}”: {what}.", ai=rule.ai, value=value, fault=fault)
        self.ai = rule.ai
        self.value = value
        self.fault = fault
        self.part = len(value) if part is None else part

    @property
    def markup(self) -> str:
        """The value with the bad characters between bars, as far as the component goes: ``(8001)1|X|34``."""
        start, stop = self.fault.start, self.fault.start + self.fault.length
        return f"({self.ai}){self.value[:start]}|{self.value[start:stop]}|{self.value[stop : self.part]}"
