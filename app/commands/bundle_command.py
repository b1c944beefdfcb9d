"""`wayproof bundle`: the sealed evidence of one item, or of many in a depot pack."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.console import OK, existing_file, put
from app.network import write_whole
from app.printing import sealed, sealed_pack
from app.station import Station
from app.trust.cosigning import NOTE, read_note_file
from chain.depot import MOST_UNITS
from chain.errors import BadInput

_MOST_LIST = 32 << 20  # bytes of a list of items: 50,000 signed labels are a quarter of it


def run(called: argparse.Namespace) -> int:
    """`wayproof bundle ITEM... | --from ITEMS.txt -o FILE [--note NOTE]`"""
    if bool(called.item) == bool(called.source):
        raise BadInput("Name the items, or a file of them with --from, and not both.")
    texts = read_items(existing_file(str(called.source))) if called.source else list(called.item)
    with Station.open(called.profile) as station:
        if called.note:
            write_whole(called.profile / NOTE, read_note_file(existing_file(str(called.note))).note())
        data = sealed_pack(station, texts) if len(texts) > 1 else sealed(station, texts[0])
    write_whole(called.output, data)
    about = f" about {len(texts):,} items" if len(texts) > 1 else ""
    row = {"output": str(called.output), "bytes": len(data), "items": len(texts)}
    put(row, called.json, f"{len(data):,} bytes of evidence{about} in {called.output}")
    return OK


def read_items(path: Path) -> list[str]:
    """The items that a text file names, one a line; empty lines are passed over. Raises BadInput."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_LIST + 1)
        lines = data.decode("utf-8-sig").splitlines()
    except OSError as cause:
        raise BadInput(f"{path} cannot be read.", cause=repr(cause)) from cause
    except UnicodeDecodeError as cause:
        raise BadInput(f"{path} is not a text file in UTF-8.") from cause
    texts = [line.strip(" \t") for line in lines if line.strip()]
    if not texts:
        raise BadInput(f"{path} names no item: one is expected on each line.")
    if len(data) > _MOST_LIST or len(texts) > MOST_UNITS:
        raise BadInput(f"{path} names too many items: a depot pack is about at most {MOST_UNITS:,}.")
    return texts
