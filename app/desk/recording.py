"""The small door through which the desk records: drafts go in, and of each it is said whether it stands on the log, waits or was
refused. Today a recorder with a network behind it; what signs offline and queues fits the same shape.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from chain.errors import LedgerError, RuleBroken

if TYPE_CHECKING:
    from app.recorder import Draft, Recorder

RECORDED, WAITING, REFUSED = "recorded", "waiting", "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How far one draft is: RECORDED, WAITING (for a network) or REFUSED by the contract's rules, with the reason."""

    state: str
    reason: str = ""


class Recording(Protocol):
    """Whatever takes drafts."""

    def renew(self) -> None:
        """What comes next begins with a fresh look at the network."""

    def record(self, draft: Draft) -> Outcome:
        """Take one draft; a draft that was taken before is not taken twice."""


class Direct:
    """Records at once through a recorder that is opened when it is first needed; without a network the draft waits.

    Args:
        recorder: gives the recorder. Raises LedgerError where there is no network.
    """

    def __init__(self, recorder: Callable[[], Recorder]) -> None:
        self._open = recorder
        self._recorder: Recorder | None = None

    def renew(self) -> None:
        """See `Recording`."""
        self._recorder = None

    def record(self, draft: Draft) -> Outcome:
        """See `Recording`."""
        try:
            self._recorder = self._recorder or self._open()
            self._recorder.record([draft])
        except RuleBroken as broken:
            return Outcome(REFUSED, words_of(broken.reason))
        except LedgerError as error:
            return Outcome(WAITING, error.words)
        return Outcome(RECORDED)


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
