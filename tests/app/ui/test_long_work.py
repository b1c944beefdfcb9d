# ruff: noqa: F811 - fixtures of another folder are imported and then named as arguments
"""Long work never holds the window up: at most 100 ms between two turns of its event loop, whatever the lanes do.

Other programs share the processors of a test machine, so what is held to 100 ms here is the time that the window's own thread
computes in one turn; the clock on the wall may show a multiple. `make bench` prints the clock's time with 100,000 events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, thread_time

import pytest
from PySide6.QtCore import QTimer

from app.demo.cast import glns
from app.desk.tasks import Task
from app.ui.pages.desk_chooser import Wanted
from app.ui.window import PAGES, Window
from tests.app.desk.yard import DRUG, MAKER, Yard
from tests.app.ui.desk_window import begin, desk_of, founded, link, profile, settle, window, yard  # noqa: F401 - fixtures

LONGEST = 0.1
LONGEST_ON_THE_WALL = 2.0


class Turns:
    """How long each turn of the event loop took, by the clock and by the thread's own time."""

    def __init__(self, window: Window) -> None:
        self.walls: list[float] = []
        self.owns: list[float] = []
        self._wall, self._own = monotonic(), thread_time()
        self._timer = QTimer(window)
        self._timer.setInterval(5)
        self._timer.timeout.connect(self._turn)
        self._timer.start()

    def _turn(self) -> None:
        wall, own = monotonic(), thread_time()
        self.walls.append(wall - self._wall)
        self.owns.append(own - self._own)
        self._wall, self._own = wall, own

    def begin(self) -> None:
        """Forget what was."""
        self.walls, self.owns = [], []
        self._wall, self._own = monotonic(), thread_time()


@pytest.fixture
def watched(qtbot, window: Window) -> Iterator[Callable[[Callable[[], object]], None]]:
    """Does something, lets it settle, and holds every turn meanwhile to the limit."""
    turns = Turns(window)

    def watch(work: Callable[[], object]) -> None:
        settle(qtbot, window)
        turns.begin()
        work()
        settle(qtbot, window)
        qtbot.waitUntil(lambda: len(turns.owns) > 2)
        assert max(turns.owns) <= LONGEST
        assert sorted(turns.walls)[-2] <= LONGEST_ON_THE_WALL

    return watch  # type: ignore[return-value]


def test_a_count_of_many_scans(qtbot, window: Window, yard: Yard, watched) -> None:
    page = begin(qtbot, window, Wanted(Task.CHECK))  # the first card of a window loads its fonts
    for item in yard.stock:
        page.take(link(item))
    settle(qtbot, window)
    page.finish()
    settle(qtbot, window)

    def count() -> None:
        begin(qtbot, window, Wanted(Task.COUNT))
        for _ in range(6):
            for item in yard.stock:
                page.take(link(item))
        settle(qtbot, window)
        page.finish()

    watched(count)


def test_every_page_and_the_pull_of_a_whole_log(qtbot, window: Window, watched) -> None:
    for name in PAGES:
        window.page(name)
    for name in PAGES:
        watched(lambda name=name: window.open(name))
    window.open("scan")

    def again() -> None:
        window.lanes.network(_forget_and_pull, lambda _: None)
        window.lanes.network(lambda door: door.alerts.assessor(), lambda _: None)

    watched(again)


def _forget_and_pull(door: object) -> int:
    station = door.desk.station  # type: ignore[attr-defined]
    with station.store.transaction():
        station.store.replica.rewind(0, -1)
    return int(station.sync().entries)


def test_an_issue_of_labels_and_the_forecast(qtbot, window: Window, watched, tmp_path: Path) -> None:
    page = desk_of(window)
    window.lanes.store(lambda door: door.save(here=glns(MAKER)), lambda _: None)
    page.open_tab("labels")
    settle(qtbot, window)
    pane = page.labels
    for field, text in ((pane.gtin, DRUG.gtin), (pane.lot, "N7"), (pane.expiry, "2028-01-31"), (pane.product, DRUG.name)):
        field.setText(text)
    pane.count.setText("300")
    watched(lambda: pane.start(tmp_path))
    assert pane.notice.words.startswith("2 files were written")
    watched(lambda: window.open("forecast"))
