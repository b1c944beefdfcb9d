"""`wayproof forecast`: sales in, forecasts out, CSV or parquet on both ends. Decides nothing about the numbers."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import orjson

from app.console import NOT_GENUINE, OK, Meter, put
from app.sales.table import KINDS, read_table, with_future, write_table
from chain.errors import BadInput

SHOWN = 20  # remarks printed before the rest is only counted
ROWS_AT_ONCE = 20_000
MANY_ROWS = 1_500_000  # from here on several processes are used


def run(called: argparse.Namespace) -> int:
    """Read, forecast, write. 0 done, 1 done without the series that could not be used, 2 (BadInput) nothing done."""
    from forecasting.demand import Forecaster
    from forecasting.demand.parts import clear

    output = Path(called.output)
    if output.suffix.lower() not in KINDS:
        raise BadInput(f"{output.name}: the output ends in .csv or .parquet.")
    if not output.parent.is_dir():
        raise BadInput(f"There is no folder {output.parent}.")
    if output.is_dir():
        raise BadInput(f"{output} is a folder, not a file.")
    if Path(called.file).exists() and output.exists() and output.samefile(called.file):
        raise BadInput(f"{output} holds the sales: the forecast needs a file of its own.")
    lead = getattr(called, "lead_time", None)
    horizon = called.horizon
    if horizon is not None and horizon < 1:
        raise BadInput(f"The horizon is at least one period, not {horizon}.")
    if lead is not None and lead < 1:
        raise BadInput("The lead time is at least one period.")
    reach = max(horizon, lead or 0) if horizon is not None else lead
    parts = output.with_name(f"{output.name}.parts")
    if not getattr(called, "resume", False):
        clear(parts)
    read = read_table(Path(called.file), keep_going=called.keep_going)
    ahead = getattr(called, "future", None)
    sales = read.table if ahead is None else with_future(read.table, Path(ahead))
    forecaster = Forecaster(
        called.freq,
        horizon=reach,
        level=called.level or (80, 95),
        trees=getattr(called, "trees", False),
        jobs=getattr(called, "jobs", 0) or _processes(len(read.table)),
        cluster=getattr(called, "cluster", None),
        parts=parts,
        country=getattr(called, "holidays", None) or "",
    )
    try:
        forecaster.fit(sales, keep_going=called.keep_going, progress=Meter())
    except KeyboardInterrupt:
        if parts.is_dir():
            sys.stderr.write(f"wayproof: stopped; what is done is in {parts}: the same call with --resume goes on.\n")
        raise
    table = forecaster.predict(horizon)
    write_table(table, output)
    total, beside = None, output.with_name(f"{output.stem}.lead{output.suffix}")
    if lead is not None:
        total = forecaster.lead_time_demand(lead)
        total.insert(1, "lead_time", lead)
        write_table(total, beside)
    clear(parts)
    if called.json:
        _rows(table)
        if total is not None:
            _rows(total)
        for note in forecaster.notes_:
            if note.refused:
                put({"unique_id": note.unique_id, "refused": note.kind, "reason": note.words}, True, "")
    for words in read.left_out[:SHOWN]:
        sys.stderr.write(f"wayproof: {words} Left out.\n")
    if len(read.left_out) > SHOWN:
        sys.stderr.write(f"wayproof: and {len(read.left_out) - SHOWN} more such rows.\n")
    _tell(forecaster, len(table), output, beside if lead is not None else None)
    return NOT_GENUINE if read.left_out or any(note.refused for note in forecaster.notes_) else OK


def _processes(rows: int) -> int:
    """As many processes as there are cores where the table is large enough for their start to pay; one in the frozen program."""
    return os.cpu_count() or 1 if rows >= MANY_ROWS and not getattr(sys, "frozen", False) else 1


def _rows(table: Any) -> None:
    table = table.copy()
    if "ds" in table:
        table["ds"] = table["ds"].dt.strftime("%Y-%m-%d")
    for first in range(0, len(table), ROWS_AT_ONCE):
        rows = table.iloc[first : first + ROWS_AT_ONCE].to_dict("records")
        sys.stdout.write("".join(orjson.dumps(row, option=orjson.OPT_SERIALIZE_NUMPY).decode() + "\n" for row in rows))
    sys.stdout.flush()


def _tell(forecaster: Any, rows: int, output: Path, beside: Path | None) -> None:
    """What was found and done, on standard error."""
    notes = sorted(forecaster.notes_, key=lambda note: (not note.refused, note.unique_id != ""))
    for note in notes[:SHOWN]:
        sys.stderr.write(f"wayproof: {note.words}{' Left out.' if note.refused else ''}\n")
    if len(notes) > SHOWN:
        sys.stderr.write(f"wayproof: and {len(notes) - SHOWN} more remarks.\n")
    cards = forecaster.cards()
    plain = sum(card.model != "pooled smoothing" for card in cards)
    words = f"{rows:,} rows for {len(cards):,} series are in {output}"
    if beside is not None:
        words += f", the totals of the lead time in {beside}"
    if plain:
        words += f"; {plain:,} of them use a plain rule because nothing beat it"
    sys.stderr.write(f"wayproof: {words}.\n")
