"""The first start on an empty folder: each of the three ways is gone to its end on real chains; what fails leaves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import qrcode
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QPlainTextEdit, QWidget

from app.demo import MARK
from app.network.membership import Request
from app.profile import is_new
from app.station import Station
from app.trust import read_pack
from app.ui import theme
from app.ui.first_run.assistant import SAMPLE, Assistant
from app.ui.first_run.forms import Secret, Who
from tests.chain.anvil import Anvil

GLN, PREFIX = "9521000000018", "952100001"
PASSPHRASE = "eight or more characters"


@pytest.fixture
def assistant(qtbot, dressed, tmp_path: Path) -> Iterator[Assistant]:
    """The assistant of an empty folder, shown."""
    made = Assistant(tmp_path / "profile")
    with qtbot.waitSignal(made.painted, timeout=30_000):
        made.show()
    yield made
    made.close()
    made.deleteLater()


def fill(who: Who, gln: str = GLN, name: str = "Alpine Pharma") -> None:
    who.gln.setText(gln)
    who.name.setText(name)


def seal(secret: Secret, first: str = PASSPHRASE, again: str = PASSPHRASE) -> None:
    secret.first.setText(first)
    secret.again.setText(again)


def pages(assistant: Assistant) -> tuple[QWidget, ...]:
    return (assistant.choices, assistant.founding, assistant.join, assistant.start, assistant.asking)


def shown(assistant: Assistant) -> QWidget:
    return next(page for page in pages(assistant) if page.isVisible())


def test_three_large_choices_are_offered_and_reached_by_the_keyboard(qtbot, assistant: Assistant) -> None:
    assert shown(assistant) is assistant.choices
    assert [way.height() >= 72 for way in assistant.choices.ways.values()] == [True] * 3
    assistant.choices.ways["start"].setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(assistant.choices.ways["start"], Qt.Key.Key_Space)
    assert shown(assistant) is assistant.start
    QTest.keyClick(assistant.start.leave, Qt.Key.Key_Space)
    assert shown(assistant) is assistant.choices
    with qtbot.waitSignal(assistant.ended) as later:
        assistant.choices.skip.click()
    assert later.args == [assistant._profile]
    assert is_new(assistant._profile)


def test_everything_has_a_name_and_room_for_a_glove(assistant: Assistant) -> None:
    assistant.start.network.setCurrentIndex(1)
    assistant.join.show_pack("a pack", "eight words")
    touched = 0
    for page in pages(assistant):
        assistant.show_page(page)
        assistant.grab()
        for child in page.findChildren(QWidget):
            if isinstance(child, QAbstractButton | QLineEdit | QComboBox | QPlainTextEdit) and child.isVisible():
                touched += 1
                assert child.height() >= theme.TARGET, child
                assert QAccessible.queryAccessibleInterface(child).text(QAccessible.Text.Name).strip(), child
    assert touched > 24
    assert {label.textFormat() for label in assistant.findChildren(QLabel)} == {Qt.TextFormat.PlainText}


def test_the_sample_world_is_stopped_and_leaves_nothing(qtbot, assistant: Assistant) -> None:
    assistant.choices.ways["try"].click()
    assert shown(assistant) is assistant.founding
    with qtbot.waitSignal(assistant.founding.progressed, timeout=60_000):
        pass
    assistant.founding.cancel.click()
    qtbot.waitUntil(lambda: shown(assistant) is assistant.choices, timeout=30_000)
    assert not (assistant._profile / SAMPLE).exists()
    assert assistant.notice.words == ""
    assert is_new(assistant._profile)


def test_the_sample_world_is_made_and_opened(qtbot, assistant: Assistant) -> None:
    with qtbot.waitSignal(assistant.ended, timeout=120_000) as ended:
        assistant.choices.ways["try"].click()
    (profile,) = ended.args
    assert profile == assistant._profile / SAMPLE
    assert (profile / MARK).exists()
    with Station.open(profile, offline=True) as station:
        assert station.here is not None
        assert station.status().events > 1_000


def test_a_consortium_is_started_in_the_folder(qtbot, assistant: Assistant) -> None:
    assistant.choices.ways["start"].click()
    form = assistant.start
    assert form.elsewhere.isHidden()
    fill(form.who, gln="9521000000019")
    form.go.click()
    qtbot.waitUntil(lambda: "GLN" in assistant.notice.words)
    assert is_new(assistant._profile)
    fill(form.who)
    form.prefix.setText(PREFIX)
    with qtbot.waitSignal(assistant.ended, timeout=60_000) as ended:
        form.go.click()
    assert ended.args == [assistant._profile]
    with Station.open(assistant._profile, offline=True) as station:
        assert station.here is not None
        assert (station.here.name, station.here.organisation) == ("Alpine Pharma", 1)
        assert station.status().events >= 2


def test_a_pack_is_read_from_the_picture_of_its_code(qtbot, assistant: Assistant, sample_world: Path, tmp_path: Path) -> None:
    picture = tmp_path / "pack.png"
    qrcode.make((sample_world / "trust.json").read_text(), error_correction=qrcode.constants.ERROR_CORRECT_L).save(str(picture))
    assistant.choices.ways["join"].click()
    assistant.join.pack_wanted.emit(picture)
    qtbot.waitUntil(lambda: assistant.join.fingerprint.isVisible(), timeout=30_000)
    assert assistant.join.fingerprint.text() == read_pack(sample_world / "trust.json").fingerprint
    assert not assistant.join.go.isEnabled()
    (tmp_path / "nothing.json").write_text("{}")
    assistant.join.pack_wanted.emit(tmp_path / "nothing.json")
    qtbot.waitUntil(lambda: "cannot be read" in assistant.notice.words)


@pytest.mark.anvil
def test_one_starts_on_a_node_and_another_joins(qtbot, assistant: Assistant, anvil: Anvil, tmp_path: Path) -> None:
    form = assistant.start
    assistant.choices.ways["start"].click()
    form.network.setCurrentIndex(1)
    fill(form.who)
    form.prefix.setText(PREFIX)
    form.node.setText(anvil.url)
    seal(form.secret, again="another one")
    form.go.click()
    assert assistant.notice.words == "The two passphrases are not the same."
    seal(form.secret, "short", "short")
    form.go.click()
    qtbot.waitUntil(lambda: "at least" in assistant.notice.words)
    assert is_new(assistant._profile)
    seal(form.secret)
    with qtbot.waitSignal(assistant.ended, timeout=60_000):
        form.go.click()
    pack = assistant._profile / "trust.json"
    other = Assistant(tmp_path / "other")
    try:
        _join(qtbot, other, pack, anvil.url)
    finally:
        other.close()
        other.deleteLater()
    request = Request.read(tmp_path / "request.json", read_pack(pack).trust)
    assert (request.kind, request.party.gln, request.party.name) == ("device", "9521000000025", "Depot")


def _join(qtbot, other: Assistant, pack: Path, url: str) -> None:
    other.show()
    other.choices.ways["join"].click()
    form = other.join
    assert not form.go.isEnabled()
    form.pack_wanted.emit(pack)
    qtbot.waitUntil(lambda: form.fingerprint.isVisible())
    assert form.fingerprint.text() == read_pack(pack).fingerprint
    fill(form.who, "9521000000025", "Depot")
    seal(form.secret)
    form.nodes.setPlainText("http://127.0.0.1:9\n")
    form.same.click()
    form.go.click()
    qtbot.waitUntil(lambda: form.isEnabled() and bool(other.notice.words), timeout=60_000)
    assert is_new(other._profile)
    assert not (other._profile / "keys.json").exists()
    form.nodes.setPlainText(f"{url}\n\n")
    form.go.click()
    qtbot.waitUntil(lambda: other.asking.isVisible(), timeout=60_000)
    target = other._profile.parent / "request.json"
    other.save_request(target)
    qtbot.waitUntil(target.exists)
    qtbot.waitUntil(lambda: other.notice.words == "Saved request.json.")
    with qtbot.waitSignal(other.ended) as ended:
        other.asking.go.click()
    assert ended.args == [other._profile]
