"""What needs no learning: one thing read by the trade in two places that nothing could have carried it between.

Trees weigh this by how often it is a carrier's wrong address in the worlds they learned from. In a network whose places and
clocks are otherwise in order it is a contradiction, whatever they think; where it is common, the places are wrong and the rule is
silent.
"""

from __future__ import annotations

import numpy as np

from forecasting.families.travel import FASTEST_KMH, effective
from forecasting.segments import Array, Flags, counts
from forecasting.tables import INSPECT, IP, SCAN
from forecasting.trail import HOUR, Trail

BEYOND_KM = 300.0  # farther than an airliner gets in the time that the clocks' errors allow
COMMON = 0.003  # of the network's items, and at least two: from here on its places are not to be believed
LATE = 6 * HOUR  # records that come later are left out: their claimed times are their own witness
FLOOR = 6.0  # nats: a few in a hundred attacks show it, and not one in ten thousand honest items


def impossible(trail: Trail) -> Flags:
    """Items that moved faster than anything flies, between places that are a site's or a fix and by clocks that are right."""
    rows, e = trail.located, trail.events
    sure = (e.channel[rows] != SCAN) & (e.geo[rows] != IP) & (trail.actor[rows] >= 0) & (trail.action[rows] != INSPECT)
    prompt = (np.abs(trail.moved[rows]) < 1) & (np.abs(trail.lag[rows]) < LATE)
    pairs = trail.pairs(rows[sure & prompt])
    km, hours = effective(trail, pairs)
    found = counts(pairs.item[km - FASTEST_KMH * np.maximum(hours, 0) > BEYOND_KM], trail.size) > 0
    return np.asarray(found & (found.sum() <= max(2, COMMON * trail.size)), np.bool_)


def floored(ratio: Array, trail: Trail) -> Array:
    """Log likelihood ratios, none of an impossible journey below FLOOR."""
    return np.where(impossible(trail), np.maximum(ratio, FLOOR), ratio)
