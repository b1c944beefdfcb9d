"""The streams and exit statuses of the command line where its surroundings are hostile: closed, full, foreign, interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app import console
from app.cli import main
from app.console import existing_file
from chain.errors import BadInput

GOOD, WRONG = "(01)09506000134352(21)A1", "(01)09506000134353(21)A1"
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="file descriptors and signals of POSIX")


def wayproof(*arguments: str, **how: object) -> subprocess.CompletedProcess[bytes]:
    """The program in a process of its own."""
    call = [sys.executable, "-m", "app", *arguments]
    return subprocess.run(call, capture_output=True, timeout=120, check=False, **how)  # type: ignore[call-overload, no-any-return]


def closing(*numbers: int) -> Callable[[], None]:
    def close() -> None:
        for number in numbers:
            os.close(number)

    return close


@POSIX
def test_closed_streams_lead_nowhere_and_the_status_still_tells() -> None:
    for numbers in ((1,), (2,), (0, 1, 2)):
        done = wayproof("gs1", GOOD, preexec_fn=closing(*numbers))
        assert (done.returncode, done.stderr) == (0, b"")
        assert wayproof("gs1", WRONG, preexec_fn=closing(*numbers)).returncode == 2


@POSIX
def test_results_that_cannot_be_written_are_one_line_and_status_2() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "app", "gs1", GOOD], stdout=full, stderr=subprocess.PIPE, timeout=120, check=False
        )
    assert done.returncode == 2
    assert done.stderr.startswith(b"wayproof: The results cannot be written")
    assert len(done.stderr.splitlines()) == 1


@POSIX
def test_a_reader_that_had_enough_is_never_told_that_all_was_well() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    call = [sys.executable, "-m", "app", "gs1", GOOD]
    done = subprocess.run(call, stdout=writing, stderr=subprocess.PIPE, timeout=120, check=False)
    os.close(writing)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_into_a_pipe_goes_utf_8_whatever_the_system_speaks() -> None:
    surroundings = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = wayproof("gs1", "--json", "(01)09506000134352(21)é", env=surroundings)
    assert done.returncode == 2
    assert "é" in json.loads(done.stdout)["text"]
    assert b"Traceback" not in done.stderr


@POSIX
def test_sigterm_ends_it_as_ctrl_c_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from app.commands import gs1_command

    def stopped(called: object) -> int:
        os.kill(os.getpid(), signal.SIGTERM)
        return 0

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(gs1_command, "run", stopped)
    assert main(["gs1", GOOD]) == 143
    assert capsys.readouterr().err == "wayproof: stopped; what was acknowledged is kept\n"
    assert signal.getsignal(signal.SIGTERM) is before


def test_what_the_system_refuses_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from app.commands import gs1_command

    def refused(called: object) -> int:
        Path("n" * 300).stat()
        return 0

    monkeypatch.setattr(gs1_command, "run", refused)
    assert main(["gs1", GOOD]) == 2
    said = capsys.readouterr()
    assert (said.out, len(said.err.splitlines())) == ("", 1)
    assert "went wrong" not in said.err


def test_a_profile_without_a_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["sync", "--profile", ""])
    assert left.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_strangers_words_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b[2J\x07\x9b1mGENUINE\u202e\r"
    console.say(evil)
    console.put({"name": evil}, False, f"one\n{evil}")
    said = capsys.readouterr()
    for text in (said.out, said.err):
        assert not {"\x1b", "\x07", "\x9b", "\u202e", "\r"} & set(text)
        assert "GENUINE" in text
    console.put({"name": evil}, True, "")
    assert json.loads(capsys.readouterr().out)["name"] == evil


def test_names_that_are_no_unicode_are_still_json(capsys: pytest.CaptureFixture[str]) -> None:
    console.put({"output": "n\udcff.csv", "rows": [{"n\udcff": ("\udcff", 1)}]}, True, "")
    assert json.loads(capsys.readouterr().out) == {"output": "n?.csv", "rows": [{"n?": ["?", 1]}]}


@pytest.mark.parametrize(
    ("text", "words"), [("", "There is no file"), ("n" * 300, "cannot be opened"), ("nowhere", "There is no file")]
)
def test_a_name_that_no_file_can_have_is_one_line(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words) as bad:
        existing_file(text)
    assert len(bad.value.words) < 200


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display")
def test_without_a_display_the_window_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert main([]) == 2
    said = capsys.readouterr()
    assert (said.out, len(said.err.splitlines())) == ("", 1)


@pytest.mark.parametrize(
    "call",
    [
        ("scan", "--off", GOOD),  # part of a name is no name: it would change its meaning with the next option
        ("witness", "a.example", "--serve", "99999"),
        ("labels", GOOD, "--printer", "two\nlines"),
        ("detect", "--train", ".", "--train", "./nowhere/..", "--score", ".", "-o", "risks.csv"),  # its cases would count double
    ],
)
def test_a_bad_call_is_one_line(call: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        status = main([*call, "--profile", str(tmp_path)])
    except SystemExit as left:
        status = int(left.code or 0)
    said = capsys.readouterr()
    assert (status, said.out, len(said.err.splitlines())) == (2, "", 1)
    assert "went wrong" not in said.err
