"""Do the numbers add up: units received against shipped and declared, batches against what was made, shops against supplies."""

from __future__ import annotations

import numpy as np

from forecasting.families.feature import Columns, Family, Feature
from forecasting.segments import Array, combine, counts, distinct, most, quantile, size_of
from forecasting.tables import COMMISSION, RECEIVE, RETURN, SELL, SHIP
from forecasting.trail import Trail

FEATURES = (
    Feature("volume_over_shipped", "log ratio", "units received against units shipped on its note"),
    Feature("volume_over_declared", "log ratio", "units received against units declared on its note"),
    Feature("volume_shipped_declared", "log ratio", "units shipped against units declared on its note"),
    Feature("volume_extra", "units", "units received on its note beyond those declared"),
    Feature("volume_undeclared", "0/1", "its note is not among the declared, where nearly all are"),
    Feature("volume_note_differs", "rows", "notes whose sender or receiver is not the declared one"),
    Feature("volume_batch", "log ratio", "units of its batch against its product's usual batch"),
    Feature("volume_batch_unborn", "share", "share of its batch that was never commissioned"),
    Feature("volume_batch_late", "0/1", "commissioned apart from the rest of its batch"),
    Feature("volume_sold", "log ratio", "units sold by its seller against units of the product it received"),
    Feature("volume_passed_on", "log ratio", "units a party on its way passed on against units of the product it received"),
)


def compute(trail: Trail) -> Columns:
    """Columns of FEATURES."""
    return _notes(trail) | _batches(trail) | _balance(trail)


def _notes(trail: Trail) -> dict[str, Array]:
    size, e, notes = trail.size, trail.events, trail.tables.shipments
    rows = np.flatnonzero((e.shipment >= 0) & (e.channel != 1) & np.isin(trail.action, (SHIP, RETURN, RECEIVE)))
    note, item = e.shipment[rows].astype(np.int64), trail.item[rows]
    number = max(len(notes.declared), size_of(note))
    came = trail.action[rows] == RECEIVE
    received = distinct(note[came], item[came], number)
    shipped = distinct(note[~came], item[~came], number)
    declared = np.full(number, np.nan)
    declared[: len(notes.declared)] = notes.declared
    both = (received > 0) & (shipped > 0)
    over = np.where(both, np.log((received + 1) / (shipped + 1)), 0.0)
    told = ~np.isnan(declared)
    against = np.where(told & (received > 0), np.log((received + 1) / (declared + 1)), 0.0)
    shipped_too = np.where(told & (shipped > 0), np.log((shipped + 1) / (declared + 1)), 0.0)
    extra = np.where(told, np.maximum(np.maximum(received, shipped) - declared, 0), 0.0)
    used = np.zeros(number, bool)
    used[note] = True
    mostly = bool(used.any()) and float(told[used].mean()) > 0.8
    found = {
        "volume_over_shipped": most(item, np.maximum(over, 0)[note], size),
        "volume_over_declared": most(item, np.maximum(against, 0)[note], size),
        "volume_shipped_declared": most(item, np.maximum(shipped_too, 0)[note], size),
        "volume_extra": most(item, np.log1p(extra)[note], size),
        "volume_undeclared": most(item, (~told[note]).astype(np.float64), size) if mostly else np.zeros(size),
    }
    differs = np.zeros(size)
    if len(notes.origin):
        known = note < len(notes.origin)
        a, b = np.full(len(note), -1), np.full(len(note), -1)
        a[known], b[known] = notes.origin[note[known]], notes.target[note[known]]
        sender = np.where(came, e.origin[rows], trail.actor[rows])
        receiver = np.where(came, trail.actor[rows], e.target[rows])
        wrong = ((a >= 0) & (sender >= 0) & (sender != a)) | ((b >= 0) & (receiver >= 0) & (receiver != b))
        differs = counts(item[wrong], size)
    found["volume_note_differs"] = differs
    return found


def _batches(trail: Trail) -> dict[str, Array]:
    size = trail.size
    batch = combine(trail.product, trail.batch)
    batches = size_of(batch)
    units = counts(batch, batches)
    goods = combine(trail.product)
    first = np.unique(batch, return_index=True)[1]
    usual = quantile(goods[first], units[batch[first]], size_of(goods), 0.5)
    births = np.flatnonzero(trail.action == COMMISSION)
    born = np.full(size, np.nan)
    born[trail.item[births[::-1]]] = trail.time[births[::-1]]
    unborn = np.isnan(born)
    share = counts(batch[unborn], batches) / np.maximum(units, 1)
    middle = quantile(batch, born, batches, 0.5)
    spread = np.maximum(quantile(batch, np.abs(born - middle[batch]), batches, 0.5), 3600.0)
    apart = np.nan_to_num(np.abs(born - middle[batch]) / spread[batch])
    late = (apart > 20) & (units[batch] >= 5)
    return {
        "volume_batch": np.log((units[batch] + 1) / (np.nan_to_num(usual[goods], nan=1.0) + 1)),
        "volume_batch_unborn": share[batch],
        "volume_batch_late": late.astype(np.float64),
    }


def _balance(trail: Trail) -> dict[str, Array]:
    """Parties that give more of a product than they got. Makers give what they commission; nobody is asked about that."""
    size, rows = trail.size, trail.handled
    item, action = trail.item[rows], trail.action[rows]
    key = combine(trail.actor[rows], trail.product[item])
    keys = size_of(key)
    got = np.isin(action, (RECEIVE, COMMISSION))
    into = distinct(key[got], item[got], keys)
    sold = distinct(key[action == SELL], item[action == SELL], keys)
    gave = np.isin(action, (SELL, SHIP))
    out = distinct(key[gave], item[gave], keys)
    over_sold = np.where(sold > 0, np.log((sold + 1) / (into + 1)), 0.0)
    over_out = np.where(out > 0, np.log((out + 1) / (into + 1)), 0.0)
    selling = action == SELL
    return {
        "volume_sold": most(item[selling], np.maximum(over_sold[key[selling]], 0), size),
        "volume_passed_on": most(item, np.maximum(over_out[key], 0), size),
    }


FAMILY = Family("volumes", FEATURES, compute)
