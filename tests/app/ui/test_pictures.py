"""Which files may hold a code."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QUrl

from app.ui.pictures import Found, Pictures, files_in, readable
from chain.errors import BadInput


def test_only_local_files_are_files() -> None:
    dropped = QMimeData()
    dropped.setUrls([QUrl("https://example.org/a.png"), QUrl.fromLocalFile("/tmp/b.png"), QUrl("ftp://x/c.png"), QUrl("data:,x")])
    assert files_in(dropped) == [Path("/tmp/b.png")]


def test_only_pictures_and_pdf_are_read() -> None:
    paths = [Path(name) for name in ("a.PNG", "b.jpeg", "c.pdf", "d.exe", "e", "f.png.sh")]
    assert [path.name for path in readable(paths)] == ["a.PNG", "b.jpeg", "c.pdf"]


def test_a_real_picture_is_read_by_the_decoders_process(tmp_path: Path) -> None:
    import qrcode

    picture = tmp_path / "label.png"
    qrcode.make("https://id.gs1.org/01/09521000011019/21/A1").save(picture)
    (tmp_path / "text.png").write_text("no picture")
    pictures = Pictures()
    try:
        assert pictures.read(picture) == Found("label.png", ("https://id.gs1.org/01/09521000011019/21/A1",))
        with pytest.raises(BadInput, match=r"text\.png"):
            pictures.read(tmp_path / "text.png")
        assert pictures.read(picture).texts
    finally:
        pictures.close()
    with pytest.raises(BadInput, match="the window is closing"):
        pictures.read(picture)
