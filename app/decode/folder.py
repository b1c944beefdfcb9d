"""A folder that is watched: which of its files are whole and new. Looks at names, sizes and times only; opens nothing.

A file is whole when two looks find it unchanged: a scanner that writes slowly is waited for. What was read is remembered by name,
size and time, so that a restart repeats nothing and a file that was written anew is read anew.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

import orjson

from chain.errors import BadInput

MOST = 5_000
"""Files that are kept in mind; a fuller folder is refused, not half watched."""

Stamp: TypeAlias = tuple[int, int]
"""A file's size in bytes and its time in nanoseconds."""


def look(folder: Path, endings: Collection[str]) -> dict[str, Stamp]:
    """The files of a folder with one of these endings (lower case, with the dot). Raises BadInput where it cannot be read."""
    found: dict[str, Stamp] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if Path(entry.name).suffix.lower() in endings and not entry.name.startswith("."):
                    stamp = _stamp(entry)
                    if stamp is not None:
                        found[entry.name] = stamp
                    if len(found) > MOST:
                        raise BadInput(f"The watched folder holds more than {MOST:,} pictures: move old ones away.")
    except OSError as cause:
        raise BadInput(f"The watched folder {folder} cannot be read: is the drive there?", cause=repr(cause)) from cause
    return found


def _stamp(entry: os.DirEntry[str]) -> Stamp | None:
    try:
        told = entry.stat()
        return (told.st_size, told.st_mtime_ns) if entry.is_file() else None
    except OSError:  # gone between the list and the look
        return None


class Watching:
    """What is known of one folder.

    Args:
        done: the files that were read, or were there before anybody watched.
    """

    def __init__(self, done: Mapping[str, Stamp] | None = None) -> None:
        self.done = dict(done or {})
        self._before: dict[str, Stamp] = {}

    def ready(self, found: Mapping[str, Stamp]) -> list[str]:
        """The names that are new and were the same at the look before, the oldest first. Files that are gone are forgotten."""
        for name in self.done.keys() - found.keys():
            del self.done[name]
        same = [name for name, stamp in found.items() if stamp[0] > 0 and self._before.get(name) == stamp != self.done.get(name)]
        self._before = dict(found)
        return sorted(same, key=lambda name: (found[name][1], name))

    def read(self, name: str, stamp: Stamp) -> None:
        """This file was read, or could not be: it is not read again unless it changes."""
        self.done[name] = stamp


def kept(folder: Path, done: Mapping[str, Stamp]) -> str:
    """For the store."""
    rows: Iterable[tuple[str, int, int]] = ((name, *stamp) for name, stamp in done.items())
    return orjson.dumps({"folder": str(folder), "done": [list(row) for row in rows]}).decode()


def restored(text: str) -> tuple[Path | None, dict[str, Stamp]]:
    """From the store; no folder where it tells of none, or is nonsense."""
    try:
        told = orjson.loads(text or b"{}")
        folder = str(told.get("folder", ""))
        return (Path(folder) if folder else None), {str(name): (int(size), int(at)) for name, size, at in told.get("done", ())}
    except (orjson.JSONDecodeError, AttributeError, TypeError, ValueError):
        return None, {}
