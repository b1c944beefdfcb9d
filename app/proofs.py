"""Proof files that leave this laptop and that come to it: evidence of one item, depot packs of many, and the papers of a desk.

One place for the command line and for the window. What a file says is judged against a pinned trust pack and with what this
laptop remembers of its chain; nothing in a file is believed because of its name, and no network is asked.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from app.checks import Check
from app.desk import audit, receipt, trail_check
from app.handover import case_file
from app.trust import read_pack
from app.trust.remembered import Remembered
from chain import bundle as bundles
from chain import depot
from chain.errors import BadInput
from chain.evidence import Trust
from chain.journey import Scan, Unreadable
from chain.label import Label
from chain.policy import Situation
from chain.verdict import Code, Finding, Outcome, Verdict

if TYPE_CHECKING:
    from app.station import Station

MARK = b"wayproof "
"""What every proof file but an audit trail begins with."""
_MUCH = 4 << 20  # bytes of a pack from which on several processes pay
_MOST_LIST = 32 << 20  # bytes of a list of items: 50,000 signed labels are a quarter of it


@dataclass(frozen=True, slots=True)
class Opened:
    """A proof file that was judged: a check an item, and what a paper of the desk or a case says in a few lines, else ""."""

    path: Path
    checks: tuple[Check, ...]
    said: str = ""


def is_proof(path: Path) -> bool:
    """Whether a file begins, or ends, as proof files do; its name does not matter. Raises BadInput where it cannot be read."""
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except OSError as cause:
        raise BadInput(f"{path} cannot be read.", cause=repr(cause)) from cause
    return start.startswith(MARK) or audit.is_trail(start)


def open_proof(path: Path, trust: Path, profile: Path) -> Opened:
    """Judge every item of a proof file against a trust pack, with what a profile remembers of the pack's chain.

    Raises BadInput where the file, the trust pack or what the profile remembers cannot be read.
    """
    started = time.perf_counter()
    pack = read_pack(trust)
    remembered = Remembered(profile)
    remembered.accept(pack)
    clock = datetime.now(UTC)
    data = contents(path)
    situation = Situation(remembered.now(clock))
    said = _said(data, pack.trust, situation)
    if depot.is_pack(data):
        found = _unpacked(data, pack.trust, situation, remembered)
    else:
        found = [_judged(data, pack.trust, situation, remembered)]
    each = (time.perf_counter() - started) * 1000 / len(found)
    nameless = Unreadable(_unlabelled(data))
    checks = (
        Check(Scan(label.text if label else "", clock, via="file"), label.item if label else nameless, verdict, None, each)
        for label, verdict in found
    )
    return Opened(path, tuple(checks), said)


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


def not_in(asked: Label) -> Verdict:
    """The verdict over an item that a file is not about."""
    why = f"{asked.item.key} is not among what this file is about."
    return Verdict.of([Finding("evidence", Outcome.UNKNOWN, why, Code.NO_EVIDENCE)])


def _said(data: bytes, trust: Trust, situation: Situation) -> str:
    """What a paper of the desk or a case says, in a few lines; "" for proof files."""
    if data.startswith(case_file.MAGIC):
        return case_file.summary(data, trust, situation)
    return trail_check.summary(data) if audit.is_trail(data) else receipt.summary(data)


def _unlabelled(data: bytes) -> str:
    """What a file is that is about no item."""
    if data.startswith(receipt.MAGIC):
        return "the receipt of a delivery"
    if data.startswith(case_file.MAGIC):
        return "two events that contradict each other"
    return "the audit trail of a station" if audit.is_trail(data) else "the file is damaged"


def _judged(data: bytes, trust: Trust, situation: Situation, remembered: Remembered) -> tuple[Label | None, Verdict]:
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


def _unpacked(data: bytes, trust: Trust, situation: Situation, remembered: Remembered) -> list[depot.Judged]:
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


# ---- out -----------------------------------------------------------------------------------------------------------------


def never() -> bool:
    """A `cancelled` that does not cancel."""
    return False


def proof_of(
    station: Station, texts: Sequence[str], progress: Callable[[str, int, int], object] | None = None,
    cancelled: Callable[[], bool] = never,
) -> bytes:  # fmt: skip
    """The evidence file of one item, or the depot pack of many. Raises BadInput, LedgerError, KeyLocked, Stopped."""
    from app.printing import sealed, sealed_pack

    if not texts:
        raise BadInput("Name at least one item.")
    if len(texts) > depot.MOST_UNITS:
        raise BadInput(f"A depot pack is about at most {depot.MOST_UNITS:,} items.")
    return sealed(station, texts[0]) if len(texts) == 1 else sealed_pack(station, texts, progress, cancelled)


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
    if len(data) > _MOST_LIST or len(texts) > depot.MOST_UNITS:
        raise BadInput(f"{path} names too many items: a depot pack is about at most {depot.MOST_UNITS:,}.")
    return texts
