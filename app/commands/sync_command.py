"""`wayproof sync`: pull and prove what is new."""

from __future__ import annotations

import argparse

from app.console import OK, Meter, put
from app.station import Station
from chain.errors import BadInput


def run(called: argparse.Namespace) -> int:
    """`wayproof sync`"""
    with Station.open(called.profile) as station:
        if station.trust is None:
            raise BadInput("This profile belongs to no network yet: run `wayproof demo`, or import a file first.")
        pulled = station.sync(Meter())
        status = station.status()
    row = {"entries": pulled.entries, "nodes": pulled.nodes, "block": pulled.block, "seconds": round(pulled.seconds, 3)}
    put(row | {"events": status.events}, called.json, f"{pulled.entries:,} new entries, proven as of block {pulled.block}")
    return OK
