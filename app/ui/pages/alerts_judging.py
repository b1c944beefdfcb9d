"""The page's long work, in a process of its own: judging all that is proven here, and computing an old alert again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal

from app.alerts.case import Run
from app.ui.tasks import Lanes
from chain.errors import WayproofError

if TYPE_CHECKING:
    from app.alerts.alerts import Kept
    from app.alerts.assessing import Assessor
    from app.alerts.proven import Watch

T = TypeVar("T")


class Stopped(WayproofError):
    """A person stopped the work; nothing of it is kept."""


class Judging(QObject):
    """One piece of work at a time. `turned` when one begins or ends, `watched` its stage and the share done, `judged` after new
    alerts were written down, `computed` a case's risk as it was and as it came out again, `failed` the error that ended it."""

    turned = Signal()
    watched = Signal(str, float)
    judged = Signal()
    computed = Signal(float, float)
    failed = Signal(object)

    def __init__(self, lanes: Lanes, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes = lanes
        self._stop = threading.Event()
        self._again = False
        self.running = False

    def start(self) -> None:
        """Judge everything, unless something is under way."""
        if self._begin():
            self._lanes.store(lambda door: door.alerts.assessor(), self._judge, self._ended)

    def begin_anew(self) -> None:
        """Judge everything by another model than before: after what is under way."""
        self._again = self.running
        self.start()

    def compute_again(self, number: int) -> None:
        """Compute the risk of an alert from the records and the model that it was raised from."""
        if self._begin():
            self._lanes.store(lambda door: door.alerts.kept(number), self._compute, self._ended)

    def stop(self) -> None:
        """Stop what is under way."""
        self._stop.set()

    def _begin(self) -> bool:
        if self.running:
            return False
        self.running = True
        self._stop.clear()
        self.turned.emit()
        self.watched.emit("starting", 0.0)
        return True

    def _apart(self, work: Callable[[Watch], T], done: Callable[[T], None]) -> None:
        stop, told = self._stop, self.watched

        def watch(stage: str, share: float) -> None:
            if stop.is_set():
                raise Stopped("The judging was stopped; the alerts are as they were.")
            told.emit(stage, share)

        def doing() -> T:
            from app.alerts.apart import apart

            return apart(work, watch)

        self._lanes.free(doing, done, self._ended)

    def _judge(self, assessor: Assessor) -> None:
        self._apart(assessor.run, self._keep)

    def _keep(self, run: Run) -> None:
        self._lanes.store(lambda door: door.alerts.keep(run), lambda _: self._ended(None), self._ended)

    def _compute(self, kept: Kept) -> None:
        def done(risk: float) -> None:
            self._ended(None, judged=False)
            self.computed.emit(kept.risk, risk)

        self._apart(partial(kept.assessor.again_for, kept.run, kept.key), done)

    def _ended(self, error: WayproofError | None, judged: bool = True) -> None:
        self.running = False
        self.turned.emit()
        if error is not None:
            self.failed.emit(error)
        elif judged:
            self.judged.emit()
        if self._again:
            self._again = False
            self.start()
