"""A unit's history told again under the contract's rules, hash by hash, up to the head that is proven.

The head in storage commits to every event from the first: a history that is altered, shortened or invented ends elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from chain import custody, encoding, merkle
from chain.custody import Rules
from chain.encoding import ZERO, State
from chain.errors import BadProof, MissingNode, RuleBroken
from chain.evidence import Evidence, History
from chain.journey import NO_ROLE, Birth, Entry, Kind, Role, Verb
from chain.proven import Storage

_ROLES = (Verb.ENROL_ORGANISATION, Verb.SET_ROLES)


@dataclass(frozen=True, slots=True)
class Replayed:
    """A unit's states, one after each of its entries, and the head they end in."""

    unit: bytes
    entries: tuple[Entry, ...]
    states: tuple[State, ...]
    head: bytes

    @property
    def state(self) -> State:
        """The present state."""
        return self.states[-1]


class Replay:
    """Replays histories of one evidence; results are kept. Raises BadProof or MissingNode."""

    def __init__(self, evidence: Evidence, storage: Storage) -> None:
        self._evidence = evidence
        self._storage = storage
        self._done: dict[bytes, Replayed] = {}
        self._roles: dict[int, tuple[tuple[int, Role], ...]] = {}
        self._leaves: dict[int, tuple[Entry, bytes]] = {}

    def of(self, unit: bytes) -> Replayed:
        """The history of one unit, complete back to its first event and up to the proven head."""
        if unit not in self._done:
            self._done[unit] = self._replay(unit)
        return self._done[unit]

    def leaf(self, entry: Entry) -> bytes:
        """The entry's leaf hash in the log."""
        known = self._leaves.get(entry.index)
        if known is None or known[0] is not entry:
            known = self._leaves[entry.index] = entry, encoding.leaf(entry)
        return known[1]

    def carrier(self, state: State) -> State:
        """The state that says where a unit is: its own, or that of the outermost container it is in."""
        for _ in range(8):
            if state.parent == ZERO:
                return state
            state = self.of(state.parent).state
        raise BadProof("containers are nested without end")

    def containers(self, unit: bytes) -> tuple[bytes, ...]:
        """Every container the unit was ever in, those around them included, each once."""
        seen: dict[bytes, None] = {}
        todo = [unit]
        while todo:
            for entry in self.of(todo.pop()).entries:
                box = entry.units[0] if entry.verb is Verb.PACK else ZERO
                if box not in (ZERO, unit) and box not in seen:
                    seen[box] = None
                    todo.append(box)
        return tuple(seen)

    def roles(self, organisation: int, index: int) -> Role:
        """An organisation's roles when the log had `index` entries: none before its enrolment.

        The first entry that sets them is the enrolment, the last sets what stands in storage: neither can be left out.
        """
        if organisation not in self._roles:
            self._roles[organisation] = self._roles_of(organisation)
        known = [roles for at, roles in self._roles[organisation] if at < index]
        return known[-1] if known else NO_ROLE

    def _roles_of(self, organisation: int) -> tuple[tuple[int, Role], ...]:
        mine = [e for e in self._evidence.administration if e.counterparty == organisation and e.verb in _ROLES]
        if not (mine and mine[0].verb is Verb.ENROL_ORGANISATION):
            if self._evidence.whole:
                raise BadProof(f"the enrolment of organisation {organisation} was taken out of the records here")
            raise MissingNode("the enrolment of an organisation is not on this laptop", organisation=organisation)
        if int.from_bytes(mine[-1].argument, "big") != self._storage.at("organisations", encoding.word(organisation)):
            raise BadProof(f"the roles of organisation {organisation} here are not those on the contract")
        return tuple((e.index, encoding.organisation_word(int.from_bytes(e.argument, "big"))[1]) for e in mine)

    def lifted(self, lot: bytes) -> None:
        """That the recalls of a lot that is under none now are told to their end: each has been lifted. Raises BadProof."""
        acts = recalls_of(self._evidence.histories, lot)
        verbs = [entry.verb for entry in acts]
        if verbs != [Verb.RECALL, Verb.LIFT] * (len(verbs) // 2):
            raise BadProof("a recall of the lot or its end was taken out of the records here", lot=lot.hex())

    def _replay(self, unit: bytes) -> Replayed:
        history = self._evidence.histories.get(unit)
        proven = self._storage.head(unit)
        if history is None or not history.entries:
            if self._evidence.whole and proven != ZERO:
                raise BadProof("the history of this unit was taken out of the records here", unit=unit.hex())
            raise MissingNode("the history of this unit is not on this laptop", unit=unit.hex())
        state = self._first(history)
        leaf = self.leaf(history.entries[0])
        head = encoding.head(ZERO, state, leaf)
        states = [state]
        for entry in history.entries[1:]:
            try:
                state = self._next(unit, state, entry)
            except RuleBroken as broken:
                why = f"the contract would not have recorded entry {entry.index} after the one before ({broken.reason})"
                raise BadProof(why, unit=unit.hex()) from broken
            head = encoding.head(head, state, self.leaf(entry))
            states.append(state)
        untouched = proven == ZERO and history.membership is not None and len(states) == 1
        if head != proven and not untouched:
            raise BadProof("the history here is not the history on the contract", unit=unit.hex())
        return Replayed(unit, history.entries, tuple(states), head)

    def _first(self, history: History) -> State:
        first, birth = history.entries[0], history.birth
        if birth is None or first.verb not in (Verb.COMMISSION, Verb.COMMISSION_LOT):
            raise BadProof("the history does not begin with the issue of the unit", unit=history.unit.hex())
        if birth.expiry > encoding.M40:  # beyond its bits it would read as a sequence number
            raise BadProof("the expiry here is none that the contract writes", unit=history.unit.hex())
        if history.membership is None:
            if birth.unit != history.unit or history.unit not in first.units:
                raise BadProof("the history begins with the issue of another unit", unit=history.unit.hex())
            return custody.born(birth, first.organisation)
        return self._from_lot(history, birth, first)

    def _from_lot(self, history: History, birth: Birth, first: Entry) -> State:
        membership = history.membership
        assert membership is not None
        lot_head = encoding.lot_head(birth, first.organisation, self.leaf(first))
        if birth.unit != membership.lot or lot_head != self._storage.head(membership.lot):
            raise BadProof("the lot here is not the lot on the contract", lot=membership.lot.hex())
        merkle.verify_inclusion(merkle.leaf_hash(history.unit), membership.index, birth.size, membership.path, birth.root)
        return custody.born(replace(birth, unit=history.unit, kind=Kind.ITEM, lot=membership.lot), first.organisation)

    def _next(self, unit: bytes, state: State, entry: Entry) -> State:
        if unit not in entry.units:
            raise BadProof("an event in the history is about other units", index=entry.index)
        roles = self.roles(entry.organisation, entry.index)
        recalled = state.lot != ZERO and self._lot_recalled(state.lot, entry.index)
        rules = Rules(entry.organisation, roles, entry.record_time, self._storage.number("organisation_count"), recalled)
        if entry.verb is Verb.CORRECT:
            return replace(state, seq=state.seq + 1)
        if entry.verb not in (Verb.PACK, Verb.UNPACK):
            return custody.transition(state, entry, rules)
        custody.must(bool(roles & custody.HANDLERS), "role: may not pack")
        if entry.units[0] != unit:
            return custody.aggregate(state, entry.units[0], entry, rules, unit)
        custody.held(state, entry.organisation)
        packed = len(entry.units) - 1
        children = state.children + (packed if entry.verb is Verb.PACK else -packed)
        custody.must(0 <= children <= encoding.M24, "unit: not in this container" if children < 0 else "pack: too many")
        return replace(state, children=children, seq=state.seq + 1)

    def _lot_recalled(self, lot: bytes, index: int) -> bool:
        acts = [e for e in recalls_of(self._evidence.histories, lot) if e.index < index]
        return bool(acts) and acts[-1].verb is Verb.RECALL


def recalls_of(histories: Mapping[bytes, History], lot: bytes) -> tuple[Entry, ...]:
    """The recalls of a lot and their ends, in the order of the log."""
    history = histories.get(lot)
    return tuple(e for e in history.entries if e.argument == lot and not e.units) if history else ()


def needed(histories: Mapping[bytes, History], unit: bytes) -> dict[bytes, History]:
    """What of these histories a verdict over a unit stands on: its own, its containers', and the recalls of their lots."""
    found: dict[bytes, History] = {}
    todo = [unit]
    while todo:
        one = todo.pop()
        history = histories.get(one)
        if history is None or one in found:
            continue
        found[one] = history
        lot = history.membership.lot if history.membership else history.birth.lot if history.birth else ZERO
        acts = recalls_of(histories, lot)
        if acts:
            found[lot] = History(lot, None, acts)
        todo += [e.units[0] for e in history.entries if e.verb is Verb.PACK and e.units and e.units[0] != one]
    return found


def entries_of(histories: Mapping[bytes, History]) -> tuple[Entry, ...]:
    """All entries of all histories, each once, in the order of the log."""
    found = {entry.index: entry for history in histories.values() for entry in history.entries}
    return tuple(found[index] for index in sorted(found))


def organisations_of(entries: Iterable[Entry]) -> tuple[int, ...]:
    """The numbers of the organisations that entries are by, and of those that goods were shipped to, ascending."""
    return tuple(sorted({n for e in entries for n in (e.organisation, e.counterparty if e.verb is Verb.SHIP else 0) if n}))
