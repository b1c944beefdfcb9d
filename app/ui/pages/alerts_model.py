"""The model that judges: its card, learning from what was decided, going back to the shipped one, vouching for it on the chain.

Learning runs in a process of its own, with a way to stop it; what it brought is said in sentences.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from app.language import spoken
from app.ui.pages.alerts_judging import Stopped
from app.ui.plain import Text
from app.ui.tasks import Lanes
from app.ui.theme import TARGET
from app.ui.widgets.confirm import Confirm
from app.ui.widgets.model_card import ModelCard
from app.ui.widgets.panel import Button, Panel
from app.ui.widgets.unlock import Unlock
from app.ui.words import say
from chain.errors import KeyLocked, WayproofError

if TYPE_CHECKING:
    from app.alerts.alerts import Teaching
    from app.alerts.learning import Learned, Learner
    from app.alerts.provenance import Anchor, Judging
    from app.ui.door import Door


def stage_words(stage: str) -> str:
    """What judging or learning is at."""
    return {
        "starting": say("Starting"), "proving": say("Proving"), "reading": say("Reading"), "features": say("Looking"),
        "judging": say("Judging"), "tracing": say("Tracing"), "learning": say("Learning"), "comparing": say("Comparing"),
    }.get(stage, stage)  # fmt: skip


class ModelPane(QWidget):
    """The view. `changed` when another model judges from now on, `told` carries a sentence for the page's notice."""

    changed = Signal()
    told = Signal(str)
    _watched = Signal(str, float)

    def __init__(self, lanes: Lanes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lanes = lanes
        self._stop = threading.Event()
        self.learning = self._waits = False
        self.card, self.confirm, self.unlock = ModelCard(), Confirm(), Unlock(lanes)
        self.cases, self.brought = Text(wrap=True), Text(wrap=True)
        self.learn = Button(self.tr("Learn from these cases"), "lightbulb")
        self.cancel = Button(self.tr("Stop learning"), "x")
        self.shipped = Button(self.tr("Use the shipped model"), "undo-2")
        self.vouch = Button(self.tr("Vouch for this model"), "shield-check")
        self.bar = QProgressBar()
        self.bar.setFixedSize(170, TARGET - 12)
        self.bar.setAccessibleName(self.tr("Learning"))
        self._lay_out()
        self.learn.clicked.connect(self.start)
        self.cancel.clicked.connect(self.stop)
        self.shipped.clicked.connect(self._go_back)
        self.vouch.clicked.connect(self._ask_vouch)
        self.confirm.agreed.connect(self._vouch)
        self.unlock.unlocked.connect(self._vouch)
        self._watched.connect(self._tell_progress)
        self._tell_learning()

    def _lay_out(self) -> None:
        panel = Panel()
        inside = QVBoxLayout(panel)
        inside.setContentsMargins(20, 14, 20, 14)
        inside.setSpacing(8)
        inside.addWidget(Text(self.tr("Learn from what was decided"), role="strong"))
        inside.addWidget(self.cases)
        row = QHBoxLayout()
        row.setSpacing(10)
        for button in (self.learn, self.cancel):
            row.addWidget(button)
        row.addWidget(self.bar)
        row.addStretch(1)
        inside.addLayout(row)
        inside.addWidget(self.brought)
        choose = QHBoxLayout()
        choose.setSpacing(10)
        for button in (self.shipped, self.vouch):
            choose.addWidget(button)
        choose.addStretch(1)
        inside.addLayout(choose)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(12)
        for part in (panel, self.confirm, self.unlock, self.card):
            column.addWidget(part)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        scroll.setAccessibleName(self.tr("Model"))
        scroll.setWidget(body)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)
        self.brought.hide()

    # ---- showing -------------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask which model judges, and what there is to learn from."""
        self._lanes.store(lambda door: door.alerts.teaching(), self._tell_teaching, self._failed)
        self._lanes.store(lambda door: door.alerts.model(), self._tell_model, self._failed)

    def _tell_teaching(self, found: Teaching) -> None:
        said = self.tr("Decided or opened here: {illicit} counterfeit, {honest} genuine.")
        self.cases.setText(said.format(illicit=found.illicit, honest=found.honest))
        self.learn.setEnabled(bool(found.illicit or found.honest))
        self.shipped.setVisible(found.own or found.waits)
        self._waits = found.waits

    def _tell_model(self, model: Judging) -> None:
        self.card.tell(model)
        self.vouch.setVisible(self._waits or model.anchor is None)

    def _failed(self, error: WayproofError) -> None:
        self.told.emit(error.words)

    # ---- learning ------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Learn from what was decided."""
        if not self.learning:
            self.learning = True
            self._stop.clear()
            self.brought.hide()
            self._tell_progress("starting", 0.0)
            self._tell_learning()
            self._lanes.store(lambda door: door.alerts.learner(), self._learn, self._not_learned)

    def stop(self) -> None:
        """Stop learning."""
        self._stop.set()

    def _learn(self, learner: Learner) -> None:
        stop, told = self._stop, self._watched

        def watch(stage: str, share: float) -> None:
            if stop.is_set():
                raise Stopped("Learning was stopped; the model is as it was.")
            told.emit(stage, share)

        def work() -> Learned:
            from app.alerts.apart import apart

            return apart(learner.learn, watch)

        self._lanes.free(work, self._learned, self._not_learned)

    def _learned(self, learned: Learned) -> None:
        if not learned.sha256:
            self._end(learned.told)
            return

        def used(judges: bool) -> None:
            last = self.tr("It judges from now on.") if judges else self.tr("It judges as soon as somebody vouches for it.")
            self._end((*learned.told, last))
            self.refresh()
            if judges:
                self.changed.emit()

        self._lanes.store(lambda door: door.alerts.use(learned), used, self._not_learned)

    def _end(self, sentences: tuple[str, ...]) -> None:
        self.learning = False
        self.brought.setText(" ".join(spoken(one) for one in sentences))
        self.brought.show()
        self._tell_learning()

    def _not_learned(self, error: WayproofError) -> None:
        self._end((error.words,))

    def _tell_learning(self) -> None:
        for widget in (self.bar, self.cancel):
            widget.setVisible(self.learning)
        self.learn.setVisible(not self.learning)

    def _tell_progress(self, stage: str, share: float) -> None:
        self.bar.setMaximum(0 if stage == "learning" else 100)  # how long a fit takes is not known before
        self.bar.setFormat(f"{stage_words(stage)} %p %")
        self.bar.setValue(round(100 * share))

    # ---- choosing ------------------------------------------------------------------------------------------------------

    def _go_back(self) -> None:
        self._do(lambda door: door.alerts.use_shipped(), self.tr("The shipped model judges again."))

    def _do(self, work: Callable[[Door], None], said: str) -> None:
        def done(_: None) -> None:
            self.brought.hide()
            self.told.emit(said)
            self.refresh()
            self.changed.emit()

        self._lanes.store(work, done, self._failed)

    def _ask_vouch(self) -> None:
        words = self.tr(
            "Vouch for this model on the contract? From then on, everybody in your network judges only with models that somebody"
            " vouched for."
        )
        self.confirm.ask(words, self.tr("Vouch for it"))

    def _vouch(self) -> None:
        def done(anchor: Anchor) -> None:
            self.told.emit(self.tr("Anchored in block {block}.").format(block=anchor.block))
            self.refresh()
            self.changed.emit()

        def failed(error: WayproofError) -> None:
            if isinstance(error, KeyLocked):
                self.unlock.ask()
            else:
                self._failed(error)

        self.told.emit(self.tr("Asking the network…"))
        self._lanes.network(lambda door: door.alerts.anchor(), done, failed)
