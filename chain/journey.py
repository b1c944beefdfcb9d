"""The vocabulary: what an item, an event and a journey are. Frozen values, no behaviour that needs a network or a file.

Names are EPCIS 2.0 / CBV 2.0 and GS1 names in Python spelling (`event_time` is eventTime). A journey is told twice: by the
`Entry` that stands on the contract's log (who, which verb, when, a commitment) and by the `Event` whose fields that commitment
binds. Nothing here decides whether either is true.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, IntFlag


class Kind(IntEnum):
    """What a unit on the contract is."""

    ITEM = 1
    LOGISTIC = 2
    LOT = 3


class Verb(IntEnum):
    """What an entry of the log records. Values are the contract's; never renumber."""

    COMMISSION = 1
    COMMISSION_LOT = 2
    SHIP = 3
    RECEIVE = 4
    PACK = 5
    UNPACK = 6
    OBSERVE = 7
    QUARANTINE = 8
    RELEASE = 9
    RECALL = 10
    LIFT = 11
    DECOMMISSION = 12
    CORRECT = 13
    ANCHOR_MODEL = 14
    ENROL_ORGANISATION = 32
    SET_ROLES = 33
    GRANT_PREFIX = 34
    ENROL_DEVICE = 35
    REVOKE_DEVICE = 36


class Role(IntFlag):
    """What an organisation may do."""

    ISSUER = 1
    CARRIER = 2
    KEEPER = 4
    RETAILER = 8
    AUDITOR = 16


NO_ROLE = Role(0)


class Status(IntEnum):
    """Where a unit is in its life."""

    ACTIVE = 1
    DECOMMISSIONED = 2


class Receipt(IntEnum):
    """How a receipt ended (the argument of RECEIVE)."""

    ACCEPTED = 0
    OVER = 1
    DAMAGED = 2
    SHORT = 3


@dataclass(frozen=True, slots=True)
class Item:
    """One identified thing: a serialised trade item (gtin + serial) or a logistic unit (sscc).

    `gtin` has 14 digits, `sscc` 18, both with a right check digit. `lot` and `expiry` are what the label says and are not
    part of the identity. A gtin without a serial names a class of goods, not an item: `serialised` is then False.
    """

    gtin: str = ""
    serial: str = ""
    lot: str = ""
    expiry: date | None = None
    sscc: str = ""

    @property
    def serialised(self) -> bool:
        """True where this names exactly one thing."""
        return bool(self.sscc or (self.gtin and self.serial))

    @property
    def key(self) -> str:
        """The identity in bracketed GS1 element strings, e.g. ``(01)09506000134352(21)A1`` or ``(00)106141412345678908``."""
        if self.sscc:
            return f"(00){self.sscc}"
        return f"(01){self.gtin}" + (f"(21){self.serial}" if self.serial else "")

    def __str__(self) -> str:
        return self.key


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A text that is not a GS1 identifier of an item, and why, in words a warehouse worker understands."""

    reason: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A physical location. `lat`, `lon` in degrees, WGS 84; None where unknown."""

    gln: str
    name: str
    lat: float | None = None
    lon: float | None = None
    country: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation. `organisation` is its number on the contract, 0 where it has none."""

    gln: str
    name: str
    address: str = ""
    roles: Role = NO_ROLE
    organisation: int = 0
    country: str = ""


@dataclass(frozen=True, slots=True)
class Quantity:
    """So much of a class of goods (EPCIS 2.0 section 7.3.3.3). `amount` None: not told; `uom`: UN/ECE code, "" for pieces."""

    epc_class: str
    amount: int | float | None = None
    uom: str = ""


@dataclass(frozen=True, slots=True)
class ErrorDeclaration:
    """That an earlier event is wrong (EPCIS 2.0 section 7.4.1): it is told again with this, which names what corrects it."""

    declared: datetime
    reason: str = ""
    corrected_by: tuple[str, ...] = ()
    extensions: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """One EPCIS 2.0 event as its maker wrote it (EPCIS 2.0 section 7.4). Times are aware UTC datetimes.

    `kind` is the EPCIS type (``ObjectEvent`` ...). `epcs` are the identities the event is about, as GS1 Digital Link URIs in
    canonical form; for an aggregation or association `parent_id` holds the container and `epcs` the children. A place or party
    that has a GLN is that GLN (13 digits), any other its URI. `quantities` are goods named by class, of an aggregation the
    children. A transformation has `inputs` and `outputs` instead. `extensions` keeps what this program has no field for, as
    plain JSON values; `namespaces` tells the URI behind each prefix that stands in it.
    """

    event_id: str
    kind: str
    action: str
    event_time: datetime
    event_time_zone_offset: str = "+00:00"
    record_time: datetime | None = None
    biz_step: str = ""
    disposition: str = ""
    read_point: str = ""
    biz_location: str = ""
    epcs: tuple[str, ...] = ()
    parent_id: str = ""
    sources: tuple[tuple[str, str], ...] = ()
    destinations: tuple[tuple[str, str], ...] = ()
    biz_transactions: tuple[tuple[str, str], ...] = ()
    sensor_elements: tuple[Mapping[str, object], ...] = ()
    extensions: Mapping[str, object] = field(default_factory=dict)
    quantities: tuple[Quantity, ...] = ()
    inputs: tuple[str, ...] = ()
    input_quantities: tuple[Quantity, ...] = ()
    outputs: tuple[str, ...] = ()
    output_quantities: tuple[Quantity, ...] = ()
    transformation_id: str = ""
    dispositions_set: tuple[str, ...] = ()
    dispositions_unset: tuple[str, ...] = ()
    certifications: tuple[str, ...] = ()
    error: ErrorDeclaration | None = None
    ilmd: Mapping[str, object] = field(default_factory=dict)
    read_point_extensions: Mapping[str, object] = field(default_factory=dict)
    biz_location_extensions: Mapping[str, object] = field(default_factory=dict)
    namespaces: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Birth:
    """How a unit came to be: what COMMISSION wrote (see Provenance.vy, `commission`).

    `prefix` is the GS1 company prefix as a number with a leading 1 (``10614141`` is prefix 0614141); `tail` is 32 bytes that
    name the unit under it; `lot` is the lot's unit id or 32 zero bytes; `expiry` is unix seconds, 0 for none.
    `root` and `size` are set for a lot commissioned as the Merkle root of its serials.
    """

    unit: bytes
    kind: Kind
    prefix: int
    lot: bytes = bytes(32)
    expiry: int = 0
    root: bytes = bytes(32)
    size: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One leaf of the contract's log. Times are unix seconds; `event_time` is claimed, `record_time` is the block's.

    `index` is its place in the log. `organisation`, `counterparty` are the contract's numbers; `device` is a 20-byte address.
    `argument` is the verb's own word (receipt outcome, sensor root, lot id, model hash). `units` are unit ids in order; for
    PACK and UNPACK the first is the container.
    """

    index: int
    verb: Verb
    organisation: int
    device: bytes
    counterparty: int
    event_time: int
    record_time: int
    commitment: bytes
    argument: bytes
    units: tuple[bytes, ...]
    block: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One hop of a journey: what stands on the log and, where this laptop holds it, what the event says.

    `actor`, `counterparty` and `place` are looked up in master data and are None where unknown.
    """

    entry: Entry
    event: Event | None = None
    actor: Party | None = None
    counterparty: Party | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """An imported event: a file tells it, and nothing on the log proves it.

    `hash` is its CBV 2.0 event hash, `source` the file's name. `actor`, `counterparty` and `place` are who and where as far as
    the event and the file's master data say. `wrong` is True where the event was declared to be in error.
    """

    event: Event
    hash: str
    source: str = ""
    actor: Party | None = None
    counterparty: Party | None = None
    place: Place | None = None
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class Journey:
    """An item and its steps in the order of the log, those of the containers it travelled in included.

    `claims` are what imported files tell beside the log, by their event times; those that are on the log are steps only.
    """

    item: Item
    steps: tuple[Step, ...] = ()
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class Scan:
    """A text read from a label: what, when (aware UTC), by whom, through what (camera, wedge, file, cli)."""

    text: str
    at: datetime
    by: str = ""
    via: str = "cli"
    place: Place | None = None
