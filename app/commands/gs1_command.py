"""`wayproof gs1`: what a code says."""

from __future__ import annotations

import argparse

from app.console import BAD, OK, put, say
from chain.gs1 import describe


def run(called: argparse.Namespace) -> int:
    """`wayproof gs1 TEXT...`"""
    status = OK
    for text in called.texts:
        row = describe(text)
        if row.get("error"):
            status = BAD
            say(f"wayproof: {row['error']}" + (f" {row['hint']}" if row.get("hint") else ""))
            if called.json:
                put(row, True, "")
            continue
        lines = [f"({e['ai']}) {e['value']:<30} {e['title']}" for e in row["elements"]]
        put(row, called.json, "\n".join([*lines, str(row.get("digital_link") or "")]).rstrip())
    return status
