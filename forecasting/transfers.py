"""Goods between a merchant's own sites before new orders, and lanes that slow down: what the chain's ship and receive
times say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chain.errors import BadInput

Numbers = NDArray[np.float64]

SECONDS = 86_400.0
LEAST_TRIPS = 6
SLOWER = 1.15  # a lane is named when its recent trips take this much longer ...
SURE = 2.0  # ... and by so many standard errors


@dataclass(frozen=True, slots=True)
class Trip:
    """One shipment as the chain tells it: from, to, and unix seconds of SHIP and RECEIVE."""

    origin: str
    target: str
    shipped: float
    received: float


@dataclass(frozen=True, slots=True)
class Lane:
    """How long a lane takes, in days: mean, standard deviation, 95 % quantile; `recent` is the mean of the newest third of
    its trips.
    """

    origin: str
    target: str
    trips: int
    mean: float
    deviation: float
    slow: float
    recent: float
    slower: bool


@dataclass(frozen=True, slots=True)
class Transfer:
    """Move `quantity` from one site to another instead of ordering it."""

    origin: str
    target: str
    quantity: float


def lanes(trips: Iterable[Trip]) -> list[Lane]:
    """Lead times per lane, slowest growth first. A trip received before it was shipped is left out."""
    by_lane: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for trip in trips:
        if trip.received >= trip.shipped:
            by_lane.setdefault((trip.origin, trip.target), []).append((trip.shipped, (trip.received - trip.shipped) / SECONDS))
    found = []
    for (origin, target), rows in by_lane.items():
        days = np.array([took for _, took in sorted(rows)])
        cut = max(1, len(days) // 3)
        new, old = days[-cut:], days[:-cut]
        recent = float(new.mean())
        slower = False
        if len(days) >= LEAST_TRIPS:
            error = float(np.sqrt(old.var(ddof=1) * (1 / len(old) + 1 / len(new))))
            slower = recent > SLOWER * float(old.mean()) and recent - float(old.mean()) > SURE * error
        deviation = float(days.std(ddof=1)) if len(days) > 1 else 0.0
        found.append(
            Lane(origin, target, len(days), float(days.mean()), deviation, float(np.quantile(days, 0.95)), recent, slower)
        )
    return sorted(found, key=lambda lane: (not lane.slower, lane.mean - lane.recent, lane.origin, lane.target))


def balance(
    sites: Sequence[str], spare: Sequence[float], short: Sequence[float], cost: Numbers, order_cost: float
) -> list[Transfer]:
    """Which site helps which: least cost, where a unit not moved is ordered at `order_cost`. Solved exactly as a
    minimum-cost flow.

    `spare` and `short` are units per site, `cost` (sites, sites) per unit moved. Raises BadInput where sizes or values do
    not fit.
    """
    n = len(sites)
    give, need = np.asarray(spare, dtype=np.float64), np.asarray(short, dtype=np.float64)
    price = np.asarray(cost, dtype=np.float64)
    if give.shape != (n,) or need.shape != (n,) or price.shape != (n, n):
        raise BadInput("Every site needs its spare, its shortage and its costs to every other site.")
    if not (np.isfinite(give).all() and np.isfinite(need).all() and (give >= 0).all() and (need >= 0).all()):
        raise BadInput("What is spare or short is a number not below 0.")
    pairs = [(i, j) for i in range(n) for j in range(n) if i != j and give[i] > 0 and need[j] > 0 and price[i, j] < order_cost]
    if not pairs:
        return []
    from scipy.optimize import linprog

    gain = np.array([price[i, j] - order_cost for i, j in pairs])
    limits = np.zeros((2 * n, len(pairs)))
    for column, (i, j) in enumerate(pairs):
        limits[i, column] = limits[n + j, column] = 1.0
    solved = linprog(gain, A_ub=limits, b_ub=np.concatenate([give, need]), bounds=(0, None), method="highs-ds")
    return [
        Transfer(sites[i], sites[j], round(float(amount), 6))
        for (i, j), amount in zip(pairs, solved.x, strict=True)
        if amount > 1e-6
    ]
