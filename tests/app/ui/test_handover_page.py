# ruff: noqa: F811 - fixtures of another folder are imported and then named as arguments
"""Two windows hand goods over by pictures of the codes on their screens, read by the program's own decoder."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QLabel

from app.demo.cast import glns
from app.desk.tasks import Task
from app.handover import dock
from app.network.keyring import DerivedKeys
from app.network.membership import revoke_device
from app.station import Station
from app.ui.camera import Files
from app.ui.pages.desk_chooser import Wanted
from app.ui.pages.handover import HandoverPane
from app.ui.preferences import Preferences
from app.ui.run import lanes_of
from app.ui.theme import TARGET
from app.ui.window import Window
from chain.journey import Item, Verb
from chain.verdict import Kind
from tests.app.desk.yard import HERE, MAKER, OTHER, Yard
from tests.app.ui.desk_window import begin, desk_of, founded, link, profile, settle, yard  # noqa: F401 - fixtures
from tests.app.ui.test_window import interactive

Opener = Callable[[str, str], Window]


@pytest.fixture
def open_window(qtbot, dressed, founded: tuple[Path, datetime], tmp_path: Path) -> Iterator[Opener]:
    """Opens windows on copies of the yard, each kept by a party, all without a network."""
    opened: list[Window] = []

    def one(name: str, party: str) -> Window:
        folder = tmp_path / name
        if not folder.exists():
            shutil.copytree(founded[0], folder)
        with Station.open(folder) as station:
            station.save(here=glns(party))
        made = Window(lanes_of(folder), folder, Preferences())
        opened.append(made)
        with qtbot.waitSignal(made.lanes.settled, timeout=30_000):
            made.show()
        page = desk_of(made)
        page.sounds.loud = False
        for camera in (page.camera, page.handing.pane.taking.camera):
            camera.look_for(list)
        made.open("desk")
        settle(qtbot, made)
        made.lanes.store(lambda door: setattr(door.desk.station, "offline", True), lambda _: None)
        settle(qtbot, made)
        return made

    yield one
    for made in opened:
        made.close()
        made.deleteLater()


def pane_of(window: Window) -> HandoverPane:
    return desk_of(window).handing.pane


def ship(qtbot, window: Window, items: list[Item], to: str) -> HandoverPane:
    """A shipment at the desk, and its code on the screen."""
    page = begin(qtbot, window, Wanted(Task.SHIP, other=glns(to)))
    for item in items:
        page.take(link(item))
    settle(qtbot, window)
    page.finish()
    settle(qtbot, window)
    assert page.done.hand_over.isVisible()
    with qtbot.waitSignal(pane_of(window).showing.codes.ready):
        page.done.hand_over.click()
    settle(qtbot, window)
    return pane_of(window)


def photographed(window: Window, folder: Path) -> list[Path]:
    """A picture of the screen for each code that it shows, one after the other."""
    codes = pane_of(window).showing.codes
    assert codes.picture.isVisible()
    folder.mkdir(exist_ok=True)
    made = []
    for number in range(len(codes.picture.codes)):
        made.append(folder / f"{number}.png")
        assert window.grab().save(str(made[-1]))
        codes.turn()
    return made


def read(qtbot, window: Window, pictures: list[Path]) -> HandoverPane:
    pane = pane_of(window)
    if not pane.taking.isVisible():
        desk_of(window).handing.begin()
        settle(qtbot, window)
        pane.start.take.click()
    pane.taking.read(pictures)
    settle(qtbot, window)
    return pane


def test_goods_change_hands_between_two_windows_by_pictures_of_their_screens(
    qtbot, open_window: Opener, yard: Yard, tmp_path: Path
) -> None:
    giver, taker = open_window("giver", MAKER), open_window("taker", HERE)
    ship(qtbot, giver, yard.away, HERE)
    pane = read(qtbot, taker, photographed(giver, tmp_path / "offer"))
    assert pane.views.currentWidget() is pane.asking
    assert pane.asking.title.text() == f"{MAKER} hands 2 pieces over to you"
    assert [item.serial in line for item, line in zip(yard.away, pane.asking.goods.told(), strict=True)] == [True, True]
    assert waiting(qtbot, taker) == 0
    with qtbot.waitSignal(pane.showing.codes.ready):
        pane.asking.yes.click()
    assert waiting(qtbot, taker) == 1
    back = pane_of(giver)
    back.showing.answer.click()
    back = read(qtbot, giver, photographed(taker, tmp_path / "answer"))
    assert back.views.currentWidget() is back.end
    assert (back.end.kind, back.end.title.text()) == (Kind.GENUINE, f"{HERE} has signed for 2 pieces.")
    back.end.done.click()
    settle(qtbot, giver)
    [shipment] = back.start.shipments
    assert shipment.accessibleName().endswith(": signed for")
    for window, name in ((taker, "taker"), (giver, "giver")):
        window.close()
        with Station.open(tmp_path / name) as station:
            station.send()
            assert station.status().waiting == 0
            assert station.store.outbox.peers() == []
            newest = [entry.verb for entry in station.store.replica.entries()][-2:]
            assert newest == [Verb.SHIP, Verb.RECEIVE]


def waiting(qtbot, window: Window) -> int:
    found: list[int] = []
    window.lanes.store(lambda door: door.status().waiting, found.append)
    settle(qtbot, window)
    return found[0]


def test_a_camera_reads_the_codes_as_they_turn(qtbot, open_window: Opener, yard: Yard, tmp_path: Path) -> None:
    giver, taker = open_window("giver", MAKER), open_window("taker", HERE)
    ship(qtbot, giver, yard.away, HERE)
    pictures = photographed(giver, tmp_path / "offer")
    assert len(pictures) > 1
    pane = pane_of(taker)
    desk_of(taker).handing.begin()
    settle(qtbot, taker)
    pane.start.take.click()
    pane.taking.camera._source = lambda *_: Files(pictures * 3, each=6)
    pane.taking.camera.toggle()
    qtbot.waitUntil(lambda: pane.views.currentWidget() is pane.asking, timeout=20_000)
    assert not pane.taking.camera.camera.running


def test_a_scanner_reads_them_on_any_page(qtbot, open_window: Opener, yard: Yard) -> None:
    giver, taker = open_window("giver", MAKER), open_window("taker", HERE)
    ship(qtbot, giver, yard.away[:1], HERE)
    texts = texts_of(qtbot, giver)
    taker.open("items")
    for text in texts:
        taker._scanned(text)
    settle(qtbot, taker)
    pane = pane_of(taker)
    assert taker.opened == "desk"
    assert pane.views.currentWidget() is pane.asking
    begin(qtbot, taker, Wanted(Task.CHECK))
    taker._scanned(texts[0])
    settle(qtbot, taker)
    assert desk_of(taker).notice.words == "Finish the open task first: then take the goods over."


def texts_of(qtbot, window: Window) -> list[str]:
    """What the codes of the newest shipment say."""
    found: list[list[str]] = []

    def work(door) -> list[str]:
        now = datetime.now().astimezone()
        station = door.desk.station
        return dock.show(station, dock.shipments(station, now)[0].number, now)[1]

    window.lanes.store(work, found.append)
    settle(qtbot, window)
    return found[0]


def refused(qtbot, window: Window, texts: list[str]) -> str:
    """Why the codes are refused, as the window says it."""
    pane = pane_of(window)
    desk_of(window).handing.begin()
    settle(qtbot, window)
    for text in texts:
        pane.take(text)
    settle(qtbot, window)
    assert pane.views.currentWidget() is pane.end
    assert pane.end.kind is Kind.REJECTED
    return pane.end.why.text()


def test_what_must_not_be_signed_is_refused_in_one_sentence(
    qtbot, open_window: Opener, yard: Yard, tmp_path: Path, monkeypatch
) -> None:
    giver, taker, third = open_window("giver", MAKER), open_window("taker", HERE), open_window("third", OTHER)
    ship(qtbot, giver, yard.away[:1], HERE)
    texts = texts_of(qtbot, giver)
    assert refused(qtbot, third, texts) == f"This offer is to somebody else: {HERE}."
    monkeypatch.setattr(dock, "HOLDS", timedelta(seconds=-1))
    assert refused(qtbot, taker, texts).startswith("This offer is older than 7 days")
    monkeypatch.undo()
    third.close()
    with Station.open(tmp_path / "third") as station:  # stands for what the taker learns at its next sync
        network = station.network()
        revoke_device(network, station.store, glns(MAKER), DerivedKeys().device(glns(MAKER)).address)
        station.sync()
        station.save(here=glns(HERE))
    fourth = open_window("third", HERE)
    assert (
        refused(qtbot, fourth, texts)
        == "The laptop that signed this was stopped: speak to the sender before you take anything over."
    )


def test_what_was_signed_for_shows_its_answer_again_and_signs_nothing(qtbot, open_window: Opener, yard: Yard) -> None:
    giver, taker = open_window("giver", MAKER), open_window("taker", HERE)
    ship(qtbot, giver, yard.away[:1], HERE)
    texts, pane = texts_of(qtbot, giver), pane_of(taker)
    for _ in range(2):
        desk_of(taker).handing.begin()
        settle(qtbot, taker)
        for text in texts:
            pane.take(text)
        settle(qtbot, taker)
        with qtbot.waitSignal(pane.showing.codes.ready):
            pane.asking.yes.click()
    assert pane.asking.about.text() == "You have signed for this already: show your answer again."
    assert waiting(qtbot, taker) == 1


def test_a_second_offer_of_the_same_goods_is_refused_and_becomes_a_case_with_both_sides(
    qtbot, open_window: Opener, founded: tuple[Path, datetime], yard: Yard, tmp_path: Path
) -> None:
    """A dishonest giver copies its profile and ships the same piece twice."""
    giver, copy, taker = open_window("giver", MAKER), open_window("copy", MAKER), open_window("taker", HERE)
    for window in (giver, copy):
        ship(qtbot, window, yard.away[:1], HERE)
    pane = pane_of(taker)
    desk_of(taker).handing.begin()
    settle(qtbot, taker)
    for text in texts_of(qtbot, giver):
        pane.take(text)
    settle(qtbot, taker)
    with qtbot.waitSignal(pane.showing.codes.ready):
        pane.asking.yes.click()
    assert "moved on" in refused(qtbot, taker, texts_of(qtbot, copy))
    pane.end.done.click()
    settle(qtbot, taker)
    assert pane.start.contradictions.text() == "1 contradiction to look at"
    pane.start.contradictions.click()
    settle(qtbot, taker)
    view = desk_of(taker).handing.cases
    assert view.isVisible()
    assert view.case is not None
    assert view.case.same_device
    for side in (view.one, view.other):
        assert side.what.text() == "Shipped"
        assert side.values[0].text() == MAKER
        assert side.values[3].text() == HERE
    view.export(tmp_path / "both.case")
    settle(qtbot, taker)
    assert view.notice.words == "Saved both.case. Anybody with the trust pack can check it."
    assert (tmp_path / "both.case").read_bytes().startswith(b"wayproof case 1\n")


def test_everything_has_a_name_room_for_a_glove_and_is_plain(qtbot, open_window: Opener, yard: Yard) -> None:
    giver, taker = open_window("giver", MAKER), open_window("taker", HERE)
    pane = ship(qtbot, giver, yard.away, HERE)
    other = pane_of(taker)
    desk_of(taker).handing.begin()
    settle(qtbot, taker)
    views = [(giver, "showing"), (taker, "start")]
    for text in texts_of(qtbot, giver):
        other.take(text)
    settle(qtbot, taker)
    views.append((taker, "asking"))
    for window, name in views:
        for child in interactive(window):
            if child.isVisible():
                assert min(child.width(), child.height()) >= TARGET, (name, child)
                assert QAccessible.queryAccessibleInterface(child).text(QAccessible.Text.Name).strip(), (name, child)
        assert all(label.textFormat().name == "PlainText" for label in window.findChildren(QLabel))
    assert pane.showing.codes.picture.width() >= 400
