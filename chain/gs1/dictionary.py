"""The rules of the Application Identifiers, looked up by AI or at a place in a text.

Read from the rows of the generated `table.py`. An AI that is not in the table is refused, unless the caller asks for
unknown ones: then it gets a rule that allows anything, within the lengths that GS1 fixed in advance for its first two digits
(GS1 General Specifications, figure 7.8.5-2), because those digits decide how much a reader consumes.
"""

from __future__ import annotations

from typing import NamedTuple

from chain.gs1.table import RELEASE, ROWS

__all__ = ["AI_LENGTH", "FIXED_LENGTH", "KNOWN", "RELEASE", "RULES", "Component", "Rule", "rule_at", "rule_of"]

Groups = tuple[tuple[str, ...], ...]


class Component(NamedTuple):
    """One part of a value: its character set (N, X, Y or Z), its lengths, and what checks its content."""

    cset: str
    minimum: int
    maximum: int
    optional: bool
    linters: tuple[str, ...]


class Rule(NamedTuple):
    """What the dictionary says of one AI.

    `fixed` is True where no separator follows the value. `attribute` is True where the AI may stand in the query of a Digital
    Link. `required` holds conditions that must all be met, each a choice of groups of AI patterns (``310n`` stands for ten
    AIs); `excluded` holds patterns that may not stand beside it. `qualifiers` holds the orders in which qualifiers may follow
    it in the path of a Digital Link; None where it is no primary key. `known` is False where the AI is not in the dictionary.
    """

    ai: str
    title: str
    fixed: bool
    attribute: bool
    components: tuple[Component, ...]
    minimum: int
    maximum: int
    required: tuple[Groups, ...] = ()
    excluded: tuple[str, ...] = ()
    qualifiers: Groups | None = None
    known: bool = True

    @property
    def name(self) -> str:
        """The AI in brackets with its title, for people."""
        return f"({self.ai}) {self.title}".rstrip()


def _rows_by_ai() -> dict[str, str]:
    found: dict[str, str] = {}
    for row in ROWS.split("\n")[1:-1]:
        first, last, _ = row.split(";", 2)
        if first == last:
            found[first] = row
        else:
            found.update((str(number), row) for number in range(int(first), int(last) + 1))
    return found


_ROW_OF = _rows_by_ai()

# Every AI of the dictionary.
KNOWN = frozenset(_ROW_OF)

# All AIs that begin with the same two digits have the same length.
AI_LENGTH: dict[str, int] = {ai[:2]: len(ai) for ai in _ROW_OF}


def _component(text: str) -> Component:
    kind, *linters = text.split(",")
    cset, length = kind.strip("[]")[0], kind.strip("[]")[1:]
    longest = int(length.removeprefix(".."))
    return Component(cset, 1 if length.startswith("..") else longest, longest, kind.startswith("["), tuple(linters))


def _groups(text: str, outer: str, inner: str) -> Groups:
    return tuple(tuple(group.split(inner)) if group else () for group in text.split(outer))


class _Rules(dict[str, Rule]):
    """Rules by AI, each read from its row when it is first asked for. An AI without a row is a KeyError."""

    def __missing__(self, ai: str) -> Rule:
        _, _, flags, parts, required, excluded, qualifiers, title = _ROW_OF[ai].split(";")
        components = tuple(_component(part) for part in parts.split())
        self[ai] = rule = Rule(
            ai,
            title,
            "*" in flags,
            "?" in flags,
            components,
            sum(part.minimum for part in components if not part.optional),
            sum(part.maximum for part in components),
            tuple(_groups(condition, ",", "+") for condition in required.split()),
            tuple(excluded.split(",")) if excluded else (),
            _groups(qualifiers[1:], "|", ",") if qualifiers else None,
        )
        return rule


RULES = _Rules()

# Lengths of the values of the AIs that begin with these two digits and need no separator. (23) is no longer among them.
FIXED_LENGTH: dict[str, int] = {
    "00": 18,
    "01": 14,
    "02": 14,
    "03": 14,
    "04": 16,
    "20": 2,
    "41": 13,
    **{str(prefix): 6 for prefix in (*range(11, 20), *range(31, 37))},
}

_LONGEST_UNKNOWN = 90


def rule_of(ai: str, unknown: bool = False) -> Rule | None:
    """The rule of exactly this AI; None where there is none.

    With `unknown`, an AI of 2 to 4 digits that is not in the table but contradicts nothing in it gets a rule, too.
    """
    if ai in _ROW_OF:
        return RULES[ai]
    if not unknown or not (2 <= len(ai) <= 4 and ai.isascii() and ai.isdigit()):
        return None
    if AI_LENGTH.get(ai[:2], len(ai)) != len(ai):
        return None
    length = FIXED_LENGTH.get(ai[:2], 0)
    part = Component("X", length or 1, length or _LONGEST_UNKNOWN, False, ())
    return Rule(ai, "UNKNOWN", bool(length), False, (part,), part.minimum, part.maximum, known=False)


def rule_at(text: str, position: int, unknown: bool = False) -> Rule | None:
    """The rule of the AI that begins at this place of an unbracketed text; None where none does.

    The first two digits say how long the AI is. Where even that is not known, there is no telling the AI from its value.
    """
    length = AI_LENGTH.get(text[position : position + 2])
    return rule_of(text[position : position + length], unknown) if length else None
