"""A watched folder: whole files, once each, over restarts; files that are still being written are waited for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.decode import folder as folders
from app.decode.folder import Watching, kept, look, restored
from chain.errors import BadInput

ENDINGS = (".png", ".pdf")


def put(path: Path, data: bytes, at: int = 1) -> None:
    path.write_bytes(data)
    os.utime(path, ns=(at, at))


def test_a_file_is_ready_when_two_looks_find_it_unchanged(tmp_path: Path) -> None:
    watching = Watching()
    put(tmp_path / "a.png", b"")
    assert watching.ready(look(tmp_path, ENDINGS)) == []
    assert watching.ready(look(tmp_path, ENDINGS)) == []  # empty: somebody is about to write
    put(tmp_path / "a.png", b"half", 2)
    assert watching.ready(look(tmp_path, ENDINGS)) == []
    put(tmp_path / "a.png", b"whole.", 3)
    assert watching.ready(look(tmp_path, ENDINGS)) == []
    found = look(tmp_path, ENDINGS)
    assert watching.ready(found) == ["a.png"]
    watching.read("a.png", found["a.png"])
    assert watching.ready(look(tmp_path, ENDINGS)) == []
    put(tmp_path / "a.png", b"anew", 4)  # the same name, another picture
    watching.ready(look(tmp_path, ENDINGS))
    assert watching.ready(look(tmp_path, ENDINGS)) == ["a.png"]


def test_the_oldest_comes_first_and_others_are_no_pictures(tmp_path: Path) -> None:
    for name, at in (("b.png", 9), ("c.PDF", 5), ("a.txt", 1), (".hidden.png", 1), ("d.png", 7)):
        put(tmp_path / name, b"x", at)
    (tmp_path / "folder.png").mkdir()
    watching = Watching()
    watching.ready(look(tmp_path, ENDINGS))
    assert watching.ready(look(tmp_path, ENDINGS)) == ["c.PDF", "d.png", "b.png"]


def test_a_restart_repeats_nothing_and_misses_nothing(tmp_path: Path) -> None:
    put(tmp_path / "old.png", b"x")
    watching = Watching(look(tmp_path, ENDINGS))  # what is there already is left alone
    text = kept(tmp_path, watching.done)
    put(tmp_path / "new.png", b"x")  # while the program was not running
    where, done = restored(text)
    again = Watching(done)
    again.ready(look(tmp_path, ENDINGS))
    assert where == tmp_path
    assert again.ready(look(tmp_path, ENDINGS)) == ["new.png"]
    (tmp_path / "old.png").unlink()
    again.ready(look(tmp_path, ENDINGS))
    assert "old.png" not in again.done


def test_a_folder_that_is_gone_or_too_full_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        look(tmp_path / "none", ENDINGS)
    put(tmp_path / "file.png", b"x")
    with pytest.raises(BadInput, match="cannot be read"):
        look(tmp_path / "file.png", ENDINGS)
    put(tmp_path / "other.png", b"x")
    monkeypatch.setattr(folders, "MOST", 1)
    with pytest.raises(BadInput, match="more than 1 pictures"):
        look(tmp_path, ENDINGS)


@given(st.text() | st.sampled_from(['{"folder":7,"done":[[1]]}', '{"folder":"a","done":[["x",1,"y"]]}', "[]", "7", "{}"]))
def test_what_was_kept_wrong_watches_nothing_or_something_sound(text: str) -> None:
    _, done = restored(text)
    assert all(isinstance(size, int) and isinstance(at, int) for size, at in done.values())
