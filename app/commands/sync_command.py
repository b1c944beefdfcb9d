"""`wayproof sync`: pull and prove what is new, and send what waits in the outbox."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from app.commands.letters_command import words as letter_words
from app.console import OK, Meter, put, say
from app.letters import Exchanged, exchange, relay_folder
from app.outbox.push import NOT_FINAL
from app.station import Station
from chain.errors import BadInput, StoreError


def run(called: argparse.Namespace) -> int:
    """`wayproof sync`"""
    with Station.open(called.profile) as station:
        if station.trust is None:
            raise BadInput("This profile belongs to no network yet: run `wayproof demo`, or import a file first.")
        pulled = station.sync(Meter())
        pushed = station.send() if station.status().waiting else None
        letters = _letters(station)
        status, conflicts = station.status(), station.store.outbox.conflicts()
        not_final = sum(row.last_error == NOT_FINAL for row in station.store.outbox.waiting())
    row: dict[str, object] = {"entries": pulled.entries, "nodes": pulled.nodes, "block": pulled.block}
    row |= {"seconds": round(pulled.seconds, 3), "taken_back": pulled.taken_back, "not_final": not_final}
    row |= {"letters": asdict(letters)} if letters else {}
    row |= {"events": status.events, "sent": pushed.sent if pushed else 0, "waiting": status.waiting, "conflicts": len(conflicts)}
    words = f"{pulled.entries:,} new entries, proven as of block {pulled.block}"
    if pushed is not None:
        words += f"; {pushed.sent} sent, {status.waiting} waiting"
        words += f" (since {status.since:%Y-%m-%d %H:%M} UTC)" if status.since else ""
        words += ": fees are expected to fall" if pushed.saving else ""
    words += f"; {not_final} of them in blocks that are not final yet" if not_final else ""
    if pulled.taken_back:
        words += f"; {pulled.taken_back:,} proven entries were taken off the chain again: check what you scanned since"
    if conflicts:
        words += f"; {len(conflicts)} came too late: somebody else's event was first"
    words += f"; {letter_words(letters)}" if letters else ""
    put(row, called.json, words)
    return OK


def _letters(station: Station) -> Exchanged | None:
    """Letters through the relay folder, where there is one; a folder or keys out of reach are said, and stop nothing."""
    if relay_folder(station.network()) is None:
        return None
    try:
        return exchange(station)
    except (BadInput, StoreError) as error:
        say(f"wayproof: {error.words}")
        return None
