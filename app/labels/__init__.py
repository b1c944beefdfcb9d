"""Labels: the code of an item and the words beside it, as a picture or as sheets to print.

One geometry serves both. It refuses what would scan badly or could be misread: modules under 0.33 mm, a quiet zone of
less than four modules, identifiers that are cut. Only the product's name may be shortened. What the label says and signs
is `chain.label`'s affair; nothing here looks at a key.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from chain.errors import BadInput
from chain.journey import Item
from chain.keys import SigningKey
from chain.label import BASE, LabelDomain, label_text, sign_label

if TYPE_CHECKING:
    from PIL.Image import Image

Matrix: TypeAlias = "tuple[tuple[bool, ...], ...]"
Measure: TypeAlias = Callable[[str, float], float]
"""The width in mm of a text at a font size in points."""

#: Sides of a module in mm: the smallest that cheap scanners still resolve, one they read at arm's length, the largest of use.
MODULE_LEAST, MODULE_GOOD, MODULE_MOST = 0.33, 0.43, 1.0
#: Modules of white on every side (ISO/IEC 18004, section on the quiet zone).
QUIET = 4

_POINT = 25.4 / 72
_SIZES = (8.0, 7.5, 7.0, 6.5, 6.0, 5.5, 5.0)  # points
_LEADING = 1.25
_NAME_LINES = 2
_TEXT_LEAST = 18.0  # mm: a narrower column beside the code is not worth having


@dataclass(frozen=True, slots=True)
class Label:
    """What stands on one label: the item, the text of its code and the product's name (may be empty)."""

    item: Item
    text: str
    name: str = ""

    @property
    def identifiers(self) -> tuple[str, ...]:
        """The human-readable lines, under GS1's data titles; the expiry as an ISO date, which nobody reads in two ways."""
        item = self.item
        expiry = item.expiry.isoformat() if item.expiry else ""
        titled = (("SSCC", item.sscc), ("GTIN", item.gtin), ("SERIAL", item.serial), ("LOT", item.lot), ("EXPIRY", expiry))
        return tuple(f"{title} {value}" for title, value in titled if value)

    @property
    def title(self) -> str:
        """The product's name without anything that cannot be printed."""
        return " ".join("".join(c if c.isprintable() else " " for c in self.name).split())


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of labels, all lengths in mm. The default is A4 with 3 x 8 labels of 70 x 37 mm.

    `left`, `top` is where the first label begins, `gap_x`, `gap_y` lie between two, `padding` stays white inside each.

    Raises:
        BadInput: labels that do not fit the page.
    """

    page_width: float = 210.0
    page_height: float = 297.0
    columns: int = 3
    rows: int = 8
    width: float = 70.0
    height: float = 37.0
    left: float = 0.0
    top: float = 0.5
    gap_x: float = 0.0
    gap_y: float = 0.0
    padding: float = 1.5

    def __post_init__(self) -> None:
        across = self.left + self.columns * self.width + (self.columns - 1) * self.gap_x
        down = self.top + self.rows * self.height + (self.rows - 1) * self.gap_y
        lengths = (self.left, self.top, self.gap_x, self.gap_y, self.padding)
        if min(self.columns, self.rows) < 1 or min(self.width, self.height) <= 0 or min(lengths) < 0:
            raise BadInput("A sheet has at least one label, and no length below zero.")
        if across > self.page_width + 1e-6 or down > self.page_height + 1e-6:
            raise BadInput(f"{self.columns} x {self.rows} labels do not fit on the page.", across=across, down=down)

    def place(self, index: int) -> tuple[float, float]:
        """The upper left corner of the label with this number, counted along the rows and over the pages."""
        row, column = divmod(index % (self.columns * self.rows), self.columns)
        return self.left + column * (self.width + self.gap_x), self.top + row * (self.height + self.gap_y)


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Where things are on one label, in mm from its upper left corner.

    `module` is the side of a module, `code` the corner of the code's dark area (its quiet zone lies outside), `lines` are
    (x, y of the upper edge, text), `size` is the font's in points.
    """

    module: float
    code: tuple[float, float]
    size: float
    lines: tuple[tuple[float, float, str], ...]


def signed_label(item: Item, key: SigningKey, domain: LabelDomain, name: str = "", base: str = BASE) -> Label:
    """A label with the issuer's signature on it. Raises BadInput for an item that is a class of goods."""
    return Label(item, label_text(item, sign_label(item, key, domain), base), name)


def qr(text: str) -> Matrix:
    """The modules of a QR code (True is dark), error correction level Q, without a quiet zone.

    Raises:
        BadInput: no text, or more than the largest code holds (1,663 bytes).
    """
    import numpy as np
    import zxingcpp

    if not text:
        raise BadInput("A code needs a text.")
    try:
        made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="Q")
        grey = np.asarray(zxingcpp.write_barcode_to_image(made, scale=1, add_quiet_zones=False))
    except (ValueError, RuntimeError, UnicodeEncodeError) as error:
        raise BadInput("This text is too long for a code.", length=len(text)) from error
    return tuple(tuple(map(bool, row)) for row in grey < 128)


def rectangles(matrix: Matrix) -> list[tuple[int, int, int, int]]:
    """The dark area as few disjoint rectangles (column, row, width, height): runs, and equal runs below each other as one."""
    done: list[tuple[int, int, int, int]] = []
    growing: dict[tuple[int, int], int] = {}  # (column, width) -> first row
    for row, modules in enumerate((*matrix, ())):
        runs = set(_runs(modules))
        for run in growing.keys() - runs:
            first = growing.pop(run)
            done.append((run[0], first, run[1], row - first))
        for run in runs:
            growing.setdefault(run, row)
    return sorted(done, key=lambda one: (one[1], one[0]))


def arrange(label: Label, modules: int, width: float, height: float, padding: float, measure: Measure) -> Arrangement:
    """Lay out a label of `width` x `height` mm: text beside the code on a wide label, under it on a tall one.

    The largest font is taken that leaves the modules of a good size, or else of the smallest that is allowed.

    Args:
        modules: side of the code in modules, without the quiet zone.

    Raises:
        BadInput: the label is too small for its code or for its text.
    """
    inner_width, inner_height = width - 2 * padding, height - 2 * padding
    whole = modules + 2 * QUIET
    wide = width > height
    for least, size in ((least, size) for least in (MODULE_GOOD, MODULE_LEAST) for size in _SIZES):
        leading = size * _POINT * _LEADING
        if wide:
            side = min(inner_height, inner_width - _TEXT_LEAST, whole * MODULE_MOST)
            lines = _lines(label, inner_width - side, size, measure)
            fits = len(lines) * leading <= inner_height
        else:
            lines = _lines(label, inner_width, size, measure)
            side = min(inner_width, inner_height - len(lines) * leading, whole * MODULE_MOST)
            fits = True  # what the text takes, the code lacks
        if fits and side / whole >= least:
            break
    else:
        raise BadInput(
            f"A label of {width:g} x {height:g} mm is too small: with modules of {MODULE_LEAST} mm its code alone takes "
            f"{whole * MODULE_LEAST:.1f} mm."
        )
    module = side / whole
    if wide:
        x, y = padding, padding + (inner_height - side) / 2
        text_x, text_y = padding + side, padding + (inner_height - len(lines) * leading) / 2
    else:
        x, y = padding + (inner_width - side) / 2, padding
        text_x, text_y = padding, padding + side
    placed = tuple((text_x, text_y + number * leading, line) for number, line in enumerate(lines))
    return Arrangement(module, (x + QUIET * module, y + QUIET * module), size, placed)


def png(
    label: Label, path: Path | None = None, *, dpi: int = 300, size: tuple[float, float] = (45.0, 60.0), padding: float = 1.5
) -> bytes:
    """A label as a PNG picture (grey, its resolution written into it), returned and, where asked, written to `path`.

    See `picture` for the rest.
    """
    held = io.BytesIO()
    picture(label, dpi=dpi, size=size, padding=padding).save(held, "PNG", dpi=(dpi, dpi), optimize=True)
    if path is not None:
        write(path, held.getvalue())
    return held.getvalue()


def picture(label: Label, *, dpi: int = 300, size: tuple[float, float] = (45.0, 60.0), padding: float = 1.5) -> Image:
    """A label as a grey picture. Modules are whole pixels, so that they are as sharp as the printer.

    Args:
        dpi: pixels per inch of the printer.
        size: width and height of the label in mm.

    Raises:
        BadInput: the label is too small at this resolution.
    """
    from PIL import Image as pictures
    from PIL import ImageDraw, ImageFont

    if not 72 <= dpi <= 2400:
        raise BadInput("A label is drawn with 72 to 2,400 pixels per inch.", dpi=dpi)
    pixel = 25.4 / dpi
    fonts = {points: ImageFont.truetype(font_file(), points * _POINT / pixel) for points in _SIZES}

    matrix = qr(label.text)
    plan = arrange(label, len(matrix), *size, padding, lambda text, points: fonts[points].getlength(text) * pixel)
    side = int(plan.module / pixel + 1e-6)
    if side * pixel < MODULE_LEAST:
        raise BadInput(f"At {dpi} dpi the modules of this label would be under {MODULE_LEAST} mm: make it larger.")
    slack = len(matrix) * (plan.module - side * pixel) / 2  # keeps the smaller code where the larger was planned
    left, top = (round((edge + slack) / pixel) for edge in plan.code)

    image = pictures.new("L", (round(size[0] / pixel), round(size[1] / pixel)), 255)
    draw = ImageDraw.Draw(image)
    for column, row, width, height in rectangles(matrix):
        x, y = left + column * side, top + row * side
        draw.rectangle((x, y, x + width * side - 1, y + height * side - 1), fill=0)
    for text_x, text_y, line in plan.lines:
        draw.text((text_x / pixel, text_y / pixel), line, font=fonts[plan.size], fill=0)
    return image


def pdf(labels: Iterable[Label], path: Path, *, sheet: Sheet | None = None, made: datetime | None = None) -> int:
    """Print labels on sheets as a PDF with vector codes. Returns the number of pages.

    Args:
        sheet: A4 with 3 x 8 labels where it is not given.
        made: the document's creation date (aware); with the same one, the same labels make the same bytes. Now if None.

    Raises:
        BadInput: no labels, a label too small for its code or text, or the file cannot be written.
    """
    from app.labels.pages import render

    content, pages = render(labels, sheet or Sheet(), made)
    write(path, content)
    return pages


def pdf_bytes(labels: Iterable[Label], sheet: Sheet, made: datetime | None = None) -> bytes:
    """The same document as `pdf` writes. Raises BadInput."""
    from app.labels.pages import render

    return render(labels, sheet, made)[0]


def font_file() -> str:
    """The path of the font (DejaVu Sans: Latin, Greek, Cyrillic and more)."""
    return str(files("resources.fonts") / "DejaVuSans.ttf")


def write(path: Path, content: bytes) -> None:
    """Write a file, or say in words why not (BadInput)."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise BadInput(f"The labels cannot be written to {path}.", error=repr(error)) from error


def _runs(modules: tuple[bool, ...]) -> Iterable[tuple[int, int]]:
    """(column, width) of the dark runs of a row."""
    start = None
    for column, dark in enumerate((*modules, False)):
        if dark and start is None:
            start = column
        elif not dark and start is not None:
            yield start, column - start
            start = None


def _lines(label: Label, width: float, size: float, measure: Measure) -> list[str]:
    name = _wrapped(label.title, width, size, measure)
    if len(name) > _NAME_LINES:
        name = name[:_NAME_LINES]
        while name[-1] and measure(name[-1] + "…", size) > width:
            name[-1] = name[-1][:-1]
        name[-1] += "…"
    return name + [line for one in label.identifiers for line in _wrapped(one, width, size, measure)]


def _wrapped(text: str, width: float, size: float, measure: Measure) -> list[str]:
    """Break a text into lines of `width` mm, between words where it can, inside a word where it must."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if measure(longer, size) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        line = ""
        for character in word:
            if line and measure(line + character, size) > width:
                lines.append(line)
                line = ""
            line += character
    return [*lines, line] if line else lines
