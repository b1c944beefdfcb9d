"""Three lanes beside the GUI thread, so that the window never waits.

The *store lane* is one thread that opens the station and is the only one to touch it; its jobs run one at a time, scans first.
The *network lane* is another with a station of its own on the same profile: whoever asks a node does it there, so that a slow
network holds no scan up. Where there is no second station (the tests' stand-in is but one), its jobs go to the store lane.
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


class _Waiting:
    """Jobs that wait for a thread, the most urgent first, those of one urgency in their order."""

    def __init__(self) -> None:
        self._jobs: list[tuple[int, int, Job]] = []
        self._order = itertools.count()
        self._wake = threading.Condition()
        self._closed = False

    def put(self, job: Job, urgency: Urgency) -> bool:
        """Let a job wait; False where it came too late."""
        with self._wake:
            if not self._closed:
                heapq.heappush(self._jobs, (int(urgency), next(self._order), job))
                self._wake.notify()
            return not self._closed

    def take(self) -> Job | None:
        """The next job, when there is one; None after `close`."""
        with self._wake:
            while not self._jobs and not self._closed:
                self._wake.wait()
            return heapq.heappop(self._jobs)[2] if self._jobs else None

    def close(self) -> None:
        """Cancel what waits."""
        with self._wake:
            self._closed = True
            for _, _, job in self._jobs:
                job.cancelled = True
            self._jobs.clear()
            self._wake.notify()


class Lanes(QObject):
    """The three lanes. Make it on the GUI thread; `start()` opens the station in its own thread.

    Args:
        open_door: opens the station, in the store lane's thread.
        open_line: opens the network lane's own station beside it, in that lane's thread.
    """

    opened = Signal()
    trouble = Signal(str)
    settled = Signal()
    _landed = Signal(object, object, object)
    _door_open = Signal(object)

    def __init__(
        self, open_door: Callable[[], Door], open_line: Callable[[Any], Door] | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._open_door, self._open_line = open_door, open_line
        self._stored, self._asked = _Waiting(), _Waiting()
        self._closing = False
        self._outstanding = 0
        self._thread = threading.Thread(target=self._run_store, name="wayproof-store", daemon=True)
        self._line: threading.Thread | None = None
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
        return self._give(self._stored, Job(work, done, failed), urgency)

    def network(
        self,
        work: Callable[[Door], T],
        done: Callable[[T], None],
        failed: Callable[[WayproofError], None] | None = None,
        urgency: Urgency = Urgency.READ,
    ) -> Job:
        """The same in the network lane: for whatever may have to wait for a node. Its door has no open task."""
        if self._open_line is None:
            return self.store(work, done, failed, Urgency.IDLE)
        return self._give(self._asked, Job(work, done, failed), urgency)

    def _give(self, waiting: _Waiting, job: Job, urgency: Urgency) -> Job:
        self._outstanding += 1
        if not waiting.put(job, urgency):
            self._outstanding -= 1
            job.cancelled = True
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
        """Cancel what waits, let what runs end, close the station. True if all lanes ended within `patience` seconds."""
        self._closing = True
        for waiting in (self._asked, self._stored):
            waiting.close()
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
        self._begin_line(self._run_line, door)
        try:
            self._signal(self._door_open, None)
            while (job := self._stored.take()) is not None:
                self._do(job, partial(job.work, door))
        finally:
            self._end_line()
            door.close()

    def _run_line(self, beside: Door) -> None:
        assert self._open_line is not None
        try:
            door = self._open_line(beside)
        except WayproofError as error:
            self._refuse(self._asked, error)
            return
        try:
            while (job := self._asked.take()) is not None:
                self._do(job, partial(job.work, door))
        finally:
            door.close()

    def _refuse_all(self, error: WayproofError) -> None:
        self._signal(self._door_open, error)
        self._begin_line(self._refuse, self._asked, error)
        self._refuse(self._stored, error)
        self._end_line()

    def _begin_line(self, run: Callable[..., None], *about: object) -> None:
        if self._open_line is not None:
            self._line = threading.Thread(target=run, args=about, name="wayproof-network", daemon=True)
            self._line.start()

    def _end_line(self) -> None:
        if self._line is not None:
            self._line.join()

    def _refuse(self, waiting: _Waiting, error: WayproofError) -> None:
        while (job := waiting.take()) is not None:
            self._land(job, None, error)

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
