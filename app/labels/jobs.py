"""What goes to a printer: labels or its test page, as the printer wants them and with what makes up for it."""

from __future__ import annotations

from collections.abc import Sequence

from app import labels
from app.labels import Label, Sheet, testpage, zpl
from app.labels.printers import Printer
from app.labels.sending import Queue, destination, send, send_pdf
from chain.errors import BadInput


def send_labels(made: Sequence[Label], printer: Printer, sheet: Sheet | None = None, *, by_printer: bool = False) -> int:
    """Send labels: ZPL to a thermal printer, a PDF of sheets to any other. Returns how many. Raises BadInput, NotSent."""
    if printer.thermal:
        size = (printer.width, printer.height)
        parts = list(zpl.zpl(made, dpi=printer.dpi, size=size, fit=printer.fit, by_printer=by_printer))
        return send(destination(printer.where), parts, "Wayproof labels")
    send_pdf(_queue(printer), labels.pdf_bytes(made, sheet or Sheet(), fit=printer.fit), "Wayproof labels")
    return len(made)


def page_for(printer: Printer) -> bytes:
    """The test page of a printer as it takes it, without any help for the printer: ZPL or PDF."""
    if printer.thermal:
        return zpl.sheet_of(testpage.picture(printer.width, printer.height, printer.dpi))
    return testpage.page(printer.width, printer.height)


def send_test_page(printer: Printer) -> None:
    """Print its test page. Raises BadInput, NotSent."""
    if printer.thermal:
        send(destination(printer.where), [page_for(printer)], "Wayproof test page")
    else:
        send_pdf(_queue(printer), page_for(printer), "Wayproof test page")


def _queue(printer: Printer) -> Queue:
    where = destination(printer.where)
    if not isinstance(where, Queue):
        raise BadInput("Sheets go to a printer of the system (queue:NAME); a raw port takes ZPL only.")
    return where
