"""Which files may hold a code."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QUrl

from app.ui.pictures import Found, files_in, read_codes, readable
from chain.errors import BadInput


def test_only_local_files_are_files() -> None:
    dropped = QMimeData()
    dropped.setUrls([QUrl("https://example.org/a.png"), QUrl.fromLocalFile("/tmp/b.png"), QUrl("ftp://x/c.png"), QUrl("data:,x")])
    assert files_in(dropped) == [Path("/tmp/b.png")]


def test_only_pictures_and_pdf_are_read() -> None:
    paths = [Path(name) for name in ("a.PNG", "b.jpeg", "c.pdf", "d.exe", "e", "f.png.sh")]
    assert [path.name for path in readable(paths)] == ["a.PNG", "b.jpeg", "c.pdf"]


def test_codes_come_once_and_in_order(monkeypatch) -> None:
    rows = [{"source": "a", "codes": [{"text": text} for text in texts], "ms": 1.0} for texts in ("21", "2")]
    monkeypatch.setattr("app.decode.decode_files", lambda paths: rows, raising=False)
    assert read_codes(Path("/x/two.pdf")) == Found("two.pdf", ("2", "1"))


def test_what_cannot_be_read_is_said_in_the_decoders_words(monkeypatch) -> None:
    monkeypatch.setattr(
        "app.decode.decode_files", lambda paths: [{"source": "a", "error": "a.png is no picture."}], raising=False
    )
    with pytest.raises(BadInput, match=r"a\.png is no picture"):
        read_codes(Path("a.png"))
