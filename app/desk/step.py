"""One event that a session records, before it is an event: a value that is kept, and a finish that died goes on with it."""

from __future__ import annotations

from dataclasses import dataclass

from chain.journey import Receipt, Verb


@dataclass(frozen=True, slots=True)
class Step:
    """One event to record: the verb, what it is about (of PACK and UNPACK the container first), and CBV's words for it."""

    verb: Verb
    keys: tuple[str, ...]
    biz_step: str
    disposition: str
    to: str = ""
    outcome: Receipt | None = None
    why: str = ""
