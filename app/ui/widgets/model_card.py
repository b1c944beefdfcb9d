"""The model card: which model judges here, what it was trained on, and who vouches for it on the contract."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from app.language import number
from app.ui import suspicion, words
from app.ui.plain import Text
from app.ui.widgets.panel import Panel
from app.ui.words import say

if TYPE_CHECKING:
    from app.alerts.provenance import Judging


_HASH = re.compile(r"\b[0-9a-f]{64}\b")


def rows_of(model: Judging) -> list[tuple[str, str]]:
    """The card as (name, value)."""
    card, anchor = model.card, model.anchor
    vouched = say("Nobody has anchored this model on the contract.")
    if anchor is not None:
        when = f", {words.moment(anchor.at)}" if anchor.at is not None else ""
        vouched = say("Anchored by {who} in block {block}{when}").format(who=anchor.who, block=number(anchor.block), when=when)
    told = {
        say("Vouched for"): vouched,
        say("Model (SHA-256)"): card["model_sha256"],
        say("Features (SHA-256)"): f"{card['features_sha256']}  ({card['features']})",
    }
    for part in ("thresholds", "training", "metrics"):
        values = model.statement[part]
        if isinstance(values, dict):
            name = {"thresholds": say("Thresholds"), "training": say("Training"), "metrics": say("Metrics")}[part]
            told[name] = "  ·  ".join(_fact(key, value) for key, value in sorted(values.items())) or say("none told")
    kinds = card.get("kinds")
    told[say("Knows")] = "  ·  ".join(suspicion.kind_words(str(kind)) for kind in kinds) if isinstance(kinds, list) else ""
    told[say("What it is for")] = say(
        "It ranks items for a person to look at. It rejects nothing and makes no verdict better; a perfect exchange of the goods"
        " that leaves no trace in the records is beyond it."
    )
    return [(name, str(value)) for name, value in told.items()]


def _in_groups(found: re.Match[str]) -> str:
    """A hash as four words, so that a line can break in it."""
    return " ".join(found[0][place : place + 16] for place in range(0, 64, 16))


def _fact(name: str, value: object) -> str:
    """One threshold, figure or fact of the training; those that a person can do nothing with in the words of the card."""
    if isinstance(value, float) and name == "recall":
        said = say("finds {percent} % of known attacks, at 5 false alarms in 1,000 goods")
        return said.format(percent=f"{100 * value:.1f}")
    if isinstance(value, float) and name == "false_discoveries":
        return say("at most {percent} % of the alerts are to be false").format(percent=f"{100 * value:.0f}")
    return f"{name.replace('_', ' ')} {value}"


class ModelCard(Panel):
    """The card."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(20, 16, 20, 16)
        self._grid.setHorizontalSpacing(20)
        self._grid.setVerticalSpacing(10)
        self._grid.setColumnStretch(1, 1)
        self.rows: list[tuple[str, str]] = []

    def tell(self, model: Judging) -> None:
        """Show a model's card."""
        while (old := self._grid.takeAt(0)) is not None:
            if (widget := old.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.rows = rows_of(model)
        top = Qt.AlignmentFlag.AlignTop
        for place, (name, value) in enumerate(self.rows):
            self._grid.addWidget(Text(name, role="strong"), place, 0, top)
            told = Text(_HASH.sub(_in_groups, value), wrap=True)
            told.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._grid.addWidget(told, place, 1, top)
        self._grid.setRowStretch(len(self.rows), 1)
        self.setAccessibleName(". ".join(f"{name}: {value}" for name, value in self.rows))
