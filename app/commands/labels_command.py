"""`wayproof labels`: label sheets, thermal labels, and a printer on the wire."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from app import labels as sheets
from app.console import OK, put
from app.labels import Label
from app.printing import printed
from app.station import Station
from app.whole import write_whole
from chain.errors import BadInput

SUFFIXES = (".pdf", ".png", ".zpl")


def run(called: argparse.Namespace) -> int:
    """`wayproof labels ITEM... -o FILE | --printer HOST[:PORT]`"""
    output: Path | None = called.output
    if output is None and called.printer is None:
        raise BadInput("Say where the labels go: -o FILE or --printer HOST[:PORT].")
    if output is not None and output.suffix.lower() not in SUFFIXES:
        raise BadInput("Labels are written to a .pdf or .zpl file or, one at a time, to a .png file.")
    if called.sheet is not None and (output is None or output.suffix.lower() != ".pdf"):
        raise BadInput("A sheet is for a .pdf file.")
    with Station.open(called.profile) as station:
        made = [printed(station, text) for text in called.items]
    if output is not None:
        _write(made, output, called.sheet)
    if called.printer is not None:
        from app.labels import zpl

        zpl.send(zpl.zpl(made), *zpl.address(called.printer))
    where = " and ".join(str(one) for one in (output, called.printer) if one is not None)
    put(
        {"output": str(output or ""), "labels": len(made), "texts": [m.text for m in made]},
        called.json,
        f"{len(made)} labels in {where}",
    )
    return OK


def _write(made: Sequence[Label], output: Path, sheet: str | None) -> None:
    kind = output.suffix.lower()
    if kind == ".png":
        if len(made) != 1:
            raise BadInput("A .png holds one label: name one item, or write a .pdf.")
        sheets.png(made[0], output)
    elif kind == ".zpl":
        from app.labels import zpl

        write_whole(output, b"".join(zpl.zpl(made)))
    else:
        from app.labels.sheets import named

        sheets.pdf(made, output, sheet=named(sheet) if sheet is not None else None)
