"""The watched folder in the window: codes of new files go where scans go, once; what cannot be read is told in the list."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import labels
from app.labels import Label
from app.ui.pages.settings import SettingsPage
from app.ui.watch import Watch
from app.ui.widgets.watched_folder import WatchedFolder
from app.ui.window import Window
from chain.journey import Item

ONE, TWO = "https://id.gs1.org/01/09521000011014/21/A1", "https://id.gs1.org/01/09521000011014/21/B2"


@pytest.fixture
def memory(world, monkeypatch) -> dict[str, str]:  # type: ignore[no-untyped-def]
    """What the stand-in's desk remembers."""
    kept: dict[str, str] = {}
    monkeypatch.setattr(type(world.desk), "remembered", lambda self, name: kept.get(name, ""), raising=False)
    monkeypatch.setattr(type(world.desk), "remember", lambda self, name, value: kept.update({name: value}), raising=False)
    return kept


def png(folder: Path, name: str, text: str) -> None:
    labels.png(Label(Item(), text), folder / name, dpi=200)


def looks(qtbot, window: Window, times: int = 2) -> None:
    for _ in range(times):
        window.watch.look()
        qtbot.waitUntil(lambda: not window.watch._busy and window.lanes.outstanding == 0, timeout=20_000)


def choose(qtbot, window: Window, folder: Path) -> None:
    window.watch._timer.setInterval(3_600_000)  # the test looks itself
    window.watch.choose(folder)
    qtbot.waitUntil(lambda: window.watch.folder == folder and window.lanes.outstanding == 0, timeout=30_000)


def test_new_files_are_scanned_once(qtbot, memory, window: Window, world, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    png(folder, "before.png", ONE)
    choose(qtbot, window, folder)
    looks(qtbot, window)
    assert world.checked == []
    png(folder, "a.png", ONE)
    png(folder, "b.png", TWO)
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nhalf")
    labels.write(folder / "empty.pdf", b"")
    looks(qtbot, window)
    assert [(scan.text, scan.via) for scan in world.checked] == [(ONE, "folder"), (TWO, "folder")]
    assert [(row.name, row.codes, bool(row.why)) for row in window.watch.rows] == [
        ("broken.png", 0, True), ("b.png", 1, False), ("a.png", 1, False),
    ]  # fmt: skip
    looks(qtbot, window)
    assert len(world.checked) == 2
    again = Watch(window.lanes, window.scan.pictures, 3_600_000)  # as after a restart
    again.open()
    qtbot.waitUntil(lambda: again.folder == folder, timeout=30_000)
    for _ in range(2):
        again.look()
        qtbot.waitUntil(lambda: not again._busy, timeout=30_000)
    assert not again.rows
    again.stop()


def test_it_works_beside_a_wedge_and_says_once_that_a_folder_is_gone(
    qtbot, memory, window: Window, world, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    choose(qtbot, window, folder)
    said: list[str] = []
    window.watch.trouble.connect(said.append)
    png(folder, "a.png", ONE)
    window.wedge.scanned.emit(TWO)
    looks(qtbot, window)
    window.scan.field.take(TWO)
    assert {scan.text for scan in world.checked} == {ONE, TWO}
    (folder / "a.png").unlink()
    folder.rmdir()
    looks(qtbot, window, 3)
    assert len(said) == 1
    assert "cannot be read" in said[0]
    folder.mkdir()
    png(folder, "b.png", ONE)
    looks(qtbot, window)
    assert window.watch.rows[0].name == "b.png"


def test_the_settings_show_the_folder_and_its_files(qtbot, memory, window: Window, tmp_path: Path) -> None:
    folder = tmp_path / "<b>in"
    folder.mkdir()
    window.open("settings")
    page = window.page("settings")
    assert isinstance(page, SettingsPage)
    (section,) = page.findChildren(WatchedFolder)
    assert section.where.text() == "No folder is watched."
    assert not section.stop.isEnabled()
    choose(qtbot, window, folder)
    assert section.where.text() == str(folder)
    png(folder, "a.png", ONE)
    (folder / "nothing.png").write_bytes(b"x")
    looks(qtbot, window)
    window.open("settings")
    told = [section.model.data(section.model.index(n)) for n in range(section.model.rowCount())]
    assert any(one == "a.png: 1 code was read." for one in told)
    section.list.grab()
    window.watch.trouble.emit("The watched folder cannot be read.")
    assert section.notice.words == "The watched folder cannot be read."
    section.stop.click()
    qtbot.waitUntil(lambda: section.where.text() == "No folder is watched.", timeout=30_000)
    assert (memory["watched"], window.watch.folder) == ("", None)
