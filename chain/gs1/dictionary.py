"""The rules of the Application Identifiers, looked up by AI or at a place in a text.

Built once at import from the generated `table.py`. An AI that is not in the table is refused, unless the caller asks for
unknown ones: then it gets a rule that allows anything, within the lengths that GS1 fixed in advance for its first two digits
(GS1 General Specifications, figure 7.8.5-2), because those digits decide how much a reader consumes.
"""

from __future__ import annotations

from dataclasses import dataclass

from chain.gs1.table import RELEASE, ROWS, Groups

__all__ = ["AI_LENGTH", "FIXED_LENGTH", "RELEASE", "RULES", "Component", "Rule", "rule_at", "rule_of"]


@dataclass(frozen=True, slots=True)
class Component:
    """One part of a value: its character set (N, X, Y or Z), its lengths, and what checks its content."""

    cset: str
    minimum: int
    maximum: int
    optional: bool
    linters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """What the dictionary says of one AI.

    `fixed` is True where no separator follows the value. `attribute` is True where the AI may stand in the query of a Digital
    Link. `required` holds conditions that must all be met, each a choice of groups of AI patterns (``310n`` stands for ten
    AIs); `excluded` holds patterns that may not stand beside it. `qualifiers` holds the orders in which qualifiers may follow
    it in the path of a Digital Link; None where it is no primary key.
    """

    ai: str
    title: str
    fixed: bool
    attribute: bool
    components: tuple[Component, ...]
    required: tuple[Groups, ...] = ()
    excluded: tuple[str, ...] = ()
    qualifiers: tuple[tuple[str, ...], ...] | None = None
    known: bool = True
    minimum: int = 0
    maximum: int = 0

    @property
    def name(self) -> str:
        """The AI in brackets with its title, for people."""
        return f"({self.ai}) {self.title}".rstrip()


def _rule(
    ai: str,
    title: str,
    fixed: bool,
    attribute: bool,
    components: tuple[Component, ...],
    required: tuple[Groups, ...] = (),
    excluded: tuple[str, ...] = (),
    qualifiers: tuple[tuple[str, ...], ...] | None = None,
    known: bool = True,
) -> Rule:
    shortest = sum(part.minimum for part in components if not part.optional)
    longest = sum(part.maximum for part in components)
    return Rule(ai, title, fixed, attribute, components, required, excluded, qualifiers, known, shortest, longest)


def _rules() -> dict[str, Rule]:
    rules: dict[str, Rule] = {}
    for first, last, fixed, attribute, parts, required, excluded, qualifiers, title in ROWS:
        components = tuple(Component(*part) for part in parts)
        for number in range(int(first), int(last) + 1):
            ai = f"{number:0{len(first)}d}"
            rules[ai] = _rule(ai, title, fixed, attribute, components, required, excluded, qualifiers)
    return rules


RULES: dict[str, Rule] = _rules()

# All AIs that begin with the same two digits have the same length.
AI_LENGTH: dict[str, int] = {ai[:2]: len(ai) for ai in RULES}

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
    rule = RULES.get(ai)
    if rule is not None or not unknown:
        return rule
    if not (2 <= len(ai) <= 4 and ai.isascii() and ai.isdigit()):
        return None
    if AI_LENGTH.get(ai[:2], len(ai)) != len(ai):
        return None
    length = FIXED_LENGTH.get(ai[:2], 0)
    part = Component("X", length or 1, length or _LONGEST_UNKNOWN, False, ())
    return _rule(ai, "UNKNOWN", bool(length), False, (part,), known=False)


def rule_at(text: str, position: int, unknown: bool = False) -> Rule | None:
    """The rule of the AI that begins at this place of an unbracketed text; None where none does.

    The first two digits say how long the AI is. Where even that is not known, there is no telling the AI from its value.
    """
    length = AI_LENGTH.get(text[position : position + 2])
    return rule_of(text[position : position + length], unknown) if length else None
