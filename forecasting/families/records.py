"""Claimed times against the records' own: backdating, lies about order, histories written at once; honest clocks set apart."""

from __future__ import annotations

import numpy as np

from forecasting.clocks import TOLERANCE
from forecasting.families.feature import Columns, Family, Feature
from forecasting.segments import Array, Ints, combine, counts, most, number, quantile, size_of
from forecasting.tables import LEDGER, PACK, RECEIVE, RETURN, SELL, SHIP, UNPACK
from forecasting.trail import DAY, HOUR, Trail

FEATURES = (
    Feature("records_late", "log hours", "longest time from the claimed moment to the record, the clock's offset taken off"),
    Feature("records_late_alone", "log hours", "the same, where its company's records were not late"),
    Feature("records_late_single", "log hours", "the same, where its device had no other late records then"),
    Feature("records_live_between", "log rows", "records its device made live between the claimed moment and the late record"),
    Feature("records_ahead", "log hours", "farthest a claim is ahead of its record, the clock's offset taken off"),
    Feature("records_off_mates", "log hours", "farthest a claim is from its company's claims of the same act"),
    Feature("records_record_off_mates", "log hours", "farthest a record is from its company's records of the same act"),
    Feature(
        "records_after_mates", "log hours", "farthest a record comes after the first quarter of its company's of the same act"
    ),
    Feature("records_at_once", "rows", "acts claimed half a day or more apart and recorded within one hour"),
    Feature("records_at_once_share", "share", "share of its records that were written with others of another day"),
    Feature("records_received_first", "log hours", "time by which a receipt comes before its own shipment"),
    Feature("records_received_first_alone", "log hours", "the same, beyond what its company shows"),
    Feature("records_acted_first", "log hours", "time by which a party acts on it before its own receipt"),
    Feature("records_acted_first_alone", "log hours", "the same, beyond what others at that party show then"),
    Feature("records_behind", "log hours", "farthest the order of claims steps back behind the order of records"),
    Feature(
        "records_typed",
        "log hours",
        "latest record whose claim is a whole number of days off: a date typed wrongly, rather than a lie",
    ),
    Feature("records_repeated", "rows", "records that repeat another's act and claimed time later on"),
    Feature("records_moved", "log hours", "largest correction of a clock among its reads"),
    Feature("records_zone", "share", "share of its reads by clocks in a wrong time zone"),
)


def compute(trail: Trail) -> Columns:
    """Columns of FEATURES."""
    size, e = trail.size, trail.events
    trade = np.flatnonzero(e.channel != 1)
    item = trail.item[trade]
    late = np.maximum(trail.lag[trade], 0.0) / HOUR
    late = np.where(np.isnan(e.recorded[trade]), 0.0, late)
    found: dict[str, Array] = {
        "records_late": np.log1p(most(item, late, size)),
        "records_live_between": most(item, trail.live_between[trade], size),
        "records_ahead": np.log1p(most(item, np.maximum(-trail.lag[trade] - TOLERANCE, 0) / HOUR, size)),
        "records_moved": np.log1p(most(item, np.abs(trail.moved[trade]) / HOUR, size)),
        "records_zone": counts(item[trail.zone[trade]], size) / np.maximum(counts(item, size), 1),
    }
    whole = np.abs(late - np.round(late / 24) * 24) < 0.4
    found["records_typed"] = np.log1p(most(item, np.where(whole & (late > 12), late, 0.0), size))
    found["records_repeated"] = _repeated(trail, trade)
    found |= _company(trail, trade, late)
    found |= _at_once(trail)
    found |= _order(trail)
    return found


def _company(trail: Trail, trade: Ints, late: Array) -> dict[str, Array]:
    size, e = trail.size, trail.events
    item, group = trail.item[trade], trail.group[trade]
    act = combine(group, trail.action[trade], trail.actor[trade])
    groups = size_of(act)
    many = (counts(act, groups)[act] >= 3) & (group >= 0)
    usual = np.nan_to_num(quantile(act, late, groups, 0.5))[act]
    alone = np.where(many, np.maximum(late - usual, 0), 0.0)
    hour = np.floor(np.nan_to_num(e.recorded[trade]) / HOUR).astype(np.int64)
    session = combine(np.maximum(e.device[trade], -1), hour)
    tardy = late > 6
    others = counts(session[tardy], size_of(session))[session] - 1
    single = np.where(tardy & (e.device[trade] >= 0), late / (1 + np.maximum(others, 0)), 0.0)
    claim, record = _off(act, trail.time[trade], many), _off(act, e.recorded[trade], many)
    early = quantile(act, e.recorded[trade], groups, 0.25)[act]
    after = np.where(many, np.nan_to_num(np.maximum(e.recorded[trade] - early, 0) / HOUR), 0.0)
    return {
        "records_late_alone": np.log1p(most(item, alone, size)),
        "records_late_single": np.log1p(most(item, single, size)),
        "records_off_mates": np.log1p(most(item, claim, size)),
        "records_record_off_mates": np.log1p(most(item, record, size)),
        "records_after_mates": np.log1p(most(item, after, size)),
    }


def _repeated(trail: Trail, trade: Ints) -> Array:
    """Rows that tell an act again with the same claimed second, recorded more than an hour after the first telling."""
    e = trail.events
    rows = trade[~np.isnan(e.claimed[trade]) & ~np.isnan(e.recorded[trade])]
    if not len(rows):
        return np.zeros(trail.size)
    key = combine(trail.item[rows], trail.action[rows], np.maximum(trail.actor[rows], -1), e.claimed[rows].astype(np.int64))
    first = _first(key, e.recorded[rows], size_of(key))[key]
    return counts(trail.item[rows][e.recorded[rows] > first + HOUR], trail.size)


def _off(act: Ints, time: Array, many: Array) -> Array:
    middle = quantile(act, time, size_of(act), 0.5)[act]
    return np.where(many, np.nan_to_num(np.abs(time - middle)) / HOUR, 0.0)


def _at_once(trail: Trail) -> dict[str, Array]:
    size, e = trail.size, trail.events
    rows = np.flatnonzero((e.channel == LEDGER) & ~np.isnan(e.recorded))
    order = rows[np.lexsort((e.recorded[rows], trail.item[rows]))]
    item = trail.item[order]
    if len(order) < 2:
        return {"records_at_once": np.zeros(size), "records_at_once_share": np.zeros(size)}
    same = (item[1:] == item[:-1]) & (np.diff(e.recorded[order]) < HOUR)
    apart = np.abs(np.diff(trail.time[order])) > 0.5 * DAY
    found = counts(item[1:][same & apart], size)
    return {"records_at_once": found, "records_at_once_share": found / np.maximum(counts(item, size), 1)}


def _order(trail: Trail) -> dict[str, Array]:
    size, e = trail.size, trail.events
    rows = np.flatnonzero((e.shipment >= 0) & (e.channel != 1))
    shipped = _inverted(trail, rows, e.shipment[rows].astype(np.int64), np.isin(trail.action[rows], (SHIP, RETURN)),
                        trail.action[rows] == RECEIVE)  # fmt: skip
    held = trail.handled
    acted = _inverted(trail, held, trail.actor[held], trail.action[held] == RECEIVE,
                      np.isin(trail.action[held], (UNPACK, SHIP, SELL, PACK)))  # fmt: skip
    trade = np.flatnonzero((e.channel == LEDGER) & ~np.isnan(e.recorded))
    back = np.zeros(size)
    if len(trade):
        order = trade[np.lexsort((e.recorded[trade], trail.item[trade]))]
        pairs = trail.item[order[1:]] == trail.item[order[:-1]]
        step = (trail.time[order[:-1]] - trail.time[order[1:]]) / HOUR
        back = most(trail.item[order[1:]][pairs], step[pairs], size)
    return {
        "records_received_first": shipped[0],
        "records_received_first_alone": shipped[1],
        "records_acted_first": acted[0],
        "records_acted_first_alone": acted[1],
        "records_behind": np.log1p(np.maximum(back, 0)),
    }


def _inverted(trail: Trail, rows: Ints, place: Ints, before: Array, after: Array) -> tuple[Array, Array]:
    """Per item, by how many hours (log1p) the first `after` precedes the first `before` at one place, and that beyond its
    mates'.
    """
    size = trail.size
    if not len(rows):
        return np.zeros(size), np.zeros(size)
    key = combine(trail.item[rows], place)
    keys = size_of(key)
    first = _first(key[before], trail.time[rows][before], keys)
    second = _first(key[after], trail.time[rows][after], keys)
    owner: Ints = np.zeros(keys, np.int64)
    spot: Ints = np.zeros(keys, np.int64)
    owner[key], spot[key] = trail.item[rows], place
    ahead = first - second  # positive where the act comes first
    fine = ~np.isnan(ahead)
    owner, spot, ahead = owner[fine], number(spot[fine]), ahead[fine]
    usual = np.maximum(np.nan_to_num(quantile(spot, ahead, size_of(spot), 0.5)), 0)[spot] if len(spot) else ahead
    hours = np.maximum(ahead - 2 * TOLERANCE, 0) / HOUR
    alone = np.maximum(ahead - usual - 2 * TOLERANCE, 0) / HOUR
    return np.log1p(most(owner, hours, size)), np.log1p(most(owner, alone, size))


def _first(key: Ints, time: Array, size: int) -> Array:
    found = np.full(size, np.inf)
    np.minimum.at(found, key, time)
    return np.where(np.isinf(found), np.nan, found)


FAMILY = Family("records", FEATURES, compute)
