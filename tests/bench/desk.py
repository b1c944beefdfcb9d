"""How long the desk takes: `python -m tests.bench.desk [LABELS]`

In a real window on a real station of the sample world: from a scanned text to its painted answer, with all between (verdict,
records, two writes to disk, card); the longest the window stood still meanwhile; then an issue of labels, recorded and drawn.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer

from app.demo.cast import PRODUCTS, glns
from app.demo.units import MAKER
from app.desk.desk import Desk
from app.desk.issuing import Issuing, render, sheet_of
from app.desk.tasks import Task
from app.station import Station
from app.ui.desk_demo import found
from app.ui.pages.desk import DeskPage
from app.ui.pages.desk_chooser import Wanted
from app.ui.preferences import Preferences
from app.ui.run import application, lanes_of
from app.ui.screenshots import pin_font, settle
from app.ui.window import Window
from chain import gs1
from chain.journey import Item


def scans(profile: Path, items: list[Item], rounds: int) -> tuple[list[float], float]:
    """Seconds from text to painted answer, one for each scan; and the longest gap between two turns of the event loop."""
    qt = application()
    pin_font(qt)
    window = Window(lanes_of(profile), profile, Preferences())
    loop = QEventLoop()
    window.lanes.settled.connect(loop.quit)
    window.show()
    loop.exec()
    window.lanes.settled.disconnect(loop.quit)
    page = window.page("desk")
    assert isinstance(page, DeskPage)
    page.sounds.loud = False
    window.open("desk")
    page.begin(Wanted(Task.CHECK))
    settle(window)
    gaps, last = [0.0], [time.perf_counter()]

    def beat() -> None:
        now = time.perf_counter()
        gaps.append(now - last[0])
        last[0] = now

    timer = QTimer(window)
    timer.setInterval(2)
    timer.timeout.connect(beat)
    timer.start()
    took = []
    for _ in range(rounds):
        for item in items:
            begun = time.perf_counter()
            page.take(gs1.digital_link(item))
            while window.lanes.outstanding:
                QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 5)
            window.repaint()
            took.append(time.perf_counter() - begun)
            page.session.go_on()
    timer.stop()
    page.finish()
    settle(window)
    window.close()
    return took, max(gaps[5:])


def main(labels: int) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as apart:
        profile = Path(apart) / "demo"
        made = found(profile)
        with Station.open(profile, offline=True) as station:
            items = [row.item for row in station.items(limit=40)]
            events = station.status().events
        took, gap = scans(profile, [*made.loose, made.case, *items], 4)
        ms = sorted(one * 1000 for one in took)
        cut = statistics.quantiles(ms, n=100)
        print(f"text to painted answer, {len(ms)} scans, {events} events:", end=" ")
        print(f"p50 {cut[49]:.0f} ms, p95 {cut[94]:.0f} ms, p99 {cut[98]:.0f} ms")
        print(f"longest the window stood still: {gap * 1000:.0f} ms")
        with Station.open(profile) as station:
            station.save(here=glns(MAKER))
            issuing = Issuing(Desk(station))
            issue = issuing.begin(PRODUCTS[0].gtin, labels, lot="BENCH", product=PRODUCTS[0].name)
            begun = time.perf_counter()
            issuing.record(issue.id)
            recorded = time.perf_counter() - begun
            some = list(issuing.labels(issue.id))
        for name in ("L7160", "ZPL"):
            begun = time.perf_counter()
            parts = render(some, issue, Path(apart) / name, sheet_of(name))
            drawn = time.perf_counter() - begun
            size = sum(part.stat().st_size for part in parts)
            print(f"{name}: {labels / drawn:.0f} labels a second, {size / labels / 1000:.1f} kB each")
        print(f"issuing: {labels / recorded:.0f} labels a second recorded")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
