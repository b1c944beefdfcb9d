"""Organisations, prefixes, devices, and how the administration itself changes hands."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chain import calls, encoding
from chain.errors import RuleBroken
from chain.journey import Role, Verb
from tests.chain.contract import abi
from tests.chain.contract.conftest import Cast
from tests.chain.contract.evm import ADMIN, OUTSIDER, START
from tests.chain.contract.pair import FOREVER, Pair, tag

NEXT = tag("next administrator")[:20]


def test_the_administration_changes_hands_in_two_steps(pair: Pair) -> None:
    assert pair.evm.named("administrator") == int.from_bytes(ADMIN, "big")
    pair.evm.send(ADMIN, abi.call("offer_administration", NEXT))
    assert pair.evm.named("administrator") == int.from_bytes(ADMIN, "big")
    pair.administer(calls.set_roles(1, 1))
    with pytest.raises(RuleBroken, match="admin: not offered to you"):
        pair.evm.send(OUTSIDER, abi.call("accept_administration"))
    pair.evm.send(NEXT, abi.call("accept_administration"))
    assert (pair.evm.named("administrator"), pair.evm.named("successor")) == (int.from_bytes(NEXT, "big"), 0)
    with pytest.raises(RuleBroken, match="admin: only the administrator"):
        pair.administer(calls.set_roles(1, 1), ADMIN)
    pair.administer(calls.set_roles(1, 1), NEXT)
    with pytest.raises(RuleBroken, match="admin: not offered to you"):
        pair.evm.send(NEXT, abi.call("accept_administration"))


def test_an_offer_can_be_taken_back(pair: Pair) -> None:
    pair.evm.send(ADMIN, abi.call("offer_administration", NEXT))
    pair.evm.send(ADMIN, abi.call("offer_administration", bytes(20)))
    with pytest.raises(RuleBroken, match="admin: not offered to you"):
        pair.evm.send(NEXT, abi.call("accept_administration"))


def test_organisations_are_numbered_from_one(pair: Pair) -> None:
    count = pair.evm.named("organisation_count")
    done = pair.administer(calls.enrol_organisation(OUTSIDER, int(Role.KEEPER), tag("details")))
    assert abi.answer("enrol_organisation", done.output) == count + 1
    [entry] = done.entries
    assert (entry.verb, entry.organisation, entry.counterparty) == (Verb.ENROL_ORGANISATION, 0, count + 1)
    assert (entry.device, entry.commitment, entry.event_time) == (ADMIN, tag("details"), START)
    assert encoding.organisation_word(int.from_bytes(entry.argument, "big")) == (OUTSIDER, Role.KEEPER)


def test_every_act_of_the_administration_is_an_entry_of_the_log(pair: Pair, cast: Cast) -> None:
    pair.administer(calls.set_roles(cast.shop.number, int(Role.KEEPER | Role.RETAILER)))
    pair.administer(calls.grant_prefix(cast.shop.number, encoding.prefix_code("4012345")))
    pair.administer(calls.enrol_device(cast.shop.number, OUTSIDER, 5, FOREVER), cast.shop.owner)
    pair.administer(calls.revoke_device(OUTSIDER, START))
    verbs = [Verb.SET_ROLES, Verb.GRANT_PREFIX, Verb.ENROL_DEVICE, Verb.REVOKE_DEVICE]
    assert [entry.verb for entry in pair.log[-4:]] == verbs
    assert [entry.device for entry in pair.log[-4:]] == [ADMIN, ADMIN, cast.shop.owner, ADMIN]
    device = pair.model.devices[OUTSIDER]
    assert (device.valid_from, device.valid_until, device.revoked_at) == (5, FOREVER, len(pair.log) - 1)
    pair.check_everything()


def test_set_roles_keeps_the_owner(pair: Pair, cast: Cast) -> None:
    pair.administer(calls.set_roles(cast.shop.number, 0))
    assert pair.model.organisations[cast.shop.number] == (cast.shop.owner, Role(0))
    pair.administer(calls.enrol_device(cast.shop.number, OUTSIDER, 0, 1), cast.shop.owner)
    pair.check_everything()


def test_a_device_belongs_to_one_organisation_for_good(pair: Pair, cast: Cast) -> None:
    pair.administer(calls.revoke_device(cast.shop.device, 0), cast.shop.owner)
    for party in (cast.shop, cast.maker):
        with pytest.raises(RuleBroken, match="device: enrolled already"):
            pair.administer(calls.enrol_device(party.number, cast.shop.device, 0, FOREVER), party.owner)


def test_an_owner_speaks_for_its_own_organisation_only(pair: Pair, cast: Cast) -> None:
    for data in (
        calls.enrol_device(cast.maker.number, OUTSIDER, 0, FOREVER),
        calls.revoke_device(cast.maker.device, 0),
    ):
        with pytest.raises(RuleBroken, match="device: only the organisation"):
            pair.administer(data, cast.shop.owner)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    prefixes=st.lists(
        st.text("01", min_size=0, max_size=8).flatmap(lambda tail: st.sampled_from(["5000", "5001"]).map(lambda h: h + tail)),
        min_size=1,
        max_size=6,
    )
)
def test_no_granted_prefix_is_the_beginning_of_another(pair: Pair, prefixes: list[str]) -> None:
    here = pair.copy()
    granted: list[str] = []
    for digits in prefixes:
        overlaps = any(digits.startswith(one) or one.startswith(digits) for one in granted)
        try:
            here.administer(calls.grant_prefix(1, encoding.prefix_code(digits)))
        except RuleBroken as refusal:
            assert (overlaps, refusal.reason) == (True, "prefix: overlaps another")  # noqa: PT017 - both outcomes are checked
        else:
            assert not overlaps
            granted.append(digits)
    here.check_everything()


@pytest.mark.parametrize("digits", range(4, 13))
@pytest.mark.parametrize("digit", "09")
def test_a_prefix_of_four_to_twelve_digits_can_be_granted(pair: Pair, digits: int, digit: str) -> None:
    pair.administer(calls.grant_prefix(1, encoding.prefix_code(digit * digits)))
    assert pair.evm.mapped("prefixes", int("1" + digit * digits)) == 1
    pair.check_everything()
