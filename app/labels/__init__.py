"""Labels: the code of an item and the words beside it, as a picture or as sheets to print.

One geometry serves both. It refuses what would scan badly or could be misread: modules under 0.33 mm, too little white round
the code, identifiers that are cut. Only the product's name may be shortened. What the label says and signs is `chain.label`'s
affair; nothing here looks at a key.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import TypeAlias

from app.labels import scratch
from app.labels.fit import Fit
from app.labels.symbols import Matrix, Symbol, modules_of, qr, rectangles
from app.whole import write_whole
from chain.errors import BadInput, StoreError
from chain.journey import Item
from chain.keys import SigningKey
from chain.label import BASE, LabelDomain, label_elements, label_text, sign_label

__all__ = [
    "Arrangement",
    "Fit",
    "Label",
    "Matrix",
    "Sheet",
    "Symbol",
    "arrange",
    "font_file",
    "modules_of",
    "pdf",
    "pdf_bytes",
    "png",
    "qr",
    "rectangles",
    "signed_label",
    "write",
]

Measure: TypeAlias = Callable[[str, float], float]
"""The width in mm of a text at a font size in points."""

#: Sides of a module in mm: the smallest that cheap scanners still resolve, one they read at arm's length, the largest of use.
MODULE_LEAST, MODULE_GOOD, MODULE_MOST = 0.33, 0.43, 1.0

_POINT = 25.4 / 72
_SIZES = (8.0, 7.5, 7.0, 6.5, 6.0, 5.5, 5.0)  # points
_LEADING = 1.25
_NAME_LINES = 2
_TEXT_LEAST = 18.0  # mm: a narrower column beside the code is not worth having


@dataclass(frozen=True, slots=True)
class Label:
    """What stands on one label: the item, the text of its code, the product's name (may be empty), which code it is, and the
    secret under its scratch field ("" for a label without one; see `chain.secret`)."""

    item: Item
    text: str
    name: str = ""
    symbol: Symbol = Symbol.QR
    secret: str = ""

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
    (x, y of the upper edge, text), `size` is the font's in points, `scratch` the field under a foil (None without one).
    """

    module: float
    code: tuple[float, float]
    size: float
    lines: tuple[tuple[float, float, str], ...]
    scratch: scratch.Field | None = None


def signed_label(
    item: Item,
    key: SigningKey,
    domain: LabelDomain,
    name: str = "",
    base: str = BASE,
    *,
    symbol: Symbol = Symbol.QR,
    secret: str = "",
) -> Label:
    """A label with the issuer's signature on it: a Digital Link in a QR code, element strings in a GS1 Data Matrix.

    Raises BadInput for an item that is a class of goods.
    """
    signature = sign_label(item, key, domain)
    text = label_text(item, signature, base) if symbol is Symbol.QR else label_elements(item, signature)
    return Label(item, text, name, symbol, secret)


def arrange(label: Label, modules: int, width: float, height: float, padding: float, measure: Measure) -> Arrangement:
    """Lay out a label of `width` x `height` mm: text beside the code on a wide label, under it on a tall one.

    The largest font is taken that leaves the modules of a good size, or else of the smallest that is allowed.

    Args:
        modules: side of the code in modules, without the quiet zone.

    Raises:
        BadInput: the label is too small for its code or for its text.
    """
    inner_width, inner_height = width - 2 * padding, height - 2 * padding
    below = None
    if label.secret:
        squares = len(scratch.code_of(label.secret))
        below = scratch.field(label.secret, squares, padding, height - padding, inner_width, measure)
        inner_height -= scratch.HEIGHT + scratch.GAP
    whole = modules + 2 * label.symbol.quiet
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
    quiet = label.symbol.quiet * module
    return Arrangement(module, (x + quiet, y + quiet), size, placed, below)


def png(
    label: Label, path: Path | None = None, *, dpi: int = 300, size: tuple[float, float] = (45.0, 60.0), padding: float = 1.5
) -> bytes:
    """A label as a PNG picture (grey, its resolution written into it), returned and, where asked, written to `path`.

    See `app.labels.raster.picture` for the rest.
    """
    from app.labels.raster import picture

    held = io.BytesIO()
    picture(label, dpi=dpi, size=size, padding=padding).save(held, "PNG", dpi=(dpi, dpi), optimize=True)
    if path is not None:
        write(path, held.getvalue())
    return held.getvalue()


def pdf(
    labels: Iterable[Label], path: Path, *, sheet: Sheet | None = None, made: datetime | None = None, fit: Fit | None = None
) -> int:
    """Print labels on sheets as a PDF with vector codes. Returns the number of pages.

    Args:
        sheet: A4 with 3 x 8 labels where it is not given.
        made: the document's creation date (aware); with the same one, the same labels make the same bytes. Now if None.
        fit: what makes up for the printer it is for.

    Raises:
        BadInput: no labels, a label too small for its code or text, or the file cannot be written.
    """
    from app.labels.pages import render

    content, pages = render(labels, sheet or Sheet(), made, fit)
    write(path, content)
    return pages


def pdf_bytes(labels: Iterable[Label], sheet: Sheet, made: datetime | None = None, fit: Fit | None = None) -> bytes:
    """The same document as `pdf` writes. Raises BadInput."""
    from app.labels.pages import render

    return render(labels, sheet, made, fit)[0]


def font_file() -> str:
    """The path of the font (DejaVu Sans: Latin, Greek, Cyrillic and more)."""
    return str(files("resources.fonts") / "DejaVuSans.ttf")


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, or say in words why not (BadInput)."""
    try:
        write_whole(path, content)
    except StoreError as error:
        raise BadInput(f"The labels cannot be written to {path}.", **error.details) from error


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
