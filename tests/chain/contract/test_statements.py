"""Events that a device signs and somebody else sends: recorded as if the device had sent them, once, in order, or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from eth_account import Account
from hypothesis import given, settings
from hypothesis import strategies as st

from chain import calls, encoding, statement
from chain.calls import Held, Minted
from chain.encoding import ZERO
from chain.errors import BadProof, RuleBroken
from chain.journey import Kind, Role, Verb
from chain.keys import ORDER, SigningKey
from chain.statement import TYPES, Statement
from tests.chain.contract import abi
from tests.chain.contract.conftest import Cast
from tests.chain.contract.evm import CHAIN_ID, CONTRACT, OUTSIDER, START
from tests.chain.contract.pair import Pair, act, tag
from tests.chain.contract.signing import KEY, arguments, enrolled, over_commission, over_record, stated

OTHER = SigningKey(tag("another key"))


def refusal(pair: Pair, data: bytes) -> str:
    """The contract's words over calldata that anybody sends."""
    with pytest.raises(RuleBroken) as refused:
        pair.evm.send(OUTSIDER, data)
    return refused.value.reason


def test_what_anybody_brings_is_recorded_as_if_the_device_had_sent_it(pair: Pair, cast: Cast) -> None:
    device = enrolled(pair, cast.maker)
    sent = pair.copy()
    minted = [Minted(Kind.ITEM, cast.maker.prefix, tag("u", i)) for i in range(3)]
    born = [(act(Verb.COMMISSION), minted)]
    pair.commission(device, *born, by=over_commission(pair, born))
    sent.commission(device, *born)
    units = [one.birth.unit for one in minted]
    moved = [
        (act(Verb.SHIP, cast.shop.number), [pair.held(unit) for unit in units]),
        (act(Verb.ANCHOR_MODEL, argument=tag(1)), []),
    ]
    pair.evm.now = sent.evm.now = START + 60
    pair.record(device, *moved, by=over_record(pair, moved))
    sent.record(device, *moved)
    assert pair.log == sent.log
    assert pair.frontier == sent.frontier
    assert [pair.held(unit) for unit in units] == [sent.held(unit) for unit in units]
    assert pair.model.signed[device] & encoding.M40 == 2
    pair.check_everything()


def test_two_events_signed_before_the_first_is_in_a_block_are_both_recorded(pair: Pair, cast: Cast) -> None:
    device = enrolled(pair, cast.maker)
    unit = pair.item(cast.maker)
    first = [(act(Verb.OBSERVE), [pair.held(unit)])]
    foreseen = replace(pair.held(unit), state=replace(pair.state(unit), seq=2))
    second = [(act(Verb.SHIP, cast.shop.number), [foreseen])]
    one, signature = over_record(pair, first)
    left = one.left(one.digest(CHAIN_ID, CONTRACT))
    two = Statement.after(left, device, statement.record_hash(second))
    pair.record(device, *first, by=(one, signature))
    now_known = [(second[0][0], [pair.held(unit)])]
    pair.record(device, *now_known, by=(two, two.sign(KEY, CHAIN_ID, CONTRACT)))
    assert pair.state(unit).receiver == cast.shop.number


def test_a_statement_counts_once(pair: Pair, cast: Cast) -> None:
    device = enrolled(pair, cast.maker)
    batch = [(act(Verb.RECALL, argument=pair.lot(cast.maker, 3).id), list[Held]())]
    by = over_record(pair, batch)
    pair.record(device, *batch, by=by)
    pair.do(cast.maker, Verb.LIFT, argument=batch[0][0].argument)
    with pytest.raises(RuleBroken, match="statement: taken already"):
        pair.record(device, *batch, by=by)
    pair.check_everything()


def test_a_later_statement_waits_for_the_earlier(pair: Pair, cast: Cast) -> None:
    device = enrolled(pair, cast.maker)
    batch = [(act(Verb.ANCHOR_MODEL, argument=tag("model")), list[Held]())]
    with pytest.raises(RuleBroken, match="statement: not its turn"):
        pair.record(device, *batch, by=stated(pair, statement.record_hash(batch), skip=1))


def test_a_statement_behind_another_than_was_recorded_is_refused(pair: Pair, cast: Cast) -> None:
    device = enrolled(pair, cast.maker)
    one, other, later = ([(act(Verb.ANCHOR_MODEL, argument=tag(name)), list[Held]())] for name in ("one", "other", "later"))
    unused, _ = over_record(pair, other)
    behind = Statement.after(unused.left(unused.digest(CHAIN_ID, CONTRACT)), device, statement.record_hash(later))
    pair.record(device, *one, by=over_record(pair, one))
    with pytest.raises(RuleBroken, match="statement: bad signature"):
        pair.record(device, *later, by=(behind, behind.sign(KEY, CHAIN_ID, CONTRACT)))


@pytest.mark.parametrize(
    "field", ["verb", "counterparty", "event_time", "commitment", "argument", "unit", "state", "units", "acts"]
)
def test_nothing_in_the_batch_can_be_exchanged(pair: Pair, cast: Cast, field: str) -> None:
    device = enrolled(pair, cast.maker)
    units = pair.mint(cast.maker, "item", count=2)
    event, held = act(Verb.SHIP, cast.shop.number), pair.held(units[0])
    batch = [(event, [held])]
    changed = {
        "verb": [(replace(event, verb=Verb.OBSERVE), [held])],
        "counterparty": [(replace(event, counterparty=cast.keeper.number), [held])],
        "event_time": [(replace(event, event_time=1), [held])],
        "commitment": [(replace(event, commitment=tag("other")), [held])],
        "argument": [(replace(event, argument=tag("other")), [held])],
        "unit": [(event, [pair.held(units[1])])],
        "state": [(event, [replace(held, state=replace(held.state, seq=9))])],
        "units": [(event, [held, pair.held(units[1])])],
        "acts": [*batch, (act(Verb.ANCHOR_MODEL, argument=tag("m")), [])],
    }
    with pytest.raises(RuleBroken, match="statement: bad signature"):
        pair.record(device, *changed[field], by=over_record(pair, batch))


@pytest.mark.parametrize("field", ["kind", "prefix", "tail", "expiry", "lot_tail", "root", "size"])
def test_nothing_of_a_birth_can_be_exchanged(pair: Pair, cast: Cast, field: str) -> None:
    device = enrolled(pair, cast.maker)
    minted = Minted(Kind.ITEM, cast.maker.prefix, tag("unit"))
    numbers: dict[str, Any] = {"kind": Kind.LOGISTIC, "prefix": 1_4444, "expiry": 5, "size": 7}
    other = replace(minted, **{field: numbers.get(field, tag("other"))})
    event = act(Verb.COMMISSION)
    with pytest.raises(RuleBroken, match="statement: bad signature"):
        pair.commission(device, (event, [other]), by=over_commission(pair, [(event, [minted])]))


@pytest.mark.parametrize(("chain_id", "contract"), [(CHAIN_ID + 1, CONTRACT), (CHAIN_ID, b"\xc1" * 20)])
def test_a_statement_for_another_chain_or_contract_is_refused(pair: Pair, cast: Cast, chain_id: int, contract: bytes) -> None:
    device = enrolled(pair, cast.maker)
    batch = [(act(Verb.ANCHOR_MODEL, argument=tag("model")), list[Held]())]
    meant = Statement.after(0, device, statement.record_hash(batch))
    with pytest.raises(RuleBroken, match="statement: bad signature"):
        pair.record(device, *batch, by=(meant, meant.sign(KEY, chain_id, contract)))


def test_only_the_devices_own_signature_in_its_one_spelling_counts(pair: Pair, cast: Cast) -> None:
    enrolled(pair, cast.maker)
    enrolled(pair, cast.maker, OTHER)
    batch = [(act(Verb.ANCHOR_MODEL, argument=tag("model")), list[Held]())]
    meant, signature = over_record(pair, batch)
    device, sequence, v, r, s = arguments((meant, signature))
    assert isinstance(v, int)
    assert isinstance(s, int)
    events = [(int(batch[0][0].verb), 0, 0, batch[0][0].event_time, batch[0][0].commitment, batch[0][0].argument)]
    forged = [
        (device, sequence, 55 - v, r, ORDER - s),  # the other spelling
        (device, sequence, 55 - v, r, s),
        (device, sequence, v - 27, r, s),
        (device, sequence, v + 256, r, s),
        (device, sequence, v, 0, s),
        (device, sequence, v, r, 0),
        (device, sequence, v, r, 2**256 - 1),
        arguments((meant, meant.sign(OTHER, CHAIN_ID, CONTRACT))),
        (OTHER.address, sequence, v, r, s),
    ]
    for by in forged:
        assert refusal(pair, abi.call("record", events, [], by)) == "statement: bad signature"
    pair.evm.send(OUTSIDER, abi.call("record", events, [], (device, sequence, v, r, s)))


def test_a_signature_of_nobody_is_the_senders_own_call(pair: Pair, cast: Cast) -> None:
    events = [(int(Verb.ANCHOR_MODEL), 0, 0, 0, ZERO, tag("model"))]
    nobody = (bytes(20), 0, 0, 0, 0)
    assert refusal(pair, abi.call("record", events, [], nobody)) == "device: unknown"
    done = pair.evm.send(cast.maker.device, abi.call("record", events, [], nobody))
    assert [entry.device for entry in done.entries] == [cast.maker.device]


def test_a_revoked_device_signs_for_nothing(pair: Pair, cast: Cast) -> None:
    device = enrolled(pair, cast.maker)
    batch = [(act(Verb.ANCHOR_MODEL, argument=tag("model")), list[Held]())]
    by = over_record(pair, batch)
    pair.administer(calls.revoke_device(device, 0), cast.maker.owner)
    with pytest.raises(RuleBroken, match="device: revoked"):
        pair.record(device, *batch, by=by)


def test_a_device_out_of_its_time_or_unknown_signs_for_nothing(pair: Pair, cast: Cast) -> None:
    device = enrolled(pair, cast.maker, until=START + 5)
    batch = [(act(Verb.ANCHOR_MODEL, argument=tag("model")), list[Held]())]
    pair.evm.now = START + 6
    with pytest.raises(RuleBroken, match="device: not valid now"):
        pair.record(device, *batch, by=over_record(pair, batch))
    with pytest.raises(RuleBroken, match="device: unknown"):
        pair.record(OTHER.address, *batch, by=over_record(pair, batch, OTHER))


def test_a_refused_batch_does_not_use_the_statement_up(pair: Pair, cast: Cast) -> None:
    device = enrolled(pair, cast.maker)
    unit = pair.item(cast.maker)
    stale = [(act(Verb.OBSERVE), [pair.held(unit)])]
    by = over_record(pair, stale)
    pair.do(cast.maker, Verb.OBSERVE, unit)
    with pytest.raises(RuleBroken, match="statement: bad signature"):
        pair.record(device, (stale[0][0], [pair.held(unit)]), by=by)
    with pytest.raises(RuleBroken, match="unit: stale"):
        pair.record(device, *stale, by=by)
    good = [(act(Verb.OBSERVE, about="again"), [pair.held(unit)])]
    pair.record(device, *good, by=over_record(pair, good))


def test_roles_bind_the_device_and_not_the_one_who_brings_it(pair: Pair, cast: Cast) -> None:
    device = enrolled(pair, cast.auditor)
    unit = pair.item(cast.maker)
    batch = [(act(Verb.SHIP, cast.shop.number), [pair.held(unit)])]
    with pytest.raises(RuleBroken, match="role: may not ship"):
        pair.record(device, *batch, by=over_record(pair, batch))


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 2**40), st.integers(0, 2**256 - 1), st.binary(min_size=32, max_size=32), st.integers(1, 2**53))
def test_wallets_hash_a_statement_alike(sequence: int, previous: int, batch: bytes, chain_id: int) -> None:
    meant = Statement(KEY.address, sequence, previous, batch)
    message = {"device": KEY.address, "sequence": sequence, "previous": previous, "batch": batch}
    domain = dict(statement.domain(chain_id, CONTRACT))
    signed = Account.sign_typed_data(tag("a device's key"), domain, {"Statement": list(TYPES["Statement"])}, message)
    assert bytes(signed.message_hash) == meant.digest(chain_id, CONTRACT)
    assert bytes(signed.signature) == meant.sign(KEY, chain_id, CONTRACT)


def test_a_statement_is_verified_as_the_contract_does(pair: Pair) -> None:
    meant, signature = stated(pair, tag("batch"))
    meant.verify(signature, CHAIN_ID, CONTRACT)
    for wrong in (
        replace(meant, sequence=2),
        replace(meant, previous=1),
        replace(meant, batch=ZERO),
        replace(meant, device=OTHER.address),
    ):
        with pytest.raises(BadProof):
            wrong.verify(signature, CHAIN_ID, CONTRACT)


def test_the_signed_word_is_in_a_slot_that_proofs_can_name(pair: Pair, cast: Cast) -> None:
    device = enrolled(pair, pair.org(Role.ISSUER))
    batch = [(act(Verb.ANCHOR_MODEL, argument=tag("model")), list[Held]())]
    meant, signature = over_record(pair, batch)
    pair.record(device, *batch, by=(meant, signature))
    left = int.from_bytes(meant.digest(CHAIN_ID, CONTRACT), "big") >> 40 << 40 | 1
    assert pair.evm.mapped("signed", device) == left
    assert abi.answer("signed", pair.evm.ask(abi.call("signed", device))) == left
