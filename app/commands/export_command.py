"""`wayproof export [ITEM...] [--day YYYY-MM-DD] [--everything] -o FILE`: this laptop's events for other systems; no network."""

from __future__ import annotations

import argparse

from app.console import OK, Meter, put, say


def run(called: argparse.Namespace) -> int:
    """Write the file and say what is in it."""
    from app.exchange.export import Selection, export, format_of
    from app.station import Station

    format_of(called.output)
    selection = Selection.of(called.items, called.day, called.everything)
    with Station.open(called.profile, offline=True) as station:
        done = export(station.store, called.output, selection, Meter())
    if done.left_out:
        say(f"wayproof: {done.left_out:,} events on the log are left out: their details are not on this laptop")
    if done.unproven:
        say(f"wayproof: {done.unproven:,} events are not proven, and say so")
    if done.claims:
        say(f"wayproof: {done.claims:,} events were imported and are not on the log")
    put(
        {"output": str(done.output), "events": done.events, "format": done.format, "bytes": done.bytes},
        called.json,
        f"{done.events:,} events in {done.output} ({done.bytes:,} bytes)",
    )
    return OK
