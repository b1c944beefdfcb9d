# ruff: noqa: F811 - fixtures of another folder are imported and then named as arguments
"""Laptops come in and go from the window, on the embedded chain; keys lock, and nothing of them is in any file."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QLabel, QPushButton

from app import handover
from app.demo.cast import glns
from app.desk.tasks import Task
from app.network import Network
from app.network.keyring import StoredKeys
from app.station import Station
from app.ui.door import OpenDoor
from app.ui.pages.desk_chooser import Wanted
from app.ui.pages.devices import DevicesPage
from app.ui.preferences import Preferences
from app.ui.tasks import Lanes
from app.ui.theme import TARGET
from app.ui.window import Window
from chain.keystore import Keystore
from chain.verdict import Kind
from tests.app.desk.yard import HERE, MAKER, OTHER, Yard
from tests.app.ui.desk_window import begin, desk_of, founded, link, profile, settle, yard  # noqa: F401 - fixtures
from tests.app.ui.test_window import interactive

PASSPHRASE = "eight or more characters"
Opener = Callable[..., Window]


class Clock:
    """Seconds that a test lets pass."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def open_window(qtbot, dressed, founded: tuple[Path, datetime], tmp_path: Path, clock: Clock) -> Iterator[Opener]:
    """Opens windows on copies of the yard. One with keys of its own signs with those, as on any network but the embedded one."""
    opened: list[Window] = []

    def one(name: str, *, own: bool = False, after: str = "", party: str = HERE) -> Window:
        folder = tmp_path / name
        if not folder.exists():
            shutil.copytree(tmp_path / after if after else founded[0], folder)
        if own and not Keystore.exists(folder):
            Keystore.create(folder, PASSPHRASE)
        with Station.open(folder) as station:
            station.save(here=glns(party))

        def door() -> OpenDoor:
            made = OpenDoor.open(folder)
            if own:
                network = Network.embedded_in(folder)
                made.join(Network(network.ledger, network.trust, StoredKeys(folder, lambda: None, clock=clock), network.embedded))
            return made

        made = Window(Lanes(door, lambda one: one.beside()), folder, Preferences())
        opened.append(made)
        with qtbot.waitSignal(made.lanes.settled, timeout=30_000):
            made.show()
        page = desk_of(made)
        page.sounds.loud = False
        for camera in (page.camera, page.handing.pane.taking.camera, page_of(made).taking.camera):
            camera.look_for(list)
        made.open("settings")
        settle(qtbot, made)
        made.page("settings").devices.click()
        settle(qtbot, made)
        return made

    yield one
    for made in opened:
        made.close()
        made.deleteLater()


def page_of(window: Window) -> DevicesPage:
    page = window.page("devices")
    assert isinstance(page, DevicesPage)
    return page


def type_passphrase(qtbot, window: Window, text: str = PASSPHRASE) -> None:
    asks = page_of(window).unlock
    assert asks.isVisible()
    asks.field.setText(text)
    asks.open.click()
    settle(qtbot, window)


def photographed(window: Window, folder: Path) -> list[Path]:
    codes = page_of(window).codes
    folder.mkdir()
    made = []
    for number in range(len(codes.picture.codes)):
        made.append(folder / f"{number}.png")
        assert window.grab().save(str(made[-1]))
        codes.turn()
    return made


def admitted(qtbot, open_window: Opener, tmp_path: Path) -> tuple[Window, str]:
    """A new laptop shows its request, the office reads it off the screen and admits it; the office, and the laptop's words."""
    lane, office = open_window("lane", own=True), open_window("office")
    asks, decides = page_of(lane), page_of(office)
    asks.mine.show_it.click()
    settle(qtbot, lane)
    type_passphrase(qtbot, lane)
    qtbot.waitUntil(lambda: bool(asks.codes.picture.codes), timeout=30_000)
    pictures = photographed(lane, tmp_path / "request")
    decides.requests.scan.click()
    decides.taking.read(pictures)
    settle(qtbot, office)
    words = decides.requests.words.text()
    assert len(words.split()) == 8
    assert words == asks.mine.words.text()
    decides.requests.admit.click()
    assert words in decides.confirm.words.text()
    assert words not in [row.device.words for row in decides.rows.rows]
    decides.confirm.yes.click()
    settle(qtbot, office)
    assert decides.notice.words == "The laptop is admitted."
    return office, words


def test_a_laptop_is_admitted_from_a_picture_of_its_request_and_stopped_after_a_yes(
    qtbot, open_window: Opener, tmp_path: Path
) -> None:
    office, words = admitted(qtbot, open_window, tmp_path)
    page = page_of(office)
    [row] = [row for row in page.rows.rows if row.device.words == words]
    assert row.state.text().startswith("Records until")
    row.stop.click()
    assert words in page.confirm.words.text()
    page.confirm.no.click()
    settle(qtbot, office)
    assert row.device in page.laptop.devices
    row.stop.click()
    page.confirm.yes.click()
    settle(qtbot, office)
    [row] = [row for row in page.rows.rows if row.device.words == words]
    assert (row.state.text(), row.stop.isVisible(), page.notice.words) == ("Stopped", False, "The laptop is stopped.")
    office.close()
    with Station.open(tmp_path / "office") as station:
        [device] = [d for a, d in station.outbox().world.devices.items() if a == row.device.address]
        assert device.revoked_at


def taken_over_with_locked_keys(qtbot, lane: Window, yard: Yard, tmp_path: Path) -> None:
    """Signing for a hand-over asks for the passphrase, keeps nothing before it, and goes on with it."""
    texts: list[str] = []
    shutil.copytree(tmp_path / "office", tmp_path / "maker")
    with Station.open(tmp_path / "maker") as maker:
        parties = {party.gln: party for party in maker.store.goods.parties()}
        sent = handover.shipment(parties[glns(MAKER)], parties[glns(HERE)], yard.away, datetime.now(UTC))
        texts += handover.offer_texts(handover.offer(maker.outbox(), maker.store, [sent]))
    page_of(lane).keys.lock.click()
    settle(qtbot, lane)
    lane.open("desk")
    pane = desk_of(lane).handing.pane
    for text in texts:
        lane._scanned(text)
    settle(qtbot, lane)
    assert pane.views.currentWidget() is pane.asking
    pane.asking.yes.click()
    settle(qtbot, lane)
    assert pane.asking.unlock.isVisible()
    for typed in ("the wrong passphrase", PASSPHRASE):
        assert not pane.showing.codes.picture.codes
        pane.asking.unlock.field.setText(typed)
        pane.asking.unlock.open.click()
        settle(qtbot, lane)
    assert pane.views.currentWidget() is pane.showing
    qtbot.waitUntil(lambda: bool(pane.showing.codes.picture.codes), timeout=30_000)


def test_locked_keys_check_and_ask_before_they_sign(qtbot, open_window: Opener, tmp_path: Path, yard: Yard, clock: Clock) -> None:
    office, _ = admitted(qtbot, open_window, tmp_path)
    office.close()
    shutil.copytree(tmp_path / "office", tmp_path / "again")
    shutil.copy(tmp_path / "lane" / "keys.json", tmp_path / "again")
    lane = open_window("again", own=True)
    page, desk = page_of(lane), desk_of(lane)
    assert page.keys.state.text() == "Locked: checking works, signing asks first."
    assert "argon2id" in page.keys.kept.text()
    page.keys.unlock.click()
    type_passphrase(qtbot, lane, "the wrong passphrase")
    assert page.unlock.words.text() == "This passphrase does not open the signing key."
    type_passphrase(qtbot, lane)
    assert page.keys.state.text() == "Open: this laptop signs without asking."
    assert page.mine.state.text().startswith(f"It records for {HERE} until")
    page.keys.lock.click()
    settle(qtbot, lane)
    assert page.keys.state.text().startswith("Locked")

    lane._scanned(link(yard.stock[0]))
    settle(qtbot, lane)
    assert lane.scan.recent.checks.checks()[0].verdict.kind is Kind.GENUINE
    lane.open("desk")
    begin(qtbot, lane, Wanted(Task.SHIP, other=glns(OTHER)))
    desk.take(link(yard.stock[0]))
    settle(qtbot, lane)
    desk.finish()
    settle(qtbot, lane)
    assert [post.state for post in desk.done.done.posts] == ["waiting"]
    asks = desk.handing.unlock
    assert asks.isVisible()
    asks.field.setText(PASSPHRASE)
    asks.open.click()
    settle(qtbot, lane)
    desk.show_finished()
    settle(qtbot, lane)
    assert [post.state for post in desk.done.done.posts] == ["recorded"]

    taken_over_with_locked_keys(qtbot, lane, yard, tmp_path)
    lane.open("devices")
    settle(qtbot, lane)
    page.keys.minutes.setCurrentIndex(page.keys.minutes.findData(15))
    page.keys.minutes.activated.emit(page.keys.minutes.currentIndex())
    settle(qtbot, lane)
    for seconds, state in ((14 * 60, "Open"), (2 * 60, "Locked")):
        clock.now += seconds
        lane.ask_status()
        page.refresh()
        settle(qtbot, lane)
        assert page.keys.state.text().startswith(state)


def test_no_key_is_in_any_file_after_creating_using_and_locking(
    qtbot, open_window: Opener, tmp_path: Path, yard: Yard, clock: Clock
) -> None:
    lane = open_window("lane", own=True)
    page = page_of(lane)
    page.save_request(tmp_path / "lane" / "request.json")
    settle(qtbot, lane)
    type_passphrase(qtbot, lane)
    assert (tmp_path / "lane" / "request.json").exists()
    clock.now += 3600
    lane.ask_status()
    settle(qtbot, lane)
    page.save_request(tmp_path / "lane" / "second.json")
    settle(qtbot, lane)
    type_passphrase(qtbot, lane)
    page.keys.lock.click()
    settle(qtbot, lane)
    lane.close()
    store = Keystore.open(tmp_path / "lane", PASSPHRASE)
    master = store._master
    assert master is not None
    names = ("administrator", f"owner/{glns(HERE)}", f"device/{glns(HERE)}/1", "relayer")
    secrets = [bytes(master), *(store.key(name)._key.secret for name in names)]
    files = [path for path in (tmp_path / "lane").rglob("*") if path.is_file()]
    content = b"".join(path.read_bytes() for path in files)
    assert b"sealed" in content
    assert PASSPHRASE.encode() not in content
    for secret in secrets:
        for at in range(3):  # base64 of the secret at each place within a longer text
            assert base64.b64encode(bytes(at) + secret)[4:40] not in content
            assert base64.urlsafe_b64encode(bytes(at) + secret)[4:40] not in content
        for form in (secret, secret[::-1], secret.hex().encode(), secret.hex().upper().encode(), base64.b64encode(secret)):
            assert form not in content


def test_a_request_for_somebody_else_or_a_damaged_one_is_refused(qtbot, open_window: Opener, tmp_path: Path) -> None:
    lane, office = open_window("lane", own=True, party=OTHER), open_window("office")
    page_of(lane).save_request(tmp_path / "wish.json")
    settle(qtbot, lane)
    type_passphrase(qtbot, lane)
    page = page_of(office)
    page.read_file(tmp_path / "wish.json")
    settle(qtbot, office)
    assert page.notice.words == f"This laptop asks to record for {OTHER}: only they can admit it."
    assert not page.requests.admit.isVisible()
    data = (tmp_path / "wish.json").read_bytes()
    (tmp_path / "wish.json").write_bytes(data.replace(glns(OTHER).encode(), glns(HERE).encode()))
    page.read_file(tmp_path / "wish.json")
    settle(qtbot, office)
    assert "was not signed by its own key" in page.notice.words
    page.take("WP-1-1-00000000:AAAA")
    settle(qtbot, office)
    assert "misread" in page.taking.notice.words


def test_everything_has_a_name_room_for_a_glove_and_is_plain(qtbot, open_window: Opener) -> None:
    window = open_window("office")
    page = page_of(window)
    assert page.keys.state.text() == "There is nothing to lock."
    qtbot.waitUntil(lambda: page.rows.rows[0].stop.isVisible(), timeout=30_000)
    touched = [child for child in interactive(page) if child.isVisible()]
    assert {child.text() for child in touched if isinstance(child, QPushButton)} >= {
        "Stop",
        "Scan its request",
        "Open its request",
    }
    for child in touched:
        assert min(child.width(), child.height()) >= TARGET
        assert QAccessible.queryAccessibleInterface(child).text(QAccessible.Text.Name).strip()
    assert all(label.textFormat().name == "PlainText" for label in page.findChildren(QLabel))
