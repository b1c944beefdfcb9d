"""How long a person waits for the window: `.venv/bin/python tests/bench/window.py [RUNS]`

Each run is a cold process, and there are RUNS of them in English, in German and in Arabic. Printed are the medians of: the
interpreter up to our first line, importing the window, making it, the time until its first paint is done, all of it, and its
processor time (on a busy machine the truer figure); then the modules that were loaded by then, those that must not be, and the
time from a text to its painted card against a stand-in station that answers at once (so it is the window's own share).
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

CHILD = """
import sys, time
begun = time.time()
from pathlib import Path
from app.ui.run import application, make_window
imported = time.time()
qt = application()
window = make_window(Path(sys.argv[1]))
made = time.time()
def seen():
    import json
    times = {"begun": begun, "imported": imported, "made": made, "painted": time.time(), "cpu": time.process_time()}
    print(json.dumps({**times, "modules": sorted(sys.modules)}))
    qt.quit()
window.painted.connect(seen)
window.show()
qt.exec()
"""
HEAVY = {"web3", "sklearn", "prophet", "pandas", "cv2", "eth", "vyper", "scipy", "sqlite_utils", "numpy", "app.station"}


def first_paint(runs: int, language: str = "en") -> None:
    """Print the medians over `runs` cold processes whose profile asks for a language."""
    stages: dict[str, list[float]] = {"interpreter": [], "import": [], "make": [], "paint": [], "total": [], "CPU of it": []}
    modules: set[str] = set()
    env = os.environ | {"QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as profile:
            (Path(profile) / "window.json").write_text(json.dumps({"language": language}), "utf-8")
            start = time.time()
            done = subprocess.run([sys.executable, "-c", CHILD, profile], capture_output=True, text=True, check=True, env=env)
            told = json.loads(done.stdout)
        stages["interpreter"].append(told["begun"] - start)
        stages["import"].append(told["imported"] - told["begun"])
        stages["make"].append(told["made"] - told["imported"])
        stages["paint"].append(told["painted"] - told["made"])
        stages["total"].append(told["painted"] - start)
        stages["CPU of it"].append(told["cpu"])
        modules = set(told["modules"])
    platform = f"platform {env['QT_QPA_PLATFORM']}, load {os.getloadavg()[0]:.1f}"
    print(f"window: first paint ({language}), {runs} cold processes, {platform}")
    for stage, seconds in stages.items():
        print(f"  {stage:<12} median {statistics.median(seconds) * 1000:6.0f} ms   worst {max(seconds) * 1000:6.0f} ms")
    print(f"  {len(modules)} modules loaded; heavy ones among them: {', '.join(sorted(modules & HEAVY)) or 'none'}")


def text_to_card(scans: int) -> None:
    """Print the time from a text to its painted card in the window, with a station that answers at once."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QEventLoop

    from app.ui.preferences import Preferences
    from app.ui.run import application
    from app.ui.tasks import Lanes
    from app.ui.window import Window
    from tests.app.ui.world import World

    application()
    world = World()
    with tempfile.TemporaryDirectory() as profile:
        window = Window(Lanes(lambda: world), Path(profile), Preferences(), offline=True)
        loop = QEventLoop()
        window.lanes.settled.connect(loop.quit)
        window.show()
        loop.exec()
        window.lanes.settled.disconnect(loop.quit)
        window.scan.checked.connect(loop.quit)
        took = []
        for number in range(scans):
            begun = time.perf_counter()
            window.scan.submit([f"{('OK', 'RECALLED', 'SUSPECTED')[number % 3]} {number}"])
            loop.exec()
            window.repaint()
            took.append((time.perf_counter() - begun) * 1000)
        window.close()
    took.sort()
    middle, worse = took[scans // 2], took[int(scans * 0.95)]
    print(f"window: from text to painted card, {scans} scans: median {middle:.1f} ms, p95 {worse:.1f} ms")


if __name__ == "__main__":
    for spoken in ("en", "de", "ar"):
        first_paint(int(sys.argv[1]) if len(sys.argv) > 1 else 7, spoken)
    text_to_card(200)
