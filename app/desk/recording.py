"""The small door through which the desk records: drafts go in, and of each it is said whether it stands on the log, waits or was
refused. `Queued` signs them on this laptop, keeps them in its outbox, and sends them when there is a network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from app.store.outbox import NOT_FINAL
from chain.errors import KeyLocked, LedgerError, RuleBroken

if TYPE_CHECKING:
    from app.drafting import Draft
    from app.outbox import Outbox
    from app.station import Station

NOT_FINAL_YET = "It stands in a block that is not final yet."
RECORDED, WAITING, REFUSED = "recorded", "waiting", "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How far one draft is: RECORDED, WAITING (for a network) or REFUSED by the contract's rules, with the reason.

    `kept` says that a waiting draft is signed and on the disk, so that what comes after it may follow.
    """

    state: str
    reason: str = ""
    kept: bool = False


class Recording(Protocol):
    """Whatever takes drafts."""

    def renew(self) -> None:
        """What comes next begins with a fresh look at the network."""

    def record(self, draft: Draft) -> Outcome:
        """Take one draft; a draft that was taken before is not taken twice."""

    def send(self) -> str:
        """Send what is kept, where there is a network; why not, in a sentence, "" where all is well."""


class Queued:
    """Signs at once and keeps, with or without a network, in the station's outbox; sends when there is one."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._outbox: Outbox | None = None
        self._kept = False

    def renew(self) -> None:
        """See `Recording`."""
        self._outbox = None
        self._kept = False

    def record(self, draft: Draft) -> Outcome:
        """See `Recording`."""
        try:
            self._outbox = self._outbox or self._station.outbox()
            commitment = self._outbox.prepared(draft)[1]
            if self._station.store.outbox.on_the_log(commitment):
                return Outcome(RECORDED)
            for row in self._station.store.outbox.conflicts():
                if commitment in row.batch.commitments:
                    return Outcome(REFUSED, words_of(row.reason))
            self._outbox.add([draft])
        except RuleBroken as broken:
            return Outcome(REFUSED, words_of(broken.reason))
        except (LedgerError, KeyLocked) as error:
            return Outcome(WAITING, error.words)
        self._kept = True
        in_a_block = self._station.store.outbox.noted_as(NOT_FINAL, commitment)
        return Outcome(WAITING, NOT_FINAL_YET if in_a_block else "", kept=True)

    def send(self) -> str:
        """See `Recording`."""
        if not self._kept:
            return ""
        self._outbox = None
        try:
            self._station.send()
        except (LedgerError, KeyLocked) as error:
            return error.words
        return ""


_WORDS = {
    "unit: not custodian": "By the records somebody else holds it.",
    "unit: in transit": "It is on its way to somebody.",
    "unit: packed": "It is packed in a container.",
    "unit: decommissioned": "It was sold, used up or destroyed.",
    "unit: quarantined": "It is in quarantine.",
    "unit: not quarantined": "It is not in quarantine.",
    "unit: expired": "It is past its date.",
    "unit: recalled": "It is recalled.",
    "unit: not shipped": "Nobody has shipped it.",
    "unit: not shipped to you": "It was shipped to somebody else.",
    "unit: not issued": "It was never issued.",
    "unit: issued already": "It was issued before.",
    "unit: not in this container": "It is not in this container.",
    "unit: not empty": "There is something in it.",
    "unit: not yours to release": "Somebody else put it in quarantine.",
    "prefix: not yours": "Its number belongs to another company.",
    "device: revoked": "This laptop was stopped: it may record nothing any more.",
    "device: unknown": "This laptop is not known on the network.",
    "unit: stale": "Somebody else recorded something about it in the meantime.",
    "unit: after an event that came too late": "It follows an event that came too late.",
    "ship: no such receiver": "The receiver is not known on the network.",
}


def words_of(reason: str) -> str:
    """A rule's revert string as a sentence."""
    return _WORDS.get(reason, f"The network's rules refuse it ({reason}).")


def said(outcomes: Sequence[Outcome]) -> Outcome:
    """One word for many: refused before waiting before recorded."""
    for state in (REFUSED, WAITING):
        of_state = [one for one in outcomes if one.state == state]
        if of_state:
            return Outcome(state, of_state[0].reason)
    return Outcome(RECORDED)
