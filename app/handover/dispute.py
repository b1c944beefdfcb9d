"""Two signed statements that contradict each other.

Who signs the same state of a unit over twice (ships it to two receivers, say) has signed two successors of one head: at most one
can be recorded, and no accident makes the other. Which of them was first cannot be said. `case_file` makes evidence of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from chain.calls import Held
from chain.encoding import State
from chain.signed_batch import SignedBatch


@dataclass(frozen=True, slots=True)
class Dispute:
    """Two signed statements about one state of one unit that cannot both be meant. Both are verified.

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
        mine, theirs = successors(one), successors(other)
        for unit, (state, what) in mine.items():
            if unit in theirs and theirs[unit][0] == state and theirs[unit][1] != what:
                return cls(unit, one, other)
        return None

    @property
    def same_device(self) -> bool:
        """Whether one device contradicts itself; else two devices do, and the unit's custodian decides which may have signed."""
        return self.one.statement.device == self.other.statement.device


def successors(batch: SignedBatch) -> dict[bytes, tuple[State, tuple[object, ...]]]:
    """For each unit the state that was signed, and what was done to it."""
    return {
        held.unit: (held.state, (act.verb, act.counterparty, act.commitment, act.argument))
        for act, things in batch.acts
        for held in things
        if isinstance(held, Held)
    }
