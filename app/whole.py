"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from chain.errors import StoreError


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all. Raises StoreError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(path.name + ".tmp")
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as cause:
        raise StoreError(f"{path} cannot be written: check the disk and its permissions.", cause=repr(cause)) from cause
