"""The words of the alerts: what was found about an item, what a person decided. Frozen values, no behaviour that needs a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum

from chain.journey import Item


class Decision(Enum):
    """What a person found. `UNSURE` leaves the case open."""

    GENUINE = "genuine"
    COUNTERFEIT = "counterfeit"
    DATA_ERROR = "data error"
    UNSURE = "unsure"

    @property
    def label(self) -> int:
        """As in labels.csv: 1 illicit, 0 honest, -1 not decided. An error in the records is nobody's crime."""
        return {Decision.GENUINE: 0, Decision.DATA_ERROR: 0, Decision.COUNTERFEIT: 1, Decision.UNSURE: -1}[self]


def shift_of(at: datetime) -> str:
    """The name of the shift a moment is in: its day (UTC)."""
    return at.astimezone(UTC).date().isoformat()


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason: a clause with facts, and the entries of the log that it was traced to (empty where it cannot be)."""

    words: str
    entries: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Proof:
    """What the proofs say about the item, apart from all statistics: the verdict's kind, code and decisive sentence."""

    kind: str
    code: str
    why: str


@dataclass(frozen=True, slots=True)
class Suspect:
    """What was found about one item.

    `risk` is a calibrated probability, `p_value` conformal. `entries` are the log indices of the suspicious steps, `scans` the
    times (unix seconds) of suspicious sightings of this laptop; `without` is the counterfactual in one sentence, "" where none
    was found cheaply. `harmless` names an innocent cause that would explain it, with the fix. `ties` are what it shares with
    others (its suspicious shipments, devices, containers, its batch): similar cases share one.
    """

    item: Item
    product: str
    risk: float
    p_value: float
    flagged: bool
    kind: str
    causes: tuple[Cause, ...]
    proof: Proof
    entries: tuple[int, ...] = ()
    scans: tuple[float, ...] = ()
    without: str = ""
    harmless: str = ""
    ties: tuple[str, ...] = ()
    newest: int = -1

    @property
    def reasons(self) -> tuple[str, ...]:
        """The causes' words."""
        return tuple(cause.words for cause in self.causes)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the detector over the replica: what it used, so that every alert can be computed again, and what it found.

    `size`, `root`, `block` are the proven log's; `scans` is the newest scan that was looked at; `cutoff` is the risk from
    which on items were flagged. `card` is the model's card. `left_out` items have records here that the contract does not have.
    """

    at: datetime
    model: str
    card: dict[str, object]
    size: int
    root: bytes
    block: int
    scans: int
    items: int
    events: int
    sightings: int
    left_out: int
    cutoff: float
    risks: dict[str, tuple[float, float]] = field(default_factory=dict)
    suspects: tuple[Suspect, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision: when, by whom, what, a note, and a photo with its SHA-256 (hex). `risk` and `model` are those it was about."""

    at: datetime
    by: str
    decision: Decision
    note: str = ""
    photo: str = ""
    photo_hash: str = ""
    risk: float = 0.0
    model: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """One line of the queue. `worth` is the value of one unit, in whatever currency was entered (1 where none was)."""

    id: int
    opened: datetime
    suspect: Suspect
    worth: float
    model: str
    decisions: tuple[Decided, ...] = ()

    @property
    def at_stake(self) -> float:
        """Risk times worth."""
        return self.suspect.risk * self.worth

    @property
    def answered(self) -> bool:
        """Whether a person came to an answer."""
        return any(one.decision is not Decision.UNSURE for one in self.decisions)

    @property
    def cause(self) -> str:
        """What it is asked about for: the proofs' code, else the likeliest kind of attack."""
        return self.suspect.proof.code if self.proven_bad else self.suspect.kind

    @property
    def proven_bad(self) -> bool:
        """Whether the proofs alone reject the item: such a case comes first, whatever statistics says."""
        return self.suspect.proof.kind == "REJECTED"


@dataclass(frozen=True, slots=True)
class Figures:
    """How the alerts fare.

    `flagged` of `items` were flagged by the newest run, which looked at `scans` reads (those on the log and this laptop's own).
    `precision` is the share of counterfeits among the newest `decided` cases (100 at most) that people came to an answer on, None
    where there is none.
    """

    open: int
    flagged: int
    items: int
    scans: int
    precision: float | None
    decided: int

    @property
    def per_10000_scans(self) -> float | None:
        """Alerts per 10,000 scans, None where nothing was looked at."""
        return 10_000 * self.flagged / self.scans if self.scans else None
