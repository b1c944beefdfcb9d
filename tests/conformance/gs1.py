"""Runs the GS1 vectors against `chain.gs1` and counts what passes, set by set.

The vectors record an input and an answer, not the switches of the engine they were taken from. Two rules stand in for them:
what must be refused is refused by the standard as it is, and what must be accepted may need one of the permits that the
engine has a switch for (aliases, short GTINs, unknown AIs). Likewise a vector whose error can only come from a list of company
prefixes gets one that answers so at its n-th question, since the vector does not say at which.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

from chain.errors import BadInput
from chain.gs1 import associations, epc, links, scans
from chain.gs1.element_strings import Element, from_bracketed, from_raw, to_message
from chain.gs1.faults import BadElement
from chain.gs1.linters import lint
from chain.gs1.prefixes import Prefixes

Vector = Any
Counts = tuple[str, int, int, list[str]]

SWITCHES = [links.Permits(*which) for which in product((False, True), repeat=4)]
_LOOKED_UP = {"GS1_LINTER_INVALID_GCP_PREFIX": False, "GS1_LINTER_GCP_DATASOURCE_OFFLINE": None}


def _answer(function: Callable[[], str]) -> str | None:
    """What the function returns, or None where it refuses."""
    try:
        return function()
    except BadInput:
        return None


def _nth(answer: bool | None, number: int) -> Prefixes:
    """A list of prefixes that knows all of the first `number` it is asked for, and then answers so."""
    asked = iter(range(number))
    return lambda _digits: True if next(asked, None) is not None else answer


def _lint(vector: Vector) -> bool:
    asking: list[Prefixes | None] = [None]
    if vector["error"] in _LOOKED_UP:
        asking += [_nth(_LOOKED_UP[vector["error"]], number) for number in range(4)]
    data = vector["data"]
    for prefixes in asking:
        fault = lint(vector["linter"], data, prefixes)
        error = markup = None
        if fault:
            error = f"GS1_LINTER_{fault.code}"
            stop = fault.start + fault.length
            markup = f"{data[: fault.start]}*{data[fault.start : stop]}*{data[stop:]}"
        if ((fault is None), error, markup) == (vector["valid"], vector["error"], vector["markup"]):
            return True
    return False


def _message(text: str, permits: links.Permits) -> str:
    """The message of raw data with a leading caret, which is what it has to come out as again."""
    if not text.startswith("^"):
        raise BadInput("no FNC1 at the beginning")
    return to_message(from_raw(text[1:], "^", permits.unknown))


def _judged(function: Callable[[links.Permits], str], vector: Vector, expected: str) -> bool:
    """Whether the standard refuses, or some permits accept with the expected answer."""
    if not vector["ok"]:
        return _answer(lambda: function(links.STRICT)) is None
    return any(_answer(partial(function, permits)) == expected for permits in SWITCHES)


def _parse_ai(vector: Vector) -> bool:
    return _judged(lambda permits: to_message(from_bracketed(vector["in"], permits.unknown)), vector, vector["expect"])


def _process_ai(vector: Vector) -> bool:
    """Separators that may be left out are no difference."""
    text = vector["in"].replace("^", "")
    return _judged(lambda permits: _message(vector["in"], permits).replace("^", ""), vector, text)


_CHECKS: dict[str, Callable[[tuple[Element, ...]], None]] = {
    "validateAIrepeats": associations.check_repeats,
    "validateAImutex": associations.check_exclusive,
    "validateAIrequisites": associations.check_required,
    "validateDigSigRequiresSerialisedKey": associations.check_signed_key,
}


def _validate(vector: Vector) -> bool:
    def judge() -> str:
        _CHECKS[vector["fn"]](from_bracketed(vector["in"], unknown=True))
        return "fine"

    return bool((_answer(judge) is not None) == vector["ok"])


def _markup(vector: Vector) -> bool:
    try:
        from_bracketed(vector["in"])
    except BadElement as fault:
        return bool(fault.markup == vector["expect"])
    return False


def _parse_link(vector: Vector) -> bool:
    return _judged(lambda permits: to_message(links.read(vector["in"], permits).elements), vector, vector["expect"])


def _write_link(vector: Vector) -> bool:
    def write(permits: links.Permits) -> str:
        elements = from_bracketed(vector["in"], unknown=permits.unknown)
        associations.check_contradictions(elements)
        return links.write(elements, vector["stem"] or links.CANONICAL, permits)

    return _judged(write, vector, vector["expect"])


def _escape(vector: Vector) -> bool:
    text = vector["in"]
    return (links.escape(text), links.escape(text, True)) == (vector["path"], vector["query"])


def _unescape(vector: Vector) -> bool:
    text = vector["in"]
    return (links.unescape(text), links.unescape(text, True)) == (vector["path"], vector["query"])


def _write_scan(vector: Vector) -> bool:
    answers = [_answer(partial(scans.write, vector["sym"], vector["in"], complete)) for complete in (False, True)]
    return vector["expect"] in answers if vector["expect"] else answers[0] is None


def _read_scan(vector: Vector) -> bool:
    def read(permits: links.Permits) -> str:
        scanned = scans.read(vector["scan"], permits)
        return f"{scanned.symbology} {scanned.message}"

    return _judged(read, vector, f"{vector['sym']} {vector['expect']}")


def _identity(vector: Vector) -> bool:
    return bool(epc.canonical_link(vector["input"]) == vector["expected"])


SETS: dict[str, Callable[[Vector], bool]] = {
    "vectors/gs1/lint": _lint,
    "vectors/gs1/ai_parseAIdata": _parse_ai,
    "vectors/gs1/ai_processAIdata": _process_ai,
    "vectors/gs1/ai_validateAIs": _validate,
    "vectors/gs1/ai_errMarkup": _markup,
    "vectors/gs1/dl_parseDLuri": _parse_link,
    "vectors/gs1/dl_testGenerateDLuri": _write_link,
    "vectors/gs1/dl_URIescape": _escape,
    "vectors/gs1/dl_URIunescape": _unescape,
    "vectors/gs1/scandata_testGenerateScanData": _write_scan,
    "vectors/gs1/scandata_testProcessScanData": _read_scan,
    "epcis-hash/dl-normaliser-vectors": _identity,
}


def failures(data: Path, name: str) -> tuple[int, list[Vector]]:
    """How many vectors a set has, and those that do not pass."""
    vectors = json.loads((data / f"{name}.json").read_text(encoding="utf-8"))
    return len(vectors), [vector for vector in vectors if not SETS[name](vector)]


def run(data: Path) -> list[Counts]:
    """Name, passed, total and excluded vectors (none so far) of each set under the folder of shared data."""
    counts: list[Counts] = []
    for name in SETS:
        total, failed = failures(data, name)
        counts.append((name, total - len(failed), total, []))
    return counts
