"""Colours, sizes and the two palettes. Fusion draws, these values colour it; nothing here asks the platform what it likes.

Green, amber and red are kept for verdicts: no button, link or chart borrows them. Every pair of colours that meets on screen is
listed in `Theme.pairs`, and a test computes their contrast (WCAG 2.1, 1.4.3).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from app.ui.sheet import sheet
from chain.verdict import Kind

TARGET = 44
"""The least height and width of anything to be hit with a glove on, in logical pixels."""


@dataclass(frozen=True, slots=True)
class Signal:
    """The colours of one kind of verdict: `fill` with `on` upon it, `ink` on plain surfaces, `tint` as a quiet background."""

    fill: str
    on: str
    ink: str
    tint: str


@dataclass(frozen=True, slots=True)
class Theme:
    """One set of colours, as #rrggbb."""

    name: str
    window: str
    surface: str
    raised: str
    line: str
    edge: str
    text: str
    muted: str
    accent: str
    on_accent: str
    select: str
    rail: str
    rail_text: str
    rail_on: str
    rail_on_text: str
    sea: str
    land: str
    border: str
    route: str
    genuine: Signal
    caution: Signal
    rejected: Signal
    unknown: Signal

    def of(self, kind: Kind) -> Signal:
        """The colours of a kind of verdict."""
        return {
            Kind.GENUINE: self.genuine,
            Kind.CAUTION: self.caution,
            Kind.REJECTED: self.rejected,
            Kind.UNKNOWN: self.unknown,
        }[kind]

    def pairs(self) -> Iterator[tuple[str, str, str, float]]:
        """(what, foreground, background, least contrast) of every text, and of every shape that carries meaning (3 : 1)."""
        for ground in ("window", "surface", "raised", "select"):
            for ink in ("text", "muted"):
                yield f"{ink} on {ground}", getattr(self, ink), getattr(self, ground), 4.5
        for ground in ("window", "surface"):
            yield f"accent on {ground}", self.accent, getattr(self, ground), 4.5
            yield f"edge on {ground}", self.edge, getattr(self, ground), 3.0
        yield "text on the accent", self.on_accent, self.accent, 4.5
        yield "a button that cannot be pressed", self.muted, self.line, 4.5
        yield "rail", self.rail_text, self.rail, 4.5
        yield "rail, chosen", self.rail_on_text, self.rail_on, 4.5
        yield "names on the sea", self.text, self.sea, 4.5
        yield "names on the land", self.text, self.land, 4.5
        yield "route on the sea", self.route, self.sea, 3.0
        yield "route on the land", self.route, self.land, 3.0
        for kind in Kind:
            signal = self.of(kind)
            yield f"{kind.value} word", signal.on, signal.fill, 4.5
            for ground in ("window", "surface", "raised", "select"):
                yield f"{kind.value} ink on {ground}", signal.ink, getattr(self, ground), 4.5
            yield f"{kind.value} ink on its tint", signal.ink, signal.tint, 4.5
            yield f"text on {kind.value} tint", self.text, signal.tint, 4.5


LIGHT = Theme(
    name="light",
    window="#f3f5f7",
    surface="#ffffff",
    raised="#f8fafb",
    line="#dde3e9",
    edge="#7d8a98",
    text="#14202c",
    muted="#526071",
    accent="#1b5fa8",
    on_accent="#ffffff",
    select="#e3eefa",
    rail="#14202c",
    rail_text="#b4c2d0",
    rail_on="#2a3d51",
    rail_on_text="#ffffff",
    sea="#dfe8ef",
    land="#fbfcfc",
    border="#d3dbe2",
    route="#1b5fa8",
    genuine=Signal("#11734a", "#ffffff", "#0d6b43", "#e4f4ec"),
    caution=Signal("#ffc12e", "#2a1c00", "#7d5200", "#fff4d8"),
    rejected=Signal("#b3202b", "#ffffff", "#ab1d28", "#fce9e9"),
    unknown=Signal("#4c5d70", "#ffffff", "#46566a", "#e9edf2"),
)

DARK = Theme(
    name="dark",
    window="#10171f",
    surface="#19232d",
    raised="#1f2b37",
    line="#2e3c4a",
    edge="#76879a",
    text="#e9eef3",
    muted="#a7b5c3",
    accent="#86b8f2",
    on_accent="#0c1a29",
    select="#25384c",
    rail="#0b1118",
    rail_text="#a7b5c3",
    rail_on="#25384c",
    rail_on_text="#ffffff",
    sea="#131c25",
    land="#263442",
    border="#3b4c5d",
    route="#86b8f2",
    genuine=Signal("#177a51", "#ffffff", "#6fd6a5", "#163528"),
    caution=Signal("#e9ae2a", "#241800", "#f3c25a", "#3a2f12"),
    rejected=Signal("#b42c36", "#ffffff", "#ff9c9c", "#42201f"),
    unknown=Signal("#55677b", "#ffffff", "#b7c5d3", "#27323e"),
)


def current() -> Theme:
    """The theme the application wears, read from its palette, so that no widget has to be told."""
    return DARK if QGuiApplication.palette().color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT


CHANGES = (QEvent.Type.PaletteChange, QEvent.Type.StyleChange)
"""What a widget with painted colours of its own has to answer in `changeEvent`."""


def choose(preference: str) -> Theme:
    """LIGHT or DARK for `system`, `light` or `dark`; where the platform does not say, light."""
    if preference == "system":
        return DARK if QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark else LIGHT
    return DARK if preference == "dark" else LIGHT


def apply(application: QApplication, theme: Theme) -> None:
    """Dress the whole application."""
    application.setStyle("Fusion")
    application.setPalette(palette(theme))
    application.setStyleSheet(sheet(theme))


def prepare_font(application: QApplication) -> None:
    """The system's font, but never smaller than 10.5 points: this is read at arm's length."""
    font = application.font()
    if font.pointSizeF() < 10.5:
        font.setPointSizeF(10.5)
    font.setStyleStrategy(QFont.StyleStrategy.PreferAntialias)
    application.setFont(font)


def palette(theme: Theme) -> QPalette:
    """The Qt palette of a theme; roles not named here are derived by Qt."""
    made = QPalette(QColor(theme.raised), QColor(theme.window))
    role = QPalette.ColorRole
    for where, colour in (
        (role.Window, theme.window),
        (role.WindowText, theme.text),
        (role.Base, theme.surface),
        (role.AlternateBase, theme.raised),
        (role.Text, theme.text),
        (role.Button, theme.raised),
        (role.ButtonText, theme.text),
        (role.BrightText, theme.text),
        (role.PlaceholderText, theme.muted),
        (role.Highlight, theme.select),
        (role.HighlightedText, theme.text),
        (role.Link, theme.accent),
        (role.LinkVisited, theme.accent),
        (role.ToolTipBase, theme.raised),
        (role.ToolTipText, theme.text),
        (role.Mid, theme.line),
        (role.Dark, theme.edge),
        (role.Accent, theme.accent),
    ):
        made.setColor(where, QColor(colour))
    for where in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, where, QColor(theme.edge))
    return made


SIZES = {
    "caption": 0.88,
    "body": 1.0,
    "strong": 1.0,
    "lead": 1.22,
    "reason": 1.42,
    "title": 1.45,
    "number": 1.75,
    "headline": 1.8,
    "word": 4.2,
}
"""The sizes of text, as multiples of the application's."""
_WEIGHTS = {
    "strong": QFont.Weight.DemiBold,
    "title": QFont.Weight.DemiBold,
    "number": QFont.Weight.DemiBold,
    "headline": QFont.Weight.DemiBold,
    "word": QFont.Weight.Bold,
    "lead": QFont.Weight.Medium,
}


def font_of(role: str, base: QFont | None = None) -> QFont:
    """The font of a role (a key of SIZES), grown from the application's."""
    font = QFont(base if base is not None else QApplication.font())
    font.setPointSizeF(font.pointSizeF() * SIZES[role])
    font.setWeight(_WEIGHTS.get(role, QFont.Weight.Normal))
    return font
