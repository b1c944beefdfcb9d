"""What other programs rely on: JSON lines on standard output, messages on standard error, exit statuses 0, 1 and 2."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from app.check_rows import words_of
from app.checks import Check
from app.cli import main
from app.demo.story import Story
from app.demo.units import plot
from app.station import Station
from chain import gs1
from chain.journey import Scan, Unreadable
from chain.verdict import Code, Finding, Outcome, Verdict


def text_of(world: Path, code: Code) -> str:
    """The unsigned Digital Link of the sample world's unit for a code."""
    with Station.open(world, offline=True) as station:
        now = datetime.fromisoformat(str(station.store.goods.setting("demo_now")))
    return gs1.digital_link(plot(Story(now)).item(code))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[dict[str, object]], str]:
    """Exit status, the JSON lines, and what was said on standard error."""
    status = main(arguments)
    said = capsys.readouterr()
    return status, [json.loads(line) for line in said.out.splitlines()], said.err


def test_a_genuine_scan_has_all_fields_and_status_0(world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, (row,), _ = run(capsys, "--profile", str(world), "scan", "--json", "--offline", text_of(world, Code.OK))
    assert status == 0
    assert set(row) == {"source", "text", "item", "verdict", "code", "as_of", "findings", "risk", "ms"}
    assert (row["verdict"], row["code"]) == ("GENUINE", "OK")
    assert {f["outcome"] for f in row["findings"]} == {"PASS", "NOT_PROVABLE_OFFLINE"}  # type: ignore[index, attr-defined]


def test_a_picture_is_read_and_judged(world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = str(world / "labels" / "recalled.png")
    status, (row,), _ = run(capsys, "scan", "--json", "--offline", "--profile", str(world), picture)
    assert (status, row["code"], row["source"]) == (1, "RECALLED", picture)


def test_pages_that_were_not_read_are_not_genuine(world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Image.open(world / "labels" / "ok.png") as label:
        first, blank = label.convert("L"), Image.new("L", (8, 8), 255)
    document = tmp_path / "delivery.pdf"
    first.save(document, save_all=True, append_images=[blank] * 20)
    status, (row,), said = run(capsys, "scan", "--json", "--offline", "--profile", str(world), str(document))
    assert (status, row["code"]) == (1, "OK")
    assert "Only the first 20 pages were read." in said


def test_one_bad_among_many_gives_status_1(world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = [text_of(world, Code.OK), "(01)09506000134352(21)A1"]
    status, rows, _ = run(capsys, "scan", "--json", "--offline", "--profile", str(world), *texts)
    assert (status, [row["code"] for row in rows]) == (1, ["OK", "NOT_ISSUED"])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: folder / "missing.png", "There is no file"),
        (lambda folder: folder, "is a folder"),
    ],
)
def test_a_file_that_is_none_gives_one_line_and_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], make: object, words: str
) -> None:
    source = str(make(tmp_path))  # type: ignore[operator]
    status, rows, said = run(capsys, "scan", "--json", "--profile", str(tmp_path / "p"), source)
    assert (status, rows) == (2, [])
    assert words in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n" + bytes(20), b"{}", "日本".encode("utf-16")])
def test_what_is_no_picture_is_one_line_and_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes) -> None:
    (tmp_path / "x.png").write_bytes(content)
    status, rows, said = run(capsys, "decode", "--json", str(tmp_path / "x.png"))
    assert (status, rows, len(said.splitlines())) == (2, [], 1)
    assert "Traceback" not in said


def test_an_empty_text_is_a_text_and_not_this_folder(world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, (row,), said = run(capsys, "scan", "--json", "--offline", "--profile", str(world), "")
    assert (status, row["code"], said) == (1, "UNREADABLE", "")


def test_a_name_with_line_breaks_makes_no_line_of_its_own() -> None:
    why = "Seen in Shop\nGENUINE   OK              (01)09506000134352(21)A1 and elsewhere."
    verdict = Verdict.of([Finding("contradiction", Outcome.FAIL, why, Code.CLONE_PROVEN)])
    check = Check(Scan("", datetime.now(UTC), via="file"), Unreadable("none"), verdict, None, 1.0)
    assert [line[:8] for line in words_of("x\nGENUINE", check).splitlines()] == ["REJECTED", " " * 8]


def test_decode_says_what_it_read(world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, (row,), _ = run(capsys, "decode", "--json", str(world / "labels" / "ok.png"))
    assert status == 0
    assert set(row) == {"source", "codes", "ms"}
    (code,) = row["codes"]  # type: ignore[misc]
    assert set(code) == {"text", "symbology", "gs1"}  # type: ignore[call-overload]


def test_gs1_parses_or_says_why_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "gs1", "--json", "(01)09506000134352(21)A1")[0] == 0
    status, _, said = run(capsys, "gs1", "--json", "(01)09506000134353(21)A1")
    assert status == 2
    assert "check digit" in said


def test_a_profile_without_a_network_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, rows, said = run(capsys, "sync", "--json", "--profile", str(tmp_path / "new"))
    assert (status, rows, len(said.splitlines())) == (2, [], 1)


def test_labels_are_printed_and_judged_genuine(world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = tmp_path / "labels.png"
    assert run(capsys, "labels", "--json", "--profile", str(world), text_of(world, Code.OK), "-o", str(sheet))[0] == 0
    status, (row,), _ = run(capsys, "scan", "--json", "--offline", "--profile", str(world), str(sheet))
    assert (status, row["code"]) == (0, "OK")
    assert next(f for f in row["findings"] if f["check"] == "label signature")["outcome"] == "PASS"  # type: ignore[index, attr-defined]


def test_a_wrong_call_is_one_line_and_status_2() -> None:
    done = subprocess.run([sys.executable, "-m", "app", "scan"], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)


def test_the_command_line_imports_nothing_heavy() -> None:
    heavy = ["web3", "eth", "sklearn", "prophet", "pandas", "cv2", "PySide6", "scipy", "numpy", "sqlite_utils", "vyper"]
    code = f"import sys, app.cli; app.cli.parser(); print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_every_command_is_in_the_readme() -> None:
    from app.cli import parser

    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    (commands,) = [a for a in parser()._actions if a.dest == "command"]
    assert [name for name in commands.choices or () if f"wayproof {name}" not in readme] == []
