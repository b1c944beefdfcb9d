"""Every refusal of the contract, in its own words: one scenario at least for each place in the source that can refuse."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chain import calls, encoding
from chain.calls import Drawn, Held, Minted
from chain.contract.build import SOURCE
from chain.encoding import ZERO
from chain.errors import RuleBroken
from chain.journey import Kind, Receipt, Role, Verb
from tests.chain.contract import abi
from tests.chain.contract.conftest import Cast
from tests.chain.contract.evm import ADMIN, OUTSIDER, START, place
from tests.chain.contract.pair import FOREVER, Lot, Pair, act, tag
from tests.chain.contract.signing import enrolled, over_record, stated

Scenario = Callable[[Pair, Cast], object]
Place = tuple[str, str]
SCENARIOS: list[tuple[Place, Scenario]] = []

ACT = (int(Verb.OBSERVE), 1, 0, START, tag("c"), ZERO)
UNIT = (tag("u"), ZERO, ZERO, 1, ZERO, ZERO)
BORN = (int(Kind.ITEM), 1_9000001, 0, tag("t"), ZERO, ZERO, 0)


def refused(function: str, reason: str) -> Callable[[Scenario], Scenario]:
    """The scenario ends in this refusal, made by this function of the contract."""

    def add(scenario: Scenario) -> Scenario:
        SCENARIOS.append(((function, reason), scenario))
        return scenario

    return add


def sent(function: str, reason: str, sender: Callable[[Cast], bytes], data: bytes) -> None:
    """A single call that is refused."""
    SCENARIOS.append(((function, reason), lambda pair, cast: pair.evm.send(sender(cast), data)))


def admin(cast: Cast) -> bytes:
    return ADMIN


def owner(cast: Cast) -> bytes:
    return cast.maker.owner


def maker(cast: Cast) -> bytes:
    return cast.maker.device


def anybody(cast: Cast) -> bytes:
    return OUTSIDER


# ---- administration

DEVICE = tag("device", 1)[:20]
NOBODY = bytes(20)
sent("offer_administration", "admin: only the administrator", owner, abi.call("offer_administration", OUTSIDER))
sent("accept_administration", "admin: not offered to you", anybody, abi.call("accept_administration"))
sent("enrol_organisation", "admin: only the administrator", owner, abi.call("enrol_organisation", OUTSIDER, 1, ZERO))
sent("enrol_organisation", "organisation: no owner", admin, abi.call("enrol_organisation", NOBODY, 1, ZERO))
sent("enrol_organisation", "organisation: unknown role", admin, abi.call("enrol_organisation", OUTSIDER, 32, ZERO))
sent("set_roles", "admin: only the administrator", owner, abi.call("set_roles", 1, 1))
sent("set_roles", "organisation: unknown role", admin, abi.call("set_roles", 1, 2**255))
sent("set_roles", "organisation: unknown", admin, abi.call("set_roles", 99, 1))
sent("grant_prefix", "admin: only the administrator", owner, abi.call("grant_prefix", 1, 1_1234))
sent("grant_prefix", "organisation: unknown", admin, abi.call("grant_prefix", 0, 1_1234))
for code in (0, 1_234, 2_1234, 1_1234567890123, 99999, 2**64 - 1):
    sent("grant_prefix", "prefix: not 4 to 12 digits", admin, abi.call("grant_prefix", 1, code))
for code in (1_9000001, 1_9000, 1_900000, 1_90000011, 1_900000199999):
    sent("grant_prefix", "prefix: overlaps another", admin, abi.call("grant_prefix", 1, code))
sent("enrol_device", "device: only the organisation", admin, abi.call("enrol_device", 1, OUTSIDER, 0, 1))
sent("enrol_device", "device: no address", owner, abi.call("enrol_device", 1, NOBODY, 0, 1))
sent("enrol_device", "device: enrolled already", owner, abi.call("enrol_device", 1, DEVICE, 0, 1))
sent("enrol_device", "device: bad validity", owner, abi.call("enrol_device", 1, OUTSIDER, 2, 1))
sent("enrol_device", "device: bad validity", owner, abi.call("enrol_device", 1, OUTSIDER, 0, 2**40))
sent("revoke_device", "device: unknown", admin, abi.call("revoke_device", OUTSIDER, 0))
sent("revoke_device", "device: only the organisation", anybody, abi.call("revoke_device", DEVICE, 0))
sent("revoke_device", "device: suspected in the future", admin, abi.call("revoke_device", DEVICE, START + 1))


@refused("enrol_organisation", "organisation: too many")
def _(pair: Pair, cast: Cast) -> None:
    pair.evm.put(calls.slot("organisation_count"), 2**24 - 2)
    pair.evm.send(ADMIN, calls.enrol_organisation(OUTSIDER, 1, ZERO))
    pair.evm.send(ADMIN, calls.enrol_organisation(OUTSIDER, 1, ZERO))


@refused("revoke_device", "device: revoked")
def _(pair: Pair, cast: Cast) -> None:
    pair.administer(calls.revoke_device(cast.maker.device, 0), cast.maker.owner)
    pair.administer(calls.revoke_device(cast.maker.device, 0))


# ---- who records

sent("_actor", "device: unknown", anybody, abi.call("record", [ACT], [UNIT]))


@refused("_actor", "device: revoked")
def _(pair: Pair, cast: Cast) -> None:
    pair.administer(calls.revoke_device(cast.maker.device, 0), cast.maker.owner)
    pair.item(cast.maker)


@refused("_actor", "device: not valid now")
def _(pair: Pair, cast: Cast) -> None:
    pair.administer(calls.enrol_device(1, OUTSIDER, START + 60, START + 120), cast.maker.owner)
    pair.do(OUTSIDER, Verb.ANCHOR_MODEL, argument=tag("model"))


@refused("_believe", "statement: taken already")
def _(pair: Pair, cast: Cast) -> None:
    device, batch = enrolled(pair, cast.maker), [(act(Verb.ANCHOR_MODEL, argument=tag("model")), list[Held]())]
    by = over_record(pair, batch)
    pair.record(device, *batch, by=by)
    pair.record(device, *batch, by=by)


@refused("_believe", "statement: not its turn")
def _(pair: Pair, cast: Cast) -> None:
    device, batch = enrolled(pair, cast.maker), [(act(Verb.ANCHOR_MODEL, argument=tag("model")), list[Held]())]
    pair.record(device, *batch, by=stated(pair, tag("batch"), skip=1))


@refused("_believe", "statement: bad signature")
def _(pair: Pair, cast: Cast) -> None:
    device, batch = enrolled(pair, cast.maker), [(act(Verb.ANCHOR_MODEL, argument=tag("model")), list[Held]())]
    pair.record(device, *batch, by=stated(pair, tag("another batch")))


# ---- batches

sent("record", "batch: empty", maker, abi.call("record", [], []))
sent("record", "batch: units missing", maker, abi.call("record", [ACT], []))
sent("commission", "batch: empty", maker, abi.call("commission", [], []))
sent("commission", "batch: units missing", maker, abi.call("commission", [(1, 2, *ACT[2:])], [BORN]))
sent(
    "commission",
    "batch: units left over",
    maker,
    abi.call("commission", [(1, *ACT[1:])], [BORN, (*BORN[:3], tag("z"), *BORN[4:])]),
)
sent("commission", "event: verb not for births", maker, abi.call("commission", [ACT], [BORN]))
sent("commission", "event: no units", maker, abi.call("commission", [(1, 0, *ACT[2:])], []))
sent("correct", "batch: empty", maker, abi.call("correct", [], []))
sent("draw", "batch: empty", anybody, abi.call("draw", (1_9000001, 0, ZERO, ZERO, 1, 1, ZERO), []))


@refused("record", "batch: units left over")
def _(pair: Pair, cast: Cast) -> None:
    unit = pair.item(cast.maker)
    words = [unit, *(pair.evm.mapped("head", unit).to_bytes(32, "big"),) * 2, 0, ZERO, ZERO]
    pair.evm.send(cast.maker.device, abi.call("record", [(int(Verb.ANCHOR_MODEL), 0, 0, 0, ZERO, tag("m"))], [words]))


# ---- a unit is not what the caller says


@refused("_check", "unit: not issued")
def _(pair: Pair, cast: Cast) -> None:
    pair.do(cast.maker, Verb.SHIP, tag("invented"), to=cast.shop.number)


@refused("_check", "unit: stale")
def _(pair: Pair, cast: Cast) -> None:
    held = pair.held(pair.item(cast.maker))
    pair.do(cast.maker, Verb.OBSERVE, held.unit)
    pair.record(cast.maker.device, (act(Verb.OBSERVE, about=2), [held]))


@refused("_check", "unit: stale")
def _(pair: Pair, cast: Cast) -> None:
    held = pair.held(pair.item(cast.maker))
    pair.record(cast.shop.device, (act(Verb.OBSERVE), [replace(held, state=replace(held.state, custodian=cast.shop.number))]))


@refused("_check", "unit: stale")
def _(pair: Pair, cast: Cast) -> None:
    lot = pair.lot(cast.maker, 4)
    pair.do(cast.maker, Verb.SHIP, lot.id, to=cast.shop.number)


@refused("_check", "event: recorded already")
def _(pair: Pair, cast: Cast) -> None:
    unit = pair.item(cast.maker)
    pair.do(cast.maker, Verb.OBSERVE, unit)
    pair.do(cast.maker, Verb.OBSERVE, unit)


@refused("_check", "event: recorded already")
def _(pair: Pair, cast: Cast) -> None:
    held = pair.held(pair.item(cast.maker))
    event = act(Verb.OBSERVE)
    leaf = encoding.leaf(pair._entry(pair.model, cast.maker.device, event, [held.unit, held.unit]))
    after = calls.Held(held.unit, held.head, leaf, replace(held.state, seq=2))
    pair.record(cast.maker.device, (event, [held, after]))


# ---- what is held and what moves


@refused("_held", "unit: decommissioned")
def _(pair: Pair, cast: Cast) -> None:
    box, item = pair.mint(cast.maker, "x", count=2)
    pair.do(cast.maker, Verb.DECOMMISSION, box)
    pair.do(cast.maker, Verb.PACK, box, item)


@refused("_held", "unit: packed")
def _(pair: Pair, cast: Cast) -> None:
    box, item = pair.mint(cast.maker, "x", count=2)
    pair.do(cast.maker, Verb.PACK, box, item)
    pair.do(cast.maker, Verb.SHIP, item, to=cast.shop.number)


@refused("_held", "unit: not custodian")
def _(pair: Pair, cast: Cast) -> None:
    pair.do(cast.carrier, Verb.SHIP, pair.item(cast.maker), to=cast.shop.number)


@refused("_held", "unit: in transit")
def _(pair: Pair, cast: Cast) -> None:
    unit = pair.item(cast.maker)
    pair.do(cast.maker, Verb.SHIP, unit, to=cast.shop.number)
    pair.do(cast.maker, Verb.DECOMMISSION, unit)


@refused("_movable", "unit: quarantined")
def _(pair: Pair, cast: Cast) -> None:
    unit = pair.item(cast.maker)
    pair.do(cast.maker, Verb.QUARANTINE, unit)
    pair.do(cast.maker, Verb.SHIP, unit, to=cast.shop.number)


@refused("_movable", "unit: expired")
def _(pair: Pair, cast: Cast) -> None:
    unit = pair.item(cast.maker, expiry=START + 5)
    pair.evm.now = START + 5
    pair.do(cast.maker, Verb.SHIP, unit, to=cast.shop.number)


@refused("_movable", "unit: recalled")
def _(pair: Pair, cast: Cast) -> None:
    unit = pair.item(cast.maker)
    pair.do(cast.auditor, Verb.RECALL, unit)
    pair.do(cast.maker, Verb.SHIP, unit, to=cast.shop.number)


# ---- verb by verb


def roles(verb: Verb, reason: str, who: str = "auditor") -> None:
    """A party without the role for a verb."""
    function = "record" if verb is Verb.PACK else "_apply"

    def scenario(pair: Pair, cast: Cast) -> None:
        units = pair.mint(cast.maker, "x", count=2)
        pair.do(getattr(cast, who), verb, *units[: 2 if verb is Verb.PACK else 1], to=cast.shop.number)

    SCENARIOS.append(((function, reason), scenario))


def suspended(verb: Verb, reason: str) -> None:
    """A party that has no role left."""

    def scenario(pair: Pair, cast: Cast) -> None:
        unit = pair.item(cast.maker)
        pair.administer(calls.set_roles(cast.maker.number, 0))
        pair.do(cast.maker, verb, unit)

    SCENARIOS.append((("_apply", reason), scenario))


roles(Verb.SHIP, "role: may not ship")
roles(Verb.RECEIVE, "role: may not receive")
roles(Verb.PACK, "role: may not pack")
roles(Verb.DECOMMISSION, "role: may not decommission")
roles(Verb.RECALL, "role: may not recall", "shop")
roles(Verb.LIFT, "role: may not lift", "shop")
suspended(Verb.OBSERVE, "role: may not observe")
suspended(Verb.QUARANTINE, "role: may not quarantine")
suspended(Verb.RELEASE, "role: may not release")


def stranger(verb: Verb, reason: str, prepared: Verb | None = None, who: str = "shop") -> None:
    """A party with the role, to whom the unit is nothing."""

    def scenario(pair: Pair, cast: Cast) -> None:
        unit = pair.item(cast.maker)
        if prepared:
            pair.do(cast.maker, prepared, unit)
        pair.do(getattr(cast, who), verb, unit, about="again")

    SCENARIOS.append((("_apply", reason), scenario))


stranger(Verb.OBSERVE, "unit: not yours to observe")
stranger(Verb.QUARANTINE, "unit: not yours to quarantine")
stranger(Verb.RELEASE, "unit: not yours to release", Verb.QUARANTINE)
stranger(Verb.QUARANTINE, "unit: quarantined", Verb.QUARANTINE, "maker")
stranger(Verb.RECALL, "unit: recalled", Verb.RECALL, "auditor")
stranger(Verb.RELEASE, "unit: not quarantined", None, "auditor")
stranger(Verb.LIFT, "unit: not recalled", None, "auditor")
stranger(Verb.RECEIVE, "unit: not shipped")
stranger(Verb.SHIP, "unit: decommissioned", Verb.DECOMMISSION, "maker")
stranger(Verb.COMMISSION, "event: verb not for units", None, "maker")


@refused("_apply", "unit: not yours to recall")
def _(pair: Pair, cast: Cast) -> None:
    other = pair.org(Role.ISSUER)
    pair.do(other, Verb.RECALL, pair.item(cast.maker))


@refused("_apply", "unit: not yours to lift")
def _(pair: Pair, cast: Cast) -> None:
    unit = pair.item(cast.maker)
    pair.do(cast.auditor, Verb.RECALL, unit)
    pair.do(cast.maker, Verb.LIFT, unit)


for to in (0, 1, 6, 2**32 - 1):

    @refused("_apply", "ship: no such receiver")
    def _(pair: Pair, cast: Cast, to: int = to) -> None:
        pair.do(cast.maker, Verb.SHIP, pair.item(cast.maker), to=to)


@refused("_apply", "unit: not shipped to you")
def _(pair: Pair, cast: Cast) -> None:
    unit = pair.item(cast.maker)
    pair.do(cast.maker, Verb.SHIP, unit, to=cast.shop.number)
    pair.do(cast.keeper, Verb.RECEIVE, unit)


for outcome in (Receipt.SHORT + 1, 2**256 - 1):

    @refused("_apply", "receive: unknown outcome")
    def _(pair: Pair, cast: Cast, outcome: int = outcome) -> None:
        unit = pair.item(cast.maker)
        pair.do(cast.maker, Verb.SHIP, unit, to=cast.shop.number)
        pair.do(cast.shop, Verb.RECEIVE, unit, argument=outcome.to_bytes(32, "big"))


@refused("_apply", "unit: not empty")
def _(pair: Pair, cast: Cast) -> None:
    box, item = pair.mint(cast.maker, "x", count=2)
    pair.do(cast.maker, Verb.PACK, box, item)
    pair.do(cast.maker, Verb.DECOMMISSION, box)


@refused("record", "pack: nothing to pack")
def _(pair: Pair, cast: Cast) -> None:
    pair.do(cast.maker, Verb.PACK, pair.item(cast.maker))


@refused("record", "pack: too many")
def _(pair: Pair, cast: Cast) -> None:
    box, one, two = pair.mint(cast.maker, "x", count=3)
    held = pair.held(box)
    nearly = replace(held, state=replace(held.state, children=2**24 - 2))
    pair.evm.put(place("head", box), int.from_bytes(nearly.head, "big"))
    pair.model.units[box] = nearly
    pair.do(cast.maker, Verb.PACK, box, one)
    pair.do(cast.maker, Verb.PACK, box, two)


@refused("_apply", "pack: into itself")
def _(pair: Pair, cast: Cast) -> None:
    box = pair.item(cast.maker)
    pair.do(cast.maker, Verb.PACK, box, box)


@refused("record", "unit: not in this container")
def _(pair: Pair, cast: Cast) -> None:
    box, item = pair.mint(cast.maker, "x", count=2)
    pair.do(cast.maker, Verb.UNPACK, box, item)


@refused("_apply", "unit: not in this container")
def _(pair: Pair, cast: Cast) -> None:
    box, item, other = pair.mint(cast.maker, "x", count=3)
    pair.do(cast.maker, Verb.PACK, box, item)
    pair.do(cast.maker, Verb.UNPACK, box, other)


# ---- lots and models


def about_lot(reason: str, verb: Verb, who: str, *before: tuple[str, Verb]) -> None:
    """One act on a lot."""

    def scenario(pair: Pair, cast: Cast) -> None:
        pair.org(Role.ISSUER)
        lot = pair.lot(cast.maker, 2)
        for party, earlier in before:
            pair.do(getattr(cast, party), earlier, argument=lot.id)
        pair.do(getattr(cast, who), verb, argument=lot.id, about="again")

    SCENARIOS.append((("_record_lot_or_model", reason), scenario))


about_lot("role: may not recall", Verb.RECALL, "shop")
about_lot("role: may not lift", Verb.LIFT, "shop", ("maker", Verb.RECALL))
about_lot("lot: recalled", Verb.RECALL, "maker", ("auditor", Verb.RECALL))
about_lot("lot: not recalled", Verb.LIFT, "maker")
about_lot("lot: not yours to lift", Verb.LIFT, "maker", ("auditor", Verb.RECALL))
about_lot("event: no units", Verb.OBSERVE, "maker")


@refused("_record_lot_or_model", "lot: unknown")
def _(pair: Pair, cast: Cast) -> None:
    pair.do(cast.maker, Verb.RECALL, argument=tag("no lot"))


@refused("_record_lot_or_model", "lot: not yours to recall")
def _(pair: Pair, cast: Cast) -> None:
    other = pair.org(Role.ISSUER)
    pair.do(other, Verb.RECALL, argument=pair.lot(cast.maker, 2).id)


@refused("_record_lot_or_model", "role: may not anchor")
def _(pair: Pair, cast: Cast) -> None:
    pair.administer(calls.set_roles(cast.maker.number, 0))
    pair.do(cast.maker, Verb.ANCHOR_MODEL, argument=tag("model"))


@refused("_record_lot_or_model", "model: no hash")
def _(pair: Pair, cast: Cast) -> None:
    pair.do(cast.auditor, Verb.ANCHOR_MODEL)


@refused("_record_lot_or_model", "model: anchored already")
def _(pair: Pair, cast: Cast) -> None:
    pair.do(cast.auditor, Verb.ANCHOR_MODEL, argument=tag("model"))
    pair.do(cast.maker, Verb.ANCHOR_MODEL, argument=tag("model"))


# ---- births


def birth(reason: str, verb: Verb = Verb.COMMISSION, who: str = "maker", **fields: Any) -> None:
    """One birth that is refused."""

    def scenario(pair: Pair, cast: Cast) -> None:
        party = getattr(cast, who)
        new = replace(Minted(Kind.ITEM, party.prefix, tag("new")), **fields)
        pair.commission(party.device, (act(verb), [new]))

    SCENARIOS.append((("_bear", reason), scenario))


LOT: dict[str, Any] = {"kind": Kind.LOT, "root": tag("root"), "size": 5}
birth("role: may not commission", who="auditor", kind=Kind.LOGISTIC)
birth("role: may not commission", who="shop")
birth("prefix: not yours", prefix=1_9000002)
birth("prefix: not yours", prefix=0)
birth("unit: bad expiry", expiry=2**40)
birth("unit: bad expiry", expiry=2**64 - 1)
birth("unit: has a lot's root", root=tag("root"))
birth("unit: has a lot's root", size=1, kind=Kind.LOGISTIC)
birth("event: verb not for births", kind=Kind.LOT)
birth("event: verb not for births", Verb.COMMISSION_LOT)
birth("lot: bad size", Verb.COMMISSION_LOT, **(LOT | {"size": 0}))
birth("lot: bad size", Verb.COMMISSION_LOT, **(LOT | {"size": 2**24 + 1}))
birth("lot: bad size", Verb.COMMISSION_LOT, **(LOT | {"root": ZERO}))
birth("lot: in a lot", Verb.COMMISSION_LOT, **LOT, lot_tail=tag("another"))
sent("_bear", "event: verb not for births", maker, abi.call("commission", [(1, *ACT[1:])], [(4, *BORN[1:])]))


@refused("_bear", "unit: issued already")
def _(pair: Pair, cast: Cast) -> None:
    pair.item(cast.maker)
    pair.item(cast.maker)


@refused("_bear", "unit: issued already")
def _(pair: Pair, cast: Cast) -> None:
    twice = Minted(Kind.ITEM, cast.maker.prefix, tag("twice"))
    pair.commission(cast.maker.device, (act(Verb.COMMISSION), [twice, twice]))


@refused("_bear", "unit: issued already")
def _(pair: Pair, cast: Cast) -> None:
    lot = pair.lot(cast.maker, 3)
    pair.take_from(lot, 1)
    pair.commission(cast.maker.device, (act(Verb.COMMISSION), [Minted(Kind.ITEM, cast.maker.prefix, lot.tails[1])]))


# ---- draw


@refused("draw", "lot: unknown")
def _(pair: Pair, cast: Cast) -> None:
    lot = Lot(cast.maker.prefix, tag("never"), (tag("one"),))
    pair.draw(lot.minted.birth, lot.tail, cast.maker.number, ZERO, lot.drawn(0))


@refused("draw", "lot: stale")
def _(pair: Pair, cast: Cast) -> None:
    lot = pair.lot(cast.maker, 3)
    known, issuer, leaf = pair.model.lot_births[lot.id]
    pair.draw(replace(known, expiry=FOREVER), lot.tail, issuer, leaf, lot.drawn(0))


@refused("draw", "lot: not in it")
def _(pair: Pair, cast: Cast) -> None:
    lot = pair.lot(cast.maker, 3)
    known, issuer, leaf = pair.model.lot_births[lot.id]
    pair.draw(known, lot.tail, issuer, leaf, [Drawn(tag("other"), 0, lot.drawn(0)[0].path)])


@refused("draw", "lot: not in it")
def _(pair: Pair, cast: Cast) -> None:
    lot = pair.lot(cast.maker, 3)
    known, issuer, leaf = pair.model.lot_births[lot.id]
    pair.draw(known, lot.tail, issuer, leaf, [replace(lot.drawn(0)[0], index=3)])


@refused("draw", "lot: not in it")
def _(pair: Pair, cast: Cast) -> None:
    lot = pair.lot(cast.maker, 3)
    known, issuer, leaf = pair.model.lot_births[lot.id]
    [drawn] = lot.drawn(0)
    pair.draw(known, lot.tail, issuer, leaf, [replace(drawn, path=(*drawn.path, tag("more")))])


@refused("draw", "unit: issued already")
def _(pair: Pair, cast: Cast) -> None:
    lot = pair.lot(cast.maker, 3)
    pair.take_from(lot, 1, 1)


# ---- correct


@refused("correct", "role: may not correct")
def _(pair: Pair, cast: Cast) -> None:
    unit = pair.item(cast.maker)
    pair.administer(calls.set_roles(cast.maker.number, 0))
    pair.correct(cast.maker.device, pair.correction(unit, 0))


@refused("correct", "batch: steps missing")
def _(pair: Pair, cast: Cast) -> None:
    data = calls.correct([pair.correction(pair.item(cast.maker), 0)])
    later = 4 + 32 * (3 + 17)
    pair.evm.send(cast.maker.device, data[:later] + (1).to_bytes(32, "big") + data[later + 32 :])


@refused("correct", "batch: steps missing")
def _(pair: Pair, cast: Cast) -> None:
    data = calls.correct([pair.correction(pair.item(cast.maker), 0)])
    later = 4 + 32 * (3 + 17)
    pair.evm.send(cast.maker.device, data[:later] + b"\xff" * 32 + data[later + 32 :])


@refused("correct", "batch: steps left over")
def _(pair: Pair, cast: Cast) -> None:
    data = calls.correct([pair.correction(pair.item(cast.maker), 0)])
    pair.evm.send(cast.maker.device, data[:-32] + (1).to_bytes(32, "big") + bytes(96))


@refused("correct", "unit: not issued")
def _(pair: Pair, cast: Cast) -> None:
    one, entry, held, steps = pair.correction(pair.item(cast.maker), 0)
    pair.correct(cast.maker.device, (one, entry, replace(held, unit=tag("invented")), steps))


@refused("correct", "unit: stale")
def _(pair: Pair, cast: Cast) -> None:
    unit = pair.item(cast.maker)
    correction = pair.correction(unit, 0)
    pair.do(cast.maker, Verb.OBSERVE, unit)
    pair.correct(cast.maker.device, correction)


@refused("correct", "correct: another event")
def _(pair: Pair, cast: Cast) -> None:
    one, entry, held, steps = pair.correction(pair.item(cast.maker), 0)
    pair.correct(cast.maker.device, (one, replace(entry, event_time=1), held, steps))


@refused("correct", "correct: not your event")
def _(pair: Pair, cast: Cast) -> None:
    pair.correct(cast.auditor.device, pair.correction(pair.item(cast.maker), 0))


@refused("correct", "correct: a correction")
def _(pair: Pair, cast: Cast) -> None:
    unit = pair.item(cast.maker)
    pair.correct(cast.maker.device, pair.correction(unit, 0))
    pair.correct(cast.maker.device, pair.correction(unit, 1))


@refused("correct", "correct: corrected already")
def _(pair: Pair, cast: Cast) -> None:
    unit = pair.item(cast.maker)
    pair.correct(cast.maker.device, pair.correction(unit, 0, "once"))
    pair.correct(cast.maker.device, pair.correction(unit, 0, "twice"))


# ---- the table


def _named(case: tuple[Place, Scenario]) -> str:
    return f"{case[0][0]}, {case[0][1]}"


@pytest.mark.parametrize("case", SCENARIOS, ids=_named)
def test_the_contract_refuses_in_these_words(pair: Pair, cast: Cast, case: tuple[Place, Scenario]) -> None:
    (_, reason), scenario = case
    with pytest.raises(RuleBroken) as refusal:
        scenario(pair, cast)
    assert refusal.value.reason == reason


def test_every_place_that_refuses_has_a_scenario() -> None:
    places: set[Place] = set()
    function = ""
    for line in SOURCE.read_text(encoding="utf-8").splitlines():
        if found := re.match(r"def (\w+)\(", line):
            function = found[1]
        if found := re.search(r'_refuse\("(.*)"\)', line):
            places.add((function, found[1]))
    assert places == {case[0] for case in SCENARIOS}


def test_every_refusal_of_the_source_goes_through_the_one_place() -> None:
    source = SOURCE.read_text(encoding="utf-8")
    assert re.findall(r"^ +(?:assert|raise)\b.*", source, re.M) == ["    raise reason"]
