"""Graph context: what the neighbours are suspected of. Shipments, containers, batches, parties, devices and lanes pass it on.

An item's own suspicion is always left out, so nobody is suspected because of himself; and a neighbour counts with his
probability, not with his rank, so a network without any crime gives everybody nothing.
"""

from __future__ import annotations

import numpy as np

from forecasting.families.feature import Feature
from forecasting.segments import Array, Ints, combine, counts, most, size_of
from forecasting.tables import SCAN
from forecasting.trail import Trail

WEIGHT = 4.0  # pieces of doubt against a small group
KINDS = ("shipment", "container", "batch", "party", "device", "lane", "stock", "phone")
FEATURES = tuple(
    Feature(f"near_{kind}{tail}", unit, words.format(kind=kind))
    for kind in KINDS
    for tail, unit, words in (
        ("", "log ratio", "suspicion of the others of its {kind} against the network's, the worst {kind} of its way"),
        ("_most", "probability", "strongest suspicion of another of the same {kind}"),
    )
)
NAMES = tuple(feature.name for feature in FEATURES)


def compute(trail: Trail, probability: Array) -> Array:
    """Columns of FEATURES from each item's own suspicion (a probability) in the first stage."""
    found = np.zeros((trail.size, len(NAMES)), np.float32)
    base = max(float(probability.mean()), 1e-5) if len(probability) else 1e-5
    for index, (item, group) in enumerate(_groups(trail)):
        if len(item):
            ratio, strongest = _others(item, group, probability, base, trail.size)
            found[:, 2 * index], found[:, 2 * index + 1] = ratio, strongest
    return found


def _groups(trail: Trail) -> list[tuple[Ints, Ints]]:
    """(items, groups) per kind, each pair once."""
    e, rows = trail.events, trail.handled
    trade = np.flatnonzero(e.channel != SCAN)
    phones = np.flatnonzero((e.channel == SCAN) & (e.device >= 0))
    readers = trade[e.device[trade] >= 0]
    noted, boxed = trade[e.shipment[trade] >= 0], trade[e.container[trade] >= 0]
    every = np.arange(trail.size, dtype=np.int64)
    hops = trail.hops
    moved = trail.actor[hops.first] != trail.actor[hops.second]
    lane = combine(trail.actor[hops.first][moved], trail.actor[hops.second][moved])
    own = [
        (trail.item[noted], e.shipment[noted].astype(np.int64)),
        (trail.item[boxed], e.container[boxed].astype(np.int64)),
        (every, combine(trail.product, trail.batch)),
        (trail.item[rows], trail.actor[rows]),
        (trail.item[readers], e.device[readers].astype(np.int64)),
        (hops.item[moved], lane),
        (trail.item[rows], combine(trail.actor[rows], trail.product[trail.item[rows]])),
        (trail.item[phones], e.device[phones].astype(np.int64)),
    ]
    found = []
    for item, group in own:
        first = np.unique(combine(item, group), return_index=True)[1] if len(item) else np.zeros(0, np.int64)
        found.append((item[first], combine(group[first]) if len(item) else group))
    return found


def _others(item: Ints, group: Ints, probability: Array, base: float, size: int) -> tuple[Array, Array]:
    groups = size_of(group)
    p = probability[item]
    total, many = counts(group, groups, p), counts(group, groups)
    rest = (total[group] - p + WEIGHT * base) / (many[group] - 1 + WEIGHT)
    ratio = np.log(np.maximum(rest, 1e-9) / base)
    # the strongest of the others: the group's second where the item itself is its first
    order = np.lexsort((-p, group))
    starts = np.concatenate([[0], np.cumsum(many)])[:-1].astype(np.int64)
    top = p[order][starts]
    second_at = np.minimum(starts + 1, len(p) - 1)
    second = np.where(many > 1, p[order][second_at], 0.0)
    leader = np.zeros(len(p), bool)
    leader[order[starts]] = True
    strongest = np.where(leader, second[group], top[group])
    return most(item, ratio, size), most(item, strongest, size)
