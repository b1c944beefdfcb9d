"""How long the desk takes: `python -m tests.bench.desk [LABELS]`

In a real window on a real station of the sample world: from a scanned text to its painted answer, with all between (verdict,
records, two writes to disk, card); the longest the window stood still meanwhile; then an issue of labels, recorded and drawn.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from app.demo.cast import PRODUCTS, glns
from app.demo.units import MAKER
from app.desk.desk import Desk
from app.desk.issuing import Issuing, render, sheet_of
from app.desk.tasks import Task
from app.station import Station
from app.ui.desk_demo import found
from app.ui.pages.desk import DeskPage
from app.ui.pages.desk_chooser import Wanted
from app.ui.screenshots import settle
from chain import gs1
from chain.journey import Item
from tests.bench import answer


def scans(profile: Path, items: list[Item], rounds: int) -> None:
    """Print how long a check at the desk takes from text to painted answer."""
    texts = [gs1.digital_link(item) for item in items] * rounds
    with answer.window_on(profile) as window:
        page = window.page("desk")
        assert isinstance(page, DeskPage)
        page.sounds.loud = False
        window.open("desk")
        page.begin(Wanted(Task.CHECK))
        settle(window)
        beat = answer.Beat(window)
        beat.begin()
        took = []
        for one in answer.timed(window, texts, page.take, page.checked):
            took.append(one)
            page.session.go_on()
        answer.told("desk, sample world", took, beat)


def main(labels: int) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as apart:
        profile = Path(apart) / "demo"
        made = found(profile)
        with Station.open(profile, offline=True) as station:
            items = [row.item for row in station.items(limit=40)]
        scans(profile, [*made.loose, made.case, *items], 4)
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
