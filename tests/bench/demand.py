"""Forecasts next to Prophet's defaults on real panels, rolling origin, in the same run: `make bench-demand`.

`python -m tests.bench.demand [--series N] [--origins K] [--panel NAME ...] [--trees] [--no-scale]`, and by themselves
`--only-scale`, `--coverage K [--half]` and `--drivers K`.
Our engine fits every series of a panel; Prophet, some hundred times slower, fits `N` of them drawn by a checksum, and both are
judged on those. The table is printed whole, also where a target is missed. It needs the third-party data (WAYPROOF_SHARED).
"""

from __future__ import annotations

import argparse
import logging
import os
import resource
import sys
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.demand import Forecaster, Panel, read_panel
from forecasting.demand.series import from_arrays

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("WAYPROOF_SHARED", ROOT.parent / "shared")) / "data" / "forecast"
Numbers = NDArray[np.float64]
Dates = NDArray[np.datetime64]

RETAIL = (
    "m5_daily", "online_retail_daily", "oj_weekly", "jewelry_weekly", "cheese_weekly", "uci_sales_weekly", "carparts_monthly",
    "m5_department_daily", "online_retail_weekly",
)  # fmt: skip
OTHER = ("hospital_monthly", "m3_monthly", "tourism_monthly", "m4_weekly")
HORIZON = {"D": 28, "W": 8, "MS": 12}
LEVELS = (50, 80, 95)
AT = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
SHORT = 0.1  # seconds of CPU: a panel that takes less is fitted again, and the median counts
DENSE = 0.1  # a panel with fewer zeros than this is dense
TARGETS = {"WAPE": (0.80, 0.90), "total": (0.75, 0.82), "WQL": (0.80, None)}


@dataclass(slots=True)
class Row:
    """Figures of one panel. Ratios are ours over Prophet's; coverages are of all our series."""

    panel: str
    series: int
    wape: float
    total: float
    wql: float
    naive: float
    cover80: float
    cover95: float
    prophet80: float
    prophet95: float
    service: float
    speed: float
    ours_ms: float
    dense: bool


def frequency(name: str) -> str:
    """The frequency that a panel's name tells."""
    return "D" if "daily" in name else "W" if "weekly" in name else "MS"


def load(name: str) -> Panel:
    """A panel: a file of the collection, or sums of one."""
    if name == "m5_department_daily":
        frame = pd.read_parquet(DATA / "m5_daily.parquet", columns=["unique_id", "ds", "y"])
        frame["unique_id"] = frame["unique_id"].str.extract(r"^([A-Z]+_\d)")[0]
        frame = frame.groupby(["unique_id", "ds"], as_index=False)["y"].sum()
    elif name == "online_retail_weekly":
        frame = pd.read_parquet(DATA / "online_retail_daily.parquet", columns=["unique_id", "ds", "y"])
        end = frame["ds"].max()
        frame["ds"] = end - pd.to_timedelta((end - frame["ds"]).dt.days // 7 * 7, unit="D")
        grouped = frame.groupby(["unique_id", "ds"])["y"].agg(["sum", "size"]).reset_index()
        frame = grouped[grouped["size"] == 7].rename(columns={"sum": "y"})
    else:
        frame = pd.read_parquet(DATA / f"{name}.parquet", columns=["unique_id", "ds", "y"])
    return read_panel(frame[["unique_id", "ds", "y"]], frequency(name), keep_going=True)


def split(panel: Panel, horizon: int, origin: float) -> tuple[Panel, Numbers]:
    """What was known `origin` horizons ago (series with three values at least), and what came in the horizon after."""
    back = int(horizon * origin)
    past = panel.before(back)
    past = past.take(np.flatnonzero(np.isfinite(past.values).sum(axis=1) >= 3))
    row = {name: i for i, name in enumerate(panel.ids)}
    width = panel.values.shape[1]
    return past, panel.values[[row[name] for name in past.ids]][:, width - back : width - back + horizon]


def prophet(
    values: Numbers, dates: NDArray[np.datetime64], ahead: NDArray[np.datetime64]
) -> tuple[Numbers, Numbers, Numbers, float]:
    """Prophet with its defaults: mean (H,), quantiles (H, AT), those of the total (AT,), and the CPU seconds of fit and
    predict.
    """
    from prophet import Prophet

    known = np.isfinite(values)
    began = time.process_time()
    np.random.seed(0)  # Prophet draws from the global generator
    model = Prophet(interval_width=0.8)
    model.fit(pd.DataFrame({"ds": dates[known], "y": values[known]}))
    future = pd.DataFrame({"ds": ahead})
    mean = model.predict(future)["yhat"].to_numpy()
    spent = time.process_time() - began
    draws = model.predictive_samples(future)["yhat"]
    return mean, np.quantile(draws, AT, axis=1).T, spent


def pinball(quantiles: Numbers, truth: Numbers) -> float:
    """Sum of weighted quantile losses; the last axis of `quantiles` are AT."""
    known = np.isfinite(truth)
    rest = (np.where(known, truth, 0.0)[..., None] - quantiles) * known[..., None]
    at = np.array(AT)
    return float(np.maximum(at * rest, (at - 1) * rest).sum())


def measure(name: str, sample: int, origins: int, trees: bool) -> Row:
    """All figures of a panel, summed over its origins."""
    panel, horizon = load(name), 13 if name == "m4_weekly" else HORIZON[frequency(name)]
    sums = np.zeros((4, 2))  # abs error, abs error of totals, pinball, CPU a series; ours and Prophet's
    naive, ours_cpu = 0.0, 0.0
    cover, theirs = np.zeros(2), np.zeros(2)
    service: list[bool] = []
    cells = ours_series = theirs_series = 0
    theirs_cells = 0
    for origin in range(1, origins + 1):
        past, truth = split(panel, horizon, origin)
        forecaster, table, spent = _timed(past, horizon, trees)
        ours_series += len(past)
        shape = truth.shape
        mean = table["mean"].to_numpy().reshape(shape)
        low = [table[f"lo-{level}"].to_numpy().reshape(shape) for level in LEVELS]
        high = [table[f"hi-{level}"].to_numpy().reshape(shape) for level in LEVELS]
        bands = np.stack([low[2], low[1], low[0], (low[0] + high[0]) / 2, *high], axis=2)
        middle = forecaster.chunks_[0].quantiles(forecaster.shared_, AT) if len(forecaster.chunks_) == 1 else bands
        known = np.isfinite(truth)
        cells += int(known.sum())
        cover += [((truth >= low[i]) & (truth <= high[i]))[known].sum() for i in (1, 2)]
        whole = known.all(axis=1)
        asked = forecaster.lead_time_quantiles(horizon, [0.95])[2][:, 0]
        service += (truth[whole].sum(axis=1) <= asked[whole]).tolist()
        drawn = np.argsort([zlib.crc32(f"{unique_id}!".encode()) for unique_id in past.ids])[:sample]
        ends = past.frequency.dates(past.future(horizon)).astype("datetime64[ns]")
        for i in drawn:
            seen = past.frequency.dates(past.ends[i] + np.arange(1 - past.values.shape[1], 1)).astype("datetime64[ns]")
            said, quantiles, theirs_cpu = prophet(past.values[i], seen, ends[i])
            ok = known[i]
            for column, (guess, law) in enumerate(((mean[i], middle[i]), (said, quantiles))):
                sums[0, column] += np.abs(guess - truth[i])[ok].sum()
                sums[1, column] += abs((guess - truth[i])[ok].sum())
                sums[2, column] += pinball(law, truth[i])
            sums[3, 1] += theirs_cpu
            theirs += [((truth[i] >= quantiles[:, a]) & (truth[i] <= quantiles[:, b]))[ok].sum() for a, b in ((1, 5), (0, 6))]
            theirs_cells += int(ok.sum())
            theirs_series += 1
            season = past.frequency.season
            last = past.values[i, -season:] if past.values.shape[1] >= season else past.values[i]
            again = np.resize(last, horizon)
            naive += np.abs(np.where(np.isfinite(again), again, np.nanmean(last) if np.isfinite(last).any() else 0.0) - truth[i])[
                ok
            ].sum()
        ours_cpu += float(np.median(spent + _timed(past, horizon, trees)[2]))  # before and after: what else is at work changes
    ours_ms = 1000 * ours_cpu / ours_series
    dense = _dense(panel)
    return Row(
        name, theirs_series, *(float(a / b) for a, b in sums[:3]), naive / sums[0, 1], *(cover / cells), *(theirs / theirs_cells),
        float(np.mean(service)), 1000 * sums[3, 1] / theirs_series / ours_ms, ours_ms, dense,
    )  # fmt: skip


def _timed(past: Panel, horizon: int, trees: bool) -> tuple[Forecaster, pd.DataFrame, list[float]]:
    """A fit, its table and the CPU seconds of both; short ones are done again."""
    spent: list[float] = []
    while sum(spent) < SHORT:
        began = time.process_time()
        forecaster = Forecaster(past.frequency.code, horizon=horizon, level=LEVELS, trees=trees).fit(past)
        table = forecaster.predict()
        spent.append(time.process_time() - began)
    return forecaster, table, spent


def coverage(names: list[str], origins: int, apart: float) -> Iterator[str]:
    """How many values our intervals of dense panels hold, origin by origin, the newest first; no Prophet."""
    means = np.zeros((2, 0, origins))
    for name in names:
        panel, horizon = load(name), 13 if name == "m4_weekly" else HORIZON[frequency(name)]
        if not _dense(panel):
            continue
        held = np.full((2, origins), np.nan)
        for origin in range(1, origins + 1):
            past, truth = split(panel, horizon, 1 + (origin - 1) * apart)
            if len(past) < 0.6 * len(panel):
                continue
            table, known = Forecaster(frequency(name), horizon=horizon).fit(past).predict(), np.isfinite(truth)
            for row, level in enumerate((80, 95)):
                low, high = (table[f"{side}-{level}"].to_numpy().reshape(truth.shape) for side in ("lo", "hi"))
                held[row, origin - 1] = 100 * ((truth >= low) & (truth <= high))[known].mean()
        told = "; ".join(f"{level} %: {' '.join(f'{one:.0f}' for one in row)}" for level, row in zip((80, 95), held, strict=True))
        yield f"{name}: {told}"
        means = np.concatenate([means, held[:, None]], axis=1)
    for level, row in zip((80, 95), means, strict=True):
        newest, moved = np.nanmean(row[:, :2]), np.nanstd(row)
        words = f"newest two origins {newest:.1f}, all {np.nanmean(row):.1f}, deviation from one to another {moved:.1f}"
        yield f"{level} % intervals, mean of panels: {words}"


def _dense(panel: Panel) -> bool:
    return float((panel.values == 0).sum() / np.isfinite(panel.values).sum()) < DENSE


def geometric(values: list[float]) -> float:
    """Geometric mean."""
    return float(np.exp(np.mean(np.log(values)))) if values else float("nan")


def lines(rows: list[Row]) -> Iterator[str]:
    """The table in Markdown."""
    yield "| panel | n | WAPE | total | WQL | snaive | 80 % covers | 95 % covers | Prophet's | 95 % service | CPU ratio | ms |"
    yield "|---|---|---|---|---|---|---|---|---|---|---|---|"
    for r in rows:
        name = f"{r.panel} (dense)" if r.dense else r.panel
        yield (
            f"| {name} | {r.series} | {r.wape:.3f} | {r.total:.3f} | {r.wql:.3f} | {r.naive:.2f} | {100 * r.cover80:.1f} | "
            f"{100 * r.cover95:.1f} | {100 * r.prophet80:.0f} / {100 * r.prophet95:.0f} | {100 * r.service:.1f} | "
            f"{r.speed:.0f} | {r.ours_ms:.2f} |"
        )
    for words, some in (("all", rows), ("retail", [r for r in rows if r.panel in RETAIL])):
        if some:
            yield (
                f"| **{words}, geometric mean** | {sum(r.series for r in some)} | {geometric([r.wape for r in some]):.3f} | "
                f"{geometric([r.total for r in some]):.3f} | {geometric([r.wql for r in some]):.3f} | "
                f"{geometric([r.naive for r in some]):.2f} | | | | | {geometric([r.speed for r in some]):.0f} | |"
            )


def scale() -> Iterator[str]:
    """10,000 series of 447 days end to end, and 27,000 updated with one day."""
    panel = load("m5_daily")
    for many, what in ((10_000, "fitted, with intervals"), (27_000, "updated with one day")):
        times = -(-many // len(panel))
        values = np.tile(panel.values, (times, 1))[:many]
        big = from_arrays([f"S{i:05}" for i in range(many)], values, np.datetime64("2016-05-22"), "D")
        began, spent = time.perf_counter(), time.process_time()
        forecaster = Forecaster("D").fit(big)
        if many <= 10_000:
            forecaster.predict()
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            used = f"{time.process_time() - spent:.1f} s of CPU"
            words = f"{time.perf_counter() - began:.1f} s, {used} in one process, at most {peak:,.0f} MB"
            yield f"{many:,} series of {values.shape[1]} days {what}: {words}"
            continue
        day = pd.DataFrame({"unique_id": big.ids, "ds": np.datetime64("2016-05-23"), "y": np.nan_to_num(values[:, -7])})
        began, spent = time.perf_counter(), time.process_time()
        forecaster.update(day)
        yield f"{many:,} series {what}: {time.perf_counter() - began:.2f} s, {time.process_time() - spent:.2f} s of CPU"


def drivers(origins: int) -> Iterator[str]:
    """Orange juice with its real prices and advertisements, known ahead, next to the same without; and holidays on M5."""
    table = pd.read_parquet(DATA / "oj_weekly.parquet", columns=["unique_id", "ds", "y"])
    table = table.merge(
        pd.read_parquet(DATA / "oj_weekly_exog.parquet").rename(columns={"feat": "promotion"}), on=["unique_id", "ds"]
    )
    whole, plain = read_panel(table, "W", keep_going=True), read_panel(table[["unique_id", "ds", "y"]], "W", keep_going=True)
    yield _beside("oj_weekly, price and promotion", whole, plain, 8, origins)
    for name, country in (("m5_daily", "US"), ("online_retail_daily", "GB")):
        yield _beside(f"{name}, holidays", load(name), load(name), 28, origins, country)


def _beside(what: str, whole: Panel, plain: Panel, horizon: int, origins: int, country: str = "") -> str:
    errors, held = np.zeros((2, 2)), np.zeros((2, 2))
    cells = used = 0
    code = whole.frequency.code
    for origin in range(1, origins + 1):
        for i, (panel, nation) in enumerate(((whole, country), (plain, ""))):
            past, truth = split(panel, horizon, origin)
            forecaster = Forecaster(code, horizon=horizon, country=nation).fit(past)
            used += forecaster.effects_ is not None
            table, known = forecaster.predict(), np.isfinite(truth)
            rest = np.where(known, table["mean"].to_numpy().reshape(truth.shape) - truth, 0.0)
            errors[i] += np.abs(rest).sum(), np.abs(rest.sum(axis=1)).sum()
            cells += int(known.sum())
            for j, level in enumerate((80, 95)):
                low, high = (table[f"{side}-{level}"].to_numpy().reshape(truth.shape) for side in ("lo", "hi"))
                held[i, j] += ((truth >= low) & (truth <= high))[known].sum()
    ratio, cover = errors[0] / errors[1], 200 * held / cells
    return (
        f"{what}: used at {used} of {origins} origins; error x {ratio[0]:.3f}, of the total x {ratio[1]:.3f}; "
        f"80 / 95 % cover {cover[0, 0]:.1f} / {cover[0, 1]:.1f} (without {cover[1, 0]:.1f} / {cover[1, 1]:.1f})"
    )


def stock_outs() -> str:
    """How much worse forecasts get where a sixth of the days had no stock: recorded as zeros, and masked as we do."""
    panel = load("m5_daily")
    past, truth = split(panel, 28, 1)
    busy = np.flatnonzero(np.nanmean(past.values, axis=1) > 1.0)
    past, truth = past.take(busy), truth[busy]
    random = np.random.default_rng(4)
    out = np.zeros(past.values.shape, dtype=bool)
    for row in out:
        for start in random.integers(0, len(row) - 14, 6):
            row[start : start + random.integers(7, 15)] = True
    errors = []
    for filled in (None, np.nan, 0.0):
        values = past.values if filled is None else np.where(out, filled, past.values)
        part = Panel(past.ids, values, past.ends, past.frequency)
        mean = Forecaster("D", horizon=28).fit(part).predict()["mean"].to_numpy().reshape(truth.shape)
        errors.append(np.abs((mean - truth).sum(axis=1)).sum())
    masked, zeros = errors[1] / errors[0], errors[2] / errors[0]
    return f"stock-outs ({len(busy)} series): error of the total x {masked:.3f} masked, x {zeros:.3f} as zeros"


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench-demand")
    parser.add_argument("--series", type=int, default=25, help="series of each panel that Prophet fits, per origin")
    parser.add_argument("--origins", type=int, default=2)
    parser.add_argument("--panel", nargs="*", default=[*RETAIL, *OTHER])
    parser.add_argument("--trees", action="store_true", help="with the global tree model")
    parser.add_argument("--no-scale", action="store_true", help="leave out the figures of 10,000 and 27,000 series")
    parser.add_argument("--coverage", type=int, metavar="K", help="only the coverage of our intervals at K origins")
    parser.add_argument("--half", action="store_true", help="these origins half a horizon apart, not a whole one")
    parser.add_argument("--drivers", type=int, metavar="K", help="only what prices, promotions and holidays bring, at K origins")
    parser.add_argument("--only-scale", action="store_true", help="nothing but those figures")
    called = parser.parse_args(arguments)
    if not DATA.is_dir():
        sys.stderr.write(f"bench-demand: third-party data not here ({DATA}; set WAYPROOF_SHARED)\n")
        return 2
    if called.coverage:
        print("\n".join(coverage(called.panel, called.coverage, 0.5 if called.half else 1)))
        return 0
    if called.drivers:
        print("\n".join(drivers(called.drivers)))
        return 0
    if called.only_scale:
        print("\n".join(scale()))
        return 0
    import prophet as _  # noqa: F401 - cmdstanpy's logger exists only after this

    for logger in ("cmdstanpy", "prophet"):
        logging.getLogger(logger).disabled = True
    small = from_arrays(["a", "b"], np.arange(120.0).reshape(2, 60) % 7, np.datetime64("2024-01-01"), "D")
    Forecaster("D", horizon=7).fit(small).predict()  # what is imported late is imported now: on neither side is it counted
    day = np.datetime64("2024-01-01", "ns") + np.arange(60) * np.timedelta64(1, "D")
    prophet(np.arange(60.0) % 7, day, day[-7:] + np.timedelta64(7, "D"))
    rows = []
    for name in called.panel:
        rows.append(measure(name, called.series, called.origins, called.trees))
        sys.stderr.write(f"{name}: WAPE {rows[-1].wape:.3f} total {rows[-1].total:.3f}\n")
    print("\n".join(lines(rows)))
    for words, (everyone, retail) in TARGETS.items():
        print(f"target {words}: at most {everyone} over all{f', {retail} over retail' if retail else ''}")
    print("\n" + stock_outs())
    if not called.no_scale:
        print("\n".join(scale()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
