"""What is wrong with a translation, in words: used by the build, by translators and by the tests."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from app.language.catalogue import Entry, holes
from app.language.plurals import FORMS
from chain.errors import BadInput

_RICH = re.compile(r"</?[a-zA-Z][^>]*>|&[a-z]+;|&#\d+;")
_WORD = re.compile(r"[A-Za-z]{2,}")


def faults(entry: Entry, language: str) -> Iterator[str]:
    """Everything that is wrong with one entry in a language; nothing for a finished one."""
    if not entry.done:
        yield "is marked as unsure" if entry.unsure and entry.said else "is not translated"
        return
    wanted = FORMS[language] if entry.plural else 1
    if len(entry.said) != wanted:
        yield f"has {len(entry.said)} plural forms and needs {wanted}"
    for said in entry.said:
        yield from _of(entry, said)


def _of(entry: Entry, said: str) -> Iterator[str]:
    try:
        named = set(holes(said))
    except BadInput as error:
        yield error.words
        return
    english = set(holes(entry.text))
    if named - english:
        yield f"has placeholders that the English has not: {sorted(named - english)}"
    if not entry.plural and english - named:
        yield f"lacks placeholders: {sorted(english - named)}"
    if entry.plural and (english - {"count"}) - named:
        yield f"lacks placeholders: {sorted(english - named)}"
    if _RICH.search(said):
        yield "looks like rich text"
    if said == entry.text and not entry.same and _WORD.search(re.sub(r"\{[^}]*\}", "", said)):
        yield "is the same as in English (flag it `same` if that is right)"
    if said != said.strip():
        yield "begins or ends with white space"
    if any(unicodedata.category(char) in ("Cc", "Cf", "Co", "Cn") for char in said):
        yield "holds a character that cannot be seen"
    if entry.text.endswith((".", "?", "!")) and not said.rstrip("”»\"'）)").endswith((".", "?", "!", "。", "？", "！", "؟")):
        yield "does not end as a sentence"
