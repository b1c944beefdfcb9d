"""kill -9 in the middle of an import, then the same call again: it goes on, nothing is there twice, the log root is the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from app.exchange import import_file
from app.station import Station
from tests.app import deliveries

ROOT = Path(__file__).resolve().parents[2]
ROWS = 100

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="SIGKILL and fork are POSIX")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of a hundred rows and its mapping."""
    made = tmp_path_factory.mktemp("killed")
    deliveries.table(made, ROWS)
    deliveries.mapping(made)
    return made


def test_an_import_killed_at_any_write_goes_on_and_ends_as_if_it_had_not_been(folder: Path) -> None:
    command = [sys.executable, "-m", "tests.app.killed", str(folder)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr
    fresh, *others = (orjson.loads(line) for line in run.stdout.splitlines())
    assert fresh["writes"] > 40
    assert sum(len(other["kills"]) for other in others) >= 8
    for other in others:
        assert other["died"] == len(other["kills"]), "the import was not killed, so this shows nothing"
        for name in ("log_root", "log_size", "block", "events", "items"):
            assert other[name] == fresh[name], (other["kills"], name)
        assert other["recorded"] + other["duplicates"] == 3 * ROWS


def test_the_command_itself_killed_from_outside_goes_on(folder: Path, tmp_path: Path) -> None:
    table, mapping = folder / "deliveries.csv", str(folder / "deliveries.json")
    command = [sys.executable, "-m", "app", "--profile", str(tmp_path / "killed"), "import", str(table), "--mapping", mapping]
    killed = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert killed.stderr is not None
    heard = []
    for line in killed.stderr:
        heard.append(line)
        if line.strip().startswith("events"):
            killed.send_signal(signal.SIGKILL)
            break
    killed.stderr.close()
    assert killed.wait(timeout=60) == -signal.SIGKILL, heard
    again, fresh = (whole(tmp_path / profile, table, mapping) for profile in ("killed", "fresh"))
    assert again["duplicates"] in (ROWS, 2 * ROWS, 3 * ROWS)
    assert (again["log_root"], again["log_size"]) == (fresh["log_root"], fresh["log_size"])


def whole(profile: Path, table: Path, mapping: str) -> dict[str, object]:
    """An import to its end, with the blocks that the command makes."""
    with Station.open(profile) as station:
        (summary,) = import_file(station, table, mapping)
    return summary
