"""What the station says to whoever asks: values only, no behaviour, nothing heavy to import.

They live apart from `app.station` so that a page of the window can name them without loading a database or a chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from chain.journey import Item, Party, Scan, Unreadable
from chain.verdict import AsOf, Verdict

if TYPE_CHECKING:  # the window's first paint does not wait for statistics
    from forecasting.anomaly import Risk


@dataclass(frozen=True, slots=True)
class Check:
    """One scan and all that was said about it. `ms`: milliseconds from text to verdict."""

    scan: Scan
    item: Item | Unreadable
    verdict: Verdict
    risk: Risk | None
    ms: float


@dataclass(frozen=True, slots=True)
class Status:
    """What the strip at the foot of the window says.

    `online` is None where nobody has tried yet; `as_of` is the newest proven knowledge; `waiting` counts events that still
    have to reach the network, `since` is the oldest one's time, `not_final` those of them in a block that may still be undone;
    `events` and `items` count the replica; `here` is who keeps this station; `taken_back` counts the events that reorganisations
    took back and nobody has seen to yet.
    """

    online: bool | None
    as_of: AsOf | None
    waiting: int
    events: int
    items: int
    here: Party | None
    since: datetime | None = None
    not_final: int = 0
    taken_back: int = 0


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One line of the list of items. `unit` is the 32-byte id on the contract, `last` its newest event's time (aware UTC)."""

    item: Item
    product: str
    custodian: str
    status: str
    last: datetime | None
    unit: bytes


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person may set (`here`: GLN of the party that keeps this station, `max_age`) and what the trust pack fixed.

    `parties` are those a person may choose from; `contract` and `code_hash` are hexadecimal with 0x, empty where none is pinned.
    `fee_cap` (in gwei) and `finality` (in blocks) are None where the network takes no fees.
    """

    profile: Path
    here: str = ""
    parties: tuple[Party, ...] = ()
    max_age: timedelta = timedelta(days=7)
    chain_id: int | None = None
    contract: str = ""
    code_hash: str = ""
    fee_cap: Decimal | None = None
    finality: int | None = None
