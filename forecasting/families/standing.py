"""Who may do this here: authorisation, licences, parties nobody knows, countries the product is not meant for."""

from __future__ import annotations

import numpy as np

from forecasting.families.feature import Columns, Family, Feature
from forecasting.segments import Array, Flags, Ints, combine, counts, distinct, most, size_of
from forecasting.tables import COMMISSION, PACK, RECEIVE, RETURN, SELL, SHIP, UNPACK
from forecasting.trail import DAY, Trail, kilometres

FEATURES = (
    Feature("standing_unauthorised", "rows", "handlings by parties that are not authorised"),
    Feature("standing_unlicensed", "rows", "handlings by parties whose licence did not run then"),
    Feature("standing_unlicensed_days", "log days", "farthest outside a licence"),
    Feature("standing_unknown", "rows", "handlings by parties that are not in the list"),
    Feature("standing_unknown_named", "rows", "senders or receivers that are not in the list"),
    Feature("standing_not_sender", "rows", "shipments recorded by another than the sender"),
    Feature("standing_not_receiver", "rows", "receipts recorded by another than the receiver named"),
    Feature("standing_not_maker", "rows", "commissionings by another than the product's maker"),
    Feature("standing_banned", "rows", "handlings in a country the product is not meant for, importers' left out"),
    Feature("standing_banned_sale", "rows", "sales in such a country"),
    Feature("standing_banned_target", "rows", "shipments named for such a country"),
    Feature("standing_banned_scan", "rows", "consumers' scans nearest to such a country"),
    Feature("standing_imported", "rows", "handlings by a parallel importer of the product"),
    Feature("standing_countries", "countries", "countries it was handled in"),
    Feature("standing_far_from_trade", "log km", "farthest a read is from any place its product was handled by the many"),
    Feature("standing_batches", "batches", "batches told beyond the first"),
    Feature("standing_batch_tellers", "parties", "parties that told another batch than its first"),
    Feature("standing_products", "products", "products told beyond the first"),
    Feature("standing_batch_product", "0/1", "its batch belongs to another product for most"),
)


def compute(trail: Trail) -> Columns:
    """Columns of FEATURES."""
    size, e, parties = trail.size, trail.events, trail.tables.parties
    rows = trail.handled
    who, item, time = trail.actor[rows], trail.item[rows], trail.time[rows]
    found: dict[str, Array] = {}
    refused = np.nan_to_num(parties.authorised[who], nan=1.0) < 0.5
    found["standing_unauthorised"] = counts(item[refused], size)
    early = np.nan_to_num((parties.licence_from[who] - time) / DAY, nan=-1.0)
    late = np.nan_to_num((time - parties.licence_to[who]) / DAY, nan=-1.0)
    outside = np.maximum(early, late) - 1.0
    found["standing_unlicensed"] = counts(item[outside > 0], size)
    found["standing_unlicensed_days"] = most(item, np.log1p(np.maximum(outside, 0)), size)
    listed = bool(parties.known.any())
    found["standing_unknown"] = counts(item[~parties.known[who]], size) if listed else np.zeros(size)
    found |= _names(trail, rows, listed)
    found |= _lands(trail, rows)
    found["standing_far_from_trade"] = _far(trail)
    batches = distinct(trail.item, e.batch, size)
    products = distinct(trail.item, e.product, size)
    found["standing_batches"] = np.maximum(batches - 1, 0)
    other = (e.batch >= 0) & (e.batch != trail.batch[trail.item]) & (trail.actor >= 0)
    found["standing_batch_tellers"] = distinct(trail.item[other], trail.actor[other], size)
    found["standing_products"] = np.maximum(products - 1, 0)
    found["standing_batch_product"] = _foreign(trail)
    return found


def _names(trail: Trail, rows: Ints, listed: bool) -> dict[str, Array]:
    size, e, tables = trail.size, trail.events, trail.tables
    item, action = trail.item[rows], trail.action[rows]
    named = np.concatenate([e.origin[rows], e.target[rows]]).astype(np.int64)
    twice = np.concatenate([item, item])
    stranger = (named >= 0) & ~tables.parties.known[np.maximum(named, 0)]
    told = e.actor[rows]
    sender = np.isin(action, (SHIP,)) & (e.origin[rows] >= 0) & (told >= 0) & (e.origin[rows] != told)
    receiver = (action == RECEIVE) & (e.target[rows] >= 0) & (told >= 0) & (e.target[rows] != told)
    goods = trail.product[item]
    maker = (
        np.where(goods >= 0, tables.products.manufacturer[np.maximum(goods, 0)], -1)
        if len(tables.products.cold)
        else told * 0 - 1
    )
    false_birth = (action == COMMISSION) & (maker >= 0) & (told != maker)
    return {
        "standing_unknown_named": counts(twice[stranger], size) if listed else np.zeros(size),
        "standing_not_sender": counts(item[sender], size),
        "standing_not_receiver": counts(item[receiver], size),
        "standing_not_maker": counts(item[false_birth], size),
    }


def banned(trail: Trail, product: Ints, country: Ints) -> Flags:
    """Whether a product's list of countries leaves a country out; False where either is unknown or there is no list."""
    products = trail.tables.products
    fine = (product >= 0) & (country >= 0)
    if not products.allowed.size:
        return np.zeros(len(product), bool)
    p, c = np.maximum(product, 0), np.maximum(country, 0)
    found: Flags = fine & products.restricted[p] & ~products.allowed[p, c]
    return found


def _lands(trail: Trail, rows: Ints) -> dict[str, Array]:
    size, e, tables = trail.size, trail.events, trail.tables
    item, action, who = trail.item[rows], trail.action[rows], trail.actor[rows]
    goods = trail.product[item]
    country = trail.country[rows]
    importer = np.zeros(len(rows), bool)
    if len(tables.products.restricted):
        importer = (goods >= 0) & tables.products.importers[np.maximum(goods, 0), np.maximum(who, 0)]
    making = np.isin(action, (COMMISSION, PACK)) | (who == _maker(trail, goods))
    wrong = banned(trail, goods, country) & ~importer & ~making
    target = e.target[rows].astype(np.int64)
    sent = np.isin(action, (SHIP, RETURN)) & (target >= 0)
    land = np.where(sent, tables.parties.country[np.maximum(target, 0)], -1)
    to = banned(trail, goods, land)
    if len(tables.products.restricted):
        to &= ~tables.products.importers[np.maximum(goods, 0), np.maximum(target, 0)]
    return {
        "standing_banned": counts(item[wrong & np.isin(action, (RECEIVE, UNPACK, SHIP, SELL))], size),
        "standing_banned_sale": counts(item[wrong & (action == SELL)], size),
        "standing_banned_target": counts(item[to], size),
        "standing_imported": counts(item[importer], size),
        "standing_countries": distinct(item, country, size),
        "standing_banned_scan": _scans(trail),
    }


def _maker(trail: Trail, goods: Ints) -> Ints:
    products = trail.tables.products
    if not len(products.manufacturer):
        return np.full(len(goods), -2, np.int64)
    return np.where(goods >= 0, products.manufacturer[np.maximum(goods, 0)], -2).astype(np.int64)


def _scans(trail: Trail) -> Array:
    """Scans whose nearest party stands in a country that the product is not meant for, and no party of a fit one is as near."""
    parties = trail.tables.parties
    rows = trail.scans[~np.isnan(trail.lat[trail.scans])]
    sited = np.flatnonzero(~np.isnan(parties.lat) & ~np.isnan(parties.lon) & (parties.country >= 0))
    if not len(rows) or not len(sited):
        return np.zeros(trail.size)
    near = nearest(trail.lat[rows], trail.lon[rows], parties.lat[sited], parties.lon[sited])
    land = parties.country[sited[near]].astype(np.int64)
    wrong = banned(trail, trail.product[trail.item[rows]], land)
    return counts(trail.item[rows][wrong], trail.size)


def nearest(lat: Array, lon: Array, to_lat: Array, to_lon: Array) -> Ints:
    """Index of the nearest of some places for each point, on the sphere."""
    from scipy.spatial import cKDTree

    found: Ints = cKDTree(_unit(to_lat, to_lon)).query(_unit(lat, lon))[1].astype(np.int64)
    return found


def _unit(lat: Array, lon: Array) -> Array:
    p, q = np.radians(lat), np.radians(lon)
    return np.stack([np.cos(p) * np.cos(q), np.cos(p) * np.sin(q), np.sin(p)], axis=1)


def _far(trail: Trail) -> Array:
    """Distance of each read to the nearest place where at least three items of the product were handled."""
    from scipy.spatial import cKDTree

    rows = trail.located
    rows = rows[trail.product[trail.item[rows]] >= 0]
    found = np.zeros(trail.size)
    if not len(rows):
        return found
    goods = trail.product[trail.item[rows]]
    north, east = np.round(trail.lat[rows] * 10).astype(np.int64), np.round(trail.lon[rows] * 10).astype(np.int64)
    cell = combine(goods, north, east)
    cells = size_of(cell)
    first = np.unique(cell, return_index=True)[1]
    custody = np.zeros(len(trail), bool)
    custody[trail.handled] = True
    held = custody[rows]
    busy = distinct(cell[held], trail.item[rows][held], cells) >= 3
    lat, lon, own = trail.lat[rows][first], trail.lon[rows][first], goods[first]
    km = np.zeros(cells)
    order = np.argsort(own, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(own[order])) + 1):
        places = part[busy[part]]
        if len(places):
            index = cKDTree(_unit(lat[places], lon[places])).query(_unit(lat[part], lon[part]))[1]
            km[part] = kilometres(lat[part], lon[part], lat[places[index]], lon[places[index]])
    np.maximum.at(found, trail.item[rows], np.log1p(np.maximum(km[cell] - trail.radius[rows] - 30, 0)))
    return found


def _foreign(trail: Trail) -> Array:
    """1 where an item's product is not the one that most items of its batch have."""
    batch, goods = trail.batch, trail.product
    fine = np.flatnonzero((batch >= 0) & (goods >= 0))
    found = np.zeros(trail.size)
    if len(fine):
        pair = combine(batch[fine], goods[fine])
        same = counts(pair, size_of(pair))[pair]
        group = combine(batch[fine])
        whole = counts(group, size_of(group))[group]
        found[fine] = same < 0.5 * whole
    return found


FAMILY = Family("standing", FEATURES, compute)
