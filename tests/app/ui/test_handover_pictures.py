"""The pictures of two laptops, drawn from a real hand-over."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QImage

from app.ui import handover_pictures, theme


def test_every_step_is_drawn(dressed, tmp_path: Path) -> None:
    made = handover_pictures.draw(tmp_path, (theme.DARK,))
    names = ["handover-start", "handover-code", "handover-question", "handover-answer", "conflict", "devices", "devices-request"]
    assert [path.name for path in made] == [f"{name}-dark.png" for name in names]
    pictures = [QImage(str(path)) for path in made]
    assert {(picture.width(), picture.height()) for picture in pictures} == {(1240, 800)}
    assert len({bytes(picture.constBits()) for picture in pictures}) == len(pictures)
