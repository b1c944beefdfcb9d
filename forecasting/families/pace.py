"""How long things take: stays and rides against their lane, product and company."""

from __future__ import annotations

import numpy as np

from forecasting.families.feature import Columns, Family, Feature
from forecasting.segments import Array, combine, counts, least, most, number, quantile, size_of, z_scores
from forecasting.tables import COMMISSION, RETURN, SELL, SHIP
from forecasting.trail import DAY, HOUR, Trail

FEATURES = (
    Feature("pace_slow", "spreads", "longest stay or ride against what the lane and product usually take"),
    Feature("pace_fast", "spreads", "shortest stay or ride against what the lane and product usually take"),
    Feature("pace_slow_stay", "spreads", "longest stay with one party against its usual"),
    Feature("pace_slow_ride", "spreads", "longest ride against the lane's usual"),
    Feature("pace_longest", "log days", "longest time between two handlings"),
    Feature("pace_slow_mates", "log ratio", "most time taken where its company took less"),
    Feature("pace_fast_mates", "log ratio", "least time taken where its company took more"),
    Feature("pace_days_mates", "log days", "farthest its next handling is from its company's"),
    Feature("pace_age", "spreads", "age at its sale or last handling against its product's usual"),
)


def waits(trail: Trail) -> tuple[Array, Array]:
    """(log seconds, spreads from the usual) between the two rows of each of `trail.hops`."""
    p = trail.hops
    a, b = p.first, p.second
    seconds = np.log(np.maximum(trail.time[b] - trail.time[a], 60.0))
    step = combine(trail.action[a], trail.action[b])
    role = combine(step, trail.role[a], trail.role[b])
    product = combine(step, trail.role[a], trail.product[p.item])
    holder = combine(role, trail.actor[a])
    lane = combine(holder, trail.actor[b])
    return seconds, z_scores(seconds, [step, role, product, holder, lane])


def compute(trail: Trail) -> Columns:
    """Columns of FEATURES."""
    size, p = trail.size, trail.hops
    a, b = p.first, p.second
    seconds, z = waits(trail)
    # minutes against seconds are no news: only differences of half an hour and more count
    usual = np.where(z > 0, seconds - np.log1p(1800.0), 0.0)
    slow = np.where(usual > 0, z, 0.0)
    ride = np.isin(trail.action[a], (SHIP, RETURN)) & (trail.actor[a] != trail.actor[b])
    stay = trail.actor[a] == trail.actor[b]
    found: dict[str, Array] = {
        "pace_slow": most(p.item, slow, size),
        "pace_fast": most(p.item, np.where(ride, -z, 0.0), size),
        "pace_slow_stay": most(p.item, np.where(stay, slow, 0.0), size),
        "pace_slow_ride": most(p.item, np.where(ride, slow, 0.0), size),
        "pace_longest": most(p.item, np.log1p((trail.time[b] - trail.time[a]) / DAY), size),
    }
    found |= _mates(trail, seconds)
    found["pace_age"] = _age(trail)
    return found


def _mates(trail: Trail, seconds: Array) -> dict[str, Array]:
    size, p = trail.size, trail.hops
    company = trail.group[p.first]
    sell = trail.action[p.second] == SELL  # single things are sold singly
    rows = np.flatnonzero((company >= 0) & ~sell)
    if not len(rows):
        none = np.zeros(size)
        return {"pace_slow_mates": none, "pace_fast_mates": none, "pace_days_mates": none}
    group = combine(company[rows], trail.action[p.first][rows])
    groups = size_of(group)
    middle = quantile(group, seconds[rows], groups, 0.5)[group]
    enough = counts(group, groups)[group] >= 3
    wait = np.exp(seconds[rows])
    matter = enough & (np.abs(wait - np.exp(middle)) > HOUR)
    off = np.where(matter, seconds[rows] - middle, 0.0)
    days = np.where(matter, np.abs(wait - np.exp(middle)) / DAY, 0.0)
    item = p.item[rows]
    return {
        "pace_slow_mates": most(item, off, size),
        "pace_fast_mates": -least(item, off, size),
        "pace_days_mates": np.log1p(most(item, days, size)),
    }


def _age(trail: Trail) -> Array:
    rows = trail.handled
    item, time = trail.item[rows], trail.time[rows]
    born = np.full(trail.size, np.nan)
    births = rows[trail.action[rows] == COMMISSION][::-1]
    born[trail.item[births]] = trail.time[births]
    last = most(item, time, trail.size, np.nan)
    age = np.log(np.maximum(last - born, HOUR))
    sold = counts(item[trail.action[rows] == SELL], trail.size) > 0
    fine = np.flatnonzero(~np.isnan(age) & sold)
    found = np.zeros(trail.size)
    if len(fine):
        found[fine] = z_scores(age[fine], [number(trail.product[fine])])
    return found


FAMILY = Family("pace", FEATURES, compute)
