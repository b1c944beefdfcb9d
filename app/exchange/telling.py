"""Rows told as drafts of events, by a mapping: who, what, where, when. A row that cannot be told is refused with its reason.

Telling needs no network and changes nothing. The same row always gives the same drafts, event ids included: that is what makes
an import that died go on, and one that is run twice record nothing twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from app.exchange import identities
from app.exchange.gazetteer import Gazetteer
from app.exchange.mapping import RECORD_TIME, EventRule, TableMapping
from app.exchange.rows import Row, RowRefused, quoted
from app.exchange.values import Choice
from app.recorder import Draft
from chain import gs1
from chain.epcis import utc_offset
from chain.errors import BadInput
from chain.gs1 import Element
from chain.journey import Event, Item, Party, Place, Role, Verb

BASIS = "wayproof:eventTimeBasis"
"""The field of an event that says in words what its time was derived from; absent where a column holds it."""

_NAMESPACE = uuid.UUID("6f1d9a52-3c0e-5d7b-9a41-8f2b6c7e1d03")
_ACTIONS = {Verb.COMMISSION: "ADD", Verb.DECOMMISSION: "DELETE", Verb.PACK: "ADD", Verb.UNPACK: "DELETE"}
_GROUPING = (Verb.PACK, Verb.UNPACK)


@dataclass(frozen=True, slots=True)
class Line:
    """What a row tells: `name` is its own in the file, `drafts` its events in order, each with the name of its rule."""

    row: int
    name: str
    record_time: datetime
    item: Item
    drafts: tuple[tuple[str, Draft], ...]


@dataclass(slots=True)
class Teller:
    """Tells rows by a mapping and keeps whom and what places they named.

    `parties` maps GLNs to parties, with the roles of all rows so far together; `prefixes` to the company prefixes that they
    issue under; `places` maps GLNs to sites.
    """

    mapping: TableMapping
    gazetteer: Gazetteer
    parties: dict[str, Party] = field(default_factory=dict)
    prefixes: dict[str, str] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    _known: dict[tuple[str, str, str, str], str] = field(default_factory=dict)

    def tell(self, row: Row) -> Line:
        """The events of one row. Raises RowRefused with the reason."""
        if row.fault:
            raise RowRefused(row.fault)
        mapping = self.mapping
        name = _wanted(mapping.line, row, "the row has no name of its own")
        record_time = mapping.record_time.of(row, {RECORD_TIME: _END})[0]
        parties = {key: self._party(key, row) for key in mapping.parties}
        sites = {key: self._site(key, row) for key in mapping.sites}
        item, link = self._item(row, parties)
        product = mapping.product.of(row)
        later = {RECORD_TIME: record_time}
        told = []
        for rule in reversed(mapping.events):
            if rule.when.holds(row):
                at, basis = rule.time.of(row, later)
                later[rule.name] = at
                event = self._event(rule, row, name, link, at, record_time, basis, parties, sites)
                to = parties[rule.to] if rule.to else ""
                told.append((rule.name, Draft(rule.verb, parties[rule.party], event, (item,), to, product=product)))
        return Line(row.number, name, record_time, item, tuple(reversed(told)))

    def _event(
        self, rule: EventRule, row: Row, line: str, link: str, at: datetime, record_time: datetime, basis: str,
        parties: Mapping[str, str], sites: Mapping[str, str],
    ) -> Event:  # fmt: skip
        for used in filter(None, (rule.party, rule.to)):
            if not parties[used]:
                raise RowRefused(f"the party “{used}” has no name here", ", ".join(self.mapping.parties[used].name.columns))
        if rule.to and parties[rule.to] == parties[rule.party]:
            raise RowRefused("a shipment from a party to itself", ", ".join(self.mapping.parties[rule.to].name.columns))
        papers = ((kind, choice.of(row)) for kind, choice in rule.papers)
        fields = {name: value for name, choice in rule.fields if (value := choice.of(row)) not in ("", None)}
        box = self._container(row) if rule.verb in _GROUPING else ""
        offset = at.utcoffset()
        # Where nobody records, the event itself says who acts: at a receipt the one who receives.
        mine = (("possessing_party", parties[rule.party]),) if rule.to or self.mapping.claims else ()
        gets = mine if rule.verb is Verb.RECEIVE else ()
        return Event(
            event_id=f"urn:uuid:{uuid.uuid5(_NAMESPACE, f'{self.mapping.name}/{line}/{rule.name}')}",
            kind="AggregationEvent" if box else "ObjectEvent",
            action=_ACTIONS.get(rule.verb, "OBSERVE"),
            event_time=at.astimezone(UTC),
            event_time_zone_offset=utc_offset(int(offset.total_seconds()) // 60 if offset else 0),
            record_time=record_time.astimezone(UTC),
            biz_step=rule.step,
            disposition=rule.disposition,
            read_point=sites[rule.site] if rule.site else "",
            biz_location=sites[rule.location] if rule.location else "",
            epcs=(link,),
            parent_id=box,
            sources=() if gets else mine,
            destinations=(("possessing_party", parties[rule.to]),) if rule.to else gets,
            biz_transactions=tuple((kind, number) for kind, number in papers if number),
            extensions=fields | ({BASIS: basis} if basis else {}),
        )

    def _party(self, key: str, row: Row) -> str:
        """The GLN of a party of this row, "" where the row names none."""
        rule = self.mapping.parties[key]
        name = rule.name.of(row)
        if not name:
            return ""
        given, prefix = (choice.of(row) if choice else "" for choice in (rule.gln, rule.prefix))
        asked = key, name, given, f"party {prefix}"
        if asked in self._known:
            return self._known[asked]
        columns = ", ".join((rule.gln or rule.name).columns)
        if rule.gln is None or not (given or set(rule.gln.columns) - self.mapping.optional):
            prefix = identities.prefix_of_name(self.mapping.name, name)
            gln = identities.party_gln(prefix)
        else:
            gln = given
            if not gs1.valid_gln(gln):
                raise RowRefused(f"{quoted(gln)} is no GLN: 13 digits with the right check digit", columns)
        if prefix and not (prefix.isascii() and prefix.isdigit() and 4 <= len(prefix) <= 12):
            raise RowRefused(f"{quoted(prefix)} is no GS1 company prefix: 4 to 12 digits", columns)
        country = self._country(rule.country.of(row)) if rule.country else ""
        address = rule.address.of(row) if rule.address else ""
        old = self.parties.get(gln)
        if old is not None and old.name != name:
            raise RowRefused(f"{quoted(old.name)} and {quoted(name)} have the same GLN {gln}", columns)
        self.parties[gln] = Party(gln, name, address, rule.roles | (old.roles if old else rule.roles), 0, country)
        if prefix and Role.ISSUER in rule.roles:
            self.prefixes[gln] = prefix
        self._known[asked] = gln
        return gln

    def _country(self, text: str) -> str:
        if len(text) == 2 and text.isascii() and text.isupper():
            return text
        spot = self.gazetteer.find(text) if text else None
        return spot.country if spot else ""

    def _site(self, key: str, row: Row) -> str:
        """The GLN of a site of this row, "" where the row names none."""
        rule = self.mapping.sites[key]
        name = rule.name.of(row)
        if not name:
            return ""
        given = rule.gln.of(row) if rule.gln else ""
        asked = key, name, given, "site"
        if asked in self._known:
            return self._known[asked]
        gln = given or identities.site_gln(self.mapping.name, name)
        known = self.places.get(gln)
        if known is None:
            if given and not gs1.valid_gln(gln):
                columns = rule.gln.columns if rule.gln else ()
                raise RowRefused(f"{quoted(gln)} is no GLN: 13 digits with the right check digit", ", ".join(columns))
            spot = self.gazetteer.find(name)
            known = Place(gln, name, spot.lat, spot.lon, spot.country) if spot else Place(gln, name)
            self.places[gln] = known
        if known.name != name:
            raise RowRefused(f"{quoted(known.name)} and {quoted(name)} have the same GLN {gln}", ", ".join(rule.name.columns))
        self._known[asked] = gln
        return gln

    def _item(self, row: Row, parties: Mapping[str, str]) -> tuple[Item, str]:
        """The item of a row and its Digital Link."""
        rule = self.mapping.item
        try:
            if rule.number is not None:
                item = self._shipment(row, parties[rule.issuer], rule.number)
            elif rule.sscc is not None and (rule.gtin is None or rule.sscc.of(row)):
                item = gs1.item_of([Element("00", _wanted(rule.sscc, row, "there is no SSCC"))])
            else:
                item = self._trade_item(row)
            return item, gs1.digital_link(item)
        except RowRefused:
            raise
        except BadInput as error:
            columns = (one.columns for one in (rule.number, rule.sscc, rule.gtin, rule.serial, rule.lot) if one is not None)
            raise RowRefused(error.words.rstrip("."), ", ".join(name for some in columns for name in some)) from None

    def _container(self, row: Row) -> str:
        """The Digital Link of the container of a row."""
        choice = self.mapping.container
        assert choice is not None  # the mapping file's reader sees to it
        text = _wanted(choice, row, "there is no container")
        try:
            return gs1.digital_link(gs1.item_of([Element("00", text)]))
        except BadInput as error:
            raise RowRefused(error.words.rstrip("."), ", ".join(choice.columns)) from None

    def _shipment(self, row: Row, issuer: str, number: Choice) -> Item:
        text = _wanted(number, row, "the shipment has no number")
        if not issuer:
            raise RowRefused(
                "the issuer has no name here", ", ".join(self.mapping.parties[self.mapping.item.issuer].name.columns)
            )
        if not (text.isascii() and text.isdigit() and len(text) <= 9):
            raise RowRefused(f"{quoted(text)} is not the number of a shipment", ", ".join(number.columns))
        return Item(sscc=identities.sscc(self.prefixes[issuer], int(text)))

    def _trade_item(self, row: Row) -> Item:
        rule = self.mapping.item
        assert rule.gtin is not None
        assert rule.serial is not None
        gtin = _wanted(rule.gtin, row, "there is no GTIN")
        serial = _wanted(rule.serial, row, "there is no serial number")
        expiry = rule.expiry.of(row) if rule.expiry else None
        if not (gtin.isascii() and gtin.isdigit() and len(gtin) in (8, 12, 13, 14)):
            raise RowRefused(f"{quoted(gtin)} is no GTIN: 8, 12, 13 or 14 digits", ", ".join(rule.gtin.columns))
        lot = rule.lot.of(row) if rule.lot else ""
        return Item(gtin.zfill(14), serial, lot, expiry.date() if expiry else None)


def _wanted(choice: Choice, row: Row, why: str) -> str:
    text = choice.of(row)
    if not text:
        raise RowRefused(why, ", ".join(choice.columns))
    return text


_END = datetime(9999, 1, 1, tzinfo=UTC)
