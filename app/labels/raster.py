"""Labels as pictures: in the dots of a thermal printer, or as a PNG. Modules are whole dots, as sharp as the printer is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.labels import MODULE_LEAST, Arrangement, Label, arrange, font_file, modules_of, scratch
from app.labels.fit import Fit
from app.labels.symbols import Matrix, rectangles
from chain.errors import BadInput

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

_POINT = 25.4 / 72
SIZE = (45.0, 60.0)
"""Width and height of a label in mm, where nothing else is said."""


def picture(
    label: Label, *, dpi: int = 300, size: tuple[float, float] = SIZE, padding: float = 1.5, fit: Fit | None = None
) -> Image:
    """A label as a grey picture. Modules are whole pixels, so that they are as sharp as the printer.

    Args:
        dpi: pixels per inch of the printer.
        size: width and height of the label in mm.
        fit: what makes up for the printer it is for.

    Raises:
        BadInput: the label is too small at this resolution, or the printer is off by so much that the code leaves the label.
    """
    return Drawing(label, dpi, size, padding, fit or Fit()).image()


class Drawing:
    """One label in the dots of one printer.

    `code` is the upper left corner of its code's dark area and `side` the side of a module, both in dots.
    """

    def __init__(self, label: Label, dpi: int, size: tuple[float, float], padding: float = 1.5, fit: Fit | None = None) -> None:
        if not 72 <= dpi <= 2400:
            raise BadInput("A label is drawn with 72 to 2,400 pixels per inch.", dpi=dpi)
        if not all(5 <= one <= 1000 for one in size):
            raise BadInput("A label is 5 to 1,000 mm wide and high.")
        self.label, self.fit, self.dot = label, fit or Fit(), 25.4 / dpi
        self.width, self.height = round(size[0] / self.dot), round(size[1] / self.dot)
        self._fonts: dict[float, FreeTypeFont] = {}
        self.matrix = modules_of(label.symbol, label.text)
        self.plan: Arrangement = arrange(label, len(self.matrix), *size, padding, self._measure)
        self.side = int(self.plan.module / self.dot + 1e-6)
        if self.side * self.dot < MODULE_LEAST:
            raise BadInput(f"At {dpi} dpi the modules of this label would be under {MODULE_LEAST} mm: make it larger.")
        slack = len(self.matrix) * (self.plan.module - self.side * self.dot) / 2  # keeps the smaller code in its place
        self.code = self._dots(self.plan.code[0] + slack, self.plan.code[1] + slack)
        reach = len(self.matrix) * self.side
        if min(self.code) < 0 or self.code[0] + reach > self.width or self.code[1] + reach > self.height:
            raise BadInput("This printer is off by so much that the code would leave the label: adjust its guides.")

    def image(self, *, with_code: bool = True) -> Image:
        """The picture, grey, or all of it but the item's code."""
        from PIL import Image as pictures
        from PIL import ImageDraw

        made = pictures.new("L", (self.width, self.height), 255)
        draw = ImageDraw.Draw(made)
        if with_code:
            _fill(draw, self.matrix, self.code, self.side)
        for x, y, line in self.plan.lines:
            draw.text(self._exact(x, y), line, font=self._fonts_of(self.plan.size), fill=0)
        if self.plan.scratch is not None:
            self._scratch(draw, self.plan.scratch)
        return made

    def _scratch(self, draw: ImageDraw, field: scratch.Field) -> None:
        for x, y, width, height in field.frame:
            left, top = self._dots(x, y)
            draw.rectangle(
                (left, top, left + max(1, round(width / self.dot)) - 1, top + max(1, round(height / self.dot)) - 1), fill=0
            )
        _fill(draw, scratch.code_of(self.label.secret), self._dots(*field.code), max(1, int(field.module / self.dot + 1e-6)))
        draw.text(self._exact(field.text_x, field.text_y), field.text, font=self._fonts_of(field.size), fill=0)

    def _exact(self, x: float, y: float) -> tuple[float, float]:
        right, down = self.fit.at(x, y)
        return right / self.dot, down / self.dot

    def _dots(self, x: float, y: float) -> tuple[int, int]:
        right, down = self._exact(x, y)
        return round(right), round(down)

    def _fonts_of(self, points: float) -> FreeTypeFont:
        from PIL import ImageFont

        if points not in self._fonts:
            self._fonts[points] = ImageFont.truetype(font_file(), points * _POINT / self.dot)
        return self._fonts[points]

    def _measure(self, text: str, points: float) -> float:
        return self._fonts_of(points).getlength(text) * self.dot


def _fill(draw: ImageDraw, matrix: Matrix, corner: tuple[int, int], side: int) -> None:
    for column, row, width, height in rectangles(matrix):
        x, y = corner[0] + column * side, corner[1] + row * side
        draw.rectangle((x, y, x + width * side - 1, y + height * side - 1), fill=0)
