"""Calibration: every foreign keyboard and Caps Lock is put right after one scan, or it is said why that cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ui.keymap import _MEANT, CODE, NAME, Keymap
from chain import gs1
from chain.errors import BadInput
from chain.gs1.causes import _US, LAYOUTS
from chain.journey import Item

LINK = "https://id.gs1.org/01/09521000011014/21/aZ-9_K?10=L2&wp=aB_c-D"


def through(layout: str, text: str) -> str:
    """What a scanner that types for the US makes of a text on a computer set to another country."""
    return text.translate(dict(zip(map(ord, "".join(_US)), "".join(LAYOUTS[layout]), strict=True)))


@pytest.mark.parametrize("country", sorted(LAYOUTS))
def test_a_foreign_keyboard_is_put_right_after_one_scan(country: str) -> None:
    keymap = Keymap().learnt(through(country, CODE))
    assert keymap.table
    assert keymap.read(through(country, LINK)) == LINK
    assert isinstance(gs1.parse(keymap.read(through(country, "]d20109521000011014211A\x1d10L2"))), Item)
    assert "put right" in keymap.words


def test_caps_lock_is_recognised_and_put_right() -> None:
    keymap = Keymap().learnt(CODE.swapcase())
    assert keymap.read(LINK.swapcase()) == LINK
    assert keymap.words.startswith("Caps Lock is on")


def test_a_scanner_that_agrees_needs_nothing() -> None:
    keymap = Keymap().learnt(CODE)
    assert keymap.table == {}
    assert keymap.words.endswith("nothing has to be translated.")


def test_prefix_and_suffix_are_taken_off_and_the_separator_stays() -> None:
    keymap = Keymap().framed("#", "$$")
    assert keymap.read("#0109521000011014\x1d21A$$") == "0109521000011014\x1d21A"
    assert keymap.learnt("#" + CODE + "$$").table == {}
    with pytest.raises(BadInput):
        keymap.framed("x" * 21, "")


@pytest.mark.parametrize(
    ("burst", "words"),
    [
        (CODE[:-1], "characters came instead of"),
        ("#" + CODE, "stands before or behind"),
        (CODE.lower(), "cannot be told apart"),
        ("".join(one + "x" for one in _MEANT), "not the calibration code"),
        ("", "characters came instead of"),
    ],
)
def test_what_cannot_be_learnt_is_said(burst: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        Keymap().learnt(burst)


@given(st.text(max_size=400))
def test_any_burst_either_teaches_a_table_that_can_be_undone_or_is_refused(burst: str) -> None:
    try:
        keymap = Keymap().learnt(burst)
    except BadInput:
        return
    assert keymap.read(burst) == CODE


def test_it_is_kept_in_the_profile_and_nonsense_is_nothing(tmp_path: Path) -> None:
    keymap = Keymap().learnt(through("German", CODE)).framed("#", "")
    keymap.save(tmp_path)
    assert Keymap.load(tmp_path) == keymap
    for bad in (
        b"",
        b"[]",
        b"{}",
        b'{"prefix": 1, "suffix": "", "table": {}}',
        b"\xff",
        b'{"prefix":"","suffix":"","table":{"ab":"c"}}',
    ):
        (tmp_path / NAME).write_bytes(bad)
        assert Keymap.load(tmp_path) == Keymap()
    assert Keymap.load(tmp_path / "none") == Keymap()
    with pytest.raises(BadInput):
        keymap.save(tmp_path / NAME)
