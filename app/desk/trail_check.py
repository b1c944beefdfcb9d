"""The verdict over an exported audit trail: is every act there and as it was written, and whose device sealed it.

A trail says what a station wrote down about itself. That it is whole shows that nothing was changed, dropped or slipped in
afterwards; it does not show that the acts happened.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.desk import audit
from app.desk.audit import Act
from app.desk.sealer import sealer
from chain.epcis import time_text
from chain.errors import BadInput, BadProof
from chain.evidence import Trust
from chain.journey import Party
from chain.policy import Situation
from chain.verdict import Code, Finding, Outcome, Verdict


def verify(data: bytes, trust: Trust, situation: Situation) -> Verdict:
    """GENUINE says that the chain of acts is whole and that the device of the party whose station it names sealed it.

    Never raises on what a file holds.
    """
    try:
        sealed = audit.read(data)
    except (BadProof, BadInput) as bad:
        return Verdict.of([Finding("chain", Outcome.FAIL, bad.words, Code.TAMPERED)])
    count = len(sealed.rows)
    findings = [Finding("chain", Outcome.PASS, f"The chain of acts is whole: {count} of {count}, none changed or dropped.")]
    found = sealer(sealed.proof, sealed.signer, "audit trail", trust, situation)
    findings += found.findings
    if not any(one.check == "signer" for one in found.findings) and not found.broken:
        findings.append(_signer(sealed.rows, found.party))
    return Verdict.of(findings, found.as_of)


def _signer(rows: Sequence[Act], party: Party | None) -> Finding:
    if party is None:
        return Finding("signer", Outcome.UNKNOWN, "Its proof does not say whose device sealed it.", Code.NO_EVIDENCE)
    strange = {row.station for row in rows if row.station} - {party.gln}
    if strange:
        why = f"A device of {party.name} sealed it, and it names acts at a station of somebody else (GLN {min(strange)})."
        return Finding("signer", Outcome.UNKNOWN, why, Code.BAD_SIGNATURE)
    return Finding("signer", Outcome.PASS, f"A device of {party.name} sealed it, and the contract knows that device.")


def summary(data: bytes) -> str:
    """What a trail says about itself, in one line; "" where it is broken."""
    try:
        rows = audit.read(data).rows
    except (BadProof, BadInput):
        return ""
    if not rows:
        return "Audit trail without an act."
    people = len({row.who for row in rows if row.who})
    span = f"{time_text(rows[0].at)} to {time_text(rows[-1].at)}"
    return f"Audit trail: {len(rows)} acts of {people} people, {span}; the chain of acts is whole."
