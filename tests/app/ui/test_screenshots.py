"""Pictures of the main pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from app import language
from app.ui import screenshots, theme
from app.ui.tasks import Lanes
from chain.errors import StoreError, WayproofError
from chain.verdict import Code
from tests.app.ui.world import World, check_of


def test_every_page_is_drawn_light_and_dark(dressed, tmp_path: Path, monkeypatch) -> None:
    world = World()
    codes = (Code.OK, Code.RECALLED, Code.SUSPECTED, Code.UNREADABLE)
    monkeypatch.setattr(world, "recent", lambda limit: [check_of(code, text=f"{code.value} 1") for code in codes])
    monkeypatch.setattr(screenshots, "lanes_of", lambda profile, *, offline: Lanes(lambda: world))
    made = screenshots.save_screenshots(tmp_path, tmp_path / "pictures")
    names = {path.name for path in made}
    pages = (
        "ready",
        "scan-genuine",
        "scan-caution",
        "scan-rejected",
        "scan-unknown",
        "details",
        "items",
        "files",
        "journey",
        "alerts",
        "forecast",
        "settings",
    )
    spoken = {"scan-genuine-de-light.png", "desk-ar-light.png"}
    assert names == {f"{page}-{look}.png" for page in pages for look in ("light", "dark")} | spoken
    assert language.current() is language.ENGLISH
    pictures = {path.name: QImage(str(path)) for path in made}
    assert {(picture.width(), picture.height()) for picture in pictures.values()} == {(1240, 800)}
    assert pictures["settings-dark.png"].pixelColor(1100, 300).name() == theme.DARK.window
    assert len({bytes(picture.constBits()) for picture in pictures.values()}) == len(pictures)
    assert world.closed
    assert not (tmp_path / "window.json").exists()  # a picture does not change what the person chose


def test_a_profile_that_does_not_open_is_said(dressed, tmp_path: Path, monkeypatch) -> None:
    def refuse() -> World:
        raise StoreError("The database is damaged.")

    monkeypatch.setattr(screenshots, "lanes_of", lambda profile, *, offline: Lanes(refuse))
    with pytest.raises(WayproofError, match="The database is damaged"):
        screenshots.save_screenshots(tmp_path, tmp_path)
