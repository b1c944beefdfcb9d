"""From decoded text to painted card with a large replica, in the whole window: the scan page, three tasks at the desk, the scan
page while the network's thread pulls the whole log; then how long each page holds the window up when it is opened.

`python -m tests.bench.verify` measures it over its 100,000 events; `python -m tests.bench.answer PROFILE` over a copy of a
profile that is there (`--pages`: the pages alone). A count expects everything that is here, so its list is as long as the stock.
Beside each figure stands the longest time in which the window's event loop did not turn, and the processor time, which others on
the machine do not change.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer, SignalInstance

from app.desk.tasks import Task
from app.standings import bring_up
from app.station import Station
from app.ui.pages.desk import DeskPage
from app.ui.pages.desk_chooser import Wanted
from app.ui.preferences import Preferences
from app.ui.run import application, lanes_of
from app.ui.screenshots import pin_font, settle
from app.ui.window import PAGES, Window
from chain import gs1
from chain.journey import Item

if TYPE_CHECKING:
    from app.ui.door import Door

TASKS = (Task.CHECK, Task.QUARANTINE, Task.COUNT)


class Beat:
    """Since `begin`: the longest time between two turns of the event loop, the most that the window's thread computed between
    two, and the program's processor time, in seconds."""

    def __init__(self, window: Window) -> None:
        self.longest = self.own = 0.0
        self._last, self._used, self._own = time.perf_counter(), time.process_time(), time.thread_time()
        self._timer = QTimer(window)
        self._timer.setInterval(2)
        self._timer.timeout.connect(self._turn)
        self._timer.start()

    def _turn(self) -> None:
        now, own = time.perf_counter(), time.thread_time()
        self.longest, self.own = max(self.longest, now - self._last), max(self.own, own - self._own)
        self._last, self._own = now, own

    def begin(self) -> None:
        """Forget what was."""
        QCoreApplication.processEvents()
        self._last, self._used, self._own = time.perf_counter(), time.process_time(), time.thread_time()
        self.longest = self.own = 0.0

    @property
    def used(self) -> float:
        """Processor time of all threads."""
        return time.process_time() - self._used


@contextmanager
def window_on(profile: Path, *, offline: bool = True) -> Iterator[Window]:
    """The window of a profile, open and settled. It asks no network by itself."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    pin_font(application())
    window = Window(lanes_of(profile, offline=offline), profile, Preferences(), offline=True)
    loop = QEventLoop()
    window.lanes.opened.connect(loop.quit)
    window.show()
    loop.exec()
    settle(window)
    try:
        yield window
    finally:
        window.close()


def timed(window: Window, texts: Iterable[str], take: Callable[[str], None], answered: SignalInstance) -> Iterator[float]:
    """Milliseconds from a text to its painted card, one for each text."""
    loop = QEventLoop()
    for text in texts:
        begun = time.perf_counter()
        held = answered.connect(loop.quit)
        take(text)
        loop.exec()
        answered.disconnect(held)
        window.repaint()
        yield (time.perf_counter() - begun) * 1000
        QCoreApplication.processEvents()


def told(where: str, took: list[float], beat: Beat) -> None:
    """One line of figures."""
    cut = statistics.quantiles(took[5:], n=100)
    print(
        f"text to painted card, {where}, {len(took)} scans: p50 {cut[49]:.0f} ms, p95 {cut[94]:.0f} ms, p99 {cut[98]:.0f} ms, "
        f"{beat.used / len(took) * 1000:.0f} ms of processor time each (load {os.getloadavg()[0]:.1f}); "
        f"the window stood still {beat.longest * 1000:.0f} ms at most",
        flush=True,
    )


def painted(profile: Path, items: list[Item], scans: int = 300) -> None:
    """Print the figures for the scan page, the desk and the opening of every page; the station must say whose it is."""
    texts = [gs1.digital_link(item) for item in random.Random(2).sample(items, min(scans, len(items)))]
    with window_on(profile) as window:
        beat = Beat(window)
        beat.begin()
        told("scan page", list(timed(window, texts, lambda text: window.scan.submit([text]), window.scan.checked)), beat)
        page = window.page("desk")
        assert isinstance(page, DeskPage)
        page.sounds.loud = False
        window.open("desk")
        settle(window)
        with _waiting(beat, "where every unit stands is told, as behind a sync,"):
            window.lanes.network(lambda door: bring_up(door.desk.station.store), lambda _: None)
            settle(window)
        for task in TASKS:
            with _waiting(beat, f"task {task.value} begins"):
                page.begin(Wanted(task))
                settle(window)
            beat.begin()
            took = []
            for one in timed(window, texts, page.take, page.checked):
                took.append(one)
                page.session.go_on()
            told(f"desk, {task.value}", took, beat)
            window.lanes.store(_drop, lambda _: None)
            settle(window)
            page.refresh()
            settle(window)
        opened(window, beat)


def opened(window: Window, beat: Beat) -> None:
    """Print how long each page holds the window up when it is opened for the first time, in the order of the rail."""
    for name in PAGES:
        with _waiting(beat, f"page {name} settles"):
            window.open(name)
            settle(window)


@contextmanager
def _waiting(beat: Beat, what: str) -> Iterator[None]:
    beat.begin()
    begun = time.perf_counter()
    yield
    took = time.perf_counter() - begun
    stood = f"the window stood still {beat.longest * 1000:.0f} ms at most, and computed {beat.own * 1000:.0f} ms of one turn"
    print(f"{what} after {took:.2f} s; {stood} (load {os.getloadavg()[0]:.1f})", flush=True)


def painted_during_a_pull(profile: Path, items: list[Item]) -> None:
    """Print the figures of the scan page while the whole log is pulled and proven into an empty replica."""
    texts = itertools.cycle([gs1.digital_link(item) for item in items])
    with TemporaryDirectory() as apart:
        behind = Path(apart) / "behind"
        behind.mkdir()
        for name in ("chain.sqlite", "trust.json"):
            shutil.copy(profile / name, behind / name)
        with window_on(behind, offline=False) as window:
            pulled: list[object] = []
            window.lanes.network(lambda door: door.desk.station.sync(), pulled.append)
            beat, took = Beat(window), list[float]()
            beat.begin()
            for one in timed(window, texts, lambda text: window.scan.submit([text]), window.scan.checked):
                took.append(one)
                if pulled:
                    break
            told("scan page during a pull", took, beat)


def _drop(door: Door) -> None:
    """Take every line back, so that the next task begins with an empty desk and nothing is recorded."""
    desk = door.desk
    while desk.open is not None and desk.open.standing.last() is not None:
        desk.undo()
    desk.end()


def main(profile: Path, pages: bool) -> None:
    """Measure a copy of a profile that is there; the opening of its pages alone, if so wanted."""
    with TemporaryDirectory() as apart:
        copied = shutil.copytree(profile, Path(apart) / "copy")
        if pages:
            with window_on(copied) as window:
                opened(window, Beat(window))
            return
        with Station.open(copied, offline=True) as station:
            print(f"{station.status().events:,} events in the replica")
            items = [row.item for row in station.items(limit=2_000) if row.item.serialised]
        painted(copied, items)
        painted_during_a_pull(copied, items)


if __name__ == "__main__":
    main(Path(sys.argv[1]), "--pages" in sys.argv[2:])
