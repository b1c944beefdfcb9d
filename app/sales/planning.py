"""From proven sales to order proposals: the forecast of every product at every site, and what that asks to be ordered or moved.

The learning happens once (`Outlook.learn`); what a person turns (service level, lead time, review period) only asks the learnt
quantiles again, so a plan is made anew while a slider moves. Decides by `forecasting.reorder`; draws and writes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.sales import Progress, Sales, lead_days, nothing
from app.sales.days import Series
from app.sales.offers import Offer, Offers
from chain.errors import BadInput
from forecasting.reorder import LEVELS, Advice, Demand, Override, Rules, Stock, abc_xyz, advise, lead_spread, order_size
from forecasting.transfers import Lane, Transfer, balance, lanes

if TYPE_CHECKING:
    from forecasting.demand import Explanation, Forecast, Forecaster
    from forecasting.demand.nodes import Parts
    from forecasting.selection import Card

Numbers = NDArray[np.float64]

AHEAD = 56  # days that are forecast: the longest lead time and review period together
USUAL_LEAD = 3.0  # days, where the chain has seen no delivery to a site
MOVING, ORDERING = 0.4, 1.0  # what moving a unit between own sites costs, next to ordering it
YOUNG_DAYS = 28  # known days below which a look-alike is offered
LEAST_DAYS = 3  # known days before a product is forecast by itself


@dataclass(frozen=True, slots=True)
class Knobs:
    """What a person may turn. `lead` and `review` in days; `lead` None: as measured on the chain."""

    service: float = 0.95
    review: float = 7.0
    lead: float | None = None
    by_fill: bool = False
    pack: float = 1.0
    minimum: float = 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """One product at one site, and what to do. `moved` units come from (or, below zero, go to) another own site first."""

    series: Series
    product: str
    place: str
    forecast: Forecast
    card: Card
    advice: Advice
    group: str
    lead: float
    spread: float
    trips: int
    moved: float = 0.0
    offered: frozenset[date] = frozenset()  # the days that were, are or would be cheaper or advertised

    @property
    def young(self) -> bool:
        """Whether so little is known that a look-alike would help."""
        return int(np.isfinite(self.series.values).sum()) < YOUNG_DAYS

    @property
    def unique_id(self) -> str:
        """``GTIN@GLN``."""
        return self.series.unique_id


@dataclass(frozen=True, slots=True)
class Plan:
    """All lines, the most urgent first; transfers as (GTIN, transfer between GLNs), lanes the slowing ones first."""

    lines: tuple[Line, ...]
    transfers: tuple[tuple[str, Transfer], ...]
    lanes: tuple[Lane, ...]
    sales: Sales


@dataclass(slots=True)
class Outlook:
    """What was learnt from the sales."""

    sales: Sales
    forecaster: Forecaster | None
    series: tuple[Series, ...]
    forecasts: tuple[Forecast, ...] = ()
    cards: tuple[Card, ...] = ()
    groups: Mapping[str, str] = field(default_factory=dict)
    offers: Offers | None = None

    @classmethod
    def learn(cls, sales: Sales, progress: Progress = nothing, offers: Offers | None = None) -> Outlook:
        """Fit everything, with the prices and promotions that were read. `progress` may raise to stop."""
        from forecasting.demand import Forecaster

        usable = tuple(one for one in sales.series if np.isfinite(one.values).sum() >= LEAST_DAYS)
        if not usable:
            return cls(sales, None, ())
        progress("forecasting", 0, 2)
        forecaster = Forecaster("D", horizon=AHEAD).fit(panel_of(usable, offers), progress=progress)
        progress("forecasting", 1, 2)
        fans, cards = tuple(forecaster.forecasts()), tuple(forecaster.cards())
        return cls(sales, forecaster, usable, fans, cards, _groups(usable), offers)

    @property
    def said_of_offers(self) -> str:
        """Whether prices and promotions are used, in words; "" where none were read."""
        notes = self.forecaster.notes_ if self.forecaster is not None else ()
        return next((note.words for note in notes if note.kind == "drivers"), "")

    @property
    def responsive(self) -> bool:
        """Whether what prices and promotions do is known, so that others can be tried."""
        effects = self.forecaster.effects_ if self.forecaster is not None else None
        return effects is not None and bool(effects.names)

    def explain(self, unique_id: str) -> Explanation:
        """A forecast taken apart. Raises BadInput where there is none."""
        if self.forecaster is None:
            raise BadInput("Nothing is forecast yet.")
        return self.forecaster.explain(unique_id)

    def take_apart(self, site: str) -> Parts:
        """All that a site sells, taken into trend, week, year and holidays by Prophet. Raises BadInput where it is too little."""
        from forecasting.demand.nodes import take_apart

        mine = [one for one in self.series if one.site == site]
        if not mine:
            raise BadInput("Nothing is sold here.")
        first, days = min(one.first for one in mine), max(len(one.values) for one in mine)
        total, known = np.zeros(days), np.zeros(days, dtype=bool)
        for one in mine:
            total[days - len(one.values) :] += np.nan_to_num(one.values)
            known[days - len(one.values) :] |= np.isfinite(one.values)
        dates = np.datetime64(first) + np.arange(days)
        return take_apart(dates, np.where(known, total, np.nan), self.sales.countries.get(site, ""))

    def plan(
        self,
        knobs: Knobs,
        overrides: Mapping[str, Override] | None = None,
        likes: Mapping[str, str] | None = None,
        planned: Mapping[str, Offer] | None = None,
    ) -> Plan:
        """What to order, most urgent first; `likes` names the look-alike of new products, `planned` what is tried (by ids).

        Raises BadInput where lead time and review reach beyond what is forecast.
        """
        totals: dict[int, tuple[Numbers, Numbers]] = {}
        lifts = self._lifts(planned or {})
        made = [self._line(row, knobs, totals, likes or {}, lifts.get(row)) for row in range(len(self.series))]
        if self.offers is not None:
            made = [replace(line, offered=_offered(line, self.offers, (planned or {}).get(line.unique_id))) for line in made]
        transfers = _transfers(made)
        lines = [_after(line, transfers, knobs) for line in made]
        for number, line in enumerate(lines):
            if overrides and line.unique_id in overrides:
                lines[number] = replace(line, advice=line.advice.overridden(overrides[line.unique_id]))
        lines.sort(key=lambda line: (-line.advice.urgency, line.product, line.place))
        return Plan(tuple(lines), tuple(transfers), tuple(lanes(self.sales.trips)), self.sales)

    def _lifts(self, planned: Mapping[str, Offer]) -> dict[int, Numbers]:
        """By what each planned offer multiplies the days ahead, by row."""
        found = {}
        for row, one in enumerate(self.series):
            offer = planned.get(one.unique_id)
            if offer is None or self.forecaster is None:
                continue
            ahead = np.arange(AHEAD) - (offer.first - one.day(len(one.values))).days
            inside = (ahead >= 0) & (ahead < offer.days)
            asked = {"promotion": np.where(inside, float(offer.promotion), np.nan)}
            if offer.price is not None:
                asked["price"] = np.where(inside, offer.price, np.nan)
            lift = self.forecaster.lifted(one.unique_id, asked)
            if lift is not None:
                found[row] = lift
        return found

    def _line(
        self, row: int, knobs: Knobs, totals: dict[int, tuple[Numbers, Numbers]], likes: Mapping[str, str], lift: Numbers | None
    ) -> Line:
        series = self.series[row]
        measured, spread, trips = lead_days(self.sales, series.site)
        lead = knobs.lead if knobs.lead is not None else (measured if trips else USUAL_LEAD)
        reach = math.ceil(lead + knobs.review - 1e-9)
        if not 1 <= reach <= AHEAD:
            raise BadInput(f"Lead time and review period together must be 1 to {AHEAD} days.")
        like = next((i for i, one in enumerate(self.series) if one.unique_id == likes.get(series.unique_id)), row)
        forecast = self.forecasts[row] if like == row else self._like(row, like)
        more = np.ones(AHEAD)
        if lift is not None:
            usual = np.maximum(np.cumsum(forecast.mean), 1e-9)
            more, forecast = np.cumsum(forecast.mean * lift) / usual, _times(forecast, lift)
        mean, bands = self._total(row, like, reach, totals)
        mean, bands = mean * more[reach - 1], bands * more[reach - 1]
        demand = lead_spread(Demand(LEVELS, bands, mean), mean / reach, spread if knobs.lead is None else 0.0)
        keeps = None if math.isnan(series.life) else max(series.life, 0.0)
        rules = Rules(max(lead, 0.5), knobs.service, knobs.review, knobs.by_fill, knobs.minimum, knobs.pack, keeps, "day")
        life = None if keeps is None else self._until(row, like, lead + keeps, totals, more)
        today = self.sales.as_of.date() if self.sales.as_of else date.max
        ends = tuple((float((day - today).days), units) for day, units in series.ends)
        stock = Stock(0.0 if math.isnan(series.stock) else series.stock, series.coming, expiring=ends)
        product, place = self.sales.products.get(series.gtin, series.gtin), self.sales.sites[series.site]
        advice = advise(series.unique_id, demand, stock, rules, life=life)
        group = self.groups[series.unique_id]
        return Line(series, product, place, forecast, self.cards[row], advice, group, lead, spread, trips)

    def _total(self, row: int, like: int, days: int, totals: dict[int, tuple[Numbers, Numbers]]) -> tuple[float, Numbers]:
        """Mean and quantiles of what the next days sell together; of a new product from its look-alike's."""
        if days not in totals:
            assert self.forecaster is not None
            totals[days] = self.forecaster.lead_time_quantiles(days, LEVELS.tolist())[1:]
        mean, bands = float(totals[days][0][like]), totals[days][1][like]
        if like == row:
            return mean, bands
        from forecasting.demand.lookalike import likeness

        found = likeness(self.series[row].values, self.series[like].values)
        return mean * found.share, found.quantiles(np.array([mean]), bands[None])[0]

    def _until(self, row: int, like: int, days: float, totals: dict[int, tuple[Numbers, Numbers]], more: Numbers) -> Demand:
        """What sells until goods ordered now expire; beyond what is forecast it goes on as it is."""
        reach = min(max(math.floor(days + 1e-9), 1), AHEAD)
        mean, bands = self._total(row, like, reach, totals)
        longer = more[reach - 1] * (max(days / reach, 1.0) if days > AHEAD else 1.0)
        return Demand(LEVELS, bands * longer, mean * longer)

    def _like(self, row: int, like: int) -> Forecast:
        """The forecast that a new product borrows from its look-alike."""
        from forecasting.demand.lookalike import likeness

        found, other = likeness(self.series[row].values, self.series[like].values), self.forecasts[like]
        intervals = {}
        for level, (low, high) in other.intervals.items():
            both = found.quantiles(other.mean, np.stack([low, high], axis=1))
            intervals[level] = both[:, 0], both[:, 1]
        return replace(
            self.forecasts[row], mean=found.mean(other.mean), intervals=intervals, model=f"like {other.unique_id}", error=None
        )


def _offered(line: Line, offers: Offers, planned: Offer | None) -> frozenset[date]:
    """The days on offer, as they were read and as they are tried."""
    tried = () if planned is None else (planned.first + timedelta(days=i) for i in range(planned.days))
    return offers.days(line.unique_id) | frozenset(tried)


def _times(forecast: Forecast, lift: Numbers) -> Forecast:
    """The forecast where a planned offer multiplies each day, its interval with it."""
    intervals = {level: (low * lift, high * lift) for level, (low, high) in forecast.intervals.items()}
    return replace(forecast, mean=forecast.mean * lift, intervals=intervals)


def panel_of(series: Sequence[Series], offers: Offers | None = None) -> object:
    """The series as the engine takes them: rows of days that end on each one's last day."""
    from forecasting.demand import Panel
    from forecasting.demand.calendar import Frequency

    width = max(len(one.values) for one in series)
    values = np.full((len(series), width), np.nan)
    for row, one in enumerate(series):
        values[row, width - len(one.values) :] = one.values
    ends = np.array([np.datetime64(one.day(len(one.values) - 1)) for one in series]).astype("datetime64[D]").astype(np.int64)
    drivers = offers.rows(series, width, AHEAD) if offers is not None else {}
    return Panel(tuple(one.unique_id for one in series), values, ends, Frequency("D"), drivers=drivers)


def _groups(series: Sequence[Series]) -> dict[str, str]:
    """ABC by units sold, XYZ by how much weeks differ."""
    spread = []
    for one in series:
        weeks = np.nan_to_num(one.values[len(one.values) % 7 :]).reshape(-1, 7).sum(axis=1)[-26:]
        spread.append(float(weeks.std() / weeks.mean()) if len(weeks) and weeks.mean() > 0 else 9.0)
    letters = abc_xyz([float(np.nansum(one.values[-365:])) for one in series], spread)
    return {one.unique_id: group for one, group in zip(series, letters, strict=True)}


def _transfers(lines: Sequence[Line]) -> list[tuple[str, Transfer]]:
    """What the own sites can give each other before anything is ordered: whole units that would not be missed."""
    found: list[tuple[str, Transfer]] = []
    for gtin in sorted({line.series.gtin for line in lines}):
        mine = [line for line in lines if line.series.gtin == gtin]
        if len(mine) < 2:
            continue
        spare = [float(math.floor(max(0.0, line.advice.position - line.advice.order_up_to))) for line in mine]
        short = [float(math.floor(line.advice.proposed)) for line in mine]
        cost = np.full((len(mine), len(mine)), MOVING)
        moves = balance([line.series.site for line in mine], spare, short, cost, ORDERING)
        found += [(gtin, move) for move in moves if move.quantity >= 1]
    return found


def _after(line: Line, transfers: Sequence[tuple[str, Transfer]], knobs: Knobs) -> Line:
    """The line once the transfers are made: what is moved in is not ordered."""
    series = line.series
    came = sum(move.quantity for gtin, move in transfers if gtin == series.gtin and move.target == series.site)
    went = sum(move.quantity for gtin, move in transfers if gtin == series.gtin and move.origin == series.site)
    if not came and not went:
        return line
    advice = line.advice
    if came:
        left = order_size(max(advice.proposed - came, 0.0), knobs.minimum, knobs.pack)
        order = f"Order {left:g} now" if left else "Order nothing"
        advice = replace(advice, proposed=left, quantity=left, words=f"{order}: {came:g} can come from another site.")
    else:
        advice = replace(advice, words=f"{advice.words} {went:g} can go to another site.")
    return replace(line, advice=advice, moved=came - went)


def arrivals(line: Line) -> str:
    """How the lead time is known, in words."""
    if not line.trips:
        return f"No delivery to {line.place} is on the chain yet: {USUAL_LEAD:g} days are assumed."
    return f"{line.trips} deliveries to {line.place} took {line.lead:.1f} days on average, give or take {line.spread:.1f}."


def provenance(line: Line, day: date) -> str:
    """Where a day's number comes from, in words."""
    series = line.series
    column = (day - series.first) // timedelta(days=1)
    if not 0 <= column < len(series.values):
        return "This day is not in the books."
    entries = series.lines.get(day, ())
    value = series.values[column]
    if math.isnan(value):
        return "Unknown: closed, or nothing was there to sell."
    if not entries:
        return "Nothing was sold: no entry of the log says otherwise."
    found = sorted(set(entries))
    if len(found) == 1:
        return f"{value:g} sold, proven by entry {found[0]} of the log."
    named, more = ", ".join(map(str, found[:3])), len(found) - 3
    if more > 0:
        return f"{value:g} sold, proven by entries {named} and {more} more of the log."
    return f"{value:g} sold, proven by entries {named} of the log."
