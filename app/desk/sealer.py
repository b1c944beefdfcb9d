"""Whose device sealed a file of the desk (a receipt, an audit trail): the proof that comes with it, an evidence file that the
same device sealed, against the pinned trust. It decides nothing about what the file says.
"""

from __future__ import annotations

from dataclasses import dataclass

from chain import bundle as bundles
from chain.errors import BadProof, MissingNode
from chain.evidence import Trust
from chain.journey import Party
from chain.policy import Situation
from chain.proven import Storage
from chain.verdict import AsOf, Code, Finding, Outcome


@dataclass(frozen=True, slots=True)
class Sealer:
    """`party` is whose device it is, None where that is not shown; `findings` are what lowers the proof, or shows it broken; the
    proof is as old as `as_of`."""

    party: Party | None
    findings: tuple[Finding, ...] = ()
    broken: bool = False
    as_of: AsOf | None = None


def sealer(proof: bytes, signer: bytes, what: str, trust: Trust, situation: Situation) -> Sealer:
    """Whose device `signer` (20 bytes) is. `what` is the file in words ("receipt"). Never raises on what a proof holds."""
    if not proof:
        why = f"The {what} brings no proof of who signed it: it was written without a network. Ask for it again."
        return Sealer(None, (Finding("signer", Outcome.UNKNOWN, why, Code.NO_EVIDENCE),))
    _, verdict = bundles.verify(proof, trust, situation)
    broken = tuple(one for one in verdict.findings if one.outcome is Outcome.FAIL and one.code is Code.TAMPERED)
    if broken:
        return Sealer(None, broken, True, verdict.as_of)
    doubtful = tuple(one for one in verdict.findings if one.check in ("age", "witnesses") and one.outcome is not Outcome.PASS)
    bundle = bundles.read(proof)
    try:
        device = Storage(bundle.evidence, trust).device(signer)
    except (BadProof, MissingNode):
        device = None
    if bundle.sealed_by != signer or device is None:
        why = f"The {what} was changed after it was signed, or signed by another device than its proof is about."
        return Sealer(None, (*doubtful, Finding("signer", Outcome.FAIL, why, Code.BAD_SIGNATURE)), as_of=verdict.as_of)
    return Sealer(bundle.evidence.parties.get(device.organisation), doubtful, as_of=verdict.as_of)
