"""`wayproof bundle` of many items and `wayproof verify` of a depot pack, as other programs call them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from app.cli import main
from app.console import BAD, NOT_GENUINE, OK
from tests.torture.bundles import Source


@pytest.fixture(scope="module")
def world(sample_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    profile = tmp_path_factory.mktemp("depots") / "demo"
    shutil.copytree(sample_world, profile)
    return profile


@pytest.fixture(scope="module")
def keys(world: Path) -> list[str]:
    """Genuine items, by their GS1 keys."""
    source = Source(world)
    try:
        rows = source.station.items("")
        return [row.item.key for row in rows if row.status == "in circulation"][:4]
    finally:
        source.close()


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[dict[str, object]], str]:
    capsys.readouterr()
    status = main(list(arguments))
    out, err = capsys.readouterr()
    return status, [json.loads(line) for line in out.splitlines()], err


def test_items_named_or_listed_make_one_pack_and_a_line_each(
    world: Path, keys: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    profile, elsewhere, trust = ["--profile", str(world)], ["--profile", str(tmp_path / "none")], str(world / "trust.json")
    named, listed, alone = tmp_path / "named.depot", tmp_path / "listed.depot", tmp_path / "alone.wayproof"
    status, rows, _ = asked(capsys, "bundle", *keys, "-o", str(named), "--json", *profile)
    assert (status, rows[0]["items"]) == (OK, len(keys))
    texts = tmp_path / "items.txt"
    texts.write_bytes(b"\xef\xbb\xbf" + "\r\n\r\n".join(keys).encode() + b"\r\n")
    assert asked(capsys, "bundle", "--from", str(texts), "-o", str(listed), "--json", *profile)[0] == OK
    assert listed.read_bytes() == named.read_bytes()
    status, rows, _ = asked(capsys, "verify", str(named), "--trust", trust, "--json", *elsewhere)
    assert sorted(str(row["item"]["key"]) for row in rows) == sorted(keys)  # type: ignore[index]  # an object in JSON
    assert status == (OK if {row["verdict"] for row in rows} == {"GENUINE"} else NOT_GENUINE)
    status, rows, _ = asked(capsys, "verify", str(named), "--trust", trust, "--item", keys[1], "--json", *elsewhere)
    assert [row["item"]["key"] for row in rows] == [keys[1]]  # type: ignore[index]  # an object in JSON
    absent = "(01)09521000011014(21)NEVERMADE"
    status, rows, _ = asked(capsys, "verify", str(named), "--trust", trust, "--item", absent, "--json", *elsewhere)
    assert (status, rows[0]["code"]) == (NOT_GENUINE, "NO_EVIDENCE")
    named.write_bytes(named.read_bytes()[:-1])
    status, rows, _ = asked(capsys, "verify", str(named), "--trust", trust, "--json", *elsewhere)
    assert (status, [row["code"] for row in rows]) == (NOT_GENUINE, ["TAMPERED"])
    texts.write_text(keys[0] + "\n")
    assert asked(capsys, "bundle", "--from", str(texts), "-o", str(alone), *profile, "--json")[0] == OK
    assert alone.read_bytes().startswith(b"wayproof 2\n")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "names no item"),
        (b" \n\n", "names no item"),
        (b"\xff\xfe\n", "UTF-8"),
        (b"parcel 4711\n(01)09521000011014(21)A\n", "cannot be packed"),
        (b"(01)09521000011014\n(01)09521000011014(21)A\n", "cannot be packed"),
        (b"x\n" * 50_001, "at most 50,000"),
    ],
)
def test_a_list_that_is_none_is_one_clear_line(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, words: str
) -> None:
    texts = tmp_path / "items.txt"
    texts.write_bytes(content)
    status, rows, err = asked(
        capsys, "bundle", "--from", str(texts), "-o", str(tmp_path / "x"), "--profile", str(world), "--json"
    )
    assert (status, rows, err.count("\n")) == (BAD, [], 1)
    assert words in err
    assert not (tmp_path / "x").exists()


def test_bad_calls_are_one_clear_line(world: Path, keys: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = ["-o", str(tmp_path / "x"), "--profile", str(world)]
    assert "Name the items" in asked(capsys, "bundle", *out)[2]
    assert "and not both" in asked(capsys, "bundle", keys[0], "--from", "items.txt", *out)[2]
    assert "stands twice" in asked(capsys, "bundle", keys[0], keys[0], *out)[2]
    file = tmp_path / "pack"
    file.write_bytes(b"wayproof depot 1\n")
    status, _, err = asked(
        capsys, "verify", str(file), "--trust", str(world / "trust.json"), "--item", "parcel", "--profile", "no"
    )
    assert status == BAD
    assert err.count("\n") == 1
