"""Checking the secret under a scratch field against what the issuer committed to when the item was issued.

A match shows that this label carries the issuer's secret. That it was seen for the first time is only known where it was seen:
the contract has no verb that uses a secret up, so another laptop's check is not known here. A mismatch is a slip of the hand
until it was typed twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import orjson

from app.desk.desk import Desk
from app.drafting import BIRTHS
from chain import encoding, gs1
from chain.epcis import time_of, time_text
from chain.errors import BadInput
from chain.journey import Entry, Item, Unreadable
from chain.secret import agrees, typed
from chain.verdict import Code, Finding, Outcome

CHECK = "secret"


@dataclass(frozen=True, slots=True)
class Opened:
    """What came of a check: the item, the finding, how often this secret was seen here before, and when first (aware UTC)."""

    item: Item
    finding: Finding
    before: int = 0
    first: datetime | None = None


def check(desk: Desk, text: str, secret: str) -> Opened:
    """Check the secret of the item that a text names, and remember that it was seen. Raises BadInput where either is none."""
    item = gs1.parse(text)
    if isinstance(item, Unreadable):
        raise BadInput(f"{item.reason} {item.hint}".strip())
    if not item.serialised:
        raise BadInput("This code names no single item.")
    bare = typed(secret)
    birth = _birth(desk, item)
    matches = _matches(desk, *birth, bare) if birth is not None else None
    if birth is None or matches is None:
        return Opened(item, Finding(CHECK, Outcome.UNKNOWN, _nothing(birth), Code.NO_EVIDENCE))
    if not matches:
        why = "This is not the secret that was issued with this item: type it again; if it stays so, the label is not genuine."
        _log(desk, item, "checked a secret that is not the item's")
        return Opened(item, Finding(CHECK, Outcome.FAIL, why, Code.SUSPECTED))
    return _seen(desk, item, birth[1])


def _birth(desk: Desk, item: Item) -> tuple[Entry, Item] | None:
    """The proven entry that issued the item, and the item as it was issued; None where none is known here."""
    store = desk.station.store
    with store.reading():
        for code in encoding.prefixes_of(item):
            unit = encoding.unit_of(item, code)
            entries = store.replica.about(unit, store.replica.proven_size())
            found = next((one for one in entries if one.verb in BIRTHS), None)
            known = store.goods.item(unit)
            if found is not None:
                return found, known[0] if known is not None else item
    return None


def _matches(desk: Desk, entry: Entry, item: Item, secret: str) -> bool | None:
    """Against the details behind the entry's commitment; None where they are not here, were changed, or hold no secrets."""
    detail = desk.station.store.goods.detail(entry.commitment)
    if detail is None or encoding.commitment(detail.fields, detail.seed) != entry.commitment:
        return None
    goods = [gs1.parse(one) for one in detail.event.epcs]
    place = next((n for n, one in enumerate(goods) if isinstance(one, Item) and one.key == item.key), -1)
    return agrees(detail.fields, place, item, secret)


def _seen(desk: Desk, item: Item, issued: Item) -> Opened:
    name = f"secret/{issued.key}"
    told = orjson.loads(desk.remembered(name) or b"{}")
    before, first = int(told.get("seen", 0)), time_of(told["first"]) if told else desk.trail.now()
    desk.remember(name, orjson.dumps({"seen": before + 1, "first": time_text(first)}).decode())
    _log(desk, item, "checked a secret: it is the item's")
    if before:
        why = f"The secret is the issuer's but was seen here before, first on {first:%Y-%m-%d %H:%M} UTC: it proves nothing now."
        return Opened(item, Finding(CHECK, Outcome.UNKNOWN, why, Code.SUSPECTED), before, first)
    why = "The secret is the one that was issued with this item, and it was not seen on this laptop before."
    return Opened(item, Finding(CHECK, Outcome.PASS, why), 0, first)


def _log(desk: Desk, item: Item, act: str) -> None:
    with desk.station.store.transaction():
        desk.trail.log(desk.shift.name, act, item.key)


def _nothing(birth: tuple[Entry, Item] | None) -> str:
    if birth is None:
        return "It is not known here who issued this item: sync first."
    return "No secret was recorded with this item, or the details of its issue are not on this laptop."
