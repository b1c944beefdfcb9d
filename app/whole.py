"""Files that are there whole or not at all: what is written takes a file's place only at the end, and leaves no draft behind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from chain.errors import StoreError


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all. Raises StoreError."""
    with whole(path) as file:
        file.write(data)


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write into that takes the place of `path` at the end, or leaves no trace where that is not reached.

    A missing folder is made, a link is followed. What is no file, as a device or a named pipe, is written into: it must not be
    replaced. Raises StoreError where the disk does not let it.
    """
    draft: Path | None = None
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as file:
                yield file
            return
        target = Path(os.path.realpath(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name[:40]}.{os.getpid()}.tmp")
        with draft.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except OSError as cause:
        raise StoreError(f"{path} cannot be written: check the disk and its permissions.", cause=repr(cause)) from cause
    finally:
        if draft is not None:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
