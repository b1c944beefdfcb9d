"""Two lanes beside the GUI thread, so that the window never waits.

The *store lane* is one thread that opens the station and is the only one to touch it; its jobs run one at a time, scans first.
The *free lane* is a small pool for work that needs no database (decoding a picture, reading outlines). Answers come back as
signals of the `Lanes` object, which lives as long as the window, so no answer ever meets a deleted sender. After `close()`
nothing is delivered any more. A job cannot be stopped midway from here; it can be cancelled before it starts, and its answer
is dropped if it is cancelled after.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from chain.errors import WayproofError

if TYPE_CHECKING:
    from app.ui.door import Door

T = TypeVar("T")
LOG = logging.getLogger(__name__)


class Urgency(IntEnum):
    """Which job of the store lane goes first."""

    SCAN = 0
    READ = 1
    IDLE = 2


class BugError(WayproofError):
    """Something that should not have happened did; the details are in the log."""


@dataclass(eq=False, slots=True)
class Job:
    """One piece of work on its way. `cancel()` makes sure that its answer is not delivered."""

    work: Callable[..., Any]
    done: Callable[[Any], None]
    failed: Callable[[WayproofError], None] | None
    cancelled: bool = False
    future: Future[None] | None = field(default=None, repr=False)

    def cancel(self) -> None:
        """Forget this job: not started, it never starts; running, its answer is dropped."""
        self.cancelled = True
        if self.future is not None:
            self.future.cancel()


class Lanes(QObject):
    """The store lane and the free lane. Make it on the GUI thread; `start()` opens the station in its own thread."""

    opened = Signal()
    trouble = Signal(str)
    settled = Signal()
    _landed = Signal(object, object, object)
    _door_open = Signal(object)

    def __init__(self, open_door: Callable[[], Door], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open_door = open_door
        self._waiting: list[tuple[int, int, Job]] = []
        self._order = itertools.count()
        self._wake = threading.Condition()
        self._closing = False
        self._outstanding = 0
        self._thread = threading.Thread(target=self._run_store, name="wayproof-store", daemon=True)
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="wayproof-free")
        self._landed.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._door_open.connect(self._tell_opened, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Open the station, in the store lane. Jobs may be given before; they wait for it."""
        self._thread.start()

    @property
    def outstanding(self) -> int:
        """Jobs given and not yet answered or cancelled in this window."""
        return self._outstanding

    def store(
        self,
        work: Callable[[Door], T],
        done: Callable[[T], None],
        failed: Callable[[WayproofError], None] | None = None,
        urgency: Urgency = Urgency.READ,
    ) -> Job:
        """Do `work(door)` in the store lane, then `done(answer)` or `failed(error)` on the GUI thread.

        Without `failed` an error is told through `trouble`. Jobs of one urgency keep their order.
        """
        job = Job(work, done, failed)
        with self._wake:
            if self._closing:
                job.cancelled = True
                return job
            self._outstanding += 1
            heapq.heappush(self._waiting, (int(urgency), next(self._order), job))
            self._wake.notify()
        return job

    def free(
        self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[WayproofError], None] | None = None
    ) -> Job:
        """Do `work()` in the free lane, then `done(answer)` or `failed(error)` on the GUI thread."""
        job = Job(work, done, failed)
        if self._closing:
            job.cancelled = True
            return job
        self._outstanding += 1
        job.future = self._pool.submit(self._run_free, job)
        job.future.add_done_callback(lambda future: self._land(job, None, None) if future.cancelled() else None)
        return job

    def close(self, patience: float = 15.0) -> bool:
        """Cancel what waits, let what runs end, close the station. True if both lanes ended within `patience` seconds."""
        with self._wake:
            self._closing = True
            for _, _, job in self._waiting:
                job.cancelled = True
            self._waiting.clear()
            self._wake.notify()
        self._pool.shutdown(wait=True, cancel_futures=True)
        if self._thread.ident is None:
            return True
        self._thread.join(patience)
        return not self._thread.is_alive()

    def _run_store(self) -> None:
        try:
            door = self._open_door()
        except WayproofError as error:
            self._refuse_all(error)
            return
        except Exception as bug:
            LOG.exception("the station did not open")
            self._refuse_all(_bug(bug))
            return
        try:
            self._signal(self._door_open, None)
            while (job := self._next()) is not None:
                self._do(job, partial(job.work, door))
        finally:
            door.close()

    def _refuse_all(self, error: WayproofError) -> None:
        self._signal(self._door_open, error)
        while (job := self._next()) is not None:
            self._land(job, None, error)

    def _next(self) -> Job | None:
        with self._wake:
            while not self._waiting and not self._closing:
                self._wake.wait()
            return heapq.heappop(self._waiting)[2] if self._waiting else None

    def _run_free(self, job: Job) -> None:
        self._do(job, job.work)

    def _do(self, job: Job, work: Callable[[], Any]) -> None:
        if job.cancelled:
            self._land(job, None, None)
            return
        try:
            answer = work()
        except WayproofError as error:
            LOG.info("%s", error.diagnostics())
            self._land(job, None, error)
        except Exception as bug:
            LOG.exception("a job failed")
            self._land(job, None, _bug(bug))
        else:
            self._land(job, answer, None)

    def _land(self, job: Job, answer: object, error: WayproofError | None) -> None:
        self._signal(self._landed, job, answer, error)

    def _signal(self, signal: Any, *values: object) -> None:
        if not self._closing:
            signal.emit(*values)

    @Slot(object)
    def _tell_opened(self, error: WayproofError | None) -> None:
        if self._closing:
            return
        if error is None:
            self.opened.emit()
        else:
            self.trouble.emit(error.words)

    @Slot(object, object, object)
    def _deliver(self, job: Job, answer: Any, error: WayproofError | None) -> None:
        if self._closing:
            return
        self._outstanding -= 1
        if not job.cancelled:
            if error is None:
                job.done(answer)
            elif job.failed is not None:
                job.failed(error)
            else:
                self.trouble.emit(error.words)
        if self._outstanding == 0:
            self.settled.emit()


def _bug(bug: Exception) -> BugError:
    return BugError(f"Something went wrong inside Wayproof ({type(bug).__name__}). The details are in the log.")
