"""What every command shares: where results and messages go, the exit statuses, progress on a terminal."""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import orjson

from chain.errors import BadInput

OK, NOT_GENUINE, BAD = 0, 1, 2

_STEERING = {code: f"\\x{code:02x}" for code in (*range(9), *range(11, 32), *range(127, 160))}
_STEERING |= {code: f"\\u{code:04x}" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
"""Characters that steer a terminal or turn a line round: names and texts come from strangers, so they are spelt out."""


def ready() -> None:
    """Make the three standard streams usable whatever started the program.

    One that was closed leads nowhere, or else the next file that is opened would take its place. Into a file or a pipe goes UTF-8
    with single line feeds, as JSON and signed notes need it; a terminal spells out what it cannot show.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        stream = getattr(sys, name)
        if stream is None:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - for as long as the program runs
        elif isinstance(stream, io.TextIOWrapper) and name != "stdin":
            if stream.isatty():
                stream.reconfigure(errors="backslashreplace")
            else:
                stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def say(words: str) -> None:
    """A message to the person: standard error."""
    with suppress(OSError):  # where nobody can read it, the exit status still tells
        sys.stderr.write(words.translate(_STEERING) + "\n")


def put(row: Mapping[str, object], as_json: bool, words: str) -> None:
    """A result: its JSON, or its words. Raises BadInput where it cannot be written."""
    show(line_of(row) if as_json else words.translate(_STEERING))


def show(text: str) -> None:
    """Text of our own on standard output as it is. Raises BadInput where it cannot be written."""
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise BadInput(f"The results cannot be written: {error.strerror or error}.") from error


def line_of(row: Mapping[str, object]) -> str:
    """A row as one line of JSON; what is no Unicode text, as in the name of a file, has question marks there."""
    try:
        return orjson.dumps(row).decode()
    except TypeError:
        return orjson.dumps(_unicode(row)).decode()


def _unicode(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_unicode(name): _unicode(one) for name, one in value.items()}
    return [_unicode(one) for one in value] if isinstance(value, list | tuple) else value


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
    try:
        if text and path.is_dir():
            raise BadInput(f"{text} is a folder, not a file.")
        if not text or not path.exists():
            raise BadInput(f"There is no file {text or 'without a name'}.")
    except OSError as error:  # a name that is too long for any file
        raise BadInput(f"{text[:60]}… cannot be opened: {error.strerror or error}.") from error
    return path
