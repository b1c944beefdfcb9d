"""The alerts page on the sample world: the queue, a case with its marked steps, answers by keyboard, judging, inspections."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit

from app.alerts import provenance
from app.alerts.case import Decision, shift_of
from app.alerts.learning import Learned
from app.ui import suspicion, theme
from app.ui.pages.alerts import AlertsPage
from app.ui.run import lanes_of
from app.ui.tasks import Lanes
from app.ui.widgets.alert_list import ALERT
from chain.verdict import Code, Kind
from forecasting import modelfile


@pytest.fixture
def lanes(qapp, judged_world: Path, tmp_path: Path) -> Iterator[Lanes]:
    """Lanes on a copy of the judged sample world."""
    shutil.copytree(judged_world, tmp_path / "judged")
    made = lanes_of(tmp_path / "judged", offline=True)
    made.start()
    yield made
    assert made.close(20.0)


@pytest.fixture
def page(qtbot, dressed, lanes: Lanes) -> AlertsPage:
    made = AlertsPage(lanes)
    qtbot.addWidget(made)
    made.resize(1130, 750)
    with qtbot.waitSignal(lanes.settled, timeout=30_000):
        made.show()
    return made


def codes(page: AlertsPage) -> list[str]:
    return [alert.suspect.proof.code for alert in page.list.model_.alerts()]


def choose(qtbot, page: AlertsPage, lanes: Lanes, code: Code) -> None:
    row = codes(page).index(code.value)
    if page.list.currentIndex().row() != row:
        with qtbot.waitSignal(lanes.settled, timeout=30_000):
            page.list.setCurrentIndex(page.list.model_.index(row))


def test_the_queue_names_the_suspicious_and_not_the_honest(page: AlertsPage) -> None:
    assert set(codes(page)) == {"CUSTODY_BROKEN", "CLONE_PROVEN", "BAD_SIGNATURE", "TAMPERED", "NOT_ISSUED", "SUSPECTED"}
    assert len(codes(page)) == 6
    assert codes(page)[-1] == "SUSPECTED"  # proofs first
    assert page.figures.text().startswith("6 open")
    assert "1 left out" in page.figures.text()
    kinds = [suspicion.kind_of(alert) for alert in page.list.model_.alerts()]
    assert kinds == [Kind.REJECTED] * 5 + [Kind.CAUTION]


def test_a_case_says_what_is_proven_first_and_marks_its_steps(qtbot, page: AlertsPage, lanes: Lanes) -> None:
    choose(qtbot, page, lanes, Code.CLONE_PROVEN)
    sentences = page.case.reasons.sentences
    assert sentences[0].startswith("Proven: This code was seen in Uhuru Chemist")
    assert any("6,370 km apart" in sentence for sentence in sentences)
    stops = page.case.journey.timeline.stops
    told = [stops.index(row).data() for row in range(stops.rowCount())]
    assert [row for row, line in enumerate(told) if "Suspicious" in line] == [len(told) - 2, len(told) - 1]
    assert "Scanned with this laptop" in told[-1]
    assert "Suspicious: Uhuru Chemist, Nairobi, Linden Pharmacy, Berlin" in page.case.journey.map.accessibleDescription()
    assert page.case.journey.timeline.currentIndex().row() == len(told) - 2


def test_what_no_proof_settles_is_asked_and_says_why(qtbot, page: AlertsPage, lanes: Lanes) -> None:
    choose(qtbot, page, lanes, Code.SUSPECTED)
    assert page.case.title.text() == "A reader in doubt"
    assert "reported stolen" in page.case.reasons.sentences[0]
    assert any("Statistics asks" in sentence for sentence in page.case.reasons.sentences)


def test_answers_by_keyboard_close_the_case_and_bring_the_next(qtbot, page: AlertsPage, lanes: Lanes) -> None:
    first, second = (alert.id for alert in page.list.model_.alerts()[:2])
    page.activateWindow()
    qtbot.keyClick(page.list, Qt.Key.Key_Return)
    page.case.decide.note.setText("hologram missing")
    with qtbot.waitSignal(lanes.settled, timeout=30_000):
        qtbot.keyClick(page, Qt.Key.Key_C, Qt.KeyboardModifier.AltModifier)
    assert page.list.model_.alerts()[0].id == second
    assert page.case.opened is not None
    assert page.case.opened.alert.id == second
    assert page.case.decide.note.text() == ""
    with qtbot.waitSignal(lanes.settled, timeout=30_000):
        page.show_view("decided")
    decided = page.list.model_.alerts()[0]
    answer = decided.decisions[-1]
    assert (decided.id, answer.decision, answer.note) == (first, Decision.COUNTERFEIT, "hologram missing")
    assert "Counterfeit" in page.case.decide.before.text()


def test_up_and_down_walk_the_queue(qtbot, page: AlertsPage, lanes: Lanes) -> None:
    with qtbot.waitSignal(lanes.settled, timeout=30_000):
        qtbot.keyClick(page.list, Qt.Key.Key_Down)
    assert page.case.opened is not None
    assert page.case.opened.alert.id == page.list.model_.alerts()[1].id


def test_a_photo_goes_with_the_answer(qtbot, page: AlertsPage, lanes: Lanes, tmp_path: Path) -> None:
    photo = tmp_path / "box&lid.png"
    photo.write_bytes(b"a box")
    page.case.decide.use_photo(photo)
    with qtbot.waitSignal(lanes.settled, timeout=30_000):
        page.case.decide.buttons[Decision.UNSURE].click()
    assert page.case.opened is not None
    assert len(page.case.opened.alert.decisions[-1].photo_hash) == 64
    assert len(page.list.model_.alerts()) == 6


def test_a_photo_that_is_gone_is_said_and_decides_nothing(qtbot, page: AlertsPage, lanes: Lanes, tmp_path: Path) -> None:
    page.case.decide.use_photo(tmp_path / "gone.png")
    with qtbot.waitSignal(lanes.settled, timeout=30_000):
        page.case.decide.buttons[Decision.GENUINE].click()
    assert "cannot be read" in page.notice.words
    with qtbot.waitSignal(lanes.settled, timeout=30_000):
        page.refresh()
    assert len(page.list.model_.alerts()) == 6


def test_worth_reorders_the_queue(qtbot, page: AlertsPage, lanes: Lanes) -> None:
    choose(qtbot, page, lanes, Code.BAD_SIGNATURE)
    before = codes(page)
    with qtbot.waitSignal(lanes.settled, timeout=30_000):
        page.case.worth.setValue(250.0)
    alert = page.list.currentIndex().data(ALERT)
    assert alert.worth == 250.0
    assert "at stake" in page.list.currentIndex().data()
    assert sorted(codes(page)) == sorted(before)


def test_one_answer_may_do_for_similar_cases(qtbot, page: AlertsPage, lanes: Lanes) -> None:
    choose(qtbot, page, lanes, Code.CLONE_PROVEN)
    assert page.case.opened is not None
    assert page.case.opened.alike == ()  # none of the others is a copied label
    assert page.case.decide.alike.isHidden()
    other = page.case.opened.similar[0]
    twin = replace(other, suspect=replace(other.suspect, proof=page.case.opened.alert.suspect.proof))
    page.case.tell(replace(page.case.opened, similar=(twin,)))
    assert page.case.decide.alike.text() == "The same answer for 1 similar case"
    page.case.decide.alike.setChecked(True)
    with qtbot.waitSignal(lanes.settled, timeout=10_000):
        page.case.decide.buttons[Decision.COUNTERFEIT].click()
    assert len(page.list.model_.alerts()) == 4
    assert other.id not in {alert.id for alert in page.list.model_.alerts()}


def test_an_alert_is_computed_again_and_comes_out_the_same(qtbot, page: AlertsPage, lanes: Lanes) -> None:
    choose(qtbot, page, lanes, Code.CLONE_PROVEN)
    with qtbot.waitSignal(lanes.settled, timeout=120_000):
        page.case.again.click()
        assert page.bar.isVisible()
    assert "as it was" in page.notice.words
    assert not page.bar.isVisible()


def test_too_few_decided_cases_are_said_and_the_model_stays(qtbot, page: AlertsPage, lanes: Lanes) -> None:
    with qtbot.waitSignal(lanes.settled, timeout=10_000):
        page.case.decide.buttons[Decision.COUNTERFEIT].click()
    with qtbot.waitSignal(lanes.settled, timeout=10_000):
        page.show_view("model")
    assert page.model.cases.text() == "Decided or opened here: 1 counterfeit, 0 genuine."
    assert page.model.shipped.isHidden()
    before = dict(page.model.card.rows)["Model (SHA-256)"]
    with qtbot.waitSignal(lanes.settled, timeout=120_000):
        page.model.learn.click()
        assert page.model.cancel.isVisible()
    assert page.model.brought.text().startswith("Learning needs 15 counterfeit and 15 genuine cases")
    assert page.model.learn.isVisible()
    assert dict(page.model.card.rows)["Model (SHA-256)"] == before


def test_learning_can_be_stopped(qtbot, page: AlertsPage, lanes: Lanes) -> None:
    with qtbot.waitSignal(lanes.settled, timeout=10_000):
        page.case.decide.buttons[Decision.COUNTERFEIT].click()
    with qtbot.waitSignal(lanes.settled, timeout=120_000):
        page.model.start()
        page.stop()
    assert "stopped" in page.model.brought.text()


def test_a_learned_model_judges_at_once_and_the_shipped_one_comes_back_with_a_click(
    qtbot, page: AlertsPage, lanes: Lanes, tmp_path: Path
) -> None:
    mixture, card = modelfile.shipped()
    learned = replace(mixture, own=mixture.base, share=0.25)
    own = modelfile.digest(modelfile.numbers(learned))
    path = provenance.kept(tmp_path / "judged", own)
    path.parent.mkdir(exist_ok=True)
    modelfile.write(learned, path, {"root": "0" * 64, "start": card["model_sha256"]})
    with qtbot.waitSignal(lanes.settled, timeout=10_000):
        page.show_view("model")
    with qtbot.waitSignal(lanes.settled, timeout=120_000):
        page.model._learned(Learned(own, ("Learned.",), 20, 20, 0, 0, {}, {}))
    assert page.model.brought.text() == "Learned. It judges from now on."
    assert dict(page.model.card.rows)["Model (SHA-256)"] == own
    runs: list[str] = []
    with qtbot.waitSignal(lanes.settled, timeout=10_000):
        lanes.store(lambda door: door.alerts.last_run(risks=False).model, runs.append)
    assert runs == [own]
    with qtbot.waitSignal(lanes.settled, timeout=120_000):
        page.model.shipped.click()
    assert dict(page.model.card.rows)["Model (SHA-256)"] == card["model_sha256"]


def test_nothing_is_anchored_without_a_yes_and_trouble_is_said(qtbot, page: AlertsPage, lanes: Lanes) -> None:
    with qtbot.waitSignal(lanes.settled, timeout=10_000):
        page.show_view("model")
    page.model.vouch.click()
    assert lanes.outstanding == 0
    assert "everybody in your network" in page.model.confirm.words.text()
    with qtbot.waitSignal(lanes.settled, timeout=60_000):
        page.model.confirm.yes.click()
    assert "offline" in page.notice.words


def test_similar_cases_open_with_a_click(qtbot, page: AlertsPage, lanes: Lanes) -> None:
    choose(qtbot, page, lanes, Code.CLONE_PROVEN)
    assert page.case.opened is not None
    wanted = page.case.opened.similar[0].id
    with qtbot.waitSignal(lanes.settled, timeout=30_000):
        page.case.alike()[0].click()
    assert page.case.opened.alert.id == wanted


def test_judging_again_shows_progress_and_ends_where_it_was(qtbot, page: AlertsPage, lanes: Lanes) -> None:
    before = codes(page)
    with qtbot.waitSignal(lanes.settled, timeout=60_000):
        page.judge.click()
        assert page.bar.isVisible()
        assert page.cancel.isVisible()
    assert not page.bar.isVisible()
    assert page.judge.isVisible()
    assert codes(page) == before
    assert page.notice.words == ""


def test_judging_can_be_stopped(qtbot, page: AlertsPage, lanes: Lanes) -> None:
    with qtbot.waitSignal(lanes.settled, timeout=60_000):
        page.start()
        page.stop()
    assert "stopped" in page.notice.words
    assert page.judge.isVisible()
    assert len(codes(page)) == 6


def test_judging_leaves_the_store_lane_to_scans(qtbot, page: AlertsPage, lanes: Lanes) -> None:
    threads: list[str] = []
    page.judging.watched.connect(lambda *_: threads.append(threading.current_thread().name))
    asked: list[int] = []
    with qtbot.waitSignal(lanes.settled, timeout=60_000):
        page.start()
        qtbot.waitUntil(lambda: page.bar.value() > 0 or not page.judging.running, timeout=30_000)
        lanes.store(lambda door: door.status().events, asked.append)
        qtbot.waitUntil(lambda: bool(asked), timeout=30_000)
    assert set(threads) == {"MainThread"}  # the page is told in its own thread


def test_todays_inspections_are_planned_and_answered(qtbot, page: AlertsPage, lanes: Lanes) -> None:
    with qtbot.waitSignal(lanes.settled, timeout=30_000):
        page.show_view("picks")
    keys = [row.picked.item.key for row in page.picks.rows]
    assert len(keys) == 5
    assert all("chance of a find" in row.picked.why for row in page.picks.rows)
    journeys: list[object] = []
    page.journey_wanted.connect(journeys.append)
    page.picks.rows[1].journey.click()
    assert journeys == [page.picks.rows[1].picked.item]
    with qtbot.waitSignal(lanes.settled, timeout=30_000):
        page.picks.rows[0].counterfeit.click()
    assert [row.picked.item.key for row in page.picks.rows] == keys
    assert page.picks.rows[0].picked.outcome is True
    assert page.picks.rows[0].answer.text() == "Opened: counterfeit"
    page.picks.rows[0].change.click()
    with qtbot.waitSignal(lanes.settled, timeout=10_000):
        page.picks.rows[0].genuine.click()
    assert page.picks.rows[0].picked.outcome is False
    with qtbot.waitSignal(lanes.settled, timeout=10_000):
        page.picks.more_wanted.emit()
    assert [row.picked.item.key for row in page.picks.rows][:5] == keys
    assert len(page.picks.rows) == 10
    asked: list[object] = []
    with qtbot.waitSignal(lanes.settled, timeout=30_000):
        lanes.store(lambda door: door.alerts.plan(shift_of(datetime.now(UTC)), 5)[0].outcome, asked.append)
    assert asked == [False]


def test_the_model_card_can_be_read(qtbot, page: AlertsPage, lanes: Lanes) -> None:
    with qtbot.waitSignal(lanes.settled, timeout=30_000):
        page.show_view("model")
    told = dict(page.model.card.rows)
    assert len(told["Model (SHA-256)"]) == 64
    assert told["Vouched for"] == "Nobody has anchored this model on the contract."
    assert "root" in told["Training"]
    assert page.model.card.isVisible()


def test_the_case_and_the_labels_are_saved(qtbot, page: AlertsPage, lanes: Lanes, tmp_path: Path) -> None:
    choose(qtbot, page, lanes, Code.CLONE_PROVEN)
    assert page.case.opened is not None
    number = page.case.opened.alert.id
    with qtbot.waitSignal(lanes.settled, timeout=20_000):
        page.save_case(tmp_path / "out")
    assert (tmp_path / "out" / f"case-{number}" / "case.json").exists()
    assert str(tmp_path / "out") in page.notice.words
    with qtbot.waitSignal(lanes.settled, timeout=30_000):
        page.save_labels(tmp_path / "labels.csv")
    assert (tmp_path / "labels.csv").read_text() == "item_id,label,attack_class,onset_time\n"


def test_everything_to_be_hit_is_large_and_named(qtbot, page: AlertsPage, lanes: Lanes) -> None:
    for view in ("open", "picks", "model"):
        with qtbot.waitSignal(lanes.settled, timeout=30_000):
            page.show_view(view)
        for widget in (*page.findChildren(QAbstractButton), *page.findChildren(QLineEdit)):
            if widget.isVisible() and widget.parentWidget() is not page.case.worth:
                assert widget.height() >= theme.TARGET, widget
                assert widget.accessibleName() or getattr(widget, "text", str)(), widget
    assert page.list.accessibleName()


def test_words_of_strangers_stay_plain(page: AlertsPage) -> None:
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in page.findChildren(QLabel))


def test_a_narrow_window_keeps_the_answers_in_sight(qtbot, page: AlertsPage) -> None:
    page.resize(532, 436)
    qtbot.waitUntil(lambda: page.width() == 532)
    for button in page.case.decide.buttons.values():
        where = button.mapTo(page, button.rect().bottomRight())
        assert where.x() <= page.width()
        assert where.y() <= page.height()


def test_the_dark_theme_is_followed(qtbot, page: AlertsPage, dressed) -> None:
    dressed(theme.DARK)
    assert page.grab().toImage().pixelColor(5, 300).name() == theme.DARK.window


def test_the_first_visit_judges_by_itself(qtbot, dressed, sample_world: Path, tmp_path: Path) -> None:
    shutil.copytree(sample_world, tmp_path / "fresh")
    lanes = lanes_of(tmp_path / "fresh", offline=True)
    lanes.start()
    page = AlertsPage(lanes)
    qtbot.addWidget(page)
    with qtbot.waitSignal(lanes.settled, timeout=60_000):
        page.show()
    assert "156 items judged" in page.figures.text()
    assert {"CUSTODY_BROKEN", "SUSPECTED"} <= set(codes(page))
    assert lanes.close(20.0)
