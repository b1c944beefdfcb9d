"""Sentences for what can happen to the local files, in one place so that every door says them alike."""

from __future__ import annotations

from chain.errors import StoreError


def newer_file() -> StoreError:
    """The file was written by a later version."""
    return StoreError("This profile was used by a newer Wayproof: update this one, or choose another profile.")


def broken_file(path: object, cause: object) -> StoreError:
    """The file is no database, or a damaged one."""
    return StoreError(
        f"The local database {path} is damaged and was left as it is: rename it, start again and sync.", cause=repr(cause)
    )


def unwritable_file(path: object, cause: object) -> StoreError:
    """The disk or the permissions."""
    return StoreError(
        f"The local database {path} cannot be opened or written: check the disk and its permissions.", cause=repr(cause)
    )
