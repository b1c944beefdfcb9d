"""What stays when the pages of the window are made anew because another language is spoken.

The open task, its people and its lines are the desk's, in the store lane, and do not notice. Here is what only the pages know:
which page is open, the answer on the card, answers that nobody has acknowledged yet, a summary that was not read yet, and what
somebody has typed so far.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from chain.verdict import Kind

if TYPE_CHECKING:
    from app.checks import Check
    from app.ui.pages.desk_shown import DeskState
    from app.ui.window import Window
    from chain.journey import Item

Typed = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Carried:
    """Taken from a window before its pages go, put into it when the new ones are there."""

    opened: str
    before: str
    check: Check | None
    recent: tuple[Check, ...]
    counts: Mapping[Kind, int]
    item: Item | None
    desk: DeskState | None
    typed: Mapping[str, Typed]

    @classmethod
    def of(cls, window: Window) -> Carried:
        """What the pages know."""
        return cls(
            window.opened,
            window.opened_before,
            window.scan.card.check,
            window.scan.recent.checks.checks(),
            {kind: window.scan.counter.number(kind) for kind in Kind},
            window.journey.item if window.journey is not None else None,
            window.desk.state() if window.desk is not None else None,
            {name: _typed(page) for name, page in window.made.items()},
        )

    def into(self, window: Window) -> None:
        """Give it to the new pages."""
        window.scan.fill(self.recent)
        for kind, count in self.counts.items():
            window.scan.counter.count(kind, count)
        if self.check is not None:
            window.scan.show_check(self.check)
        type_into(window.scan, self.typed["scan"])
        window.expect({name: texts for name, texts in self.typed.items() if name not in ("scan", "journey")})
        if self.desk is not None:
            window.page("desk")
            if window.desk is not None:
                window.desk.go_on(self.desk)
        if self.item is not None:
            window.show_journey(self.item)
        window.open(self.before)
        window.open(self.opened)


def _fields(page: QWidget) -> list[QLineEdit | QPlainTextEdit]:
    """Where a person types, in the order in which the page made them."""
    lines = [field for field in page.findChildren(QLineEdit) if not field.isReadOnly()]
    return [*lines, *page.findChildren(QPlainTextEdit)]


def _typed(page: QWidget) -> Typed:
    return tuple(field.text() if isinstance(field, QLineEdit) else field.toPlainText() for field in _fields(page))


def type_into(page: QWidget, texts: Typed) -> None:
    """Put what was typed into a page that was made anew: it has the same fields. Where it has others, nothing is guessed."""
    fields = _fields(page)
    if len(fields) == len(texts):
        for field, text in zip(fields, texts, strict=True):
            field.setText(text) if isinstance(field, QLineEdit) else field.setPlainText(text)
