"""`wayproof relay`: an organisation's relayer. It sends what laptops left in a folder and pays where the network has fees."""

from __future__ import annotations

import argparse
import time
from itertools import count

from app.commands.member_command import opened
from app.console import OK, put, say
from app.outbox.relay import Relayer
from app.outbox.relay_folder import Folder
from chain.errors import BadInput, LedgerError


def run(called: argparse.Namespace) -> int:
    """`wayproof relay FOLDER`"""
    if called.watch is not None and not 0 < called.watch <= 86_400:
        raise BadInput("--watch takes seconds, more than 0 and at most a day.")
    folder = Folder(called.folder)
    with opened(called) as station:
        network = station.network()
        relayer = Relayer(station.store, network.ledger, network.keys.relayer())
        for look in count():
            if look:
                time.sleep(called.watch)
            try:
                station.sync()
                done = folder.serve(relayer)
            except LedgerError as error:
                if called.watch is None:
                    raise
                say(f"wayproof: {error.words}")
                continue
            row = {"recorded": done.recorded, "waiting": done.waiting, "refused": done.refused}
            if called.watch is None or any(row.values()):
                put(row, called.json, f"{done.recorded} recorded, {done.waiting} waiting, {done.refused} refused")
            if called.watch is None:
                break
    return OK
