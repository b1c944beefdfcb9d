"""What readers' clocks are worth: each device's offset, found from its own records, so that items are not blamed for it.

A record cannot be older than what it records. A device whose claims are all ahead of their records by one amount, or all behind
by one amount, has a wrong clock or time zone, and its claims are moved back by it. A device that is late now and then is not
wrong, only offline; a claim that is late alone is nobody's clock, and stays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.segments import Array, Flags, Ints, counts, number, quantile, size_of
from forecasting.tables import SCAN, Events

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
TOLERANCE = 10 * MINUTE  # clocks within this are right
FEWEST = 5


@dataclass(frozen=True, slots=True)
class Clocks:
    """Per event: the best estimate of the true time, its error (seconds), the correction made, and the lag left after it."""

    time: Array
    error: Array
    moved: Array
    lag: Array
    zone: Flags


def read(events: Events) -> Clocks:
    """Corrected times of all events. Cells that are empty fall back on the other time; with neither, time is NaN."""
    claimed, recorded = events.claimed, events.recorded
    lag = recorded - claimed
    device = _readers(events)
    offset = _offsets(device, recorded, lag)
    offset[device == 0] = 0.0
    time = np.where(np.isnan(claimed), recorded, claimed + offset)
    time = np.where(np.isnan(recorded), time, np.minimum(time, recorded + MINUTE))
    left = np.where(np.isnan(lag), 0.0, lag - offset)
    error = np.where(np.abs(offset) > TOLERANCE, 2 * TOLERANCE, TOLERANCE)
    error = np.where(left < -TOLERANCE, np.maximum(error, -left), error)
    quarter = np.abs(offset - np.round(offset / (0.25 * HOUR)) * 0.25 * HOUR)
    zone = (np.abs(offset) >= 0.5 * HOUR - 3 * MINUTE) & (np.abs(offset) <= 14.1 * HOUR) & (quarter < 4 * MINUTE)
    return Clocks(time, error, offset, left, zone)


def _readers(events: Events) -> Ints:
    """Whose clock each event was read by: the device, or where a network tells no devices at all, the company; 0 for nobody's."""
    if (events.device >= 0).any():
        return np.where(events.device >= 0, events.device.astype(np.int64) + 1, 0)
    told = (events.actor >= 0) & (events.channel != SCAN)
    return np.where(told, events.actor.astype(np.int64) + 1, 0)


def _offsets(device: Ints, recorded: Array, lag: Array) -> Array:
    """The offset of each event's device, by stretches of its records between which the offset may change."""
    part = _stretches(device, recorded)
    size = size_of(part)
    low, middle = quantile(part, lag, size, 0.1), quantile(part, lag, size, 0.5)
    many = counts(part[~np.isnan(lag)], size)
    # constant: the lags above the lowest are close to it for most; a fast clock shows as negative lags whatever the spread
    constant = (middle - low) < np.maximum(TOLERANCE, 0.02 * np.abs(low))
    wrong = (many >= FEWEST) & (np.abs(low) > TOLERANCE) & constant
    fast = (many >= FEWEST) & (low < -TOLERANCE)
    offset = np.where(wrong | fast, low, 0.0)
    return np.nan_to_num(offset, nan=0.0)[part]


def _stretches(device: Ints, recorded: Array, length: int = 40) -> Ints:
    """Consecutive records of a device in pieces of about `length`, as group numbers."""
    order = np.lexsort((np.nan_to_num(recorded, nan=0.0), device))
    sizes = np.bincount(device)
    starts = np.concatenate([[0], np.cumsum(sizes)])[:-1]
    rank = np.empty(len(device), np.int64)
    rank[order] = np.arange(len(device)) - np.repeat(starts, sizes)
    pieces = np.maximum(1, sizes // length)
    return number(device * (int(pieces.max()) + 1 if len(pieces) else 1) + rank * pieces[device] // np.maximum(sizes[device], 1))


def live_between(events: Events, clocks: Clocks) -> Array:
    """How many live records its own device made between a late record's claimed time and its record (log1p).

    An offline device makes none: what it did in between comes late as well. Somebody who writes a date from the past does.
    """
    found = np.zeros(len(events))
    device = events.device.astype(np.int64)
    live = (device >= 0) & (np.abs(clocks.lag) < 2 * HOUR) & ~np.isnan(events.recorded)
    late = (device >= 0) & (clocks.lag > 12 * HOUR) & ~np.isnan(clocks.time)
    if not live.any() or not late.any():
        return found
    base = float(np.nanmin(events.recorded))
    span = float(np.nanmax(events.recorded)) - base + 30 * DAY
    keys = np.sort(device[live] * span + (events.recorded[live] - base))
    start = np.clip(clocks.time[late] + HOUR - base, 0.0, span - 1)
    stop = np.clip(events.recorded[late] - HOUR - base, 0.0, span - 1)
    first = np.searchsorted(keys, device[late] * span + start)
    last = np.searchsorted(keys, device[late] * span + stop)
    found[late] = np.log1p(np.maximum(last - first, 0))
    return found
