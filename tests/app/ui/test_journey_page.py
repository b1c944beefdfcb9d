"""One item's way."""

from __future__ import annotations

import threading

import pytest

from app.family import Family, Kin, Relative
from app.ui.pages.journey import JourneyPage
from app.ui.tasks import Lanes
from chain.errors import StoreError
from chain.journey import Claim, Event, Item, Journey
from tests.app.ui.world import BASEL, ITEM, NOON, World


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


CASE = Item(sscc="195210000100000017")


def test_a_relative_leads_on_and_back_leads_back(qtbot, page: JourneyPage, lanes: Lanes, world: World) -> None:
    world.kin[ITEM.key] = Family(ITEM, (Relative(CASE.key, CASE, Kin.PACKED_IN, NOON),))
    with qtbot.waitSignal(lanes.settled):
        page.show_item(ITEM)
    assert page._kin.isVisibleTo(page)
    with qtbot.waitSignal(lanes.settled):
        page.family.item_chosen.emit(CASE)
    assert (page.item, page._kin.isVisibleTo(page)) == (CASE, False)
    with qtbot.assertNotEmitted(page.left), qtbot.waitSignal(lanes.settled):
        page.back.click()
    assert page.item == ITEM
    with qtbot.waitSignal(page.left):
        page.back.click()


def test_what_only_files_tell_is_said_under_the_map(qtbot, page: JourneyPage, lanes: Lanes, world: World, monkeypatch) -> None:
    told = Claim(Event("urn:uuid:1", "ObjectEvent", "OBSERVE", NOON, read_point=BASEL.gln), "ni:///", "a.xml", place=BASEL)
    monkeypatch.setattr(world, "journey", lambda item: Journey(item, (), (told,)))
    with qtbot.waitSignal(lanes.settled):
        page.show_item(ITEM)
    assert "Dashed legs are told by imported files and not proven." in page._map_words.text()
    assert not page.notice.isVisibleTo(page)
