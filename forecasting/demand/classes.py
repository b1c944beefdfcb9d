"""How a series sells: steadily or in fits, by the intervals between sales (ADI) and the spread of their sizes (CV^2).

The four classes and their limits (1.32 and 0.49) are those of Syntetos, Boylan and Croston (2005).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecasting.demand.calendar import Numbers

CLASSES = ("smooth", "erratic", "intermittent", "lumpy")
SMOOTH, ERRATIC, INTERMITTENT, LUMPY = range(4)
ADI_LIMIT, CV2_LIMIT = 1.32, 0.49


def classify(values: Numbers) -> NDArray[np.int64]:
    """The class of each series; `values` is (series, periods), NaN where unknown."""
    known = np.isfinite(values)
    sold = np.where(known, values, 0.0)
    times = (sold > 0).sum(axis=1)
    interval = known.sum(axis=1) / np.maximum(times, 1)
    mean = sold.sum(axis=1) / np.maximum(times, 1)
    square = (sold**2).sum(axis=1) / np.maximum(times, 1)
    spread = np.where(mean > 0, square / np.maximum(mean, 1e-12) ** 2 - 1.0, 0.0)
    kinds = (interval >= ADI_LIMIT).astype(np.int64) * 2 + (spread >= CV2_LIMIT).astype(np.int64)
    return np.asarray(kinds, dtype=np.int64)


def spike_caps(values: Numbers) -> Numbers:
    """The height above which a value is a spike: the larger of 10 x the median sale and the 99.5 % quantile, per series."""
    caps = np.full(len(values), np.inf)
    filled = np.where(np.isfinite(values), values, -1.0)
    ordered = np.sort(filled, axis=1)
    width = values.shape[1]
    known = (ordered >= 0).sum(axis=1)
    sold = (ordered > 0).sum(axis=1)
    rows = np.flatnonzero(sold)
    middle = ordered[rows, width - 1 - (sold[rows] - 1) // 2]
    high = ordered[rows, np.minimum(width - known[rows] + np.floor(0.995 * (known[rows] - 1)).astype(np.int64), width - 1)]
    caps[rows] = np.maximum(10.0 * middle, high)
    return caps
