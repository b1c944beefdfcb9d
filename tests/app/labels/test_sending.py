"""Printers on the wire and in the spooler: every byte, or one sentence that says whether something may be on paper."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.labels import Label, Sheet, jobs, printers, sending, winspool
from app.labels.fit import Fit
from app.labels.printers import Printer
from app.labels.sending import NotSent, Queue, Wire, destination, send, send_pdf
from chain.errors import BadInput
from chain.journey import Item

LABEL = Label(Item(gtin="09506000134352", serial="A1"), "https://id.gs1.org/01/09506000134352/21/A1", "Aspirin")


class Memory:
    """What a desk remembers."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def remembered(self, name: str) -> str:
        return self.kept.get(name, "")

    def remember(self, name: str, value: str) -> None:
        self.kept[name] = value


@contextmanager
def printer(takes: int | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """A raw port on this machine: its number, and what it heard. One that `takes` so many bytes breaks off behind them."""
    heard: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(10)

    def listen() -> None:
        line, _ = server.accept()
        with line:
            while some := line.recv(4096):
                heard.append(some)
                if takes is not None and sum(map(len, heard)) >= takes:
                    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closed with a reset
                    return

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        yield server.getsockname()[1], heard
    finally:
        thread.join(10)
        server.close()


def test_every_byte_arrives_in_order() -> None:
    parts = [bytes([n]) * 100_000 for n in range(5)]
    with printer() as (port, heard):
        assert send(Wire("127.0.0.1", port), parts) == 5
    assert b"".join(heard) == b"".join(parts)


@pytest.mark.parametrize("size", [50, 3_000_000])
def test_a_printer_that_breaks_off_may_have_printed_some(size: int) -> None:
    with printer(takes=40) as (port, _), pytest.raises(NotSent, match=r"broke off after \d+ labels") as caught:
        send(Wire("127.0.0.1", port), [b"x" * size, b"y" * size])
    assert caught.value.begun


def test_a_printer_that_is_not_there_has_printed_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(NotSent, match="refused the connection") as caught:
        send(Wire("127.0.0.1", port), [b"x"])
    assert not caught.value.begun
    for cause, words in (
        (socket.gaierror(), "not known by that name"),
        (TimeoutError(), "did not answer in time"),
        (OSError(), "cannot be reached"),
    ):

        def connect(*_: object, cause: OSError = cause, **__: object) -> None:
            raise cause

        monkeypatch.setattr(socket, "create_connection", connect)
        with pytest.raises(NotSent, match=words) as caught:
            send(Wire("printer"), [b"x"])
        assert not caught.value.begun


def test_a_printer_that_takes_nothing_runs_out_of_time() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as server:
        where = Wire("127.0.0.1", server.getsockname()[1])
        with pytest.raises(NotSent, match="broke off after 0 labels") as caught:
            send(where, [b"x" * 50_000_000], deadline=0.3)
    assert caught.value.begun


def test_destinations_are_told_apart_and_written_in_one_form() -> None:
    assert destination("printer-3.local") == Wire("printer-3.local", 9100)
    assert destination("[::1]:6101") == Wire("::1", 6101)
    assert destination("queue:Office Laser") == Queue("Office Laser")
    for text in ("printer", "10.0.0.7:9101", "[fe80::1]", "[::1]:6101", "queue:Zebra_1"):
        assert str(destination(text)) == text
    assert str(destination("printer:9100")) == "printer"
    for bad in (
        "", "a b", "host:0", "host:65536", "host:x", "http://x", "x/y", "queue:", "queue:-o", "queue: x", "queue:a/b",
        "queue:a\nb",
    ):  # fmt: skip
        with pytest.raises(BadInput):
            destination(bad)


SPOOLER = """#!/bin/sh
if [ "$2" = "Broken" ]; then echo "lp: The printer or class does not exist." >&2; exit 1; fi
if [ "$2" = "Slow" ]; then exec sleep 30; fi
printf '%s\\n' "$@" > "$SPOOL/arguments"
cat > "$SPOOL/job"
"""


@pytest.fixture
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A spooler that writes what it gets into a folder."""
    for name, text in (("lp", SPOOLER), ("lpstat", "#!/bin/sh\nprintf 'Office_Laser\\nZebra\\n'\n")):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(text)
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("SPOOL", str(tmp_path))
    return tmp_path


def test_the_spooler_gets_commands_raw_and_sheets_at_their_own_size(spool: Path) -> None:
    assert sending.queues() == ["Office_Laser", "Zebra"]
    assert send(Queue("Zebra; rm -rf $HOME"), [b"^XA^XZ\n", b"^XA^XZ\n"], "Labels") == 2
    assert (spool / "job").read_bytes() == b"^XA^XZ\n^XA^XZ\n"
    arguments = ["-d", "Zebra; rm -rf $HOME", "-o", "raw", "-t", "Labels"]
    assert (spool / "arguments").read_text().splitlines() == arguments
    send_pdf(Queue("Office_Laser"), b"%PDF-1.7")
    assert (spool / "job").read_bytes() == b"%PDF-1.7"
    assert "print-scaling=none" in (spool / "arguments").read_text().splitlines()


def test_what_the_spooler_refuses_is_said(spool: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotSent, match="refused the job for “Broken”: The printer or class does not exist") as caught:
        send(Queue("Broken"), [b"x"])
    assert not caught.value.begun
    with pytest.raises(NotSent, match="did not take the job") as caught:
        send(Queue("Slow"), [b"x"], deadline=0.3)
    assert caught.value.begun
    monkeypatch.setenv("PATH", str(spool))
    assert sending.queues() == []
    with pytest.raises(NotSent, match="has no spooler"):
        send(Queue("Zebra"), [b"x"])


def test_a_printer_gets_what_it_takes(spool: Path) -> None:
    sheets = Printer("queue:Office_Laser", dpi=0, width=210, height=297)
    assert jobs.send_labels([LABEL] * 3, sheets, Sheet()) == 3
    assert (spool / "job").read_bytes().startswith(b"%PDF-")
    jobs.send_test_page(sheets)
    assert (spool / "job").read_bytes().startswith(b"%PDF-")
    with printer() as (port, heard):
        roll = Printer(f"127.0.0.1:{port}", dpi=203)
        assert jobs.send_labels([LABEL] * 3, roll) == 3
    assert b"".join(heard).count(b"^XA") == 3
    with printer() as (port, heard):
        jobs.send_test_page(Printer(f"127.0.0.1:{port}"))
    assert b"".join(heard).count(b"^XA") == 1
    with pytest.raises(BadInput, match="raw port takes ZPL only"):
        jobs.send_labels([LABEL], Printer("10.0.0.7", dpi=0, width=210, height=297))


def test_printers_are_kept_with_what_makes_up_for_them() -> None:
    memory = Memory()
    assert printers.known(memory) == []
    new = printers.of(memory, "zebra:9100")
    assert (new.where, new.title) == ("zebra", "zebra")
    printers.keep(memory, printers.measured(Printer("zebra", "Dock 3", 300, 50, 30), 6.5, 6.0, 38.0, 18.0))
    printers.keep(memory, Printer("queue:Laser", dpi=0, width=210, height=297))
    assert printers.of(memory, "zebra").fit == Fit(-0.5, 0.0, 1.0, 1.0)
    assert [one.title for one in printers.known(memory)] == ["Dock 3", "queue:Laser"]
    printers.keep(memory, Printer("zebra", "Dock 4"))
    assert [one.title for one in printers.known(memory)] == ["Dock 4", "queue:Laser"]
    assert [one.where for one in printers.remove(memory, "zebra")] == ["queue:Laser"]
    memory.kept["printers"] = '[{"where":"x y"},7,{"where":"a","name":"","dpi":203,"width":45,"height":60,"fit":{}}]'
    assert printers.known(memory) == []
    for nonsense in ("nothing", "{}", "7"):
        memory.kept["printers"] = nonsense
        assert printers.known(memory) == []
    for bad in ({"dpi": 5}, {"width": 3.0}, {"height": 1e9}, {"name": "x" * 61}, {"where": ""}):
        with pytest.raises(BadInput):
            Printer(**({"where": "zebra"} | bad))  # type: ignore[arg-type]


class Winspool:
    """winspool.drv, as its reference says it behaves."""

    def __init__(self, fails: str = "", takes: int | None = None) -> None:
        self.fails, self.takes = fails, takes
        self.calls: list[str] = []
        self.data = b""

    def __getattr__(self, name: str):  # type: ignore[no-untyped-def]
        def call(*arguments):  # type: ignore[no-untyped-def]
            self.calls.append(name)
            if name == "WritePrinter":
                taken = arguments[2] if self.takes is None else self.takes
                self.data += arguments[1][:taken]
                ctypes.cast(arguments[3], ctypes.POINTER(ctypes.c_ulong))[0] = taken
            return 0 if name == self.fails else 1

        return call


def test_windows_gets_one_raw_job_and_a_failed_one_is_given_up() -> None:
    library = Winspool()
    winspool.send("Zebra", b"^XA^XZ", "Labels", library)
    assert library.data == b"^XA^XZ"
    assert library.calls == ["OpenPrinterW", "StartDocPrinterW", "WritePrinter", "EndDocPrinter", "ClosePrinter"]
    for fails, begun in (("OpenPrinterW", False), ("StartDocPrinterW", False), ("WritePrinter", True), ("EndDocPrinter", True)):
        library = Winspool(fails)
        with pytest.raises(NotSent) as caught:
            winspool.send("Zebra", b"^XA^XZ", "Labels", library)
        assert caught.value.begun is begun
        assert ("ClosePrinter" in library.calls) == (fails != "OpenPrinterW")
    short = Winspool(takes=3)
    with pytest.raises(NotSent, match="took 3 of 6 bytes"):
        winspool.send("Zebra", b"^XA^XZ", "Labels", short)
    assert "AbortPrinter" in short.calls
