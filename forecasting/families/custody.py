"""Who holds the item, as told by its own records: hand-overs that contradict one another, with missed reads told apart.

A missed read leaves a story that still fits (the one it was sent to goes on with it). A break leaves one that does not.
"""

from __future__ import annotations

import numpy as np

from forecasting.families.feature import Columns, Family, Feature
from forecasting.segments import Array, Flags, Ints, agreement, combine, counts, distinct, most, size_of
from forecasting.tables import COMMISSION, DESTROY, RECEIVE, RETURN, SELL, SHIP
from forecasting.trail import DAY, Trail

BREAKS = (
    ("late_birth", "commissioned after it was handled"),
    ("after_end", "handled after it was sold or destroyed"),
    ("again_received", "received a second time by the same party"),
    ("came_unsent", "received though nobody shipped it, from no known holder"),
    ("ship_missed", "received from the one who held it, without a shipment on record"),
    ("astray", "received by another than it was shipped to"),
    ("receipt_missed", "handled by the one it was shipped to, without a receipt on record"),
    ("shipped_twice", "shipped again by one who had shipped it before"),
    ("acted_after_shipping", "handled by one who had shipped it away"),
    ("jump", "handled by somebody who never got it"),
)
FEATURES = (
    *(Feature(f"custody_{name}", "rows", words) for name, words in BREAKS),
    Feature("custody_breaks", "rows", "breaks that a missed read does not explain"),
    Feature("custody_break_alone", "nats", "a break that its company did not share"),
    Feature("custody_unannounced", "parties", "parties that act on the item without it being sent to them or received by them"),
    Feature("custody_announced", "parties", "parties that act on the item without a receipt, though it was sent to them"),
    Feature("custody_unborn", "0/1", "no maker's commissioning is on record"),
    Feature("custody_births", "rows", "commissionings beyond the first"),
    Feature("custody_before_birth", "log days", "time between the first read and the commissioning that should have come first"),
    Feature("custody_revisits", "visits", "visits to parties it had left before, returns not counted"),
    Feature("custody_ends", "rows", "sales and destructions beyond the first"),
    Feature("custody_sellers", "parties", "parties that sold it"),
    Feature("custody_ended_days", "log days", "time between its end and the last handling after it"),
    Feature("custody_false_return", "rows", "returns by a party that never had it"),
    Feature("custody_events", "log rows", "handlings on record"),
    Feature("custody_parties", "parties", "parties that handled it"),
    Feature("custody_interleaved", "rows", "switches between two parties that both go on handling it"),
)


def kinds_of(trail: Trail) -> Ints:
    """`kinds`, kept with the trail."""
    if trail.custody_kinds is None:
        trail.custody_kinds = kinds(trail)
    return trail.custody_kinds


def kinds(trail: Trail) -> Ints:
    """For each pair of `trail.hops`, the index into BREAKS of what is wrong between the two rows, -1 for nothing."""
    p, e = trail.hops, trail.events
    a, b = p.first, p.second
    before, now = trail.action[a], trail.action[b]
    holder, actor = trail.actor[a], trail.actor[b]
    to = e.target[a].astype(np.int64)
    sent = ((before == SHIP) | (before == RETURN)) & (to != holder)
    named = sent & (to >= 0)
    origin = e.origin[b].astype(np.int64)
    receive = now == RECEIVE
    back = now == RETURN
    mine = (actor == holder) | (back & ((origin == holder) | (to == holder)))
    found = np.full(len(a), -1, np.int64)

    def mark(name: str, rows: Flags) -> None:
        index = next(i for i, (known, _) in enumerate(BREAKS) if known == name)
        found[(found < 0) & rows] = index

    ended = ((before == SELL) & ~back) | (before == DESTROY)
    mark("late_birth", now == COMMISSION)
    mark("after_end", ended)
    mark("again_received", receive & (before == RECEIVE) & (actor == holder))
    mark("astray", receive & named & (actor != to))
    mark("ship_missed", receive & ~sent & (actor != holder) & (origin == holder))
    mark("came_unsent", receive & ~sent & (actor != holder))
    mark("receipt_missed", named & ~receive & (actor == to))
    mark("shipped_twice", sent & (now == SHIP) & (actor == holder))
    mark("acted_after_shipping", sent & ~receive & (actor == holder))
    mark("jump", ~receive & ~mine & (actor != np.where(named, to, holder)))
    return found


def compute(trail: Trail) -> Columns:
    """Columns of FEATURES."""
    size, p, rows = trail.size, trail.hops, trail.handled
    item, action, actor = trail.item[rows], trail.action[rows], trail.actor[rows]
    kind = kinds_of(trail)
    found: dict[str, Array] = {}
    for index, (name, _) in enumerate(BREAKS):
        found[f"custody_{name}"] = counts(p.item[kind == index], size)
    names = [name for name, _ in BREAKS]
    bad = np.isin(kind, [names.index(n) for n in ("after_end", "came_unsent", "acted_after_shipping", "jump")])
    found["custody_breaks"] = counts(p.item[bad], size)
    company = np.where(trail.group[p.first] >= 0, trail.group[p.first], -2 - trail.batch[p.item])
    same, others = agreement(combine(company, trail.action[p.first]), combine(kind, trail.actor[p.second]), p.item)
    alone = np.where(others > 0, -np.log((same + 0.5) / (others + 1)), 1.5)
    found["custody_break_alone"] = most(p.item, np.where(bad, alone, 0.0), size)
    born = counts(item[action == COMMISSION], size)
    found["custody_unborn"] = (born == 0).astype(np.float64)
    found["custody_births"] = np.maximum(born - 1, 0)
    birth = np.full(size, np.nan)
    births = rows[action == COMMISSION][::-1]
    birth[trail.item[births]] = trail.time[births]
    first = np.full(size, np.nan)
    first[item[::-1]] = trail.time[rows][::-1]
    found["custody_before_birth"] = np.log1p(np.nan_to_num(np.maximum(birth - first, 0)) / DAY)
    ends = (action == SELL) | (action == DESTROY)
    found["custody_ends"] = np.maximum(counts(item[ends], size) - 1, 0)
    found["custody_sellers"] = distinct(item[action == SELL], actor[action == SELL], size)
    end_at = np.full(size, np.nan)
    end_rows = rows[ends][::-1]
    end_at[trail.item[end_rows]] = trail.time[end_rows]
    past = trail.time[rows] - end_at[item]
    past[(action == RETURN) | np.isnan(past)] = 0.0
    found["custody_ended_days"] = np.log1p(np.maximum(most(item, past, size), 0) / DAY)
    found["custody_events"] = np.log1p(counts(item, size))
    found["custody_parties"] = distinct(item, actor, size)
    found |= _visits(trail)
    return found


def _visits(trail: Trail) -> dict[str, Array]:
    size, rows, e = trail.size, trail.handled, trail.events
    item, action, actor = trail.item[rows], trail.action[rows], trail.actor[rows]
    begins = np.ones(len(rows), bool)
    begins[1:] = (item[1:] != item[:-1]) | (actor[1:] != actor[:-1])
    runs = counts(item[begins], size)
    back = counts(item[action == RETURN], size)
    revisits = np.maximum(runs - distinct(item, actor, size) - back, 0)
    # each party's first act on the item, and whether somebody had sent it there
    key = combine(item, actor)
    first = np.unique(key, return_index=True)[1]
    opening = first[(action[first] != RECEIVE) & (action[first] != COMMISSION)]
    opening = opening[(opening > 0) & (item[opening] == item[opening - 1])]
    sent = rows[(action == SHIP) | (action == RETURN)]
    span = size_of(actor) + int(max(e.target.max(initial=0), 0)) + 2
    told = np.unique(trail.item[sent] * span + np.maximum(e.target[sent], -1) + 1)
    asked = item[opening] * span + actor[opening] + 1
    announced = np.isin(asked, told)
    returned = opening[(action[opening] == RETURN) & ~announced]
    # A, B, A among the runs, where neither change is a shipment to the one who goes on
    run_rows = np.flatnonzero(begins)
    flips = np.zeros(size)
    if len(run_rows) > 2:
        i, x = item[run_rows], actor[run_rows]
        again = (i[2:] == i[:-2]) & (x[2:] == x[:-2])
        last = np.maximum(run_rows[2:] - 1, 0)
        shipped = ((action[last] == SHIP) | (action[last] == RETURN)) & (e.target[rows[last]] == x[2:])
        flips = counts(i[2:][again & ~shipped], size)
    return {
        "custody_revisits": revisits,
        "custody_unannounced": counts(item[opening[~announced]], size),
        "custody_announced": counts(item[opening[announced]], size),
        "custody_false_return": counts(item[returned], size),
        "custody_interleaved": flips,
    }


FAMILY = Family("custody", FEATURES, compute)
