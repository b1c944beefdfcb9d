"""When to order and how much, from the quantiles of what the lead time will sell. Forecasts nothing and orders nothing by itself.

Formulas: cycle service and the reorder point are quantiles of the demand over lead time (continuous review) or lead time + review
period (periodic review); the fill rate is reached by searching the point at which the expected shortage is small enough; the
newsvendor quantile is underage / (underage + overage) (Silver, Pyke, Thomas 2017, chapters 6, 7 and 9). Demand is given by its
quantiles, so no normal law is assumed. All quantities are in units of the series, all times in its periods.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from chain.errors import BadInput

Numbers = NDArray[np.float64]

LEVELS = np.concatenate([np.linspace(0.005, 0.985, 99), [0.99, 0.995, 0.999]])  # at which demand is asked for


@dataclass(frozen=True, slots=True)
class Rules:
    """What the merchant and the supplier agreed on.

    `lead` and `review` in periods; `service` 0..1; `by_fill` False: the chance that a cycle sees no shortage, True: the share of
    the demand that is met from stock. `minimum` and `pack` in units (0 and 1: none). `shelf_life` in periods, None: it does not
    perish. `period` is the word for one.
    """

    lead: float
    service: float = 0.95
    review: float = 0.0
    by_fill: bool = False
    minimum: float = 0.0
    pack: float = 1.0
    shelf_life: float | None = None
    period: str = "period"

    def __post_init__(self) -> None:
        if not 0 < self.service < 1:
            raise BadInput("The service level lies between 0 and 1, such as 0.95.")
        if not (_amount(self.lead) and _amount(self.review) and self.lead + self.review > 0):
            raise BadInput("The lead time and the review period are not below 0, and one of them is above it.")
        if not (_amount(self.minimum) and _amount(self.pack) and self.pack > 0):
            raise BadInput("The minimum order must not be below 0 and a case must hold more than 0.")
        if not (self.shelf_life is None or _amount(self.shelf_life)):
            raise BadInput("The shelf life is not below 0; without one nothing perishes.")


@dataclass(frozen=True, slots=True)
class Stock:
    """What is there: on hand, on order (not yet received), promised to customers, and (periods left, units) that will expire."""

    on_hand: float
    on_order: float = 0.0
    promised: float = 0.0
    expiring: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        if not (math.isfinite(self.on_hand) and _amount(self.on_order) and _amount(self.promised)):
            raise BadInput(
                "What is on hand is a number (below 0 where goods are owed); what is on order or promised is not below 0."
            )
        if not all(math.isfinite(left) and _amount(units) for left, units in self.expiring):
            raise BadInput("What will expire is told by the periods that are left and by units, not below 0.")

    @property
    def position(self) -> float:
        """On hand and on order less promised: what orders are decided by."""
        return self.on_hand + self.on_order - self.promised


@dataclass(frozen=True, slots=True)
class Override:
    """A person's own order quantity, who decided it, why and when (aware UTC)."""

    quantity: float
    author: str
    reason: str
    at: datetime

    def __post_init__(self) -> None:
        if not self.author.strip() or not self.reason.strip():
            raise BadInput("An override needs its author and a reason.")
        if not (math.isfinite(self.quantity) and self.quantity >= 0):
            raise BadInput("An override's quantity is a number not below 0.")


@dataclass(frozen=True, slots=True)
class Advice:
    """An order proposal. `coverage` is how many periods the position lasts, None where nothing sells; `urgency` sorts,
    most first.

    `quantity` is what to order now (an override's, if there is one); `proposed` what was computed; `words` one sentence.
    """

    unique_id: str
    reorder_point: float
    safety_stock: float
    order_up_to: float
    position: float
    proposed: float
    quantity: float
    coverage: float | None
    urgency: float
    wasted: float
    words: str
    override: Override | None = None

    def overridden(self, by: Override) -> Advice:
        """The same advice with a person's quantity."""
        words = f"{by.author} orders {by.quantity:g} instead of {self.proposed:g}: {by.reason}"
        return replace(self, quantity=by.quantity, override=by, words=words)


@dataclass(frozen=True, slots=True)
class Demand:
    """The law of a total: `quantiles` at `levels` (both ascending) and its mean."""

    levels: Numbers
    quantiles: Numbers
    mean: float

    def __post_init__(self) -> None:
        known = np.isfinite(self.quantiles).all() and math.isfinite(self.mean) and self.mean >= 0
        if not (known and len(self.levels) == len(self.quantiles) > 0 and (np.diff(self.quantiles) >= 0).all()):
            raise BadInput("A demand is told by its mean and by ascending quantiles, one a level, none of them unknown.")

    def at(self, level: float) -> float:
        """The quantile of a level, between the known ones by interpolation."""
        return float(np.interp(level, self.levels, self.quantiles))

    def shortage(self, stock: float) -> float:
        """Expected units short with so much stock: the integral of (quantile - stock)+ over the levels, tails held flat."""
        edges = np.concatenate([[0.0], (self.levels[1:] + self.levels[:-1]) / 2, [1.0]])
        return float((np.maximum(self.quantiles - stock, 0.0) * np.diff(edges)).sum())


def lead_spread(lead: Demand, per_period: float, spread: float) -> Demand:
    """Demand over a lead time that itself varies: `spread` is its standard deviation in periods, `per_period` the mean demand.

    Variances add (Silver, Pyke, Thomas 2017, 6.10): var = var(demand over mean lead) + per_period^2 x spread^2; deviations widen
    alike.
    """
    if not (spread > 0 and per_period > 0):
        return lead
    edges = np.concatenate([[0.0], (lead.levels[1:] + lead.levels[:-1]) / 2, [1.0]])
    variance = float((np.diff(edges) * (lead.quantiles - lead.mean) ** 2).sum())
    extra = (per_period * spread) ** 2
    if variance <= 0:
        from scipy.special import ndtri

        return Demand(lead.levels, np.maximum(lead.mean + math.sqrt(extra) * ndtri(lead.levels), 0.0), lead.mean)
    wider = math.sqrt(1.0 + extra / variance)
    return Demand(lead.levels, np.maximum(lead.mean + (lead.quantiles - lead.mean) * wider, 0.0), lead.mean)


def newsvendor(demand: Demand, price: float, cost: float, salvage: float = 0.0) -> float:
    """How much to buy once for one season: the quantile underage / (underage + overage). Raises BadInput."""
    underage, overage = price - cost, cost - salvage
    if not (math.isfinite(underage) and math.isfinite(overage) and underage > 0 and overage > 0):
        raise BadInput("The price must be above the cost, and the cost above what a leftover brings; all three must be known.")
    return demand.at(underage / (underage + overage))


def _amount(number: float) -> bool:
    return math.isfinite(number) and number >= 0


def order_size(wanted: float, minimum: float, pack: float) -> float:
    """Rounded up to whole cases and to the minimum order; nothing stays nothing."""
    if wanted <= 1e-9:
        return 0.0
    return math.ceil(max(wanted, minimum) / pack - 1e-9) * pack


def advise(
    unique_id: str, demand: Demand, stock: Stock, rules: Rules, lead_mean: float | None = None, life: Demand | None = None
) -> Advice:
    """What to order now. `demand` is the total over lead time plus review period; `lead_mean` the mean over the lead time alone.

    Without a review period stock is watched all the time: an order is placed at or below the reorder point. With one, every
    review orders up to the level. Shelf life caps the order at what sells before it expires, at the service level (a newsvendor's
    order): `life` is the total over lead time plus shelf life; without it the mean rate decides.
    """
    reach = rules.lead + rules.review
    rate = demand.mean / reach
    point = _point(demand, rules)
    safety = max(0.0, point - demand.mean)
    wasted = _wasted(stock, rate)
    usable = stock.position - wasted
    cover_cycle = rate * (rules.review if rules.review > 0 else max(1.0, rules.minimum / rate if rate > 0 else 1.0))
    up_to = point if rules.review > 0 else point + cover_cycle
    wanted = up_to - usable if rules.review > 0 or usable <= point else 0.0
    proposed = uncapped = order_size(max(wanted, 0.0), rules.minimum, rules.pack)
    if rules.shelf_life is not None:
        sells = life.at(rules.service) if life is not None else rate * (rules.lead + rules.shelf_life)
        fits = max(0.0, sells - max(usable, rate * rules.lead))
        proposed = min(proposed, math.floor(fits / rules.pack + 1e-9) * rules.pack)
        if proposed < rules.minimum:
            proposed = 0.0
    coverage = max(usable, 0.0) / rate if rate > 0 else None
    needed = demand.mean if lead_mean is None else lead_mean
    urgency = (point - usable) / max(point, needed, 1e-9) if rate > 0 else -1.0
    return Advice(
        unique_id,
        point,
        safety,
        up_to,
        usable,
        proposed,
        proposed,
        coverage,
        urgency,
        wasted,
        _words(proposed, coverage, rules, wasted, uncapped),
    )


def _point(demand: Demand, rules: Rules) -> float:
    if not rules.by_fill:
        return demand.at(rules.service)
    allowed = (1.0 - rules.service) * demand.mean
    low, high = 0.0, float(demand.quantiles[-1])
    for _ in range(60):
        middle = (low + high) / 2
        if demand.shortage(middle) > allowed:
            low = middle
        else:
            high = middle
    return high


def _wasted(stock: Stock, rate: float) -> float:
    """Units that will expire before they can be sold, the soonest to expire being sold first."""
    sold = wasted = 0.0
    for left, units in sorted(stock.expiring):
        can = max(0.0, rate * max(left, 0.0) - sold)
        kept = min(units, can)
        sold += kept
        wasted += units - kept
    return min(wasted, max(stock.on_hand, 0.0))


def _words(quantity: float, coverage: float | None, rules: Rules, wasted: float, uncapped: float) -> str:
    if coverage is None:
        return (
            f"Order {quantity:g} now: it is owed already, and nothing sells besides."
            if quantity
            else "Nothing sells: order nothing."
        )
    if uncapped > quantity and rules.shelf_life is not None:
        kept = _counted(rules.shelf_life, rules.period)
        if quantity:
            return f"Order {quantity:g} now instead of {uncapped:g}: more would not sell within the {kept} that it keeps."
        return f"Order nothing: {uncapped:g} would not sell within the {kept} that it keeps."
    lead = _counted(rules.lead, rules.period)
    lasts = f"What is there and on order lasts {_counted(coverage, rules.period)}, a delivery takes {lead}."
    now = f"Order {quantity:g} now." if quantity else "Order nothing yet."
    return " ".join([now, lasts, *([f"{wasted:.0f} will expire before they can be sold."] if wasted >= 1 else [])])


def _counted(amount: float, period: str) -> str:
    told = f"{amount:.1f}".removesuffix(".0") if amount < 10 else f"{amount:.0f}"
    return f"{told} {period}" if told == "1" else f"{told} {period}s"


def abc_xyz(value: Sequence[float], variation: Sequence[float]) -> list[str]:
    """Classes by turnover (A: first 80 %, B: next 15 %) and by coefficient of variation (X: up to 0.5, Y: up to 1, else Z)."""
    worth = np.fmax(np.asarray(value, dtype=np.float64), 0.0)  # an unknown turnover is none
    order = np.argsort(-worth, kind="stable")
    before = np.concatenate([[0.0], np.cumsum(worth[order])[:-1]]) / max(float(worth.sum()), 1e-12)
    letters = np.empty(len(worth), dtype="<U1")
    letters[order] = np.where(before < 0.8, "A", np.where(before < 0.95, "B", "C"))
    letters[worth <= 0] = "C"
    spread = np.asarray(variation, dtype=np.float64)
    return [f"{a}{'X' if v <= 0.5 else 'Y' if v <= 1.0 else 'Z'}" for a, v in zip(letters, spread, strict=True)]
