"""From the click to the first paint, and to the end: nothing but Qt stands before the one, nothing is left after the other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.station import Station

HEAVY = (
    "web3", "sklearn", "prophet", "pandas", "cv2", "eth", "vyper", "scipy", "sqlite_utils", "numpy", "zxingcpp", "fpdf", "qrcode",
    "pypdfium2", "openpyxl", "statsforecast", "skops", "eth_abi", "eth_account", "eth_utils", "app.station", "app.store",
)  # fmt: skip

PROGRAM = """
import sys
from pathlib import Path
from app.ui.run import application, make_window
qt = application()
window = make_window(Path(sys.argv[1]))
def seen():
    print(",".join(sorted(sys.modules)))
    qt.quit()
window.painted.connect(seen)
window.show()
qt.exec()
"""

ASSISTANT = PROGRAM.replace("make_window", "make_assistant")

WHOLE = """
import sys, threading
from pathlib import Path
from PySide6.QtCore import QTimer
from app.ui.run import application, run
from app.ui.window import Window
def close():
    for widget in application().topLevelWidgets():
        if isinstance(widget, Window):
            widget.lanes.opened.connect(lambda: QTimer.singleShot(0, widget.close))
            return
    QTimer.singleShot(10, close)
application()
QTimer.singleShot(0, close)
status = run(Path(sys.argv[1]), offline=True)
print(status, [thread.name for thread in threading.enumerate()])
"""


@pytest.mark.parametrize(("program", "shown"), [(PROGRAM, "app.ui.window"), (ASSISTANT, "app.ui.first_run.assistant")])
def test_the_first_paint_comes_before_anything_heavy(program: str, shown: str, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.strip().split(","))
    assert shown in loaded
    assert {name for name in HEAVY if name in loaded} == set()


def test_the_program_runs_and_ends(tmp_path: Path) -> None:
    Station.open(tmp_path, offline=True).close()  # an empty folder would open the assistant
    done = subprocess.run([sys.executable, "-c", WHOLE, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "0 ['MainThread']", done.stderr
    assert done.returncode == 0
    assert (tmp_path / "window.json").exists()
