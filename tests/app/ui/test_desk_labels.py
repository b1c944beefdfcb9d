# ruff: noqa: F811 - fixtures of another folder are imported and then named as arguments
"""Labels through a printer from the desk: kept, measured, broken off and gone on with; and the secret under the foil."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator

import pytest

from app.demo.cast import glns
from app.labels import Fit
from app.ui.pages.desk_labels import LabelsPane
from app.ui.tasks import Urgency
from app.ui.window import Window
from tests.app.desk.yard import DRUG, MAKER
from tests.app.ui.desk_window import desk_of, founded, profile, settle, window, yard  # noqa: F401 - fixtures


class RawPort:
    """A label printer on the wire that counts what it was given; it can be told to hang up."""

    def __init__(self) -> None:
        self.heard = b""
        self.hangs_up_after = -1
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            try:
                line, _ = self._server.accept()
            except OSError:
                return
            with line:
                while some := line.recv(65_536):
                    self.heard += some
                    if 0 <= self.hangs_up_after <= self.labels:
                        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                        break

    @property
    def labels(self) -> int:
        return self.heard.count(b"^XA")

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(5)


@pytest.fixture
def raw_port() -> Iterator[RawPort]:
    made = RawPort()
    yield made
    made.close()


@pytest.fixture
def pane(qtbot, window: Window) -> LabelsPane:
    """The labels tab of the maker's station, its form filled in."""
    page = desk_of(window)
    window.lanes.store(lambda door: door.save(here=glns(MAKER)), lambda _: None)
    page.open_tab("labels")
    settle(qtbot, window)
    pane = page.labels
    for field, text in ((pane.gtin, DRUG.gtin), (pane.lot, "N7"), (pane.product, DRUG.name), (pane.count, "60")):
        field.setText(text)
    return pane


def keep_printer(qtbot, window: Window, pane: LabelsPane, port: int) -> None:
    panel = pane.printers
    panel.where.setCurrentText(f"127.0.0.1:{port}")
    panel.name.setText("<b>Dock 3</b>")
    panel.add.click()
    settle(qtbot, window)
    pane.target.setCurrentIndex(1)


def test_an_issue_that_breaks_off_asks_and_goes_on(qtbot, window: Window, pane: LabelsPane, raw_port: RawPort) -> None:
    keep_printer(qtbot, window, pane, raw_port.port)
    assert pane.target.itemText(1) == "<b>Dock 3</b>"
    pane.symbol.setCurrentIndex(1)
    raw_port.hangs_up_after = 30
    pane.begin.click()
    qtbot.waitUntil(lambda: pane.begin.isEnabled(), timeout=30_000)
    assert re.search(r"broke off after \d+ labels", pane.notice.words)
    settle(qtbot, window)
    raw_port.hangs_up_after = -1
    given = raw_port.labels
    pane.resume.click()
    settle(qtbot, window)
    assert pane.notice.words.startswith("Labels 26 to 50 may have been printed")
    assert raw_port.labels == given
    pane.last.setText("none such")
    pane.resume.click()
    settle(qtbot, window)
    assert pane.notice.words == "No label of this issue has that serial number."
    pane.last.setText("30")
    raw_port.heard = b""
    pane.resume.click()
    qtbot.waitUntil(lambda: pane.notice.words == "60 labels were sent to <b>Dock 3</b>.", timeout=30_000)
    assert raw_port.labels == 30
    assert pane.last.text() == ""
    settle(qtbot, window)


def test_a_printer_is_measured_and_removed(qtbot, window: Window, pane: LabelsPane, raw_port: RawPort) -> None:
    panel = pane.printers
    assert not panel.test.isEnabled()
    panel.where.setCurrentText("not an address")
    panel.add.click()
    settle(qtbot, window)
    assert "is no printer's address" in pane.notice.words
    keep_printer(qtbot, window, pane, raw_port.port)
    panel.test.click()
    qtbot.waitUntil(lambda: "test page was sent" in pane.notice.words, timeout=30_000)
    assert raw_port.labels == 1
    panel.keep.click()
    assert pane.notice.words == "Write every length in mm, as a number."
    for field, text in zip(panel.measures, ("6.5", "6", "33", "48,48"), strict=True):
        field.setText(text)
    panel.keep.click()
    settle(qtbot, window)
    kept = panel.known.currentData()
    assert kept.fit.shift_x == pytest.approx(-0.5)
    assert kept.fit.scale_y == pytest.approx(1 / 1.01)
    assert panel.fits.text().startswith("Prints moved by -0.50")
    assert pane.target.currentData().fit == kept.fit != Fit()
    panel.remove.click()
    settle(qtbot, window)
    assert panel.known.count() == 0
    assert pane.target.count() == 1


def test_a_secret_is_printed_checked_and_forgotten(qtbot, window: Window, pane: LabelsPane, raw_port: RawPort) -> None:
    keep_printer(qtbot, window, pane, raw_port.port)
    pane.count.setText("2")
    pane.scratch.setCurrentIndex(1)
    known: list[tuple[str, str]] = []

    def look(door) -> list[tuple[str, str]]:  # type: ignore[no-untyped-def]
        from app.desk.issuing import Issuing

        number = door.desk.station.store.desk.issues()[0]
        issuing = Issuing(door.desk)
        issue, serials, _ = issuing.load(number)
        secrets = issuing.secrets(issue)
        return [(issue.item(serial).key, secret) for serial, secret in zip(serials, secrets, strict=True)]

    pane.start(None)
    window.lanes.store(look, known.extend, urgency=Urgency.IDLE)
    qtbot.waitUntil(lambda: "secrets were forgotten" in pane.notice.words, timeout=30_000)
    settle(qtbot, window)
    assert raw_port.labels == 2
    panel = pane.secret
    panel.code.setText(known[0][0])
    for typed, words in (
        (known[1][1], "This is not the secret"),
        (known[0][1], "was not seen on this laptop before"),
        (known[0][1], "was seen here before"),
    ):
        panel.typed.setText(typed)
        panel.check.click()
        settle(qtbot, window)
        assert words in panel.answer.text()
    panel.typed.setText("short")
    panel.check.click()
    settle(qtbot, window)
    assert "16 letters and digits" in pane.notice.words
    assert panel.answer.isHidden()
