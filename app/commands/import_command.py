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
        refused = False
        rows = import_file(station, path, called.mapping, keep_going=called.keep_going, record=called.record, progress=Meter())
        for row in rows:
            bad = row.get("result", "refused" if "reason" in row else "") == "refused"
            refused |= bad
            if called.json or bad or "result" not in row:  # a person wants to know what went wrong, and the sum
                put(row, called.json, "  ".join(f"{name} {value}" for name, value in row.items() if value not in (None, "")))
    return NOT_GENUINE if refused else OK
