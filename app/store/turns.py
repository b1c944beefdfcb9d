"""Writers of one file within one program, first come, first served.

SQLite lets a writer that finds the file busy try again after a while, and that while grows: beside a pull that writes often and
shortly a scan would wait through many of its transactions. Here it waits for one. Other programs still meet at SQLite's lock.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 10.0
"""Seconds until a writer gives up its place; the same as SQLite's."""


class Turns:
    """Who may write now, and who next."""

    def __init__(self) -> None:
        self._moved = threading.Condition()
        self._line = deque[object]()

    @contextmanager
    def taken(self, patience: float = PATIENCE) -> Iterator[bool]:
        """Wait for a turn, at most so many seconds, and have it; False where it did not come."""
        mine = object()
        with self._moved:
            self._line.append(mine)
            came = self._moved.wait_for(lambda: self._line[0] is mine, patience)
        try:
            yield came
        finally:
            with self._moved:
                self._line.remove(mine)
                self._moved.notify_all()
