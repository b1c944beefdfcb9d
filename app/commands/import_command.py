"""`wayproof import`: a file's history."""

from __future__ import annotations

import argparse

from app.console import NOT_GENUINE, OK, Meter, existing_file, put
from app.exchange import import_file
from app.station import Station


def run(called: argparse.Namespace) -> int:
    """`wayproof import FILE`"""
    path = existing_file(str(called.file))
    with Station.open(called.profile) as station:
        refused = 0
        for row in import_file(station, path, called.mapping, keep_going=called.keep_going, progress=Meter()):
            refused += "reason" in row
            put(row, called.json, "  ".join(f"{name} {value}" for name, value in row.items()))
    return NOT_GENUINE if refused else OK
