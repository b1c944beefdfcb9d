# ruff: noqa: F811 - fixtures of another folder are imported and then named as arguments
"""The tabs beside the work: people with PINs and badges, labels issued and gone on with, a scanner calibrated."""

from __future__ import annotations

from pathlib import Path

import orjson

from app.demo.cast import glns
from app.desk.people import Rank, new_badge
from app.desk.tasks import Task
from app.ui.keymap import CODE as CALIBRATION
from app.ui.keymap import Keymap
from app.ui.pages.desk_chooser import Wanted
from app.ui.window import Window
from tests.app.desk.yard import DRUG, MAKER, Yard
from tests.app.ui.desk_window import begin, desk_of, founded, lines_of, link, profile, settle, window, yard  # noqa: F401 - fixtures


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
    assert pane.notice.words.startswith("1 file was written")
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
    assert Keymap.load(window.profile) == window.wedge.keymap
    pane.forget.click()
    settle(qtbot, window)
    assert window.wedge.keymap.table == {}
