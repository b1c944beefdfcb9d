"""How fast EPCIS events are hashed, judged and read, beside the published event-hash package: `python -m tests.bench.epcis`.

The package (epcis-event-hash-generator) is installed into a throw-away environment for this run alone; what it needs never comes
into the project's. Both hash the same documents in the same run, in turns, parsing included. `--gigabyte` also streams a document
of 1 GB in a process of its own, and imports it as claims in another, and tells their memory.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

from chain import epcis

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("WAYPROOF_SHARED", ROOT.parent / "shared")) / "data"
PACKAGE = "epcis-event-hash-generator==1.9.3"
RUNS = 3

# Runs in the package's own environment: the best of some seconds of CPU for each document, after one that is not counted.
_PEER = """
import json, logging, sys, time
logging.disable(logging.CRITICAL)
from epcis_event_hash_generator.__main__ import epcis_hash_from_file
for path in sys.argv[2:]:
    hashes, _ = epcis_hash_from_file(path)
    took = []
    for _ in range(int(sys.argv[1])):
        began = time.process_time()
        epcis_hash_from_file(path)
        took.append(time.process_time() - began)
    print(json.dumps([path, len(hashes), min(took)]), flush=True)
"""


def show(what: str, figure: float, unit: str) -> None:
    print(f"{what:<64}{figure:>12,.1f} {unit}")


def documents() -> list[Path]:
    """The documents with recorded hashes that the package can read at all (it knows no query documents)."""
    folder = SHARED / "epcis-hash" / "examples"
    files = (file for file in folder.iterdir() if file.suffix in (".jsonld", ".xml"))
    return sorted(file for file in files if "Query" not in file.name)


def peer(folder: Path) -> Path | None:
    """The Python of a throw-away environment with the package; None where it cannot be had."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    done = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE], check=False, capture_output=True
    )
    return python if done.returncode == 0 else None


def ours(file: Path) -> tuple[int, float]:
    """Events of a document, and the best of some seconds of CPU to read and hash them."""
    took = []
    for _ in range(10 * RUNS):
        began = process_time()
        count = sum(1 for told in epcis.open_document(file) if told.hash)
        took.append(process_time() - began)
    return count, min(took)


def beside(python: Path, files: list[Path]) -> None:
    """Both on the same documents, in turns."""
    theirs: dict[str, float] = {}
    mine: dict[str, float] = {}
    events: dict[str, int] = {}
    for _ in range(RUNS):
        done = subprocess.run([python, "-c", _PEER, str(RUNS), *map(str, files)], check=True, capture_output=True, text=True)
        for path, count, seconds in map(json.loads, done.stdout.splitlines()):
            theirs[path] = min(seconds, theirs.get(path, seconds))
            found, own = ours(Path(path))
            mine[path] = min(own, mine.get(path, own))
            events[path] = found
            assert found == count
    for what, suffixes in (("JSON", (".jsonld",)), ("XML", (".xml",)), ("all", (".jsonld", ".xml"))):
        chosen = [str(file) for file in files if file.suffix in suffixes]
        count = sum(events[path] for path in chosen)
        other, own = (sum(times[path] for path in chosen) / count * 1e6 for times in (theirs, mine))
        show(f"{what}: {count} events in {len(chosen)} documents; the package, an event", other, "us of CPU")
        show("here, an event, the document read and parsed", own, "us of CPU")
        show("times as fast", other / own, "")


def made(file: Path, megabytes: int) -> int:
    """A document of about so many megabytes out of the events of one; how many it holds."""
    source = json.loads((SHARED / "epcis-hash" / "examples" / "epcisDocWithVariousEventTypes.jsonld").read_bytes())
    texts = [json.dumps(event | {"eventID": "urn:uuid:COUNT"}) for event in source["epcisBody"]["eventList"]]
    head = json.dumps({name: value for name, value in source.items() if name not in ("epcisBody", "@context")})
    count = size = 0
    with file.open("w", encoding="utf-8") as out:
        out.write(head[:-1] + ', "epcisBody": {"eventList": [')
        while size < megabytes * 1_000_000:
            text = texts[count % len(texts)]
            text = text.replace('.25"', f'.{count}"').replace('.98"', f'.{count}"')
            text = text.replace("COUNT", f"00000000-0000-4000-8000-{count:012d}")
            size += out.write(text if count == 0 else ", " + text)
            count += 1
        out.write(']}, "@context": ' + json.dumps(source["@context"]) + "}")
    return count


def streamed(folder: Path) -> None:
    """What an event costs on each way through a document of 20 MB."""
    file = folder / "large.json"
    count = made(file, 20)

    def each(work: Callable[[epcis.Told], object]) -> float:
        began = process_time()
        for told in epcis.open_document(file):
            work(told)
        return (process_time() - began) / count * 1e6

    cut = each(lambda told: told.number)
    show(f"an event found, cut out and parsed ({count:,} events)", cut, "us of CPU")
    for what, work in (("hashed", lambda told: told.hash), ("judged", epcis.check_event), ("made an Event", epcis.event_of)):
        show(f"{what}, besides", each(work) - cut, "us of CPU")
    imported(file, folder / "small")


def gigabyte(folder: Path) -> None:
    """A document of 1 GB, hashed in a process of its own."""
    file = folder / "gigabyte.json"
    made(file, 1000)
    script = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tests.bench.epcis import alone; alone(sys.argv[1])"
    subprocess.run([sys.executable, "-c", script, file], check=True)
    imported(file, folder / "profile")


def imported(file: Path, profile: Path) -> None:
    """A document imported as claims, in a process of its own."""
    script = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tests.bench.epcis import brought; brought(*sys.argv[1:])"
    subprocess.run([sys.executable, "-c", script, file, profile], check=True)


def brought(name: str, profile: str) -> None:
    """Import one document; print time and memory."""
    from app.exchange import import_file
    from app.station import Station

    began, count = perf_counter(), 0
    with Station.open(Path(profile), offline=True) as station:
        for row in import_file(station, Path(name)):
            count = int(row.get("accepted", 0) or 0)
    took = perf_counter() - began
    show(f"{Path(name).stat().st_size / 1e6:,.0f} MB, {count:,} events imported as claims", took, "s")
    show("of it CPU, an event", process_time() / count * 1e6, "us")
    show("memory at most", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB")
    show("the profile's database", (Path(profile) / "wayproof.sqlite").stat().st_size / 1e6, "MB")


def alone(name: str) -> None:
    """Hash one document; print time and memory."""
    began = perf_counter()
    count = sum(1 for told in epcis.open_document(Path(name)) if told.hash)
    show(f"{Path(name).stat().st_size / 1e6:,.0f} MB, {count:,} events hashed", perf_counter() - began, "s")
    show("of it CPU", process_time(), "s")
    show("memory at most", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB")


def main(arguments: list[str]) -> int:
    """All figures; 1 where the package could not be had."""
    folder = Path(tempfile.mkdtemp(prefix="wayproof-bench-"))
    try:
        streamed(folder)
        if "--gigabyte" in arguments:
            gigabyte(folder)
        python = peer(folder / "peer")
        if python is None:
            print("the published package cannot be installed here: nothing to compare with")
            return 1
        beside(python, documents())
        return 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
