"""The tasks of the desk: what each is for, which verdicts it bears, and what it asks before it begins.

A task never makes a verdict milder: it only says which refusals are the very reason for doing it (recalled goods go back, expired
goods are destroyed).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from chain.journey import Verb
from chain.verdict import Code


class Task(Enum):
    """What is being done with the goods."""

    CHECK = "check"
    RECEIVE = "receive"
    SHIP = "ship"
    PACK = "pack"
    UNPACK = "unpack"
    COUNT = "count"
    RETURN = "return"
    DECOMMISSION = "decommission"
    QUARANTINE = "quarantine"
    RELEASE = "release"
    RECALL = "recall"


class Ending(Enum):
    """Why goods are decommissioned: CBV 2.0 business step and disposition."""

    SOLD = "sold"
    DISPENSED = "dispensed"
    DESTROYED = "destroyed"


@dataclass(frozen=True, slots=True)
class Mode:
    """A task's rules: the verb it records (None for none), the verdict codes it bears besides OK and SUSPECTED, whether it
    needs the GLN of another party, and who may do it (`leads`: only people who lead a shift)."""

    verb: Verb | None
    bears: frozenset[Code] = frozenset()
    other_party: bool = False
    leads: bool = False


_HELD = frozenset((Code.RECALLED, Code.QUARANTINED, Code.EXPIRED))

MODES: dict[Task, Mode] = {
    Task.CHECK: Mode(None, frozenset(Code)),
    Task.RECEIVE: Mode(Verb.RECEIVE),
    Task.SHIP: Mode(Verb.SHIP, other_party=True),
    Task.PACK: Mode(Verb.PACK),
    Task.UNPACK: Mode(Verb.UNPACK, _HELD),
    Task.COUNT: Mode(Verb.OBSERVE, _HELD),
    Task.RETURN: Mode(Verb.SHIP, frozenset((Code.RECALLED,)), other_party=True),
    Task.DECOMMISSION: Mode(Verb.DECOMMISSION),
    Task.QUARANTINE: Mode(Verb.QUARANTINE, _HELD | {Code.CUSTODY_BROKEN, Code.TAMPERED}),
    Task.RELEASE: Mode(Verb.RELEASE, _HELD, leads=True),
    Task.RECALL: Mode(Verb.QUARANTINE, _HELD, leads=True),
}


def borne(task: Task, ending: Ending | None) -> frozenset[Code]:
    """The codes that a task bears; what is destroyed may be expired, recalled or in quarantine, what is sold may not."""
    if task is Task.DECOMMISSION and ending is Ending.DESTROYED:
        return MODES[task].bears | _HELD
    return MODES[task].bears
