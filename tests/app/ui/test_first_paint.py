"""Nothing but Qt stands between the click and the first paint."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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


def test_the_first_paint_comes_before_anything_heavy(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.strip().split(","))
    assert "app.ui.window" in loaded
    assert {name for name in HEAVY if name in loaded} == set()
