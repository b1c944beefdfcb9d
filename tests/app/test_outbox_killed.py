"""kill -9 between and around all writes and calls of outbox and sync: nothing acknowledged is lost, nothing is there twice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from tests.chain import anvil

ROOT = Path(__file__).resolve().parents[2]
POINTS = 25

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="SIGKILL and fork are POSIX")


def test_events_survive_being_killed_at_any_write_or_call() -> None:
    if anvil.binary() is None:
        pytest.skip("anvil is not installed: npm install @foundry-rs/anvil, or set WAYPROOF_ANVIL")
    command = [sys.executable, "-m", "tests.torture.outbox", str(POINTS), "7"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr
    told = orjson.loads(run.stdout)
    assert told["kills"] > POINTS // 2
    assert told["acknowledged"] > POINTS
    assert told["recorded"] >= told["acknowledged"]
    assert (told["lost"], told["twice"], told["waiting"], told["torn"]) == (0, 0, 0, 0)
    assert told["sync kills"] > 2
