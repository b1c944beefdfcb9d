"""How rare: each feature's own tail within the network, so that networks of different habits can be compared.

Nothing is labelled and nothing is learned across networks here. A tail is counted, not modelled: 3 means one item in a thousand.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecasting.segments import Array


def tails(values: NDArray[np.float32], out: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """-log10 of the share of items at least as extreme upwards, per feature (ECOD's right tail, Li et al. 2022)."""
    size = len(values)
    found = np.empty_like(values) if out is None else out
    for column in range(values.shape[1]):
        own = values[:, column]
        ranked = np.sort(own)
        found[:, column] = -np.log10((size - np.searchsorted(ranked, own, "left") + 0.5) / (size + 1.0))
    return found


def ecod(values: NDArray[np.float32]) -> Array:
    """ECOD's score: the sum over features of the rarer tail, by the sign of the skew."""
    right, left = tails(values), tails(-values)
    centred = values - values.mean(axis=0)
    skew = (centred**3).mean(axis=0)
    auto = np.where(skew >= 0, right, left)
    stacked = np.stack([right.sum(axis=1), left.sum(axis=1), auto.sum(axis=1)])
    found: Array = stacked.max(axis=0).astype(np.float64)
    return found
