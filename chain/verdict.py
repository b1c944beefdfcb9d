"""Findings and the verdict they add up to. One small total function; no check is made here.

Mathematics rejects; statistics only asks: a risk can turn GENUINE into CAUTION and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from chain.errors import BadInput


class Outcome(Enum):
    """How one check ended."""

    PASS = "PASS"  # noqa: S105 - an outcome, not a password
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"
    NOT_PROVABLE_OFFLINE = "NOT_PROVABLE_OFFLINE"


class Kind(Enum):
    """The word on the card."""

    GENUINE = "GENUINE"
    CAUTION = "CAUTION"
    REJECTED = "REJECTED"
    UNKNOWN = "UNKNOWN"


class Code(Enum):
    """What staff act on. The order is the order of importance: the first that applies is the verdict's."""

    TAMPERED = "TAMPERED"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    NOT_ISSUED = "NOT_ISSUED"
    CLONE_PROVEN = "CLONE_PROVEN"
    RECALLED = "RECALLED"
    DECOMMISSIONED = "DECOMMISSIONED"
    CUSTODY_BROKEN = "CUSTODY_BROKEN"
    QUARANTINED = "QUARANTINED"
    EXPIRED = "EXPIRED"
    WRONG_CUSTODIAN = "WRONG_CUSTODIAN"
    UNREADABLE = "UNREADABLE"
    NOT_WITNESSED = "NOT_WITNESSED"
    NO_EVIDENCE = "NO_EVIDENCE"
    SUSPECTED = "SUSPECTED"
    STALE = "STALE"
    OK = "OK"


_IMPORTANCE = {code: place for place, code in enumerate(Code)}


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: its name, how it ended, one sentence a warehouse worker understands, and the code it argues for.

    `code` is OK for PASS and for NOT_PROVABLE_OFFLINE, which neither proves nor lowers anything.
    """

    check: str
    outcome: Outcome
    why: str
    code: Code = Code.OK


@dataclass(frozen=True, slots=True)
class AsOf:
    """How old the truth is that a verdict stands on: block number, its time (aware UTC), and its age at the verdict."""

    block: int
    at: datetime
    age: timedelta


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said about an item, why, and as of when (None where nothing proven is known)."""

    kind: Kind
    code: Code
    findings: tuple[Finding, ...]
    as_of: AsOf | None = None

    @classmethod
    def of(cls, findings: Sequence[Finding], as_of: AsOf | None = None) -> Verdict:
        """FAIL beats UNKNOWN beats PASS; the most important code among the decisive findings names the verdict.

        Raises BadInput where no check was made or none could decide: silence is not approval.
        """
        for outcome, kind in ((Outcome.FAIL, Kind.REJECTED), (Outcome.UNKNOWN, Kind.UNKNOWN), (Outcome.PASS, Kind.GENUINE)):
            codes = [f.code for f in findings if f.outcome is outcome]
            if codes:
                return cls(kind, min(codes, key=_IMPORTANCE.__getitem__), tuple(findings), as_of)
        raise BadInput("a verdict needs at least one check")

    def asked(self, why: str) -> Verdict:
        """The verdict after statistics had their say: GENUINE becomes CAUTION, SUSPECTED, because `why`; others stay."""
        if self.kind is not Kind.GENUINE:
            return self
        finding = Finding("risk", Outcome.UNKNOWN, why, Code.SUSPECTED)
        return replace(self, kind=Kind.CAUTION, code=Code.SUSPECTED, findings=(*self.findings, finding))

    @property
    def reason(self) -> str:
        """The one sentence to show: the finding that named the verdict."""
        if self.code is Code.OK:
            return "Every check passed: this item is what its label says, as of the time shown."
        for finding in self.findings:
            if finding.code is self.code and finding.outcome is not Outcome.NOT_PROVABLE_OFFLINE:
                return finding.why
        return "The finding behind this verdict was not kept: scan the item again."
