"""`wayproof labels` as people type it: where labels go, what is refused in one line, what is kept for a printer."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import orjson
import pytest

from app.cli import main
from app.labels import sending
from chain.verdict import Code
from tests.app.labels.test_sending import printer
from tests.app.test_cli import text_of


@pytest.fixture
def profile(sample_world: Path, tmp_path: Path) -> Path:
    copied = tmp_path / "profile"
    shutil.copytree(sample_world, copied)
    return copied


def run(profile: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(["labels", *words, "--profile", str(profile), "--json"])
    said = capsys.readouterr()
    return status, said.out, said.err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "Name the items"),
        (("x",), "Say where the labels go"),
        (("x", "-o", "a.txt"), r"\.pdf or \.zpl"),
        (("x", "-o", "a.pdf", "--printer-draws"), "--symbol datamatrix"),
        (("nonsense", "-o", "a.pdf"), ""),
        (("--test-page",), "where the test page goes"),
        (("x", "--test-page", "-o", "a.zpl"), "no items"),
        (("--test-page", "-o", "a.pdf"), r"\.zpl file"),
        (("--test-page", "-o", "a.zpl", "--label", "45"), "WIDTHxHEIGHT"),
        (("--test-page", "-o", "a.zpl", "--label", "3x3"), "17 to 500"),
        (("--test-page", "-o", "a.zpl", "--dpi", "72"), "dots per inch"),
        (("--test-page", "--printer", "a b"), "no printer's address"),
        (("--measured", "1,2,3,4"), "which printer"),
        (("--measured", "1,2", "--printer", "zebra"), "four measures"),
        (("--measured", "90,6,33,48", "--printer", "zebra"), "off by more than"),
    ],
)
def test_what_cannot_be_is_one_line(profile: Path, capsys, words: tuple[str, ...], why: str) -> None:
    status, out, err = run(profile, capsys, *words)
    assert (status, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
    assert "Traceback" not in err
    assert re.search(why, err), err


def test_a_printer_is_measured_once_and_every_label_follows(profile: Path, capsys, tmp_path: Path) -> None:
    status, out, _ = run(profile, capsys, "--test-page", "-o", str(tmp_path / "page.pdf"), "--dpi", "0", "--label", "210x297")
    assert (status, orjson.loads(out)["output"]) == (0, str(tmp_path / "page.pdf"))
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF-")
    with printer() as (port, heard):
        where = f"127.0.0.1:{port}"
        assert run(profile, capsys, "--test-page", "--printer", where)[0] == 0
    assert b"".join(heard).startswith(b"^XA")
    status, out, _ = run(profile, capsys, "--measured", "6.5,6,33,48", "--printer", where)
    assert (status, orjson.loads(out)) == (
        0, {"printer": where, "shift_x": -0.5, "shift_y": 0.0, "scale_x": 1.0, "scale_y": 1.0},
    )  # fmt: skip
    status, _, err = run(profile, capsys, "--test-page", "--printer", where)  # nobody listens there now
    assert status == 2
    assert "refused the connection" in err
    assert str(sending.destination(where)) == where


def test_a_data_matrix_is_printed_and_judged_genuine(profile: Path, capsys, tmp_path: Path) -> None:
    picture, commands = tmp_path / "label.png", tmp_path / "label.zpl"
    text = text_of(profile, Code.OK)
    status, out, _ = run(profile, capsys, text, "--symbol", "datamatrix", "-o", str(picture))
    assert status == 0
    (told,) = orjson.loads(out)["texts"]
    assert "\x1d92wp1." in told
    assert main(["scan", "--json", "--offline", "--profile", str(profile), str(picture)]) == 0
    row = orjson.loads(capsys.readouterr().out)
    assert (row["code"], row["text"]) == ("OK", told)
    assert next(one for one in row["findings"] if one["check"] == "label signature")["outcome"] == "PASS"
    assert run(profile, capsys, text, "--symbol", "datamatrix", "--printer-draws", "-o", str(commands))[0] == 0
    assert b"^BXN," in commands.read_bytes()
