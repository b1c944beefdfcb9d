"""The whole SCMS delivery history from file to verdict: figures of the import, where its time goes, and verdicts offline.

Run as `python -m tests.bench.scms [LINES]` from the project's root; it needs the third-party data (WAYPROOF_SHARED).
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any

from app.exchange import checking, grounds, import_file, importing
from app.printing import label_text_of
from app.recorder import Recorder
from app.station import Station
from chain.devnet import Devnet
from chain.journey import Scan
from chain.ledger import Ledger
from chain.verdict import Kind

ROOT = Path(__file__).resolve().parents[2]
FILE = Path(os.environ.get("WAYPROOF_SHARED", ROOT.parent / "shared")) / "data" / "scms" / "SCMS_Delivery_History_Dataset.csv"
SCANS = 1_000
spent: dict[str, float] = defaultdict(float)


def timed(owner: Any, name: str, what: str) -> None:
    """Add the processor time of a function, but for that of other timed ones inside it, to `spent`."""
    inner: Callable[..., Any] = getattr(owner, name)

    @wraps(inner)
    def measured(*arguments: Any, **named: Any) -> Any:
        before, began = sum(spent.values()), time.process_time()
        try:
            return inner(*arguments, **named)
        finally:
            spent[what] += time.process_time() - began - (sum(spent.values()) - before)

    setattr(owner, name, measured)


def measure() -> None:
    """Watch the parts of an import."""
    timed(importing, "open_table", "reading the file")
    timed(checking.Checker, "check", "telling and rehearsing every row")
    timed(Devnet, "send_raw_many", "embedded chain: executing, sealing, storing blocks")
    timed(Devnet, "request", "embedded chain: logs, proofs, other requests")
    timed(Ledger, "sign", "signing")
    timed(Recorder, "record", "commitments, calldata, own state, details")
    timed(Recorder, "enrol", "enrolling parties")
    timed(grounds, "pull", "pull: proofs and replica")
    timed(Station, "sync", "pull: proofs and replica")


def main(lines: int | None) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        file, profile = FILE, Path(folder) / "profile"
        if lines:
            file = Path(folder) / "some.csv"
            file.write_bytes(b"\r".join(FILE.read_bytes().split(b"\r")[: lines + 1]))
        measure()
        began = time.process_time()
        with Station.open(profile) as station:
            (summary,) = import_file(station, file)
        took = time.process_time() - began
        said: dict[str, Any] = dict(summary)
        print(
            f"import: {said['rows']:,} lines, {said['recorded']:,} events in {said['blocks']} blocks, {said['seconds']:.1f} s"
            f" ({said['events_per_second']:,.0f} events/s; {took:.1f} s of processor), {said['gas_per_event']:,} gas an event"
        )
        for what, seconds in sorted(spent.items(), key=lambda one: -one[1]):
            print(f"  {seconds:6.2f} s  {seconds / took:4.0%}  {what}")
        print(f"  {took - sum(spent.values()):6.2f} s  {1 - sum(spent.values()) / took:4.0%}  the rest")
        sizes = {path.name: path.stat().st_size for path in profile.glob("*.sqlite")}
        each = ", ".join(f"{name} {size / 1e6:.1f} MB" for name, size in sorted(sizes.items()))
        print(f"on disk: {each}; {sum(sizes.values()) / said['recorded']:,.0f} bytes an event")
        print(f"log: {said['log_size']:,} entries, root {said['log_root']}")
        again(profile, file)
        scans(profile)


def again(profile: Path, file: Path) -> None:
    """The same import again records nothing."""
    with Station.open(profile) as station:
        (summary,) = import_file(station, file)
    assert summary["recorded"] == 0
    print(f"the same file again: {summary['duplicates']:,} duplicates, {summary['seconds']:.1f} s")


def scans(profile: Path) -> None:
    """Labels printed for imported units, verified offline."""
    with Station.open(profile) as station:
        items = [item for _, item, _ in station.store.goods.search("", 1_000_000, 0)]
        chosen = random.Random(1).sample(items, min(SCANS, len(items)))
        texts = [label_text_of(station, item) for item in chosen]
    times = []
    with Station.open(profile, offline=True) as station:
        for text in texts:
            began = time.perf_counter()
            check = station.check(Scan(text, datetime.now(UTC)))
            times.append((time.perf_counter() - began) * 1000)
            assert check.verdict.kind is Kind.GENUINE, check.verdict.reason
    times = sorted(times[20:])
    p95 = times[int(len(times) * 0.95)]
    print(f"text to verdict, offline, recorded: {len(times):,} GENUINE, p50 {statistics.median(times):.1f} ms, p95 {p95:.1f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else None)
