"""The map."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication

from app.ui import story
from app.ui.theme import LIGHT
from app.ui.widgets.journey_map import JourneyMap
from app.ui.widgets.land import Outlines, great_circle, project, read_outlines
from chain.journey import Journey, Place, Verb
from tests.app.ui.world import ALBA, ITEM, journey_of, step

TOKYO, LOS_ANGELES = Place("1", "Tokyo", 35.68, 139.69), Place("2", "Los Angeles", 34.05, -118.24)


@pytest.fixture(scope="module")
def outlines(qapp: QApplication) -> Outlines:
    return read_outlines()


@pytest.fixture
def chart(qtbot, dressed, outlines: Outlines) -> JourneyMap:
    made = JourneyMap()
    qtbot.addWidget(made)
    made.use_outlines(outlines)
    made.resize(900, 600)
    made.show()
    return made


def ground(chart: JourneyMap, lat: float, lon: float) -> str:
    """The colour drawn at a place, without journey."""
    spot = chart.position(story.Site(1, "", lat, lon))
    return chart.grab().toImage().pixelColor(spot.toPoint()).name()


def test_land_is_land_and_sea_is_sea(chart: JourneyMap) -> None:
    assert ground(chart, 20.0, 5.0) == LIGHT.land  # Sahara
    assert ground(chart, 0.0, -30.0) == LIGHT.sea  # Atlantic
    assert ground(chart, 42.0, 51.0) == LIGHT.sea  # Caspian, a hole in the land
    chart.tell(story.tell(Journey(ITEM, (step(Verb.COMMISSION, ALBA, TOKYO, 0), step(Verb.RECEIVE, ALBA, LOS_ANGELES, 9)))))
    assert ground(chart, 66.0, 178.0) == LIGHT.land  # Chukotka, on both sides of the date line
    assert ground(chart, 66.5, -175.0) == LIGHT.land
    assert ground(chart, 30.0, 180.0) == LIGHT.sea  # no seam at the date line


def test_no_outline_crosses_the_whole_map(outlines: Outlines) -> None:
    for path in (outlines.land, outlines.borders):
        box = path.boundingRect()
        assert -180.01 <= box.left() <= box.right() <= 180.01
    # Empty ocean at 50 degrees south, east of Patagonia to west of Kerguelen: a streak along the parallel would be land here.
    assert not any(outlines.land.contains(QPointF(*project(-50.0, lon))) for lon in range(-60, 68))


def test_a_journey_is_fitted_and_its_places_are_in_view(chart: JourneyMap) -> None:
    told = story.tell(journey_of())
    chart.tell(told)
    for site in told.sites:
        assert chart.rect().contains(chart.position(site).toPoint())
    assert chart.accessibleDescription().startswith("Places: Alba Pharma, Basel")


def test_a_voyage_over_the_pacific_is_short(chart: JourneyMap) -> None:
    told = story.tell(Journey(ITEM, (step(Verb.COMMISSION, ALBA, TOKYO, 0), step(Verb.RECEIVE, ALBA, LOS_ANGELES, 9))))
    chart.tell(told)
    west, east = (chart.position(site) for site in told.sites)
    assert west.x() < east.x()
    assert east.x() - west.x() > 0.5 * chart.width()  # the whole width is used for the Pacific, not for the rest of the world


def test_pointing_at_a_place_chooses_it(qtbot, chart: JourneyMap) -> None:
    told = story.tell(journey_of())
    chart.tell(told)
    spot = chart.position(told.sites[3]).toPoint()
    with qtbot.waitSignal(chart.site_chosen) as chosen:
        qtbot.mouseClick(chart, Qt.MouseButton.LeftButton, pos=spot + QPoint(9, 9))
    assert chosen.args == [4]


def test_it_can_be_dragged_zoomed_and_brought_back(qtbot, chart: JourneyMap) -> None:
    told = story.tell(journey_of())
    chart.tell(told)
    basel = told.sites[0]
    first = chart.position(basel)
    empty = QPoint(20, chart.height() - 20)
    qtbot.mousePress(chart, Qt.MouseButton.LeftButton, pos=empty)
    qtbot.mouseMove(chart, empty + QPoint(30, -10))
    qtbot.mouseRelease(chart, Qt.MouseButton.LeftButton, pos=empty + QPoint(30, -10))
    moved = chart.position(basel) - first
    assert (round(moved.x()), round(moved.y())) == (30, -10)
    chart.zoom(2, chart.position(basel))
    assert (chart.position(basel) - first - moved).manhattanLength() < 1
    qtbot.keyClick(chart, Qt.Key.Key_Right)
    qtbot.keyClick(chart, Qt.Key.Key_Plus)
    qtbot.keyClick(chart, Qt.Key.Key_Home)
    assert (chart.position(basel) - first).manhattanLength() < 1


def test_zooming_has_ends(chart: JourneyMap) -> None:
    for _ in range(40):
        chart.zoom(3)
    close = chart._view.scale
    for _ in range(40):
        chart.zoom(0.3)
    assert close == 60
    assert chart._view.scale * 360 >= chart.width()


def test_without_outlines_and_without_a_journey_it_is_all_sea(qtbot, dressed) -> None:
    chart = JourneyMap()
    qtbot.addWidget(chart)
    chart.resize(400, 300)
    chart.tell(story.tell(Journey(ITEM)))
    assert chart.grab().toImage().pixelColor(10, 10).name() == LIGHT.sea


@given(st.floats(-85, 85), st.floats(-180, 180), st.floats(-85, 85), st.floats(-180, 180))
def test_great_circles_begin_and_end_where_they_should(lat1: float, lon1: float, lat2: float, lon2: float) -> None:
    line = great_circle((lat1, lon1), (lat2, lon2))
    for (lat, lon), (want_lat, want_lon) in ((line[0], (lat1, lon1)), (line[-1], (lat2, lon2))):
        assert lat == pytest.approx(want_lat, abs=1e-4)
        turn = math.radians(lon - want_lon)
        assert math.cos(turn) == pytest.approx(1, abs=1e-4)
    assert all(abs(a[1] - b[1]) <= 180 for a, b in pairwise(line))
