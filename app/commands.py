"""What each subcommand does: call the rooms, put what they say on the right stream, and give the exit status."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import orjson

from app.checks import Check
from app.cli import BAD, NOT_GENUINE, OK, existing_file
from chain.errors import BadInput, LedgerError, WayproofError
from chain.journey import Item, Scan, Unreadable
from chain.verdict import Kind

PICTURES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pdf"}


def say(words: str) -> None:
    """A message to the person: standard error."""
    sys.stderr.write(words + "\n")


def put(row: Mapping[str, object], as_json: bool, words: str) -> None:
    """A result: its JSON, or its words."""
    sys.stdout.write((orjson.dumps(row).decode() if as_json else words) + "\n")
    sys.stdout.flush()


class Meter:
    """Progress on standard error with a rate: in place on a terminal, at each tenth elsewhere. A `sync.Progress`."""

    def __init__(self) -> None:
        self._started: dict[str, float] = {}
        self._said: dict[str, int] = {}
        self._live = sys.stderr.isatty()

    def __call__(self, what: str, done: int, total: int) -> None:
        """So much of so much is done."""
        started = self._started.setdefault(what, time.monotonic())
        tenth = 10 * done // max(total, 1)
        if not self._live and tenth == self._said.get(what) and done < total:
            return
        self._said[what] = tenth
        seconds = time.monotonic() - started
        rate = f", {done / seconds:,.0f} a second" if seconds > 0.5 else ""
        end = "\r" if self._live and done < total else "\n"
        sys.stderr.write(f"  {what}: {done:,} of {total:,}{rate}   {end}")
        sys.stderr.flush()


# ---- the commands --------------------------------------------------------------------------------------------------------


def gs1(called: argparse.Namespace) -> int:
    """`wayproof gs1 TEXT...`"""
    from chain.gs1 import describe

    status = OK
    for text in called.texts:
        row = describe(text)
        if row.get("error"):
            status = BAD
            say(f"wayproof: {row['error']}" + (f" {row['hint']}" if row.get("hint") else ""))
            if called.json:
                put(row, True, "")
            continue
        lines = [f"({e['ai']}) {e['value']:<30} {e['title']}" for e in row["elements"]]
        put(row, called.json, "\n".join([*lines, str(row.get("digital_link") or "")]).rstrip())
    return status


def decode(called: argparse.Namespace) -> int:
    """`wayproof decode IMAGE...`"""
    from app.decode import decode_files

    status = OK
    for row in decode_files(called.images):
        if "error" in row:
            say(f"wayproof: {row['error']}")
            status = BAD
            continue
        found = [f"{code['symbology']:<12} {code['text']}" for code in row["codes"]] or ["no code found"]
        put(row, called.json, f"{row['source']} ({row['ms']:.0f} ms)\n  " + "\n  ".join(found))
    return status


def scan(called: argparse.Namespace) -> int:
    """`wayproof scan IMAGE_OR_TEXT... [--offline]`"""
    from app.station import Station

    status = OK
    with Station.open(called.profile, offline=called.offline) as station:
        if not called.offline and station.trust is not None:
            try:
                station.sync()
            except LedgerError as error:
                say(f"wayproof: {error.words} Judging by what this laptop holds.")
        for source in called.sources:
            try:
                texts = list(_texts(source))
            except WayproofError as error:
                say(f"wayproof: {error.words}")
                status = BAD
                continue
            for text in texts:
                check = station.check(Scan(text, datetime.now(UTC), via="file" if text != source else "cli"))
                put(row_of(source, check), called.json, _words(source, check))
                if check.verdict.kind is not Kind.GENUINE:
                    status = max(status, NOT_GENUINE)
    return status


def _texts(source: str) -> Iterator[str]:
    """The texts behind one argument: those on a picture, or itself."""
    path = Path(source)
    try:
        is_file = path.exists()
    except (OSError, ValueError):  # a text too long or too odd to be a path is a text
        is_file = False
    if not is_file and not (path.suffix.lower() in PICTURES and "://" not in source):
        yield source
        return
    existing_file(source)
    from app.decode import decode_files

    for row in decode_files([source]):
        if "error" in row:
            raise BadInput(str(row["error"]))
        if not row["codes"]:
            raise BadInput(f"No code can be read on {source}: hold it closer, straighter or in better light.")
        yield from (str(code["text"]) for code in row["codes"])


def row_of(source: str, check: Check) -> dict[str, object]:
    """A check as the JSON object that other programs rely on."""
    item, verdict = check.item, check.verdict
    as_of = verdict.as_of
    return {
        "source": source,
        "text": check.scan.text,
        "item": {
            "key": item.key,
            "gtin": item.gtin,
            "serial": item.serial,
            "lot": item.lot,
            "expiry": item.expiry,
            "sscc": item.sscc,
        }
        if isinstance(item, Item)
        else None,
        "verdict": verdict.kind.value,
        "code": verdict.code.value,
        "as_of": {"block": as_of.block, "time": as_of.at, "age_s": round(as_of.age.total_seconds(), 3)} if as_of else None,
        "findings": [
            {"check": f.check, "outcome": f.outcome.value, "why": f.why, "code": f.code.value} for f in verdict.findings
        ],
        "risk": {
            "score": check.risk.score,
            "reasons": [{"feature": r.feature, "words": r.words, "weight": r.weight} for r in check.risk.reasons],
        }
        if check.risk
        else None,
        "ms": round(check.ms, 3),
    }


def _words(source: str, check: Check) -> str:
    verdict = check.verdict
    age = f" (as of block {verdict.as_of.block}, {verdict.as_of.at:%Y-%m-%d %H:%M} UTC)" if verdict.as_of else ""
    name = check.item.key if isinstance(check.item, Item) else source
    return f"{verdict.kind.value:<9} {verdict.code.value:<15} {name}\n          {verdict.reason}{age}"


def import_(called: argparse.Namespace) -> int:
    """`wayproof import FILE`"""
    from app.exchange import import_file
    from app.station import Station

    path = existing_file(str(called.file))
    with Station.open(called.profile) as station:
        refused = 0
        for row in import_file(station, path, called.mapping, keep_going=called.keep_going, progress=Meter()):
            refused += "reason" in row
            put(row, called.json, "  ".join(f"{name} {value}" for name, value in row.items()))
    return NOT_GENUINE if refused else OK


def export(called: argparse.Namespace) -> int:
    """`wayproof export [ITEM...] [--day YYYY-MM-DD] [--everything] -o FILE`"""
    from app.export_command import run

    return run(called)


def sync(called: argparse.Namespace) -> int:
    """`wayproof sync`"""
    from app.station import Station

    with Station.open(called.profile) as station:
        if station.trust is None:
            raise BadInput("This profile belongs to no network yet: run `wayproof demo`, or import a file first.")
        pulled = station.sync(Meter())
        status = station.status()
    row = {"entries": pulled.entries, "nodes": pulled.nodes, "block": pulled.block, "seconds": round(pulled.seconds, 3)}
    put(row | {"events": status.events}, called.json, f"{pulled.entries:,} new entries, proven as of block {pulled.block}")
    return OK


def labels(called: argparse.Namespace) -> int:
    """`wayproof labels ITEM... -o FILE`"""
    from app import labels as sheets
    from app.printing import printed
    from app.station import Station

    output: Path = called.output
    if output.suffix.lower() not in (".pdf", ".png"):
        raise BadInput("Labels are written to a .pdf or, one at a time, to a .png file.")
    with Station.open(called.profile) as station:
        made = [printed(station, text) for text in called.items]
    if output.suffix.lower() == ".png":
        if len(made) != 1:
            raise BadInput("A .png holds one label: name one item, or write a .pdf.")
        sheets.png(made[0], output)
    else:
        sheets.pdf(made, output)
    put(
        {"output": str(output), "labels": len(made), "texts": [m.text for m in made]},
        called.json,
        f"{len(made)} labels in {output}",
    )
    return OK


def epcis(called: argparse.Namespace) -> int:
    """`wayproof epcis check|hash FILE...`"""
    from app import epcis_commands

    return epcis_commands.check(called) if called.doing == "check" else epcis_commands.hash(called)


def bundle(called: argparse.Namespace) -> int:
    """`wayproof bundle ITEM -o FILE`"""
    from app.network import write_whole
    from app.printing import sealed
    from app.station import Station

    with Station.open(called.profile) as station:
        data = sealed(station, called.item)
    write_whole(called.output, data)
    put({"output": str(called.output), "bytes": len(data)}, called.json, f"{len(data):,} bytes of evidence in {called.output}")
    return OK


def verify(called: argparse.Namespace) -> int:
    """`wayproof verify FILE --trust TRUSTPACK`"""
    from app.network import read_trust
    from chain import bundle as bundles
    from chain.policy import Situation

    started = time.perf_counter()
    path = existing_file(str(called.file))
    trust = read_trust(existing_file(str(called.trust)))
    if path.stat().st_size > bundles.MOST:
        raise BadInput(f"{path} is larger than any proof file.")
    now = datetime.now(UTC)
    label, verdict = bundles.verify(path.read_bytes(), trust, Situation(now))
    item = label.item if label else Unreadable("the file is damaged")
    text = label.text if label else ""
    check = Check(Scan(text, now, via="file"), item, verdict, None, (time.perf_counter() - started) * 1000)
    put(row_of(str(path), check), called.json, _words(str(path), check))
    return OK if verdict.kind is Kind.GENUINE else NOT_GENUINE


def forecast(called: argparse.Namespace) -> int:
    """`wayproof forecast SALES.csv -o OUT.csv`"""
    from app.forecast_commands import run

    return run(called)


def demo(called: argparse.Namespace) -> int:
    """`wayproof demo [--headless]`"""
    from app.demo import run

    return run(called.profile / "demo", headless=called.headless, as_json=called.json, screenshots=called.screenshots)


def selftest(called: argparse.Namespace) -> int:
    """`wayproof selftest`"""
    from app.selftest import parts

    failed = 0
    for row in parts():
        failed += not row["ok"]
        put(row, called.json, f"{'ok  ' if row['ok'] else 'FAIL'} {row['part']:<12} {row['ms']:6.0f} ms  {row['what']}")
    return OK if not failed else NOT_GENUINE
