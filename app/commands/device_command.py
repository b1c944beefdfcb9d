"""`wayproof device`: a laptop asks to record for its organisation, which admits it, and can stop it."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime

from app.commands.member_command import opened
from app.console import OK, existing_file, put
from app.network import laptop
from app.station import Station
from chain.errors import BadInput


def run(called: argparse.Namespace) -> int:
    """`wayproof device request|approve|revoke|list`"""
    with opened(called) as station:
        doings = {"request": _request, "approve": _approve, "revoke": _revoke, "list": _list}
        return doings[called.doing](called, station)


def _request(called: argparse.Namespace, station: Station) -> int:
    wish = laptop.request(station)
    wish.write(called.output)
    row = {"output": str(called.output), "address": "0x" + wish.key.hex(), "fingerprint": laptop.fingerprint(wish.key)}
    put(row, called.json, f"This laptop asks as {row['address']}\n  fingerprint  {row['fingerprint']}")
    return OK


def _approve(called: argparse.Namespace, station: Station) -> int:
    wish = laptop.request_from(station, existing_file(str(called.file)))
    number = laptop.admit(station, wish, called.days)
    address = "0x" + wish.key.hex()
    row = {"organisation": number, "address": address, "fingerprint": laptop.fingerprint(wish.key)}
    put(row, called.json, f"{address} records for organisation {number}\n  fingerprint  {row['fingerprint']}")
    return OK


def _revoke(called: argparse.Namespace, station: Station) -> int:
    if not re.fullmatch(r"0x[0-9a-fA-F]{40}", called.address):
        raise BadInput("A laptop's address is 0x and 40 hexadecimal digits.")
    since = None
    if called.suspect_since:
        try:
            since = datetime.fromisoformat(called.suspect_since)
        except ValueError:
            raise BadInput("A time looks like 2026-05-01T08:00+02:00.") from None
        if since.tzinfo is None:
            raise BadInput("The time needs its zone, as in 2026-05-01T08:00+02:00.")
    laptop.stop(station, bytes.fromhex(called.address[2:]), since)
    row = {"address": called.address, "suspect_since": int(since.timestamp()) if since else 0}
    put(row, called.json, f"{called.address} is stopped")
    return OK


def _list(called: argparse.Namespace, station: Station) -> int:
    station.sync()
    now = datetime.now(UTC)
    for one in laptop.look(station).devices:
        state = "stopped" if one.stopped else "records" if one.records(now) else "no longer admitted"
        row = {
            "address": "0x" + one.address.hex(), "fingerprint": one.words, "state": state, "until": one.until.isoformat(),
            "here": one.here,
        }  # fmt: skip
        put(row, called.json, f"{row['address']}  {state}, until {one.until:%Y-%m-%d}{'  (this laptop)' if one.here else ''}")
    return OK
