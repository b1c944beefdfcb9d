"""How likely the way is: parties, roles and countries after one another, learned from the network itself, own evidence left out.

A lane is counted in deliveries, not in items, so a hundred units on one forged note do not make a lane.
"""

from __future__ import annotations

import numpy as np

from forecasting.families.feature import Columns, Family, Feature
from forecasting.segments import Array, Ints, combine, counts, frequency, most, surprise
from forecasting.tables import COMMISSION, OBSERVE
from forecasting.trail import Trail

FEATURES = (
    Feature("route_party", "nats", "least likely step from party to party"),
    Feature("route_party_mean", "nats", "mean unlikelihood of its steps from party to party"),
    Feature("route_role", "nats", "least likely step from role to role"),
    Feature("route_country", "nats", "least likely step from country to country"),
    Feature("route_product", "nats", "party least likely to handle its product"),
    Feature("route_product_country", "nats", "country least likely to see its product"),
    Feature("route_batch", "nats", "party least likely to handle its batch"),
    Feature("route_rare", "nats", "rarest party on the way"),
    Feature("route_act", "nats", "least likely act after the one before, given whether the same party goes on"),
    Feature("route_act_mean", "nats", "mean unlikelihood of its acts"),
    Feature("route_role_act", "nats", "act least likely for the role that did it"),
    Feature("route_party_act", "nats", "act least likely for the party that did it"),
    Feature("route_target", "nats", "least likely party named as receiver"),
)


def steps(trail: Trail) -> tuple[Ints, Ints, Array]:
    """Rows (first, second) where custody passes to another party, and how unlikely that step is in nats; kept with the trail."""
    if trail.route_steps is None:
        trail.route_steps = _steps(trail)
    return trail.route_steps


def _steps(trail: Trail) -> tuple[Ints, Ints, Array]:
    p = trail.hops
    moved = trail.actor[p.first] != trail.actor[p.second]
    a, b = p.first[moved], p.second[moved]
    role = surprise(trail.role[a] + 1, trail.role[b] + 1, trail.evidence[b], frequency(trail.role[b] + 1, trail.evidence[b]))
    country = combine(trail.role[b] + 1, trail.country[b] + 1)
    within = frequency(combine(country, trail.actor[b]), trail.evidence[b]) / frequency(country, trail.evidence[b])
    prior = np.exp(-role) * np.clip(within, 1e-6, 1.0)
    return a, b, surprise(trail.actor[a], trail.actor[b], trail.evidence[b], prior)


def compute(trail: Trail) -> Columns:
    """Columns of FEATURES."""
    size = trail.size
    a, b, unlikely = steps(trail)
    item = trail.item[b]
    evidence = trail.evidence[b]
    role = surprise(trail.role[a] + 1, trail.role[b] + 1, evidence, frequency(trail.role[b] + 1, evidence))
    country = surprise(trail.country[a] + 1, trail.country[b] + 1, evidence, frequency(trail.country[b] + 1, evidence))
    found: dict[str, Array] = {
        "route_party": most(item, unlikely, size),
        "route_party_mean": counts(item, size, unlikely) / np.maximum(counts(item, size), 1),
        "route_role": most(item, role, size),
        "route_country": most(item, country, size),
    }
    rows = trail.handled
    rows = rows[trail.action[rows] != COMMISSION]
    own, evidence = trail.item[rows], trail.evidence[rows]
    party = frequency(trail.actor[rows], evidence)
    land = frequency(trail.country[rows] + 1, evidence)
    goods, batch = trail.product[own] + 1, trail.batch[own] + 1
    found["route_product"] = most(own, surprise(goods, trail.actor[rows], evidence, party), size)
    found["route_product_country"] = most(own, surprise(goods, trail.country[rows] + 1, evidence, land), size)
    found["route_batch"] = most(own, surprise(batch, trail.actor[rows], evidence, party), size)
    found["route_rare"] = most(own, -np.log(party), size)
    found |= _acts(trail)
    target = trail.events.target[rows].astype(np.int64)
    named = rows[target >= 0]
    to = trail.events.target[named].astype(np.int64)
    to_known = surprise(trail.actor[named], to, trail.evidence[named], frequency(to, trail.evidence[named]))
    found["route_target"] = most(trail.item[named], to_known, size)
    return found


def _acts(trail: Trail) -> dict[str, Array]:
    size, p = trail.size, trail.hops
    a, b = p.first, p.second
    same = (trail.actor[a] == trail.actor[b]).astype(np.int64)
    sent = (trail.events.target[a] == trail.actor[b]).astype(np.int64)
    token = combine(trail.action[b], same, sent)
    evidence = combine(trail.evidence[b], trail.actor[b])
    base = frequency(token, evidence)
    plain = surprise(trail.action[a].astype(np.int64), token, evidence, base)
    act = surprise(combine(trail.action[a], trail.role[a]), token, evidence, np.exp(-plain))
    rows = np.flatnonzero((trail.events.channel != 1) & (trail.actor >= 0))
    seen = trail.evidence[rows]
    verb = trail.action[rows].astype(np.int64) + 1
    common = frequency(verb, seen)
    by_role = surprise(trail.role[rows] + 1, verb, seen, common)
    by_party = surprise(trail.actor[rows], verb, seen, np.exp(-by_role))
    quiet = trail.action[rows] == OBSERVE
    return {
        "route_act": most(p.item, act, size),
        "route_act_mean": counts(p.item, size, act) / np.maximum(counts(p.item, size), 1),
        "route_role_act": most(trail.item[rows], np.where(quiet, 0.5, 1.0) * by_role, size),
        "route_party_act": most(trail.item[rows], np.where(quiet, 0.5, 1.0) * by_party, size),
    }


FAMILY = Family("routes", FEATURES, compute)
