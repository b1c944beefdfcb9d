"""`wayproof verify`: check an evidence file with nothing else at hand."""

from __future__ import annotations

import argparse
import time
from datetime import UTC, datetime

from app.check_rows import row_of, words_of
from app.checks import Check
from app.console import NOT_GENUINE, OK, existing_file, put
from app.network import read_trust
from chain import bundle as bundles
from chain.errors import BadInput
from chain.journey import Scan, Unreadable
from chain.policy import Situation
from chain.verdict import Kind


def run(called: argparse.Namespace) -> int:
    """`wayproof verify FILE --trust TRUSTPACK`"""
    started = time.perf_counter()
    path = existing_file(str(called.file))
    trust = read_trust(existing_file(str(called.trust)))
    if path.stat().st_size > bundles.MOST:
        raise BadInput(f"{path} is larger than any proof file.")
    now = datetime.now(UTC)
    label, verdict = bundles.verify(path.read_bytes(), trust, Situation(now))
    item = label.item if label else Unreadable("the file is damaged")
    text = label.text if label else ""
    check = Check(Scan(text, now, via="file"), item, verdict, None, (time.perf_counter() - started) * 1000)
    put(row_of(str(path), check), called.json, words_of(str(path), check))
    return OK if verdict.kind is Kind.GENUINE else NOT_GENUINE
