"""From any text a scanner or a person delivers to GS1 elements: which of the many forms is this, and is it whole?

Takes Digital Links, element strings (with AIM identifiers, with FNC1, with carets, with brackets), EPC URNs, and the plain
digits of retail codes and logistic labels. Refuses what is too long, what holds characters that hide or deceive, and what
only looks whole: letters swapped by Caps Lock, fields that ran together because a separator was lost. Opens nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from chain.errors import BadInput
from chain.gs1 import epc, links
from chain.gs1.dates import full_year, today
from chain.gs1.dictionary import RULES
from chain.gs1.element_strings import FNC1, Element, from_bracketed, from_raw
from chain.gs1.faults import shown
from chain.gs1.linters import check_digit
from chain.gs1.times import yymmd0

LONGEST = 4096

# AIM identifiers whose data are AIs; those of retail codes; those whose data are anything.
_AI_SYMBOLS = frozenset({"C1", "d2", "Q3", "J1", "e0", "e1", "e2"})
_RETAIL_SYMBOLS = {"E0": 13, "E3": 13, "E4": 8}
_PLAIN_SYMBOLS = frozenset({"Q0", "Q1", "Q2", "d0", "d1", "d4", "J0", "J3", "C0", "I0", "I1", "I2"})

_NUMBERS = {8: "GTIN-8", 12: "GTIN-12", 13: "GTIN-13", 14: "GTIN-14", 18: "SSCC"}
_DATE_AIS = frozenset({"11", "12", "13", "15", "16", "17"})


class Doubtful(BadInput):
    """A text that could be read, but whose likely story is another one. `hint` says what to do."""

    def __init__(self, words: str, hint: str) -> None:
        super().__init__(words, hint=hint)
        self.hint = hint


class Reading(NamedTuple):
    """The elements of a text. `separated` is True where nothing can have run together unnoticed."""

    elements: tuple[Element, ...]
    separated: bool = True


def read(text: str, on: date | None = None) -> Reading:
    """Read a text in whatever form it comes. Raises BadInput or one of its kinds.

    What one symbol alone cannot decide is left to the caller: whether AIs lack a partner or contradict each other. `on` is the
    day from which it is judged whether a date is plausible (default: today).
    """
    text = cleaned(text)
    if not text.startswith("]"):
        return _plain(text, on)
    identifier, data = text[1:3], text[3:]
    if identifier in _RETAIL_SYMBOLS:
        return _retail(data, _RETAIL_SYMBOLS[identifier], on)
    if identifier in _AI_SYMBOLS:
        return _raw(data.removeprefix(FNC1), on)
    if identifier not in _PLAIN_SYMBOLS:
        raise BadInput(f"“]{shown(identifier)}” names a kind of code that carries no GS1 data.")
    if not data:
        raise BadInput("The code is empty.")
    reading = _plain(data, on)
    if data[:1].isdigit() and len(data) not in _NUMBERS:
        raise Doubtful(
            "The code holds GS1 fields, but it was not printed as a GS1 code.",
            "The label lacks the FNC1 character at its beginning: its maker has to print it as GS1 data.",
        )
    return reading


def cleaned(text: str) -> str:
    """The text without line ends and blanks around it. Raises BadInput where it is empty, too long or deceptive."""
    if len(text) > LONGEST:
        raise BadInput(f"The text is too long: {len(text)} characters, at most {LONGEST} are read.")
    text = text.strip(" \t\r\n")
    if not text:
        raise BadInput("The text is empty.")
    if not text.isascii():
        raise BadInput(_stranger(text))
    if not text.isprintable():
        for place, character in enumerate(text, 1):
            if character != FNC1 and not character.isprintable():
                raise BadInput(f"Character number {place} is the control character 0x{ord(character):02X}.")
    return text


def _stranger(text: str) -> str:
    """Words for the first character that is not ASCII, the invisible ones first."""
    import unicodedata

    strange = [(place, character) for place, character in enumerate(text, 1) if character > "\x7f"]
    for place, character in strange:
        kind = unicodedata.category(character)
        if kind in ("Cf", "Zl", "Zp", "Mn", "Me"):
            name = unicodedata.name(character, "no name").lower()
            what = "turns the direction of writing" if unicodedata.bidirectional(character) != "BN" else "is invisible"
            what = "is invisible" if kind != "Cf" else what
            return f"Character number {place} {what} (U+{ord(character):04X}, {name}): no GS1 code holds it."
    place, character = strange[0]
    name = unicodedata.name(character, "no name").lower()
    character_shown = f", “{character}”" if character.isprintable() else ""
    return (
        f"Character number {place}{character_shown} (U+{ord(character):04X}, {name}), does not exist in GS1 codes, "
        "even where it looks like one that does."
    )


def _plain(text: str, on: date | None) -> Reading:
    head = text[:8].lower()
    if head.startswith(("http://", "https://")):
        return _link(text)
    if head == "urn:epc:":
        return Reading(epc.from_urn(text))
    if text.startswith("("):
        return Reading(from_bracketed(text))
    if text.startswith("^"):
        return Reading(from_raw(text[1:], "^"))
    if text.startswith(FNC1):
        return Reading(from_raw(text[1:]))
    if len(text) in _NUMBERS and text.isdigit():
        return _number(text)
    return _raw(text, on)


def _link(text: str) -> Reading:
    colon = text.index(":")
    if _caps_lock(text):
        raise Doubtful(
            "The web address begins in capitals and goes on in small letters.",
            "Caps Lock seems to be on at the keyboard this scanner types for: turn it off and scan again.",
        )
    return Reading(links.read(text[:colon].lower() + text[colon:], links.FROM_LABELS).elements)


def _caps_lock(text: str) -> bool:
    """Whether scheme and domain are capitals and letters of the path are not, or our own parameter came as ``WP``.

    A scanner prints no such thing by itself: codes in capitals are written so to save space, and then throughout.
    """
    slash = text.find("/", text.index("://") + 3)
    if slash < 0 or not text[:slash].isupper():
        return False
    path, _, query = text[slash:].partition("?")
    return any(character.islower() for character in links.unescaped_letters(path)) or "WP=" in query


def _raw(text: str, on: date | None) -> Reading:
    """Raw element strings without a mark that separators survive: look whether fields ran together."""
    separated = FNC1 in text
    elements = from_raw(text)
    if not separated:
        tail = swallowed(elements, on)
        if tail:
            raise Doubtful(
                f"{elements[-1]} seems to have swallowed the field {tail}: the separator between them is missing.",
                "Set the scanner to transmit the separator (FNC1 as ASCII 29, GS). If it does, the label is misprinted.",
            )
    return Reading(elements, separated)


def swallowed(elements: Sequence[Element], on: date | None = None) -> str:
    """The field that the last value seems to have swallowed, such as ``(17)251231``; empty where there is no sign of it.

    The sign is an expiry date (17) at the very end, or any date AI followed by a lot, a serial or another date; the AIs are not
    there otherwise, and the dates are plausible (5 years back to 10 ahead). A serial of 20 random digits, alone with its GTIN in
    a text without separators, shows the sign by chance about once in 11,000 (18 of 200,000 measured).
    """
    last = elements[-1]
    if RULES[last.ai].fixed:
        return ""
    present = {element.ai for element in elements}
    for at in range(1, len(last.value) - 7):
        if _fields(last.value[at:], present, (on or today()).year):
            return f"({last.value[at : at + 2]}){last.value[at + 2 : at + 8]}"
    return ""


def _fields(tail: str, present: set[str], year: int, chained: bool = False) -> bool:
    ai, day, rest = tail[:2], tail[2:8], tail[8:]
    if ai not in _DATE_AIS or ai in present or yymmd0(day) or not -5 <= full_year(int(day[:2]), year) - year <= 10:
        return False
    next_ai = rest[:2]
    if next_ai in ("10", "21"):
        return next_ai not in present and len(rest) > 2
    return _fields(rest, present | {ai}, year, True) if rest else chained or ai == "17"


def _retail(data: str, length: int, on: date | None) -> Reading:
    digits, bar, composite = data.partition("|]e0")
    if len(digits) > length and digits[:length].isdigit() and len(digits) - length in (2, 5) and length == 13:
        digits = digits[:13]  # an add-on of 2 or 5 digits, as on periodicals
    if len(digits) != length or not digits.isdigit():
        raise BadInput(f"This code should hold {length} digits and holds “{shown(digits)}”.")
    reading = _number(digits)
    return Reading(reading.elements + _raw(composite, on).elements) if bar else reading


def _number(digits: str) -> Reading:
    right = check_digit(digits[:-1])
    if digits[-1] != right:
        raise BadInput(
            f"“{digits}” has {len(digits)} digits like a {_NUMBERS[len(digits)]}, but its check digit is wrong "
            f"(it would have to be {right}).",
            digits=digits,
        )
    return Reading((Element("00", digits),) if len(digits) == 18 else (Element("01", digits.rjust(14, "0")),))
