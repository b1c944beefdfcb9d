"""Every role against every verb, on the EVM; and every party against every verb in every state a unit can be in.

The expected outcomes are written out here, apart from the contract and apart from its twin; `Pair` compares those two.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chain import calls
from chain.calls import Minted
from chain.errors import RuleBroken
from chain.journey import Kind, Role, Verb
from tests.chain.contract.conftest import Cast
from tests.chain.contract.evm import ADMIN, OUTSIDER
from tests.chain.contract.pair import FOREVER, Lot, Org, Pair, act, tag

MASKS = [Role(mask) for mask in range(32)]
HANDLERS = Role.ISSUER | Role.CARRIER | Role.KEEPER | Role.RETAILER
ANY = HANDLERS | Role.AUDITOR
RECALLERS = Role.ISSUER | Role.AUDITOR

Deed = Callable[[Pair, Org], object]


def _commission(kind: Kind) -> Deed:
    def deed(pair: Pair, org: Org) -> object:
        new = Minted(kind, org.prefix, tag("new", kind))
        if kind is Kind.LOT:
            new = Lot(org.prefix, tag("new"), (tag("one"),)).minted
        verb = Verb.COMMISSION_LOT if kind is Kind.LOT else Verb.COMMISSION
        return pair.commission(org.device, (act(verb), [new]))

    return deed


def _do(verb: Verb, *names: str) -> Deed:
    return lambda pair, org: pair.do(org, verb, *(_UNITS[name] for name in names), to=1)


def _lot(verb: Verb, name: str) -> Deed:
    return lambda pair, org: pair.do(org, verb, argument=_UNITS[name])


# What each deed needs: any one of these roles. The units are the actor's own and in the right state: only the role counts.
DEEDS: dict[tuple[Verb, str], tuple[Role, Deed]] = {
    (Verb.COMMISSION, "item"): (Role.ISSUER, _commission(Kind.ITEM)),
    (Verb.COMMISSION, "logistic unit"): (HANDLERS, _commission(Kind.LOGISTIC)),
    (Verb.COMMISSION_LOT, "lot"): (Role.ISSUER, _commission(Kind.LOT)),
    (Verb.SHIP, "unit"): (HANDLERS, _do(Verb.SHIP, "idle")),
    (Verb.RECEIVE, "unit"): (HANDLERS, _do(Verb.RECEIVE, "coming")),
    (Verb.PACK, "unit"): (HANDLERS, _do(Verb.PACK, "box", "idle")),
    (Verb.UNPACK, "unit"): (HANDLERS, _do(Verb.UNPACK, "full", "packed")),
    (Verb.OBSERVE, "unit"): (ANY, _do(Verb.OBSERVE, "idle")),
    (Verb.QUARANTINE, "unit"): (ANY, _do(Verb.QUARANTINE, "idle")),
    (Verb.RELEASE, "unit"): (ANY, _do(Verb.RELEASE, "quarantined")),
    (Verb.RECALL, "unit"): (RECALLERS, _do(Verb.RECALL, "idle")),
    (Verb.RECALL, "lot"): (RECALLERS, _lot(Verb.RECALL, "lot")),
    (Verb.LIFT, "unit"): (RECALLERS, _do(Verb.LIFT, "recalled")),
    (Verb.LIFT, "lot"): (RECALLERS, _lot(Verb.LIFT, "recalled lot")),
    (Verb.DECOMMISSION, "unit"): (HANDLERS, _do(Verb.DECOMMISSION, "idle")),
    (Verb.CORRECT, "unit"): (ANY, lambda pair, org: pair.correct(org.device, pair.correction(_UNITS["idle"], 0))),
    (Verb.ANCHOR_MODEL, "model"): (ANY, lambda pair, org: pair.do(org, Verb.ANCHOR_MODEL, argument=tag("model"))),
}

_UNITS: dict[str, bytes] = {}


@pytest.fixture(scope="module")
def prepared() -> tuple[Pair, Org]:
    """An organisation with all roles that owns a unit for every deed."""
    pair = Pair()
    other, org = pair.org(ANY), pair.org(ANY)
    names = ("idle", "box", "full", "packed", "quarantined", "recalled")
    _UNITS.update(zip(names, pair.mint(org, "mine", count=len(names)), strict=True))
    _UNITS["coming"] = pair.item(other, "theirs")
    _UNITS["lot"], _UNITS["recalled lot"] = pair.lot(org, 2, "a").id, pair.lot(org, 2, "b").id
    pair.do(other, Verb.SHIP, _UNITS["coming"], to=org.number)
    pair.do(org, Verb.PACK, _UNITS["full"], _UNITS["packed"])
    pair.do(org, Verb.QUARANTINE, _UNITS["quarantined"])
    pair.do(org, Verb.RECALL, _UNITS["recalled"])
    pair.do(org, Verb.RECALL, argument=_UNITS["recalled lot"])
    pair.evm.now += 60
    return pair, org


@pytest.mark.parametrize("roles", MASKS, ids=lambda roles: f"{int(roles):02d}")
def test_a_role_opens_its_verbs_and_no_others(prepared: tuple[Pair, Org], roles: Role) -> None:
    base, org = prepared
    start = base.copy()
    start.administer(calls.set_roles(org.number, roles))
    opened, refusals = set(), set()
    for name, (_, deed) in DEEDS.items():
        try:
            deed(start.copy(), org)
            opened.add(name)
        except RuleBroken as refusal:
            refusals.add(refusal.reason)
    assert all(reason.startswith("role: may not ") for reason in refusals)
    assert opened == {name for name, (needed, _) in DEEDS.items() if roles & needed}


def test_every_verb_is_in_the_table() -> None:
    assert {verb for verb, _ in DEEDS} == {verb for verb in Verb if verb < Verb.ENROL_ORGANISATION}


@pytest.mark.parametrize("name", DEEDS, ids=lambda name: f"{name[0].name} {name[1]}")
def test_a_stranger_a_revoked_device_and_an_owner_record_nothing(prepared: tuple[Pair, Org], name: tuple[Verb, str]) -> None:
    base, org = prepared
    deed = DEEDS[name][1]
    for sender in (OUTSIDER, ADMIN, org.owner):
        with pytest.raises(RuleBroken, match="device: unknown"):
            deed(base.copy(), Org(org.number, org.owner, sender, org.prefix))
    stolen = base.copy()
    stolen.administer(calls.revoke_device(org.device, 0), org.owner)
    with pytest.raises(RuleBroken, match="device: revoked"):
        deed(stolen, org)


# ---- administration: function by sender


OWNER, DEVICE = "owner", "device"
NEW = tag("new device")[:20]
ADMINISTRATION: dict[str, tuple[bytes, set[str]]] = {
    "enrol_organisation": (calls.enrol_organisation(tag("x")[:20], 1, tag("d")), {"admin"}),
    "set_roles": (calls.set_roles(1, 3), {"admin"}),
    "grant_prefix": (calls.grant_prefix(1, 1_7777), {"admin"}),
    "enrol_device": (calls.enrol_device(1, NEW, 0, FOREVER), {OWNER}),
    "revoke_device": (calls.revoke_device(tag("device", 1)[:20], 0), {"admin", OWNER}),
    "offer_administration": (calls.selector("offer_administration") + NEW.rjust(32, b"\0"), {"admin"}),
    "accept_administration": (calls.selector("accept_administration"), set()),
}


@pytest.mark.parametrize("function", ADMINISTRATION)
@pytest.mark.parametrize("sender", ["outsider", "admin", "owner", "other owner", "device"])
def test_the_administration_is_open_to_whom_it_belongs(pair: Pair, cast: Cast, function: str, sender: str) -> None:
    data, allowed = ADMINISTRATION[function]
    who = {
        "outsider": OUTSIDER,
        "admin": ADMIN,
        "owner": cast.maker.owner,
        "other owner": cast.shop.owner,
        "device": cast.maker.device,
    }
    if sender in allowed:
        pair.administer(data, who[sender])
        pair.check_everything()
        return
    with pytest.raises(RuleBroken) as refusal:
        pair.administer(data, who[sender])
    assert refusal.value.reason in (
        "admin: only the administrator", "device: only the organisation", "admin: not offered to you",
    )  # fmt: skip
    pair.check_everything()
