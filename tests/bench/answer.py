"""From decoded text to painted card with a large replica, in the whole window: the scan page, and three tasks at the desk.

`python -m tests.bench.verify` measures it over its 100,000 events; `python -m tests.bench.answer PROFILE` over a profile that is
there. A count expects everything that is here, so its list is as long as the stock. Beside each figure stands the longest time in
which the window's event loop did not turn.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer

from app.desk.tasks import Task
from app.station import Station
from app.ui.pages.desk import DeskPage
from app.ui.pages.desk_chooser import Wanted
from app.ui.preferences import Preferences
from app.ui.run import application, lanes_of
from app.ui.screenshots import pin_font, settle
from app.ui.window import Window
from chain import gs1
from chain.journey import Item


class Beat:
    """The longest time, in seconds, between two turns of the event loop."""

    def __init__(self, window: Window) -> None:
        self.longest = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer(window)
        self._timer.setInterval(2)
        self._timer.timeout.connect(self._turn)
        self._timer.start()

    def _turn(self) -> None:
        now = time.perf_counter()
        self.longest = max(self.longest, now - self._last)
        self._last = now

    def begin(self) -> None:
        """Forget what was."""
        QCoreApplication.processEvents()
        self._last, self.longest = time.perf_counter(), 0.0


@contextmanager
def window_on(profile: Path) -> Iterator[Window]:
    """The window of a profile, open, silent, with one more profile for what it remembers of itself."""
    pin_font(application())
    window = Window(lanes_of(profile, offline=True), profile, Preferences(), offline=True)
    loop = QEventLoop()
    window.lanes.opened.connect(loop.quit)
    window.show()
    loop.exec()
    settle(window)
    try:
        yield window
    finally:
        window.close()


def timed(window: Window, texts: list[str], take: Callable[[str], None], seen: Callable[[], None]) -> list[float]:
    """Milliseconds from a text to its painted card, one for each text."""
    took = []
    for text in texts:
        begun = time.perf_counter()
        take(text)
        while window.lanes.outstanding:
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 5)
        QCoreApplication.processEvents()
        window.repaint()
        took.append((time.perf_counter() - begun) * 1000)
        seen()
    return took


def told(where: str, took: list[float], beat: Beat, events: int) -> None:
    """One line of figures."""
    cut = statistics.quantiles(took[5:], n=100)
    print(
        f"text to painted card, {where}, {len(took)} scans, {events:,} events: p50 {cut[49]:.0f} ms, p95 {cut[94]:.0f} ms, "
        f"p99 {cut[98]:.0f} ms; longest the window stood still: {beat.longest * 1000:.0f} ms",
        flush=True,
    )


def painted(profile: Path, items: list[Item], scans: int = 300) -> None:
    """Print the figures for the scan page and the desk of a profile whose station says whose it is."""
    chosen = random.Random(2).sample(items, scans)
    texts = [gs1.digital_link(item) for item in chosen]
    with Station.open(profile, offline=True) as station:
        events = station.status().events
    with window_on(profile) as window:
        beat = Beat(window)
        beat.begin()
        told("scan page", timed(window, texts, lambda text: window.scan.submit([text]), lambda: None), beat, events)
        page = window.page("desk")
        assert isinstance(page, DeskPage)
        page.sounds.loud = False
        window.open("desk")
        settle(window)
        for task in (Task.CHECK, Task.QUARANTINE, Task.COUNT):
            beat.begin()
            begun = time.perf_counter()
            page.begin(Wanted(task))
            settle(window)
            took = time.perf_counter() - begun
            print(f"{task.value} begins after {took:.1f} s; the window stood still {beat.longest * 1000:.0f} ms at most")
            beat.begin()
            told(f"desk, {task.value}", timed(window, texts, page.take, page.session.go_on), beat, events)
            window.lanes.store(lambda door: _drop(door), lambda _: None)
            settle(window)
            page.refresh()
            settle(window)


def _drop(door: object) -> None:
    """Take every line back, so that the next task begins with an empty desk and nothing is recorded."""
    desk = door.desk  # type: ignore[attr-defined]
    while desk.open is not None and desk.open.standing.last() is not None:
        desk.undo()
    desk.finish()


def main(profile: Path) -> None:
    """Measure a profile that is there."""
    with Station.open(profile, offline=True) as station:
        items = [row.item for row in station.items(limit=2_000)]
    painted(profile, [item for item in items if item.serialised])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
