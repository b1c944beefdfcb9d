"""To a printer: its raw port on the wire, or the system's spooler. What a printer refuses is said in one sentence.

Nothing is read back from a printer: “sent” means that it, or the spooler, took every byte. `NotSent.begun` says whether any of it
may have come out; only then somebody has to look (`app.labels.run`).
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from time import monotonic

from chain.errors import BadInput

PORT = 9100
DEADLINE = 60.0
"""Seconds within which a printer has to take what it is sent at once."""
QUEUE = "queue:"
_CONNECT = 10.0
_AFTER = 2.0
_PIECE = 65_536
_SAID = re.compile(r"^\S*lp: (?:Error - )?")
_NAME = re.compile(r"[^\s/#\x00-\x1f-][^/#\x00-\x1f]{0,126}")  # CUPS: no space first, no slash, no number sign; no option


class NotSent(BadInput):
    """A printer that did not take it all. `begun` is True where some of it may be on paper."""

    def __init__(self, words: str, begun: bool, cause: object = "") -> None:
        super().__init__(words, cause=repr(cause))
        self.begun = begun


@dataclass(frozen=True, slots=True)
class Wire:
    """A printer's raw port."""

    host: str
    port: int = PORT

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORT else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Queue:
    """A printer of the system's spooler, by its name there."""

    name: str

    def __str__(self) -> str:
        return QUEUE + self.name


def send(where: Wire | Queue, data: Iterable[bytes], title: str = "Wayproof", *, deadline: float = DEADLINE) -> int:
    """Send printer commands, which nothing on the way touches. Returns how many parts `data` had. Raises NotSent."""
    if isinstance(where, Wire):
        return _wired(where, data, deadline)
    parts = list(data)
    if os.name == "nt":
        from app.labels import winspool

        winspool.send(where.name, b"".join(parts), title)
    else:
        _spooled(where.name, b"".join(parts), title, ("-o", "raw"), deadline)
    return len(parts)


def send_pdf(where: Queue, document: bytes, title: str = "Wayproof", *, deadline: float = DEADLINE) -> None:
    """Send a PDF to be printed at its own size. Raises NotSent; on Windows always, where the window prints sheets."""
    if os.name == "nt":
        raise NotSent("On Windows, print sheets from the window, or write a .pdf and print that.", False)
    _spooled(where.name, document, title, ("-o", "print-scaling=none"), deadline)


def _wired(where: Wire, data: Iterable[bytes], deadline: float) -> int:
    ends, count = monotonic() + deadline, 0
    try:
        line = socket.create_connection((where.host, where.port), timeout=min(_CONNECT, deadline))
    except OSError as cause:
        raise NotSent(f"The printer at {where} {_why(cause)}", False, cause) from cause
    try:
        with closing(line):
            for one in data:
                for start in range(0, len(one), _PIECE):
                    line.settimeout(max(0.001, ends - monotonic()))
                    line.sendall(one[start : start + _PIECE])
                count += 1
            _heard_out(line)
    except OSError as cause:
        words = f"The printer at {where} broke off after {count} labels: check its cover, paper and cable."
        raise NotSent(words, True, cause) from cause
    return count


def _heard_out(line: socket.socket) -> None:
    """Wait until the printer hangs up, too, or for `_AFTER` seconds: one that breaks off while bytes are on the way resets the
    connection, which only a reader hears of. A printer that keeps the line open is believed."""
    line.shutdown(socket.SHUT_WR)
    line.settimeout(_AFTER)
    try:
        while line.recv(4096):
            pass
    except TimeoutError:
        return


def _spooled(name: str, data: bytes, title: str, options: tuple[str, ...], deadline: float) -> None:
    """One job through `lp`, as a list of arguments; no shell reads them."""
    program = shutil.which("lp")
    if program is None:
        raise NotSent("This system has no spooler: install CUPS (lp), or send to the printer's network address.", False)
    command = [program, "-d", name, *options, "-t", title]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=deadline, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as cause:
        raise NotSent(f"The spooler did not take the job for “{name}” in {deadline:g} seconds.", True, cause) from cause
    except OSError as cause:
        raise NotSent("The system's spooler could not be started.", False, cause) from cause
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        why = f": {_SAID.sub('', said[-1])[:120].rstrip('.')}" if said else ""
        raise NotSent(f"The spooler refused the job for “{name}”{why}.", False, done.stderr)


def destination(text: str) -> Wire | Queue:
    """``HOST``, ``HOST:PORT`` or ``queue:NAME``. Raises BadInput."""
    if text.startswith(QUEUE):
        name = text[len(QUEUE) :]
        if not _NAME.fullmatch(name):
            raise BadInput(f"“{name[:60]}” is no name of a printer.")
        return Queue(name)
    found = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]{1,253})(?::([0-9]{1,5}))?", text)
    port = int(found[2]) if found and found[2] else PORT
    if found is None or not 1 <= port <= 65_535:
        raise BadInput(f"“{text[:60]}” is no printer's address: write HOST, HOST:PORT or {QUEUE}NAME.")
    return Wire(found[1].strip("[]"), port)


def queues(deadline: float = 10.0) -> list[str]:
    """The printers that the system's spooler (CUPS) knows; none where there is no spooler, or on Windows, where Qt lists them."""
    program = shutil.which("lpstat")
    if program is None:
        return []
    try:
        done = subprocess.run([program, "-e"], capture_output=True, timeout=deadline, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return []
    names = done.stdout.decode("utf-8", "replace").splitlines() if done.returncode == 0 else []
    return [name for name in names if _NAME.fullmatch(name)]


def _why(cause: OSError) -> str:
    if isinstance(cause, ConnectionRefusedError):
        return "refused the connection: is it switched on, and is its raw port (9100) open?"
    if isinstance(cause, TimeoutError):
        return "did not answer in time: check its cable and address."
    if isinstance(cause, socket.gaierror):
        return "is not known by that name on this network."
    return "cannot be reached: check its cable and address."
