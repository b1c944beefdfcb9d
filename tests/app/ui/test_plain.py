"""Text as text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.ui.plain import Text, shown

TURNING = ("RLO", "LRO", "RLE", "LRE", "RLI", "LRI", "FSI", "PDI", "PDF")
UNSEEN = ("Cc", "Cs", "Co", "Cn", "Zl", "Zp")


@given(st.text(st.characters()))
def test_nothing_unseen_is_left(text: str) -> None:
    out = shown(text)
    assert not any(unicodedata.category(char) in UNSEEN for char in out)
    assert not any(unicodedata.bidirectional(char) in TURNING for char in out)


@given(st.text(st.characters(categories=("L", "N", "P", "Zs", "S"))))
def test_what_can_be_seen_stays(text: str) -> None:
    assert shown(text) == text[:600] + ("…" if len(text) > 600 else "")


@pytest.mark.parametrize(
    ("text", "out"),
    [
        ("01\x1d21", "01␝21"),
        ("a\nb\tc\x7f", "a␊b␉c␡"),
        ("pay \u202eteg\u202c", "pay ‹U+202E›teg‹U+202C›"),
        ("se\u200brial", "se‹U+200B›rial"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a\u200cb", "a‹U+200C›b"),
        ("e\u0301\u0301\u0301\u0301\u0301", "e\u0301\u0301\u0301"),
        ("\ud800", "‹U+D800›"),
    ],
)
def test_the_unseen_is_made_visible(text: str, out: str) -> None:
    assert shown(text) == out


def test_a_long_text_is_cut() -> None:
    assert shown("x" * 11, 10) == "x" * 10 + "…"


def test_a_label_does_not_guess_rich_text(qapp: QApplication) -> None:
    label = Text('<img src="file:///etc/passwd"><a href="http://x">y</a>')
    assert label.textFormat() is Qt.TextFormat.PlainText
    assert label.text().startswith("<img")
    assert not label.openExternalLinks()
    assert label.textInteractionFlags() == Qt.TextInteractionFlag.NoTextInteraction
