"""The detector at scan time: one journey in, a risk with reasons out, in well under a millisecond and with nothing trained.

It reads what stands on the log and in the events this laptop holds. It asks; it never rejects, and the verdict decides alone
what is true. Whole tables are judged by `forecasting.detect`, which learns; this one needs no model and may be given norms.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chain.journey import Journey, Place
from forecasting.cold import cold_chain
from forecasting.journeys import reads, seen
from forecasting.risk import ALERT, Reason, Risk
from forecasting.signs import SIGNS, Norms, Story

__all__ = ["ALERT", "Detector", "Norms", "Reason", "Risk"]


class Detector:
    """Judges journeys one by one.

    Args:
        norms: how long hops take, learned with `Norms.of`; None for robust defaults (only what is improbable anywhere).
    """

    def __init__(self, norms: Norms | None = None) -> None:
        self.norms = norms or Norms()

    def score(self, journey: Journey, sightings: Sequence[tuple[datetime, Place]] = ()) -> Risk:
        """The risk of one journey.

        Args:
            journey: the item's steps in the order of the log, its containers' included.
            sightings: this laptop's own scans of the item, (aware time, place), in any order.
        """
        story = Story(journey, reads(journey), seen(sightings), self.norms)
        return Risk.of(reason for sign in (*SIGNS, cold_chain) for reason in sign(story))
