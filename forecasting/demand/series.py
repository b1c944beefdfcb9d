"""Sales tables become a panel: one row a series, one column a period, what is not known left empty. Forecasts nothing.

Missing is not zero: a period without stock, a closed day and a gap are left empty (recorded as zeros they cost up to 3.8
times the error). What cannot be used is named in one line a series; with `keep_going` the good series still come through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chain.errors import BadInput
from forecasting.demand import columns
from forecasting.demand.asking import frame_of
from forecasting.demand.calendar import Frequency, Ints, Numbers, frequency
from forecasting.demand.note import Note, shown
from forecasting.demand.regular import irregular

COLUMNS = ("unique_id", "ds", "y")
MOST_AHEAD = 400  # periods for which prices and promotions are taken
SPARSE_GAPS = 0.2  # more gaps than this and not one zero: only sales were written down, and a gap is a zero
CLOSED_WEEKS = 6  # of days before a weekday that is never there counts as closed


@dataclass(slots=True)
class Panel:
    """Series side by side. `values` is (series, periods), the last column being each series' own last period, NaN where unknown.

    `ends` are the ordinals of the last column, `starts` how many leading columns lie before a series' first value. `drivers`
    (price, promotion) and `factors` (what they and the calendar multiply sales by) are (series, periods and some ahead).
    """

    ids: tuple[str, ...]
    values: Numbers
    ends: Ints
    frequency: Frequency
    notes: tuple[Note, ...] = ()
    starts: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    drivers: Mapping[str, Numbers] = field(default_factory=dict)
    factors: Numbers | None = None

    def __post_init__(self) -> None:
        if len(self.starts) != len(self.ids):
            seen = np.isfinite(self.values)
            self.starts = np.where(seen.any(axis=1), seen.argmax(axis=1), self.values.shape[1]).astype(np.int64)

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: NDArray[np.intp] | slice) -> Panel:
        """Some of the series, in the order asked for; `rows` indexes them."""
        picked = np.arange(len(self))[rows]
        return Panel(
            tuple(self.ids[row] for row in picked),
            self.values[picked],
            self.ends[picked],
            self.frequency,
            (),
            self.starts[picked],
            {name: what[picked] for name, what in self.drivers.items()},
            None if self.factors is None else self.factors[picked],
        )

    def before(self, periods: int) -> Panel:
        """The panel as it was `periods` ago, without the series that had nothing yet."""
        width = self.values.shape[1] - periods
        rows = np.flatnonzero(self.starts < width)
        part = self.take(rows)
        values = part.values[:, :width]
        return Panel(part.ids, values, part.ends - periods, part.frequency, (), part.starts, part.drivers, part.factors)

    def flat(self) -> Numbers:
        """The values without what prices, promotions and holidays did to them."""
        return self.values if self.factors is None else self.values / self.factors[:, : self.values.shape[1]]

    def future(self, horizon: int) -> Ints:
        """Ordinals of the next `horizon` periods of each series, (series, horizon)."""
        return np.asarray(self.ends[:, None] + np.arange(1, horizon + 1)[None, :], dtype=np.int64)

    def closed(self, horizon: int) -> NDArray[np.bool_]:
        """Which of the next `horizon` days fall on a weekday that was never once known, (series, horizon).

        A shop that is closed on Sundays has no Sundays in its table; what is not known of any week is not going to be sold.
        """
        season, width = self.frequency.season, self.values.shape[1]
        if self.frequency.code != "D" or width < CLOSED_WEEKS * season or np.isfinite(self.values[:, -season:]).all():
            return np.zeros((len(self), horizon), dtype=bool)
        known = np.stack([np.isfinite(self.values[:, day::season]).any(axis=1) for day in range(season)], axis=1)
        long = width - self.starts >= CLOSED_WEEKS * season
        never = ~known & (long & (known.sum(axis=1) > season // 2))[:, None]
        return np.asarray(never[:, (width + np.arange(horizon)) % season])


@dataclass(slots=True)
class _Given:
    """Prices and promotions as the table has them, row by row."""

    codes: Ints
    periods: Ints
    columns: Mapping[str, Numbers]

    def laid_out(self, kept: Ints, panel: Panel) -> dict[str, Numbers]:
        """(series, periods and those ahead that are known), NaN where nothing is known."""
        inside = np.isin(self.codes, kept)
        row = np.searchsorted(kept, self.codes[inside])
        column = panel.values.shape[1] - 1 - (panel.ends[row] - self.periods[inside])
        width = max(panel.values.shape[1], min(int(column.max()) + 1, panel.values.shape[1] + MOST_AHEAD))
        use = (column >= 0) & (column < width)
        found = {}
        for name, what in self.columns.items():
            found[name] = np.full((len(panel), width), np.nan)
            found[name][row[use], column[use]] = what[inside][use]
        return found


def read_panel(frame: Any, freq: str, *, keep_going: bool = False, gaps: str = "auto") -> Panel:
    """The panel of a long table (pandas) with unique_id, ds, y and, where known, on_hand, price and promotion.

    Rows without y after the last sale of all tell prices and promotions to come.

    `gaps` says what an absent date means: ``missing``, ``zero``, or ``auto``: zero where the table holds no zero at all and more
    than a fifth of its periods are absent (only sales were written down), else missing. Raises BadInput: a column is missing,
    nothing is left, or, without `keep_going`, any series cannot be used.
    """
    frame = frame_of(frame)
    absent = [name for name in COLUMNS if name not in frame.columns]
    if absent:
        raise BadInput(f"The column {absent[0]!r} is missing; needed are unique_id, ds and y.")
    if not len(frame):
        raise BadInput("The table has no rows.")
    ids, codes, unnamed = columns.names(frame["unique_id"])
    dates, date_ok = columns.dates(frame["ds"])
    y, number_ok = columns.numbers(frame["y"])
    at = columns.lines(frame)
    notes = {int(codes[row]): Note("", "name", f"Row {at[row]} has no unique_id.", True) for row in np.flatnonzero(unnamed)[:1]}

    def judge(good: NDArray[np.bool_], name: str, words: str, kind: str = "number") -> None:
        for code, note in columns.refusals(ids, codes, good | unnamed, frame[name], kind, words, at).items():
            notes.setdefault(code, note)

    judge(date_ok, "ds", columns.NO_DATE, "date")
    judge(number_ok, "y", "is not a number")
    judge(~(np.abs(y) >= columns.MOST), "y", "is more than anything can sell")
    given = columns.drivers(frame)
    for name, (_, ok) in given.items():
        judge(ok, name, columns.NO_DRIVER[name])
    on_hand = np.zeros(0)
    if "on_hand" in frame.columns:
        on_hand, ok = columns.numbers(frame["on_hand"])
        judge(ok, "on_hand", "is not a number")
    freq_ = _anchored(frequency(freq), dates[date_ok])
    good = ~np.isin(codes, list(notes))
    prices: _Given | None = None
    if given and np.isfinite(y[good]).any():
        prices = _Given(codes[good], freq_.ordinals(dates[good]), {name: what[good] for name, (what, _) in given.items()})
        good &= ~(np.isnan(y) & (dates > dates[good & np.isfinite(y)].max()))  # known ahead, not sold yet
    codes, dates, y, rows = codes[good], dates[good], y[good], np.flatnonzero(good)
    if not _sorted(codes, dates):
        order = np.lexsort((dates, codes))
        codes, dates, y, rows = codes[order], dates[order], y[order], rows[order]
    periods = freq_.ordinals(dates)
    notes |= irregular(ids, codes, dates, periods, freq_, at[rows])
    remarks: list[Note] = []
    if len(on_hand):
        y, masked = _without_stock(codes, y, on_hand[rows])
        remarks += [
            Note(ids[c], "no stock", f"{shown(ids[c])}: {_many(n, 'period')} without stock, taken as unknown.")
            for c, n in masked.items()
        ]
    negative = np.bincount(codes[y < 0], minlength=len(ids))
    remarks += [
        Note(ids[c], "negative", f"{shown(ids[c])}: {_many(int(negative[c]), 'negative value')}, taken as 0.")
        for c in np.flatnonzero(negative)
        if c not in notes
    ]
    y = np.where(y < 0, 0.0, y)
    notes |= _empty(ids, codes, y, negative)
    refused = list(notes.values())
    if refused and not keep_going:
        more = f" ({len(refused) - 1} more series cannot be used; --keep-going leaves them out)" if len(refused) > 1 else ""
        raise BadInput(refused[0].words + more)
    kept = np.array(sorted(set(range(len(ids))) - set(notes)), dtype=np.int64)
    if not len(kept):
        raise BadInput(f"Not one series can be used. {refused[0].words}")
    inside = np.isin(codes, kept)
    panel = _matrix(ids, kept, codes[inside], periods[inside], y[inside], freq_, gaps, remarks)
    panel.notes = (*refused, *remarks)
    if prices is not None:
        panel.drivers = prices.laid_out(kept, panel)
    return panel


def from_arrays(ids: Sequence[str], values: Numbers, last: np.datetime64, freq: str) -> Panel:
    """A panel of series that all end on the same date; `values` is (series, periods), NaN where unknown."""
    freq_ = _anchored(frequency(freq), np.array([last], dtype="datetime64[D]"))
    ends = np.full(len(ids), freq_.ordinals(np.array([last]))[0], dtype=np.int64)
    return Panel(tuple(ids), np.asarray(values, dtype=np.float64), ends, freq_)


def _sorted(codes: Ints, dates: NDArray[np.datetime64]) -> bool:
    """Whether rows stand by series and date already."""
    step = np.diff(codes)
    return bool(((step > 0) | ((step == 0) & (dates[1:] >= dates[:-1]))).all())


def _anchored(freq: Frequency, dates: NDArray[np.datetime64]) -> Frequency:
    """Weeks begin on the weekday that most dates name."""
    if freq.code != "W" or not len(dates):
        return freq
    days = dates.astype("datetime64[D]").astype(np.int64) % 7
    return Frequency("W", int(np.bincount(days).argmax()))


def _without_stock(codes: Ints, y: Numbers, on_hand: Numbers) -> tuple[Numbers, dict[int, int]]:
    """Empty the periods in which nothing was there to sell: none sold, or fewer than the median of the others (sold out)."""
    out = on_hand <= 0
    if not out.any():
        return y, {}
    y = y.copy()
    masked: dict[int, int] = {}
    for code in np.unique(codes[out]):
        rows = np.flatnonzero(codes == code) if len(y) < 10_000 else np.arange(*np.searchsorted(codes, [code, code + 1]))
        normal = y[rows][~out[rows]]
        usual = float(np.nanmedian(normal)) if np.isfinite(normal).any() else np.inf
        gone = rows[out[rows] & ((y[rows] <= 0) | (y[rows] < usual))]
        y[gone] = np.nan
        masked[int(code)] = len(gone)
    return y, masked


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _empty(ids: list[str], codes: Ints, y: Numbers, negative: Ints) -> dict[int, Note]:
    rows = np.bincount(codes, minlength=len(ids))
    known = np.bincount(codes[np.isfinite(y)], minlength=len(ids))
    total = np.bincount(codes, weights=np.nan_to_num(y), minlength=len(ids))
    found: dict[int, Note] = {}
    for code in np.flatnonzero((rows > 0) & ((known < 2) | (total <= 0))):
        if rows[code] == 1:
            kind, words = "one row", "has one row: at least two are needed"
        elif not known[code]:
            kind, words = "missing", "has no value at all"
        elif known[code] < 2:
            kind, words = "one row", "has one value: at least two are needed"
        elif negative[code]:
            kind, words = "zeros", "has only zeros and negative values, which count as 0: there is nothing to forecast"
        else:
            kind, words = "zeros", "has only zeros: there is nothing to forecast"
        found[int(code)] = Note(ids[code], kind, f"{shown(ids[code])}: {words}.", True)
    return found


def _matrix(
    ids: list[str], kept: Ints, codes: Ints, periods: Ints, y: Numbers, freq: Frequency, gaps: str, remarks: list[Note]
) -> Panel:
    """Rows sorted by series and period become a right-aligned matrix; leading gaps are before a series' first row."""
    row = np.searchsorted(kept, codes)
    starts = np.flatnonzero(np.concatenate([[True], row[1:] != row[:-1]]))  # every series that is kept has rows
    first, last = periods[starts], periods[np.concatenate([starts[1:], [len(row)]]) - 1]
    span = last - first + 1
    width = int(min(span.max(), freq.cap))
    values = np.full((len(kept), width), np.nan)
    column = width - 1 - (last[row] - periods)
    inside = column >= 0
    values[row[inside], column[inside]] = y[inside]
    absent = span - np.bincount(row, minlength=len(kept))
    if gaps not in ("auto", "missing", "zero"):
        raise BadInput(f"Gaps can be auto, missing or zero, not {gaps!r}.")
    if gaps == "auto":
        only_sales = not (y == 0).any() and absent.sum() > SPARSE_GAPS * span.sum()
        gaps = "zero" if only_sales and freq.code == "D" else "missing"
    if gaps == "zero":
        begun = np.arange(width)[None, :] >= (width - span)[:, None]
        values[np.isnan(values) & begun] = 0.0
    word = "zero: only sales are written down" if gaps == "zero" else "unknown, not as zero"
    remarks += [
        Note(ids[kept[i]], "gaps", f"{shown(ids[kept[i]])}: {_many(int(absent[i]), f'absent {freq.word}')}, taken as {word}.")
        for i in np.flatnonzero(absent)
    ]
    return Panel(tuple(ids[code] for code in kept), values, last, freq)
