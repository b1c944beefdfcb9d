"""`wayproof bundle`: the sealed evidence of one item, or of many in a depot pack."""

from __future__ import annotations

import argparse

from app.console import OK, existing_file, put
from app.network import write_whole
from app.proofs import proof_of, read_items
from app.station import Station
from app.trust.cosigning import NOTE, read_note_file
from chain.errors import BadInput


def run(called: argparse.Namespace) -> int:
    """`wayproof bundle ITEM... | --from ITEMS.txt -o FILE [--note NOTE]`"""
    if bool(called.item) == bool(called.source):
        raise BadInput("Name the items, or a file of them with --from, and not both.")
    texts = read_items(existing_file(str(called.source))) if called.source else list(called.item)
    with Station.open(called.profile) as station:
        if called.note:
            write_whole(called.profile / NOTE, read_note_file(existing_file(str(called.note))).note())
        data = proof_of(station, texts)
    write_whole(called.output, data)
    about = f" about {len(texts):,} items" if len(texts) > 1 else ""
    row = {"output": str(called.output), "bytes": len(data), "items": len(texts)}
    put(row, called.json, f"{len(data):,} bytes of evidence{about} in {called.output}")
    return OK
