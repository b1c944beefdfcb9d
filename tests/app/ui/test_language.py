# ruff: noqa: F811 - fixtures of other modules are imported and then named as arguments
"""The window in a language that does not exist: whatever is seen without its brackets was not translated."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QWidget

from app import language
from app.language import ENGLISH, Tongue
from app.language.catalogue import Catalogue, Entry
from app.ui import words
from app.ui.language import chosen, counted, speak
from app.ui.preferences import SPOKEN, Preferences
from app.ui.run import make_window
from app.ui.tasks import Lanes
from app.ui.window import PAGES, Window
from tests.app.ui.foreign import pseudo_speaking, untranslated, words_of  # noqa: F401 - a fixture
from tests.app.ui.world import World

DATA = words_of(
    "Alba Pharma Northwind Logistics Harbour Warehouse Linden Pharmacy Uhuru Chemist Cardiol tablets Insulin pens Mountain honey",
    "UNREADABLE faster than its goods travel Basilea Place Ville Cathédrale Pharmacie Canal du de la",
    "Basel Rotterdam Hamburg Nairobi profile",
)


@pytest.fixture
def foreign(qtbot, pseudo_speaking: QApplication, world: World, tmp_path: Path) -> Iterator[Window]:
    made = Window(Lanes(lambda: world), tmp_path, Preferences())
    with qtbot.waitSignal(made.lanes.settled, timeout=30_000):
        made.show()
    yield made
    made.close()
    made.deleteLater()


@pytest.mark.parametrize("name", [*PAGES, "files"])
def test_no_page_holds_an_untranslated_text(qtbot, foreign: Window, name: str) -> None:
    foreign.open(name)
    qtbot.waitUntil(lambda: foreign.lanes.outstanding == 0)
    for code in ("OK", "RECALLED", "UNREADABLE", "SUSPECTED") if name == "scan" else ():
        foreign.scan.submit([f"{code} 1"])
        qtbot.waitUntil(lambda: foreign.lanes.outstanding == 0)
    left = untranslated(foreign, DATA)
    assert not left, left


@pytest.fixture
def arabic(pinned: QApplication) -> Iterator[QApplication]:
    entries = (
        Entry(
            "{count} hour",
            plural="{count} hours",
            said=("صفر", "ساعة", "ساعتان", "{count} ساعات", "{count} ساعة", "{count} ساعة م"),
        ),
        Entry("Check", said=("تحقق",)),
    )
    speak(pinned, Tongue.of(Catalogue("ar", {entry.key: entry for entry in entries})))
    yield pinned
    speak(pinned, ENGLISH)


def test_arabic_is_written_from_right_to_left_with_its_plural_forms(arabic: QApplication) -> None:
    assert arabic.layoutDirection() is Qt.LayoutDirection.RightToLeft
    assert QWidget().layoutDirection() is Qt.LayoutDirection.RightToLeft
    said = [counted("{count} hour", "{count} hours", n).format(count=n) for n in (0, 1, 2, 5, 11, 100)]
    assert said == ["صفر", "ساعة", "ساعتان", "5 ساعات", "11 ساعة", "100 ساعة م"]
    assert QWidget().tr("Check") == "تحقق"
    assert QWidget().tr("Not in the catalogue") == "Not in the catalogue"
    assert QLocale().language() is QLocale.Language.Arabic


def test_buttons_of_dialogs_speak_it_too(arabic: QApplication) -> None:
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    (button,) = box.buttons()
    assert not button.text().isascii()


def test_english_needs_no_catalogue(pinned: QApplication) -> None:
    speak(pinned, ENGLISH)
    assert pinned.layoutDirection() is Qt.LayoutDirection.LeftToRight
    assert [counted("{count} hour", "{count} hours", n).format(count=n) for n in (0, 1, 2)] == ["0 hours", "1 hour", "2 hours"]
    assert words.say("Genuine") == "Genuine"
    assert language.number(51_204) == "51,204"
    assert language.spoken("The item is not in quarantine.") == "The item is not in quarantine."


def test_the_language_is_remembered_for_the_next_start(qtbot, window: Window, tmp_path: Path) -> None:
    window.open("settings")
    page = window.page("settings")
    assert [page.language.itemData(place) for place in range(page.language.count())] == list(SPOKEN)
    page.language.setCurrentIndex(SPOKEN.index("ar"))
    page.language.activated.emit(SPOKEN.index("ar"))
    assert Preferences.load(tmp_path).language == "ar"
    assert language.current() is ENGLISH


@pytest.mark.parametrize("code", sorted({path.stem for path in language.folder().glob("*.po")}))
def test_a_window_opens_in_the_language_of_its_profile(pinned: QApplication, tmp_path: Path, code: str) -> None:
    Preferences(language=code).save(tmp_path)
    made = make_window(tmp_path)
    assert language.current().code == code
    assert made.rail.buttons["settings"].text() != "Settings"
    made.close()
    made.deleteLater()
    speak(pinned, ENGLISH)


def test_a_broken_catalogue_means_english(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "de.po").write_text("hello", "utf-8")
    monkeypatch.setattr(language, "folder", lambda: tmp_path)
    assert language.load("de") is ENGLISH
    assert "de.po" in caplog.text


def test_what_is_not_offered_is_english() -> None:
    assert chosen("en") == "en"
    assert language.load("xx") is ENGLISH
