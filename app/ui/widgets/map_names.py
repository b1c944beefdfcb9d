"""Where the names on a map go: beside their places, off each other, and off the legs as far as there is room.

A name for which there is no room is left out; its place keeps its number, which the timeline explains.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFontMetricsF

Named = tuple[str, QPointF]
_AIR_X, _AIR_Y = 16.0, 6.0


def place_names(
    spots: Sequence[Named],
    legs: Sequence[Sequence[QPointF]],
    bounds: QRectF,
    taken: Sequence[QRectF],
    metrics: QFontMetricsF,
    near: float,
) -> list[tuple[str, QRectF]]:
    """A box for each name that finds room, in the order of `spots` (the first choose first).

    All lengths are pixels. `legs` are points along lines that are better not covered; `taken` are boxes that must not be;
    `near` is the distance of a box from its spot.
    """
    occupied = list(taken)
    points = [point for leg in legs for point in leg]
    placed: list[tuple[str, QRectF]] = []
    for name, spot in spots:
        width, height = metrics.horizontalAdvance(name) + _AIR_X, metrics.height() + _AIR_Y
        free = [
            box
            for box in _around(spot, width, height, near)
            if bounds.contains(box) and not any(box.intersects(other) for other in occupied)
        ]
        if free:
            best = min(free, key=lambda box: sum(map(box.contains, points)))
            occupied.append(best)
            placed.append((name, best))
    return placed


def _around(spot: QPointF, width: float, height: float, near: float) -> list[QRectF]:
    """The eight places a name may take, the best first: right, left, above, below, then the corners."""
    right, left, middle = spot.x() + near, spot.x() - near - width, spot.x() - width / 2
    above, below, level = spot.y() - near - height, spot.y() + near, spot.y() - height / 2
    corners = ((right, above), (left, above), (right, below), (left, below))
    return [QRectF(x, y, width, height) for x, y in ((right, level), (left, level), (middle, above), (middle, below), *corners)]
