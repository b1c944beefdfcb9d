"""Files that are written whole or not at all: full disks, devices, links, names at the limit."""

from __future__ import annotations

import errno
import gc
import io
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from app.exchange.spreadsheet import COLUMNS, write_xlsx
from app.whole import whole, write_whole
from chain.errors import StoreError
from tests.full_disk import short_of_room

if sys.platform == "win32":
    pytest.skip("limits on files and named pipes are of POSIX", allow_module_level=True)


def test_a_full_disk_leaves_what_was_there_and_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "proof.wayproof"
    write_whole(path, b"old")
    with short_of_room(1000), pytest.raises(StoreError, match="cannot be written"):
        write_whole(path, bytes(2000))
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["proof.wayproof"]


def test_what_stops_halfway_leaves_nothing(tmp_path: Path) -> None:
    def stopped() -> None:
        with whole(tmp_path / "x") as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert os.listdir(tmp_path) == []


def test_a_folder_is_no_place_for_a_file(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    with pytest.raises(StoreError, match="cannot be written"):
        write_whole(tmp_path / "x", b"new")
    assert os.listdir(tmp_path) == ["x"]


def test_a_link_is_followed_and_stays(tmp_path: Path) -> None:
    (tmp_path / "kept").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    write_whole(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "kept").read_bytes() == b"new"


def test_a_pipe_is_written_into_and_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reading = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(tmp_path / "pipe", b"new")
        assert os.read(reading, 10) == b"new"
    finally:
        os.close(reading)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert os.listdir(tmp_path) == ["pipe"]


def test_names_may_be_as_long_as_the_disk_allows(tmp_path: Path) -> None:
    write_whole(tmp_path / ("n" * 255), b"new")
    with pytest.raises(StoreError, match="cannot be written"):
        write_whole(tmp_path / ("n" * 256), b"new")
    assert len(os.listdir(tmp_path)) == 1


class _Full(io.BytesIO):
    """A file on a disk with room for so much."""

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > 1000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(data)


def test_a_workbook_on_a_full_disk_says_nothing_more_when_it_is_thrown_away() -> None:
    file = _Full()
    with pytest.raises(OSError, match="No space left"):
        write_xlsx([["x"] * len(COLUMNS)], file)
    file.close()
    gc.collect()  # a traceback out of here is an unraisable warning, and fails the test
