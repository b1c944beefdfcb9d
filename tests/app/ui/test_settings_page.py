"""What may be set, and what was fixed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from app.checks import Settings
from app.network.access import GWEI, Access, with_limits
from app.ui.pages.settings import SettingsPage
from app.ui.tasks import Lanes
from chain.errors import BadInput
from tests.app.ui.world import ALBA, HARBOUR, World


@pytest.fixture
def page(qtbot, dressed, lanes: Lanes, world: World) -> SettingsPage:
    world.kept = replace(world.kept, chain_id=9506, contract="0x" + "ab" * 20, code_hash="0x" + "cd" * 32)
    made = SettingsPage(lanes, "system")
    qtbot.addWidget(made)
    with qtbot.waitSignal(lanes.settled):
        made.show()
    return made


def pick(box, data: object) -> None:
    box.setCurrentIndex(box.findData(data))
    box.activated.emit(box.currentIndex())


def test_it_shows_what_is_set_and_what_is_pinned(page: SettingsPage) -> None:
    assert page.here.currentData() == HARBOUR.gln
    assert page.max_age.currentText() == "7 days"
    assert page.chain_id.text() == "9506"
    assert page.contract.text() == "0x" + "ab" * 20
    assert page.code_hash.text() == "0x" + "cd" * 32
    assert all(field.isReadOnly() for field in (page.profile, page.chain_id, page.contract, page.code_hash))


def test_a_choice_is_kept_at_once(qtbot, page: SettingsPage, world: World) -> None:
    with qtbot.waitSignal(page.changed):
        pick(page.here, ALBA.gln)
    assert world.kept.here == ALBA.gln
    with qtbot.waitSignal(page.changed):
        page.max_age.setCurrentIndex(page.max_age.findText("12 hours"))
        page.max_age.activated.emit(page.max_age.currentIndex())
    assert world.kept.max_age == timedelta(hours=12)


def test_an_unusual_age_is_shown_as_it_is(page: SettingsPage, world: World) -> None:
    page.tell(replace(world.kept, max_age=timedelta(hours=31)))
    assert page.max_age.currentText() == "31 hours"


def test_nothing_pinned_is_said(page: SettingsPage, world: World) -> None:
    page.tell(replace(world.kept, chain_id=None, contract="", code_hash="", here="unheard of"))
    assert page.chain_id.text() == "none pinned"
    assert page.here.currentText() == "Not set"


def test_a_refusal_is_told_and_the_old_value_comes_back(
    qtbot, page: SettingsPage, lanes: Lanes, world: World, monkeypatch
) -> None:
    def refuse(**_: object) -> None:
        raise BadInput("No such party.")

    monkeypatch.setattr(world, "save", refuse)
    pick(page.here, ALBA.gln)
    qtbot.waitUntil(lambda: page.notice.words == "No such party." and page.here.currentData() == HARBOUR.gln)


def test_the_theme_is_asked_for(qtbot, page: SettingsPage) -> None:
    with qtbot.waitSignal(page.theme_chosen) as chosen:
        pick(page.theme, "dark")
    assert chosen.args == ["dark"]


def test_a_passing_wheel_turns_nothing(page: SettingsPage) -> None:
    turn = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, -240), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(page.here, turn)
    assert page.here.currentData() == HARBOUR.gln


# ---- fees and finality ------------------------------------------------------------------------------------------------


def test_a_network_without_fees_has_no_limits_to_set(page: SettingsPage) -> None:
    assert not page.limits.isVisible()


def test_limits_are_kept_as_they_were_typed(qtbot, page: SettingsPage, world: World, monkeypatch) -> None:
    typed: list[tuple[str, str]] = []

    def limit(fee_cap: str, finality: str) -> Settings:
        typed.append((fee_cap, finality))
        return replace(world.kept, fee_cap=Decimal("3"), finality=12)

    monkeypatch.setattr(world, "limit", limit, raising=False)
    page.tell(replace(world.kept, fee_cap=Decimal("2.5"), finality=64))
    assert page.limits.isVisible()
    assert (page.fee_cap.text(), page.finality.text()) == ("2.5", "64")
    page.fee_cap.setText("3")
    page.finality.setText("12")
    with qtbot.waitSignal(page.changed):
        page.keep.click()
    assert typed == [("3", "12")]
    assert "from now on" in page.notice.words


def test_limits_that_are_none_are_refused_in_a_sentence_and_stay_to_be_corrected(
    qtbot, page: SettingsPage, lanes: Lanes, world: World, monkeypatch
) -> None:
    access = Access(("http://127.0.0.1:8545",), fee_cap=2 * GWEI, finality=64)
    monkeypatch.setattr(world, "limit", lambda *typed: with_limits(access, *typed), raising=False)
    page.tell(replace(world.kept, fee_cap=Decimal("2"), finality=64))
    page.fee_cap.setText("two")
    with qtbot.waitSignal(lanes.settled):
        page.keep.click()
    assert "in gwei" in page.notice.words
    assert page.fee_cap.text() == "two"
    assert page.keep.isEnabled()
