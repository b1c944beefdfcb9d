"""The family tree of an item: what it was made of, what was made of it, what it is packed in and what it holds.

Events of the log and imported claims are read alike; each branch says whether the log has it. A tree is cut where it grows too
deep, too wide or too large, and says so: a hostile file cannot make it endless, and a circle ends where it closes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from app.family import Family, Kin, Relative
from app.store import Store
from app.store.claims import item_of_name, name_of, name_of_item, words_of_quantity
from app.store.imported import GROUPS
from chain import encoding
from chain.epcis import hash_of
from chain.journey import Event, Item, Quantity

DEEPEST, WIDEST, LARGEST = 6, 24, 240
EVENTS = 100
"""Claims that are looked at for one node."""


def family(store: Store, item: Item) -> Family:
    """The tree around an item; empty where no event ties it to other goods."""
    grown = _Tree(store)
    relatives: list[Relative] = []
    more = 0
    name = name_of_item(item)
    for kin in Kin:
        branches, cut = grown.branches(name, kin, 0, frozenset((name,)))
        relatives += branches
        more += cut
    return Family(item, tuple(relatives), more)


@dataclass(slots=True)
class _Tree:
    store: Store
    _room: int = LARGEST
    _events: dict[str, list[tuple[Event, bool]]] = field(default_factory=dict)

    def branches(self, name: str, kin: Kin, depth: int, above: frozenset[str]) -> tuple[tuple[Relative, ...], int]:
        found: dict[str, tuple[Event, bool, str]] = {}
        for event, proven in self._about(name):
            for other, amount in _kin_of(event, name, kin):
                if other not in above and (other not in found or proven > found[other][1]):
                    found[other] = event, proven, amount
        made: list[Relative] = []
        cut = 0
        for other, (event, proven, amount) in found.items():
            if len(made) >= WIDEST or not self._room:
                cut += 1
                continue
            self._room -= 1
            # A packed item's siblings are not its relatives: what a container holds is asked of the item itself only.
            inner, more = self.branches(other, kin, depth + 1, above | {other}) if depth + 1 < DEEPEST else ((), 0)
            item = item_of_name(other)
            until = self._until(name, other, event) if kin in (Kin.PACKED_IN, Kin.HOLDS) else None
            product = self._product(other, item)
            made.append(Relative(other, item, kin, event.event_time, product, amount, until, proven, inner, more))
        return tuple(made), cut

    def _about(self, name: str) -> list[tuple[Event, bool]]:
        """Events that name it, the log's first; claims of the same events, and wrong ones, are left out."""
        if name not in self._events:
            proven = list(self._recorded(name))
            hashes = {hash_of(event) for event in proven}
            claims = [one.event for one in self.store.claims.about(name, EVENTS) if not one.wrong and one.hash not in hashes]
            self._events[name] = [(event, True) for event in proven] + [(event, False) for event in claims]
        return self._events[name]

    def _recorded(self, name: str) -> Iterator[Event]:
        item, newest = item_of_name(name), self.store.replica.checkpoint()
        if item is None or not item.serialised or newest is None:
            return
        for code in encoding.prefixes_of(item):
            for entry in self.store.replica.about(encoding.unit_of(item, code), newest[0].size):
                detail = self.store.goods.detail(entry.commitment)
                if detail is not None and encoding.commitment(detail.fields, detail.seed) == entry.commitment:
                    yield detail.event

    def _until(self, name: str, other: str, packed: Event) -> datetime | None:
        """When the two were taken apart again."""
        for event, _ in self._about(name):
            if event.kind in GROUPS and event.action == "DELETE" and event.event_time >= packed.event_time:
                names = {name_of(event.parent_id), *map(name_of, event.epcs)}
                if other in names or (name_of(event.parent_id) == name and not event.epcs):
                    return event.event_time
        return None

    def _product(self, name: str, item: Item | None) -> str:
        for code in encoding.prefixes_of(item) if item is not None and item.serialised else ():
            known = self.store.goods.item(encoding.unit_of(item, code)) if item is not None else None
            if known is not None and known[1]:
                return known[1]
        return self.store.claims.product(name)


def _kin_of(event: Event, name: str, kin: Kin) -> Iterator[tuple[str, str]]:
    """(name, amount) of the relatives of a kind that an event gives."""
    if kin in (Kin.MADE_OF, Kin.MADE_INTO):
        if event.kind != "TransformationEvent":
            return
        went_in, came_out = (event.inputs, event.input_quantities), (event.outputs, event.output_quantities)
        mine, others = (came_out, went_in) if kin is Kin.MADE_OF else (went_in, came_out)
        if any(other == name for other, _ in _named(*mine)):
            yield from _named(*others)
    elif event.kind in GROUPS and event.action in ("ADD", "OBSERVE") and event.parent_id:
        parent, children = name_of(event.parent_id), list(_named(event.epcs, event.quantities))
        if kin is Kin.HOLDS and parent == name:
            yield from children
        elif kin is Kin.PACKED_IN and any(child == name for child, _ in children):
            yield parent, ""


def _named(epcs: tuple[str, ...], quantities: tuple[Quantity, ...]) -> Iterator[tuple[str, str]]:
    for text in epcs:
        yield name_of(text), ""
    for one in quantities:
        yield name_of(one.epc_class), words_of_quantity(one)
