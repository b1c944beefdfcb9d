"""The contract's rules in Python: what an entry does to the units it names, or the reason why it may not.

The twin of Provenance.vy: `World.apply` refuses with the contract's own revert strings. It is the model the contract is
tested against, it plans transactions (what the next state will be), it rebuilds every state from the log, and it is the
verifier's check of the custody rules. It proves nothing: heads and roots do.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, MutableSet
from dataclasses import dataclass, field, replace

from chain import encoding
from chain.calls import Held
from chain.encoding import ZERO, Device, State
from chain.errors import BadProof, RuleBroken
from chain.journey import Birth, Entry, Kind, Receipt, Role, Status, Verb
from chain.statement import Statement

HANDLERS = Role.ISSUER | Role.CARRIER | Role.KEEPER | Role.RETAILER
RECALLERS = Role.ISSUER | Role.AUDITOR


@dataclass(frozen=True, slots=True)
class Rules:
    """What the rules need to know beside the unit itself.

    `me` and `roles` are the acting organisation's; `now` is the block time in unix seconds; `organisations` how many there
    are; `recalled_lot` whether the unit's lot is under recall.
    """

    me: int
    roles: Role
    now: int
    organisations: int
    recalled_lot: bool = False


def must(ok: bool, reason: str) -> None:
    """Raises RuleBroken with the contract's reason unless `ok`."""
    if not ok:
        raise RuleBroken(reason)


def held(s: State, me: int) -> None:
    """In the actor's hands, free to act on: `_held`."""
    must(s.status is Status.ACTIVE, "unit: decommissioned")
    must(s.parent == ZERO, "unit: packed")
    must(s.custodian == me, "unit: not custodian")
    must(s.receiver == 0, "unit: in transit")


def movable(s: State, rules: Rules, towards: int) -> None:
    """What blocks a shipment, and packing too: `_movable`."""
    must(s.held_by == 0, "unit: quarantined")
    must(s.expiry == 0 or rules.now < s.expiry, "unit: expired")
    if s.recalled_by or rules.recalled_lot:
        must(towards == s.issuer, "unit: recalled")


def _ship(s: State, entry: Entry, rules: Rules) -> State:
    must(bool(rules.roles & HANDLERS), "role: may not ship")
    held(s, rules.me)
    to = entry.counterparty
    must(to not in (0, rules.me) and to <= rules.organisations, "ship: no such receiver")
    movable(s, rules, to)
    return replace(s, receiver=to)


def _receive(s: State, entry: Entry, rules: Rules) -> State:
    must(bool(rules.roles & HANDLERS), "role: may not receive")
    must(s.receiver != 0, "unit: not shipped")
    must(s.receiver == rules.me, "unit: not shipped to you")
    outcome = int.from_bytes(entry.argument, "big")
    must(outcome <= Receipt.SHORT, "receive: unknown outcome")
    custodian = s.custodian if outcome == Receipt.SHORT else rules.me
    suspect = outcome in (Receipt.DAMAGED, Receipt.SHORT) and s.held_by == 0
    return replace(s, receiver=0, custodian=custodian, held_by=rules.me if suspect else s.held_by)


def _observe(s: State, entry: Entry, rules: Rules) -> State:
    del entry
    must(bool(rules.roles), "role: may not observe")
    near = s.parent == ZERO and rules.me in (s.custodian, s.receiver)
    must(near or s.issuer == rules.me or bool(rules.roles & Role.AUDITOR), "unit: not yours to observe")
    return s


def _quarantine(s: State, entry: Entry, rules: Rules) -> State:
    del entry
    must(bool(rules.roles), "role: may not quarantine")
    must(s.held_by == 0, "unit: quarantined")
    near = s.parent == ZERO and s.custodian == rules.me
    must(near or s.issuer == rules.me or bool(rules.roles & Role.AUDITOR), "unit: not yours to quarantine")
    return replace(s, held_by=rules.me)


def _release(s: State, entry: Entry, rules: Rules) -> State:
    del entry
    must(bool(rules.roles), "role: may not release")
    must(s.held_by != 0, "unit: not quarantined")
    must(s.held_by == rules.me or bool(rules.roles & Role.AUDITOR), "unit: not yours to release")
    return replace(s, held_by=0)


def _recall(s: State, entry: Entry, rules: Rules) -> State:
    del entry
    must(bool(rules.roles & RECALLERS), "role: may not recall")
    must(s.recalled_by == 0, "unit: recalled")
    must(s.issuer == rules.me or bool(rules.roles & Role.AUDITOR), "unit: not yours to recall")
    return replace(s, recalled_by=rules.me)


def _lift(s: State, entry: Entry, rules: Rules) -> State:
    del entry
    must(bool(rules.roles & RECALLERS), "role: may not lift")
    must(s.recalled_by != 0, "unit: not recalled")
    must(s.recalled_by == rules.me or bool(rules.roles & Role.AUDITOR), "unit: not yours to lift")
    return replace(s, recalled_by=0)


def _decommission(s: State, entry: Entry, rules: Rules) -> State:
    del entry
    must(bool(rules.roles & HANDLERS), "role: may not decommission")
    held(s, rules.me)
    must(s.children == 0, "unit: not empty")
    return replace(s, status=Status.DECOMMISSIONED)


_TRANSITIONS = {
    Verb.SHIP: _ship,
    Verb.RECEIVE: _receive,
    Verb.OBSERVE: _observe,
    Verb.QUARANTINE: _quarantine,
    Verb.RELEASE: _release,
    Verb.RECALL: _recall,
    Verb.LIFT: _lift,
    Verb.DECOMMISSION: _decommission,
}


def transition(s: State, entry: Entry, rules: Rules) -> State:
    """One unit, one verb: the state after it, its `seq` one higher: `_transition`. PACK and UNPACK are `aggregate`'s.

    Raises RuleBroken with the contract's reason.
    """
    must(entry.verb is Verb.OBSERVE or s.status is Status.ACTIVE, "unit: decommissioned")
    step = _TRANSITIONS.get(entry.verb)
    if step is None:
        raise RuleBroken("event: verb not for units")
    return replace(step(s, entry, rules), seq=s.seq + 1)


def born(birth: Birth, issuer: int) -> State:
    """The state right after COMMISSION: `_born`."""
    return State(custodian=issuer, issuer=issuer, kind=birth.kind, expiry=birth.expiry, lot=birth.lot)


def aggregate(child: State, container: bytes, entry: Entry, rules: Rules, unit: bytes) -> State:
    """PACK into, or UNPACK out of, a container whose own rules have been checked: `_aggregate`."""
    if entry.verb is Verb.PACK:
        held(child, rules.me)
        movable(child, rules, -1)
        must(unit != container, "pack: into itself")
        return replace(child, parent=container, seq=child.seq + 1)
    must(child.status is Status.ACTIVE, "unit: decommissioned")
    must(child.parent == container, "unit: not in this container")
    return replace(child, parent=ZERO, custodian=rules.me, seq=child.seq + 1)


@dataclass(slots=True)
class World:
    """All that the contract's storage holds, rebuilt by applying entries in order. Mutable; one owner.

    `units` maps a unit id to how a caller must present it (`Held`), `lots` a lot id to (issuer, recalled_by); `corrected` holds
    (unit, leaf) of every event declared to be in error, `corrections` the leaves of the declarations; `signed` maps a device to
    the word that its last signed statement left, which no entry tells.
    """

    units: MutableMapping[bytes, Held] = field(default_factory=dict)
    lot_births: MutableMapping[bytes, tuple[Birth, int, bytes]] = field(default_factory=dict)
    lots: MutableMapping[bytes, tuple[int, int]] = field(default_factory=dict)
    organisations: dict[int, tuple[bytes, Role]] = field(default_factory=dict)
    devices: dict[bytes, Device] = field(default_factory=dict)
    prefixes: dict[int, int] = field(default_factory=dict)
    models: MutableMapping[bytes, int] = field(default_factory=dict)
    corrected: MutableSet[tuple[bytes, bytes]] = field(default_factory=set)
    corrections: MutableSet[bytes] = field(default_factory=set)
    signed: dict[bytes, int] = field(default_factory=dict)
    size: int = 0

    def apply(self, entry: Entry, births: Mapping[bytes, Birth] | None = None) -> None:
        """One entry, whole or not at all. `births` holds what COMMISSION and COMMISSION_LOT bring into being.

        Raises RuleBroken with the contract's reason; `units: ...` reasons of the batch format are the caller's.
        """
        must(entry.index == self.size, "log: entry out of order")
        if entry.verb >= Verb.ENROL_ORGANISATION:
            self._administer(entry)
        else:
            self._act(entry, births or {})
        self.size += 1

    def device(self, entry: Entry) -> Role:
        """The roles of the organisation whose device made the entry: `_actor`."""
        device = self.admitted(entry.device, entry.record_time)
        must(device.organisation == entry.organisation, "device: another organisation")
        return self.organisations[device.organisation][1]

    def admitted(self, address: bytes, now: int) -> Device:
        """A device that may record at that time, in unix seconds. Raises RuleBroken."""
        device = self.devices.get(address)
        if device is None:
            raise RuleBroken("device: unknown")
        must(device.revoked_at == 0, "device: revoked")
        must(device.valid_from <= now <= device.valid_until, "device: not valid now")
        return device

    def believe(self, statement: Statement, signature: bytes, now: int, chain_id: int, contract: bytes) -> None:
        """Take a device's signed statement, once: `_believe`. What it is about is applied entry by entry after it."""
        self.admitted(statement.device, now)
        previous = self.signed.get(statement.device, 0)
        must(statement.sequence > previous & encoding.M40, "statement: taken already")
        must(statement.sequence == (previous & encoding.M40) + 1, "statement: not its turn")
        meant = replace(statement, previous=previous)
        try:
            meant.verify(signature, chain_id, contract)
        except BadProof:
            raise RuleBroken("statement: bad signature") from None
        self.signed[statement.device] = meant.left(meant.digest(chain_id, contract))

    def rules(self, entry: Entry, roles: Role, lot: bytes = ZERO) -> Rules:
        """The surroundings of one transition."""
        recalled = lot != ZERO and self.lots.get(lot, (0, 0))[1] != 0
        return Rules(entry.organisation, roles, entry.record_time, len(self.organisations), recalled)

    def draw(self, lot: bytes, unit: bytes) -> None:
        """A unit of a lot gets a head of its own, which starts at the lot's leaf: `draw`. Membership is the caller's check."""
        must(lot in self.lot_births, "lot: unknown")
        birth, issuer, leaf = self.lot_births[lot]
        must(unit not in self.units, "unit: issued already")
        state = born(replace(birth, unit=unit, kind=Kind.ITEM, lot=lot), issuer)
        self.units[unit] = Held(unit, ZERO, leaf, state)

    def present(self, unit: bytes) -> Held:
        """The unit as a caller must present it. Raises RuleBroken where it was never issued."""
        found = self.units.get(unit)
        if found is None:
            raise RuleBroken("unit: stale" if unit in self.lot_births else "unit: not issued")
        return found

    def take(self, unit: bytes, leaf: bytes, after: Mapping[bytes, Held]) -> Held:
        """The unit as the entry of that leaf finds it, where `after` holds what the entry has done so far: `_check`."""
        was = after.get(unit) or self.present(unit)
        must(was.leaf != leaf, "event: recorded already")
        return was

    def _act(self, entry: Entry, births: Mapping[bytes, Birth]) -> None:
        roles = self.device(entry)
        leaf = encoding.leaf(entry)
        if entry.verb in (Verb.COMMISSION, Verb.COMMISSION_LOT):
            self._commission(entry, roles, leaf, births)
        elif entry.verb is Verb.CORRECT:
            self._correct(entry, roles, leaf)
        elif not entry.units:
            self._lot_or_model(entry, roles)
        elif entry.verb in (Verb.PACK, Verb.UNPACK):
            self._aggregate(entry, roles, leaf)
        else:
            after: dict[bytes, Held] = {}
            for unit in entry.units:
                was = self.take(unit, leaf, after)
                state = transition(was.state, entry, self.rules(entry, roles, was.state.lot))
                after[unit] = Held(unit, was.head, leaf, state)
            self.units.update(after)

    def _commission(self, entry: Entry, roles: Role, leaf: bytes, births: Mapping[bytes, Birth]) -> None:
        must(bool(entry.units), "event: no units")
        units: dict[bytes, Held] = {}
        lot_births: dict[bytes, tuple[Birth, int, bytes]] = {}
        me = entry.organisation
        for unit in entry.units:
            birth = births.get(unit)
            must(birth is not None, "log: birth withheld")
            assert birth is not None
            allowed = HANDLERS if birth.kind is Kind.LOGISTIC else Role.ISSUER
            must(bool(roles & allowed), "role: may not commission")
            must(self.prefixes.get(birth.prefix) == me, "prefix: not yours")
            new = not (unit in self.units or unit in units or unit in self.lot_births or unit in lot_births)
            must(new, "unit: issued already")
            must(birth.expiry <= encoding.M40, "unit: bad expiry")
            must((entry.verb is Verb.COMMISSION_LOT) == (birth.kind is Kind.LOT), "event: verb not for births")
            if birth.kind is Kind.LOT:
                must(birth.root != ZERO and 0 < birth.size <= 1 << 24, "lot: bad size")
                must(birth.lot == ZERO, "lot: in a lot")
                lot_births[unit] = (birth, me, leaf)
            else:
                must(birth.root == ZERO and birth.size == 0, "unit: has a lot's root")
                units[unit] = Held(unit, ZERO, leaf, born(birth, me))
        must(entry.argument == encoding.births_digest(births[unit] for unit in entry.units), "log: births changed")
        for unit in lot_births:
            self.lots.setdefault(unit, (me, 0))
        for one in units.values():
            if one.state.lot != ZERO:
                self.lots.setdefault(one.state.lot, (me, 0))
        self.units.update(units)
        self.lot_births.update(lot_births)

    def _correct(self, entry: Entry, roles: Role, leaf: bytes) -> None:
        """`correct`; that the corrected event is the unit's and the actor's own is not known here: the contract proves it."""
        must(bool(roles), "role: may not correct")
        must(len(entry.units) == 1, "log: a correction is of one unit")
        was = self.present(entry.units[0])
        must(entry.argument not in self.corrections, "correct: a correction")
        must((was.unit, entry.argument) not in self.corrected, "correct: corrected already")
        self.units[was.unit] = Held(was.unit, was.head, leaf, replace(was.state, seq=was.state.seq + 1))
        self.corrected.add((was.unit, entry.argument))
        self.corrections.add(leaf)

    def _lot_or_model(self, entry: Entry, roles: Role) -> None:
        me, key = entry.organisation, entry.argument
        auditor = bool(roles & Role.AUDITOR)
        if entry.verb in (Verb.RECALL, Verb.LIFT):
            must(key in self.lots, "lot: unknown")
            issuer, by = self.lots[key]
            if entry.verb is Verb.RECALL:
                must(bool(roles & RECALLERS), "role: may not recall")
                must(issuer == me or auditor, "lot: not yours to recall")
                must(by == 0, "lot: recalled")
                self.lots[key] = (issuer, me)
            else:
                must(bool(roles & RECALLERS), "role: may not lift")
                must(by != 0, "lot: not recalled")
                must(by == me or auditor, "lot: not yours to lift")
                self.lots[key] = (issuer, 0)
        elif entry.verb is Verb.ANCHOR_MODEL:
            must(bool(roles), "role: may not anchor")
            must(key != ZERO, "model: no hash")
            must(key not in self.models, "model: anchored already")
            self.models[key] = me
        else:
            raise RuleBroken("event: no units")

    def _aggregate(self, entry: Entry, roles: Role, leaf: bytes) -> None:
        must(bool(roles & HANDLERS), "role: may not pack")
        must(len(entry.units) > 1, "pack: nothing to pack")
        box = self.take(entry.units[0], leaf, {})
        held(box.state, entry.organisation)
        count = len(entry.units) - 1
        if entry.verb is Verb.UNPACK:
            must(box.state.children >= count, "unit: not in this container")
            count = -count
        must(box.state.children + count <= encoding.M24, "pack: too many")
        after: dict[bytes, Held] = {}
        for unit in entry.units[1:]:
            was = self.take(unit, leaf, after)
            state = aggregate(was.state, box.unit, entry, self.rules(entry, roles, was.state.lot), unit)
            after[unit] = Held(unit, was.head, leaf, state)
        state = replace(box.state, children=box.state.children + count, seq=box.state.seq + 1)
        after[box.unit] = Held(box.unit, box.head, leaf, state)
        self.units.update(after)

    def _administer(self, entry: Entry) -> None:
        packed = int.from_bytes(entry.argument, "big")
        if entry.verb in (Verb.ENROL_ORGANISATION, Verb.SET_ROLES):
            self.organisations[entry.counterparty] = encoding.organisation_word(packed)
        elif entry.verb is Verb.GRANT_PREFIX:
            self.prefixes[packed] = entry.counterparty
        else:
            self.devices[entry.units[0][12:]] = encoding.device_word(packed)
