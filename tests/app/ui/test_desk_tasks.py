# ruff: noqa: F811 - fixtures of another folder are imported and then named as arguments
"""Tasks from their beginning to their papers: a delivery, the network gone, a mistake made up for, somebody who was faster."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

from app.demo.cast import glns
from app.desk import receipt
from app.desk.recording import NOT_FINAL_YET
from app.desk.session import Mark
from app.desk.tasks import Ending, Task
from app.store.outbox import NOT_FINAL
from app.store.replica import TAKEN_BACK
from app.ui.door import OpenDoor
from app.ui.pages.desk_chooser import Wanted
from app.ui.pages.journey import JourneyPage
from app.ui.window import Window
from chain.journey import Verb
from tests.app.desk.test_desk import faster
from tests.app.desk.yard import DRUG, MAKER, OTHER, Yard
from tests.app.ui.desk_window import begin, desk_of, founded, lines_of, link, profile, settle, window, yard  # noqa: F401 - fixtures


def test_a_whole_delivery_from_note_to_receipt(qtbot, window: Window, yard: Yard, tmp_path: Path) -> None:
    note = tmp_path / "dn.csv"
    note.write_text(f"GTIN,Lot,Qty,Name,Note,Sender\n{DRUG.gtin},L1,4,Cardiol,DN-7,{glns(MAKER)}\n")
    page = begin(qtbot, window, Wanted(Task.RECEIVE, file=note))
    assert page.session.about.text() == "Delivery note DN-7, from Alba Pharma"
    for item in yard.coming[:3]:
        page.take(link(item))
    settle(qtbot, window)
    assert page.session.numbers.accessibleName().startswith("3 taken")
    page.session.undo.click()
    settle(qtbot, window)
    assert [line.mark for line in lines_of(page)][-1] is Mark.UNDONE
    page.take(link(yard.coming[2]))
    page.session.damage.click()
    settle(qtbot, window)
    page.finish()
    settle(qtbot, window)
    told = page.done.sentences.told()
    assert told == ["Missing: 1 of line 1, Cardiol", f"Damaged: {yard.coming[2].key}"]
    for kind in ("receipt", "csv", "pdf"):
        page.save_paper(kind, tmp_path / f"paper.{kind}")
        settle(qtbot, window)
        assert page.notice.words == f"Saved paper.{kind}."
    assert receipt.read((tmp_path / "paper.receipt").read_bytes()).told["note"] == "DN-7"
    page.save_paper("csv", tmp_path / "no" / "\0")
    settle(qtbot, window)
    assert page.notice.words
    page.done.close_it.click()
    settle(qtbot, window)
    assert page.work.currentWidget() is page.choosing


def test_without_a_network_it_waits_and_is_sent_when_asked(qtbot, window: Window, yard: Yard) -> None:
    page = begin(qtbot, window, Wanted(Task.RECEIVE))
    window.lanes.store(lambda door: setattr(door.desk.station, "offline", True), lambda _: None)
    page.take(link(yard.coming[0]))
    settle(qtbot, window)
    page.finish()
    settle(qtbot, window)
    assert page.done.about.text() == "1 taken · waiting for the network: 1"
    page.open_tab("waiting")
    settle(qtbot, window)
    assert len(page.queue.waiting.told()) == 1
    window.show_journey(yard.coming[0])
    settle(qtbot, window)
    journey = window.page("journey")
    assert isinstance(journey, JourneyPage)
    assert journey.notice.words.startswith("Not on the proven journey yet: ")
    window.show_journey(yard.coming[1])
    settle(qtbot, window)
    assert journey.notice.words == "", "nothing waits about this one"
    window.open("desk")
    settle(qtbot, window)
    assert page.queue.send.isEnabled()
    page.queue.send.click()
    settle(qtbot, window)
    assert page.queue.notice.words.startswith("Events sent: 0.")
    window.lanes.store(lambda door: setattr(door.desk.station, "offline", False), lambda _: None)
    page.queue.send.click()
    settle(qtbot, window)
    assert page.queue.notice.words == "Events sent: 1."
    assert page.queue.waiting.told() == []
    assert page.tabs["waiting"].text() == "Waiting"


def test_what_stands_in_a_block_that_is_not_final_is_marked_so(qtbot, window: Window, yard: Yard) -> None:
    page = begin(qtbot, window, Wanted(Task.RECEIVE))
    window.lanes.store(lambda door: setattr(door.desk.station, "offline", True), lambda _: None)
    page.take(link(yard.coming[0]))
    settle(qtbot, window)
    page.finish()
    settle(qtbot, window)

    def in_a_block(door: OpenDoor) -> None:
        store = door.desk.station.store
        with store.transaction():
            for row in store.outbox.waiting():
                store.outbox.noted(row.id, NOT_FINAL)

    window.lanes.store(in_a_block, lambda _: None)
    settle(qtbot, window)
    page.open_tab("waiting")
    settle(qtbot, window)
    page.queue.push()
    settle(qtbot, window)
    assert page.queue.waiting.told()[0].endswith(NOT_FINAL_YET)
    window.lanes.store(lambda door: door.status(), window.strip.tell)
    settle(qtbot, window)
    assert window.strip.waiting.words == "1 event waiting, not final yet: 1"


def test_what_the_network_took_back_is_said_until_a_person_has_seen_it(qtbot, window: Window) -> None:
    page = desk_of(window)

    def took(door: OpenDoor) -> None:
        with door.store.transaction():
            door.store.goods.set(TAKEN_BACK, 2)

    window.lanes.store(took, lambda _: None)
    settle(qtbot, window)
    window.lanes.store(lambda door: door.status(), window._tell_status)
    settle(qtbot, window)
    assert window.scan.notice._text.text().startswith("2 events were taken back by the network.")
    page.open_tab("waiting")
    settle(qtbot, window)
    assert page.queue.undone.isVisible()
    assert page.queue.undone_words.text().startswith("2 events were taken back")
    page.queue.noticed.click()
    settle(qtbot, window)
    assert not page.queue.undone.isVisible()


def test_a_mistake_is_made_up_for_after_a_yes_and_what_was_sold_is_not(qtbot, window: Window, yard: Yard) -> None:
    page = begin(qtbot, window, Wanted(Task.QUARANTINE))
    page.take(link(yard.stock[0]))
    settle(qtbot, window)
    page.finish()
    settle(qtbot, window)
    bar = page.done.mistakes
    assert bar.choice.currentText() == f"Put in quarantine (1): {yard.stock[0].key}"
    bar.begin.click()
    assert bar.confirm.words.text().startswith("“Put in quarantine” stays on record for good. Against it “Released” is recorded")
    bar.confirm.no.click()
    assert bar.confirm.isHidden()
    bar.begin.click()
    bar.confirm.yes.click()
    settle(qtbot, window)
    done = page.done.done
    assert done is not None
    assert [(post.step.verb, post.state, post.undoes) for post in done.posts] == [
        (Verb.QUARANTINE, "recorded", 0),
        (Verb.RELEASE, "recorded", 1),
    ]
    assert bar.isHidden()
    page = begin(qtbot, window, Wanted(Task.DECOMMISSION, ending=Ending.SOLD))
    page.take(link(yard.stock[0]))
    settle(qtbot, window)
    page.finish()
    settle(qtbot, window)
    assert bar.begin.isHidden()
    assert bar.never.text().startswith("Ended: this cannot be made up for. What was shipped, sold or destroyed")


def test_the_waiting_tab_tells_both_sides_of_a_conflict_until_it_was_seen(qtbot, window: Window, yard: Yard) -> None:
    page = desk_of(window)
    window.lanes.store(lambda door: faster(door.desk, door, yard), lambda _: None)  # type: ignore[arg-type]
    settle(qtbot, window)
    page.open_tab("waiting")
    settle(qtbot, window)
    told = page.queue.clash_words.text()
    assert page.queue.clash.isVisible()
    assert f"quarantine {yard.stock[0].key}. Somebody else recorded something about it in the meantime." in told
    assert "Theirs, on record: Linden Pharmacy: Counted" in told
    page.queue.seen.click()
    settle(qtbot, window)
    assert page.queue.clash.isHidden()
    assert page.queue.waiting.told() == []


def test_what_the_task_needs_is_asked_for(qtbot, window: Window, yard: Yard) -> None:
    page = desk_of(window)
    heard: list[Wanted] = []
    page.chooser.wanted.connect(heard.append)
    page.chooser.wanted.disconnect(page.begin)
    names = [page.chooser._ship.party.itemText(row) for row in range(page.chooser._ship.party.count())]
    assert any(name.startswith(OTHER) for name in names)
    assert not any(name.startswith("Linden") for name in names)
    page.chooser.choose(Task.SHIP)
    page.chooser._ship.begin.click()
    page.chooser.choose(Task.PACK)
    page.chooser.choose(Task.DECOMMISSION)
    for button in page.chooser._endings.findChildren(QWidget, "tall"):
        button.click()  # type: ignore[attr-defined]
    assert [one.task for one in heard] == [Task.SHIP, Task.PACK, *[Task.DECOMMISSION] * 3]
    assert {one.ending for one in heard[2:]} == set(Ending)
