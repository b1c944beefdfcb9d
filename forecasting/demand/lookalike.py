"""A product with little or no history borrows the forecast of one that a person says it sells like.

How much of the look-alike's rate it reaches is learnt from its own days as they come: a week of sales at par counts
beside them (a Gamma prior in spirit). Intervals are wider while little is known. Picks no look-alike: a person does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chain.errors import BadInput
from forecasting.demand.calendar import Numbers

PRIOR_DAYS = 7.0  # days at par with the look-alike that the product's own days are weighed against
DOUBT = 1.0  # variance of a forecast from nothing, next to the look-alike's own


@dataclass(frozen=True, slots=True)
class Likeness:
    """Sells `share` times what the look-alike sells; its intervals are `wider` times as wide."""

    share: float
    wider: float

    def mean(self, of: Numbers) -> Numbers:
        """The look-alike's means, scaled."""
        return np.asarray(of * self.share)

    def quantiles(self, mean: Numbers, of: Numbers) -> Numbers:
        """The look-alike's quantiles (last axis) around its `mean`, scaled and widened; never negative."""
        middle = mean[..., None]
        return np.maximum(self.share * (middle + self.wider * (of - middle)), 0.0)


def likeness(own: Numbers, other: Numbers) -> Likeness:
    """From the product's own days (may be none) and the look-alike's, both ending on the same day, NaN where unknown.

    Raises BadInput where the look-alike itself never sold.
    """
    rate = float(np.nanmean(other)) if np.isfinite(other).any() else 0.0
    if rate <= 0:
        raise BadInput("The look-alike never sold anything: choose another product.")
    width = min(len(own), len(other))
    mine, theirs = own[len(own) - width :], other[len(other) - width :]
    both = np.isfinite(mine) & np.isfinite(theirs)
    prior = PRIOR_DAYS * rate
    share = (float(mine[both].sum()) + prior) / (float(theirs[both].sum()) + prior)
    return Likeness(share, float(np.sqrt(1.0 + DOUBT / (1.0 + both.sum() / PRIOR_DAYS))))
