"""The travelling form of a signed statement: one spelling, nothing changed unnoticed, nothing that breaks a reader."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain import rlp
from chain.calls import Act, Held, Minted
from chain.encoding import State
from chain.errors import BadProof
from chain.journey import Kind, Verb
from chain.keys import SigningKey
from chain.signed_batch import MAX_BYTES, SignedBatch

KEY = SigningKey(b"\x07" * 32)
CONTRACT = b"\xc0" * 20
words = st.binary(min_size=32, max_size=32)
states = st.builds(
    State,
    custodian=st.integers(0, 2**24 - 1),
    expiry=st.integers(0, 2**40 - 1),
    seq=st.integers(0, 2**56 - 1),
    parent=words,
    lot=words,
)
helds = st.builds(Held, words, words, words, states)
others = st.sampled_from([verb for verb in Verb if verb > Verb.COMMISSION_LOT])
acts = st.builds(Act, others, st.integers(0, 2**64 - 1), words, st.integers(0, 2**32 - 1), words)
events = st.lists(st.tuples(acts, st.lists(helds, max_size=4).map(tuple)), min_size=1, max_size=4)
mints = st.builds(
    Minted,
    st.sampled_from(Kind),
    st.integers(0, 2**64 - 1),
    words,
    st.integers(0, 2**64 - 1),
    words,
    words,
    st.integers(0, 2**200),
)
births = st.lists(
    st.tuples(st.builds(Act, st.just(Verb.COMMISSION), st.integers(0, 2**64 - 1), words), st.lists(mints, max_size=4).map(tuple)),
    min_size=1,
    max_size=4,
)
lefts = st.builds(lambda digest, sequence: digest << 40 | sequence, st.integers(0, 2**216 - 1), st.integers(0, 2**40 - 2))
HELD = Held(b"\x01" * 32, b"\x02" * 32, b"\x03" * 32, State(1, seq=4))
MINTED = Minted(Kind.ITEM, 1_9521, b"\x05" * 32)


def one(verb: Verb = Verb.SHIP, thing: Held | Minted = HELD, previous: int = 0) -> SignedBatch:
    acted: Any = (Act(verb, 1, b"\x04" * 32, 2), (thing,))
    return SignedBatch.make(KEY, previous, [acted], 5, CONTRACT)


@settings(max_examples=60, deadline=None)
@given(st.one_of(events, births), lefts, st.integers(1, 2**63))
def test_what_is_written_is_read_and_verified(acts: Any, previous: int, chain_id: int) -> None:
    made = SignedBatch.make(KEY, previous, acts, chain_id, CONTRACT)
    read = SignedBatch.from_bytes(made.to_bytes())
    assert read == made
    assert read.to_bytes() == made.to_bytes()
    assert read.left == made.left
    assert read.commitments == tuple(act.commitment for act, _ in acts)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([one().to_bytes(), one(Verb.COMMISSION, MINTED).to_bytes()]), st.data())
def test_no_changed_byte_is_accepted(data: bytes, draw: st.DataObject) -> None:
    at = draw.draw(st.integers(0, len(data) - 1))
    bit = draw.draw(st.integers(0, 7))
    with pytest.raises(BadProof):
        SignedBatch.from_bytes(data[:at] + bytes((data[at] ^ 1 << bit,)) + data[at + 1 :])


@given(st.binary(max_size=300))
def test_rubbish_is_refused(data: bytes) -> None:
    with pytest.raises(BadProof):
        SignedBatch.from_bytes(data)


def test_a_truncated_or_a_giant_statement_is_refused() -> None:
    data = one().to_bytes()
    for size in range(len(data)):
        with pytest.raises(BadProof):
            SignedBatch.from_bytes(data[:size])
    with pytest.raises(BadProof):
        SignedBatch.from_bytes(bytes(MAX_BYTES + 1))


def test_sizes_that_the_contract_does_not_take_are_refused() -> None:
    act = Act(Verb.OBSERVE, 1, b"\x04" * 32)
    for acts in ([(act, (HELD,) * 101)], [(act, ())] * 101):
        with pytest.raises(BadProof, match="size"):
            SignedBatch.from_bytes(SignedBatch.make(KEY, 0, acts, 5, CONTRACT).to_bytes())
    head: list[rlp.Plain] = [5, CONTRACT, KEY.address, 1, bytes(32), bytes(65)]
    with pytest.raises(BadProof):
        SignedBatch.from_bytes(rlp.encode([b"wayproof statement 1", head, []]))


def test_wrong_kinds_of_numbers_are_refused() -> None:
    fields: list[Any] = [Verb.SHIP, 1, 2, b"\x04" * 32, bytes(32)]
    unit: list[Any] = [b"\x01" * 32, 1 << 144 | 1 << 152, bytes(32), bytes(32)]
    head: list[rlp.Plain] = [5, CONTRACT, KEY.address, 1, bytes(32), bytes(65)]
    for verb, word in ((99, unit[1]), (Verb.SHIP, 7 << 144), (Verb.SHIP, 0)):
        rows = [[[verb, *fields[1:]], [[unit[0], word, *unit[2:]]]]]
        with pytest.raises(BadProof):
            SignedBatch.from_bytes(rlp.encode([b"wayproof statement 1", head, rows]))


@pytest.mark.parametrize(("place", "size"), [(1, 20), (2, 20), (4, 32), (5, 65)])
def test_a_field_of_another_length_is_refused(place: int, size: int) -> None:
    """Contract, device, previous statement and signature: a byte more, a byte less, and a list in its place."""
    whole: Any = rlp.decode(one().to_bytes())
    assert len(whole[1][place]) == size
    assert SignedBatch.from_bytes(rlp.encode(whole)) == one()
    for other in (whole[1][place] + b"\0", whole[1][place][:-1], []):
        head = [*whole[1][:place], other, *whole[1][place + 1 :]]
        with pytest.raises(BadProof, match="wrong length"):
            SignedBatch.from_bytes(rlp.encode([whole[0], head, whole[2]]))


def test_births_and_other_events_are_not_in_one_statement() -> None:
    mixed = replace(one(), acts=(*one().acts, *one(Verb.COMMISSION, MINTED).acts))
    with pytest.raises(BadProof, match="births"):
        mixed.verify()
    with pytest.raises(BadProof):
        replace(one(), acts=()).verify()


def test_another_batch_under_the_same_statement_is_refused() -> None:
    with pytest.raises(BadProof, match="another batch"):
        replace(one(), acts=one(Verb.OBSERVE).acts).verify()


def test_the_call_takes_the_units_as_they_are_now() -> None:
    batch = one()
    now = replace(HELD, previous=b"\x08" * 32, leaf=b"\x09" * 32)
    assert b"\x08" * 32 + b"\x09" * 32 in batch.calldata({HELD.unit: now})
    assert batch.expected() == {HELD.unit: HELD.state}
    assert batch.units == (HELD.unit,)
    born = one(Verb.COMMISSION, MINTED)
    assert born.born
    assert born.expected() == {}
    assert born.units == (MINTED.birth.unit,)
    assert MINTED.tail in born.calldata({})
