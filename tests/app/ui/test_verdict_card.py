"""The answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel

from app.ui import theme
from app.ui.widgets.verdict_card import VerdictCard
from chain.journey import Item, Unreadable
from chain.verdict import AsOf, Code, Kind
from tests.app.ui import golden
from tests.app.ui.golden import Look, assert_golden, wearing
from tests.app.ui.world import NOON, check_of

FACES = {Kind.GENUINE: Code.OK, Kind.CAUTION: Code.SUSPECTED, Kind.REJECTED: Code.RECALLED, Kind.UNKNOWN: Code.UNREADABLE}


def words(card: VerdictCard) -> list[str]:
    return [label.text() for label in card.findChildren(QLabel) if label.text() and not label.isHidden()]


LOOKS = (Look(), Look(theme.DARK), Look(language="ar"), Look(theme.DARK, language="ar"), Look(scale=2))


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
@pytest.mark.parametrize("kind", list(Kind), ids=lambda kind: kind.value.lower())
def test_the_card_looks_as_in_the_golden_picture(qtbot, pinned: QApplication, kind: Kind, look: Look) -> None:
    with wearing(pinned, look):
        card = VerdictCard()
        qtbot.addWidget(card)
        card.tell(check_of(FACES[kind], text="0109521000011018"))
        card.setFixedWidth(760)
        card.ensurePolished()
        card.resize(760, card.heightForWidth(760) if card.hasHeightForWidth() else card.sizeHint().height())
        assert_golden(card, f"verdict_card/{kind.value.lower()}-{look.name}", look.scale)


@pytest.mark.parametrize("code", list(Code), ids=lambda code: code.value)
def test_each_code_has_a_word_a_title_a_reason_and_a_thing_to_do(qtbot, dressed, code: Code) -> None:
    card = VerdictCard()
    qtbot.addWidget(card)
    check = check_of(code)
    card.tell(check)
    shown = words(card)
    assert shown[0] == check.verdict.kind.value
    assert check.verdict.reason in shown
    assert "As of block 12,345, 3 min ago" in shown
    assert len(card.accessibleName().split(". ")) >= 4
    assert len(set(shown)) == len(shown)


def test_the_age_grows_while_the_card_stands(qtbot, dressed, monkeypatch) -> None:
    card = VerdictCard()
    qtbot.addWidget(card)
    now = [1000.0]
    monkeypatch.setattr("app.ui.widgets.verdict_card.monotonic", lambda: now[0])
    card.tell(check_of(Code.OK))
    now[0] += 3600
    card._timer.timeout.emit()
    assert "As of block 12,345, 1 h ago" in words(card)


def test_without_proven_knowledge_it_says_so(qtbot, dressed) -> None:
    card = VerdictCard()
    qtbot.addWidget(card)
    check = check_of(Code.NO_EVIDENCE)
    card.tell(replace(check, verdict=replace(check.verdict, as_of=None)))
    assert "Nothing proven is known here yet" in words(card)
    card.tell(replace(check, verdict=replace(check.verdict, as_of=AsOf(7, NOON, timedelta(days=12)))))
    assert "As of block 7, 12 days ago" in words(card)


def test_the_label_is_shown_in_parts(qtbot, dressed) -> None:
    card = VerdictCard()
    qtbot.addWidget(card)
    card.tell(check_of(Code.OK))
    assert {"09521000011019", "K7Q2-84XM-19PD", "L2605", "30 Apr 2028"} <= set(words(card))
    card.tell(check_of(Code.OK, item=Item(sscc="195210000100000017")))
    shown = words(card)
    assert "195210000100000017" in shown
    assert "L2605" not in shown


def test_an_unreadable_text_is_shown_with_its_unseen_characters(qtbot, dressed) -> None:
    card = VerdictCard()
    qtbot.addWidget(card)
    card.tell(check_of(Code.UNREADABLE, text="01\x1d\u202e99", item=Unreadable("No.", "")))
    assert "01␝‹U+202E›99" in words(card)
    assert card.journey.isHidden()


def test_details_and_journey_are_asked_for(qtbot, dressed) -> None:
    card = VerdictCard()
    qtbot.addWidget(card)
    card.tell(check_of(Code.OK))
    asked: list[bool] = []
    card.details_wanted.connect(asked.append)
    qtbot.mouseClick(card.details, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(card.details, Qt.MouseButton.LeftButton)
    assert asked == [True, False]
    with qtbot.waitSignal(card.journey_wanted):
        qtbot.mouseClick(card.journey, Qt.MouseButton.LeftButton)


def test_another_face_is_noticed_and_the_difference_is_written(qtbot, dressed, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(golden, "REJECTED", tmp_path)
    monkeypatch.delenv("WAYPROOF_RENEW_GOLDEN", raising=False)
    card = VerdictCard()
    qtbot.addWidget(card)
    card.tell(check_of(Code.EXPIRED))
    card.setFixedWidth(760)
    card.resize(760, card.heightForWidth(760))
    with pytest.raises(AssertionError, match="of the pixels differ"):
        golden.assert_golden(card, "verdict_card/rejected-light")
    assert (tmp_path / "verdict_card" / "rejected-light.diff.png").exists()
