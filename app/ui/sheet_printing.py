"""Label sheets through Qt's printing: the same geometry as the PDF's, as vectors. For Windows, whose spooler takes no PDF.

The tests paint into a PDF and look at that; on Windows itself it was not run so far.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMarginsF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFont, QFontDatabase, QFontMetricsF, QPageLayout, QPageSize, QPainter, QPainterPath
from PySide6.QtPrintSupport import QPrinter, QPrinterInfo

from app.labels import Fit, Label, Matrix, Measure, Sheet, arrange, font_file, modules_of, rectangles, scratch
from app.labels.sending import NotSent
from chain.errors import BadInput

_POINT = 25.4 / 72
_EM = 1000
"""Pixels of the em of the font whose outlines are drawn: big, so that nothing is rounded."""
_ASCENT = 0.928
"""Of the em, from DejaVu Sans' hhea table."""


def system_printers() -> list[str]:
    """The printers that the system names."""
    return list(QPrinterInfo.availablePrinterNames())


def print_sheets(made: Sequence[Label], sheet: Sheet, fit: Fit, name: str, file: Path | None = None) -> None:
    """Print labels on sheets as one job of the system's printer `name`, or into a PDF file.

    Raises NotSent where the printer is not there or does not begin, BadInput where a label is too small.
    """
    if not made:
        raise BadInput("There are no labels to print.")
    if file is None and name not in system_printers():
        raise NotSent(f"The system knows no printer called “{name}”.", False)
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    if file is not None:
        printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
        printer.setOutputFileName(str(file))
    else:
        printer.setPrinterName(name)
    size = QPageSize(QSizeF(sheet.page_width, sheet.page_height), QPageSize.Unit.Millimeter)
    printer.setPageLayout(QPageLayout(size, QPageLayout.Orientation.Portrait, QMarginsF()))
    printer.setFullPage(True)
    printer.setDocName("Wayproof labels")
    painter = QPainter()
    if not painter.begin(printer):
        raise NotSent(f"The printer “{name}” did not begin.", False)
    try:
        _paint(painter, printer, made, sheet, fit)
    finally:
        painter.end()


def _paint(painter: QPainter, printer: QPrinter, made: Sequence[Label], sheet: Sheet, fit: Fit) -> None:
    font = QFont(QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(font_file()))[0])
    font.setPixelSize(_EM)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    metrics, per_mm = QFontMetricsF(font), printer.resolution() / 25.4
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(Qt.GlobalColor.black)
    for number, label in enumerate(made):
        if number and number % (sheet.columns * sheet.rows) == 0:
            printer.newPage()
        painter.resetTransform()
        painter.scale(per_mm, per_mm)
        painter.translate(fit.shift_x, fit.shift_y)
        painter.scale(fit.scale_x, fit.scale_y)
        painter.translate(*sheet.place(number))
        _label(painter, label, sheet, font, lambda text, points: metrics.horizontalAdvance(text) / _EM * points * _POINT)


def _label(painter: QPainter, label: Label, sheet: Sheet, font: QFont, measure: Measure) -> None:
    matrix = modules_of(label.symbol, label.text)
    plan = arrange(label, len(matrix), sheet.width, sheet.height, sheet.padding, measure)
    painter.drawPath(_area(matrix, plan.code, plan.module))
    for x, y, line in plan.lines:
        _text(painter, font, plan.size, x, y, line)
    if plan.scratch is not None:
        field = plan.scratch
        for side in field.frame:
            painter.drawRect(QRectF(*side))
        painter.drawPath(_area(scratch.code_of(label.secret), field.code, field.module))
        _text(painter, font, field.size, field.text_x, field.text_y, field.text)


def _area(matrix: Matrix, corner: tuple[float, float], module: float) -> QPainterPath:
    """One path, so that no hairline shows between two rectangles."""
    path = QPainterPath()
    for column, row, width, height in rectangles(matrix):
        path.addRect(corner[0] + column * module, corner[1] + row * module, width * module, height * module)
    return path


def _text(painter: QPainter, font: QFont, points: float, x: float, y: float, text: str) -> None:
    """A line of text by its outlines, so that no printer puts another font in its place; `y` is its upper edge."""
    path = QPainterPath()
    path.addText(QPointF(0, 0), font, text)
    painter.save()
    painter.translate(x, y + _ASCENT * points * _POINT)
    painter.scale(points * _POINT / _EM, points * _POINT / _EM)
    painter.drawPath(path)
    painter.restore()
