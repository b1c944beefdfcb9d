"""One question and what has been proven of its answer so far: the ground that all checks stand on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from chain import encoding, gs1
from chain.encoding import ZERO, State
from chain.errors import MissingNode
from chain.evidence import Evidence, Trust
from chain.journey import Entry
from chain.label import Label
from chain.proven import Storage
from chain.replay import Replay
from chain.travel import Sighting
from chain.verdict import Finding, Outcome

CLOCK_TOLERANCE = timedelta(minutes=15)
TIME_ZONE_TOLERANCE = timedelta(hours=26)  # UTC-12 to UTC+14: a longer step back is no time-zone mistake


@dataclass(frozen=True, slots=True)
class Situation:
    """Who asks, where and when. `here` is the organisation whose place this is (0: not told), `sightings` this laptop's own
    scans of the item, the present one last; times are aware UTC. `clock` is what this computer's clock says where that is not
    `now`: a clock that was set back."""

    now: datetime
    here: int = 0
    sightings: tuple[Sighting, ...] = ()
    clock: datetime | None = None


class Case:
    """One question: a label, the evidence, the trust and the situation, with what has been proven so far."""

    def __init__(self, label: Label, evidence: Evidence, trust: Trust, situation: Situation) -> None:
        self.label = label
        self.evidence = evidence
        self.trust = trust
        self.situation = situation
        self.shown: dict[tuple[str, int], Entry] = {}

    @cached_property
    def storage(self) -> Storage:
        """Proven readings of the contract."""
        return Storage(self.evidence, self.trust)

    @cached_property
    def replay(self) -> Replay:
        """Histories told again."""
        return Replay(self.evidence, self.storage)

    @cached_property
    def granted(self) -> tuple[int, int]:
        """The company prefix the item was issued under and the organisation it was granted to, (0, 0) for none: at most one of
        the prefixes an identity could have can be granted."""
        owners = ((code, self.storage.prefix_owner(code)) for code in encoding.prefixes_of(self.label.item))
        return next((found for found in owners if found[1]), (0, 0))

    @cached_property
    def unit(self) -> bytes:
        """The item's id on the contract, from the label and the proven prefix: never from what came with the evidence."""
        code, owner = self.granted
        if not owner:
            raise MissingNode("the item was never issued, so it has no history")
        return encoding.unit_of(self.label.item, code)

    def once(self, what: str, entry: Entry, show: Callable[[Entry], None]) -> None:
        """Show something of an entry, unless it was shown before: cases over one evidence may share `shown`."""
        if self.shown.get((what, entry.index)) is not entry:
            show(entry)
            self.shown[what, entry.index] = entry

    @property
    def state(self) -> State:
        """The item's own present state."""
        return self.replay.of(self.unit).state

    @property
    def carrier(self) -> State:
        """The state that tells where the item is: that of the outermost container around it."""
        return self.replay.carrier(self.state)

    @property
    def around(self) -> tuple[State, ...]:
        """The item's state and those of the containers it is in now."""
        states = [self.state]
        while states[-1].parent != ZERO and len(states) < 9:
            states.append(self.replay.of(states[-1].parent).state)
        return tuple(states)

    def name(self, organisation: int) -> str:
        """An organisation in words."""
        party = self.evidence.parties.get(organisation)
        return party.name if party else f"organisation {organisation}"


def passed(check: str, why: str) -> Finding:
    """A check that holds."""
    return Finding(check, Outcome.PASS, why)


def harmless(case: Case) -> str:
    """The harmless causes of an alarm and their fixes, named before it is raised."""
    causes = gs1.harmless_causes(case.label.text)
    return " First look for a harmless cause: " + " ".join(causes) if causes else ""
