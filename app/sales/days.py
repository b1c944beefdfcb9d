"""Books of what moved at a site on a day, laid out as one row of days a product. Knows no log and no unit.

A day on which nothing of a product was there to sell is unknown, not zero; so is a day on which the site was closed: a weekday on
which it never sold while it did on the others, and a single day without one sale at a site that otherwise sells every day.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

LONGEST = 1_500  # days; what lies before is left out
WEEKS_KNOWN = 4  # before a weekday is called closed
OPEN_SHARE = 0.5  # of the other weekdays on which something must have been sold
EVERY_DAY = 0.95  # a site that sells on this share of its open days was closed on the others
Key = tuple[str, str]


@dataclass(slots=True)
class Books:
    """Sums by (GTIN, GLN) and day. `lines` hold which entries of the log a day's number comes from."""

    sales: dict[Key, dict[date, float]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(float)))
    moves: dict[Key, dict[date, float]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(float)))
    counts: dict[Key, dict[date, float]] = field(default_factory=lambda: defaultdict(dict))
    lines: dict[Key, dict[date, list[int]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    shut: dict[Key, float] = field(default_factory=lambda: defaultdict(float))
    coming: dict[Key, float] = field(default_factory=lambda: defaultdict(float))
    ends: dict[Key, dict[date, float]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(float)))
    lives: dict[Key, list[int]] = field(default_factory=lambda: defaultdict(list))

    def sold(self, gtin: str, site: str, day: date, units: float, entry: int) -> None:
        """So many left for good, by this entry; fewer than none came back."""
        self.sales[gtin, site][day] += units
        self.lines[gtin, site][day].append(entry)

    def stocked(self, gtin: str, site: str, day: date, units: float) -> None:
        """So many arrived (or, below zero, left) as the chain tells, unit by unit or by class."""
        self.moves[gtin, site][day] += units

    def counted(self, gtin: str, site: str, day: date, units: float) -> None:
        """A stock-taking found so many named by class at the end of the day."""
        self.counts[gtin, site][day] = units

    def arrived(self, gtin: str, site: str, day: date, expiry: date) -> None:
        """A unit with an expiry date came in."""
        self.lives[gtin, site].append((expiry - day).days)

    def blocked(self, gtin: str, site: str) -> None:
        """One of the units that are here may not be sold."""
        self.shut[gtin, site] += 1.0


@dataclass(frozen=True, slots=True)
class Series:
    """One product at one site, day by day from `first` on.

    `values` are units sold, NaN where unknown; `on_hand` what was there at the end of each day, NaN where nothing is known of it;
    `stock` what may be sold now (NaN: not known), `blocked` units that are here and may not be sold, `coming` units on their way;
    `ends` (date, units) of what carries a date; `empty` and `closed` count the days that are unknown for that reason; `lines`
    tell which entries a day's number comes from; `life` is how many days goods mostly had left when they came in, NaN: not known.
    """

    gtin: str
    site: str
    first: date
    values: Numbers
    on_hand: Numbers
    stock: float
    blocked: float
    coming: float
    ends: tuple[tuple[date, float], ...]
    empty: int
    closed: int
    lines: dict[date, tuple[int, ...]]
    life: float = float("nan")

    @property
    def unique_id(self) -> str:
        """``GTIN@GLN``."""
        return f"{self.gtin}@{self.site}"

    def day(self, number: int) -> date:
        """The date of a column."""
        return self.first + timedelta(days=number)


def laid_out(books: Books, end: date) -> list[Series]:
    """Every product that was ever sold, up to the day before `end` (that day is not over), sorted by product and site."""
    made: dict[Key, tuple[date, Numbers, Numbers, int]] = {}
    for key, by_day in books.sales.items():
        days = [day for day in by_day if day < end]
        if not days or sum(by_day[day] for day in days) <= 0:
            continue
        arrived = [day for day in books.moves.get(key, {}) if day < end]
        first = max(min(days + arrived), end - timedelta(days=LONGEST))
        width = (end - first).days
        values = np.zeros(width)
        for day in days:
            if day >= first:
                values[(day - first).days] = max(by_day[day], 0.0)
        on_hand = _on_hand(books, key, first, end)
        gone = np.concatenate([[False], on_hand[:-1] <= 0]) & (on_hand <= 0) & (values <= 0)
        made[key] = first, np.where(gone, np.nan, values), on_hand, int(gone.sum())
    found = []
    for site in sorted({site for _, site in made}):
        rows = [(key, *made[key]) for key in sorted(made) if key[1] == site]
        start = min(row[1] for row in rows)
        shut = closed_days([(row[1], row[2]) for row in rows], start, end)
        for key, first, values, on_hand, empty in rows:
            mine = shut[(first - start).days :]
            closed = mine & ~(values > 0)
            blocked, ends = books.shut.get(key, 0.0), tuple(sorted(books.ends.get(key, {}).items()))
            stock = max(float(on_hand[-1]) - blocked, 0.0)
            lines = {day: tuple(index) for day, index in books.lines[key].items()}
            values = np.where(closed, np.nan, values)
            coming, many = books.coming.get(key, 0.0), int(closed.sum())
            life = float(np.median(books.lives[key])) if books.lives.get(key) else float("nan")
            found.append(Series(*key, first, values, on_hand, stock, blocked, coming, ends, empty, many, lines, life))
    return found


def _on_hand(books: Books, key: Key, first: date, end: date) -> Numbers:
    """Stock at the end of each day: what moved, set right by each count. NaN where nothing ever came in or was counted."""
    moves, counts = books.moves.get(key, {}), books.counts.get(key, {})
    width = (end - first).days
    if not counts and not any(units > 0 for units in moves.values()):
        return np.full(width, np.nan)
    stock = sum(units for day, units in moves.items() if day < first)
    out = np.empty(width)
    for column in range(width):
        day = first + timedelta(days=column)
        stock = max(counts[day] if day in counts else stock + moves.get(day, 0.0), 0.0)
        out[column] = stock
    return out


def closed_days(rows: list[tuple[date, Numbers]], start: date, end: date) -> NDArray[np.bool_]:
    """On which days from `start` to the day before `end` the site was closed; `rows` are its products (first day, values)."""
    width = (end - start).days
    total = np.zeros(width)
    for first, values in rows:
        total[(first - start).days :] += np.nan_to_num(values)
    weekday = (start.weekday() + np.arange(width)) % 7
    shut = np.zeros(width, dtype=bool)
    sold = total > 0
    if width >= 7 * WEEKS_KNOWN:
        share = np.array([sold[weekday == one].mean() for one in range(7)])
        never = share == 0
        if never.any() and share[~never].min() >= OPEN_SHARE:
            shut = never[weekday]
    rest = ~shut
    if rest.any() and sold[rest].mean() >= EVERY_DAY:
        shut |= ~sold
    return shut
