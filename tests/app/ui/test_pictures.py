"""Which files may hold a code."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QUrl

from app.ui.pictures import files_in, readable


def test_only_local_files_are_files() -> None:
    dropped = QMimeData()
    dropped.setUrls([QUrl("https://example.org/a.png"), QUrl.fromLocalFile("/tmp/b.png"), QUrl("ftp://x/c.png"), QUrl("data:,x")])
    assert files_in(dropped) == [Path("/tmp/b.png")]


def test_only_pictures_and_pdf_are_read() -> None:
    paths = [Path(name) for name in ("a.PNG", "b.jpeg", "c.pdf", "d.exe", "e", "f.png.sh")]
    assert [path.name for path in readable(paths)] == ["a.PNG", "b.jpeg", "c.pdf"]
