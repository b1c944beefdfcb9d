"""The field under a scratch foil, at the foot of a label: the secret in groups of four, and a code of it, in a thin frame.

The foil goes over the frame after printing; nothing of the field reaches outside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chain import secret as secrets
from chain.errors import BadInput

if TYPE_CHECKING:
    from app.labels.symbols import Matrix

HEIGHT, GAP = 10.0, 1.0
"""Of the field, and between it and the rest of the label, in mm."""
WIDEST = 58.0
LINE = 0.2
"""The frame's, in mm."""
_MODULE = 0.35
_INSET = 0.8
_SIZES = (10.0, 9.0, 8.0, 7.0, 6.0, 5.0)
_POINT = 25.4 / 72


@dataclass(frozen=True, slots=True)
class Field:
    """Where the field is on its label, in mm from the label's upper left corner: frame, code (its dark area), and the text.

    `size` is the font's in points; `text_y` is the text's upper edge.
    """

    x: float
    y: float
    width: float
    module: float
    code: tuple[float, float]
    text_x: float
    text_y: float
    size: float
    text: str

    @property
    def frame(self) -> tuple[tuple[float, float, float, float], ...]:
        """Its four sides as rectangles (x, y, width, height)."""
        inner = HEIGHT - 2 * LINE
        return (
            (self.x, self.y, self.width, LINE),
            (self.x, self.y + HEIGHT - LINE, self.width, LINE),
            (self.x, self.y + LINE, LINE, inner),
            (self.x + self.width - LINE, self.y + LINE, LINE, inner),
        )


def code_of(secret: str) -> Matrix:
    """The modules of the code under the foil."""
    from app.labels.symbols import plain_data_matrix

    return plain_data_matrix(secrets.PREFIX + secret)


def field(secret: str, modules: int, x: float, bottom: float, width: float, measure: Callable[[str, float], float]) -> Field:
    """The field at the foot of a label whose inside begins at `x`, ends at `bottom` and is `width` wide (mm).

    Raises BadInput where the label is too narrow for it.
    """
    text = secrets.grouped(secret)
    side = (modules + 2) * _MODULE
    wide = min(width, WIDEST)
    room = wide - side - 3 * _INSET
    size = next((size for size in _SIZES if measure(text, size) <= room), None)
    if size is None or side > HEIGHT - 2 * LINE:
        raise BadInput(f"A label of this width has no room for a scratch field: at least {side + 3 * _INSET + 24:.0f} mm.")
    y = bottom - HEIGHT
    code = (x + _INSET + _MODULE, y + (HEIGHT - modules * _MODULE) / 2)
    text_y = y + (HEIGHT - size * _POINT * 1.2) / 2
    return Field(x, y, wide, _MODULE, code, x + side + 2 * _INSET, text_y, size, text)
