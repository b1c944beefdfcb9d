"""What this laptop knows."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from app.ui.pages.items import ItemsPage
from app.ui.tasks import Lanes
from app.ui.widgets.item_table import PAGE
from chain.errors import StoreError
from tests.app.ui.world import World


@pytest.fixture
def page(qtbot, dressed, lanes: Lanes) -> ItemsPage:
    made = ItemsPage(lanes)
    qtbot.addWidget(made)
    made.resize(1000, 600)
    with qtbot.waitSignal(lanes.settled):
        made.show()
    return made


def test_it_asks_for_a_page_at_a_time(qtbot, page: ItemsPage, lanes: Lanes, world: World) -> None:
    assert page.model.rowCount() == PAGE
    assert world.calls == [f"items '' {PAGE} 0"]
    with qtbot.waitSignal(lanes.settled):
        page.table.scrollToBottom()
    assert page.model.rowCount() == 2 * PAGE
    with qtbot.waitSignal(lanes.settled):
        page.table.scrollToBottom()
    assert page.model.rowCount() == 120
    page.table.scrollToBottom()
    assert lanes.outstanding == 0


def test_it_finds_as_one_types(qtbot, page: ItemsPage, lanes: Lanes, world: World) -> None:
    with qtbot.waitSignal(lanes.settled):
        qtbot.keyClicks(page.search, "honey")
    assert world.calls[1:] == [f"items 'honey' {PAGE} 0"]
    assert {page.model.index(row, 1).data() for row in range(page.model.rowCount())} == {"Mountain honey 500 g"}


def test_no_match_is_said(qtbot, page: ItemsPage, lanes: Lanes) -> None:
    with qtbot.waitSignal(lanes.settled):
        qtbot.keyClicks(page.search, "nothing like it")
    assert page._nothing.isVisible()
    assert not page.table.isVisible()


def test_a_double_click_opens_the_journey(qtbot, page: ItemsPage) -> None:
    where = page.table.visualRect(page.model.index(3, 0)).center()
    qtbot.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    with qtbot.waitSignal(page.item_chosen) as chosen:
        qtbot.mouseDClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert chosen.args[0].serial == "K00003"


def test_enter_in_the_search_opens_the_first(qtbot, page: ItemsPage) -> None:
    with qtbot.waitSignal(page.item_chosen) as chosen:
        qtbot.keyClick(page.search, Qt.Key.Key_Return)
    assert chosen.args[0].serial == "K00000"


def test_an_error_is_shown(qtbot, page: ItemsPage, world: World, monkeypatch) -> None:
    def refuse(*_: object) -> list[object]:
        raise StoreError("The database is damaged.")

    monkeypatch.setattr(world, "items", refuse)
    page.refresh()
    qtbot.waitUntil(lambda: page.notice.words == "The database is damaged.")
