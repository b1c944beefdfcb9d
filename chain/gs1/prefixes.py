"""The GS1 company prefix inside a value, as far as it can be checked without a network.

Offline, a prefix is at least four digits. Whether it was issued to anybody is known only to GS1: a caller that has such a
list passes a `Prefixes` function, and nothing here goes and asks.
"""

from __future__ import annotations

from collections.abc import Callable

from chain.gs1.faults import Fault

Prefixes = Callable[[str], bool | None]
"""Given digits that begin with a company prefix: True where it was issued, False where not, None where nobody can tell."""

_SHORTEST = 4


def gcppos1(data: str, prefixes: Prefixes | None = None) -> Fault | None:
    """A company prefix at the first character."""
    if len(data) < _SHORTEST:
        return Fault("TOO_SHORT_FOR_GCP", 0, len(data))
    head = data[:_SHORTEST]
    if not (head.isascii() and head.isdigit()):
        place = next(at for at, character in enumerate(head) if character not in "0123456789")
        return Fault("INVALID_GCP_PREFIX", place, 1)
    if prefixes is not None:
        issued = prefixes(data)
        if not issued:
            return Fault("GCP_DATASOURCE_OFFLINE" if issued is None else "INVALID_GCP_PREFIX", 0, len(data))
    return None


def gcppos2(data: str, prefixes: Prefixes | None = None) -> Fault | None:
    """A company prefix at the second character."""
    if len(data) < 2:
        return Fault("TOO_SHORT_FOR_GCP", 0, len(data))
    fault = gcppos1(data[1:], prefixes)
    return Fault(fault.code, fault.start + 1, fault.length) if fault else None
