"""What makes a folder a profile, seen from outside: no file is opened and nothing is imported, so it can be asked at once."""

from __future__ import annotations

from pathlib import Path

FILES = ("trust.json", "chain.sqlite", "network.json", "wayproof.sqlite")
"""What was pinned, the embedded chain, how a network is reached, and what is known."""


def is_new(profile: Path) -> bool:
    """True where a folder is not there, or belongs to no network and knows nothing."""
    return not any((profile / name).exists() for name in FILES)
