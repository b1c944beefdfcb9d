"""Codes read, and time, on the shared pictures: plain OpenCV, plain zxing-cpp, and the cascade.

Run as `python -m tests.bench.decode [--sample N]`. A picture counts as read where all its expected texts are among those found.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import zxingcpp

from app.decode import texts

ROOT = Path(__file__).resolve().parents[2]
PICTURES = Path(os.environ.get("WAYPROOF_SHARED", ROOT.parent / "shared")) / "data" / "qr"


def opencv(path: Path) -> list[str]:
    """`cv2.QRCodeDetector` as its documentation uses it."""
    grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    _, found, _, _ = cv2.QRCodeDetector().detectAndDecodeMulti(grey)
    return [text for text in found if text]


def zxing(path: Path) -> list[str]:
    """`zxingcpp.read_barcodes` with its defaults."""
    return [code.text for code in zxingcpp.read_barcodes(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE))]


def ours(path: Path) -> list[str]:
    """The cascade, without its process."""
    return list(texts(path))


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sample", type=int, default=0, metavar="N", help="N pictures of each category")
    called = options.parse_args()
    by_category: dict[str, list[Any]] = defaultdict(list)
    for row in json.loads((PICTURES / "expected.json").read_text(encoding="utf-8")):
        if row["expected"]:
            by_category[row["category"].split(":")[0]].append(row)
    readers: dict[str, Callable[[Path], list[str]]] = {"OpenCV": opencv, "zxing-cpp": zxing, "ours": ours}
    ours(PICTURES / next(iter(by_category.values()))[0]["file"])  # warm up
    print("| category | pictures | reader | codes read | median ms | p95 ms |\n|---|---:|---|---:|---:|---:|")
    for category, rows in sorted(by_category.items()):
        chosen = random.Random(1).sample(rows, min(called.sample or len(rows), len(rows)))
        for name, reader in readers.items():
            read = wanted = 0
            times = []
            for row in chosen:
                began = time.perf_counter()
                try:
                    found = set(reader(PICTURES / row["file"]))
                except (cv2.error, ValueError):
                    found = set()
                times.append((time.perf_counter() - began) * 1000)
                read += len(found & set(row["expected"]))
                wanted += len(set(row["expected"]))
            times.sort()
            p95 = times[min(int(len(times) * 0.95), len(times) - 1)]
            rate = f"{100 * read / wanted:.1f} %"
            print(f"| {category} | {len(chosen)} | {name} | {rate} | {statistics.median(times):.1f} | {p95:.1f} |", flush=True)


if __name__ == "__main__":
    main()
