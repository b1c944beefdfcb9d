"""Pictures of the main pages, drawn without a screen: for the documentation, and for a demo where no window can be opened.

What is on them is real: the profile's station is opened offline, and texts it has checked before are checked again.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QFont, QFontDatabase, QImage
from PySide6.QtWidgets import QApplication

from app import language
from app.checks import Check
from app.ui import theme, words
from app.ui.icons import FOLDER
from app.ui.language import speak
from app.ui.preferences import Preferences
from app.ui.run import application, lanes_of
from app.ui.window import Window
from chain.errors import BadInput, WayproofError
from chain.journey import Item
from chain.verdict import Code, Kind

_PATIENCE_MS = 60_000
_SIZE = (1240, 800)
_SPOKEN = (("de", "scan-genuine"), ("ar", "desk"))
_PLAINEST = (Code.OK, Code.RECALLED, Code.SUSPECTED, Code.STALE)


def pin_font(qt: QApplication) -> None:
    """The shipped DejaVu Sans without hinting, so that two machines draw the same picture."""
    for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"):
        if QFontDatabase.addApplicationFont(str(FOLDER / "fonts" / name)) < 0:
            raise BadInput(f"The font {name} of this program cannot be read: install it again.")
    font = QFont("DejaVu Sans")
    font.setPointSizeF(10.5)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    qt.setFont(font)


def save_screenshots(profile: Path, folder: Path) -> list[Path]:
    """Draw the main pages of a profile, light and dark, into `folder` as PNG; the files made.

    Raises WayproofError where the profile cannot be opened or the pages do not settle within a minute.
    """
    if QApplication.instance() is None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    qt = application()
    font, flash, before = qt.font(), qt.cursorFlashTime(), language.current()
    qt.setCursorFlashTime(0)
    pin_font(qt)
    folder.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []
    try:
        with TemporaryDirectory() as apart:
            for look in (theme.LIGHT, theme.DARK):
                theme.apply(qt, look)
                made += _draw(profile, Path(apart), folder, look.name)
            theme.apply(qt, theme.LIGHT)
            made += [_spoken(qt, profile, Path(apart), folder, code, page) for code, page in _SPOKEN]
    finally:
        speak(qt, before)
        qt.setFont(font)
        qt.setCursorFlashTime(flash)
    return made


def _draw(profile: Path, apart: Path, folder: Path, look: str) -> list[Path]:
    """The pages in one look; the window keeps its preferences `apart`, so that the person's own stay as they are."""
    lanes = lanes_of(profile, offline=True)
    window = Window(lanes, apart, Preferences(theme=look, width=_SIZE[0], height=_SIZE[1]), offline=True)
    made: list[Path] = []

    def keep(name: str) -> None:
        settle(window)
        made.append(folder / f"{name}-{look}.png")
        save_picture(window.grab().toImage(), made[-1])

    try:
        _wait(window, lambda: window.show())
        keep("ready")
        checks = _checked_again(window)
        for kind in sorted(Kind, key=words.SEVERITY.__getitem__):
            of_kind = [check for check in checks if check.verdict.kind is kind]
            if of_kind:
                window.scan.show_check(max(of_kind, key=lambda check: check.verdict.code in _PLAINEST))
                keep(f"scan-{kind.value.lower()}")
        window.scan.card.details.click()
        keep("details")
        window.open("items")
        keep("items")
        window.open("files")
        keep("files")
        item = _traveller(checks)
        if item is not None:
            window.show_journey(item)
            keep("journey")
        window.open("alerts")
        keep("alerts")
        window.open("forecast")
        keep("forecast")
        window.open("settings")
        keep("settings")
    finally:
        window.close()
        window.deleteLater()
    return made


def _spoken(qt: QApplication, profile: Path, apart: Path, folder: Path, code: str, page: str) -> Path:
    """A page in another language: the desk, or a genuine item on the scan page."""
    speak(qt, language.load(code))
    preferences = Preferences(theme="light", width=_SIZE[0], height=_SIZE[1], language=code)
    window = Window(lanes_of(profile, offline=True), apart, preferences, offline=True)
    made = folder / f"{page}-{code}-light.png"
    try:
        _wait(window, lambda: window.show())
        settle(window)
        if page == "desk":
            window.open(page)
        else:
            window.scan.show_check(next(one for one in _checked_again(window) if one.verdict.kind is Kind.GENUINE))
        settle(window)
        save_picture(window.grab().toImage(), made)
    finally:
        window.close()
        window.deleteLater()
    return made


def _checked_again(window: Window) -> list[Check]:
    """The texts of the newest check of each code, checked once more; what they are now."""
    newest: dict[str, str] = {}
    for check in window.scan.recent.checks.checks():
        newest.setdefault(check.verdict.code.value, check.scan.text)
    for text in newest.values():
        window.scan.submit([text])
        settle(window)
    return list(window.scan.recent.checks.checks()[: len(newest)])


def _traveller(checks: list[Check]) -> Item | None:
    """An item whose journey is worth a picture: the genuine one if there is one."""
    known = sorted(checks, key=lambda check: check.verdict.kind is not Kind.GENUINE)
    return next((check.item for check in known if isinstance(check.item, Item) and check.item.serialised), None)


def save_picture(drawn: QImage, path: Path) -> None:
    """As a PNG of its 256 commonest colours, a third of the size: these are kept in the repository.

    A rarer colour (an edge of a letter) becomes the nearest of those; plain grounds stay exactly what they are.
    """
    import numpy as np
    from PIL import Image

    plain = drawn.convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(bytes(plain.constBits()), np.uint32) & 0xFFFFFF
    colours, where, count = np.unique(pixels, return_inverse=True, return_counts=True)
    channels = np.stack([colours >> 16, colours >> 8 & 0xFF, colours & 0xFF], axis=1).astype(np.int32)
    kept = channels[np.argsort(-count, kind="stable")[:256]]
    nearest = ((channels[:, None, :] - kept[None, :, :]) ** 2).sum(axis=2).argmin(axis=1).astype(np.uint8)
    picture = Image.frombytes("P", (plain.width(), plain.height()), nearest[where].tobytes())
    picture.putpalette(kept.astype(np.uint8).tobytes())
    picture.save(path, optimize=True)


def _wait(window: Window, begin: Callable[[], None]) -> None:
    """Begin, and wait until the station is open."""
    loop, said = QEventLoop(), list[str]()
    window.lanes.opened.connect(loop.quit)
    window.lanes.trouble.connect(said.append)
    window.lanes.trouble.connect(loop.quit)
    QTimer.singleShot(_PATIENCE_MS, loop, loop.quit)
    begin()
    loop.exec()
    if said:
        raise WayproofError(said[0])


def settle(window: Window) -> None:
    """Wait until nothing is under way any more and everything is painted."""
    for _ in range(3):
        QApplication.processEvents()
        if window.lanes.outstanding:
            loop = QEventLoop()
            window.lanes.settled.connect(loop.quit)
            QTimer.singleShot(_PATIENCE_MS, loop, loop.quit)
            loop.exec()
    if window.lanes.outstanding:
        raise WayproofError("The pages did not settle within a minute: no picture was taken.")
    QApplication.processEvents()
