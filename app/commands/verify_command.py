"""`wayproof verify`: check an evidence file, a depot pack, a receipt, an audit trail or a case with nothing else at hand."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from app.check_rows import row_of, words_of
from app.checks import Check
from app.console import NOT_GENUINE, OK, existing_file, put
from app.desk import audit, receipt, trail_check
from app.handover import case_file
from app.trust import read_pack
from app.trust.remembered import Remembered
from chain import bundle as bundles
from chain import depot
from chain.errors import BadInput
from chain.evidence import Trust
from chain.journey import Scan, Unreadable
from chain.label import Label, read_label
from chain.policy import Situation
from chain.verdict import Code, Finding, Kind, Outcome, Verdict

_MUCH = 4 << 20  # bytes of a pack from which on several processes pay


def run(called: argparse.Namespace) -> int:
    """`wayproof verify FILE --trust TRUSTPACK [--item ITEM]`"""
    started = time.perf_counter()
    path = existing_file(str(called.file))
    asked = _asked(called.item) if called.item else None
    pack = read_pack(existing_file(str(called.trust)))
    remembered = Remembered(called.profile)
    remembered.accept(pack)
    clock = datetime.now(UTC)
    data = contents(path)
    situation = Situation(remembered.now(clock))
    said = _said(data, pack.trust, situation)
    if depot.is_pack(data):
        found = unpacked(data, pack.trust, situation, remembered)
    else:
        found = [judged(data, pack.trust, situation, remembered)]
    each = (time.perf_counter() - started) * 1000 / len(found)
    found = _only(found, asked) if asked else found
    for label, verdict in found:
        item = label.item if label else Unreadable(_unlabelled(data))
        check = Check(Scan(label.text if label else "", clock, via="file"), item, verdict, None, each)
        put(row_of(str(path), check), called.json, words_of(str(path), check) + (f"\n          {said}" if said else ""))
    return OK if all(verdict.kind is Kind.GENUINE for _, verdict in found) else NOT_GENUINE


def _said(data: bytes, trust: Trust, situation: Situation) -> str:
    """What a paper of the desk or a case says, in a few lines; "" for proof files."""
    if data.startswith(case_file.MAGIC):
        return case_file.summary(data, trust, situation).replace("\n", "\n          ")
    return trail_check.summary(data) if audit.is_trail(data) else receipt.summary(data)


def _unlabelled(data: bytes) -> str:
    """What a file is that is about no item."""
    if data.startswith(receipt.MAGIC):
        return "the receipt of a delivery"
    if data.startswith(case_file.MAGIC):
        return "two events that contradict each other"
    return "the audit trail of a station" if audit.is_trail(data) else "the file is damaged"


def _asked(text: str) -> Label:
    """The item that a text names. Raises BadInput."""
    label = read_label(text)
    if isinstance(label, Unreadable):
        raise BadInput(f"{label.reason} {label.hint}".strip())
    return label


def _only(found: Sequence[depot.Judged], asked: Label) -> list[depot.Judged]:
    """What a file says about one item; where it is damaged, that."""
    mine = [(label, verdict) for label, verdict in found if label is None or label.item.key == asked.item.key]
    if mine:
        return mine
    why = f"{asked.item.key} is not among what this file is about."
    return [(asked, Verdict.of([Finding("evidence", Outcome.UNKNOWN, why, Code.NO_EVIDENCE)]))]


def contents(path: Path) -> bytes:
    """A proof file's bytes, never more than one may have. Raises BadInput."""
    try:
        with path.open("rb") as file:
            data = file.read(depot.MOST + 1)
    except OSError as cause:
        raise BadInput(f"{path} cannot be read.", cause=repr(cause)) from cause
    if len(data) > (depot.MOST if depot.is_pack(data) or audit.is_trail(data) else bundles.MOST):
        raise BadInput(f"{path} is larger than any proof file.")
    return data


def judged(data: bytes, trust: Trust, situation: Situation, remembered: Remembered) -> tuple[Label | None, Verdict]:
    """The label and the verdict over a file, with what this laptop remembers of its chain; a desk's papers have no label."""
    if data.startswith(receipt.MAGIC):
        return None, receipt.verify(data, trust, situation)
    if data.startswith(case_file.MAGIC):
        return None, case_file.judge(data, trust, situation).verdict
    if audit.is_trail(data):
        return None, trail_check.verify(data, trust, situation)
    label, verdict = bundles.verify(data, trust, situation)
    if _vouched(verdict):
        verdict = _with_memory(verdict, remembered.contradicts(bundles.read(data).evidence.checkpoint))
    return label, verdict


def unpacked(data: bytes, trust: Trust, situation: Situation, remembered: Remembered) -> list[depot.Judged]:
    """The labels and verdicts of a depot pack, with what this laptop remembers of its chain."""
    processes = min(os.cpu_count() or 1, 4) if len(data) > _MUCH else 1
    found = depot.verify(data, trust, situation, processes)
    if found.checkpoint is None or not _vouched(found.judged[0][1]):
        return list(found.judged)
    why = remembered.contradicts(found.checkpoint)
    return [(label, _with_memory(verdict, why)) for label, verdict in found.judged]


def _vouched(verdict: Verdict) -> bool:
    return any(finding.check == "witnesses" and finding.outcome is Outcome.PASS for finding in verdict.findings)


def _with_memory(verdict: Verdict, why: str) -> Verdict:
    if not why:
        return verdict
    return Verdict.of([*verdict.findings, Finding("memory", Outcome.FAIL, why, Code.TAMPERED)], verdict.as_of)
