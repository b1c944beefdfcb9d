"""`wayproof decode`: the codes on pictures; nothing is verified."""

from __future__ import annotations

import argparse

from app.console import BAD, OK, put, say
from app.decode import decode_files


def run(called: argparse.Namespace) -> int:
    """`wayproof decode IMAGE...`"""
    status = OK
    for row in decode_files(called.images):
        if "error" in row:
            say(f"wayproof: {row['error']}")
            status = BAD
            continue
        found = [f"{code['symbology']:<12} {code['text']}" for code in row["codes"]] or ["no code found"]
        found += [str(row["note"])] if "note" in row else []
        put(row, called.json, f"{row['source']} ({row['ms']:.0f} ms)\n  " + "\n  ".join(found))
    return status
