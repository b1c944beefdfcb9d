"""Which AIs may, must and must not stand together on one item.

The dictionary means the combined data of all symbols on the item. A caller that has read one symbol of several should
therefore take `check_required` as a note, and the others as refusals.
"""

from __future__ import annotations

from collections.abc import Sequence

from chain.errors import BadInput
from chain.gs1.element_strings import Element, rule


class BadAssociation(BadInput):
    """AIs that contradict each other or miss their partner."""


def _matches(pattern: str, ai: str) -> bool:
    return len(pattern) == len(ai) and ai.startswith(pattern.rstrip("n"))


def _name(ai: str) -> str:
    return rule(ai).name


def check_repeats(elements: Sequence[Element]) -> None:
    """Refuse an AI that comes twice with different values. Raises BadAssociation."""
    values: dict[str, str] = {}
    for element in elements:
        first = values.setdefault(element.ai, element.value)
        if first != element.value:
            raise BadAssociation(f"{_name(element.ai)} comes twice, as “{first}” and as “{element.value}”.")


def check_exclusive(elements: Sequence[Element]) -> None:
    """Refuse AIs that may not stand together. Raises BadAssociation."""
    present = list(dict.fromkeys(element.ai for element in elements))
    for ai in present:
        for pattern in rule(ai).excluded:
            for other in present:
                if other != ai and _matches(pattern, other):
                    raise BadAssociation(f"{_name(ai)} and {_name(other)} may not stand together on one item.")


def check_required(elements: Sequence[Element]) -> None:
    """Refuse an AI whose partners are missing. Raises BadAssociation."""
    present = list(dict.fromkeys(element.ai for element in elements))
    for ai in present:
        for alternatives in rule(ai).required:
            if not any(
                all(any(other != ai and _matches(pattern, other) for other in present) for pattern in group)
                for group in alternatives
            ):
                wanted = " or ".join(" with ".join(f"({pattern})" for pattern in group) for group in alternatives)
                raise BadAssociation(f"{_name(ai)} stands without its partner: it needs {wanted} beside it.")


def check_signed_key(elements: Sequence[Element]) -> None:
    """Refuse a digital signature (8030) over a key that names a class instead of one thing. Raises BadAssociation."""
    if any(element.ai == "8030" for element in elements):
        for element in elements:
            if element.ai in ("253", "255", "8003") and len(element.value) == rule(element.ai).minimum:
                raise BadAssociation(f"{_name(element.ai)} has no serial number, which the signature (8030) needs.")


def check_contradictions(elements: Sequence[Element]) -> None:
    """All that one symbol alone can contradict itself in. Raises BadAssociation."""
    if len(elements) > 1:
        check_repeats(elements)
        check_exclusive(elements)
        check_signed_key(elements)
