"""The outlines of the world, read from resources/map and projected once.

The projection is Miller's cylindrical (O. M. Miller, 1942): meridians are straight, so that the map can be repeated to either
side of the date line, and high latitudes swell less than Mercator's. Units: x is longitude in degrees, y grows downwards.
"""

from __future__ import annotations

import math
import struct
import sys
import zlib
from array import array
from dataclasses import dataclass

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainterPath, QPolygonF

from app.ui.icons import FOLDER

_STEP = 180 / 32767
_MAGIC = b"WPMAP1"


def project(lat: float, lon: float) -> tuple[float, float]:
    """Degrees on the globe to map units."""
    return lon, -math.degrees(1.25 * math.log(math.tan(math.pi / 4 + 0.4 * math.radians(lat))))


@dataclass(frozen=True, slots=True)
class Outlines:
    """Land to fill and borders to stroke, in map units."""

    land: QPainterPath
    borders: QPainterPath


def read_outlines() -> Outlines:
    """Read and project `land.bin`. Safe outside the GUI thread; about 0.1 s."""
    raw = zlib.decompress((FOLDER / "map" / "land.bin").read_bytes())
    if not raw.startswith(_MAGIC):
        raise ValueError("land.bin is not a map of this program")
    heights = [project(step * _STEP, 0)[1] if abs(step) <= 16384 else 0.0 for step in range(-16384, 16385)]
    land, where = _section(raw, len(_MAGIC), heights, close=True)
    borders, _ = _section(raw, where, heights, close=False)
    land.setFillRule(Qt.FillRule.OddEvenFill)
    return Outlines(land, borders)


def _section(raw: bytes, where: int, heights: list[float], *, close: bool) -> tuple[QPainterPath, int]:
    path = QPainterPath()
    (lines,) = struct.unpack_from("<I", raw, where)
    where += 4
    for _ in range(lines):
        (count,) = struct.unpack_from("<I", raw, where)
        where += 4
        numbers = array("h")
        numbers.frombytes(raw[where : where + 4 * count])
        if sys.byteorder == "big":
            numbers.byteswap()
        where += 4 * count
        points = [
            QPointF(numbers[i] * _STEP, heights[min(32768, max(0, numbers[i + 1] + 16384))]) for i in range(0, 2 * count, 2)
        ]
        path.addPolygon(QPolygonF(points))
        if close:
            path.closeSubpath()
    return path, where


def great_circle(start: tuple[float, float], end: tuple[float, float], steps: int = 48) -> list[tuple[float, float]]:
    """(lat, lon) in degrees along the shortest way, longitudes without a jump (they may leave +-180)."""
    a, b = _vector(*start), _vector(*end)
    angle = math.acos(min(1.0, max(-1.0, sum(p * q for p, q in zip(a, b, strict=True)))))
    if angle < 1e-6 or math.pi - angle < 1e-6:
        return [start, end]
    line: list[tuple[float, float]] = []
    for i in range(steps + 1):
        t = i / steps
        p, q = math.sin((1 - t) * angle) / math.sin(angle), math.sin(t * angle) / math.sin(angle)
        x, y, z = (p * m + q * n for m, n in zip(a, b, strict=True))
        lon = math.degrees(math.atan2(y, x))
        if line:
            lon += 360 * round((line[-1][1] - lon) / 360)
        line.append((math.degrees(math.atan2(z, math.hypot(x, y))), lon))
    return line


def _vector(lat: float, lon: float) -> tuple[float, float, float]:
    phi, lam = math.radians(lat), math.radians(lon)
    return math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)
