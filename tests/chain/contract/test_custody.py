"""The rules of custody as behaviours: what a person would say the contract enforces (DESIGN section 4)."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from chain import calls
from chain.encoding import ZERO
from chain.errors import RuleBroken
from chain.journey import Kind, Receipt, Role, Status, Verb
from tests.chain.contract.conftest import Cast
from tests.chain.contract.evm import OUTSIDER, START
from tests.chain.contract.pair import FOREVER, Org, Pair, act, tag


def handed(pair: Pair, unit: bytes, *through: Org, argument: bytes = ZERO) -> None:
    """The unit goes from hand to hand; the first has it."""
    for giver, taker in pairwise(through):
        pair.do(giver, Verb.SHIP, unit, to=taker.number)
        pair.do(taker, Verb.RECEIVE, unit, argument=argument)


def test_a_unit_travels_from_its_maker_to_the_shop(pair: Pair, cast: Cast) -> None:
    unit = pair.item(cast.maker)
    handed(pair, unit, cast.maker, cast.carrier, cast.keeper, cast.shop)
    pair.do(cast.shop, Verb.DECOMMISSION, unit)
    state = pair.state(unit)
    assert (state.custodian, state.issuer, state.receiver) == (cast.shop.number, cast.maker.number, 0)
    assert (state.status, state.seq) == (Status.DECOMMISSIONED, 8)
    pair.check_everything()


def test_nothing_is_received_that_was_not_shipped(pair: Pair, cast: Cast) -> None:
    with pytest.raises(RuleBroken, match="unit: not shipped"):
        pair.do(cast.shop, Verb.RECEIVE, pair.item(cast.maker))


def test_only_the_custodian_ships(pair: Pair, cast: Cast) -> None:
    unit = pair.item(cast.maker)
    handed(pair, unit, cast.maker, cast.carrier)
    for party in (cast.maker, cast.keeper, cast.shop):
        with pytest.raises(RuleBroken, match="unit: not custodian"):
            pair.do(party, Verb.SHIP, unit, to=cast.auditor.number)
    handed(pair, unit, cast.carrier, cast.shop)


def test_custody_passes_at_the_receipt_and_not_before(pair: Pair, cast: Cast) -> None:
    unit = pair.item(cast.maker)
    pair.do(cast.maker, Verb.SHIP, unit, to=cast.shop.number)
    assert pair.state(unit).custodian == cast.maker.number
    pair.do(cast.shop, Verb.RECEIVE, unit)
    assert pair.state(unit).custodian == cast.shop.number


@pytest.mark.parametrize("outcome", Receipt)
def test_how_a_receipt_ends_decides_who_has_the_goods_and_whether_they_may_move(pair: Pair, cast: Cast, outcome: Receipt) -> None:
    unit = pair.item(cast.maker)
    handed(pair, unit, cast.maker, cast.shop, argument=outcome.to_bytes(32, "big"))
    state = pair.state(unit)
    assert state.custodian == (cast.maker if outcome is Receipt.SHORT else cast.shop).number
    assert state.held_by == (cast.shop.number if outcome in (Receipt.DAMAGED, Receipt.SHORT) else 0)
    assert state.receiver == 0


def test_a_damaged_receipt_leaves_the_makers_quarantine_the_makers(pair: Pair, cast: Cast) -> None:
    unit = pair.item(cast.maker)
    pair.do(cast.maker, Verb.SHIP, unit, to=cast.shop.number)
    pair.do(cast.maker, Verb.QUARANTINE, unit)
    pair.do(cast.shop, Verb.RECEIVE, unit, argument=Receipt.DAMAGED.to_bytes(32, "big"))
    assert pair.state(unit).held_by == cast.maker.number
    with pytest.raises(RuleBroken, match="unit: not yours to release"):
        pair.do(cast.shop, Verb.RELEASE, unit)


def test_an_issuer_issues_only_under_its_own_prefix(pair: Pair, cast: Cast) -> None:
    other = pair.org(Role.ISSUER)
    forged = calls.Minted(Kind.ITEM, cast.maker.prefix, tag("forged"))
    with pytest.raises(RuleBroken, match="prefix: not yours"):
        pair.commission(other.device, (act(Verb.COMMISSION), [forged]))
    inside = calls.Minted(Kind.ITEM, cast.maker.prefix // 10, tag("forged"))
    with pytest.raises(RuleBroken, match="prefix: not yours"):
        pair.commission(cast.maker.device, (act(Verb.COMMISSION), [inside]))


@pytest.mark.parametrize("verb", [v for v in Verb if Verb.SHIP <= v <= Verb.DECOMMISSION])
def test_what_is_decommissioned_never_moves_again(pair: Pair, cast: Cast, verb: Verb) -> None:
    unit, box = pair.mint(cast.maker, "x", count=2)
    pair.do(cast.maker, Verb.DECOMMISSION, unit)
    head = pair.model.units[unit].head
    units = (box, unit) if verb in (Verb.PACK, Verb.UNPACK) else (unit,)
    if verb is Verb.OBSERVE:
        pair.do(cast.maker, verb, unit)
        assert (pair.state(unit).status, pair.state(unit).custodian) == (Status.DECOMMISSIONED, cast.maker.number)
        return
    with pytest.raises(RuleBroken, match=r"unit: (decommissioned|not in this container)"):
        pair.do(cast.maker, verb, *units, to=cast.shop.number)
    assert pair.model.units[unit].head == head


def test_expiry_blocks_shipping_and_packing_from_its_very_second(pair: Pair, cast: Cast) -> None:
    unit, box = pair.item(cast.maker, expiry=START + 100), pair.item(cast.maker, "box")
    pair.evm.now = START + 99
    fresh = pair.copy()
    fresh.do(cast.maker, Verb.SHIP, unit, to=cast.shop.number)
    pair.evm.now = START + 100
    with pytest.raises(RuleBroken, match="unit: expired"):
        pair.do(cast.maker, Verb.SHIP, unit, to=cast.shop.number)
    with pytest.raises(RuleBroken, match="unit: expired"):
        pair.do(cast.maker, Verb.PACK, box, unit)
    fresh.evm.now = START + 200
    fresh.do(cast.shop, Verb.RECEIVE, unit)
    fresh.do(cast.shop, Verb.DECOMMISSION, unit)


def test_nothing_is_recorded_twice(pair: Pair, cast: Cast) -> None:
    unit = pair.item(cast.maker)
    data = calls.record([(act(Verb.OBSERVE), [pair.held(unit)])])
    pair.record(cast.maker.device, (act(Verb.OBSERVE), [pair.held(unit)]))
    before = dict(pair.evm.accounts.storage)
    for later in (0, 60):
        pair.evm.now += later
        with pytest.raises(RuleBroken, match="unit: stale"):
            pair.evm.send(cast.maker.device, data)
    with pytest.raises(RuleBroken, match="unit: stale"):
        pair.evm.send(cast.auditor.device, data)
    assert pair.evm.accounts.storage == before


@pytest.mark.parametrize("field", ["custodian", "receiver", "issuer", "held_by", "recalled_by", "children", "kind", "status",
                                   "expiry", "seq", "parent", "lot"])  # fmt: skip
def test_no_field_of_a_state_can_be_misstated(pair: Pair, cast: Cast, field: str) -> None:
    held = pair.held(pair.item(cast.maker))
    others: dict[str, Any] = {"parent": tag("p"), "lot": tag("l"), "kind": Kind.LOGISTIC, "status": Status.DECOMMISSIONED}
    change = {field: others.get(field, 7)}
    lie = replace(held, state=replace(held.state, **change))
    with pytest.raises(RuleBroken, match="unit: stale"):
        pair.record(cast.maker.device, (act(Verb.OBSERVE), [lie]))


@pytest.mark.parametrize("field", ["unit", "previous", "leaf"])
def test_no_hash_of_a_unit_can_be_misstated(pair: Pair, cast: Cast, field: str) -> None:
    unit, other = pair.mint(cast.maker, "x", count=2)
    pair.do(cast.maker, Verb.OBSERVE, unit)
    change: dict[str, Any] = {field: other}
    lie = replace(pair.held(unit), **change)
    with pytest.raises(RuleBroken, match="unit: stale"):
        pair.record(cast.maker.device, (act(Verb.OBSERVE, about=2), [lie]))


def test_a_revoked_device_records_nothing_and_its_organisation_goes_on(pair: Pair, cast: Cast) -> None:
    unit = pair.item(cast.maker)
    spare = tag("spare")[:20]
    pair.administer(calls.enrol_device(cast.maker.number, spare, 0, FOREVER), cast.maker.owner)
    pair.administer(calls.revoke_device(cast.maker.device, START - 50), cast.maker.owner)
    revoked = pair.model.devices[cast.maker.device]
    assert (revoked.revoked_at, revoked.suspect_since) == (len(pair.log) - 1, START - 50)
    assert pair.log[-1].index == revoked.revoked_at
    with pytest.raises(RuleBroken, match="device: revoked"):
        pair.do(cast.maker, Verb.SHIP, unit, to=cast.shop.number)
    pair.do(spare, Verb.SHIP, unit, to=cast.shop.number)
    pair.check_everything()


def test_a_device_records_from_its_first_second_to_its_last(pair: Pair, cast: Cast) -> None:
    pair.administer(calls.enrol_device(cast.maker.number, OUTSIDER, START + 10, START + 20), cast.maker.owner)
    unit = pair.item(cast.maker)
    for now, allowed in ((START + 9, False), (START + 10, True), (START + 20, True), (START + 21, False)):
        pair.evm.now = now
        if allowed:
            pair.do(OUTSIDER, Verb.OBSERVE, unit)
            continue
        with pytest.raises(RuleBroken, match="device: not valid now"):
            pair.do(OUTSIDER, Verb.OBSERVE, unit)


def test_a_quarantine_is_lifted_by_who_set_it_or_by_an_auditor(pair: Pair, cast: Cast) -> None:
    unit = pair.item(cast.maker)
    handed(pair, unit, cast.maker, cast.shop)
    pair.do(cast.maker, Verb.QUARANTINE, unit)
    with pytest.raises(RuleBroken, match="unit: not yours to release"):
        pair.do(cast.shop, Verb.RELEASE, unit)
    pair.do(cast.auditor, Verb.RELEASE, unit)
    pair.do(cast.shop, Verb.SHIP, unit, to=cast.keeper.number)


def test_a_recalled_unit_goes_home_and_nowhere_else(pair: Pair, cast: Cast) -> None:
    unit, box = pair.item(cast.maker), pair.mint(cast.shop, "box", Kind.LOGISTIC)[0]
    handed(pair, unit, cast.maker, cast.shop)
    pair.do(cast.maker, Verb.RECALL, unit)
    with pytest.raises(RuleBroken, match="unit: recalled"):
        pair.do(cast.shop, Verb.SHIP, unit, to=cast.keeper.number)
    with pytest.raises(RuleBroken, match="unit: recalled"):
        pair.do(cast.shop, Verb.PACK, box, unit)
    handed(pair, unit, cast.shop, cast.maker)
    pair.do(cast.maker, Verb.LIFT, unit)
    handed(pair, unit, cast.maker, cast.shop)


def test_an_item_in_a_case_on_a_pallet_travels_with_the_pallet(pair: Pair, cast: Cast) -> None:
    items = pair.mint(cast.maker, "item", count=3)
    case, pallet = pair.mint(cast.maker, "box", Kind.LOGISTIC, count=2)
    pair.do(cast.maker, Verb.PACK, case, *items)
    pair.do(cast.maker, Verb.PACK, pallet, case)
    for packed in (*items, case):
        with pytest.raises(RuleBroken, match="unit: packed"):
            pair.do(cast.maker, Verb.SHIP, packed, to=cast.shop.number)
    handed(pair, pallet, cast.maker, cast.carrier, cast.shop)
    with pytest.raises(RuleBroken, match="unit: packed"):
        pair.do(cast.shop, Verb.UNPACK, case, items[0])
    pair.do(cast.shop, Verb.UNPACK, pallet, case)
    pair.do(cast.shop, Verb.UNPACK, case, *items[:2])
    assert [pair.state(item).custodian for item in items] == [cast.shop.number, cast.shop.number, cast.maker.number]
    assert pair.state(case).children == 1
    assert pair.state(items[2]).parent == case
    handed(pair, items[0], cast.shop, cast.keeper)
    pair.check_everything()


def test_a_container_that_is_elsewhere_cannot_be_unpacked_from_afar(pair: Pair, cast: Cast) -> None:
    item, box = pair.mint(cast.maker, "x", count=2)
    pair.do(cast.maker, Verb.PACK, box, item)
    pair.do(cast.maker, Verb.SHIP, box, to=cast.shop.number)
    with pytest.raises(RuleBroken, match="unit: in transit"):
        pair.do(cast.maker, Verb.UNPACK, box, item)
    pair.do(cast.shop, Verb.RECEIVE, box)
    with pytest.raises(RuleBroken, match="unit: not custodian"):
        pair.do(cast.maker, Verb.UNPACK, box, item)


def test_containers_cannot_contain_each_other(pair: Pair, cast: Cast) -> None:
    one, two = pair.mint(cast.maker, "box", Kind.LOGISTIC, count=2)
    pair.do(cast.maker, Verb.PACK, one, two)
    with pytest.raises(RuleBroken, match="unit: packed"):
        pair.do(cast.maker, Verb.PACK, two, one)
    with pytest.raises(RuleBroken, match="unit: packed"):
        pair.do(cast.maker, Verb.PACK, two, two)


def test_a_thing_is_in_one_container_only(pair: Pair, cast: Cast) -> None:
    item, one, two = pair.mint(cast.maker, "x", count=3)
    pair.do(cast.maker, Verb.PACK, one, item)
    with pytest.raises(RuleBroken, match="unit: packed"):
        pair.do(cast.maker, Verb.PACK, two, item)
    with pytest.raises(RuleBroken, match="unit: not in this container"):
        pair.do(cast.maker, Verb.UNPACK, two, item)
    pair.do(cast.maker, Verb.UNPACK, one, item)
    pair.do(cast.maker, Verb.PACK, two, item)


def test_a_model_is_anchored_once_for_all(pair: Pair, cast: Cast) -> None:
    pair.do(cast.auditor, Verb.ANCHOR_MODEL, argument=tag("model"))
    with pytest.raises(RuleBroken, match="model: anchored already"):
        pair.do(cast.shop, Verb.ANCHOR_MODEL, argument=tag("model"))
    assert pair.evm.mapped("models", tag("model")) == cast.auditor.number


def test_a_suspended_organisation_neither_acts_nor_loses_its_goods(pair: Pair, cast: Cast) -> None:
    unit = pair.item(cast.maker)
    pair.administer(calls.set_roles(cast.maker.number, 0))
    for verb in (Verb.SHIP, Verb.OBSERVE, Verb.QUARANTINE, Verb.DECOMMISSION):
        with pytest.raises(RuleBroken, match="role: may not"):
            pair.do(cast.maker, verb, unit, to=cast.shop.number)
    pair.administer(calls.set_roles(cast.maker.number, Role.ISSUER))
    handed(pair, unit, cast.maker, cast.shop)
