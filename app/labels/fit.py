"""How a printer is off, and what makes up for it: the numbers somebody read off a test page with a ruler, kept per printer.

A printer moves what it prints (paper guides, margins, a roll that does not begin at the edge) and stretches it a little
(rollers). Both are one scale and one shift per direction. A skew cannot be made up for and is not measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from chain.errors import BadInput

MOST_SHIFT = 25.0
"""Millimetres by which a print may be moved; more is a wrong paper size."""
MOST_SCALE = 0.1


@dataclass(frozen=True, slots=True)
class Fit:
    """Where to print so that it comes out right: ``x * scale_x + shift_x``, ``y * scale_y + shift_y`` (mm from the upper left).

    Raises:
        BadInput: a shift over 25 mm or a scale that is off by more than a tenth.
    """

    shift_x: float = 0.0
    shift_y: float = 0.0
    scale_x: float = 1.0
    scale_y: float = 1.0

    def __post_init__(self) -> None:
        shifts, scales = (self.shift_x, self.shift_y), (self.scale_x, self.scale_y)
        if not all(math.isfinite(one) and abs(one) <= MOST_SHIFT for one in shifts):
            raise BadInput(f"This printer would be off by more than {MOST_SHIFT:g} mm: check the paper size and measure again.")
        if not all(math.isfinite(one) and abs(one - 1) <= MOST_SCALE for one in scales):
            raise BadInput("This printer would be off by more than a tenth: switch off “fit to page” and measure again.")

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where to print what is to come out at x, y (mm)."""
        return x * self.scale_x + self.shift_x, y * self.scale_y + self.shift_y


@dataclass(frozen=True, slots=True)
class Marks:
    """The test page, in mm: a cross at `left`, `top` from the paper's corner, rulers from it, `across` and `down` long."""

    left: float
    top: float
    across: float
    down: float

    def fit(self, left: float, top: float, across: float, down: float) -> Fit:
        """What makes up for these measures of a page that was printed without any. Raises BadInput."""
        if not all(math.isfinite(one) for one in (left, top, across, down)) or min(across, down) <= 0 or min(left, top) < 0:
            raise BadInput("Measures are millimetres above zero.")
        stretch_x, stretch_y = across / self.across, down / self.down
        return Fit(
            self.left - left / stretch_x,
            self.top - top / stretch_y,
            1 / stretch_x,
            1 / stretch_y,
        )


def marks_of(width: float, height: float) -> Marks:
    """The marks that suit a page or label of this size (mm): whole centimetres on paper, whole millimetres on a small label."""
    edge = 20.0 if min(width, height) >= 120 else 6.0
    step = 10.0 if min(width, height) >= 120 else 1.0
    across, down = (math.floor((size - 2 * edge) / step) * step for size in (width, height))
    if min(across, down) < 5:
        raise BadInput("A label of less than 17 mm has no room for rulers.")
    return Marks(edge, edge, across, down)


def measures(text: str) -> tuple[float, float, float, float]:
    """Four numbers of mm with commas between: cross from the left, from the top, ruler across, ruler down. Raises BadInput."""
    try:
        left, top, across, down = (float(one) for one in text.split(","))
    except ValueError:
        raise BadInput("Write four measures in mm: LEFT,TOP,ACROSS,DOWN, such as 20.5,19,169.2,257.") from None
    return left, top, across, down
