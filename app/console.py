"""What every command shares: where results and messages go, the exit statuses, progress on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path

import orjson

from chain.errors import BadInput

OK, NOT_GENUINE, BAD = 0, 1, 2


def say(words: str) -> None:
    """A message to the person: standard error."""
    sys.stderr.write(words + "\n")


def put(row: Mapping[str, object], as_json: bool, words: str) -> None:
    """A result: its JSON, or its words."""
    sys.stdout.write((orjson.dumps(row).decode() if as_json else words) + "\n")
    sys.stdout.flush()


class Meter:
    """Progress on standard error with a rate: in place on a terminal, at each tenth elsewhere. A `sync.Progress`."""

    def __init__(self) -> None:
        self._started: dict[str, float] = {}
        self._said: dict[str, int] = {}
        self._live = sys.stderr.isatty()

    def __call__(self, what: str, done: int, total: int) -> None:
        """So much of so much is done."""
        started = self._started.setdefault(what, time.monotonic())
        tenth = 10 * done // max(total, 1)
        if not self._live and tenth == self._said.get(what) and done < total:
            return
        self._said[what] = tenth
        seconds = time.monotonic() - started
        rate = f", {done / seconds:,.0f} a second" if seconds > 0.5 else ""
        end = "\r" if self._live and done < total else "\n"
        sys.stderr.write(f"  {what}: {done:,} of {total:,}{rate}   {end}")
        sys.stderr.flush()


def existing_file(text: str) -> Path:
    """A path that must be a file. Raises BadInput."""
    path = Path(text)
    if path.is_dir():
        raise BadInput(f"{text} is a folder, not a file.")
    if not path.exists():
        raise BadInput(f"There is no file {text}.")
    return path
