"""`wayproof decode IMAGE...`: what each file shows, one after the other. Nothing is verified."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from typing import Any

from app.decode.picture import MAX_PAGES, check_file
from app.decode.worker import DecodeWorker
from chain.errors import BadInput


def decode_files(paths: Iterable[str | os.PathLike[str]], worker: DecodeWorker | None = None) -> Iterator[dict[str, Any]]:
    """One dictionary for each path, in order, as soon as it is read.

    ``{"source": str, "codes": [{"text": str, "symbology": str, "gs1": bool}, ...], "ms": float}`` for a picture, with or
    without codes in it; ``{"source": str, "error": str}`` for a file that is none, where `error` is one sentence for people
    (the caller prints it on standard error, goes on, and ends with status 2). Where pages behind `MAX_PAGES` were left out,
    ``"note"`` says so. `ms` is the wall time of reading and decoding, without the start of the child.

    Args:
        worker: one to use and leave open; by default one of its own.

    Raises:
        DecoderDown: decoding is not possible at all.
    """
    own = DecodeWorker() if worker is None else worker
    try:
        for path in paths:
            yield _one(path, own)
    finally:
        if worker is None:
            own.close()


def _one(path: str | os.PathLike[str], worker: DecodeWorker) -> dict[str, Any]:
    source = os.fsdecode(path).encode("utf-8", "replace").decode("utf-8")
    try:
        check_file(path)
        worker.start()
        began = time.perf_counter()
        codes, more = worker.read(path)
        ms = (time.perf_counter() - began) * 1e3
    except BadInput as error:
        return {"source": source, "error": error.words}
    result: dict[str, Any] = {
        "source": source,
        "codes": [{"text": c.text, "symbology": c.symbology, "gs1": c.gs1} for c in codes],
        "ms": round(ms, 1),
    }
    if more:
        result["note"] = f"Only the first {MAX_PAGES} pages were read."
    return result
