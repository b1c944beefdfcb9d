"""What a mapping says, as values: how the columns of a delimited file become parties, places, items and events.

The file's form is `app.exchange.mapping_file`'s affair (docs/import.md), the telling of rows `app.exchange.telling`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.exchange.values import Choice, Figure, Moment, Told, When
from chain.journey import Role, Verb

RECORD_TIME = "recordTime"
VERBS = {
    "commission": Verb.COMMISSION,
    "ship": Verb.SHIP,
    "receive": Verb.RECEIVE,
    "observe": Verb.OBSERVE,
    "quarantine": Verb.QUARANTINE,
    "release": Verb.RELEASE,
    "decommission": Verb.DECOMMISSION,
    "pack": Verb.PACK,
    "unpack": Verb.UNPACK,
}
# bizStep and disposition (CBV 2.0 sections 7.1 and 7.2) of a verb, where the mapping does not say.
STEPS = {
    Verb.COMMISSION: ("commissioning", "active"),
    Verb.SHIP: ("shipping", "in_transit"),
    Verb.RECEIVE: ("receiving", "in_progress"),
    Verb.OBSERVE: ("inspecting", "in_progress"),
    Verb.QUARANTINE: ("holding", "non_sellable_other"),
    Verb.RELEASE: ("accepting", "in_progress"),
    Verb.DECOMMISSION: ("decommissioning", "inactive"),
    Verb.PACK: ("packing", "in_progress"),
    Verb.UNPACK: ("unpacking", "in_progress"),
}


@dataclass(frozen=True, slots=True)
class PartyRule:
    """Who takes part. Without `gln` identity and prefix are computed from the name (`app.exchange.identities`)."""

    name: Choice
    roles: Role
    gln: Choice | None = None
    prefix: Choice | None = None
    address: Choice | None = None
    country: Choice | None = None


@dataclass(frozen=True, slots=True)
class SiteRule:
    """Where something happens. Without `gln` one is computed from the name."""

    name: Choice
    gln: Choice | None = None


@dataclass(frozen=True, slots=True)
class ItemRule:
    """What a row is about: an SSCC, or a GTIN with a serial (either, where both are named: the SSCC where the row has one), or
    (`issuer`, a party, and `number`) an SSCC that is computed."""

    sscc: Choice | None = None
    gtin: Choice | None = None
    serial: Choice | None = None
    lot: Choice | None = None
    expiry: Told | None = None
    issuer: str = ""
    number: Choice | None = None


@dataclass(frozen=True, slots=True)
class EventRule:
    """One event that a row tells. `party`, `to`, `site`, `location` are names of the mapping, "" for none."""

    name: str
    verb: Verb
    when: When
    party: str
    to: str
    site: str
    location: str
    step: str
    disposition: str
    time: Moment
    papers: tuple[tuple[str, Choice], ...]
    fields: tuple[tuple[str, Choice | Figure], ...]


@dataclass(frozen=True, slots=True)
class TableMapping:
    """A whole mapping. `columns` are all that it looks at: a file must have them, but for those that are `optional`.

    `delimiter` is "" where any will do. `claims`: its rows enter as claims, and are not recorded unless that is asked for.
    `container` is the SSCC that goods are packed into or taken out of.
    """

    name: str
    about: str
    delimiter: str
    encoding: str
    columns: frozenset[str]
    places: Path
    line: Choice
    record_time: Moment
    product: Choice
    parties: Mapping[str, PartyRule]
    sites: Mapping[str, SiteRule]
    item: ItemRule
    events: tuple[EventRule, ...]
    optional: frozenset[str] = frozenset()
    claims: bool = False
    container: Choice | None = None
