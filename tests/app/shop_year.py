"""Sales of two shops as `app.sales` finds them, without a chain: for tests of the plan and of its page."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np

from app.sales import Sales
from app.sales.days import Series
from forecasting.transfers import Trip

SITES = {"9521000000316": "Linden Pharmacy", "9521000000323": "Pharmacie du Canal"}
PRODUCTS = {"09521000011014": "Cardiol 20 mg", "09521000011021": "Insulin Alba", "09521000022010": "Mountain honey"}
LAST = date(2026, 11, 20)
WEEK = np.array([1.2, 0.9, 1.0, 1.0, 1.3, 0.6, 0.0])


def sold(days: int = 240, *, stock: float = 30.0, young: int = 0) -> Sales:
    """Every product at both sites; closed on Sundays; `young` days of one more product at the first site."""
    random = np.random.default_rng(5)
    series = []
    for s, site in enumerate(SITES):
        for p, gtin in enumerate(PRODUCTS):
            series.append(_series(random, gtin, site, days, 3.0 + 4 * p, stock if s == 0 else 400.0))
    products = dict(PRODUCTS)
    if young:
        gtin = "09521000033016"
        products[gtin] = "New lens solution"
        series.append(_series(random, gtin, next(iter(SITES)), young, 2.0, 9.0))
    trips = tuple(
        Trip("9521000000217", site, 86_400.0 * day, 86_400.0 * (day + 2 + 0.5 * (day % 3)))
        for site in SITES
        for day in range(0, 60, 6)
    )
    as_of = datetime.combine(LAST + timedelta(days=1), datetime.min.time(), UTC)
    left_out = {"in quarantine or recalled": 2}
    return Sales(tuple(series), products, dict(SITES), dict.fromkeys(SITES, "DE"), trips, 900, 850, left_out, as_of)


def _series(random: np.random.Generator, gtin: str, site: str, days: int, rate: float, stock: float) -> Series:
    first = LAST - timedelta(days=days - 1)
    weekday = (first.weekday() + np.arange(days)) % 7
    values = random.poisson(rate * WEEK[weekday]).astype(float)
    values[weekday == 6] = np.nan
    lines = {first + timedelta(days=i): (10 * i,) for i in range(days) if values[i] > 0}
    closed = int((weekday == 6).sum())
    return Series(gtin, site, first, values, np.full(days, stock), stock, 0.0, 0.0, (), 0, closed, lines)
