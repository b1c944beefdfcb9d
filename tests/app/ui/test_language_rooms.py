# ruff: noqa: F811 - fixtures of other modules are imported and then named as arguments
"""The rooms that open only on the way, in a language that does not exist: first start, laptops, hand-over, conflict."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget

from app.ui.first_run.assistant import Assistant
from tests.app.desk.yard import HERE, MAKER, Yard
from tests.app.ui import test_devices_page as devices
from tests.app.ui import test_files_page as files
from tests.app.ui import test_first_run as first
from tests.app.ui import test_handover_page as handing
from tests.app.ui.desk_window import founded, link, profile, settle, yard  # noqa: F401 - fixtures
from tests.app.ui.foreign import pseudo_speaking, untranslated, words_of
from tests.app.ui.test_devices_page import clock  # noqa: F401 - a fixture
from tests.app.ui.test_language_worlds import DATA as WORLD

__all__ = ["pseudo_speaking"]
DATA = (
    WORLD
    | {"wayproof"}
    | words_of("https://node.example a pack Basel Rotterdam Hamburg Nairobi Alpine Pharma profile giver taker")
)
_FINGERPRINT = re.compile(r"([a-z]{5} ){7}[a-z]{5}")
open_for_goods = handing.open_window
open_for_laptops = devices.open_window


@pytest.fixture
def dressed(pseudo_speaking: QApplication) -> QApplication:
    return pseudo_speaking


def left_in(views: dict[str, QWidget]) -> dict[str, list[tuple[str, str]]]:
    """What is not translated in each view, but for the words that a fingerprint is told in."""
    left = {name: [one for one in untranslated(view, DATA) if not _FINGERPRINT.fullmatch(one[1])] for name, view in views.items()}
    return {name: found for name, found in left.items() if found}


def told(left: dict[str, list[tuple[str, str]]]) -> str:
    return "\n".join(f"{view}: {texts}" for view, texts in left.items())


@pytest.fixture
def assistant(qtbot, dressed: QApplication, tmp_path: Path) -> Iterator[Assistant]:
    made = Assistant(tmp_path / "profile")
    with qtbot.waitSignal(made.painted, timeout=30_000):
        made.show()
    yield made
    made.close()
    made.deleteLater()


def test_the_first_start_is_translated(qtbot, assistant: Assistant) -> None:
    assistant.start.network.setCurrentIndex(1)
    assistant.join.show_pack("a pack", "")
    left = left_in({"begun": assistant})
    assistant.choices.ways["start"].click()
    assistant.start.network.setCurrentIndex(0)
    first.fill(assistant.start.who, gln="9521000000019")
    assistant.start.go.click()
    qtbot.waitUntil(lambda: "GLN" in assistant.notice.words)
    left |= left_in({"refused": assistant})
    assert not left, told(left)


def test_files_are_translated(qtbot, open_for_laptops: devices.Opener, yard: Yard, tmp_path: Path) -> None:
    window = open_for_laptops("files", own=False)
    (tmp_path / "list.csv").write_text(files.ONE_BAD, encoding="utf-8")
    page = files.opened(qtbot, window, tmp_path / "list.csv")
    page.importing.tell(page.importing.told)
    left = left_in({"start": page.start})
    left |= left_in({"list": page.importing.parties, "choices": page.importing.how, "button": page.importing.go})
    page.save_proof([link(yard.stock[0])], tmp_path / "PARCEL.wayproof")
    settle(qtbot, window)
    left |= left_in({"saved": page.notice})
    files.opened(qtbot, window, tmp_path / "PARCEL.wayproof")
    left |= left_in({"verdict": page.proofs})
    assert not left, told(left)


def test_laptops_are_translated(qtbot, open_for_laptops: devices.Opener, yard: Yard) -> None:
    window = open_for_laptops("keeper", own=True)
    left = left_in({"begun": window})
    devices.page_of(window).keys.unlock.click()
    settle(qtbot, window)
    devices.type_passphrase(qtbot, window, "not this one")
    left |= left_in({"refused": window})
    assert not left, told(left)


def test_a_hand_over_and_its_conflict_are_translated(qtbot, open_for_goods: handing.Opener, yard: Yard, tmp_path: Path) -> None:
    giver, copy, taker = open_for_goods("giver", MAKER), open_for_goods("copy", MAKER), open_for_goods("taker", HERE)
    handing.ship(qtbot, copy, yard.away[:1], HERE)
    handing.ship(qtbot, giver, yard.away, HERE)
    left = left_in({"offers": giver})
    pane = handing.read(qtbot, taker, handing.photographed(giver, tmp_path / "offer"))
    left |= left_in({"is asked": taker})
    with qtbot.waitSignal(pane.showing.codes.ready):
        pane.asking.yes.click()
    left |= left_in({"answers": taker})
    handing.pane_of(giver).showing.answer.click()
    handing.read(qtbot, giver, handing.photographed(taker, tmp_path / "answer"))
    settle(qtbot, giver)
    left |= left_in({"ended": giver})
    handing.refused(qtbot, taker, handing.texts_of(qtbot, copy))
    left |= left_in({"refused": taker})
    pane.end.done.click()
    settle(qtbot, taker)
    pane.start.contradictions.click()
    settle(qtbot, taker)
    left |= left_in({"contradiction": taker})
    assert not left, told(left)
