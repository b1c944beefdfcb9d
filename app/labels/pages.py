"""Label sheets as PDF. Apart from `app.labels` because fpdf takes a second to import; loaded when a sheet is printed.

Codes are vector areas, one path each: a printer draws them as sharp as it can, and no hairline shows between two
rectangles, as it would if each were filled by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime

from fpdf import FPDF  # noqa: TID253 - this module is loaded late, for fpdf
from fpdf.fonts import TTFFont  # noqa: TID253 - the same

from app.labels import Label, Matrix, Sheet, arrange, font_file, modules_of, rectangles, scratch
from app.labels.fit import Fit
from chain.errors import BadInput

_FONT = "DejaVu"
_ASCENT = 0.928  # of the em, from DejaVu Sans' hhea table: from a line's upper edge to its baseline
_POINT = 25.4 / 72


def render(labels: Iterable[Label], sheet: Sheet, made: datetime | None = None, fit: Fit | None = None) -> tuple[bytes, int]:
    """The bytes of the document and the number of its pages (see `app.labels.pdf`)."""
    with closing(_Document(sheet, made or datetime.now(UTC), fit or Fit())) as document:
        for number, label in enumerate(labels):
            document.put(label, number)
        if not document.pages:
            raise BadInput("There are no labels to print.")
        return bytes(document.output()), len(document.pages)


class _Document(FPDF):
    def __init__(self, sheet: Sheet, made: datetime, fit: Fit) -> None:
        super().__init__(unit="mm", format=(sheet.page_width, sheet.page_height))
        self.sheet, self._fit = sheet, fit
        self.set_creation_date(made)
        self.set_creator("Wayproof")
        self.set_margin(0)
        self.set_auto_page_break(False)
        self.add_font(_FONT, fname=font_file())
        self.set_font(_FONT)

    def put(self, label: Label, number: int) -> None:
        sheet = self.sheet
        if number % (sheet.columns * sheet.rows) == 0:
            self.add_page()
            self._fitted()
        matrix = modules_of(label.symbol, label.text)
        plan = arrange(label, len(matrix), sheet.width, sheet.height, sheet.padding, self._measured)
        x, y = sheet.place(number)
        self._fill(matrix, x + plan.code[0], y + plan.code[1], plan.module)
        self.set_font_size(plan.size)
        for text_x, text_y, line in plan.lines:
            self.text(x + text_x, y + text_y + _ASCENT * plan.size * _POINT, line)
        if plan.scratch is not None:
            self._scratch(plan.scratch, label.secret, x, y)

    def _scratch(self, field: scratch.Field, secret: str, x: float, y: float) -> None:
        for left, top, width, height in field.frame:
            self.rect(x + left, y + top, width, height, style="F")
        self._fill(scratch.code_of(secret), x + field.code[0], y + field.code[1], field.module)
        self.set_font_size(field.size)
        self.text(x + field.text_x, y + field.text_y + _ASCENT * field.size * _POINT, field.text)

    def _fitted(self) -> None:
        """Everything on the page moved and stretched as its printer needs it (ISO 32000-1, 8.3.4: cm)."""
        fit = self._fit
        if fit == Fit():
            return
        across, down = fit.shift_x * self.k, -fit.shift_y * self.k + self.sheet.page_height * self.k * (1 - fit.scale_y)
        self._out(f"{fit.scale_x:.6f} 0 0 {fit.scale_y:.6f} {across:.3f} {down:.3f} cm")

    def close(self) -> None:
        """Let go of the font's file, which fpdf keeps open."""
        font = self.fonts[_FONT.lower()]
        assert isinstance(font, TTFFont)
        font.close()

    def _measured(self, text: str, points: float) -> float:
        self.set_font_size(points)
        return float(self.get_string_width(text))

    def _fill(self, matrix: Matrix, x: float, y: float, module: float) -> None:
        """One path of rectangles, filled at once (ISO 32000-1, 8.5.2: re, f), in points from the page's lower left."""
        scale = module * self.k
        left, bottom = x * self.k, (self.sheet.page_height - y) * self.k
        path = " ".join(
            f"{left + column * scale:.3f} {bottom - (row + height) * scale:.3f} {width * scale:.3f} {height * scale:.3f} re"
            for column, row, width, height in rectangles(matrix)
        )
        self._out(f"q 0 g {path} f Q")
