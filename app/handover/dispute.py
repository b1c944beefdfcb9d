"""Two signed statements that contradict each other, as evidence that anybody can check who has the trust pack and nothing else.

Who signs the same state of a unit over twice (ships it to two receivers, say) has signed two successors of one head: at most one
can be recorded, and no accident makes the other. The evidence holds both statements with their signatures. Which of them was
first it cannot say, and it does not try.
"""

from __future__ import annotations

from dataclasses import dataclass

from chain import rlp
from chain.calls import Held
from chain.encoding import State
from chain.errors import BadInput, BadProof
from chain.evidence import Trust
from chain.signed_batch import SignedBatch

DISPUTE = b"wayproof dispute 1"
_MOST_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Dispute:
    """Two signed statements about one state of one unit that cannot both be meant. Both verified when read.

    `unit` is in the same state in both, and they do different things to it.
    """

    unit: bytes
    one: SignedBatch
    other: SignedBatch

    @classmethod
    def between(cls, one: SignedBatch, other: SignedBatch) -> Dispute | None:
        """The contradiction between two statements, None where there is none.

        The same device signing the same acts anew in another place of its statements does not contradict itself.
        """
        if (one.chain_id, one.contract) != (other.chain_id, other.contract):
            return None
        mine, theirs = _successors(one), _successors(other)
        for unit, (state, what) in mine.items():
            if unit in theirs and theirs[unit][0] == state and theirs[unit][1] != what:
                return cls(unit, one, other)
        return None

    @property
    def same_device(self) -> bool:
        """Whether one device contradicts itself; else two devices do, and the unit's custodian decides which may have signed."""
        return self.one.statement.device == self.other.statement.device

    def to_bytes(self) -> bytes:
        """The evidence as a file."""
        return rlp.encode([DISPUTE, self.unit, self.one.to_bytes(), self.other.to_bytes()])

    @classmethod
    def from_bytes(cls, data: bytes, trust: Trust) -> Dispute:
        """Read the evidence and verify it. Raises BadInput where it proves nothing about the trusted contract."""
        try:
            if len(data) > _MOST_BYTES:
                raise BadProof("it is too long")
            parts = rlp.decode(data)
            mark, unit, one, other = parts if isinstance(parts, list) and len(parts) == 4 else ([], b"", b"", b"")
            if mark != DISPUTE or not isinstance(one, bytes) or not isinstance(other, bytes):
                raise BadProof("it has another form")
            found = cls.between(SignedBatch.from_bytes(one), SignedBatch.from_bytes(other))
        except BadProof as bad:
            raise BadInput(f"This is no evidence of two contradicting statements: {bad.words}.") from bad
        if found is None or found.unit != unit:
            raise BadInput("These two statements do not contradict each other.")
        if (found.one.chain_id, found.one.contract) != (trust.chain_id, trust.contract):
            raise BadInput("These statements are for another network than the trust pack's.")
        return found


def _successors(batch: SignedBatch) -> dict[bytes, tuple[State, tuple[object, ...]]]:
    """For each unit the state that was signed, and what was done to it."""
    return {
        held.unit: (held.state, (act.verb, act.counterparty, act.commitment, act.argument))
        for act, things in batch.acts
        for held in things
        if isinstance(held, Held)
    }
