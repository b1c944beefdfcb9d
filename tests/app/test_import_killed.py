"""kill -9 in the middle of an import, then the same call again: it goes on, nothing is there twice, the log root is the same."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

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


def imports(folder: Path, *points: str) -> list[dict[str, object]]:
    """What `tests.app.killed` says."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.app.killed", str(folder), *points], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert run.returncode == 0, run.stderr
    return [orjson.loads(line) for line in run.stdout.splitlines()]


def test_an_import_killed_at_any_write_goes_on_and_ends_as_if_it_had_not_been(folder: Path) -> None:
    (fresh,) = imports(folder, "0")
    writes = fresh["writes"]
    assert isinstance(writes, int)
    assert writes > 60
    chance = random.Random(2_026)
    once = [str(point) for point in sorted(chance.sample(range(1, writes + 1), 5))]
    again_and_again = ",".join(str(3 + 9 * n) for n in range(5))
    for summary in imports(folder, *once, again_and_again):
        assert summary["died"] == len(str(summary["point"]).split(",")), "the import was not killed, so this shows nothing"
        for name in ("log_root", "log_size", "block", "events", "items"):
            assert summary[name] == fresh[name], (summary["point"], name)
        recorded, duplicates = summary["recorded"], summary["duplicates"]
        assert isinstance(recorded, int)
        assert isinstance(duplicates, int)
        assert recorded + duplicates == 3 * ROWS


def test_the_command_itself_killed_from_outside_goes_on(folder: Path, tmp_path: Path) -> None:
    def command(profile: str) -> list[str]:
        said = ["--profile", str(tmp_path / profile), "import", str(folder / "deliveries.csv"), "--json"]
        return [sys.executable, "-m", "app", *said, "--mapping", str(folder / "deliveries.json")]

    killed = subprocess.Popen(command("killed"), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert killed.stderr is not None
    heard = []
    for line in killed.stderr:
        heard.append(line)
        if line.strip().startswith("events"):
            killed.send_signal(signal.SIGKILL)
            break
    killed.stderr.close()
    assert killed.wait(timeout=60) == -signal.SIGKILL, heard
    again, fresh = (
        orjson.loads(subprocess.run(command(profile), cwd=ROOT, capture_output=True, check=True, timeout=120).stdout)
        for profile in ("killed", "fresh")
    )
    assert again["duplicates"] > 0
    assert (again["log_root"], again["log_size"]) == (fresh["log_root"], fresh["log_size"])
