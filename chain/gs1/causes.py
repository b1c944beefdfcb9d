"""Harmless causes: why a genuine label may read wrong, each with what to do about it, in the words of a warehouse.

In Europe's medicine system nearly all alarms have such a cause: the keyboard layout a scanner types for, Caps Lock, a lost
separator, a date written in another order. They are named, never repaired silently: a guess could turn one item into another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date

from chain.errors import BadInput
from chain.gs1.dates import calendar_date
from chain.gs1.dictionary import RULES, rule_at
from chain.gs1.element_strings import FNC1, Element
from chain.gs1.faults import BadElement
from chain.gs1.links import NoKey
from chain.gs1.reading import LONGEST, Doubtful, Reading, read
from chain.gs1.times import yymmd0

# The 47 keys of a keyboard row by row, without and with Shift, as they are marked in each country.
_US = (
    "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./",
    '~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:"ZXCVBNM<>?',
)
LAYOUTS: dict[str, tuple[str, str]] = {
    "German": (
        "^1234567890ß´qwertzuiopü+#asdfghjklöäyxcvbnm,.-",
        "°!\"§$%&/()=?`QWERTZUIOPÜ*'ASDFGHJKLÖÄYXCVBNM;:_",
    ),
    "French": (
        "²&é\"'(-è_çà)=azertyuiop^$*qsdfghjklmùwxcvbn,;:!",
        "²1234567890°+AZERTYUIOP¨£µQSDFGHJKLM%WXCVBN?./§",
    ),
    "Italian": (
        "\\1234567890'ìqwertyuiopè+ùasdfghjklòàzxcvbnm,.-",
        '|!"£$%&/()=?^QWERTYUIOPé*§ASDFGHJKLç°ZXCVBNM;:_',
    ),
    "Spanish": (
        "º1234567890'¡qwertyuiop`+çasdfghjklñ´zxcvbnm,.-",
        'ª!"·$%&/()=?¿QWERTYUIOP^*ÇASDFGHJKLÑ¨ZXCVBNM;:_',
    ),
    "Nordic": (
        "§1234567890+´qwertyuiopå¨'asdfghjklöäzxcvbnm,.-",
        '½!"#¤%&/()=?`QWERTYUIOPÅ^*ASDFGHJKLÖÄZXCVBNM;:_',
    ),
    "Swiss": (
        "§1234567890'^qwertzuiopü¨$asdfghjklöäyxcvbnm,.-",
        '°+"*ç%&/()=?`QWERTZUIOPè!£ASDFGHJKLéàYXCVBNM;:_',
    ),
    "British": (
        "`1234567890-=qwertyuiop[]#asdfghjkl;'zxcvbnm,./",
        '¬!"£$%^&*()_+QWERTYUIOP{}~ASDFGHJKL:@ZXCVBNM<>?',
    ),
}

_SEPARATORS = (
    "<GS>",
    "[GS]",
    "{GS}",
    "<FNC1>",
    "\u241d",
    "\\x1d",
    "\\u001d",
    "\\F",
    "^]",
    "~1",
    "~",
    "|",
    "#",
    "@",
    "$",
    "^",
    " ",
)
_BEGINNING = re.compile(r"https?://\S+/\d{2,4}/|\](?:C1|d2|Q3|Q1|J1|e0|E0|E4)\d|\(\d{2,4}\)", re.IGNORECASE)
_DOMAIN = re.compile(r"[A-Za-z0-9.-]+\.[A-Za-z]{2,}(?::\d+)?/")
_DATE_FAULTS = ("ILLEGAL_MONTH", "ILLEGAL_DAY")
_ORDERS: dict[str, Callable[[str], str]] = {
    "day, month, year": lambda value: value[4:6] + value[2:4] + value[:2],
    "month, day, year": lambda value: value[4:6] + value[:4],
}


def _readable(text: str) -> Reading | None:
    try:
        return read(text)
    except BadInput:
        return None


def hint_for(text: str, fault: BadInput) -> str:
    """What to do about a text that could not be read; empty where no harmless cause fits."""
    text = text[:LONGEST].strip(" \t\r\n")
    if isinstance(fault, Doubtful):
        return _separator(text) or fault.hint
    if not text or _readable(text):
        return ""
    return _keyboard(text) or _separator(text) or _of_value(fault) or _of_address(text, fault) or _of_symbol(text, fault)


def _keyboard(text: str) -> str:
    if _readable(text.swapcase()) or (text.startswith("]") and _readable(text[:3].swapcase() + text[3:])):
        return "Caps Lock seems to be on at the keyboard this scanner types for: turn it off and scan again."
    if _BEGINNING.match(text):
        return ""
    sure: list[tuple[str, str]] = []
    likely: list[tuple[str, str]] = []
    for country, layout in LAYOUTS.items():
        for typed, meant, pair in ((layout, _US, ("US", country)), (_US, layout, (country, "US"))):
            back = text.translate(dict(zip(map(ord, "".join(typed)), "".join(meant), strict=True)))
            for candidate in (back, back.swapcase()):
                if _readable(candidate):
                    sure.append(pair)
                    break
                if _BEGINNING.match(candidate):
                    likely.append(pair)
                    break
    pairs = sure or likely
    if not pairs:
        return ""
    return (
        f"The scanner types for {_keyboards(scanner for scanner, _ in pairs)} and this computer is set to "
        f"{_keyboards(computer for _, computer in pairs)}: set both to the same country and scan again."
    )


def _keyboards(countries: Iterable[str]) -> str:
    names = " / ".join(dict.fromkeys(countries))
    return f"an {names} keyboard" if names[0] == "I" else f"a {names} keyboard"


def _separator(text: str) -> str:
    for mark in _SEPARATORS:
        if mark in text[1:]:
            reading = _readable(text[:1] + text[1:].replace(mark, FNC1))
            if reading and len(reading.elements) > 1:
                shown = "a space" if mark == " " else f"“{mark}”"
                return f"The scanner delivers the separator between fields as {shown}: set it to send ASCII 29 (GS)."
    return ""


def _of_value(fault: BadInput) -> str:
    if not isinstance(fault, BadElement):
        digits = str(fault.details.get("digits", ""))
        upce = " If it is a UPC-E code, set the scanner to deliver it as UPC-A." if len(digits) == 8 and digits[0] in "01" else ""
        return _AGAIN + upce if digits else ""
    code, value = fault.fault.code, fault.value
    if code in _DATE_FAULTS and len(value) == 6:
        for order, turned in _ORDERS.items():
            if yymmd0(turned(value)) is None:
                day = calendar_date(turned(value)).isoformat()
                return (
                    f"The date seems to be written as {order} ({day}); GS1 asks for year, month, day. "
                    "The label is misprinted: tell its maker."
                )
    if code == "DATA_TOO_LONG" and not RULES[fault.ai].fixed:
        return (
            "Fields seem to have run together because a separator is missing. Set the scanner to transmit it (FNC1 as "
            "ASCII 29, GS). If it does, the label is misprinted."
        )
    return _AGAIN if code.startswith("INCORRECT_CHECK") else ""


_AGAIN = "Scan again, or compare with the number printed beside the code."


def _of_address(text: str, fault: BadInput) -> str:
    if isinstance(fault, NoKey):
        return "This may be an ordinary web address on the package: look for another code on it."
    if _DOMAIN.match(text) and _readable(f"https://{text}"):
        return "The beginning of the web address is missing: it must begin with https://."
    return ""


def _of_symbol(text: str, fault: BadInput) -> str:
    if not text.isascii():
        return "Scan the label itself instead of copying a text, or remove the strange characters."
    if text.startswith("[)>"):
        return "This is a code of another standard (ISO/IEC 15434): look for a GS1 code on the package."
    return "This is no GS1 code: look for another code on the package." if fault.details.get("at") == 0 else ""


def harmless_causes(text: str, on: date | None = None) -> tuple[str, ...]:
    """What else could lie behind a text that reads well but names an item nobody knows; ask before an alarm is raised.

    Each cause is a sentence with what to do. Empty where none fits, or where the text cannot be read at all.
    """
    reading = _readable(text)
    if reading is None:
        return ()
    found = [cause for element in reading.elements for cause in _other_dates(element, on)]
    last = reading.elements[-1]
    if not reading.separated and not RULES[last.ai].fixed:
        tail = _hidden(last.value, {element.ai for element in reading.elements})
        if tail:
            found.append(
                f"{last} may have swallowed the field {tail}: if the label shows it apart, the scanner does not transmit "
                "the separator (ASCII 29, GS)."
            )
    for element in reading.elements:
        if element.ai in ("10", "21", "235") and element.value.islower():
            found.append(f"{element} holds only small letters: if the label shows capitals, Caps Lock is on.")
    return tuple(found)


def _other_dates(element: Element, on: date | None) -> list[str]:
    if element.ai not in ("15", "17") or element.value.endswith("00"):
        return []
    read_as = calendar_date(element.value, on)
    causes: list[str] = []
    for order, turned in _ORDERS.items():
        other = turned(element.value)
        if other != element.value and other[4:] != "00" and yymmd0(other) is None:
            causes.append(
                f"{element} is read as {read_as.isoformat()}; if the label means {order}, it is "
                f"{calendar_date(other, on).isoformat()}, and its maker has to correct it."
            )
    return causes


def _hidden(value: str, present: set[str]) -> str:
    """The first field that may be hidden in a value: a lot, a serial or a date whose AI is not there otherwise."""
    for at in range(1, len(value) - 2):
        rule = rule_at(value, at)
        if rule is None or rule.ai in present or rule.ai not in ("10", "11", "15", "17", "21"):
            continue
        rest = value[at + 2 :]
        if rule.ai in ("10", "21") or (len(rest) >= 6 and yymmd0(rest[:6]) is None):
            return f"({rule.ai})"
    return ""
