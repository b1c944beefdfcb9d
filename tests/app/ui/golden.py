"""Compare what is drawn with what was approved.

Renew after a wanted change: ``WAYPROOF_RENEW_GOLDEN=1 pytest tests/app/ui -k golden``, look at every picture in tests/golden, and
commit them. On failure the new picture and the difference are written to out/golden.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QCursor, QImage, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from app.language import load
from app.ui import theme
from app.ui.language import speak
from app.ui.screenshots import save_picture

ROOT = Path(__file__).resolve().parents[3]
APPROVED, REJECTED = ROOT / "tests" / "golden", ROOT / "out" / "golden"
STEP = 16
"""So far, of 255, may a pixel's brightness be off: another build of FreeType rounds a few grey values differently, and the kept
pictures have 256 colours."""
HUE = 32
"""So far one of its colours, which the eye tells less well than brightness."""
SHARE = 0.001
"""So many pixels may differ by more."""
_LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601


@dataclass(frozen=True, slots=True)
class Look:
    """How something is drawn: in which colours, language and reading direction, and how many pixels to a logical one."""

    theme: theme.Theme = theme.LIGHT
    language: str = "en"
    scale: int = 1

    @property
    def name(self) -> str:
        """A part of a file's name; what is plain is left out."""
        parts = [self.theme.name]
        if self.language != "en":
            parts.append(self.language)
        if self.scale != 1:
            parts.append(f"{self.scale}x")
        return "-".join(parts)


@contextmanager
def wearing(qt: QApplication, look: Look) -> Iterator[None]:
    """The application in a look, while widgets are made and drawn; in plain English and light colours afterwards."""
    speak(qt, load(look.language))
    theme.apply(qt, look.theme)
    yield
    speak(qt, load("en"))
    theme.apply(qt, theme.LIGHT)


def drawn(widget: QWidget, scale: int = 1) -> QImage:
    """A picture of a widget, `scale` pixels to a logical one, as on a screen of that density."""
    if scale == 1:
        return widget.grab().toImage()
    canvas = QPixmap(widget.size() * scale)
    canvas.setDevicePixelRatio(scale)
    canvas.fill(Qt.GlobalColor.transparent)
    widget.render(canvas, QPoint())
    return canvas.toImage()


def settled(widget: QWidget, scale: int = 1) -> QImage:
    """A picture of a widget once its layouts have come to rest: the first that is like the one before."""
    before = QImage()
    QCursor.setPos(QPoint(5_000, 5_000))  # away from whatever an earlier test pointed at
    for _ in range(20):
        QApplication.sendPostedEvents()
        QApplication.processEvents()
        now = drawn(widget, scale)
        if now == before:
            return now
        before = now
    raise AssertionError("the widget does not come to rest")


def pixels(image: QImage) -> np.ndarray:
    """height x width x 3, unsigned bytes."""
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    lines = np.frombuffer(bytes(plain.constBits()), np.uint8).reshape(plain.height(), plain.bytesPerLine())
    return lines[:, : plain.width() * 3].reshape(plain.height(), plain.width(), 3)


def differing(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Where two pictures of one size look different, height x width: in brightness, or much in colour."""
    apart = np.abs(one.astype(np.int16) - other.astype(np.int16))
    brightness = np.abs((one.astype(np.float32) - other.astype(np.float32)) @ _LUMA)
    return (brightness > STEP) | (apart > HUE).any(axis=2)


def assert_golden(widget: QWidget, name: str, scale: int = 1) -> None:
    """`widget` looks as in tests/golden/`name`.png."""
    found = settled(widget, scale)
    approved = APPROVED / f"{name}.png"
    if os.environ.get("WAYPROOF_RENEW_GOLDEN") == "1":
        approved.parent.mkdir(parents=True, exist_ok=True)
        save_picture(found, approved)
        if differing(pixels(QImage(str(approved))), pixels(found)).mean() > SHARE / 4:  # 256 colours do not do
            found.save(str(approved))
        return
    assert approved.is_file(), f"{approved} is missing: renew the golden pictures (see {__file__})"
    old, new = pixels(QImage(str(approved))), pixels(found)
    rejected = REJECTED / f"{name}.png"
    same_size = old.shape == new.shape
    where = differing(old, new) if same_size else np.ones(new.shape[:2], bool)
    if where.mean() <= SHARE:
        return
    rejected.parent.mkdir(parents=True, exist_ok=True)
    found.save(str(rejected))
    marked = np.where(where[..., None], np.uint8([255, 0, 200]), new // 2 + 127).astype(np.uint8)
    height, width = where.shape
    QImage(marked.tobytes(), width, height, width * 3, QImage.Format.Format_RGB888).save(str(rejected.with_suffix(".diff.png")))
    raise AssertionError(
        f"{name}: size {old.shape[1::-1]} against {new.shape[1::-1]}, {where.mean():.2%} of the pixels differ; see {rejected}"
    )
