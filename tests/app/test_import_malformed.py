"""Public collections of broken and hostile files: none crashes, none is half imported, each is quick and small."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.exchange import import_file
from app.exchange.export import Selection, export
from app.station import Station
from chain.errors import BadInput
from tests.app import chocolate

SECONDS, MEGABYTES = 2.0, 200
ROOT = Path(__file__).resolve().parents[2]
MEASURED = """
import re, sys, time
from pathlib import Path
from app.cli import main
status = main(sys.argv[1:])
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1], time.process_time(), sep="\\n", file=sys.stderr)
sys.exit(status)
"""


def files_of(shared: Path, folder: Path, kind: str) -> Iterator[Path]:
    """The files of a collection, those of an archive unpacked."""
    for path in sorted((shared / "vectors" / kind).rglob("*")):
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    if not name.endswith("/"):
                        made = folder / name.replace("/", "_")
                        made.write_bytes(archive.read(name))
                        yield made
        elif path.is_file():
            yield path


@pytest.mark.parametrize(("kind", "least"), [("json", 100), ("xml", 7), ("csv", 50), ("strings", 1)])
def test_no_file_crashes_is_half_imported_or_slow(shared: Path, tmp_path: Path, kind: str, least: int) -> None:
    count = 0
    with Station.open(tmp_path / "profile", offline=True) as station:
        for path in files_of(shared, tmp_path, kind):
            for options in ({}, {"keep_going": True}):
                began = time.process_time()
                with pytest.raises(BadInput) as raised:  # none of them is a history of goods
                    list(import_file(station, path, **options))
                assert time.process_time() - began < SECONDS, path
                assert "\n" not in raised.value.words
                assert station.store.claims.count() == 0, path
            count += 1
    assert count >= least


def test_the_command_takes_little_memory_and_time_over_each_kind(shared: Path, tmp_path: Path) -> None:
    chosen = [
        next(path for path in files_of(shared, tmp_path, "json") if "100000" in path.name),
        shared / "vectors" / "xml" / "quadratic.xml",
        shared / "vectors" / "xml" / "xmlbomb.xml",
        max(files_of(shared, tmp_path, "csv"), key=lambda path: path.stat().st_size),
        shared / "vectors" / "strings" / "blns.json",
    ]
    for path in chosen:
        call = [sys.executable, "-c", MEASURED, "--profile", str(tmp_path / "p"), "import", str(path), "--json"]
        done = subprocess.run(call, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
        words, kilobytes, seconds = done.stderr.splitlines()
        assert (done.returncode, done.stdout) == (2, ""), path
        assert words.startswith("wayproof: ")
        assert int(kilobytes) < MEGABYTES * 1024, path
        assert float(seconds) < SECONDS * 2, path  # the start of an interpreter and the founding of a profile among it


def naughty(shared: Path) -> list[str]:
    return [one for one in json.loads((shared / "vectors" / "strings" / "blns.json").read_text(encoding="utf-8")) if one]


def test_naughty_strings_as_values_of_events_come_back_as_they_went_in(shared: Path, tmp_path: Path) -> None:
    base = chocolate.events()[4]
    told: list[dict[str, Any]] = [
        base | {"@context": [{"mine": "https://example.com/ns/"}], "mine:note": one, "eventID": f"urn:uuid:{n:032d}"}
        for n, one in enumerate(naughty(shared))
    ]
    path = chocolate.file(tmp_path, told)
    for source, profile in ((path, "one"), (tmp_path / "one.csv", "two"), (tmp_path / "one.xlsx", "three")):
        with Station.open(tmp_path / profile, offline=True) as station:
            assert list(import_file(station, source))[-1]["accepted"] == len(told)
            kept = [one.event.extensions["mine:note"] for one in station.store.claims.all()]
            assert kept == naughty(shared)
            if profile == "one":
                for suffix in ("csv", "xlsx"):
                    export(station.store, tmp_path / f"one.{suffix}", Selection())


def test_naughty_strings_in_every_place_are_accepted_or_refused_with_a_reason(shared: Path, tmp_path: Path) -> None:
    base = chocolate.events()[0] | {"@context": [{"mine": "https://example.com/ns/"}]}
    told = [base | {name: one} for one in naughty(shared)[::9] for name in (*base, "epcList", "mine:x", "parentID", one)]
    path = tmp_path / "naughty.json"
    path.write_bytes(orjson.dumps(chocolate.document(told)))
    with Station.open(tmp_path / "profile", offline=True) as station:
        *rows, summary = import_file(station, path, keep_going=True)
        assert summary["events"] == len(told) == len(rows)
        assert all(row["reason"] for row in rows if row["result"] == "refused")
        assert station.store.claims.count() == summary["accepted"]
        for row in station.items("", 200):
            station.journey(row.item)
            station.family(row.item)


def test_naughty_strings_in_cells_are_accepted_or_refused_with_a_reason(shared: Path, tmp_path: Path) -> None:
    columns = ("event", "time", "sscc", "party", "place", "note")
    good = ("observe", "2025-01-01T00:00:00Z", "095210000000000018", "Müller", "Basel", "")
    rows = [
        tuple(
            one if at == place else f"2025-01-{1 + n % 28:02d}T{n // 28 % 24:02d}:00:00Z" if at == 1 else cell
            for at, cell in enumerate(good)
        )
        for n, (one, place) in enumerate((one, place) for one in naughty(shared)[:100] for place in range(6))
    ]
    path = tmp_path / "naughty.csv"
    quoted = (",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in (columns, *rows))
    path.write_bytes("\n".join(quoted).encode("utf-8", "surrogatepass"))
    with Station.open(tmp_path / "profile", offline=True) as station:
        *report, summary = import_file(station, path, keep_going=True)
        assert len(report) == len(rows)
        assert summary["accepted"] + summary["duplicates"] + summary["refused"] == len(rows)
        assert summary["accepted"] > 200
        export(station.store, tmp_path / "out.csv", Selection())
