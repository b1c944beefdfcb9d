"""One item's way."""

from __future__ import annotations

import threading

import pytest

from app.ui.pages.journey import JourneyPage
from app.ui.tasks import Lanes
from chain.errors import StoreError
from chain.journey import Item, Journey
from tests.app.ui.world import ITEM, World


@pytest.fixture
def page(qtbot, dressed, lanes: Lanes) -> JourneyPage:
    made = JourneyPage(lanes)
    qtbot.addWidget(made)
    made.resize(1000, 700)
    with qtbot.waitSignal(lanes.settled):
        made.show()
    return made


def test_timeline_and_map_point_at_each_other(qtbot, page: JourneyPage, lanes: Lanes) -> None:
    with qtbot.waitSignal(lanes.settled):
        page.show_item(ITEM)
    assert page.timeline.model().rowCount() == 13
    assert page._map_words.text() == (
        "Last known place: Uhuru Chemist, Nairobi. 1 step has no known place and is not on the map."
    )
    page.timeline.setCurrentIndex(page.timeline.model().index(11, 0))
    assert page.map._chosen == 4
    page.map.site_chosen.emit(2)
    assert page.timeline.currentIndex().row() == 4


def test_the_answer_to_an_earlier_question_is_dropped(qtbot, page: JourneyPage, lanes: Lanes, world: World, monkeypatch) -> None:
    gate = threading.Event()
    real = world.journey

    def slow(item: Item) -> Journey:
        gate.wait(5)
        return real(item)

    monkeypatch.setattr(world, "journey", slow)
    other = Item("09521000011019", "OTHER")
    page.show_item(ITEM)
    page.show_item(other)
    with qtbot.waitSignal(lanes.settled):
        gate.set()
    assert page._title.text() == "09521000011019  ·  OTHER"


def test_an_item_nobody_knows_is_said(qtbot, page: JourneyPage, lanes: Lanes, world: World, monkeypatch) -> None:
    monkeypatch.setattr(world, "journey", lambda item: Journey(item))
    with qtbot.waitSignal(lanes.settled):
        page.show_item(ITEM)
    assert page.notice.words.startswith("Nothing about this item is known")


def test_an_error_is_shown(qtbot, page: JourneyPage, world: World, monkeypatch) -> None:
    def refuse(item: Item) -> Journey:
        raise StoreError("The database is damaged.")

    monkeypatch.setattr(world, "journey", refuse)
    page.show_item(ITEM)
    qtbot.waitUntil(lambda: page.notice.words == "The database is damaged.")


def test_back_goes_back(qtbot, page: JourneyPage) -> None:
    page.show_item(ITEM)
    with qtbot.waitSignal(page.left):
        page.back.click()
