"""Every check that was made, how it ended and why: nothing is left out, the decisive ones come first.

Below them, where statistics has something to ask, its reasons with their weight. It shows; it neither sums up nor hides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.checks import Check
from app.language import capital, listed, spoken
from app.ui import words
from app.ui.icons import Icon
from app.ui.language import counted
from app.ui.plain import Text
from app.ui.theme import CHANGES, Theme, current
from app.ui.widgets.panel import Button, Panel, Rule
from chain.journey import Item
from chain.verdict import Finding, Outcome

if TYPE_CHECKING:
    from forecasting.anomaly import Reason

_ORDER = {Outcome.FAIL: 0, Outcome.UNKNOWN: 1, Outcome.PASS: 2, Outcome.NOT_PROVABLE_OFFLINE: 3}


def ink(theme: Theme, outcome: Outcome) -> str:
    """The colour of an outcome's icon."""
    return {
        Outcome.PASS: theme.genuine.ink,
        Outcome.FAIL: theme.rejected.ink,
        Outcome.UNKNOWN: theme.unknown.ink,
        Outcome.NOT_PROVABLE_OFFLINE: theme.muted,
    }[outcome]


class FindingRow(QWidget):
    """One check: icon, name, outcome in words, sentence."""

    def __init__(self, finding: Finding, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._outcome = finding.outcome
        self._icon = Icon(size=22)
        name = capital(spoken(finding.check.replace("_", " ").strip()))
        why = spoken(finding.why)
        outcome = words.outcome_word(finding.outcome)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(Text(name, role="strong"))
        head.addWidget(Text(outcome, role="caption", tone="muted"), 1)
        said = QVBoxLayout()
        said.setSpacing(1)
        said.addLayout(head)
        said.addWidget(Text(why, wrap=True))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 9, 0, 9)
        row.setSpacing(14)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(said, 1)
        self.setAccessibleName(f"{name}: {outcome}. {why}")
        self._dress()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in CHANGES:
            self._dress()

    def _dress(self) -> None:
        self._icon.show_icon(words.OUTCOME_ICONS[self._outcome], ink(current(), self._outcome))


class WeightBar(QWidget):
    """How much a reason weighs, 0 to 1, as a short bar."""

    def __init__(self, weight: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._weight = min(1.0, max(0.0, weight))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Weight {percent} percent").format(percent=round(self._weight * 100)))

    def sizeHint(self) -> QSize:
        """A short bar."""
        return QSize(72, 10)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A track and its filled part, from the leading edge."""
        theme = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        box = QRectF(self.rect()).adjusted(0, 1, 0, -1)
        painter.setBrush(QColor(theme.line))
        painter.drawRoundedRect(box, 4, 4)
        filled = max(8.0, box.width() * self._weight)
        left = box.right() - filled if self.layoutDirection() is Qt.LayoutDirection.RightToLeft else box.left()
        painter.setBrush(QColor(theme.caution.ink))
        painter.drawRoundedRect(QRectF(left, box.top(), filled, box.height()), 4, 4)
        painter.end()


class EvidenceList(Panel):
    """All findings of a check, and the reasons of its risk. `proof_wanted` carries the check whose proof is to be saved, where
    the list `offers` that."""

    proof_wanted = Signal(object)

    def __init__(self, *, offers: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._offers = offers
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(32, 18, 24, 18)
        self._rows.setSpacing(0)

    def tell(self, check: Check) -> None:
        """Show a check's findings, the decisive ones first."""
        while (old := self._rows.takeAt(0)) is not None:
            if (widget := old.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        findings = sorted(check.verdict.findings, key=lambda finding: _ORDER[finding.outcome])
        summary = self._summary([finding.outcome for finding in findings])
        self._rows.addWidget(Text(summary, role="lead", wrap=True))
        self._rows.addSpacing(8)
        for finding in findings:
            self._rows.addWidget(Rule())
            self._rows.addWidget(FindingRow(finding))
        if check.risk is not None and check.risk.reasons:
            self._tell_risk(check.risk.reasons)
        if self._offers and isinstance(check.item, Item) and check.item.serialised:
            self._rows.addSpacing(14)
            self._rows.addWidget(self._proof(check), 0, Qt.AlignmentFlag.AlignLeading)
        self.setAccessibleName(summary)

    def _proof(self, check: Check) -> Button:
        button = Button(self.tr("Save proof for someone else"), "shield-check")
        button.clicked.connect(lambda: self.proof_wanted.emit(check))
        return button

    def _summary(self, outcomes: list[Outcome]) -> str:
        kinds = (
            (Outcome.FAIL, self.tr("{count} failed")),
            (Outcome.UNKNOWN, self.tr("{count} not known")),
            (Outcome.PASS, self.tr("{count} passed")),
            (Outcome.NOT_PROVABLE_OFFLINE, self.tr("{count} not provable offline")),
        )
        told = [said.format(count=outcomes.count(outcome)) for outcome, said in kinds if outcome in outcomes]
        made = counted("{count} check: {told}", "{count} checks: {told}", len(outcomes))
        return made.format(count=len(outcomes), told=listed(told))

    def _tell_risk(self, reasons: tuple[Reason, ...]) -> None:
        self._rows.addSpacing(14)
        self._rows.addWidget(Text(self.tr("What statistics asks"), role="lead"))
        self._rows.addWidget(
            Text(self.tr("It can ask for a second look; it never rejects."), role="caption", tone="muted", wrap=True)
        )
        self._rows.addSpacing(6)
        for reason in reasons:
            row = QWidget()
            line = QHBoxLayout(row)
            line.setContentsMargins(0, 6, 0, 6)
            line.setSpacing(14)
            line.addWidget(WeightBar(reason.weight), 0, Qt.AlignmentFlag.AlignVCenter)
            line.addWidget(Text(spoken(reason.words), wrap=True), 1)
            self._rows.addWidget(row)
