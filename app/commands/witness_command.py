"""`wayproof witness`: an organisation co-signs what its own node proved, and refuses to sign a fork."""

from __future__ import annotations

import argparse
import base64
import sys
import threading
import time

from app.console import NOT_GENUINE, OK, existing_file, put, say
from app.station import Station
from app.trust import read_pack, save_pack
from app.trust.cosigning import read_note_file, signer_of
from app.trust.witnessing import Office, add, server
from app.whole import write_whole
from chain.errors import BadInput, LedgerError
from chain.notes import NoteSigner
from chain.witness import Refused


def run(called: argparse.Namespace) -> int:
    """`wayproof witness NAME [--key | --pack PACK | --serve PORT | --note NOTE] [-o NOTE]`"""
    if called.serve is not None and not 0 <= called.serve <= 65_535:
        raise BadInput("A port is a number from 0 (any that is free) to 65535.")
    with Station.open(called.profile) as station:
        if station.trust is None:
            raise BadInput("This profile belongs to no network yet, so there is nothing to be a witness of.")
        signer = signer_of(station.network().keys, called.name, wallet=called.wallet)
        if called.key:
            put({"name": called.name, "key": str(signer.key)}, called.json, str(signer.key))
            return OK
        if called.pack:
            return _sign_pack(called, signer)
        office = Office(station, signer)
        if called.serve is not None:
            return _serve(called, office, station)
        return _once(called, office, station)


def _once(called: argparse.Namespace, office: Office, station: Station) -> int:
    note = read_note_file(existing_file(str(called.note))) if called.note else None
    if not called.offline:
        station.sync()
    try:
        signed = add(office, note)
    except Refused as refused:
        row = {"signed": False, "witness": called.name, "why": refused.words, "refusals": len(office.witness.refusals())}
        put(row, called.json, f"not signed: {refused.words}")
        return NOT_GENUINE
    if called.output:
        write_whole(called.output, signed.note())
    row = {
        "signed": True,
        "witness": called.name,
        "block": signed.block,
        "size": signed.size,
        "root": base64.b64encode(signed.root).decode(),
        "signatures": len(signed.signatures),
        "output": str(called.output) if called.output else None,
    }
    put(
        row, called.json, signed.note().decode().rstrip("\n") if not called.output else f"block {signed.block} in {called.output}"
    )
    return OK


def _sign_pack(called: argparse.Namespace, signer: NoteSigner) -> int:
    pack = read_pack(existing_file(str(called.pack)))
    if pack.trust.quorum is None:
        raise BadInput("Only a trust pack that names witnesses can be signed.")
    signed = pack.signed(signer.cosign(pack, int(time.time())))
    output = called.output or called.pack
    save_pack(output, signed)
    row = {"signed": True, "witness": called.name, "version": signed.version, "fingerprint": signed.fingerprint}
    put(row | {"output": str(output)}, called.json, f"signed version {signed.version}: {signed.fingerprint}")
    return OK


def _serve(called: argparse.Namespace, office: Office, station: Station) -> int:
    def refresh() -> None:
        if not called.offline:
            try:
                station.sync()
            except LedgerError as error:
                say(f"wayproof: {error.words}")

    refresh()
    with server(office, called.serve, refresh) as made:
        port = made.server_address[1]
        put({"witness": called.name, "address": f"http://127.0.0.1:{port}"}, called.json, f"on http://127.0.0.1:{port}")
        working = threading.Thread(target=made.serve_forever, daemon=True)
        working.start()
        try:
            while sys.stdin.read(1):  # until whoever started it closes its input, or Ctrl-C
                pass
        finally:
            made.shutdown()
            working.join()
    return OK
