"""`wayproof selftest`: every part once."""

from __future__ import annotations

import argparse

from app.console import NOT_GENUINE, OK, put
from app.selftest import parts


def run(called: argparse.Namespace) -> int:
    """`wayproof selftest`"""
    failed = 0
    for row in parts():
        failed += not row["ok"]
        put(row, called.json, f"{'ok  ' if row['ok'] else 'FAIL'} {row['part']:<12} {row['ms']:6.0f} ms  {row['what']}")
    return OK if not failed else NOT_GENUINE
