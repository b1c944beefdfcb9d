"""The last scans."""

from __future__ import annotations

from PySide6.QtCore import Qt

from app.ui.widgets.recent_list import CHECK, KEPT, RecentList
from chain.verdict import Code
from tests.app.ui.world import check_of


def test_the_newest_is_on_top_and_the_oldest_falls_off(qtbot, dressed) -> None:
    recent = RecentList()
    qtbot.addWidget(recent)
    recent.checks.fill([check_of(Code.OK, text=f"old {number}") for number in range(KEPT)])
    recent.checks.add(check_of(Code.EXPIRED, text="new"))
    assert recent.checks.rowCount() == KEPT
    assert recent.checks.checks()[0].scan.text == "new"
    assert recent.checks.checks()[-1].scan.text == f"old {KEPT - 2}"


def test_a_refined_check_takes_the_place_of_the_first_one(qtbot, dressed) -> None:
    recent = RecentList()
    qtbot.addWidget(recent)
    before, after = check_of(Code.NO_EVIDENCE), check_of(Code.OK)
    recent.checks.fill([check_of(Code.OK), before])
    recent.checks.replace(before, after)
    assert recent.checks.checks()[1] is after


def test_choosing_one_shows_it_again(qtbot, dressed) -> None:
    recent = RecentList()
    qtbot.addWidget(recent)
    recent.checks.fill([check_of(Code.OK), check_of(Code.RECALLED)])
    recent.resize(320, 300)
    recent.show()
    where = recent.visualRect(recent.checks.index(1)).center()
    with qtbot.waitSignal(recent.chosen) as chosen:
        qtbot.mouseClick(recent.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert chosen.args[0].verdict.code is Code.RECALLED


def test_a_screen_reader_hears_word_title_and_identity(qtbot, dressed) -> None:
    recent = RecentList()
    qtbot.addWidget(recent)
    recent.checks.fill([check_of(Code.RECALLED)])
    index = recent.checks.index(0)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "Rejected, Recalled, K7Q2-84XM-19PD"
    assert index.data(CHECK) is recent.checks.checks()[0]
