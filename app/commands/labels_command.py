"""`wayproof labels`: label sheets."""

from __future__ import annotations

import argparse
from pathlib import Path

from app import labels as sheets
from app.console import OK, put
from app.printing import printed
from app.station import Station
from chain.errors import BadInput


def run(called: argparse.Namespace) -> int:
    """`wayproof labels ITEM... -o FILE`"""
    output: Path = called.output
    if output.suffix.lower() not in (".pdf", ".png"):
        raise BadInput("Labels are written to a .pdf or, one at a time, to a .png file.")
    with Station.open(called.profile) as station:
        made = [printed(station, text) for text in called.items]
    if output.suffix.lower() == ".png":
        if len(made) != 1:
            raise BadInput("A .png holds one label: name one item, or write a .pdf.")
        sheets.png(made[0], output)
    else:
        sheets.pdf(made, output)
    put(
        {"output": str(output), "labels": len(made), "texts": [m.text for m in made]},
        called.json,
        f"{len(made)} labels in {output}",
    )
    return OK
