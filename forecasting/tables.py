"""The tables of `wayproof detect` in memory: columns of codes and numbers, whatever the ids look like. Judges nothing.

Every id becomes a number in the order of first appearance; -1 is an empty cell. Times are unix seconds (UTC) as float64, NaN
where empty or unreadable. Nothing here looks inside an id, so no network's way of naming things is relied on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int32]
Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]

ACTIONS = ("commission", "pack", "ship", "receive", "unpack", "observe", "sell", "verify", "return", "destroy", "inspect")
COMMISSION, PACK, SHIP, RECEIVE, UNPACK, OBSERVE, SELL, VERIFY, RETURN, DESTROY, INSPECT = range(11)
SOURCES = ("site", "gps", "ip")
SITE, GPS, IP = range(3)
CHANNELS = ("ledger", "scan")
LEDGER, SCAN = range(2)


@dataclass(slots=True)
class Events:
    """One row a read. Codes index `Tables`' id lists; `action`, `geo`, `channel` index ACTIONS, SOURCES, CHANNELS; -1 unknown."""

    item: Codes
    product: Codes
    batch: Codes
    action: Codes
    actor: Codes
    origin: Codes
    target: Codes
    device: Codes
    container: Codes
    shipment: Codes
    lat: Numbers
    lon: Numbers
    geo: Codes
    claimed: Numbers
    recorded: Numbers
    channel: Codes
    temperature: Numbers

    def __len__(self) -> int:
        return len(self.item)

    def take(self, rows: NDArray[np.intp] | Flags) -> Events:
        """The rows asked for, in that order."""
        return Events(*(getattr(self, name)[rows] for name in self.__slots__))


@dataclass(slots=True)
class Parties:
    """One row a party code, those unknown to parties.csv included (`known` False, the rest empty)."""

    known: Flags
    role: Codes
    country: Codes
    lat: Numbers
    lon: Numbers
    authorised: Numbers
    licence_from: Numbers
    licence_to: Numbers


@dataclass(slots=True)
class Products:
    """One row a product code. `allowed[p, c]` says country c is authorised; `restricted[p]` that there is such a list at all."""

    manufacturer: Codes
    category: Codes
    cold: Numbers
    low: Numbers
    high: Numbers
    restricted: Flags
    allowed: Flags
    importers: Flags


@dataclass(slots=True)
class Sensors:
    """One row a reading, in degrees Celsius."""

    container: Codes
    shipment: Codes
    time: Numbers
    value: Numbers


@dataclass(slots=True)
class Shipments:
    """One row a shipment code; `declared` is NaN where shipments.csv does not tell."""

    origin: Codes
    target: Codes
    time: Numbers
    declared: Numbers


@dataclass(slots=True)
class Labels:
    """One row an item code: 1 illicit, 0 honest, -1 not decided; `kind` indexes `kinds`, -1 where not told."""

    label: Codes
    kind: Codes
    kinds: tuple[str, ...] = ()


@dataclass(slots=True)
class Tables:
    """A network's tables. `items`, `party_ids` ... hold the ids as text in the order of their codes; `missing` names the files
    that were not there; `names` holds the ids of devices, shipments, containers and batches, which only words need."""

    events: Events
    parties: Parties
    products: Products
    sensors: Sensors
    shipments: Shipments
    labels: Labels
    items: Sequence[str]
    party_ids: Sequence[str]
    product_ids: Sequence[str] = ()
    roles: Sequence[str] = ()
    countries: Sequence[str] = ()
    missing: tuple[str, ...] = ()
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def name(self, kind: str, code: int) -> str:
        """An id in words: that of a device, shipment, container or batch, or its number where the ids were not kept."""
        names = self.names.get(kind, ())
        return names[code] if 0 <= code < len(names) else f"{kind} {code}"

    @property
    def size(self) -> int:
        """How many items there are."""
        return len(self.items)


def no_sensors() -> Sensors:
    """An empty sensors table."""
    none, codes = np.empty(0), np.empty(0, np.int32)
    return Sensors(codes, codes, none, none)


def no_labels(items: int) -> Labels:
    """Nothing decided."""
    empty = np.full(items, -1, np.int32)
    return Labels(empty, empty.copy())
