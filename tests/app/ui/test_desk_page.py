# ruff: noqa: F811 - fixtures of another folder are imported and then named as arguments
"""The desk page on a real station: no scan is lost or reordered, a refusal stays until it was seen, papers are written."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic

import orjson
import pytest
from PySide6.QtCore import QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QListWidget, QWidget

from app.demo.cast import glns
from app.desk import receipt
from app.desk.people import Rank, new_badge
from app.desk.session import Line, Mark
from app.desk.tasks import Ending, Task
from app.station import Station
from app.ui.keymap import CODE as CALIBRATION
from app.ui.keymap import Keymap
from app.ui.pages.desk import TABS, DeskPage
from app.ui.pages.desk_chooser import Wanted
from app.ui.preferences import Preferences
from app.ui.tasks import Lanes
from app.ui.theme import TARGET
from app.ui.window import Window
from chain import gs1
from chain.journey import Item, Verb
from tests.app.desk.conftest import founded, profile, yard  # noqa: F401 - fixtures
from tests.app.desk.test_desk import faster
from tests.app.desk.yard import DRUG, MAKER, OTHER, Yard
from tests.app.ui.test_window import HOSTILE, interactive, patient  # noqa: F401 - fixtures


@pytest.fixture
def window(qtbot, dressed, profile: Path, monkeypatch) -> Iterator[Window]:
    """The whole window on a copy of the yard, the desk open and silent."""
    made = Window(Lanes(lambda: Station.open(profile)), profile, Preferences())
    with qtbot.waitSignal(made.lanes.settled, timeout=10_000):
        made.show()
    desk_of(made).sounds.loud = False
    desk_of(made).camera._known = list  # the media libraries of this machine have their own things to say
    made.open("desk")
    settle(qtbot, made)
    yield made
    made.close()
    made.deleteLater()


def desk_of(window: Window) -> DeskPage:
    page = window.page("desk")
    assert isinstance(page, DeskPage)
    return page


def settle(qtbot, window: Window) -> None:
    qtbot.waitUntil(lambda: window.lanes.outstanding == 0, timeout=20_000)


def begin(qtbot, window: Window, wanted: Wanted) -> DeskPage:
    page = desk_of(window)
    page.begin(wanted)
    settle(qtbot, window)
    return page


def link(item: Item) -> str:
    return gs1.digital_link(item)


def lines_of(page: DeskPage) -> list[Line]:
    assert page._whole is not None
    return list(page._whole.lines)


def type_burst(window: Window, text: str) -> None:
    for char in text:
        QTest.keyClick(window.windowHandle(), char)
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Return)


@pytest.mark.usefixtures("patient")
def test_three_times_twenty_bursts_with_the_database_busy_are_sixty_lines_in_order(qtbot, window: Window, profile: Path) -> None:
    page = begin(qtbot, window, Wanted(Task.CHECK))
    sent: list[str] = []
    for series in range(3):
        gate = threading.Event()
        window.lanes.store(lambda door, gate=gate: gate.wait(5), lambda _: None)
        for number in range(20):
            sent.append(f"PARCEL {series}-{number:03d}")
            type_burst(window, sent[-1])
        gate.set()
        settle(qtbot, window)
    assert [line.text for line in lines_of(page)] == sent
    assert [line.n for line in lines_of(page)] == list(range(1, 61))
    window.close()
    with Station.open(profile) as station:
        whole = station.desk.open
        assert whole is not None
        assert [line.text for line in whole.lines] == sent


def test_a_refusal_stays_until_it_was_seen_and_what_follows_is_kept(qtbot, window: Window, yard: Yard) -> None:
    page = begin(qtbot, window, Wanted(Task.RECEIVE))
    card = page.session.card
    page.take(link(yard.coming[0]))
    page.take(link(yard.recalled))
    for item in yard.coming[1:4]:
        page.take(link(item))
    settle(qtbot, window)
    assert card.stopped
    assert card.line is not None
    assert (card.line.mark, card.line.code) == (Mark.REFUSED, "RECALLED")
    assert page.session.kept == 3
    assert card.kept_words == "3 more scans were kept. They are shown next."
    assert [line.mark for line in lines_of(page)] == [Mark.TAKEN, Mark.REFUSED, *[Mark.TAKEN] * 3]
    page.session.finish.click()
    assert page.notice.words.startswith("Something was refused")
    card.acknowledge.click()
    assert not card.stopped
    assert card.line.key == yard.coming[3].key
    page.take(link(yard.recalled))
    settle(qtbot, window)
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_F8)
    qtbot.waitUntil(lambda: not card.stopped)
    assert window.opened == "desk"


@pytest.mark.parametrize("size", [(640, 480), (960, 540), (1280, 800)])
def test_understood_is_in_view_without_scrolling_at_every_size(qtbot, window: Window, yard: Yard, size: tuple[int, int]) -> None:
    """(640, 480) is the smallest window, and what 1280 x 960 pixels leave at a scale of 200 %."""
    page = begin(qtbot, window, Wanted(Task.RECEIVE))
    button = page.session.card.acknowledge
    window.resize(*size)
    for item in (yard.recalled, yard.coming[0]):
        page.take(link(item))
    settle(qtbot, window)
    qtbot.waitUntil(lambda: window.size().toTuple() == size and button.visibleRegion().boundingRect() == button.rect())
    place = QRect(button.mapTo(window, QPoint()), button.size())
    assert window.rect().contains(place)
    assert page.session.card.banner.visibleRegion().boundingRect().height() >= 100  # the word is in view as well
    assert "1 more scan was kept" in page.session.card.kept_words
    QTest.mouseClick(window.windowHandle(), Qt.MouseButton.LeftButton, pos=place.center())
    qtbot.waitUntil(lambda: not page.session.card.stopped)
    assert page.session.card.foot.isHidden()


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
    window.lanes.store(lambda door: setattr(door, "offline", True), lambda _: None)
    page.take(link(yard.coming[0]))
    settle(qtbot, window)
    page.finish()
    settle(qtbot, window)
    assert page.done.about.text() == "1 taken · waiting for the network: 1"
    page.open_tab("waiting")
    settle(qtbot, window)
    assert len(page.queue.waiting.told()) == 1
    assert page.queue.send.isEnabled()
    page.queue.send.click()
    settle(qtbot, window)
    assert page.queue.notice.words.startswith("Events sent: 0.")
    window.lanes.store(lambda door: setattr(door, "offline", False), lambda _: None)
    page.queue.send.click()
    settle(qtbot, window)
    assert page.queue.notice.words == "Events sent: 1."
    assert page.queue.waiting.told() == []
    assert page.tabs["waiting"].text() == "Waiting"


def test_an_open_task_is_gone_on_with_after_a_restart_and_gets_scans_from_every_page(
    qtbot,
    window: Window,
    yard: Yard,
    profile: Path,
    dressed,
) -> None:
    page = begin(qtbot, window, Wanted(Task.COUNT))
    window.open("items")
    window._scanned(link(yard.stock[0]))
    assert window.opened == "desk"
    settle(qtbot, window)
    assert len(lines_of(page)) == 1
    window.close()
    again = Window(Lanes(lambda: Station.open(profile)), profile, Preferences())
    with qtbot.waitSignal(again.lanes.settled, timeout=10_000):
        again.show()
    settle(qtbot, again)
    try:
        assert again.opened == "desk"
        assert len(lines_of(desk_of(again))) == 1
    finally:
        again.close()
        again.deleteLater()


def test_a_scan_without_a_task_is_checked_and_a_badge_never_is(qtbot, window: Window, yard: Yard) -> None:
    window._scanned(link(yard.stock[0]))
    settle(qtbot, window)
    assert window.opened == "scan"
    window.open("desk")
    badge = new_badge()
    desk_of(window).people.name.setText("Ada")
    window._scanned(badge)
    settle(qtbot, window)
    assert window.opened == "desk"
    assert all(badge not in check.scan.text for check in window.scan.recent.checks.checks())


def test_people_sign_in_with_a_pin_and_their_name_is_on_every_line(qtbot, window: Window, yard: Yard, tmp_path: Path) -> None:
    page = desk_of(window)
    page.open_tab("people")
    settle(qtbot, window)
    people = page.people
    people.name.setText("Ada")
    people.new_pin.setText("2580")
    people.rank.setCurrentIndex(1)
    people.enrol.click()
    settle(qtbot, window)
    assert people.list.told() == ["Ada, leads"]
    page.begin(Wanted(Task.RECEIVE))
    settle(qtbot, window)
    assert page.notice.words == "Sign in first: scan your badge, or type your PIN."
    people.pin.setText("0000")
    people.sign_in.click()
    settle(qtbot, window)
    assert people.notice.words == "The PIN is wrong."
    people.pin.setText("2580")
    people.sign_in.click()
    settle(qtbot, window)
    assert page.who.text() == "Ada"
    begin(qtbot, window, Wanted(Task.RECEIVE))
    page.take(link(yard.coming[0]))
    settle(qtbot, window)
    assert lines_of(page)[0].by == "Ada"
    people.save_trail(tmp_path / "trail.jsonl")
    settle(qtbot, window)
    rows = [orjson.loads(line) for line in (tmp_path / "trail.jsonl").read_bytes().splitlines()]
    assert [row.get("act") for row in rows] == ["enrolled", "sign-in refused", "signed in", "began receive", None]
    people.save_badge("Ada", new_badge(), tmp_path / "badge.png")
    settle(qtbot, window)
    assert (tmp_path / "badge.png").read_bytes().startswith(b"\x89PNG")


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


def test_a_person_is_let_go_after_a_yes(qtbot, window: Window) -> None:
    page = desk_of(window)
    page.open_tab("people")
    settle(qtbot, window)
    people = page.people
    assert people.let_go.isHidden()
    window.lanes.store(lambda door: door.desk.shift.enrol("Ada", Rank.LEAD, "2580"), lambda _: people.refresh())
    settle(qtbot, window)
    people.let_go.click()
    people.confirm.yes.click()
    settle(qtbot, window)
    assert people.notice.words == "Only a person who leads may let people go: sign in as one."
    people.pin.setText("2580")
    people.sign_in.click()
    settle(qtbot, window)
    people.let_go.click()
    assert people.confirm.words.text().startswith("Ada can sign in here no longer")
    people.confirm.yes.click()
    settle(qtbot, window)
    assert people.list.told() == ["Ada, was let go"]
    assert page.who.text() == ""
    assert people.let_go.isHidden()


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


def every_view(qtbot, window: Window, yard: Yard) -> Iterator[str]:
    page = desk_of(window)
    yield "chooser"
    for task in (Task.RECEIVE, Task.SHIP, Task.DECOMMISSION, Task.RECALL):
        page.chooser.choose(task)
        settle(qtbot, window)
        yield f"asks for {task.value}"
    begin(qtbot, window, Wanted(Task.RECEIVE))
    yield "empty"
    page.take(link(yard.recalled))
    settle(qtbot, window)
    yield "stopped"
    page.session.go_on()
    page.take(link(yard.coming[0]))
    settle(qtbot, window)
    yield "taken"
    page.finish()
    settle(qtbot, window)
    yield "done"
    for tab in TABS[1:]:
        page.open_tab(tab)
        settle(qtbot, window)
        yield tab


def test_everything_has_a_name_and_room_for_a_glove_in_every_view(qtbot, window: Window, yard: Yard) -> None:
    seen = 0
    for view in every_view(qtbot, window, yard):
        touched = [child for child in interactive(window) if child.isVisible()]
        seen += len(touched)
        small = [child for child in touched if min(child.width(), child.height()) < TARGET]
        nameless = [
            child for child in touched
            if not QAccessible.queryAccessibleInterface(child).text(QAccessible.Text.Name).strip()
        ]  # fmt: skip
        assert (small, nameless) == ([], []), view
        labels = window.findChildren(QLabel)
        assert {label.textFormat() for label in labels} == {Qt.TextFormat.PlainText}, view
    assert seen > 60


def test_it_can_be_read_from_right_to_left(qtbot, window: Window, yard: Yard) -> None:
    window.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    for _ in every_view(qtbot, window, yard):
        window.grab()


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_shown_as_texts(qtbot, window: Window, yard: Yard, text: str) -> None:
    page = begin(qtbot, window, Wanted(Task.RECEIVE))
    page.take(text)
    settle(qtbot, window)
    line = replace(lines_of(page)[-1], name=text, why=text, step=text, text=text)
    page.session.answer(line)
    page.session.go_on()
    page.session.list.lines.tell([line])
    window.grab()
    page.finish()
    settle(qtbot, window)
    page.done.sentences.tell([text])
    page.notice.tell(text)
    window.grab()
    seen = [label.text() for label in window.findChildren(QLabel)]
    seen += [listing.item(row).text() for listing in window.findChildren(QListWidget) for row in range(listing.count())]
    assert not [said for said in seen if any(char in said for char in "\u202e\u200b\u2060\ufeff\x00\x07\x1b\ud83d")]
    assert max(map(len, seen)) <= 601


def test_vectors_of_naughty_strings_go_through_every_field(qtbot, window: Window, shared: Path) -> None:
    strings = orjson.loads((shared / "vectors" / "strings" / "blns.json").read_bytes())
    page = begin(qtbot, window, Wanted(Task.CHECK))
    for text in strings:
        page.take(str(text))
    settle(qtbot, window)
    page.session.go_on()
    assert len(lines_of(page)) == len(strings)
    window.grab()
    page.finish()
    settle(qtbot, window)
    people = page.people
    for text in strings[::10]:
        people.name.setText(str(text))
        people.list.tell([str(text)])
        page.chooser._recall.text.setPlainText(str(text))
    window.grab()
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in window.findChildren(QLabel))


def test_long_work_never_holds_the_window_up(qtbot, window: Window, yard: Yard) -> None:
    """The longest gap between two turns of the event loop while a count begins, fifty scans are judged and it is finished."""
    gaps: list[float] = []
    last = [monotonic()]

    def beat() -> None:
        now = monotonic()
        gaps.append(now - last[0])
        last[0] = now

    timer = QTimer(window)
    timer.setInterval(5)
    timer.timeout.connect(beat)
    page = begin(qtbot, window, Wanted(Task.CHECK))
    for item in yard.stock:
        page.take(link(item))
    settle(qtbot, window)
    page.finish()
    settle(qtbot, window)
    last[0] = monotonic()
    timer.start()
    begin(qtbot, window, Wanted(Task.COUNT))
    for _ in range(6):
        for item in yard.stock:
            page.take(link(item))
    settle(qtbot, window)
    page.finish()
    settle(qtbot, window)
    timer.stop()
    assert len(gaps) > 20
    print(f"longest gap {max(gaps) * 1000:.0f} ms over {len(gaps)} turns")
    assert sorted(gaps)[-2] < 0.25  # the promise is 100 ms on a machine of one's own; here others work beside us


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


def test_a_lot_of_labels_is_issued_stopped_and_gone_on_with(qtbot, window: Window, tmp_path: Path) -> None:
    page = desk_of(window)
    window.lanes.store(lambda door: door.save(here=glns(MAKER)), lambda _: None)
    page.open_tab("labels")
    settle(qtbot, window)
    pane = page.labels
    for field, text in ((pane.gtin, DRUG.gtin), (pane.lot, "N7"), (pane.expiry, "2028-01-31"), (pane.product, DRUG.name)):
        field.setText(text)
    for count in ("", "0", "x", "10001"):
        pane.count.setText(count)
        pane.start(tmp_path)
        assert pane.notice.words == "Say how many labels: 1 to 10,000."
    pane.count.setText("130")
    pane.start(tmp_path)
    pane.cancel.click()
    settle(qtbot, window)
    assert pane.notice.words.startswith("Stopped.")
    settle(qtbot, window)
    pane.go_on(tmp_path)
    qtbot.waitUntil(lambda: pane.begin.isEnabled(), timeout=30_000)
    settle(qtbot, window)
    assert pane.notice.words.startswith("1 files were written")
    (part,) = tmp_path.glob("N7-*.pdf")
    assert part.read_bytes().startswith(b"%PDF")
    assert pane.past.itemText(0).endswith("130 / 130")


def test_the_scanner_is_calibrated_from_the_screen(qtbot, window: Window) -> None:
    page = desk_of(window)
    page.open_tab("scanner")
    settle(qtbot, window)
    pane = page.scanner
    pane.start.click()
    window.wedge._tell(CALIBRATION.swapcase())
    settle(qtbot, window)
    assert pane.found.text().startswith("Caps Lock is on")
    pane.start.click()
    window.wedge._tell("nonsense")
    assert "characters came instead of" in pane.notice.words
    pane.prefix.setText("#")
    pane.keep.click()
    settle(qtbot, window)
    assert window.wedge.keymap.prefix == "#"
    assert Keymap.load(window._profile) == window.wedge.keymap
    pane.forget.click()
    settle(qtbot, window)
    assert window.wedge.keymap.table == {}
