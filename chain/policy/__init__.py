"""The checks: each looks at one thing, asks for the proof it needs, and says how it went in one sentence.

The order is DESIGN's: label, signature, trust, block, contract, log, unit, history, devices, custody, containers, details,
recall, expiry, place, contradictions, age. A check never guards another: each asks for its own proof and answers for itself,
so a broken proof shows in every check that stands on it.
"""

from __future__ import annotations

from collections.abc import Callable

from chain.errors import BadProof, MissingNode
from chain.policy import fate, history, origin
from chain.policy.case import CLOCK_TOLERANCE, TIME_ZONE_TOLERANCE, Case, Situation
from chain.verdict import Code, Finding, Outcome

__all__ = ["CHECKS", "CLOCK_TOLERANCE", "TIME_ZONE_TOLERANCE", "Case", "Check", "Situation", "run"]

Check = Callable[[Case], Finding]


def run(name: str, check: Check, case: Case) -> Finding:
    """A check with its proofs' failures put into words: a proof that does not hold is FAIL, one that is not here is UNKNOWN."""
    try:
        return check(case)
    except BadProof as bad:
        return Finding(name, Outcome.FAIL, f"The records here do not match the contract: {bad.words}.", Code.TAMPERED)
    except MissingNode:
        return Finding(
            name, Outcome.UNKNOWN, "A piece of the proof is not on this laptop: sync, then scan again.", Code.NO_EVIDENCE
        )


CHECKS: tuple[tuple[str, Check], ...] = (
    ("label signature", origin.signature),
    ("trust", origin.trust),
    ("block", origin.block),
    ("witnesses", origin.witnesses),
    ("contract", origin.contract),
    ("log", origin.log),
    ("issued", origin.issued),
    ("history", history.complete),
    ("inclusion", history.inclusion),
    ("devices", history.devices),
    ("custody", history.custody),
    ("containers", history.containers),
    ("details", history.details),
    ("label fields", fate.label_fields),
    ("recall", fate.recall),
    ("quarantine", fate.quarantine),
    ("in use", fate.in_use),
    ("expiry", fate.expiry),
    ("custodian", fate.custodian),
    ("contradiction", fate.contradictions),
    ("copy", fate.copies),
    ("age", fate.age),
)
