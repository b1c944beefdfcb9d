"""The door to the forecasts, in the field's words: fit, predict, forecast, cross_validation, update, lead_time_demand, explain.

Tables in and out are pandas in long form (unique_id, ds, y). The constructor only stores; what is learnt ends in an
underscore. The same input and seed give the same numbers, however many processes take part. Draws nothing, orders nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chain.errors import BadInput
from forecasting import selection
from forecasting.demand import asking, drivers, engine
from forecasting.demand.adjusting import adjust
from forecasting.demand.calendar import Dates, Ints, Numbers
from forecasting.demand.classes import CLASSES
from forecasting.demand.note import Note
from forecasting.demand.parts import Parts, fingerprint
from forecasting.demand.series import Panel, read_panel

HORIZONS = {"D": 28, "W": 8, "MS": 12}
LONGEST = 400
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Forecast:
    """What one series will sell. `ds` are the dates (datetime64[D]), `mean` (periods,), `intervals` {level: (low, high)}.

    `error` is the share of what was sold by which past forecasts of the whole horizon were off, None without a past.
    """

    unique_id: str
    ds: Dates
    mean: Numbers
    intervals: Mapping[int, tuple[Numbers, Numbers]]
    model: str
    error: float | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a forecast is what it is.

    `season` are the indices (mean 1), `weights` the shares of the kinds of candidates (sum 1).
    """

    unique_id: str
    kind: str
    level: float
    trend: float
    season: tuple[float, ...]
    weights: Mapping[str, float]
    trees: float
    spikes: tuple[str, ...]
    card: selection.Card
    words: str


def _at(levels: Sequence[int]) -> list[float]:
    return [*((100 - one) / 200 for one in reversed(levels)), *((100 + one) / 200 for one in levels)]


class Forecaster:
    """Forecasts of a panel of series.

    Args:
        freq: ``D``, ``W`` or ``MS``.
        horizon: periods ahead, at most 400; by default 28 days, 8 weeks or 12 months.
        level: interval levels in percent.
        trees: add the global tree model where there are at least 50 series and 120 days (slower; see docs/forecasting.md).
        jobs: processes to use. cluster: the address of a Dask scheduler to use instead.
        gaps: what an absent date means: ``auto``, ``missing`` or ``zero``.
        parts: a folder in which finished chunks of a large panel are kept, and from which a stopped fit goes on.
        country: two letters; its holidays are used where the backtest says that they help (days only).
    """

    def __init__(
        self, freq: str = "D", *, horizon: int | None = None, level: Sequence[int] | int = (80, 95), trees: bool = False,
        jobs: int = 1, cluster: str | None = None, gaps: str = "auto", seed: int = 0, parts: Path | None = None,
        country: str = "",
    ) -> None:  # fmt: skip
        self.freq, self.horizon, self.level, self.trees = freq, horizon, level, trees
        self.jobs, self.cluster, self.gaps, self.seed = jobs, cluster, gaps, seed
        self.parts, self.country = parts, country

    # ---- learning --------------------------------------------------------------------------------------------------------

    def fit(self, sales: Any, *, keep_going: bool = False, progress: Progress | None = None) -> Forecaster:
        """Learn from a table or a Panel. Raises BadInput (see read_panel)."""
        return self._fit(self._read(sales, keep_going), self.horizon, progress)

    def _read(self, sales: Any, keep_going: bool) -> Panel:
        return sales if isinstance(sales, Panel) else read_panel(sales, self.freq, keep_going=keep_going, gaps=self.gaps)

    def _fit(self, panel: Panel, asked: int | None, progress: Progress | None = None) -> Forecaster:
        horizon = HORIZONS[panel.frequency.code] if asked is None else asking.count(asked, "The horizon")
        if not 1 <= horizon <= LONGEST:
            raise BadInput(f"The horizon must be between 1 and {LONGEST} periods, not {horizon}.")
        panel, self.effects_, said = adjust(panel, horizon, self.country)
        self.horizon_, self.notes_ = horizon, (*panel.notes, *said)
        self.shared_, whole = engine.learn_shared(panel, horizon, with_trees=self.trees, seed=self.seed)
        if whole is not None and not self.cluster:
            self.chunks_ = [engine.fit_chunk(panel, horizon, self.shared_, whole)]
        else:
            parts = [panel.take(slice(first, first + engine.CHUNK)) for first in range(0, len(panel), engine.CHUNK)]
            self.chunks_ = self._fitted(panel, parts, progress)
        self.picked_ = [self._judge(chunk) for chunk in self.chunks_]
        return self

    def _fitted(self, panel: Panel, parts: list[Panel], progress: Progress | None) -> list[engine.Chunk]:
        """All chunks; those that a stopped fit left behind are taken as they are."""
        found: dict[int, engine.Chunk] = {}
        keys: list[str] = []
        kept = Parts(self.parts, (self.freq, self.horizon_, self.trees, self.seed)) if self.parts is not None else None
        if kept is not None:
            pilot = fingerprint(panel.take(engine.pilot_rows(panel.ids)))
            keys = [kept.key(part, pilot) for part in parts]
            there = ((i, kept.load(key, parts[i], self.shared_)) for i, key in enumerate(keys))
            found = {i: chunk for i, chunk in there if chunk is not None}
        missing = [i for i in range(len(parts)) if i not in found]
        if progress and found:
            progress("fitting", len(found), len(parts))
        for i, chunk in zip(missing, self._spread([parts[i] for i in missing]), strict=True):
            found[i] = chunk
            if kept is not None:
                kept.keep(keys[i], chunk)
            if progress:
                progress("fitting", len(found), len(parts))
        return [found[i] for i in range(len(parts))]

    def _spread(self, parts: list[Panel]) -> Iterator[engine.Chunk]:
        """The one call, here, in processes or on a cluster; the order is kept."""
        if self.cluster:
            try:
                import distributed
            except ImportError as error:
                raise BadInput("--cluster needs the package distributed: pip install 'wayproof[cluster]'.") from error
            connect: Any = distributed.Client
            try:
                client = connect(self.cluster, timeout="10s", set_as_default=False)
            except (OSError, ValueError) as error:
                raise BadInput(f"No Dask scheduler answers at {self.cluster}.") from error
            with client:
                shared = client.scatter(self.shared_, broadcast=True)
                for future in [client.submit(engine.fit_chunk, part, self.horizon_, shared, pure=False) for part in parts]:
                    yield future.result()
        elif self.jobs > 1:
            from joblib import Parallel, delayed

            yield from Parallel(n_jobs=self.jobs, return_as="generator")(
                delayed(engine.fit_chunk)(part, self.horizon_, self.shared_) for part in parts
            )
        else:
            for part in parts:
                yield engine.fit_chunk(part, self.horizon_, self.shared_)

    def _judge(self, chunk: engine.Chunk) -> tuple[Ints, list[selection.Card]]:
        """Cards of a chunk, and which series use a plain rule; their means are replaced."""
        freq = chunk.panel.frequency
        code, season = freq.code, freq.season
        ours = selection.errors(chunk.past, chunk.actual)
        lived = selection.lived_rules(chunk.panel.values, chunk.origins, season, code, self.horizon_)
        theirs = list(zip(*selection.errors(lived, chunk.actual)[:2], strict=True))
        picked = selection.choose(ours[:2], theirs, ours[2])
        self._use_rules(chunk, picked)
        cards = []
        for i, name in enumerate(chunk.panel.ids):
            rules = [(float(path[i]), float(total[i])) for path, total in theirs]
            engine_ = float(ours[0][i]), float(ours[1][i])
            cards.append(selection.card(name, int(picked[i]), code, int(ours[2][i]), engine_, rules))
        return picked, cards

    def _use_rules(self, chunk: engine.Chunk, picked: Ints) -> None:
        rows = np.flatnonzero(picked >= 0)
        if len(rows):
            freq = chunk.panel.frequency
            said = selection.plain_rules(chunk.panel.values[rows], freq.season, freq.code, self.horizon_)
            shut = chunk.panel.closed(self.horizon_)[rows]
            chunk.mean[rows] = np.where(shut, 0.0, said[picked[rows], np.arange(len(rows))])

    # ---- telling ---------------------------------------------------------------------------------------------------------

    def predict(self, horizon: int | None = None, level: Sequence[int] | int | None = None) -> Any:
        """The forecast as a table: unique_id, ds, mean, lo-80, hi-80, ..., model. `horizon` at most the fitted one."""
        import pandas as pd

        steps, levels = self._steps(horizon), asking.levels(self.level if level is None else level)
        tables = []
        for chunk, (_, cards) in zip(self._known(), self.picked_, strict=True):
            freq = chunk.panel.frequency
            mean = chunk.mean[:, :steps]
            bands = _around(mean, chunk.quantiles(self.shared_, _at(levels))[:, :steps], len(levels))
            table: dict[str, Any] = {
                "unique_id": np.repeat(np.array(chunk.panel.ids, dtype=object), steps),
                "ds": freq.dates(chunk.panel.future(steps)).ravel().astype("datetime64[s]"),
                "mean": mean.ravel(),
            }
            for i, one in enumerate(levels):
                table[f"lo-{one}"] = bands[:, :, len(levels) - 1 - i].ravel()
                table[f"hi-{one}"] = bands[:, :, len(levels) + i].ravel()
            table["model"] = np.repeat(np.array([card.model for card in cards], dtype=object), steps)
            tables.append(pd.DataFrame(table, copy=False))
        return pd.concat(tables, ignore_index=True) if len(tables) > 1 else tables[0]

    def forecasts(self, horizon: int | None = None, level: Sequence[int] | int | None = None) -> Iterator[Forecast]:
        """The same, one series after the other."""
        steps, levels = self._steps(horizon), asking.levels(self.level if level is None else level)
        for chunk, (_, cards) in zip(self._known(), self.picked_, strict=True):
            dates = chunk.panel.frequency.dates(chunk.panel.future(steps))
            mean = chunk.mean[:, :steps]
            bands = _around(mean, chunk.quantiles(self.shared_, _at(levels))[:, :steps], len(levels))
            for i, card in enumerate(cards):
                pairs = {
                    one: (bands[i, :, len(levels) - 1 - j].copy(), bands[i, :, len(levels) + j].copy())
                    for j, one in enumerate(levels)
                }
                yield Forecast(card.unique_id, dates[i], mean[i].copy(), pairs, card.model, card.total_error)

    def forecast(
        self, sales: Any, horizon: int | None = None, level: Sequence[int] | int | None = None, *, keep_going: bool = False
    ) -> Any:
        """fit and predict in one."""
        wanted = asking.levels(self.level if level is None else level)  # a wrong one is told before the work
        return self._fit(self._read(sales, keep_going), self.horizon if horizon is None else horizon).predict(horizon, wanted)

    def cross_validation(self, sales: Any, n_windows: int = 3, step: int | None = None, *, keep_going: bool = False) -> Any:
        """Forecasts from `n_windows` past cut-offs, `step` periods apart (default the horizon), beside what came.

        Each window is fitted anew on what was known then. Columns as of `predict`, and cutoff and y.
        """
        import pandas as pd

        panel = self._read(sales, keep_going)
        horizon = HORIZONS[panel.frequency.code] if self.horizon is None else asking.count(self.horizon, "The horizon")
        apart = horizon if step is None else asking.count(step, "The step")
        if asking.count(n_windows, "The number of windows") < 1 or apart < 1:
            raise BadInput("cross_validation needs at least one window and a step of at least one period.")
        row = {name: i for i, name in enumerate(panel.ids)}
        width = panel.values.shape[1]
        tables = []
        for window in range(n_windows, 0, -1):
            back = horizon + (window - 1) * apart
            if back >= width:
                raise BadInput(f"The series are too short for {n_windows} windows of {horizon} periods.")
            past = panel.before(back)
            other = Forecaster(
                self.freq,
                horizon=horizon,
                level=self.level,
                trees=self.trees,
                jobs=self.jobs,
                seed=self.seed,
                country=self.country,
            )
            table = other.fit(past).predict()
            rows = np.array([row[name] for name in past.ids])
            table["cutoff"] = np.repeat(panel.frequency.dates(past.ends).astype("datetime64[s]"), horizon)
            table["y"] = panel.values[rows, width - back : width - back + horizon].ravel()
            tables.append(table)
        return pd.concat(tables, ignore_index=True)

    def lead_time_demand(self, lead: int, level: Sequence[int] | int | None = None) -> Any:
        """What the next `lead` periods sell together: unique_id, mean, lo-80, hi-80, ..., learnt from backtested totals."""
        import pandas as pd

        steps, levels = self._steps(lead), asking.levels(self.level if level is None else level)
        tables = []
        for chunk in self._known():
            mean, bands = chunk.totals(self.shared_, steps, _at(levels))
            bands = _around(mean, bands, len(levels))
            table: dict[str, Any] = {"unique_id": list(chunk.panel.ids), "mean": mean}
            for i, one in enumerate(levels):
                table[f"lo-{one}"], table[f"hi-{one}"] = bands[:, len(levels) - 1 - i], bands[:, len(levels) + i]
            tables.append(pd.DataFrame(table))
        return pd.concat(tables, ignore_index=True)

    def lead_time_quantiles(self, lead: int, at: Sequence[float]) -> tuple[tuple[str, ...], Numbers, Numbers]:
        """Ids, means (series,) and quantiles (series, levels) of the total of the next `lead` periods, for stock advice."""
        if any(not 0 < one < 1 for one in at):
            raise BadInput("A quantile lies between 0 and 1.")
        steps = self._steps(lead)
        parts = [chunk.totals(self.shared_, steps, sorted(at)) for chunk in self._known()]
        ids = tuple(name for chunk in self.chunks_ for name in chunk.panel.ids)
        bands = np.concatenate([bands for _, bands in parts])
        return ids, np.concatenate([mean for mean, _ in parts]), bands[:, np.searchsorted(np.sort(at), at)]

    def cards(self) -> list[selection.Card]:
        """The honest card of every series."""
        self._known()
        return [card for _, cards in self.picked_ for card in cards]

    def update(self, sales: Any) -> Forecaster:
        """One or more new periods of known series, without fitting again; a series without a row stays unknown in that period.

        Raises BadInput for unknown series, values that are none, and periods that are not the next ones.
        """
        freq = self._known()[0].panel.frequency
        last = int(max(chunk.panel.ends.max() for chunk in self.chunks_))
        place = {name: (c, i) for c, chunk in enumerate(self.chunks_) for i, name in enumerate(chunk.panel.ids)}
        cells, periods, y = asking.new_rows(sales, place, last, freq)
        for period in range(last + 1, int(periods.max()) + 1):
            now = periods == period
            for c, (chunk, (picked, _)) in enumerate(zip(self.chunks_, self.picked_, strict=True)):
                values = np.full(len(chunk.panel), np.nan)
                mine = now & (cells[:, 0] == c)
                values[cells[mine, 1]] = y[mine]
                engine.advance(chunk, values, self.horizon_)
                self._use_rules(chunk, picked)
        return self

    def lifted(self, unique_id: str, planned: Mapping[str, Numbers]) -> Numbers | None:
        """By what prices and promotions other than those known multiply the forecast of a series, (horizon,).

        `planned` (horizon,) by name (price, promotion), NaN where nothing is planned. None where their effect was not learnt, or
        does not make forecasts better. Raises BadInput for an unknown series.
        """
        before = 0
        for chunk in self._known():
            if unique_id in chunk.panel.ids:
                row = chunk.panel.ids.index(unique_id)
                if self.effects_ is None or not self.effects_.names:
                    return None
                one = chunk.panel.take(slice(row, row + 1))
                return drivers.lifted(self.effects_.own[before + row], one, self.horizon_, planned)
            before += len(chunk.panel)
        raise BadInput(f"There is no series {unique_id}.")

    def explain(self, unique_id: str) -> Explanation:
        """Why the forecast of a series is what it is. Raises BadInput for an unknown series."""
        from forecasting.demand.explanation import explain

        before, unique_id = 0, str(unique_id)
        for chunk, (_, cards) in zip(self._known(), self.picked_, strict=True):
            if unique_id in chunk.panel.ids:
                row = chunk.panel.ids.index(unique_id)
                share = float(self.shared_.trees.share[chunk.core.classes[row]]) if self.shared_.trees else 0.0
                effects = self.effects_.words(before + row) if self.effects_ is not None else ""
                told = explain(chunk, row, share, cards[row], effects)
                return Explanation(unique_id, CLASSES[int(chunk.core.classes[row])], *told)
            before += len(chunk.panel)
        raise BadInput(f"There is no series {unique_id}.")

    def note(self, unique_id: str) -> list[Note]:
        """What was found in the data of a series."""
        return [note for note in self.notes_ if note.unique_id == unique_id]

    def _known(self) -> list[engine.Chunk]:
        if not hasattr(self, "chunks_"):
            raise BadInput("Nothing is fitted yet: call fit first.")
        return self.chunks_

    def _steps(self, horizon: int | None) -> int:
        self._known()
        steps = self.horizon_ if horizon is None else asking.count(horizon, "The number of periods")
        if not 1 <= steps <= self.horizon_:
            raise BadInput(f"The forecast was fitted for {self.horizon_} periods; {steps} are asked for.")
        return steps


def _around(mean: Numbers, bands: Numbers, levels: int) -> Numbers:
    """An interval holds its mean: lows are at most, highs at least the mean (which a skewed law need not grant)."""
    bands = bands.copy()
    bands[..., :levels] = np.minimum(bands[..., :levels], mean[..., None])
    bands[..., levels:] = np.maximum(bands[..., levels:], mean[..., None])
    return bands
