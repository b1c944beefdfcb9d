"""The steps from top to bottom."""

from __future__ import annotations

from PySide6.QtCore import Qt

from app.ui import story
from app.ui.widgets.timeline import Timeline
from tests.app.ui.world import journey_of


def test_every_step_is_a_row_with_words_for_a_screen_reader(qtbot, dressed) -> None:
    line = Timeline()
    qtbot.addWidget(line)
    line.tell(story.tell(journey_of()))
    model = line.model()
    assert model.rowCount() == 13
    said = model.index(6, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said.startswith("Shipped to Harbour Warehouse, Northwind Logistics")
    assert said.endswith("Recorded 4 days later")


def test_choosing_a_step_tells_its_place_and_back(qtbot, dressed) -> None:
    line = Timeline()
    qtbot.addWidget(line)
    line.tell(story.tell(journey_of()))
    sites: list[int] = []
    line.site_chosen.connect(sites.append)
    line.setCurrentIndex(line.model().index(7, 0))
    assert sites == [3]
    line.choose_site(4)
    assert line.currentIndex().row() == 11
    line.choose_site(99)
    assert line.currentIndex().row() == 11


def test_it_can_be_drawn_in_both_directions(qtbot, dressed) -> None:
    line = Timeline()
    qtbot.addWidget(line)
    line.resize(500, 1200)
    line.tell(story.tell(journey_of()))
    straight = line.grab().toImage()
    line.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    assert line.grab().toImage() != straight
