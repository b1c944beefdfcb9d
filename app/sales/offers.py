"""Prices and promotions of a shop: read from a file of the merchant's, and planned for the days to come. The chain knows neither.

What they do to sales is learnt by `forecasting.demand.adjusting`, and only where past forecasts would have been better for it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.sales.days import Series
from chain.errors import BadInput

Numbers = NDArray[np.float64]
Told = Mapping[str, Mapping[str, Mapping[date, float]]]

NAMES = ("price", "promotion")
LOWER = 0.97  # a price below this share of the usual one is drawn as an offer
LONGEST = 56  # days that can be planned


@dataclass(frozen=True, slots=True)
class Offer:
    """What a person plans for a product: from `first` on for so many days a price (None: as it is), a promotion, or both."""

    first: date
    days: int
    price: float | None = None
    promotion: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.days <= LONGEST:
            raise BadInput(f"An offer lasts 1 to {LONGEST} days.")
        if self.price is not None and not (math.isfinite(self.price) and self.price > 0):
            raise BadInput("The price is a number above 0.")
        if self.price is None and not self.promotion:
            raise BadInput("An offer is a price, a promotion, or both.")


@dataclass(frozen=True, slots=True)
class Offers:
    """Prices and promotions by unique id (GTIN@GLN), name and day."""

    told: Told

    def rows(self, series: Iterable[Series], width: int, ahead: int) -> dict[str, Numbers]:
        """As the engine takes them: (series, days up to each one's last and `ahead`), NaN where nothing is known."""
        some = list(series)
        found = {}
        for name in NAMES:
            what = np.full((len(some), width + ahead), np.nan)
            for row, one in enumerate(some):
                start = one.day(len(one.values) - 1) - timedelta(days=width - 1)
                for day, value in self.told.get(one.unique_id, {}).get(name, {}).items():
                    column = (day - start).days
                    if 0 <= column < width + ahead:
                        what[row, column] = value
            if np.isfinite(what).any():
                found[name] = what
        return found

    def days(self, unique_id: str) -> frozenset[date]:
        """The days on which something was, or will be, cheaper or advertised."""
        mine = self.told.get(unique_id, {})
        prices = mine.get("price", {})
        usual = float(np.median(list(prices.values()))) if prices else 0.0
        cheaper = {day for day, price in prices.items() if price < LOWER * usual}
        return frozenset(cheaper | {day for day, promotion in mine.get("promotion", {}).items() if promotion > 0})


def read_offers(path: Path, series: Iterable[Series]) -> Offers:
    """Prices and promotions of a CSV, XLSX or parquet file: unique_id (a GTIN, or GTIN@GLN), ds, price and/or promotion.

    Raises BadInput: a column or a value is wrong, or not one row is of a product that is sold here.
    """
    from app.sales.table import read_table
    from forecasting.demand import columns

    table = read_table(path).table
    for name in ("unique_id", "ds"):
        if name not in table.columns:
            raise BadInput(f"{path.name}: the column {name!r} is missing; needed are unique_id, ds and price or promotion.")
    given = columns.drivers(table)
    if not given:
        raise BadInput(f"{path.name} has neither a column price nor a column promotion.")
    wrong = columns.unreadable(table)
    if wrong is not None:
        raise BadInput(f"{path.name}: {wrong}")
    ids: dict[str, list[str]] = defaultdict(list)
    for one in series:
        ids[one.unique_id].append(one.unique_id)
        ids[one.gtin].append(one.unique_id)
    named = table["unique_id"].astype(str).str.strip()
    days = columns.dates(table["ds"])[0].astype(object)
    told: dict[str, dict[str, dict[date, float]]] = defaultdict(lambda: defaultdict(dict))
    for name, (values, _) in given.items():
        for written, day, value in zip(named, days, values, strict=True):
            if math.isfinite(value):
                for unique_id in ids.get(written, ids.get(written.zfill(14), ())):
                    told[unique_id][name][day] = float(value)
    if not told:
        raise BadInput(f"{path.name} names no product that is sold here; unique_id is a GTIN, or GTIN@GLN.")
    return Offers(told)
