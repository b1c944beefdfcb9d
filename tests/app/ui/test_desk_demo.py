"""`make desk-demo`, offscreen: thirteen pictures of a real delivery, and a receipt that a stranger verifies."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_a_whole_delivery_is_driven_drawn_and_verified(tmp_path: Path) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "WAYPROOF_PROFILE": str(tmp_path / "none")}
    call = [sys.executable, "-m", "app.ui.desk_demo", str(tmp_path / "pictures")]
    done = subprocess.run(call, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("GENUINE   OK")
    assert "Receipt by Linden Pharmacy of delivery note DN-2041, 9 of 11 came, 1 extra, 2 refused." in done.stdout
    assert len(list((tmp_path / "pictures").glob("*.png"))) == 13
