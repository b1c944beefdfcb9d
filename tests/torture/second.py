"""The second verifier beside the first: both must say the same about every file, honest, changed and hostile.

`python -m tests.torture.second N` founds a sample world and compares them on every honest file and on N changed ones.
"""

from __future__ import annotations

import random
import runpy
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tiny_keccak import keccak256

from chain import bundle
from chain.policy import Situation
from tests.torture.bundles import Source, honest, mutant, now

FILE = Path(__file__).parents[2] / "resources" / "verify_wayproof.py"
DEPOT = FILE.with_name("verify_depot.py")
Judge = Callable[[bytes, Situation], tuple[str, str]]


@lru_cache(maxsize=1)
def second() -> dict[str, Any]:
    """The second verifier's names, run from its file as a stranger would, with a fast Keccak put in for speed."""
    names = runpy.run_path(str(FILE))
    names["verify"].__globals__["keccak"] = keccak256
    return names


@lru_cache(maxsize=1)
def second_depot() -> dict[str, Any]:
    """The names of its part for depot packs, in the same way."""
    names = runpy.run_path(str(DEPOT))
    names["Case"].read.__globals__["keccak"] = keccak256
    return names


def judges(pack: bytes, source: Source) -> tuple[Judge, Judge]:
    """Both verifiers under a trust pack's file: (verdict, code) of a file's bytes in a situation."""
    theirs = second()["read_pack"](pack)

    def first_says(data: bytes, asked: Situation) -> tuple[str, str]:
        verdict = bundle.verify(data, source.trust, asked)[1]
        return verdict.kind.value, verdict.code.value

    def second_says(data: bytes, asked: Situation) -> tuple[str, str]:
        verdict, code, _ = second()["verify"](data, theirs, asked.now.timestamp())
        return verdict, code

    return first_says, second_says


def run(profile: Path, count: int, seed: int = 7, each: int = 1) -> tuple[Counter[tuple[str, str]], list[bytes], float]:
    """How often both said what, the files about which they differ, and files a second."""
    chance = random.Random(seed)
    source = Source(profile)
    try:
        first, other = judges((profile / "trust.json").read_bytes(), source)
        files, _, _ = honest(source, each, chance)
        counts: Counter[tuple[str, str]] = Counter()
        differ: list[bytes] = []
        started = time.perf_counter()
        for data in [one.data for one in files] + [mutant(files, chance)[1] for _ in range(count)]:
            asked = now()
            ours, theirs = first(data, asked), other(data, asked)
            counts[ours] += 1
            if ours != theirs:
                differ.append(data)
                print("first", ours, "second", theirs, data.hex(), file=sys.stderr)
        return counts, differ, (len(files) + count) / (time.perf_counter() - started)
    finally:
        source.close()


def main(count: int) -> int:
    """Found a world, compare, print. The exit status."""
    from app import demo

    with TemporaryDirectory() as folder:
        demo.found(Path(folder) / "demo")
        copy = Path(folder) / "copy"
        shutil.copytree(Path(folder) / "demo", copy)
        counts, differ, rate = run(copy, count)
    print(f"{sum(counts.values())} files, {len(differ)} told differently, {rate:.0f} a second")
    print(", ".join(f"{kind} {code} {number}" for (kind, code), number in sorted(counts.items())))
    return 1 if differ else 0


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 500))
