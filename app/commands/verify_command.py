"""`wayproof verify`: check an evidence file with nothing else at hand."""

from __future__ import annotations

import argparse
import time
from datetime import UTC, datetime
from pathlib import Path

from app.check_rows import row_of, words_of
from app.checks import Check
from app.console import NOT_GENUINE, OK, existing_file, put
from app.desk import receipt
from app.remembered import Remembered
from app.trust import read_pack
from chain import bundle as bundles
from chain.errors import BadInput
from chain.evidence import Trust
from chain.journey import Scan, Unreadable
from chain.label import Label
from chain.policy import Situation
from chain.verdict import Code, Finding, Kind, Outcome, Verdict

_UNLABELLED = ("the file is damaged", "the receipt of a delivery")


def run(called: argparse.Namespace) -> int:
    """`wayproof verify FILE --trust TRUSTPACK`"""
    started = time.perf_counter()
    path = existing_file(str(called.file))
    pack = read_pack(existing_file(str(called.trust)))
    remembered = Remembered(called.profile)
    remembered.accept(pack)
    clock = datetime.now(UTC)
    data = contents(path)
    label, verdict = judged(data, pack.trust, Situation(remembered.now(clock)), remembered)
    item = label.item if label else Unreadable(_UNLABELLED[data.startswith(receipt.MAGIC)])
    text = label.text if label else ""
    check = Check(Scan(text, clock, via="file"), item, verdict, None, (time.perf_counter() - started) * 1000)
    said = receipt.summary(data)
    put(row_of(str(path), check), called.json, words_of(str(path), check) + (f"\n          {said}" if said else ""))
    return OK if verdict.kind is Kind.GENUINE else NOT_GENUINE


def contents(path: Path) -> bytes:
    """A proof file's bytes, never more than one may have. Raises BadInput."""
    try:
        with path.open("rb") as file:
            data = file.read(bundles.MOST + 1)
    except OSError as cause:
        raise BadInput(f"{path} cannot be read.", cause=repr(cause)) from cause
    if len(data) > bundles.MOST:
        raise BadInput(f"{path} is larger than any proof file.")
    return data


def judged(data: bytes, trust: Trust, situation: Situation, remembered: Remembered) -> tuple[Label | None, Verdict]:
    """The label and the verdict over a file, with what this laptop remembers of its chain; a desk's receipt has no label."""
    if data.startswith(receipt.MAGIC):
        return None, receipt.verify(data, trust, situation)
    label, verdict = bundles.verify(data, trust, situation)
    vouched = any(finding.check == "witnesses" and finding.outcome is Outcome.PASS for finding in verdict.findings)
    why = remembered.contradicts(bundles.read(data).evidence.checkpoint) if vouched else ""
    if why:
        finding = Finding("memory", Outcome.FAIL, why, Code.TAMPERED)
        verdict = Verdict.of([*verdict.findings, finding], verdict.as_of)
    return label, verdict
