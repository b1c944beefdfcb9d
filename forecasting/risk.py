"""What a detector answers: a risk and its reasons in words. It asks; it never rejects, and it never makes anything better.

Mathematics rejects, statistics only asks (DESIGN.md section 2): nothing here has a way to raise a verdict.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

ALERT = 0.5  # at or above, a person is asked to look; below, the reasons are kept for those who want to read them
SHOWN = 3  # reasons a card has room for


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a risk is raised: the feature's name, one clause with the facts, and its weight in the score (0 to 1)."""

    feature: str
    words: str
    weight: float


@dataclass(frozen=True, slots=True)
class Risk:
    """A risk score in [0, 1] and its reasons, the heaviest first."""

    score: float
    reasons: tuple[Reason, ...] = ()

    @classmethod
    def of(cls, found: Iterable[Reason]) -> Risk:
        """The risk that reasons add up to as independent pieces of evidence: 1 - product of (1 - weight) (noisy or).

        One reason is counted per feature, its heaviest, so that one cause seen in ten reads is one cause.
        """
        heaviest: dict[str, Reason] = {}
        for reason in found:
            known = heaviest.get(reason.feature)
            if known is None or reason.weight > known.weight:
                heaviest[reason.feature] = reason
        doubt = 1.0
        for reason in heaviest.values():
            doubt *= 1.0 - min(max(reason.weight, 0.0), 1.0)
        ordered = tuple(sorted(heaviest.values(), key=lambda r: (-r.weight, r.feature)))
        return cls(1.0 - doubt, ordered)

    @property
    def asks(self) -> bool:
        """True where a person should look before the item is accepted."""
        return self.score >= ALERT

    @property
    def words(self) -> str:
        """One sentence for the card, made of the heaviest reasons; "" where nothing was found."""
        if not self.reasons:
            return ""
        told = "; ".join(reason.words for reason in self.reasons[:SHOWN])
        start = "Look at this item before you accept it" if self.asks else "Nothing that needs asking, but noted"
        return f"{start}: {told}."
