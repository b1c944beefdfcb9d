"""A language that does not exist, made from the source: every text in brackets. What is seen without them was not translated."""

from __future__ import annotations

from dataclasses import replace

from app.language.catalogue import Catalogue
from resources.translations.sources import entries

CODE = "xx"
OPEN, CLOSE = "⟦", "⟧"


def pseudo() -> Catalogue:
    """The catalogue, complete."""
    made = Catalogue(CODE)
    for key, entry in entries().items():
        forms = (entry.text, entry.plural) if entry.plural else (entry.text,)
        made.entries[key] = replace(entry, said=tuple(f"{OPEN}{form}{CLOSE}" for form in forms))
    return made
