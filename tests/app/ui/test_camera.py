"""A camera as a scanner: each code once while it is in view, several in one frame, and a device that goes and comes."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPainter

from app import labels
from app.labels import Label
from app.ui.camera import Camera, Files, grey_of
from app.ui.pages.desk_camera import CameraPane
from app.ui.tasks import Lanes
from chain.errors import BadInput
from chain.journey import Item

ONE, TWO = "https://id.gs1.org/01/09521000011014/21/A1", "https://id.gs1.org/01/09521000011014/21/B2"


def picture(text: str) -> QImage:
    image = QImage()
    image.loadFromData(labels.png(Label(Item(), text), dpi=200))
    return image


def side_by_side(*images: QImage) -> QImage:
    made = QImage(sum(one.width() for one in images), max(one.height() for one in images), QImage.Format.Format_RGB32)
    made.fill(0xFFFFFFFF)
    painter = QPainter(made)
    left = 0
    for one in images:
        painter.drawImage(left, 0, one)
        left += one.width()
    painter.end()
    return made


class Hand(QObject):
    """Frames that a test gives by hand."""

    frame = Signal(QImage)
    lost = Signal(str)
    started = 0

    def start(self) -> None:
        self.started += 1

    def stop(self) -> None:
        self.started -= 1


def show(qtbot, camera: Camera, hand: Hand, image: QImage, times: int = 1) -> None:
    for _ in range(times):
        hand.frame.emit(image)
        qtbot.waitUntil(lambda: not camera._busy, timeout=20_000)


def test_a_code_is_told_once_while_it_is_in_view_and_two_in_one_frame_are_two(qtbot, lanes: Lanes) -> None:
    camera, hand, heard = Camera(lanes), Hand(), list[str]()
    camera.seen.connect(heard.append)
    camera.start(hand)
    show(qtbot, camera, hand, picture(ONE))
    assert heard == []  # one sighting is none
    show(qtbot, camera, hand, picture(ONE), 4)
    assert heard == [ONE]
    show(qtbot, camera, hand, side_by_side(picture(ONE), picture(TWO)), 3)
    assert heard == [ONE, TWO]
    camera.stop()
    assert hand.started == 0
    assert not camera.running
    hand.frame.emit(picture(TWO))
    assert not camera._busy


def test_pictures_in_files_are_a_camera_too(qtbot, lanes: Lanes, tmp_path: Path) -> None:
    paths = []
    for number, text in enumerate((ONE, TWO)):
        paths.append(tmp_path / f"{number}.png")
        picture(text).save(str(paths[-1]))
    (tmp_path / "bad.png").write_bytes(b"nothing")
    camera, heard, trouble = Camera(lanes), list[str](), list[str]()
    camera.seen.connect(heard.append)
    camera.trouble.connect(trouble.append)
    camera.start(Files([*paths, tmp_path / "bad.png"], each=12, every_ms=40))
    qtbot.waitUntil(lambda: heard == [ONE, TWO] and bool(trouble), timeout=30_000)
    assert trouble[0] == "The picture bad.png cannot be read."
    camera.stop()


def test_frames_are_grey_whatever_their_width() -> None:
    for width in (5, 64, 641):
        image = QImage(width, 3, QImage.Format.Format_RGB32)
        image.fill(0xFFFF0000)
        assert grey_of(image).shape == (3, width)


def test_a_camera_that_is_not_there_or_goes_is_said(qtbot, lanes: Lanes, world, monkeypatch) -> None:
    hand = Hand()
    monkeypatch.setattr(type(world.desk), "remembered", lambda self, name: "b", raising=False)
    monkeypatch.setattr(type(world.desk), "remember", lambda self, name, value: None, raising=False)

    def refuse(_: str) -> Hand:
        raise BadInput("No camera was found.")

    from app.ui.camera import Device

    pane = CameraPane(lanes, refuse, lambda: [Device("a", "Front"), Device("b", "<b>Back</b>")])
    qtbot.addWidget(pane)
    pane.show()
    qtbot.waitUntil(lambda: pane.device.count() == 2)
    assert pane.device.currentData() == "b"
    pane.toggle()
    assert pane.notice.words == "No camera was found."
    pane._source = lambda _: hand
    heard: list[str] = []
    pane.scanned.connect(heard.append)
    pane.toggle()
    assert pane.switch.text() == "Stop"
    show(qtbot, pane.camera, hand, picture(ONE), 3)
    assert heard == [ONE]
    pane.grab()
    hand.lost.emit("The camera was unplugged: it goes on when it is back.")
    assert pane.notice.words.startswith("The camera was unplugged")
    pane.toggle()
    assert not pane.camera.running
    qtbot.waitUntil(lambda: lanes.outstanding == 0)


@pytest.mark.parametrize("tone", ["TAKEN", "TWICE", "LOOK", "STOP"])
def test_tones_are_short_and_never_clip(tone: str) -> None:
    import struct
    import wave

    from app.ui.sounds import RATE, Sounds, Tone, file_of, samples

    raw = samples(Tone[tone])
    values = struct.unpack(f"<{len(raw) // 2}h", raw)
    assert 0.05 < len(values) / RATE < 1
    assert max(map(abs, values)) <= 32_767 // 2 + 1
    assert abs(values[0]) < 500
    with wave.open(str(file_of(Tone[tone]))) as file:
        assert file.getnframes() == len(values)
    Sounds(loud=False).play(Tone[tone])
