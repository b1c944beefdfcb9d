"""chain/calls.py against eth_abi, word for word: what is sent, and what is read from the logs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain import calls, encoding
from chain.calls import Act, Drawn, Held, Minted
from chain.encoding import State
from chain.errors import LedgerError
from chain.journey import Birth, Entry, Kind, Status, Verb
from tests.chain.contract import abi
from tests.chain.contract.conftest import Cast
from tests.chain.contract.evm import Log
from tests.chain.contract.pair import Pair, act, tag

words = st.binary(min_size=32, max_size=32)
organisations = st.integers(0, 2**24 - 1)
seconds = st.integers(0, 2**40 - 1)
acts = st.builds(Act, st.sampled_from(Verb), st.integers(0, 2**64 - 1), words, st.integers(0, 2**32 - 1), words)
states = st.builds(
    State, organisations, organisations, organisations, organisations, organisations, organisations, st.sampled_from(Kind),
    st.sampled_from(Status), seconds, st.integers(0, 2**56 - 1), words, words,
)  # fmt: skip
helds = st.builds(Held, words, words, words, states)
mints = st.builds(
    Minted,
    st.sampled_from(Kind),
    st.integers(0, 2**64 - 1),
    words,
    st.integers(0, 2**64 - 1),
    words,
    words,
    st.integers(0, 2**256 - 1),
)
entries = st.builds(
    Entry, st.integers(0, 2**60), st.sampled_from(Verb), organisations, st.binary(min_size=20, max_size=20), organisations,
    st.integers(0, 2**64 - 1), seconds, words, words, st.lists(words, max_size=4).map(tuple),
)  # fmt: skip


def _act(one: Act, count: int) -> tuple[object, ...]:
    return int(one.verb), count, one.counterparty, one.event_time, one.commitment, one.argument


def _unit(held: Held) -> tuple[object, ...]:
    return held.unit, held.previous, held.leaf, encoding.pack(held.state), held.state.parent, held.state.lot


@given(st.lists(st.tuples(acts, st.lists(helds, max_size=4)), min_size=1, max_size=4))
def test_record_is_called_as_the_abi_says(batch: list[tuple[Act, list[Held]]]) -> None:
    expected = abi.call(
        "record", [_act(one, len(units)) for one, units in batch], [_unit(held) for _, units in batch for held in units]
    )
    assert calls.record(batch) == expected


@given(st.lists(st.tuples(acts, st.lists(mints, max_size=4)), min_size=1, max_size=4))
def test_commission_is_called_as_the_abi_says(batch: list[tuple[Act, list[Minted]]]) -> None:
    births = [(int(m.kind), m.prefix, m.expiry, m.tail, m.lot_tail, m.root, m.size) for _, minted in batch for m in minted]
    assert calls.commission(batch) == abi.call("commission", [_act(one, len(minted)) for one, minted in batch], births)


@given(
    mints,
    words,
    organisations,
    words,
    st.lists(
        st.builds(Drawn, words, st.integers(0, 2**256 - 1), st.lists(words, max_size=24).map(tuple)), min_size=1, max_size=4
    ),
)
def test_draw_is_called_as_the_abi_says(minted: Minted, tail: bytes, issuer: int, leaf: bytes, units: list[Drawn]) -> None:
    lot = minted.birth
    record = (lot.prefix, lot.expiry, tail, lot.root, lot.size, issuer, leaf)
    expected = abi.call("draw", record, [(unit.tail, unit.index, list(unit.path)) for unit in units])
    assert calls.draw(lot, tail, issuer, leaf, units) == expected


@given(st.lists(st.tuples(acts, entries, helds, st.lists(st.tuples(states, words), max_size=4)), min_size=1, max_size=3))
def test_correct_is_called_as_the_abi_says(batch: list[tuple[Act, Entry, Held, list[tuple[State, bytes]]]]) -> None:
    raw = []
    for one, entry, held, steps in batch:
        data = encoding.entry_bytes(entry)
        nine = [data[i : i + 32] for i in range(0, 288, 32)]
        raw.append((one.event_time, one.commitment, _unit(held), nine, len(steps)))
    later = [(encoding.pack(state), state.parent, leaf) for *_, steps in batch for state, leaf in steps]
    assert calls.correct(batch) == abi.call("correct", raw, later)


@given(organisations, st.binary(min_size=20, max_size=20), st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), words)
def test_the_administration_is_called_as_the_abi_says(number: int, who: bytes, one: int, two: int, details: bytes) -> None:
    assert calls.enrol_organisation(who, number, details) == abi.call("enrol_organisation", who, number, details)
    assert calls.set_roles(number, one) == abi.call("set_roles", number, one)
    assert calls.grant_prefix(number, one) == abi.call("grant_prefix", number, one)
    assert calls.enrol_device(number, who, one, two) == abi.call("enrol_device", number, who, one, two)
    assert calls.revoke_device(who, one) == abi.call("revoke_device", who, one)


@given(states)
def test_a_states_word_can_be_taken_apart_again(state: State) -> None:
    assert encoding.unpack(encoding.pack(state), state.parent, state.lot) == state


# ---- logs


def _agrees(log: Log) -> None:
    one = calls.read_log(log.topics, log.data, 1)
    if isinstance(one, Entry):
        fields = abi.read("Recorded", log)
        assert (fields["index"], fields["organisation"], fields["verb"]) == (one.index, one.organisation, one.verb)
        assert (bytes.fromhex(fields["device"][2:]), fields["counterparty"]) == (one.device, one.counterparty)
        assert (fields["event_time"], fields["record_time"]) == (one.event_time, one.record_time)
        assert (fields["commitment"], fields["argument"], tuple(fields["units"])) == (one.commitment, one.argument, one.units)
    elif isinstance(one, Birth):
        fields = abi.read("Born", log)
        assert (fields["unit"], fields["kind"], fields["prefix"], fields["lot"]) == (one.unit, one.kind, one.prefix, one.lot)
        assert (fields["expiry"], fields["root"], fields["size"]) == (one.expiry, one.root, one.size)
    else:
        fields = abi.read("FromLot", log)
        assert (fields["lot"], tuple(fields["units"])) == (one.lot, one.units)


@pytest.fixture
def logs(pair: Pair, cast: Cast) -> list[Log]:
    """One log of every sort and size."""
    done = [pair.administer(calls.enrol_device(cast.maker.number, tag("d")[:20], 1, 2), cast.maker.owner)]
    minted = [Minted(Kind.ITEM, cast.maker.prefix, tag(i), 1_800_000_000, tag("lot")) for i in range(100)]
    done.append(pair.commission(cast.maker.device, (act(Verb.COMMISSION), minted)))
    units = [one.birth.unit for one in minted]
    done.append(pair.do(cast.maker, Verb.SHIP, *units, to=cast.shop.number))
    done.append(pair.do(cast.shop, Verb.RECEIVE, units[0], argument=(2).to_bytes(32, "big")))
    done.append(pair.do(cast.maker, Verb.ANCHOR_MODEL, argument=tag("m")))
    lot = pair.lot(cast.maker, 30)
    [raw] = (
        pair.copy()
        .commission(cast.maker.device, (act(Verb.COMMISSION_LOT), [replace(lot.minted, tail=tag("2"))]))
        .births.values()
    )
    assert raw.size == 30
    birth, issuer, leaf = pair.model.lot_births[lot.id]
    done.append(pair.draw(birth, lot.tail, issuer, leaf, lot.drawn(*range(25))))
    done.append(pair.correct(cast.maker.device, pair.correction(units[0], 0)))
    return [log for one in done for log in one.logs]


def test_logs_are_read_as_the_abi_says(logs: list[Log]) -> None:
    assert len(logs) == 1 + 101 + 1 + 1 + 1 + 1 + 1
    for log in logs:
        _agrees(log)


def test_a_log_that_the_contract_never_writes_is_refused(logs: list[Log]) -> None:
    for log in {log.topics[0]: log for log in logs}.values():
        broken = [
            (log.topics, log.data[:-1]),
            (log.topics, log.data + b"\0"),
            (log.topics, log.data + bytes(32)),
            (log.topics, b""),
            (log.topics[:-1], log.data),
            ((*log.topics, bytes(32)), log.data),
            ((log.topics[0], *(topic[1:] for topic in log.topics[1:])), log.data),
            ((bytes(32), *log.topics[1:]), log.data),
            ((), log.data),
        ]
        for topics, data in broken:
            with pytest.raises(LedgerError, match="never writes"):
                calls.read_log(topics, data, 1)


@given(st.lists(st.binary(max_size=40), max_size=4), st.binary(max_size=400), st.integers(-1, 2))
def test_no_bytes_make_the_reader_fail_otherwise(topics: list[bytes], data: bytes, sort: int) -> None:
    if sort >= 0:
        topics = [calls.topics()[sort], *topics]
    try:
        found = calls.read_log(topics, data, 1)
    except LedgerError:
        return
    assert isinstance(found, Entry | Birth | calls.FromLot)
    if isinstance(found, Entry):
        assert len(encoding.entry_bytes(found)) == 288
