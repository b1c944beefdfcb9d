"""Contrast, computed from the palettes (WCAG 2.1: 1.4.3 and 1.4.11)."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication

from app.ui import theme
from app.ui.theme import DARK, LIGHT, Theme


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.1, definition)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    r, g, b = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_itself() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
def test_every_pair_of_colours_can_be_read(look: Theme) -> None:
    poor = {what: round(contrast(ink, ground), 2) for what, ink, ground, least in look.pairs() if contrast(ink, ground) < least}
    assert poor == {}


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
def test_the_qt_palette_can_be_read(qapp: QApplication, look: Theme) -> None:
    role = QPalette.ColorRole
    made = theme.palette(look)
    for ink, ground in (
        (role.WindowText, role.Window), (role.Text, role.Base), (role.Text, role.AlternateBase), (role.ButtonText, role.Button),
        (role.HighlightedText, role.Highlight), (role.ToolTipText, role.ToolTipBase), (role.PlaceholderText, role.Base),
    ):  # fmt: skip
        assert contrast(made.color(ink).name(), made.color(ground).name()) >= 4.5, (ink, ground)


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
def test_the_theme_is_read_back_from_the_application(dressed, look: Theme) -> None:
    dressed(look)
    assert theme.current() is look


@pytest.mark.parametrize(("preference", "look"), [("light", LIGHT), ("dark", DARK), ("system", LIGHT)])
def test_where_the_platform_does_not_say_it_is_light(qapp: QApplication, preference: str, look: Theme) -> None:
    assert theme.choose(preference) is look
