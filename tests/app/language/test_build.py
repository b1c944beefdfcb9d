"""The way of a translator: begin a language, fetch texts, put them in, see what is wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.language.catalogue import Catalogue, Entry
from resources.translations import build, sources


def test_a_language_is_begun_filled_and_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = sources.entries()
    monkeypatch.setattr(build, "HERE", tmp_path)
    monkeypatch.setattr(build, "entries", lambda: {key: replace(entry) for key, entry in found.items()})
    part_file = str(tmp_path / "part" / "1.po")
    (tmp_path / "part").mkdir()
    assert build.main(["new", "ar"]) == 0
    assert build.main(["todo", "ar", "40", "-o", part_file]) == 0
    part = Catalogue.read(Path(part_file))
    assert len(part.entries) == 40
    for key, entry in part.entries.items():
        part.entries[key] = replace(entry, said=(entry.text,) * (6 if entry.plural else 1), same=True)
    bad = next(entry for entry in part.entries.values() if not entry.plural)
    part.entries[bad.key] = replace(bad, said=("<b>x</b>",))
    part.write(Path(part_file))
    assert build.main(["take", "ar", part_file]) == 1
    assert "rich text" in capsys.readouterr().out
    kept = Catalogue.read(tmp_path / "ar.po")
    assert sum(entry.done for entry in kept.entries.values()) == 39
    assert build.main(["check", "ar"]) == 1
    assert build.main([]) == 0
    assert Catalogue.read(tmp_path / "ar.po") == kept
    assert "ar: window" in capsys.readouterr().out


def test_a_text_that_is_none_is_refused() -> None:
    catalogue, part = Catalogue("de"), Catalogue("de")
    part.entries["", "Zork"] = Entry("Zork", said=("Zark",))
    assert build.take(catalogue, part) == ["“Zork”: is no text of the program"]
