"""What is to be said about a series, in one line. Decides nothing."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST = 60  # of a name that is printed


@dataclass(frozen=True, slots=True)
class Note:
    """What was found in a series. `refused` says it was left out; `words` is one line for people."""

    unique_id: str
    kind: str
    words: str
    refused: bool = False


def shown(name: str) -> str:
    """A name as it is printed: on one line, and not longer than anybody reads."""
    line = " ".join(name.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
