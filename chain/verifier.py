"""The verifying function: a label and evidence in, a verdict out. It opens nothing and remembers nothing.

What must hold, in this order: the label reads and is signed by the issuer; the records are the pinned contract's as of a whole
block; the unit stands on it; its history is complete back to its first event, in the log, by valid devices, under the rules of
custody, containers included; its details are what was committed to; no recall, quarantine, end of life or expiry; it is where
it should be; nothing contradicts that it is one thing; the knowledge is fresh. All checks run and all are reported.
"""

from __future__ import annotations

from collections.abc import Mapping

from chain import policy
from chain.errors import BadProof
from chain.evidence import Evidence, Trust
from chain.journey import Unreadable
from chain.label import Label
from chain.policy import Case, Situation
from chain.verdict import AsOf, Code, Finding, Outcome, Verdict

_READ = Finding("label", Outcome.PASS, "The code reads as one item in GS1's form.")


class Verifier:
    """Verifies evidence under what the user pinned.

    Args:
        trust: chain, contract, code and age that the user accepts.
    """

    def __init__(self, trust: Trust) -> None:
        self.trust = trust

    def verify(self, label: Label | Unreadable, evidence: Evidence | None, situation: Situation) -> Verdict:
        """The verdict over a label as of the evidence's checkpoint. Never raises on what a label or evidence holds."""
        if isinstance(label, Unreadable):
            why = f"{label.reason} {label.hint}".strip()
            return Verdict.of([Finding("label", Outcome.UNKNOWN, why, Code.UNREADABLE)])
        if not label.item.serialised:
            why = "This code names a kind of goods, not one item: scan the code that carries the serial number."
            return Verdict.of([Finding("label", Outcome.UNKNOWN, why, Code.UNREADABLE)])
        if evidence is None:
            why = "Nothing proven is on this laptop yet: connect and sync, or open a proof file, then scan again."
            return Verdict.of([_READ, Finding("evidence", Outcome.UNKNOWN, why, Code.NO_EVIDENCE)])
        return verdict_of(Case(label, evidence, self.trust, situation))


def verdict_of(case: Case, known: Mapping[str, Finding] | None = None) -> Verdict:
    """All checks over one case; those that are `known`, because they are the same for many cases, are not run again."""
    known = known or {}
    findings = [_READ, *(known.get(name) or policy.run(name, check, case) for name, check in policy.CHECKS)]
    return Verdict.of(_without_echoes(findings), _as_of(case))


def _as_of(case: Case) -> AsOf | None:
    """The age of the truth, where the checkpoint itself is whole."""
    try:
        header = case.storage.header
    except BadProof:
        return None
    at = case.evidence.checkpoint.at
    return AsOf(header.number, at, case.situation.now - at)


def _without_echoes(findings: list[Finding]) -> list[Finding]:
    """For what was never issued there is no history to miss: its absence is proven, so the checks that need one are silent."""
    if not any(f.check == "issued" and f.code is Code.NOT_ISSUED for f in findings):
        return findings
    why = "There is nothing to check: the item was never issued."
    return [
        Finding(f.check, Outcome.NOT_PROVABLE_OFFLINE, why) if f.code is Code.NO_EVIDENCE and f.outcome is Outcome.UNKNOWN else f
        for f in findings
    ]
