"""Four numbers."""

from __future__ import annotations

from app.ui.widgets.counter import Counter, Tile
from chain.verdict import Kind


def test_it_counts_and_recounts(qtbot, dressed) -> None:
    counter = Counter()
    qtbot.addWidget(counter)
    for _ in range(3):
        counter.count(Kind.UNKNOWN)
    counter.recount(Kind.UNKNOWN, Kind.GENUINE)
    counter.recount(Kind.GENUINE, Kind.GENUINE)
    assert {kind: counter.number(kind) for kind in Kind} == {
        Kind.GENUINE: 1, Kind.CAUTION: 0, Kind.REJECTED: 0, Kind.UNKNOWN: 2,
    }  # fmt: skip
    assert [tile.accessibleName() for tile in counter.findChildren(Tile)] == [
        "Genuine: 1", "Caution: 0", "Rejected: 0", "Unknown: 2",
    ]  # fmt: skip
