"""The values of an item's family tree, apart from the database that they come from, so that a page can name them at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from chain.journey import Item


class Kin(Enum):
    """How a relative stands to what is above it in the tree."""

    MADE_OF = "made of"
    MADE_INTO = "made into"
    PACKED_IN = "packed in"
    HOLDS = "holds"


@dataclass(frozen=True, slots=True)
class Relative:
    """One node. `item` is a class of goods (a GTIN, with or without a lot) where no single one is named, and None where the name
    is none of GS1's; `more` counts branches that were left out below it.

    `amount` is how much of a class; `at` is the event's time; `until` when it was unpacked again; `proven` whether the log has
    the event.
    """

    name: str
    item: Item | None
    kin: Kin
    at: datetime
    product: str = ""
    amount: str = ""
    until: datetime | None = None
    proven: bool = False
    relatives: tuple[Relative, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Family:
    """An item's tree: its relatives in the order of `Kin`. `more` counts those left out at the root."""

    item: Item
    relatives: tuple[Relative, ...] = ()
    more: int = 0
