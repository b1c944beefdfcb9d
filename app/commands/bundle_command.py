"""`wayproof bundle`: the sealed evidence of one item."""

from __future__ import annotations

import argparse

from app.console import OK, put
from app.network import write_whole
from app.printing import sealed
from app.station import Station


def run(called: argparse.Namespace) -> int:
    """`wayproof bundle ITEM -o FILE`"""
    with Station.open(called.profile) as station:
        data = sealed(station, called.item)
    write_whole(called.output, data)
    put({"output": str(called.output), "bytes": len(data)}, called.json, f"{len(data):,} bytes of evidence in {called.output}")
    return OK
