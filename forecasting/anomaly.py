"""Risk: what the numbers say about a journey, always with reasons a person can check. It asks; it never rejects."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a risk is raised: the feature's name, one sentence in words, and its weight in the score (0 to 1)."""

    feature: str
    words: str
    weight: float


@dataclass(frozen=True, slots=True)
class Risk:
    """A risk score in [0, 1] and its reasons, the heaviest first."""

    score: float
    reasons: tuple[Reason, ...] = ()
