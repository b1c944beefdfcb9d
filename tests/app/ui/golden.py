"""Compare what is drawn with what was approved.

Renew after a wanted change: ``WAYPROOF_RENEW_GOLDEN=1 pytest tests/app/ui -k golden``, look at every picture in tests/golden, and
commit them. On failure the new picture and the difference are written to out/golden.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

ROOT = Path(__file__).resolve().parents[3]
APPROVED, REJECTED = ROOT / "tests" / "golden", ROOT / "out" / "golden"
STEP = 24
"""A channel may differ by so much: another build of FreeType rounds a few grey values differently."""
SHARE = 0.001
"""So many pixels may differ by more."""


def pixels(image: QImage) -> np.ndarray:
    """height x width x 3, unsigned bytes."""
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    lines = np.frombuffer(bytes(plain.constBits()), np.uint8).reshape(plain.height(), plain.bytesPerLine())
    return lines[:, : plain.width() * 3].reshape(plain.height(), plain.width(), 3)


def differing(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Where two pictures of one size differ by more than STEP, height x width."""
    return (np.abs(one.astype(np.int16) - other.astype(np.int16)) > STEP).any(axis=2)


def assert_golden(widget: QWidget, name: str) -> None:
    """`widget` looks as in tests/golden/`name`.png."""
    drawn = widget.grab().toImage()
    approved = APPROVED / f"{name}.png"
    if os.environ.get("WAYPROOF_RENEW_GOLDEN") == "1":
        approved.parent.mkdir(parents=True, exist_ok=True)
        drawn.save(str(approved))
        return
    assert approved.is_file(), f"{approved} is missing: renew the golden pictures (see {__file__})"
    old, new = pixels(QImage(str(approved))), pixels(drawn)
    rejected = REJECTED / f"{name}.png"
    same_size = old.shape == new.shape
    where = differing(old, new) if same_size else np.ones(new.shape[:2], bool)
    if where.mean() <= SHARE:
        return
    rejected.parent.mkdir(parents=True, exist_ok=True)
    drawn.save(str(rejected))
    marked = np.where(where[..., None], np.uint8([255, 0, 200]), new // 2 + 127).astype(np.uint8)
    height, width = where.shape
    QImage(marked.tobytes(), width, height, width * 3, QImage.Format.Format_RGB888).save(str(rejected.with_suffix(".diff.png")))
    raise AssertionError(
        f"{name}: size {old.shape[1::-1]} against {new.shape[1::-1]}, {where.mean():.2%} of the pixels differ; see {rejected}"
    )
