"""Element strings: Application Identifiers with their values, bracketed for people or raw with separators for scanners.

Every value is checked with the linters of its AI while it is read. A raw text gives no hint where a value of variable length
ends except its separator; nothing here guesses where a lost one may have been.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chain.errors import BadInput
from chain.gs1.dictionary import Rule, rule_at, rule_of
from chain.gs1.faults import BadElement, Fault, shown
from chain.gs1.linters import CSETS, LINTERS, lint
from chain.gs1.prefixes import Prefixes

FNC1 = "\x1d"
MOST_ELEMENTS = 64


class BadSyntax(BadInput):
    """A text that cannot be taken apart into AIs and values."""


@dataclass(frozen=True, slots=True)
class Element:
    """One AI and its value."""

    ai: str
    value: str

    @property
    def title(self) -> str:
        """The data title of the AI, such as ``BATCH/LOT``."""
        return rule(self.ai).title

    def __str__(self) -> str:
        return f"({self.ai}){self.value}"


def rule(ai: str) -> Rule:
    """The rule of an AI that was read before, unknown ones included. Raises BadSyntax where there can be none."""
    found = rule_of(ai, unknown=True)
    if found is None:
        raise BadSyntax(f"({ai}) is not a GS1 field number.", ai=ai)
    return found


def check(of: Rule, value: str, prefixes: Prefixes | None = None) -> None:
    """Check a value against the rule of its AI, component by component. Raises BadElement at the first fault."""
    length = len(value)
    if not of.minimum <= length <= of.maximum:
        code = "DATA_TOO_LONG" if length > of.maximum else "DATA_TOO_SHORT" if length else "DATA_EMPTY"
        raise BadElement(of, value, Fault(code, 0, length))
    start = 0
    for part in of.components:
        stop = min(start + part.maximum, length)
        data = value[start:stop]
        if not data and part.optional:
            continue
        if len(data) < part.minimum:
            raise BadElement(of, value, Fault("COMPONENT_TOO_SHORT", start, stop - start), stop)
        fault = CSETS[part.cset](data)
        if fault is None:
            for name in part.linters:
                fault = LINTERS[name](data) if prefixes is None else lint(name, data, prefixes)
                if fault is not None:
                    break
        if fault is not None:
            raise BadElement(of, value, Fault(fault.code, start + fault.start, fault.length), stop)
        start = stop


def from_bracketed(text: str, unknown: bool = False) -> tuple[Element, ...]:
    """Read ``(01)09506000134352(21)A1``; a bracket inside a value is written with a backslash before it.

    With `unknown`, AIs that are not in the dictionary are taken as they are. Raises BadSyntax or BadElement.
    """
    found: list[Element] = []
    at = 0
    while at < len(text):
        close = text.find(")", at)
        if text[at] != "(" or close < 0:
            raise BadSyntax(f"Each field needs its number in brackets; “{shown(text[at : at + 12])}” has none.", at=at)
        ai = text[at + 1 : close]
        of = rule_of(ai, unknown)
        if of is None:
            raise BadSyntax(f"({shown(ai[:12])}) is not a GS1 field number.", ai=ai)
        at = stop = close + 1
        while (stop := text.find("(", stop)) > 0 and text[stop - 1] == "\\":
            stop += 1
        stop = len(text) if stop < 0 else stop
        found.append(_element(of, ai, text[at:stop].replace("\\(", "("), len(found)))
        at = stop
    if not found:
        raise BadSyntax("The text is empty.")
    return tuple(found)


def from_raw(text: str, separator: str = FNC1, unknown: bool = False) -> tuple[Element, ...]:
    """Read ``010950600013435221A1``, with `separator` behind each value of variable length unless it is the last.

    The leading FNC1 of a GS1 symbol is not part of the text. Raises BadSyntax or BadElement.
    """
    found: list[Element] = []
    at = 0
    while at < len(text):
        of = rule_at(text, at, unknown)
        if of is None:
            what = shown(text[at : at + 4])
            where = f"after {shown(str(found[-1]))}" if found else "at the beginning"
            raise BadSyntax(f"No GS1 field number begins with “{what}” ({where}).", at=at)
        at += len(of.ai)
        stop = text.find(separator, at)
        stop = len(text) if stop < 0 else stop
        if of.fixed:
            stop = min(stop, at + of.maximum)
        found.append(_element(of, of.ai, text[at:stop], len(found)))
        at = stop + text.startswith(separator, stop)
    if not found:
        raise BadSyntax("The text is empty.")
    return tuple(found)


def _element(of: Rule, ai: str, value: str, before: int) -> Element:
    if before == MOST_ELEMENTS:
        raise BadSyntax(f"The text holds more than {MOST_ELEMENTS} fields.")
    check(of, value)
    return Element(ai, value)


def to_raw(elements: Iterable[Element], separator: str = FNC1) -> str:
    """The elements in raw form, without a leading separator, in the order given."""
    return to_message(elements, separator)[1:]


def to_message(elements: Iterable[Element], separator: str = "^") -> str:
    """The elements in raw form behind a leading separator that stands for the FNC1 of the symbol."""
    parts: list[str] = []
    open_ended = True
    for element in elements:
        if open_ended:
            parts.append(separator)
        parts.append(element.ai + element.value)
        open_ended = not rule(element.ai).fixed
    return "".join(parts)


def to_bracketed(elements: Iterable[Element]) -> str:
    """The elements with their AIs in brackets, as they are printed below a symbol."""
    return "".join(f"({element.ai})" + element.value.replace("(", "\\(") for element in elements)
