"""What a person found: four answers, a note, a photo. Alt and the marked letter answer from the keyboard."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QGridLayout, QLineEdit, QWidget

from app.alerts.case import Alert, Decision
from app.language import listed, number
from app.ui import suspicion, words
from app.ui.language import counted
from app.ui.plain import Text, shown
from app.ui.theme import TARGET
from app.ui.widgets.panel import Button
from app.ui.words import say

_LONGEST = 4_000
_FOUR = 600
"""Pixels that four answers need in a row."""
_ICONS = {
    Decision.GENUINE: "check", Decision.COUNTERFEIT: "x", Decision.DATA_ERROR: "pencil-line",
    Decision.UNSURE: "circle-question-mark",
}  # fmt: skip


class DecideBar(QWidget):
    """The answers. `decided` carries the decision, the note, the photo's path or None, and whether similar cases get it too."""

    decided = Signal(object, str, object, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._photo: Path | None = None
        self._kept = ""
        self.note = QLineEdit()
        self.note.setPlaceholderText(self.tr("Note: what you saw on the item, whom you asked"))
        self.note.setAccessibleName(self.tr("Note"))
        self.note.setMaxLength(_LONGEST)
        self.photo = Button(self.tr("&Photo"), "image-up")
        self.photo.clicked.connect(self._ask_photo)
        self.before = Text(tone="muted", wrap=True)
        self.look = Button(self.tr("Open photo"), "image-up", quiet=True)
        self.look.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(self._kept)))
        self.alike = Button("", "minus")
        self.alike.setCheckable(True)
        self.alike.toggled.connect(lambda on: self.alike.use_icon("check" if on else "minus"))
        marked = {
            Decision.GENUINE: self.tr("&Genuine"), Decision.COUNTERFEIT: self.tr("&Counterfeit"),
            Decision.DATA_ERROR: self.tr("&Data error"), Decision.UNSURE: self.tr("&Unsure"),
        }  # fmt: skip
        self.buttons: dict[Decision, Button] = {}
        self._answers = QGridLayout()
        self._answers.setSpacing(10)
        for decision in Decision:
            button = Button(marked[decision], _ICONS[decision])
            button.setAccessibleName(self.tr("Decide: {answer}").format(answer=suspicion.decision_words(decision)))
            button.setMinimumHeight(TARGET + 4)
            button.clicked.connect(lambda _, decision=decision: self._decide(decision))
            self.buttons[decision] = button
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(10)
        grid.addWidget(self.note, 0, 0)
        grid.addWidget(self.photo, 0, 1)
        grid.addWidget(self.alike, 1, 0, 1, 2)
        grid.addLayout(self._answers, 2, 0, 1, 2)
        grid.addWidget(self.before, 3, 0)
        grid.addWidget(self.look, 3, 1)
        self._across = 0
        self._arrange(len(self.buttons))
        self._tell_photo()
        self._tell_alike(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Four answers in a row, or two where there is no room."""
        super().resizeEvent(event)
        self._arrange(4 if self.width() >= _FOUR else 2)

    def minimumSizeHint(self) -> QSize:
        """Room for two answers in a row."""
        return QSize(280, super().minimumSizeHint().height())

    def _arrange(self, across: int) -> None:
        if across != self._across:
            self._across = across
            for place, button in enumerate(self.buttons.values()):
                self._answers.addWidget(button, place // across, place % across)

    def tell(self, alert: Alert, alike: int = 0) -> None:
        """Show what was decided about an alert before, and be ready for the next answer, which may be that of `alike` others."""
        self._tell_alike(alike)
        self.note.clear()
        self.use_photo(None)
        said = [
            "  ·  ".join(filter(None, (suspicion.decision_words(d.decision), d.by, words.moment(d.at), d.note)))
            for d in alert.decisions
        ]
        self.before.setText(say("Decided before: {answers}").format(answers=listed(said)) if said else "")
        self.before.setVisible(bool(said))
        self._kept = next((d.photo for d in reversed(alert.decisions) if d.photo), "")
        self.look.setVisible(bool(self._kept))

    def _tell_alike(self, count: int) -> None:
        said = counted("The same answer for {count} similar case", "The same answer for {count} similar cases", count)
        self.alike.setText(said.format(count=number(count)))
        self.alike.setChecked(False)
        self.alike.setVisible(count > 0)

    def use_photo(self, path: Path | None) -> None:
        """The photo that goes with the next answer."""
        self._photo = path
        self._tell_photo()

    def _tell_photo(self) -> None:
        self.photo.setText(shown(self._photo.name, 20).replace("&", "&&") if self._photo is not None else self.tr("&Photo"))
        self.photo.setAccessibleName(self.tr("Photo: {name}").format(name=self._photo.name if self._photo else self.tr("none")))

    def _ask_photo(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, self.tr("Photo of the item"), "", self.tr("Pictures (*.png *.jpg *.jpeg *.webp)")
        )
        if path:
            self.use_photo(Path(path))

    def _decide(self, decision: Decision) -> None:
        self.decided.emit(decision, self.note.text(), self._photo, self.alike.isVisible() and self.alike.isChecked())
