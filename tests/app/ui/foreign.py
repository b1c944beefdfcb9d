"""The window in a language that does not exist, and what of it is seen without that language's brackets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pytest
from PySide6.QtWidgets import QApplication, QWidget

from app.language import ENGLISH, LANGUAGES, Tongue
from app.ui.language import speak
from resources.translations.pseudo import CLOSE, OPEN, pseudo
from tests.app.ui.walking import texts

_MARKED = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
_WORD = re.compile(r"(?<!\w)[^\W\d_]{3,}(?!\w)")


@pytest.fixture
def pseudo_speaking(pinned: QApplication) -> Iterator[QApplication]:
    speak(pinned, Tongue.of(pseudo()))
    yield pinned
    speak(pinned, ENGLISH)


def bare(text: str) -> list[str]:
    """The words of a text outside all brackets."""
    while (shorter := _MARKED.sub(" ", text)) != text:
        text = shorter
    return _WORD.findall(text)


def untranslated(root: QWidget, data: frozenset[str]) -> list[tuple[str, str]]:
    return sorted(
        {(type(widget).__name__, text) for widget, text in texts(root) if [word for word in bare(text) if word not in data]}
    )


def words_of(*texts_: str) -> frozenset[str]:
    """The words of names and other data, which no language changes."""
    return frozenset(_WORD.findall(" ".join((*texts_, *LANGUAGES.values(), "Wayproof GTIN GLN SSCC http https"))))


def names_in(rows: Iterable[object]) -> frozenset[str]:
    """The words of any values: a world's parties, places and products."""
    return words_of(*map(str, rows))
