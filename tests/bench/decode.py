"""How many codes are read, and in what time: plain OpenCV, plain zxing-cpp, and this program, on the same pictures.

`python -m tests.bench.decode [--sample N] [--photographs N]` from the project's root: `--sample` takes every so-and-so-manieth
picture so that about N remain; `--photographs` adds N made pictures for each defect (`tests/bench/photographs.py`).

A picture counts as read where every text it should show was read; `codes` counts them one by one; `false` are texts that are
not in it. Line ends, spaces at a line's end, the brackets and separators of GS1 strings and the leading zero of UPC-A are not
counted as differences. Times are CPU times of the decoder alone, from grey pixels in memory to texts, on one thread: what
the clock would show on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import zxingcpp

from app.decode import decode, texts
from app.decode.picture import pages
from tests.bench.photographs import DEFECTS, photograph

Grey = npt.NDArray[np.uint8]
ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("WAYPROOF_SHARED", ROOT.parent / "shared")) / "data"


def plain(text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").strip().split("\n"))
    return lines.translate(dict.fromkeys(map(ord, "()\x1d"))).lstrip("0")


def opencv(grey: Grey) -> list[str]:
    try:
        _, found, _, _ = cv2.QRCodeDetector().detectAndDecodeMulti(grey)
    except cv2.error:  # 5.0 raises on modes it does not know
        return []
    return [text for text in found or () if text]


def zxing(grey: Grey) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(grey, text_mode=zxingcpp.TextMode.Plain)]


def wayproof(grey: Grey) -> list[str]:
    return texts(grey)


METHODS: dict[str, Callable[[Grey], list[str]]] = {"OpenCV": opencv, "zxing-cpp": zxing, "wayproof": wayproof}


@dataclass
class Tally:
    """What one method did on the pictures of one group."""

    pictures: int = 0
    read: int = 0
    codes: int = 0
    found: int = 0
    false: int = 0
    ms: list[float] = field(default_factory=list)

    def add(self, expected: set[str], seen: set[str], complete: bool, ms: float) -> None:
        self.pictures += 1
        self.read += expected <= seen
        self.codes += len(expected)
        self.found += len(expected & seen)
        self.false += len(seen - expected) if complete else 0
        self.ms.append(ms)

    def __str__(self) -> str:
        rate = f"{100 * self.found / self.codes:5.1f} %" if self.codes else "      -"
        times = sorted(self.ms)
        late = times[min(len(times) - 1, round(0.95 * (len(times) - 1)))]
        return f"{self.read:4}/{self.pictures:<4} {rate} {self.false:3} {statistics.median(times):7.1f} {late:7.0f}"


def group_of(row: dict[str, object]) -> str:
    source, category = str(row["source"]).split(":")[0], str(row["category"])
    if category.startswith(("synthetic", "negative")):
        return category.split(":")[0]
    return f"{source} {category.split(':')[-1]}" if not source.startswith(("jsQR", "boofcv", "BoofCV")) else source


def of_others(sample: int | None) -> Iterator[tuple[str, Grey, set[str], bool]]:
    rows = json.loads((SHARED / "qr" / "expected.json").read_text())
    step = max(1, len(rows) // sample) if sample else 1
    for row in rows[::step]:
        grey = next(pages(SHARED / "qr" / row["file"])).grey
        yield group_of(row), grey, {plain(text) for text in row["expected"]}, bool(row["complete"])


def made(number: int) -> Iterator[tuple[str, Grey, set[str], bool]]:
    for defect in DEFECTS:
        for seed in range(number):
            grey, text = photograph(defect, seed)
            yield f"made: {defect}", grey, {plain(text)}, True


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="decode", description="rate and time of decoding")
    parser.add_argument("--sample", type=int, metavar="N", help="about N of the pictures")
    parser.add_argument("--photographs", type=int, default=0, metavar="N", help="N made pictures for each defect besides")
    called = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    decode(np.full((64, 64), 255, np.uint8))  # loads everything
    groups: dict[str, dict[str, Tally]] = {}
    total = {name: Tally() for name in METHODS}
    for source in (of_others(called.sample), made(called.photographs)):
        for group, grey, expected, complete in source:
            tallies = groups.setdefault(group, {name: Tally() for name in METHODS})
            for name, method in METHODS.items():
                began = time.process_time()
                seen = {plain(text) for text in method(grey)}
                ms = (time.process_time() - began) * 1e3
                tallies[name].add(expected, seen, complete, ms)
                total[name].add(expected, seen, complete, ms)
    head = f"{'pictures':>9} {'codes':>7} {'false':>5} {'med ms':>6} {'p95':>6}"
    print(f"{'':32}" + "".join(f" | {name:^{len(head) - 2}}" for name in METHODS))
    print(f"{'':32}" + f" | {head}" * len(METHODS))
    for group, tallies in [*sorted(groups.items()), ("all", total)]:
        print(f"{group:32}" + "".join(f" | {tally!s:>{len(head)}}" for tally in tallies.values()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
