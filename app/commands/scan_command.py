"""`wayproof scan`: the verdict over items on pictures or behind texts."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from app.check_rows import row_of, words_of
from app.console import BAD, NOT_GENUINE, OK, existing_file, put, say
from app.station import Station
from chain.errors import BadInput, LedgerError, WayproofError
from chain.journey import Scan
from chain.verdict import Kind

PICTURES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pdf"}


def run(called: argparse.Namespace) -> int:
    """`wayproof scan IMAGE_OR_TEXT... [--offline]`"""
    status = OK
    with Station.open(called.profile, offline=called.offline) as station:
        if not called.offline and station.trust is not None:
            try:
                station.sync()
            except LedgerError as error:
                say(f"wayproof: {error.words} Judging by what this laptop holds.")
        for source in called.sources:
            try:
                texts, note = _texts(source)
            except WayproofError as error:
                say(f"wayproof: {error.words}")
                status = BAD
                continue
            for text in texts:
                check = station.check(Scan(text, datetime.now(UTC), via="file" if text != source else "cli"))
                put(row_of(source, check), called.json, words_of(source, check))
                if check.verdict.kind is not Kind.GENUINE:
                    status = max(status, NOT_GENUINE)
            if note:  # what was not read is not known to be genuine
                say(f"wayproof: {source}: {note}")
                status = max(status, NOT_GENUINE)
    return status


def _texts(source: str) -> tuple[list[str], str]:
    """The texts behind one argument: those on a picture, or itself; and what of the picture was not read."""
    path = Path(source)
    try:
        is_file = source != "" and path.exists()
    except (OSError, ValueError):  # a text too long or too odd to be a path is a text
        is_file = False
    if not is_file and not (path.suffix.lower() in PICTURES and "://" not in source):
        return [source], ""
    existing_file(source)
    from app.decode import decode_files

    (row,) = decode_files([source])
    if "error" in row:
        raise BadInput(str(row["error"]))
    if not row["codes"]:
        raise BadInput(f"No code can be read on {source}: hold it closer, straighter or in better light.")
    return [str(code["text"]) for code in row["codes"]], str(row.get("note", ""))
