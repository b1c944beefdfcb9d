"""Co-travellers: do the other units of the shipment and of the pallet tell the same story?"""

from __future__ import annotations

import numpy as np

from forecasting.families.feature import Columns, Family, Feature
from forecasting.segments import Array, Flags, Ints, agreement, combine, counts, most, size_of
from forecasting.tables import COMMISSION, PACK, RECEIVE, RETURN, SELL, SHIP, UNPACK
from forecasting.trail import DAY, Trail

FEATURES = (
    Feature("mates_next", "nats", "its company went on to another party than it did"),
    Feature("mates_next_act", "nats", "its company's next act was another than its own"),
    Feature("mates_before", "nats", "its company came from another party than it did"),
    Feature("mates_unshipped", "nats", "received on a note on which its company was shipped and it was not"),
    Feature("mates_unreceived", "nats", "shipped on a note on which its company was received and it was not, though it goes on"),
    Feature("mates_lost", "nats", "its company goes on and it is never seen again"),
    Feature("mates_alone", "share", "share of its handlings at which no other item was with it"),
    Feature("mates_received_alone", "rows", "receipts at which no other item was with it"),
    Feature("mates_fewest", "log items", "smallest company in which it was received"),
    Feature("mates_box_next", "nats", "the others of its container went on to another party"),
    Feature("mates_boxes", "rows", "changes of container without being unpacked and packed"),
    Feature("mates_packs", "rows", "packings and unpackings beyond its batch's usual"),
    Feature("mates_batch_next", "nats", "parties on its way that hardly another of its batch passed"),
    Feature("mates_returned", "log items", "other units of its batch that were returned within a week of its own return"),
    Feature("mates_acts", "rows", "handlings more or fewer than its company's of the last shared note"),
)


def lonely(same: Array, others: Array, weight: float = 1.0) -> Array:
    """-log of the share of others that agree, in nats, with a doubt of `weight`; 0 where there are no others."""
    return np.where(others > 0, -np.log((same + 0.5 * weight) / (others + weight)), 0.0)


def next_party(trail: Trail) -> tuple[Ints, Ints, Array]:
    """Rows of shipments with company, the party next seen after each, and how alone the item is in that (nats)."""
    p = trail.hops
    sent = np.isin(trail.action[p.first], (SHIP, RETURN)) & (trail.group[p.first] >= 0)
    # after a double read of one shipment, the later one counts
    again = np.isin(trail.action[p.second], (SHIP, RETURN)) & (trail.group[p.second] == trail.group[p.first])
    rows = np.flatnonzero(sent & ~again)
    first, after = p.first[rows], trail.actor[p.second[rows]]
    same, others = agreement(trail.group[first], after, p.item[rows])
    return first, after, lonely(same, others)


def compute(trail: Trail) -> Columns:
    """Columns of FEATURES."""
    size, p = trail.size, trail.hops
    first, _, unlike = next_party(trail)
    found: dict[str, Array] = {"mates_next": most(trail.item[first], unlike, size)}
    company = trail.group[p.first]
    held = np.flatnonzero((company >= 0) & (trail.action[p.second] != SELL))
    same, others = agreement(
        combine(company[held], trail.action[p.first][held], trail.actor[p.first][held]),
        combine(trail.action[p.second][held], trail.actor[p.second][held]),
        p.item[held],
    )
    found["mates_next_act"] = most(p.item[held], lonely(same, others), size)
    arrive = np.flatnonzero((trail.action[p.second] == RECEIVE) & (trail.group[p.second] >= 0))
    same, others = agreement(trail.group[p.second][arrive], trail.actor[p.first][arrive], p.item[arrive])
    found["mates_before"] = most(p.item[arrive], lonely(same, others), size)
    found |= _notes(trail)
    found |= _alone(trail)
    found |= _boxes(trail)
    found["mates_batch_next"] = _batch(trail)
    found["mates_returned"] = _returned(trail)
    return found


def _notes(trail: Trail) -> dict[str, Array]:
    """Shipment by shipment: who of it was shipped, who received, who was seen again."""
    size, e = trail.size, trail.events
    rows = np.flatnonzero((e.shipment >= 0) & np.isin(trail.action, (SHIP, RETURN, RECEIVE)) & (e.channel != 1))
    if not len(rows):
        return {name: np.zeros(size) for name in ("mates_unshipped", "mates_unreceived", "mates_lost", "mates_acts")}
    key = combine(trail.item[rows], e.shipment[rows])
    keys = size_of(key)
    item, last = np.zeros(keys, np.int64), np.zeros(keys, np.int64)
    note: Ints = np.zeros(keys, np.int64)
    item[key], note[key] = trail.item[rows], e.shipment[rows]
    np.maximum.at(last, key, rows)
    sent = counts(key[trail.action[rows] != RECEIVE], keys) > 0
    came = counts(key[trail.action[rows] == RECEIVE], keys) > 0
    end = np.full(size, -1, np.int64)
    held = trail.handled
    end[trail.item[held]] = held
    on = end[item] > last
    note = combine(note)
    notes = size_of(note)
    n = counts(note, notes)[note] - 1

    def others(flag: Flags) -> Array:
        return counts(note[flag], notes)[note] - flag

    unshipped = np.where(~sent & (n >= 2), -np.log((n - others(sent) + 0.5) / (n + 1)), 0.0)
    unreceived = np.where(~came & on & (n >= 2), -np.log((n - others(came) + 0.5) / (n + 1)), 0.0)
    lost = np.where(~on & (n >= 2), -np.log((n - others(on) + 0.5) / (n + 1)), 0.0)
    handlings = counts(trail.item[held], size)[item]
    middle = counts(note, notes, handlings)[note] / (n + 1)
    off = np.where(n >= 2, np.abs(handlings - middle), 0.0)
    return {
        "mates_unshipped": most(item, unshipped, size),
        "mates_unreceived": most(item, unreceived, size),
        "mates_lost": most(item, lost, size),
        "mates_acts": most(item, off, size),
    }


def _alone(trail: Trail) -> dict[str, Array]:
    """In whose company each handling was done: others with the same act at the same party on the same note or within the hour."""
    size, rows = trail.size, trail.handled
    hour = np.floor(trail.time[rows] / 7200.0).astype(np.int64)
    whole = np.where(trail.group[rows] >= 0, trail.group[rows], hour + int(trail.group.max(initial=0)) + 1)
    act = combine(trail.action[rows], trail.actor[rows], whole)
    _, others = agreement(act, np.zeros(len(act), np.int64), trail.item[rows])
    counted = np.isin(trail.action[rows], (SHIP, RECEIVE, PACK, UNPACK, COMMISSION))
    item = trail.item[rows][counted]
    single = (others == 0)[counted]
    received = trail.action[rows] == RECEIVE
    fewest = np.full(size, np.inf)
    np.minimum.at(fewest, trail.item[rows][received], others[received])
    return {
        "mates_alone": counts(item[single], size) / np.maximum(counts(item, size), 1),
        "mates_received_alone": counts(trail.item[rows][received & (others == 0)], size),
        "mates_fewest": np.log1p(np.where(np.isinf(fewest), 0, fewest)),
    }


def _boxes(trail: Trail) -> dict[str, Array]:
    size, e = trail.size, trail.events
    boxed = np.flatnonzero((e.container >= 0) & (e.channel != 1))
    pairs = trail.pairs(boxed)
    a, b = pairs.first, pairs.second
    opened = (trail.action[a] == UNPACK) | (trail.action[b] == PACK)
    changed = (e.container[a] != e.container[b]) & ~opened
    packs = np.isin(trail.action, (PACK, UNPACK)) & (e.channel != 1)
    own = counts(trail.item[packs], size)
    batch = np.maximum(trail.batch, -1) + 1
    usual = counts(batch, size_of(batch), own) / np.maximum(counts(batch, size_of(batch)), 1)
    sent = np.flatnonzero(np.isin(trail.action[trail.hops.first], (SHIP,)) & (e.container[trail.hops.first] >= 0))
    first = trail.hops.first[sent]
    same, others = agreement(e.container[first].astype(np.int64), trail.actor[trail.hops.second[sent]], trail.item[first])
    return {
        "mates_box_next": most(trail.item[first], lonely(same, others), size),
        "mates_boxes": counts(pairs.item[changed], size),
        "mates_packs": np.maximum(own - usual[batch], 0),
    }


def _batch(trail: Trail) -> Array:
    rows = trail.handled
    rows = rows[trail.batch[trail.item[rows]] >= 0]
    batch = trail.batch[trail.item[rows]]
    same, others = agreement(batch, trail.actor[rows], trail.item[rows])
    return most(trail.item[rows], lonely(same, others, 2.0), trail.size)


def _returned(trail: Trail) -> Array:
    """A recall brings back a batch: others of it that were returned at about the same time."""
    rows = np.flatnonzero((trail.action == RETURN) & (trail.batch[trail.item] >= 0))
    found = np.zeros(trail.size)
    for shift in (0.0, 0.5):
        week = np.floor(trail.time[rows] / (7 * DAY) + shift).astype(np.int64)
        _, others = agreement(combine(trail.batch[trail.item[rows]], week), np.zeros(len(rows), np.int64), trail.item[rows])
        found = np.maximum(found, most(trail.item[rows], np.log1p(others), trail.size))
    return found


FAMILY = Family("company", FEATURES, compute)
