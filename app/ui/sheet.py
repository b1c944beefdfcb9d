"""The style sheet: corners, edges and padding that a palette cannot say. Colours come from the theme, fonts from code."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.ui.theme import Theme

_SHEET = Template("""
QLabel { background: transparent; }
QLabel[tone="muted"] { color: $muted; }
QLabel[tone="accent"] { color: $accent; }
QLabel[tone="rail"] { color: $rail_text; }

QFrame#panel { background: $surface; border: 1px solid $line; border-radius: 10px; }
QFrame#rule { background: $line; border: none; max-height: 1px; min-height: 1px; }
QWidget#rail { background: $rail; }
QFrame#strip { background: $surface; border: none; border-top: 1px solid $line; }

QWidget#rail QToolButton {
    color: $rail_text; background: transparent; border: 2px solid transparent; border-radius: 10px; padding: 4px 4px;
}
QWidget#rail QToolButton:hover { color: $rail_on_text; }
QWidget#rail QToolButton:checked { color: $rail_on_text; background: $rail_on; }
QWidget#rail QToolButton:focus { border-color: $rail_text; }

QToolButton#map { background: $surface; border: 1px solid $line; border-radius: 8px; }
QToolButton#map:hover { border-color: $edge; }
QToolButton#map:focus { border: 2px solid $accent; }

QPushButton {
    min-height: 40px; padding: 0 16px; border-radius: 8px; border: 2px solid $line; background: $surface; color: $text;
}
QPushButton:hover { background: $raised; border-color: $edge; }
QPushButton:pressed { background: $select; }
QPushButton:focus { border-color: $accent; }
QPushButton:disabled { color: $edge; border-color: $line; }
QPushButton#tall { min-height: 56px; border-radius: 10px; }
QPushButton[tone="primary"] { background: $accent; color: $on_accent; border-color: $accent; }
QPushButton[tone="primary"]:hover { border-color: $text; }
QPushButton[tone="primary"]:pressed { background: $rail_on; color: $rail_on_text; }
QPushButton[tone="primary"]:focus { border-color: $text; }
QPushButton[tone="primary"]:disabled { background: $line; color: $muted; border-color: $line; }
QPushButton[tone="quiet"] { border-color: transparent; background: transparent; color: $accent; }
QPushButton[tone="quiet"]:hover { background: $raised; }
QPushButton[tone="quiet"]:focus { border-color: $accent; }

QToolButton#task {
    background: $surface; color: $text; border: 2px solid $line; border-radius: 12px; padding: 14px 8px;
}
QToolButton#task:hover { border-color: $edge; }
QToolButton#task:pressed { background: $select; }
QToolButton#task:focus { border-color: $accent; }
QToolButton#tab { background: transparent; color: $muted; border: none; border-bottom: 3px solid transparent; padding: 0 14px; }
QToolButton#tab:hover { color: $text; }
QToolButton#tab:checked { color: $text; border-bottom-color: $accent; }
QToolButton#tab:focus { border: 2px solid $accent; }
QPlainTextEdit {
    padding: 8px; border-radius: 8px; border: 2px solid $edge; background: $surface; color: $text;
    selection-background-color: $accent; selection-color: $on_accent;
}
QPlainTextEdit:focus { border-color: $accent; }
QProgressBar { border: 1px solid $edge; border-radius: 6px; background: $surface; color: $text; text-align: center; }
QProgressBar::chunk { background: $select; border-radius: 5px; }

QLineEdit, QComboBox {
    min-height: 40px; padding: 0 12px; border-radius: 8px; border: 2px solid $edge; background: $surface; color: $text;
    selection-background-color: $accent; selection-color: $on_accent; placeholder-text-color: $muted;
}
QLineEdit:focus, QComboBox:focus { border-color: $accent; }
QLineEdit:read-only { background: transparent; border-color: transparent; padding: 0 12px; margin-left: -14px; }
QLineEdit:read-only:focus { border-color: $accent; }
QLineEdit#scan { min-height: 56px; border-radius: 10px; border-color: $edge; }
QLineEdit#scan:focus { border-color: $accent; }
QComboBox::drop-down { width: 36px; border: none; }
QComboBox::down-arrow { image: none; }
QComboBox QAbstractItemView { background: $surface; border: 1px solid $line; padding: 4px; }

QListView, QTableView {
    background: $surface; border: none; outline: none; selection-background-color: $select; selection-color: $text;
    gridline-color: $line;
}
QTableView::item { padding: 0 12px; border-bottom: 1px solid $line; }
QHeaderView::section {
    background: $surface; color: $muted; border: none; border-bottom: 1px solid $line; padding: 10px 15px;
}
QHeaderView { background: $surface; border: none; }
QTableCornerButton::section { background: $surface; border: none; }

QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget#body { background: transparent; }
QScrollBar:vertical { width: 12px; background: transparent; margin: 2px 1px 2px 4px; }
QScrollBar:horizontal { height: 12px; background: transparent; margin: 4px 2px 1px 2px; }
QScrollBar::handle { background: $edge; border-radius: 3px; min-height: 32px; min-width: 32px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QToolTip { background: $raised; color: $text; border: 1px solid $line; padding: 6px; }
""")


def sheet(theme: Theme) -> str:
    """The style sheet of a theme."""
    return _SHEET.substitute({name: getattr(theme, name) for name in theme.__slots__ if isinstance(getattr(theme, name), str)})
