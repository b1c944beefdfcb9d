"""Bring the catalogues up to date with the source, and say what is missing. What is translated already is kept.

python -m resources.translations.build                     all catalogues here: extract, merge, report
python -m resources.translations.build new de              begin a language
python -m resources.translations.build todo de 150 -o F    the next 150 texts without a translation, as a .po file
python -m resources.translations.build take de F           put the translations of such a file in, each checked
python -m resources.translations.build check de            everything that is wrong with a catalogue; exit status 1 if anything
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from app.language.catalogue import DOMAIN, Catalogue, Entry
from app.language.plurals import FORMS
from chain.errors import BadInput
from resources.translations.faults import faults
from resources.translations.sources import entries

HERE = Path(__file__).parent


def merged(old: Catalogue) -> Catalogue:
    """A catalogue of the texts that the source says now; a changed text gets the translation of the one it was, as unsure."""
    new = Catalogue(old.language)
    now = entries()
    gone = {entry.text: entry for key, entry in old.entries.items() if key not in now and entry.said}
    for key, entry in now.items():
        known = old.entries.get(key)
        if known is None and gone and len(entry.text) > 12:
            close = get_close_matches(entry.text, gone, 1, 0.85)
            known = replace(gone[close[0]], unsure=True, same=False) if close else None
        if known is None:
            new.entries[key] = entry
        else:
            said = known.said if bool(entry.plural) == bool(known.plural) else ()
            new.entries[key] = replace(entry, said=said, notes=known.notes, same=known.same, unsure=known.unsure)
    return new


def take(catalogue: Catalogue, part: Catalogue) -> list[str]:
    """Put the translations of a part into a catalogue; what was refused, in words."""
    refused: list[str] = []
    for key, entry in part.entries.items():
        known = catalogue.entries.get(key)
        if not entry.said:
            continue
        if known is None:
            refused.append(f"“{entry.text}”: is no text of the program")
            continue
        told = replace(known, said=entry.said, same=entry.same, unsure=entry.unsure, notes=entry.notes)
        wrong = list(faults(told, catalogue.language))
        if wrong:
            refused.append(f"“{entry.text}”: {'; '.join(wrong)}")
        else:
            catalogue.entries[key] = told
    return refused


def report(catalogue: Catalogue) -> str:
    """One line: how far a language is."""
    done = Counter(entry.context or "window" for entry in catalogue.entries.values() if entry.done)
    every = Counter(entry.context or "window" for entry in catalogue.entries.values())
    return f"{catalogue.language}: " + ", ".join(f"{name} {done[name]} of {count}" for name, count in every.items())


def main(arguments: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="resources.translations.build", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("what", nargs="?", choices=("merge", "new", "todo", "take", "check"), default="merge")
    parser.add_argument("language", nargs="?", choices=[code for code in FORMS if code not in ("en", "xx")])
    parser.add_argument("given", nargs="?", help="how many texts (todo), or a file (take)")
    parser.add_argument("-o", "--output", type=Path)
    called = parser.parse_args(arguments)
    if called.what == "merge":
        found = entries()
        print(
            f"{sum(key[0] != DOMAIN for key in found)} texts of the window, {sum(key[0] == DOMAIN for key in found)} of the domain"
        )
        for path in sorted(HERE.glob("*.po")):
            catalogue = merged(Catalogue.read(path))
            catalogue.write(path)
            print(report(catalogue))
        return 0
    if called.language is None:
        parser.error("which language?")
    path = HERE / f"{called.language}.po"
    catalogue = Catalogue(called.language) if called.what == "new" and not path.exists() else Catalogue.read(path)
    if called.what == "new":
        merged(catalogue).write(path)
    elif called.what == "todo":
        left = [entry for entry in catalogue.entries.values() if not entry.done][: int(called.given or 150)]
        part = Catalogue(called.language, {entry.key: _blank(entry, called.language) for entry in left})
        part.write(called.output or Path(f"{called.language}-todo.po"))
        print(f"{len(left)} texts")
    elif called.what == "take":
        part = Catalogue.read(Path(called.given))
        refused = take(catalogue, part)
        catalogue.write(path)
        print("\n".join([*refused, f"{len(refused)} refused", report(catalogue)]))
        return int(bool(refused))
    else:
        wrong = [
            f"“{entry.text}”: {fault}" for entry in merged(catalogue).entries.values() for fault in faults(entry, called.language)
        ]
        print("\n".join([*wrong[:400], f"{len(wrong)} faults", report(catalogue)]))
        return int(bool(wrong))
    return 0


def _blank(entry: Entry, language: str) -> Entry:
    return replace(entry, said=entry.said or ("",) * (FORMS[language] if entry.plural else 1))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BadInput as error:
        sys.exit(error.words)
