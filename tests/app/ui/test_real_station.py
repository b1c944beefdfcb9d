"""The window on a real profile: the station behind the door is the real one, the profile is new and empty."""

from __future__ import annotations

from pathlib import Path

from app.ui.run import make_window
from app.ui.window import PAGES
from chain.verdict import Kind


def test_a_new_profile_opens_scans_and_closes(qtbot, dressed, tmp_path: Path) -> None:
    window = make_window(tmp_path / "profile", offline=True)
    qtbot.addWidget(window)
    with qtbot.waitSignal(window.lanes.opened, timeout=30_000):
        window.show()
    with qtbot.waitSignal(window.scan.checked, timeout=30_000):
        window.scan.submit(["(01)09521000011019(21)K7Q2"])
    check = window.scan.card.check
    assert check is not None
    assert check.verdict.kind is Kind.UNKNOWN
    window.scan.card.journey.click()
    for name in PAGES:
        window.open(name)
        qtbot.waitUntil(lambda: window.lanes.outstanding == 0)
    assert window.strip.network.words == "Offline"
    assert window.scan.recent.checks.rowCount() == 1
    window.close()
    again = make_window(tmp_path / "profile", offline=True)
    qtbot.addWidget(again)
    with qtbot.waitSignal(again.lanes.settled, timeout=30_000):
        again.show()
    assert again.scan.recent.checks.rowCount() == 1
    again.close()
