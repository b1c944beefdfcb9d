"""EPCIS error declarations: by whom, of what, how far back, and once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chain import calls, encoding
from chain.errors import BadInput, RuleBroken
from chain.journey import Verb
from tests.chain.contract.conftest import Cast
from tests.chain.contract.pair import Pair, act, tag


@pytest.mark.parametrize("later", [0, 1, 2, 200])
def test_an_event_with_so_many_later_ones_can_be_corrected(pair: Pair, cast: Cast, later: int) -> None:
    unit = pair.item(cast.maker)
    for i in range(later):
        pair.do(cast.maker, Verb.OBSERVE, unit, about=i)
    state = pair.state(unit)
    [entry] = pair.correct(cast.maker.device, pair.correction(unit, 0)).entries
    corrected = pair.histories[unit][0][0]
    assert (entry.verb, entry.argument, entry.units) == (Verb.CORRECT, encoding.leaf(corrected), (unit,))
    assert pair.state(unit) == replace(state, seq=state.seq + 1)
    pair.check_everything()


def test_an_event_with_more_later_ones_can_no_longer_be_corrected(pair: Pair, cast: Cast) -> None:
    unit = pair.item(cast.maker)
    for i in range(201):
        pair.do(cast.maker, Verb.OBSERVE, unit, about=i)
    with pytest.raises(BadInput, match="200 later events at most, not 201"):
        pair.correct(cast.maker.device, pair.correction(unit, 0))
    pair.correct(cast.maker.device, pair.correction(unit, 1))


def test_each_party_corrects_its_own_events_though_the_unit_has_moved_on(pair: Pair, cast: Cast) -> None:
    unit = pair.item(cast.maker)
    for giver, taker in ((cast.maker, cast.carrier), (cast.carrier, cast.shop)):
        pair.do(giver, Verb.SHIP, unit, to=taker.number)
        pair.do(taker, Verb.RECEIVE, unit)
    owners = [cast.maker, cast.maker, cast.carrier, cast.carrier, cast.shop]
    for event, owner in enumerate(owners):
        for party in (cast.maker, cast.carrier, cast.shop, cast.auditor):
            if party is owner:
                pair.correct(party.device, pair.correction(unit, event))
                continue
            with pytest.raises(RuleBroken, match="correct: not your event"):
                pair.copy().correct(party.device, pair.correction(unit, event))
    assert pair.state(unit).custodian == cast.shop.number
    pair.check_everything()


def test_a_custodian_of_old_cannot_keep_the_present_one_from_recording(pair: Pair, cast: Cast) -> None:
    unit = pair.item(cast.maker)
    pair.do(cast.maker, Verb.SHIP, unit, to=cast.shop.number)
    pair.do(cast.shop, Verb.RECEIVE, unit)
    for event in (0, 1):
        pair.correct(cast.maker.device, pair.correction(unit, event, "first"))
        with pytest.raises(RuleBroken, match="correct: corrected already"):
            pair.correct(cast.maker.device, pair.correction(unit, event, "second"))
    for event in (3, 4):
        with pytest.raises(RuleBroken, match="correct: a correction"):
            pair.correct(cast.maker.device, pair.correction(unit, event))


def test_one_event_over_two_units_is_corrected_for_each(pair: Pair, cast: Cast) -> None:
    one, two = pair.mint(cast.maker, "x", count=2)
    pair.correct(cast.maker.device, pair.correction(one, 0), pair.correction(two, 0))
    assert pair.state(one).seq == pair.state(two).seq == 2
    pair.check_everything()


def test_corrections_of_one_unit_follow_each_other_in_a_batch(pair: Pair, cast: Cast) -> None:
    unit, other = pair.mint(cast.maker, "x", count=2)
    pair.do(cast.maker, Verb.OBSERVE, unit)
    first = pair.correction(unit, 1)
    trial = pair.copy()
    trial.correct(cast.maker.device, first)
    done = pair.correct(cast.maker.device, first, pair.correction(other, 0), trial.correction(unit, 0))
    assert [entry.units for entry in done.entries] == [(unit,), (other,), (unit,)]
    pair.check_everything()


def test_a_hundred_corrections_go_in_one_transaction(pair: Pair, cast: Cast) -> None:
    units = pair.mint(cast.maker, "x", count=100)
    done = pair.correct(cast.maker.device, *(pair.correction(unit, 0) for unit in units))
    assert [entry.units for entry in done.entries] == [(unit,) for unit in units]
    with pytest.raises(BadInput, match="1 to 100 corrections"):
        calls.correct([pair.correction(units[0], 0)] * 101)
    with pytest.raises(BadInput, match="1 to 100 corrections"):
        calls.correct([])


def test_one_bad_correction_undoes_all(pair: Pair, cast: Cast) -> None:
    one, two = pair.mint(cast.maker, "x", count=2)
    good = pair.correction(one, 0)
    with pytest.raises(RuleBroken, match="unit: stale"):
        pair.correct(cast.maker.device, good, pair.correction(two, 0), good)
    assert pair.state(one).seq == 1


@pytest.mark.parametrize("change", ["state", "leaf", "parent", "order", "missing", "previous", "lot"])
def test_no_step_of_the_history_can_be_misstated(pair: Pair, cast: Cast, change: str) -> None:
    unit = pair.item(cast.maker)
    for i in range(3):
        pair.do(cast.maker, Verb.OBSERVE, unit, about=i)
    one, entry, held, steps = pair.correction(unit, 0)
    (state, leaf), *rest = steps
    bad = {
        "state": [(replace(state, seq=9), leaf), *rest],
        "leaf": [(state, tag("leaf")), *rest],
        "parent": [(replace(state, parent=tag("box")), leaf), *rest],
        "order": list(reversed(steps)),
        "missing": rest,
    }.get(change, list(steps))
    if change == "previous":
        held = replace(held, previous=tag("before"))
    if change == "lot":
        held = replace(held, state=replace(held.state, lot=tag("lot")))
    with pytest.raises(RuleBroken, match="unit: stale"):
        pair.correct(cast.maker.device, (one, entry, held, bad))


@pytest.mark.parametrize("word", range(9))
def test_no_word_of_the_corrected_entry_can_be_misstated(pair: Pair, cast: Cast, word: int) -> None:
    unit = pair.item(cast.maker)
    data = calls.correct([pair.correction(unit, 0)])
    place = 4 + 32 * (3 + 2 + 6 + word)
    broken = data[:place] + tag("other", word) + data[place + 32 :]
    with pytest.raises(RuleBroken, match="correct: another event"):
        pair.evm.send(cast.maker.device, broken)
    pair.evm.send(cast.maker.device, data)


def test_what_is_packed_in_transit_or_decommissioned_can_still_be_corrected(pair: Pair, cast: Cast) -> None:
    packed, box, sent, gone = pair.mint(cast.maker, "x", count=4)
    pair.do(cast.maker, Verb.PACK, box, packed)
    pair.do(cast.maker, Verb.SHIP, sent, to=cast.shop.number)
    pair.do(cast.maker, Verb.DECOMMISSION, gone)
    for unit in (packed, sent, gone, box):
        state = pair.state(unit)
        pair.correct(cast.maker.device, pair.correction(unit, 1))
        assert pair.state(unit) == replace(state, seq=state.seq + 1)


def test_only_the_acts_time_and_commitment_enter_the_log(pair: Pair, cast: Cast) -> None:
    unit = pair.item(cast.maker)
    one, *rest = pair.correction(unit, 0)
    odd = replace(one, verb=Verb.SHIP, counterparty=5, argument=tag("argument"))
    [entry] = pair.correct(cast.maker.device, (odd, *rest)).entries  # type: ignore[arg-type]
    assert entry.verb is Verb.CORRECT
    assert (entry.counterparty, entry.argument) == (0, encoding.leaf(pair.log[-2]))
    assert entry.commitment == act(Verb.CORRECT).commitment
