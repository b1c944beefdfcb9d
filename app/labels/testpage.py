"""The test page of a printer: a cross and two rulers at known places, printed as they are, to be measured by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.labels import font_file
from app.labels.fit import Fit, Marks, marks_of

if TYPE_CHECKING:
    from PIL.Image import Image

_POINT = 25.4 / 72
Bar = tuple[float, float, float, float]


def bars(marks: Marks) -> Iterator[Bar]:
    """Everything drawn, as rectangles (x, y, width, height) in mm: hairlines of 0.2 mm, ticks every millimetre, long every ten.

    The middle of a line stands at its mark. The ends of the rulers are the last ticks.
    """
    half = 0.1
    yield marks.left - 4, marks.top - half, marks.across + 4, 2 * half
    yield marks.left - half, marks.top - 4, 2 * half, marks.down + 4
    for n in range(int(marks.across) + 1):
        long = 4.0 if n % 10 == 0 or n == marks.across else 2.0 if n % 5 == 0 else 1.2
        yield marks.left + n - half, marks.top, 2 * half, long
    for n in range(int(marks.down) + 1):
        long = 4.0 if n % 10 == 0 or n == marks.down else 2.0 if n % 5 == 0 else 1.2
        yield marks.left, marks.top + n - half, long, 2 * half


def words(marks: Marks) -> tuple[str, ...]:
    """What to measure, in mm."""
    return (
        "1  left edge of the paper to the long vertical line",
        "2  upper edge of the paper to the long horizontal line",
        f"3  length of the horizontal ruler (meant: {marks.across:g} mm)",
        f"4  length of the vertical ruler (meant: {marks.down:g} mm)",
    )


def page(width: float, height: float, *, made: datetime | None = None, fit: Fit | None = None) -> bytes:
    """The test page as PDF, for paper of this size (mm). With a `fit` it shows what was made up for: then all is as meant."""
    from fpdf import FPDF
    from fpdf.fonts import TTFFont

    marks, moved = marks_of(width, height), fit or Fit()
    paper = FPDF(unit="mm", format=(width, height))
    paper.set_creation_date(made or datetime.now(UTC))
    paper.set_creator("Wayproof")
    paper.set_margin(0)
    paper.set_auto_page_break(False)
    paper.add_font("DejaVu", fname=font_file())
    font = paper.fonts["dejavu"]
    assert isinstance(font, TTFFont)
    with closing(font):
        paper.add_page()
        for x, y, across, down in bars(marks):
            left, top = moved.at(x, y)
            paper.rect(left, top, across * moved.scale_x, down * moved.scale_y, "F")
        size = 9.0 if width >= 120 else 4.0
        paper.set_font("DejaVu", size=size)
        for row, line in enumerate(words(marks)):
            paper.text(marks.left + 8, marks.top + 8 + (row + 1) * size * _POINT * 1.6, line)
        return bytes(paper.output())


def picture(width: float, height: float, dpi: int, fit: Fit | None = None) -> Image:
    """The same for a roll of labels of this size (mm), in the printer's dots."""
    from PIL import Image as pictures
    from PIL import ImageDraw, ImageFont

    marks, moved, dot = marks_of(width, height), fit or Fit(), 25.4 / dpi
    made = pictures.new("L", (round(width / dot), round(height / dot)), 255)
    draw = ImageDraw.Draw(made)
    for x, y, across, down in bars(marks):
        left, top = moved.at(x, y)
        right, bottom = moved.at(x + across, y + down)
        thin_x, thin_y = max(1, round((right - left) / dot)), max(1, round((bottom - top) / dot))
        first = round(left / dot), round(top / dot)
        draw.rectangle((*first, first[0] + thin_x - 1, first[1] + thin_y - 1), fill=0)
    font = ImageFont.truetype(font_file(), 5 * _POINT / dot)
    for row, line in enumerate(
        ("1  from the left", "2  from the top", f"3  across: {marks.across:g}", f"4  down: {marks.down:g}")
    ):
        draw.text(((marks.left + 6) / dot, (marks.top + 6 + row * 2.6) / dot), line, font=font, fill=0)
    return made
