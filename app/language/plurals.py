"""Which plural form a count takes, by the rules that GNU gettext states for each language (manual, "Plural forms")."""

from __future__ import annotations

from collections.abc import Callable


def _arabic(n: int) -> int:
    if n < 3:
        return n
    if 3 <= n % 100 <= 10:
        return 3
    return 4 if n % 100 >= 11 else 5


PLURALS: dict[str, Callable[[int], int]] = {
    "en": lambda n: int(n != 1),
    "de": lambda n: int(n != 1),
    "es": lambda n: int(n != 1),
    "fr": lambda n: int(n > 1),
    "zh": lambda _: 0,
    "ar": _arabic,
    "xx": lambda n: int(n != 1),
}
FORMS = {"en": 2, "de": 2, "es": 2, "fr": 2, "zh": 1, "ar": 6, "xx": 2}
"""How many forms a language has."""
