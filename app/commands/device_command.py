"""`wayproof device`: a laptop asks to record for its organisation, which admits it, and can stop it."""

from __future__ import annotations

import argparse
import re
import time
from datetime import datetime

from app.commands.member_command import here, opened
from app.console import OK, existing_file, put
from app.network.membership import Request, approve_device, revoke_device
from app.station import Station
from chain.errors import BadInput


def run(called: argparse.Namespace) -> int:
    """`wayproof device request|approve|revoke`"""
    with opened(called) as station:
        return {"request": _request, "approve": _approve, "revoke": _revoke}[called.doing](called, station)


def _request(called: argparse.Namespace, station: Station) -> int:
    network, party = station.network(), here(station)
    request = Request.make("device", party, network.keys.device(party.gln), network.trust)
    request.write(called.output)
    address = "0x" + request.key.hex()
    put({"output": str(called.output), "address": address}, called.json, f"This laptop asks as {address}")
    return OK


def _approve(called: argparse.Namespace, station: Station) -> int:
    if not 1 <= called.days <= 36_500:
        raise BadInput("A laptop is admitted for 1 to 36,500 days.")
    network = station.network()
    request = Request.read(existing_file(str(called.file)), network.trust)
    station.sync()
    number = approve_device(network, station.store, request, int(time.time()) + called.days * 86_400)
    station.sync()
    address = "0x" + request.key.hex()
    put({"organisation": number, "address": address}, called.json, f"{address} records for organisation {number}")
    return OK


def _revoke(called: argparse.Namespace, station: Station) -> int:
    if not re.fullmatch(r"0x[0-9a-fA-F]{40}", called.address):
        raise BadInput("A laptop's address is 0x and 40 hexadecimal digits.")
    since = 0
    if called.suspect_since:
        try:
            moment = datetime.fromisoformat(called.suspect_since)
        except ValueError:
            raise BadInput("A time looks like 2026-05-01T08:00+02:00.") from None
        if moment.tzinfo is None:
            raise BadInput("The time needs its zone, as in 2026-05-01T08:00+02:00.")
        since = int(moment.timestamp())
    station.sync()
    revoke_device(station.network(), station.store, here(station).gln, bytes.fromhex(called.address[2:]), since)
    station.sync()
    put({"address": called.address, "suspect_since": since}, called.json, f"{called.address} is stopped")
    return OK
