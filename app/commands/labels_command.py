"""`wayproof labels`: label sheets, thermal labels, printers on the wire or in the system's spooler, and their test pages."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from app import labels as sheets
from app.console import OK, put
from app.desk.desk import Desk
from app.labels import Label, Sheet, Symbol
from app.labels.printers import Printer
from app.printing import printed
from app.station import Station
from app.whole import write_whole
from chain.errors import BadInput

SUFFIXES = (".pdf", ".png", ".zpl")


def run(called: argparse.Namespace) -> int:
    """`wayproof labels ITEM... -o FILE | --printer WHERE`, or `--test-page` or `--measured` in the place of items"""
    if called.measured is not None:
        return _measured(called)
    if called.test_page:
        return _test_page(called)
    if not called.items:
        raise BadInput("Name the items to print labels of.")
    output: Path | None = called.output
    if output is None and called.printer is None:
        raise BadInput("Say where the labels go: -o FILE or --printer WHERE.")
    if output is not None and output.suffix.lower() not in SUFFIXES:
        raise BadInput("Labels are written to a .pdf or .zpl file or, one at a time, to a .png file.")
    if called.printer_draws and called.symbol != Symbol.DATA_MATRIX:
        raise BadInput("A printer draws a Data Matrix only: add --symbol datamatrix.")
    with Station.open(called.profile) as station:
        made = [printed(station, text, Symbol(called.symbol)) for text in called.items]
        printer = _printer(station, called)
    sheet = _sheet(called, printer)
    if output is not None:
        _write(made, output, sheet, printer, by_printer=called.printer_draws)
    if called.printer is not None:
        from app.labels import jobs

        jobs.send_labels(made, printer, sheet, by_printer=called.printer_draws)
    where = " and ".join(str(one) for one in (output, called.printer) if one is not None)
    put(
        {"output": str(output or ""), "labels": len(made), "texts": [m.text for m in made]},
        called.json,
        f"{len(made)} labels in {where}",
    )
    return OK


def _printer(station: Station, called: argparse.Namespace) -> Printer:
    """The printer that is meant, with what is kept of it; a thermal one that nothing is known of where none is named."""
    from app.labels import printers

    known = printers.of(Desk(station), called.printer) if called.printer is not None else Printer("localhost")
    dpi = known.dpi if called.dpi is None else called.dpi
    width, height = (known.width, known.height) if called.label is None else _size(called.label)
    if (width, height) != (known.width, known.height):
        return replace(known, dpi=dpi, width=width, height=height)
    return replace(known, dpi=dpi)


def _size(text: str) -> tuple[float, float]:
    found = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,2})?)x([0-9]{1,3}(?:\.[0-9]{1,2})?)", text)
    if found is None:
        raise BadInput("Write the size of a label as WIDTHxHEIGHT in mm, such as 45x60.")
    return float(found[1]), float(found[2])


def _sheet(called: argparse.Namespace, printer: Printer) -> Sheet | None:
    if called.sheet is None:
        return None
    as_pdf = called.output is not None and called.output.suffix.lower() == ".pdf"
    if not as_pdf and (called.printer is None or printer.thermal):
        raise BadInput("A sheet is for a .pdf file, or for a printer of sheets (--dpi 0).")
    from app.labels.sheets import named

    return named(called.sheet)


def _write(made: Sequence[Label], output: Path, sheet: Sheet | None, printer: Printer, *, by_printer: bool) -> None:
    kind = output.suffix.lower()
    if kind == ".png":
        if len(made) != 1:
            raise BadInput("A .png holds one label: name one item, or write a .pdf.")
        sheets.png(made[0], output)
    elif kind == ".zpl":
        from app.labels import zpl

        size = (printer.width, printer.height)
        parts = zpl.zpl(made, dpi=printer.dpi or 203, size=size, fit=printer.fit, by_printer=by_printer)
        write_whole(output, b"".join(parts))
    else:
        sheets.pdf(made, output, sheet=sheet, fit=printer.fit)


def _test_page(called: argparse.Namespace) -> int:
    """Print a page of rulers, or write it."""
    from app.labels import jobs

    if called.items:
        raise BadInput("A test page has no items on it.")
    if called.output is None and called.printer is None:
        raise BadInput("Say where the test page goes: --printer WHERE, and -o FILE to write it as well.")
    with Station.open(called.profile) as station:
        printer = _printer(station, called)
    if called.output is not None:
        if called.output.suffix.lower() != (".zpl" if printer.thermal else ".pdf"):
            raise BadInput("A test page is a .zpl file for a thermal printer, a .pdf file for a printer of sheets (--dpi 0).")
        write_whole(called.output, jobs.page_for(printer))
    if called.printer is not None and called.output is None:
        jobs.send_test_page(printer)
    put({"printer": called.printer or "", "output": str(called.output or "")}, called.json, "The test page was printed.")
    return OK


def _measured(called: argparse.Namespace) -> int:
    """Keep what makes up for the measures of a test page."""
    from app.labels import printers
    from app.labels.fit import measures

    if called.items or called.printer is None:
        raise BadInput("Say which printer was measured: --measured LEFT,TOP,ACROSS,DOWN --printer WHERE, and no items.")
    with Station.open(called.profile) as station:
        printer = printers.measured(_printer(station, called), *measures(called.measured))
        printers.keep(Desk(station), printer)
    put({"printer": printer.where, **asdict(printer.fit)}, called.json, f"Kept for {printer.where}: {_words(printer)}.")
    return OK


def _words(printer: Printer) -> str:
    fit = printer.fit
    return f"moved by {fit.shift_x:+.2f}, {fit.shift_y:+.2f} mm, stretched by {fit.scale_x - 1:+.2%}, {fit.scale_y - 1:+.2%}"
