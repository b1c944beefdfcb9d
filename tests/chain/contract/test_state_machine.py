"""Random honest and dishonest parties against the twin: what one accepts or refuses, and in which words, the other does too.

Bounded for a CI run; `pytest tests/chain/contract/test_state_machine.py --hypothesis-profile=soak` goes on for hours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from chain import calls
from chain.calls import Act, Held, Minted
from chain.encoding import ZERO
from chain.errors import BadInput, RuleBroken
from chain.journey import Kind, Role, Verb
from tests.chain.contract.evm import ADMIN, OUTSIDER, START
from tests.chain.contract.pair import UNIT_VERBS, Correction, Lot, Org, Pair, act, tag

ROLES = (
    Role.ISSUER, Role.ISSUER | Role.RETAILER, Role.CARRIER, Role.KEEPER, Role.AUDITOR, Role(31), Role(0),
)  # fmt: skip
Batch = list[tuple[Act, Sequence[Held]]]

verbs = st.sampled_from(UNIT_VERBS)
names = st.integers(0, 11)
outcomes = st.integers(0, 4).map(lambda n: n.to_bytes(32, "big"))
seldom = st.integers(0, 15).map(lambda n: n == 11)


@cache
def prepared() -> tuple[Pair, tuple[Org, ...]]:
    """A consortium with a few goods."""
    pair = Pair()
    orgs = tuple(pair.org(role) for role in ROLES)
    for org in (orgs[0], orgs[1], orgs[5]):
        pair.mint(org, "start", count=4)
        pair.mint(org, "boxes", Kind.LOGISTIC, count=2)
    return pair, orgs


class Consortium(RuleBasedStateMachine):
    """Every rule tries something that may be honest or not; `Pair` compares the two sides after each."""

    seen: ClassVar[Counter[str]] = Counter()

    @initialize()
    def found(self) -> None:
        base, self.orgs = prepared()
        self.pair = base.copy()
        self.lots: list[Lot] = []
        self.past: list[tuple[bytes, Batch]] = []
        self.spares: list[tuple[bytes, Org]] = []

    def attempt(self, name: str, deed: Callable[[], object]) -> None:
        """Do it, and count what came of it."""
        try:
            deed()
        except RuleBroken as refusal:
            self.seen[refusal.reason] += 1
        else:
            self.seen[name] += 1

    # ---- who and what

    def unit(self, data: st.DataObject) -> bytes:
        if data.draw(seldom):
            return tag("invented", data.draw(names))
        return data.draw(st.sampled_from(sorted(self.pair.model.units)))

    def anybody(self, data: st.DataObject) -> bytes:
        spares = [device for device, _ in self.spares]
        return data.draw(st.sampled_from([*(org.device for org in self.orgs), OUTSIDER, *spares]))

    def party(self, data: st.DataObject, verb: Verb, unit: bytes) -> bytes:
        """Mostly one to whom the unit is something; else anybody."""
        if data.draw(seldom) or unit not in self.pair.model.units:
            return self.anybody(data)
        state = self.pair.state(unit)
        near = state.receiver if verb is Verb.RECEIVE and state.receiver else state.custodian
        if verb in (Verb.RELEASE, Verb.LIFT, Verb.RECALL, Verb.QUARANTINE):
            near = data.draw(st.sampled_from([n for n in (state.held_by, state.recalled_by, state.issuer, near, 5) if n]))
        return self.orgs[near - 1].device

    def shown(self, data: st.DataObject, device: bytes, events: list[tuple[Act, list[bytes]]]) -> Batch:
        """The units as they are, or as they will be within the batch, or as they were, or as nobody ever saw them."""
        how = data.draw(st.sampled_from(["now", "chained", "chained", "chained", "stale", "forged"]))
        if how == "chained":
            try:
                return list(self.pair.chain(device, *events))
            except RuleBroken:
                how = "now"
        batch: Batch = [(one, [self.pair.held(unit) for unit in units]) for one, units in events]
        if how in ("stale", "forged"):
            _, helds = batch[data.draw(st.integers(0, len(batch) - 1))]
            if helds and isinstance(helds, list):
                at = data.draw(st.integers(0, len(helds) - 1))
                helds[at] = self.old(data, helds[at]) if how == "stale" else self.forged(data, helds[at])
        return batch

    def old(self, data: st.DataObject, held: Held) -> Held:
        history = self.pair.histories.get(held.unit)
        return data.draw(st.sampled_from(history))[1] if history else held

    def forged(self, data: st.DataObject, held: Held) -> Held:
        field = data.draw(
            st.sampled_from(["custodian", "receiver", "held_by", "recalled_by", "children", "expiry", "parent", "lot"])
        )
        value = tag("forged") if field in ("parent", "lot") else data.draw(st.integers(0, 7))
        change: dict[str, Any] = {field: value}
        return replace(held, state=replace(held.state, **change))

    def event(self, data: st.DataObject, verb: Verb, unit: bytes) -> tuple[Act, list[bytes]]:
        """One event, about that unit and perhaps others."""
        model = self.pair.model
        units = [unit]
        if verb in (Verb.PACK, Verb.UNPACK):
            inside = [other for other, held in sorted(model.units.items()) if held.state.parent == unit]
            mine = [other for other, held in sorted(model.units.items()) if self.alike(held, unit)]
            pool = (inside if verb is Verb.UNPACK else mine) or sorted(model.units)
            units += data.draw(st.lists(st.sampled_from(pool), min_size=0 if data.draw(seldom) else 1, max_size=3))
        elif data.draw(seldom):
            units = data.draw(st.lists(st.sampled_from(sorted(model.units)), max_size=3))
        to = data.draw(st.integers(0, len(self.orgs) + 2)) if verb is Verb.SHIP else 0
        argument = data.draw(outcomes) if verb is Verb.RECEIVE else ZERO
        return act(verb, to, argument, data.draw(st.integers(0, 3))), units

    def alike(self, held: Held, unit: bytes) -> bool:
        box = self.pair.model.units.get(unit)
        state = held.state
        return box is not None and state.custodian == box.state.custodian and state.parent == ZERO and held.unit != unit

    # ---- rules

    @rule(data=st.data())
    def record(self, data: st.DataObject) -> None:
        verb, unit = data.draw(verbs), self.unit(data)
        device = self.party(data, verb, unit)
        events = [self.event(data, verb, unit)]
        for _ in range(data.draw(st.sampled_from([0, 0, 1, 3]))):
            more = unit if data.draw(st.booleans()) else self.unit(data)
            events.append(self.event(data, data.draw(verbs), more))
        batch = self.shown(data, device, events)
        self.past.append((device, batch))
        self.attempt("+".join(sorted({one.verb.name for one, _ in batch})) if len(batch) == 1 else "batch",
                     lambda: self.pair.record(device, *batch))  # fmt: skip

    def due(self, data: st.DataObject, units: dict[bytes, Held], me: int) -> tuple[Act, list[bytes]] | None:
        """Something that organisation `me` might well do next; the goods' own state may still forbid it."""
        found: list[tuple[Verb, list[bytes]]] = []
        for unit, held in sorted(units.items()):
            state = held.state
            box = units.get(state.parent)
            free = state.custodian == me and state.parent == ZERO and not state.receiver and state.status == 1
            if state.receiver == me:
                found += [(Verb.RECEIVE, [unit])] * 4
            if state.held_by == me:
                found.append((Verb.RELEASE, [unit]))
            if state.recalled_by == me:
                found.append((Verb.LIFT, [unit]))
            if box and box.state.custodian == me and not box.state.receiver:
                found += [(Verb.UNPACK, [state.parent, unit])] * 4
            if free:
                found += [(Verb.SHIP, [unit])] * 2 + [(Verb.OBSERVE, [unit]), (Verb.DECOMMISSION, [unit])]
                others = [other for other, one in sorted(units.items()) if self.alike(one, unit)]
                found += [(Verb.PACK, [unit, other]) for other in others[:2]]
            if state.issuer == me or free:
                found += [(Verb.QUARANTINE, [unit]), (Verb.RECALL, [unit])]
        if not found:
            return None
        verb, about = data.draw(st.sampled_from(found))
        to = data.draw(st.integers(1, len(self.orgs))) if verb is Verb.SHIP else 0
        outcome = data.draw(outcomes) if verb is Verb.RECEIVE and data.draw(seldom) else ZERO
        return act(verb, to, outcome, data.draw(st.integers(0, 99))), about

    @rule(data=st.data())
    def honest_work(self, data: st.DataObject) -> None:
        for _ in range(4):
            self.work(data)

    def work(self, data: st.DataObject) -> None:
        """One honest transaction."""
        units = self.pair.model.units
        holders = sorted({n for held in units.values() for n in (held.state.custodian, held.state.receiver) if n})
        org = self.orgs[data.draw(st.sampled_from(holders)) - 1]
        events: list[tuple[Act, Sequence[bytes]]] = []
        batch: Batch = []
        for _ in range(data.draw(st.sampled_from([1, 1, 2, 5]))):
            due = self.due(data, self.pair.after(org.device, events), org.number)
            if due is None:
                break
            try:
                batch = list(self.pair.chain(org.device, *events, due))
            except RuleBroken:
                if not events:
                    batch = [(due[0], [self.pair.held(unit) for unit in due[1]])]
                    break
                continue
            events.append(due)
        if batch:
            self.past.append((org.device, batch))
            names = {one.verb.name for one, _ in batch}
            self.attempt(names.pop() if len(batch) == 1 else "batch", lambda: self.pair.record(org.device, *batch))

    @precondition(lambda self: bool(self.past))
    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        device, batch = self.past[-data.draw(st.integers(1, len(self.past)))]
        self.attempt("replayed", lambda: self.pair.record(self.anybody(data) if data.draw(seldom) else device, *batch))

    @rule(data=st.data())
    def commission(self, data: st.DataObject) -> None:
        org = data.draw(st.sampled_from([self.orgs[0], self.orgs[1], self.orgs[5], data.draw(st.sampled_from(self.orgs))]))
        prefix = data.draw(st.sampled_from(self.orgs)).prefix if data.draw(seldom) else org.prefix
        batch = []
        for _ in range(data.draw(st.integers(1, 2))):
            minted = []
            for _ in range(data.draw(st.integers(0 if data.draw(seldom) else 1, 3))):
                expiry = data.draw(st.sampled_from([1 << 40] if data.draw(seldom) else [0, START + 300, START + 3000]))
                lot = data.draw(st.sampled_from([ZERO, tag("lot", "a"), tag("lot", "b")]))
                kind = Kind.LOT if data.draw(seldom) else data.draw(st.sampled_from([Kind.ITEM, Kind.LOGISTIC]))
                minted.append(Minted(kind, prefix, tag("name", data.draw(st.integers(0, 99))), expiry, lot))
            verb = data.draw(st.sampled_from([Verb.COMMISSION_LOT, Verb.SHIP])) if data.draw(seldom) else Verb.COMMISSION
            batch.append((act(verb, about=data.draw(names)), minted))
        self.attempt("COMMISSION", lambda: self.pair.commission(org.device, *batch))

    @rule(data=st.data())
    def commission_lot(self, data: st.DataObject) -> None:
        org = data.draw(st.sampled_from([self.orgs[0], self.orgs[5], data.draw(st.sampled_from(self.orgs))]))
        tails = tuple(tag("name", n) for n in data.draw(st.lists(names, min_size=1, max_size=6)))
        lot = Lot(org.prefix, tag("lot", data.draw(st.sampled_from("abc"))), tails, data.draw(st.sampled_from([0, START + 900])))
        size = data.draw(st.sampled_from([0, 1 << 25])) if data.draw(seldom) else len(tails)
        minted = replace(lot.minted, size=size, lot_tail=tag("lot", "c") if data.draw(seldom) else ZERO)

        def deed() -> None:
            self.pair.commission(org.device, (act(Verb.COMMISSION_LOT), [minted]))
            self.lots.append(lot)

        self.attempt("COMMISSION_LOT", deed)

    @precondition(lambda self: bool(self.lots))
    @rule(data=st.data())
    def draw(self, data: st.DataObject) -> None:
        lot = data.draw(st.sampled_from(self.lots))
        birth, issuer, leaf = self.pair.model.lot_births[lot.id]
        if data.draw(seldom):
            birth = replace(birth, size=birth.size + 1)
        units = lot.drawn(*data.draw(st.lists(st.integers(0, len(lot.tails) - 1), min_size=1, max_size=3)))
        if data.draw(seldom):
            units[0] = replace(units[0], index=data.draw(st.integers(0, 8)))
        sender = self.anybody(data)
        self.attempt("draw", lambda: self.pair.draw(birth, lot.tail, issuer, leaf, units, sender))

    @rule(data=st.data())
    def about_a_lot_or_a_model(self, data: st.DataObject) -> None:
        verb = data.draw(
            st.sampled_from([Verb.RECALL, Verb.LIFT, Verb.RECALL, Verb.LIFT, Verb.ANCHOR_MODEL, Verb.SHIP, Verb.CORRECT])
        )
        known = sorted(self.pair.model.lots) or [tag("unknown")]
        if data.draw(seldom):
            known = [ZERO, tag("unknown")]
        argument = data.draw(st.sampled_from([tag("model", n) for n in range(3)] if verb is Verb.ANCHOR_MODEL else known))
        issuer, by = self.pair.model.lots.get(argument, (5, 5))
        near = self.orgs[data.draw(st.sampled_from([issuer, by or issuer, 5])) - 1].device
        device = self.anybody(data) if data.draw(seldom) else near
        self.attempt(f"{verb.name} of none", lambda: self.pair.do(device, verb, argument=argument))

    @rule(data=st.data())
    def correct(self, data: st.DataObject) -> None:
        corrections = []
        device = b""
        for _ in range(data.draw(st.integers(1, 2))):
            unit = data.draw(st.sampled_from(sorted(self.pair.histories)))
            if unit not in self.pair.model.units:
                return
            event = data.draw(st.integers(0, len(self.pair.histories[unit]) - 1))
            correction: Correction = self.pair.correction(unit, event, data.draw(names))
            one, entry, held, steps = correction
            device = device or self.orgs[entry.organisation - 1].device
            if data.draw(seldom):
                held = self.forged(data, held)
            if data.draw(seldom):
                entry = data.draw(st.sampled_from(self.pair.log))
            corrections.append((one, entry, held, steps))
        if data.draw(seldom):
            device = self.anybody(data)

        def deed() -> None:
            try:
                self.pair.correct(device, *corrections)
            except BadInput:
                assert sum(len(steps) for *_, steps in corrections) > calls.MAX_STEPS

        self.attempt("CORRECT", deed)

    @rule(seconds=st.sampled_from([0, 1, 60, 400]))
    def time_passes(self, seconds: int) -> None:
        self.pair.evm.now += seconds

    @rule(data=st.data())
    def administration(self, data: st.DataObject) -> None:
        org = data.draw(st.sampled_from(self.orgs))
        what = data.draw(st.sampled_from(["roles", "roles", "device", "revoke", "prefix"]))
        now = self.pair.evm.now
        sender = ADMIN
        if what == "roles":
            roles = ROLES[org.number - 1] if data.draw(st.booleans()) else Role(data.draw(st.integers(0, 31)))
            call = calls.set_roles(org.number, roles)
        elif what == "device":
            device = tag("spare", data.draw(names))[:20]
            self.spares.append((device, org))
            call, sender = calls.enrol_device(org.number, device, now + data.draw(st.integers(-50, 50)), now + 600), org.owner
        elif what == "revoke":
            device = data.draw(st.sampled_from([device for device, _ in self.spares] or [OUTSIDER]))
            call = calls.revoke_device(device, now - data.draw(st.sampled_from([0, 100, now])))
        else:
            call = calls.grant_prefix(org.number, data.draw(st.sampled_from([1_5000, 1_50001, 1_5001, 1_900000, 1_700_000])))
        self.attempt(what, lambda: self.pair.administer(call, sender))

    def teardown(self) -> None:
        if hasattr(self, "pair"):
            self.pair.check_everything()


def test_the_contract_and_its_twin_agree_whatever_is_tried() -> None:
    Consortium.seen.clear()
    soak = settings.get_current_profile_name() == "soak"
    bounded = settings() if soak else settings(max_examples=70, stateful_step_count=35, derandomize=True)
    chosen = settings(bounded, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Consortium, settings=chosen)
    refused = {name for name in Consortium.seen if ":" in name}
    accepted = {verb for verb in Verb if verb.name in Consortium.seen}
    assert len(accepted) >= 10, "too little was accepted to mean anything"
    assert len(refused) >= 25, "too little was refused to mean anything"
