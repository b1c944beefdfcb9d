"""A history told again ends in the proven head, or is refused: nothing left out, added, moved or made up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain import encoding
from chain.encoding import ZERO
from chain.errors import BadProof, MissingNode
from chain.evidence import Evidence, History
from chain.journey import NO_ROLE, Kind, Receipt, Role, Status, Verb
from chain.replay import entries_of, needed, organisations_of, recalls_of
from tests.chain.told import CARRIER, INSPECTOR, MAKER, SHOP, Told, unit, without


def with_history(evidence: Evidence, history: History) -> Evidence:
    return replace(evidence, histories={**evidence.histories, history.unit: history})


def travelled() -> tuple[Told, bytes, bytes, bytes]:
    """An item in a case on a pallet, carried to a shop, taken out and sold."""
    told = Told()
    item, case, pallet = told.item("item"), told.box("case"), told.box("pallet")
    told.say(Verb.PACK, MAKER, [case, item])
    told.say(Verb.PACK, MAKER, [pallet, case])
    told.hand_over([pallet], MAKER, CARRIER)
    told.hand_over([pallet], CARRIER, SHOP)
    return told, item, case, pallet


def test_every_state_is_the_worlds() -> None:
    told, item, case, pallet = travelled()
    replay = told.replay()
    for one in (item, case, pallet):
        assert replay.of(one).state == told.world.units[one].state
        assert replay.of(one).head == told.world.units[one].head
    assert replay.carrier(replay.of(item).state).custodian == SHOP
    assert replay.containers(item) == (case, pallet)
    told.say(Verb.UNPACK, SHOP, [pallet, case])
    told.say(Verb.UNPACK, SHOP, [case, item])
    told.say(Verb.DECOMMISSION, SHOP, [item])
    after = told.replay()
    assert after.of(item).state.status is Status.DECOMMISSIONED
    assert after.of(case).state.children == 0
    assert after.of(pallet).state == told.world.units[pallet].state


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_no_entry_can_be_left_out_doubled_or_moved(data: st.DataObject) -> None:
    told, item, case, pallet = travelled()
    one = data.draw(st.sampled_from([item, case, pallet]))
    evidence = told.evidence()
    entries = evidence.histories[one].entries
    place = data.draw(st.integers(0, len(entries) - 1))
    how = data.draw(st.sampled_from(["drop", "double", "move", "alter"]))
    if how == "drop":
        changed = entries[:place] + entries[place + 1 :]
    elif how == "double":
        changed = (*entries[: place + 1], *entries[place:])
    elif how == "move":
        changed = (entries[place], *entries[:place], *entries[place + 1 :])
    else:
        changed = (*entries[:place], replace(entries[place], event_time=1), *entries[place + 1 :])
    if changed == entries:
        return
    with pytest.raises(BadProof):
        told.replay(with_history(evidence, replace(evidence.histories[one], entries=changed))).of(one)


def test_a_history_that_is_not_here_is_missing_or_was_taken_out() -> None:
    told, item, *_ = travelled()
    gone = replace(told.evidence(), histories={})
    with pytest.raises(BadProof, match="taken out"):
        told.replay(gone).of(item)
    with pytest.raises(MissingNode):
        told.replay(replace(gone, whole=False)).of(item)
    with pytest.raises(MissingNode):
        told.replay(gone).of(unit("never issued"))


def test_a_history_begins_with_the_issue_of_its_unit() -> None:
    told, item, case, _ = travelled()
    evidence = told.evidence()
    own, box = evidence.histories[item], evidence.histories[case]
    for wrong in (replace(own, birth=None), replace(own, entries=own.entries[1:]), replace(own, birth=box.birth)):
        with pytest.raises(BadProof, match="begin"):
            told.replay(with_history(evidence, wrong)).of(item)


def test_an_expiry_beyond_its_bits_is_refused() -> None:
    """Or a unit with one event could be given 2**40 more seconds: the bit is that of its sequence number, the head the same."""
    told = Told()
    item = told.item("item", expiry=1_800_000_000)
    evidence = told.evidence()
    history = evidence.histories[item]
    assert history.birth is not None
    longer = replace(history, birth=replace(history.birth, expiry=history.birth.expiry | 1 << 40))
    with pytest.raises(BadProof, match="expiry"):
        told.replay(with_history(evidence, longer)).of(item)


def test_an_event_about_other_units_is_refused() -> None:
    told, item, _, pallet = travelled()
    evidence = told.evidence()
    shipped = evidence.histories[pallet].entries[2]
    own = evidence.histories[item]
    with pytest.raises(BadProof, match="other units"):
        told.replay(with_history(evidence, replace(own, entries=(*own.entries, shipped)))).of(item)


def test_more_taken_out_than_was_packed_is_refused() -> None:
    told, _, case, _ = travelled()
    evidence = told.evidence()
    history = evidence.histories[case]
    unpacked = replace(history.entries[1], verb=Verb.UNPACK)
    with pytest.raises(BadProof, match="not in this container"):
        told.replay(with_history(evidence, replace(history, entries=(history.entries[0], unpacked)))).of(case)


def test_more_packed_than_fits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    told, _, case, _ = travelled()
    monkeypatch.setattr("chain.encoding.M24", 0)
    with pytest.raises(BadProof, match="too many"):
        told.replay().of(case)


def test_containers_without_end_are_refused() -> None:
    told, item, *_ = travelled()
    replay = told.replay()
    state = replay.of(item).state
    endless = replace(replay.of(item), states=(state,))
    replay._done = {state.parent: replace(endless, unit=state.parent)}
    with pytest.raises(BadProof, match="without end"):
        replay.carrier(state)


def test_a_correction_moves_nothing_but_the_count() -> None:
    told, item, *_ = travelled()
    before = told.replay().of(item)
    told.say(Verb.CORRECT, MAKER, [item], encoding.leaf(before.entries[1]))
    after = told.replay().of(item)
    assert after.state == replace(before.state, seq=before.state.seq + 1)


# ---- lots ----------------------------------------------------------------------------------------------------------------


def test_a_unit_of_a_lot_needs_no_event_of_its_own() -> None:
    told = Told()
    lot = told.lot("lot", ["a", "b", "c"], expiry=1_900_000_000)
    found = told.replay().of(unit("b"))
    assert (found.state.lot, found.state.expiry, found.state.custodian) == (lot, 1_900_000_000, MAKER)


def test_a_drawn_unit_of_a_lot_goes_on_from_the_lot() -> None:
    told = Told()
    lot = told.lot("lot", ["a", "b", "c"])
    told.world.draw(lot, unit("b"))
    told.hand_over([unit("b")], MAKER, CARRIER, Receipt.DAMAGED)
    found = told.replay().of(unit("b"))
    assert found.state == told.world.units[unit("b")].state
    assert found.state.held_by == CARRIER
    with pytest.raises(BadProof, match="not the history"):
        told.replay(without(without(told.evidence(), unit("b"), 2), unit("b"), 1)).of(unit("b"))


@pytest.mark.parametrize("what", ["expiry", "root", "size", "index", "unit"])
def test_a_lot_that_is_not_the_contracts_is_refused(what: str) -> None:
    told = Told()
    lot = told.lot("lot", ["a", "b", "c"])
    evidence = told.evidence()
    history = evidence.histories[unit("b")]
    birth, membership = history.birth, history.membership
    assert birth is not None
    assert membership is not None
    changed = {
        "expiry": replace(history, birth=replace(birth, expiry=5)),
        "root": replace(history, birth=replace(birth, root=bytes(31) + b"\1")),
        "size": replace(history, birth=replace(birth, size=4)),
        "index": replace(history, membership=replace(membership, index=0)),
        "unit": replace(history, birth=replace(birth, unit=unit("x"))),
    }[what]
    assert lot == membership.lot
    with pytest.raises(BadProof):
        told.replay(with_history(evidence, changed)).of(unit("b"))


def test_a_recalled_lot_goes_back_to_its_issuer_only_until_it_is_lifted() -> None:
    told = Told()
    lot = unit("lot", Kind.LOT)
    item = told.item("item", lot=lot)
    told.hand_over([item], MAKER, CARRIER)
    told.say(Verb.RECALL, MAKER, [], lot)
    told.hand_over([item], CARRIER, MAKER)
    told.say(Verb.LIFT, MAKER, [], lot)
    told.hand_over([item], MAKER, CARRIER)
    replay = told.replay()
    assert replay.of(item).state == told.world.units[item].state
    replay.lifted(lot)
    evidence = told.evidence()
    for place in (0, 1):
        with pytest.raises(BadProof, match="taken out"):
            told.replay(without(evidence, lot, place)).lifted(lot)
    told.replay(replace(evidence, histories={})).lifted(lot)
    assert [e.verb for e in recalls_of(evidence.histories, lot)] == [Verb.RECALL, Verb.LIFT]


def test_goods_shipped_on_during_a_recall_are_refused() -> None:
    told = Told()
    lot = unit("lot", Kind.LOT)
    item = told.item("item", lot=lot)
    told.say(Verb.SHIP, MAKER, [item], to=CARRIER)
    evidence = told.evidence()
    recall = replace(evidence.histories[item].entries[1], index=9, verb=Verb.RECALL, argument=lot, units=(), counterparty=0)
    with pytest.raises(BadProof, match="unit: recalled"):
        told.replay(with_history(evidence, History(lot, None, (recall,)))).of(item)


# ---- roles ---------------------------------------------------------------------------------------------------------------


def test_roles_are_those_of_the_time() -> None:
    told = Told()
    item = told.item("item")
    told.hand_over([item], MAKER, CARRIER)
    told.roles(CARRIER, NO_ROLE)
    at = len(told.entries)
    told.roles(CARRIER, Role.KEEPER)
    replay = told.replay()
    assert [replay.roles(CARRIER, index) for index in (0, 5, at, at + 1)] == [NO_ROLE, Role.CARRIER, NO_ROLE, Role.KEEPER]
    assert replay.of(item).state.custodian == CARRIER


def test_neither_an_enrolment_nor_the_last_change_of_roles_can_be_left_out() -> None:
    told = Told()
    item = told.item("item")
    told.hand_over([item], MAKER, CARRIER)
    told.roles(MAKER, Role.ISSUER | Role.KEEPER)
    evidence = told.evidence()
    assert told.replay(evidence).of(item)
    with pytest.raises(BadProof, match="not those on the contract"):
        told.replay(replace(evidence, administration=evidence.administration[:-1])).of(item)
    without_maker = tuple(e for e in evidence.administration if e.counterparty != MAKER)
    with pytest.raises(BadProof, match="enrolment of organisation 1 was taken out"):
        told.replay(replace(evidence, administration=without_maker)).of(item)
    with pytest.raises(MissingNode):
        told.replay(replace(evidence, administration=without_maker, whole=False)).of(item)


# ---- what belongs to a journey -------------------------------------------------------------------------------------------


def test_what_is_needed_is_the_journey_and_nothing_beside_it() -> None:
    told, item, case, pallet = travelled()
    lot = unit("lot", Kind.LOT)
    second = told.item("second", lot=lot)
    told.say(Verb.PACK, MAKER, [told.box("spare"), second])
    told.say(Verb.RECALL, INSPECTOR, [], lot)
    histories = told.evidence().histories
    assert set(needed(histories, item)) == {item, case, pallet}
    assert set(needed(histories, second)) == {second, unit("spare", Kind.LOGISTIC), lot}
    assert needed(histories, second)[lot].birth is None
    assert needed(histories, ZERO) == {}
    loop = {
        one: replace(histories[one], entries=(replace(histories[case].entries[1], units=(case, pallet, item)),))
        for one in (case, pallet)
    }
    assert set(needed(loop, pallet)) == {pallet, case}
    bare = {item: History(item, None, histories[item].entries[:1])}
    assert set(needed(bare, item)) == {item}


def test_units_of_a_lot_need_its_recalls() -> None:
    told = Told()
    lot = told.lot("lot", ["a", "b"])
    told.say(Verb.RECALL, MAKER, [], lot)
    found = needed(told.evidence().histories, unit("a"))
    assert [e.verb for e in found[lot].entries] == [Verb.RECALL]


def test_organisations_are_those_who_act_and_those_who_are_shipped_to() -> None:
    told, item, _, pallet = travelled()
    assert organisations_of(entries_of({pallet: told.history(pallet)})) == (MAKER, CARRIER, SHOP)
    note = replace(told.history(item).entries[0], counterparty=999)
    assert organisations_of([note]) == (MAKER,)
