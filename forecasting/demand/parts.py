"""Finished chunks of a fit on disk, so that one that was stopped goes on where it was. Keeps numbers only, never code.

A chunk is kept under the hash of everything it follows from: its series, the settings, and the pilot that taught it. Other data
or another setting therefore finds nothing; a file that is damaged counts as not there.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from chain.errors import BadInput
from forecasting.demand import vec
from forecasting.demand.engine import Chunk, Shared
from forecasting.demand.series import Panel

FORM = "1"  # of the files; another one makes old files count as not there
OF_CHUNK = ("mean", "past", "actual", "origins", "level", "dispersion", "highest")
OF_CORE = ("classes", "index", "weights", "caps", "count")


class Parts:
    """Chunks in a folder (made when the first is kept). `settings` are the words that, beside the data, decide a fit."""

    def __init__(self, folder: Path, settings: Sequence[object]) -> None:
        self.folder, self._settings = folder, repr((FORM, *settings))

    def key(self, panel: Panel, pilot: bytes) -> str:
        """Under which name a chunk is kept. `pilot` from `fingerprint`."""
        return hashlib.sha256(self._settings.encode() + pilot + fingerprint(panel)).hexdigest()[:40]

    def load(self, key: str, panel: Panel, shared: Shared) -> Chunk | None:
        """The chunk of these series, None where it is not there or cannot be read."""
        try:
            with (self.folder / f"{key}.npz").open("rb") as file, np.load(file, allow_pickle=False) as kept:
                core = {name: kept[name] for name in OF_CORE} | {"level": kept["states"], "trend": kept["trends"]}
                found = {name: kept[name] for name in OF_CHUNK}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        if len(found["mean"]) != len(panel):
            return None
        none = np.zeros((0, *found["mean"].shape), dtype=np.float32)
        mean = found["mean"].astype(np.float32)
        return Chunk(
            panel, **found, core=vec.Core(mean, none, none, found["origins"], **core, prior=shared.prior)
        )  # fmt: skip

    def keep(self, key: str, chunk: Chunk) -> None:
        """Write a chunk, wholly or not at all. Raises BadInput where the folder cannot be written."""
        arrays = {name: getattr(chunk, name) for name in OF_CHUNK} | {name: getattr(chunk.core, name) for name in OF_CORE}
        arrays |= {"states": chunk.core.level, "trends": chunk.core.trend}
        target = self.folder / f"{key}.npz"
        try:
            self.folder.mkdir(exist_ok=True)
            with target.with_suffix(".new").open("wb") as file:
                np.savez(file, allow_pickle=False, **arrays)
            os.replace(target.with_suffix(".new"), target)
        except OSError as error:
            raise BadInput(f"{self.folder} cannot be written: {error.strerror or error}.") from error


def clear(folder: Path) -> None:
    """Throw away the chunks that a folder keeps, and the folder if nothing else is in it."""
    for file in (*folder.glob("*.npz"), *folder.glob("*.new")):
        file.unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def fingerprint(panel: Panel) -> bytes:
    """The hash of the series: names, dates and values."""
    found = hashlib.sha256("\n".join(panel.ids).encode())
    for array in (panel.values, panel.ends, panel.starts):
        found.update(repr(array.shape).encode() + np.ascontiguousarray(array).tobytes())
    if panel.factors is not None:
        found.update(np.ascontiguousarray(panel.factors).tobytes())
    return found.digest()
