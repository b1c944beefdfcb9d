"""The decoder's own process: paths come in on standard input, readings go out on standard output, one JSON a line.

It knows no profile and no network, has a cap on its memory, and may die of any picture.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import orjson

from chain.errors import BadInput

MEMORY = 4 << 30


def serve() -> int:
    """Answer until the input ends; the exit status."""
    _limit_memory()
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # a library that prints must not be taken for an answer
    for line in sys.stdin.buffer:
        answers.write(orjson.dumps(_answer(Path(os.fsdecode(bytes.fromhex(line.decode().strip()))))) + b"\n")
    return 0


def _answer(path: Path) -> dict[str, Any]:
    started = time.perf_counter()
    try:
        codes = look(path)
    except BadInput as error:
        return {"error": error.words}
    except MemoryError:
        return {"error": f"{path} needs more memory than a picture may."}
    return {"codes": codes, "ms": round((time.perf_counter() - started) * 1000, 2)}


def look(path: Path) -> list[dict[str, Any]]:
    """All codes in a file. Raises BadInput."""
    from app.decode import cascade, intake

    found = []
    for page, grey in enumerate(intake.pages(path)):
        found += [
            {
                "text": code.text,
                "symbology": code.symbology,
                "gs1": code.gs1,
                "position": code.position,
                "data": code.data.hex(),
                "aim": code.aim,
                "page": code.page,
            }
            for code in cascade.read(grey, page=page)
        ]
    return found


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:
        return  # Windows has no such limit; the caps on files and pixels hold there too
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ValueError, OSError):
        return  # macOS refuses limits on the address space
