"""Where a thing stands by the records on this laptop: who holds it, what it is in, what is in it. Proven where proofs allow, told
in the words of the desk. No verdict is made here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.store import Store, dossier
from chain import encoding
from chain.encoding import ZERO, State
from chain.errors import BadProof, MissingNode
from chain.evidence import Trust
from chain.journey import Entry, Item, Party, Status, Verb
from chain.label import Label
from chain.policy import Case, Situation
from chain.verdict import Code

DEEPEST = 8
"""Containers inside each other, as the verifier allows."""
MOST_INSIDE = 10_000
MOST_LOOKED = 200


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing as the records have it.

    `holder`, `receiver` (None unless on its way) and `issuer` are parties; `box` is what it is packed in, `carrier` the outermost
    of these, or itself; `direct` is what was packed into it, `inside` that and what is in it, however deep. `held_by` is who
    keeps it in quarantine. `unfit` are things inside that are recalled, expired or in quarantine, each with the
    verdict code for it, where somebody asked for them.
    """

    item: Item
    product: str
    holder: Party | None
    receiver: Party | None
    issuer: Party | None
    held_by: Party | None
    recalled: bool
    expired: bool
    ended: bool
    box: Item | None
    carrier: Item
    direct: tuple[Item, ...] = ()
    inside: tuple[Item, ...] = ()
    unfit: tuple[tuple[Item, Code], ...] = ()

    def held_at(self, gln: str) -> bool:
        """True where this party holds it and it is not on its way."""
        return self.holder is not None and self.holder.gln == gln and self.receiver is None

    def coming_to(self, gln: str) -> bool:
        """True where it is on its way to this party."""
        return self.receiver is not None and self.receiver.gln == gln


class Units:
    """Looks things up in a profile's replica. Call within `store.reading()`."""

    def __init__(self, store: Store, trust: Trust) -> None:
        self._store = store
        self._trust = trust

    def find(self, item: Item, *, look_inside: bool = False) -> Unit | None:
        """How a thing stands; None where it was never issued or nothing can be proven about it.

        `look_inside` asks of everything in it whether it may travel: some 5 ms a piece, and of the first MOST_LOOKED pieces only.
        """
        found = dossier.evidence(self._store, item)
        if found is None or not item.serialised:
            return None
        case = Case(Label("", item), found, self._trust, Situation(datetime.now(UTC)))
        try:
            state, around, unit = case.state, case.around, case.unit
        except (BadProof, MissingNode):
            return None
        goods = self._store.goods
        known = goods.item(unit)
        boxes = [goods.item(one.parent) for one in around if one.parent != ZERO]
        carrier = boxes[-1][0] if boxes and boxes[-1] else (known[0] if known else item)
        outer = around[-1]
        direct = tuple(self._direct(unit)) if item.sscc else ()
        inside = tuple(self._deep(direct))
        return Unit(
            item=known[0] if known else item,
            product=known[1] if known else "",
            holder=self._party(outer.custodian),
            receiver=self._party(outer.receiver),
            issuer=self._party(state.issuer),
            held_by=next((self._party(one.held_by) for one in around if one.held_by), None),
            recalled=any(self._recalled(case, one) for one in around),
            expired=bool(state.expiry) and datetime.now(UTC).timestamp() >= state.expiry,
            ended=state.status is Status.DECOMMISSIONED,
            box=boxes[0][0] if boxes and boxes[0] else None,
            carrier=carrier,
            direct=direct,
            inside=inside,
            unfit=tuple(self._unfit(inside[:MOST_LOOKED])) if look_inside else (),
        )

    def _direct(self, unit: bytes) -> Iterator[Item]:
        """What is in a container, in the order it was packed."""
        for child in contents(self._store.replica.about(unit, self._store.replica.size()), unit):
            known = self._store.goods.item(child)
            if known is not None:
                yield known[0]

    def _deep(self, items: tuple[Item, ...], depth: int = 0) -> Iterator[Item]:
        for one in items:
            yield one
            if one.sscc and depth < DEEPEST:
                unit = next((u for u in unit_ids(one) if self._store.goods.item(u) is not None), None)
                yield from self._deep(tuple(self._direct(unit)) if unit else (), depth + 1)

    def _unfit(self, items: Sequence[Item]) -> Iterator[tuple[Item, Code]]:
        for item in items:
            unit = self.find(item)
            if unit is not None and unit.recalled:
                yield item, Code.RECALLED
            elif unit is not None and unit.expired:
                yield item, Code.EXPIRED
            elif unit is not None and unit.held_by is not None:
                yield item, Code.QUARANTINED

    def sender(self, item: Item) -> str:
        """The GLN of who shipped a thing, or the container it came in, to its holder last; "" where nobody did."""
        for step in reversed(dossier.journey(self._store, item).steps):
            if step.entry.verb is Verb.SHIP and step.actor is not None:
                return step.actor.gln
        return ""

    def _party(self, number: int) -> Party | None:
        return self._store.goods.party(number) if number else None

    @staticmethod
    def _recalled(case: Case, state: State) -> bool:
        return bool(state.recalled_by or (state.lot != ZERO and case.storage.lot(state.lot)[1]))


def contents(entries: tuple[Entry, ...], unit: bytes) -> list[bytes]:
    """The units in a container after these entries about it."""
    found: dict[bytes, None] = {}
    for entry in entries:
        if not entry.units or entry.units[0] != unit:
            continue
        if entry.verb is Verb.PACK:
            found |= dict.fromkeys(entry.units[1:])
        elif entry.verb is Verb.UNPACK:
            for one in entry.units[1:]:
                found.pop(one, None)
    return list(found)[:MOST_INSIDE]


def unit_ids(item: Item) -> tuple[bytes, ...]:
    """All ids that an item could have on the contract: one for each company prefix it could have been issued under."""
    return tuple(encoding.unit_of(item, code) for code in encoding.prefixes_of(item))
