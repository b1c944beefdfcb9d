"""A camera as a scanner: each code once while it is in view, several in one frame, and a device that goes and comes."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QImage, QPainter

from app import labels
from app.labels import Label
from app.ui.camera import Camera, Device, Files, Live, devices, grey_of
from app.ui.frames import source_of
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

    def refuse(_: str, size: object) -> Hand:
        raise BadInput("No camera was found.")

    pane = CameraPane(lanes, refuse, lambda: [Device("a", "Front"), Device("b", "<b>Back</b>")])
    qtbot.addWidget(pane)
    pane.show()
    qtbot.waitUntil(lambda: pane.device.count() == 2)
    assert pane.device.currentData() == "b"
    pane.toggle()
    assert pane.notice.words == "No camera was found."
    pane._source = lambda _, size: hand
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


class Lamp(Hand):
    """A hand with a light in it."""

    lit = False

    def has_torch(self) -> bool:
        return True

    def torch(self, on: bool) -> None:
        self.lit = on


def test_size_and_light_are_offered_where_there_are_some_and_the_choice_is_kept(qtbot, lanes: Lanes, world, monkeypatch) -> None:
    kept = {"camera": "b", "camera/size": "640 × 480"}
    monkeypatch.setattr(type(world.desk), "remembered", lambda self, name: kept.get(name, ""), raising=False)
    monkeypatch.setattr(type(world.desk), "remember", lambda self, name, value: kept.update({name: value}), raising=False)
    asked: list[tuple[str, object]] = []
    lamp, hand = Lamp(), Hand()

    def open_one(chosen: str, size: object) -> Hand:
        asked.append((chosen, size))
        return lamp if chosen == "b" else hand

    known = [Device("a", "Front"), Device("b", "Back", ((1280, 720), (640, 480)))]
    pane = CameraPane(lanes, open_one, lambda: known)
    qtbot.addWidget(pane)
    pane.show()
    qtbot.waitUntil(lambda: pane.device.count() == 2)
    assert pane.size_of.currentText() == "640 × 480"
    assert pane.torch.isHidden()
    pane.toggle()
    assert asked == [("b", (640, 480))]
    pane.torch.click()
    assert lamp.lit
    pane.toggle()
    assert not lamp.lit
    assert pane.torch.isHidden()
    pane.size_of.setCurrentIndex(1)
    pane.toggle()
    qtbot.waitUntil(lambda: kept["camera/size"] == "1280 × 720")
    pane.toggle()
    pane.device.setCurrentIndex(0)
    assert pane.size_of.count() == 1
    pane.toggle()
    assert asked[-1] == ("a", None)
    assert pane.torch.isHidden()
    pane.toggle()
    qtbot.waitUntil(lambda: lanes.outstanding == 0)


class Media:
    """QtMultimedia as far as `Live` uses it, with cameras that a test plugs in and out."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        multimedia = pytest.importorskip("PySide6.QtMultimedia", reason="needs the system's media libraries (libpulse0)")
        media = self
        media.there: list[Plugged] = []  # type: ignore[misc]
        media.made: list[object] = []  # type: ignore[misc]

        class Devices(QObject):
            videoInputsChanged = Signal()

            def __init__(self, parent: QObject) -> None:
                super().__init__(parent)
                media.devices = self

            @staticmethod
            def videoInputs() -> list[Plugged]:
                return list(media.there)

        class Cam(QObject):
            errorOccurred = Signal(int, str)
            TorchMode = multimedia.QCamera.TorchMode

            def __init__(self, device: Plugged, parent: QObject) -> None:
                super().__init__(parent)
                self.device, self.running, self.format, self.light = device, False, None, None
                media.made.append(self)

            def start(self) -> None:
                self.running = True

            def stop(self) -> None:
                self.running = False

            def cameraDevice(self) -> Plugged:
                return self.device

            def setCameraFormat(self, form: object) -> None:
                self.format = form

            def isTorchModeSupported(self, mode: object) -> bool:
                return True

            def setTorchMode(self, mode: object) -> None:
                self.light = mode

        class Session(QObject):
            def setCamera(self, camera: object) -> None:
                self.camera = camera

            def setVideoSink(self, sink: object) -> None:
                self.sink = sink

        class Sink(QObject):
            videoFrameChanged = Signal(object)

        stand_ins = {"QMediaDevices": Devices, "QCamera": Cam, "QMediaCaptureSession": Session, "QVideoSink": Sink}
        for name, stand_in in stand_ins.items():
            monkeypatch.setattr(multimedia, name, stand_in)

    def plug(self, *names: str) -> None:
        self.there = [Plugged(name) for name in names]
        if hasattr(self, "devices"):
            self.devices.videoInputsChanged.emit()


class Plugged:
    def __init__(self, name: str) -> None:
        self.name = name

    def id(self):  # type: ignore[no-untyped-def]
        from PySide6.QtCore import QByteArray

        return QByteArray(self.name.encode())

    def description(self) -> str:
        return self.name

    def videoFormats(self):  # type: ignore[no-untyped-def]
        return [Form(640, 480, 30), Form(1280, 720, 10), Form(1280, 720, 30)]


class Form:
    def __init__(self, width: int, height: int, rate: float) -> None:
        self.size, self.rate = QSize(width, height), rate

    def resolution(self) -> QSize:
        return self.size

    def maxFrameRate(self) -> float:
        return self.rate


@pytest.mark.qt_log_ignore("Couldn't (load|resolve) .+ (library|symbols)", extend=True)  # said when QtMultimedia is loaded
def test_a_camera_unplugged_in_the_middle_goes_on_when_it_is_back(qapp, monkeypatch) -> None:
    media = Media(monkeypatch)
    live, lost = Live("usb", (1280, 720)), list[str]()
    live.lost.connect(lost.append)
    with pytest.raises(BadInput, match="No camera was found"):
        live.start()
    media.plug("built-in", "usb")
    assert devices() == [Device(name, name, ((1280, 720), (640, 480))) for name in ("built-in", "usb")]
    live.start()
    first = media.made[-1]
    assert (first.device.name, first.running) == ("usb", True)
    assert (first.format.size, first.format.rate) == (QSize(1280, 720), 30)
    live.torch(True)
    media.plug("built-in")
    assert lost == ["The camera was unplugged: it goes on when it is back."]
    assert not first.running
    assert len(media.made) == 1  # another camera is not taken in its place
    media.plug("built-in", "usb")
    second = media.made[-1]
    assert second is not first
    assert (second.device.name, second.running) == ("usb", True)
    assert second.light == second.TorchMode.TorchOn
    media.plug("built-in", "usb", "third")
    assert media.made[-1] is second
    live.stop()
    assert not second.running
    media.plug("usb")
    assert media.made[-1] is second


def test_a_film_and_a_folder_are_cameras_too(qtbot, lanes: Lanes, tmp_path: Path) -> None:
    import cv2
    import numpy as np

    film = cv2.VideoWriter(str(tmp_path / "seen.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 25.0, (320, 480))
    for text in (ONE, TWO):
        frame = np.repeat(grey_of(picture(text).scaled(320, 480))[:, :, None], 3, axis=2)
        for _ in range(20):
            film.write(frame)
    film.release()
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, text in enumerate((ONE, TWO)):
        picture(text).save(str(folder / f"{number}.png"))
    for path in (tmp_path / "seen.avi", folder):
        camera, heard = Camera(lanes), list[str]()
        camera.seen.connect(heard.append)
        camera.start(source_of(path, each=12, every_ms=50))
        qtbot.waitUntil(lambda heard=heard: heard == [ONE, TWO], timeout=30_000)
        camera.stop()
    (tmp_path / "bad.avi").write_bytes(b"nothing")
    (tmp_path / "empty").mkdir()
    for bad, words in (("bad.avi", "not a film"), ("empty", "no pictures"), ("none.png", "no file")):
        with pytest.raises(BadInput, match=words):
            source_of(tmp_path / bad).start()
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
