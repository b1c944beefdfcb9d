"""Documents on a printer: the pages of the very PDF that would be saved, painted one by one. Knows no printer's language."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPageLayout, QPainter
from PySide6.QtPrintSupport import QPrinter

from chain.errors import BadInput

DPI = 300
_POINTS = 72.0


def pages(document: bytes, dpi: int = DPI) -> list[QImage]:
    """The pages of a PDF as pictures. Heavy: not for the window's thread. Raises BadInput."""
    import pypdfium2

    try:
        read = pypdfium2.PdfDocument(document)
    except pypdfium2.PdfiumError as error:
        raise BadInput("This document cannot be printed: it is damaged.") from error
    found = []
    try:
        for page in read:
            made = page.render(scale=dpi / _POINTS).to_pil().convert("RGB")
            raw = made.tobytes()
            found.append(QImage(raw, made.width, made.height, 3 * made.width, QImage.Format.Format_RGB888).copy())
    finally:
        read.close()
    return found


def print_pages(made: Sequence[QImage], printer: QPrinter) -> None:
    """Paint pages, each as large as the printer's page lets it be. Raises BadInput where there are none, or it does not begin."""
    if not made:
        raise BadInput("There is nothing to print.")
    lies = made[0].width() > made[0].height()
    printer.setPageOrientation(QPageLayout.Orientation.Landscape if lies else QPageLayout.Orientation.Portrait)
    painter = QPainter()
    if not painter.begin(printer):
        raise BadInput("The printer did not begin.")
    try:
        for number, picture in enumerate(made):
            if number:
                printer.newPage()
            space = painter.viewport()
            share = min(space.width() / picture.width(), space.height() / picture.height())
            painter.drawImage(QRect(0, 0, int(picture.width() * share), int(picture.height() * share)), picture)
    finally:
        painter.end()
