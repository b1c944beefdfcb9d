"""The user's language: which there are, which is chosen, and how sentences from below the window are said in it.

Nothing here knows Qt: the window's own texts go through `app.ui.language`. English needs no catalogue; every text
falls back to it. The language is chosen once, at the start.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from app.language.catalogue import DOMAIN, Catalogue, Key, holes
from app.language.plurals import PLURALS
from app.language.templates import ENGLISH_STYLE, Speaker, Style, Template, templates
from chain.errors import BadInput

LOG = logging.getLogger(__name__)

SYSTEM = "system"
LANGUAGES = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español", "zh": "中文", "ar": "العربية"}
"""ISO 639-1 code and own name, in the order in which they are offered."""
RIGHT_TO_LEFT = frozenset(("ar",))
_ARABIC = {",": "،", ";": "؛"}
_CHINESE = {",": "，", ";": "；", ":": "：", ".": "。"}
STYLES = {
    "de": Style(".", words={"and": " und ", "or": " oder ", "with": " mit "}),
    "fr": Style("\u202f", words={"and": " et ", "or": " ou ", "with": " avec "}),
    "es": Style(".", words={"and": " y ", "or": " o ", "with": " con "}),
    "zh": Style(",", _CHINESE, {"and": "和", "or": "或", "with": "和"}, "、"),
    "ar": Style(",", _ARABIC, {"and": " و", "or": " أو ", "with": " مع "}, "، "),
}
"""Thousands and lists as Unicode CLDR 44 has them; Arabic with western digits, as they stand on labels."""


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language that is loaded: texts by key with one translation a plural form, and a speaker for the domain's sentences."""

    code: str
    texts: dict[Key, tuple[str, ...]]
    speaker: Speaker
    style: Style = ENGLISH_STYLE

    @classmethod
    def of(cls, catalogue: Catalogue) -> Tongue:
        """From a catalogue; what is untranslated in it stays English."""
        done = [entry for entry in catalogue.entries.values() if entry.done]
        said = {entry.text: entry.said[0] for entry in done if entry.context == DOMAIN}
        style = STYLES.get(catalogue.language, ENGLISH_STYLE)
        texts = {entry.key: entry.said for entry in done if entry.context != DOMAIN}
        counts = [
            Template.of(text, entry.said[0], entry.said)
            for entry in done
            if entry.plural and holes(entry.plural) == ("count",)
            for text in dict.fromkeys((entry.text, entry.plural))
            if holes(text) == ("count",)
        ]
        speaker = Speaker([*counts, *templates(said)], style, PLURALS.get(catalogue.language, PLURALS["en"]))
        return cls(catalogue.language, texts, speaker, style)

    def text(self, context: str, text: str, count: int = -1) -> str | None:
        """A text of the window; `count` from 0 on chooses the plural form. None where there is no translation."""
        said = self.texts.get((context, text)) or self.texts.get(("", text))
        if said is None:
            return None
        return said[min(PLURALS[self.code](count) if count >= 0 else 0, len(said) - 1)]


ENGLISH = Tongue("en", {}, Speaker(()))
_spoken_here = ENGLISH


def use(tongue: Tongue) -> None:
    """From now on this language is spoken."""
    global _spoken_here
    _spoken_here = tongue


def current() -> Tongue:
    """The language that is spoken."""
    return _spoken_here


def load(code: str) -> Tongue:
    """A language by its code: ENGLISH where it has no catalogue, or one that cannot be read (which the log then says)."""
    path = folder() / f"{code}.po"
    if code not in LANGUAGES or not path.is_file():
        return ENGLISH
    try:
        return Tongue.of(Catalogue.read(path))
    except BadInput as error:
        LOG.error("%s", error.diagnostics())
        return ENGLISH


def folder() -> Path:
    """Where the catalogues are."""
    return Path(str(files("resources").joinpath("translations")))


def choose(wanted: str, system: Iterable[str]) -> str:
    """The code for a preference: a key of LANGUAGES, or SYSTEM for the first of the system's languages that there is.

    `system` holds BCP 47 tags in the user's order, such as ``de-CH``. Traditional Chinese is not offered as Simplified.
    """
    if wanted in LANGUAGES:
        return wanted
    for tag in system:
        code, *rest = tag.replace("_", "-").split("-")
        if code.lower() in LANGUAGES and not {"Hant", "TW", "HK", "MO"} & set(rest):
            return code.lower()
    return "en"


def spoken(sentence: str) -> str:
    """A sentence that was made in English below the window, in the user's language."""
    return _spoken_here.speaker(sentence)


def number(value: int) -> str:
    """A whole number with its thousands apart: ``51,204``."""
    return f"{value:,}".replace(",", _spoken_here.style.grouping)


def listed(things: Iterable[str]) -> str:
    """Things behind each other, with the user's comma between them."""
    return _spoken_here.style.between.join(things)


def capital(text: str) -> str:
    """A text with its first letter as a capital."""
    return text[:1].upper() + text[1:]
