"""Why an item is asked about: what the proofs say, then the harmless cause, then what statistics found and what it hangs on."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.alerts.case import Alert
from app.language import spoken
from app.ui import suspicion, words
from app.ui.icons import Icon
from app.ui.plain import Text
from app.ui.theme import CHANGES, current
from app.ui.widgets.panel import Panel
from chain.verdict import Code, Kind

_NARROW = 220


class Line(QWidget):
    """An icon and a sentence."""

    def __init__(self, icon: str, kind: Kind | None, sentence: str, role: str = "body", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._kind = icon, kind
        self._icon = Icon(size=20)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(12)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(Text(sentence, role=role, wrap=True), 1)
        self.setAccessibleName(sentence)
        self._dress()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in CHANGES:
            self._dress()

    def _dress(self) -> None:
        theme = current()
        self._icon.show_icon(self._name, theme.of(self._kind).ink if self._kind is not None else theme.accent)


class CaseReasons(Panel):
    """The reasons of one alert. `sentences` are what it says, top down."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(18, 12, 18, 12)
        self._rows.setSpacing(2)
        self.sentences: tuple[str, ...] = ()

    def minimumSizeHint(self) -> QSize:
        """As high as its sentences are at the width it has."""
        return QSize(_NARROW, self.heightForWidth(max(_NARROW, self.width())))

    def tell(self, alert: Alert) -> None:
        """Show an alert's reasons."""
        while (old := self._rows.takeAt(0)) is not None:
            if (widget := old.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        lines = [self._proof(alert), *self._harmless(alert), *self._statistics(alert)]
        self.sentences = tuple(sentence for _, _, sentence in lines)
        for place, (icon, kind, sentence) in enumerate(lines):
            self._rows.addWidget(Line(icon, kind, sentence, "strong" if place == 0 else "body"))
        self.setAccessibleName(". ".join(self.sentences))

    def _proof(self, alert: Alert) -> tuple[str, Kind | None, str]:
        proof = alert.suspect.proof
        kind = Kind(proof.kind)
        if proof.code == Code.OK.value:
            return words.KIND_ICONS[kind], None, self.tr("The records are proven and whole. What follows only asks.")
        known = {Kind.REJECTED: self.tr("Proven: {why}"), Kind.CAUTION: self.tr("Asked at a scan: {why}")}
        said = known.get(kind, self.tr("Not settled by proof: {why}"))
        return words.KIND_ICONS[kind], kind, said.format(why=spoken(proof.why))

    def _harmless(self, alert: Alert) -> list[tuple[str, Kind | None, str]]:
        return [("lightbulb", None, spoken(alert.suspect.harmless))] if alert.suspect.harmless else []

    def _statistics(self, alert: Alert) -> list[tuple[str, Kind | None, str]]:
        suspect = alert.suspect
        found: list[tuple[str, Kind | None, str]] = []
        if suspect.flagged:
            guess = not alert.proven_bad and bool(suspect.kind)  # what is proven needs no guess
            said = (
                self.tr("Statistics asks: risk {percent} %, best guess {kind}.")
                if guess
                else self.tr("Statistics asks: risk {percent} %.")
            )
            head = said.format(percent=f"{100 * suspect.risk:.0f}", kind=suspicion.kind_words(suspect.kind))
            found.append(("triangle-alert", Kind.CAUTION, head))
        found += [("search", None, spoken(sentence(reason))) for reason in suspect.reasons]
        if suspect.without:
            found.append(("undo-2", None, spoken(suspect.without)))
        return found


def sentence(words_: str) -> str:
    """A clause as a sentence."""
    return f"{words_[:1].upper()}{words_[1:]}" + ("" if words_.endswith(".") else ".")
