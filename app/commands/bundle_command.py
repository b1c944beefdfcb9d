"""`wayproof bundle`: the sealed evidence of one item."""

from __future__ import annotations

import argparse

from app.console import OK, existing_file, put
from app.cosigning import NOTE, read_note_file
from app.network import write_whole
from app.printing import sealed
from app.station import Station


def run(called: argparse.Namespace) -> int:
    """`wayproof bundle ITEM -o FILE [--note NOTE]`"""
    with Station.open(called.profile) as station:
        if called.note:
            write_whole(called.profile / NOTE, read_note_file(existing_file(str(called.note))).note())
        data = sealed(station, called.item)
    write_whole(called.output, data)
    put({"output": str(called.output), "bytes": len(data)}, called.json, f"{len(data):,} bytes of evidence in {called.output}")
    return OK
