"""What a letter says: details of events with the seeds of their salts, and identities of units. Made, read, held against the log.

Every detail must be what a proven entry commits to, or the whole letter is refused. An identity is kept where it is the unit's
that the log knows, with the lot and the expiry that its birth has; others are passed over, because a label alone says as much.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson

from app.store import Store
from app.store.dossier import entries_about
from chain import encoding, gs1, strict_json
from chain.epcis import event_of_fields
from chain.errors import BadInput, BadProof, WayproofError
from chain.evidence import Detail
from chain.journey import Entry, Item, Unreadable, Verb

FORM = "wayproof letter 1"
PART = 1 << 19
"""Bytes of JSON after which a letter ends and the next begins."""
MOST = 1 << 20
"""Bytes of JSON in a letter; a detail that is longer does not travel."""
_MEMORY = 64 << 20
_DEPTH = 8  # containers inside each other, as the contract allows


class Behind(WayproofError):
    """A letter tells of entries that this laptop has not proven yet."""


@dataclass(slots=True)
class Content:
    """Details by their commitments, identities by their units, as of a log of `size` entries; how many details are `missing`."""

    size: int
    details: dict[bytes, tuple[Mapping[str, object], bytes]] = field(default_factory=dict)
    items: dict[bytes, Item] = field(default_factory=dict)
    missing: int = 0

    def add(self, more: Content) -> None:
        """What another content says as well."""
        self.details |= more.details
        self.items |= more.items


def gather(store: Store, goods: Iterable[bytes], size: int) -> Content:
    """What this laptop can tell of some units by the log's first `size` entries, of what they were in, and of what they hold."""
    found = Content(size)
    units = _loaded(store, goods, size)
    for entry in entries_about(store, units, found.size):
        detail = store.goods.detail(entry.commitment)
        if detail is not None and _fits(detail, entry):
            found.details[entry.commitment] = (detail.fields, detail.seed)
        else:
            found.missing += 1
    for unit in units:
        known = store.goods.item(unit)
        if known is not None:
            found.items[unit] = known[0]
    return found


def _loaded(store: Store, goods: Iterable[bytes], size: int) -> list[bytes]:
    """The units and everything that was packed in them then."""
    units = dict.fromkeys(goods)
    inside = list(units)
    for _ in range(_DEPTH):
        inside = [child for unit in inside for child in _packed(store, unit, size)]
        units |= dict.fromkeys(inside)
    return list(units)


def _packed(store: Store, box: bytes, size: int) -> Iterable[bytes]:
    held: dict[bytes, None] = {}
    for entry in store.replica.about(box, size):
        if entry.units and entry.units[0] == box and entry.verb is Verb.PACK:
            held |= dict.fromkeys(entry.units[1:])
        elif entry.units and entry.units[0] == box and entry.verb is Verb.UNPACK:
            for unit in entry.units[1:]:
                held.pop(unit, None)
    return held


def _fits(detail: Detail, entry: Entry) -> bool:
    return bool(detail.fields) and encoding.commitment(detail.fields, detail.seed) == entry.commitment


# ---- on paper ------------------------------------------------------------------------------------------------------------


def written(content: Content) -> Iterator[bytes]:
    """A content as the bytes of letters, packed, each whole in itself; none where there is nothing to say."""
    rows = (("details", orjson.dumps([fields, seed.hex()])) for fields, seed in content.details.values())
    goods = (("items", orjson.dumps(_told(item))) for item in content.items.values())
    part: dict[str, list[bytes]] = {"details": [], "items": []}
    size = 0
    for kind, row in (*rows, *goods):
        if len(row) > MOST:
            continue
        if size and size + len(row) > PART:
            yield _packed_up(content.size, part)
            part, size = {"details": [], "items": []}, 0
        part[kind].append(row)
        size += len(row)
    if size:
        yield _packed_up(content.size, part)


def _packed_up(size: int, part: Mapping[str, Sequence[bytes]]) -> bytes:
    lists = ",".join(f'"{kind}":[{b",".join(rows).decode()}]' for kind, rows in part.items())
    return zlib.compress(f'{{"format":"{FORM}","size":{size},{lists}}}'.encode(), 9)


def read(data: bytes) -> Content:
    """The content of a letter's bytes. Raises BadProof; what unpacks to more than it may is not unpacked."""
    try:
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(data, 2 * MOST)
        if not unpacker.eof or unpacker.unused_data:
            raise ValueError("not packed, too long, or with something behind it")
        value = strict_json.loads(text, memory=_MEMORY)
        if not isinstance(value, dict) or value.keys() != {"format", "size", "details", "items"} or value["format"] != FORM:
            raise ValueError("another form")
        found = Content(_whole(value["size"]))
        for fields, seed in value["details"]:
            salt = bytes.fromhex(seed)
            event_of_fields(fields)
            found.details[encoding.commitment(fields, salt)] = (fields, salt)
        named = [_item(row) for row in value["items"]]
    except (zlib.error, BadInput, KeyError, TypeError, ValueError, AttributeError) as cause:
        raise BadProof("This letter is damaged.", cause=repr(cause)) from cause
    for item in named:
        found.items |= dict.fromkeys((encoding.unit_of(item, code) for code in encoding.prefixes_of(item)), item)
    return found


def take(store: Store, content: Content) -> int:
    """Keep what a letter says; how many details were new.

    Raises BadProof where a detail is of nothing that was recorded, Behind where that may be because the log is longer elsewhere.
    """
    with store.reading():
        proven = store.replica.proven_size()
        strange = [one for one in content.details if not store.outbox.on_the_log(one)]
        new = [one for one in content.details if store.goods.detail(one) is None]
        goods = [(unit, item, "") for unit, item in content.items.items() if _is_of(store, unit, item)]
    if strange and content.size > proven:
        raise Behind("This letter tells of events that are not proven here yet: sync first.")
    if strange:
        raise BadProof("This letter tells of events that were never recorded.", commitment=strange[0].hex())
    with store.transaction():
        store.goods.add_details((one, *content.details[one]) for one in new)
        store.goods.add_items(goods)
    return len(new)


def _is_of(store: Store, unit: bytes, item: Item) -> bool:
    """Whether an identity is the unit's, with the lot and the expiry of its birth, and not known here yet."""
    lot = store.replica.lot_of(unit)
    birth = store.replica.birth(unit) or (store.replica.birth(lot) if lot else None)
    if birth is None or store.goods.item(unit) is not None or isinstance(gs1.parse(item.key), Unreadable):
        return False
    same = (lot or birth.lot) in {encoding.lot_of(item, code) for code in encoding.prefixes_of(item)}
    return same and encoding.expiry_seconds(item.expiry) == birth.expiry


def _told(item: Item) -> list[str]:
    return [item.gtin, item.serial, item.lot, item.expiry.isoformat() if item.expiry else "", item.sscc]


def _item(row: Any) -> Item:
    gtin, serial, lot, expiry, sscc = row
    if not all(isinstance(part, str) and len(part) <= 20 for part in row):
        raise ValueError("not an item")
    return Item(gtin=gtin, serial=serial, lot=lot, expiry=date.fromisoformat(expiry) if expiry else None, sscc=sscc)


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 40:
        raise ValueError("not a size of a log")
    return value
