"""A lot is one slot, however large; its units get slots of their own when they are drawn with a proof."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chain import calls
from chain.calls import Drawn
from chain.encoding import ZERO
from chain.errors import BadInput, RuleBroken
from chain.journey import Kind, Verb
from chain.merkle import inclusion_path, leaf_hash, node_hash
from tests.chain.contract.conftest import Cast
from tests.chain.contract.evm import START, Halted
from tests.chain.contract.pair import Lot, Pair, act, tag

MILLION = 1_000_000


def mth(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, as it is written there."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(mth(leaves[:k]), mth(leaves[k:]))


def drawn(pair: Pair, lot: Lot, *units: Drawn) -> None:
    birth, issuer, leaf = pair.model.lot_births[lot.id]
    pair.draw(birth, lot.tail, issuer, leaf, units)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 9, 33, 100])
def test_every_unit_of_a_lot_can_be_drawn(pair: Pair, cast: Cast, size: int) -> None:
    lot = pair.lot(cast.maker, size)
    assert lot.minted.root == mth(lot.leaves)
    for first in range(0, size, 25):
        pair.take_from(lot, *range(first, min(first + 25, size)))
    assert len(pair.model.units) == size
    pair.check_everything()


def test_a_unit_of_a_lot_begins_where_its_lot_began(pair: Pair, cast: Cast) -> None:
    lot = pair.lot(cast.maker, 5, expiry=START + 1000)
    [unit] = pair.take_from(lot, 2)
    held = pair.held(unit)
    assert (held.previous, held.leaf, held.state.seq) == (ZERO, pair.model.lot_births[lot.id][2], 1)
    assert (held.state.lot, held.state.expiry, held.state.kind) == (lot.id, START + 1000, Kind.ITEM)
    assert held.state.custodian == held.state.issuer == cast.maker.number
    pair.do(cast.maker, Verb.SHIP, unit, to=cast.shop.number)
    pair.do(cast.shop, Verb.RECEIVE, unit)
    pair.correct(cast.maker.device, pair.correction(unit, 0))
    pair.check_everything()


def test_drawing_adds_nothing_to_the_log_and_anybody_may(pair: Pair, cast: Cast) -> None:
    lot = pair.lot(cast.maker, 5)
    size = len(pair.log)
    pair.take_from(lot, 4)
    assert pair.evm.named("log_size") == size


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_other_index_path_or_size_is_accepted(pair: Pair, cast: Cast, data: st.DataObject) -> None:
    here = pair.copy()
    size = data.draw(st.integers(2, 70))
    lot = here.lot(cast.maker, size)
    index = data.draw(st.integers(0, size - 1))
    [good] = lot.drawn(index)
    path = list(good.path)
    change = data.draw(st.sampled_from(["index", "path", "shorter", "longer", "swapped", "tail", "flipped"]))
    bad = good
    if change == "index":
        bad = replace(
            good, index=data.draw(st.one_of(st.integers(0, size + 70), st.just(2**256 - 1)).filter(lambda i: i != index))
        )
    elif change == "tail":
        bad = replace(good, tail=lot.tails[(index + 1) % size])
    elif change == "shorter":
        bad = replace(good, path=tuple(path[:-1]))
    elif change == "longer":
        bad = replace(good, path=(*path, data.draw(st.sampled_from([tag("x"), lot.minted.root]))))
    elif change == "swapped" and len(path) > 1:
        bad = replace(good, path=(path[1], path[0], *path[2:]))
    else:
        at, bit = data.draw(st.integers(0, len(path) - 1)), data.draw(st.integers(0, 255))
        path[at] = (int.from_bytes(path[at], "big") ^ 1 << bit).to_bytes(32, "big")
        bad = replace(good, path=tuple(path))
    with pytest.raises(RuleBroken, match="lot: not in it"):
        drawn(here, lot, bad)
    drawn(here, lot, good)


@pytest.mark.parametrize("change", ["size", "root", "expiry", "issuer", "leaf"])
def test_nothing_about_a_lot_can_be_misstated(pair: Pair, cast: Cast, change: str) -> None:
    lot = pair.lot(cast.maker, 5)
    birth, issuer, leaf = pair.model.lot_births[lot.id]
    others: dict[str, Any] = {"size": 6, "root": tag("r"), "expiry": 1}
    if change in others:
        birth = replace(birth, **{change: others[change]})
    with pytest.raises(RuleBroken, match="lot: stale"):
        pair.draw(birth, lot.tail, 2 if change == "issuer" else issuer, tag("l") if change == "leaf" else leaf, lot.drawn(0))


@cache
def million() -> tuple[Lot, list[list[bytes]]]:
    """A lot of a million and its tree, level by level. Unit ids come from SHA-256 here only to be quick: see `drawn_of`."""
    lot = Lot(1_9000001, tag("million"), tuple(tag_of(i) for i in (0, 1, 524_287, 524_288, 999_935, 999_936, 999_999)))
    levels = [[sha256(i.to_bytes(4, "big")).digest() for i in range(MILLION)]]
    for place, index in enumerate((0, 1, 524_287, 524_288, 999_935, 999_936, 999_999)):
        levels[0][index] = leaf_hash(lot.unit(place))
    while len(levels[-1]) > 1:
        row = levels[-1]
        above = [node_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)]
        levels.append(above + row[len(row) - len(row) % 2 :])
    return lot, levels


def tag_of(index: int) -> bytes:
    return tag("of a million", index)


@pytest.mark.parametrize("place", range(7))
def test_a_lot_of_a_million_costs_one_slot_and_any_of_its_units_can_be_drawn(pair: Pair, cast: Cast, place: int) -> None:
    lot, levels = million()
    index = (0, 1, 524_287, 524_288, 999_935, 999_936, 999_999)[place]
    used = len([value for value in pair.evm.accounts.storage.values() if value])
    minted = replace(lot.minted, root=levels[-1][0], size=MILLION)
    done = pair.commission(cast.maker.device, (act(Verb.COMMISSION_LOT), [minted]))
    grown = len([value for value in pair.evm.accounts.storage.values() if value]) - used
    assert grown <= 3  # its head, its word for recalls, and the log's frontier
    assert done.gas < 200_000
    path, at = [], index
    for row in levels[:-1]:
        if at ^ 1 < len(row):
            path.append(row[at ^ 1])
        at >>= 1
    drawn(pair, lot, Drawn(lot.tails[place], index, tuple(path)))
    with pytest.raises(RuleBroken, match="unit: issued already"):
        drawn(pair, lot, Drawn(lot.tails[place], index, tuple(path)))
    with pytest.raises(RuleBroken, match="lot: not in it"):
        drawn(pair, lot, Drawn(lot.tails[place], index ^ 1, tuple(path)))
    pair.do(cast.maker, Verb.SHIP, lot.unit(place), to=cast.shop.number)
    pair.check_everything()


@pytest.mark.parametrize(("stated", "path"), [(1, 1), (1, 3), (2, 2), (3, 5), (8, 2)])
def test_a_path_of_another_length_than_the_stated_size_is_refused_though_it_leads_to_the_root(
    pair: Pair, cast: Cast, stated: int, path: int
) -> None:
    lot = Lot(cast.maker.prefix, tag("lying about its size"), (tag("hidden"),))
    siblings = tuple(tag("sibling", level) for level in range(path))
    node = lot.leaves[0]
    for sibling in siblings:
        node = node_hash(sibling, node)
    pair.commission(cast.maker.device, (act(Verb.COMMISSION_LOT), [replace(lot.minted, root=node, size=stated)]))
    for index in range(stated):
        with pytest.raises(RuleBroken, match="lot: not in it"):
            drawn(pair, lot, Drawn(lot.tails[0], index, siblings))


def test_the_largest_lot_has_a_path_of_twenty_four_hashes(pair: Pair, cast: Cast) -> None:
    lot = Lot(cast.maker.prefix, tag("largest"), (tag("first"),))
    path = tuple(tag("sibling", level) for level in range(24))
    node = lot.leaves[0]
    for sibling in path:
        node = node_hash(node, sibling)
    pair.commission(cast.maker.device, (act(Verb.COMMISSION_LOT), [replace(lot.minted, root=node, size=2**24)]))
    birth, issuer, leaf = pair.model.lot_births[lot.id]
    longer = calls.draw(birth, lot.tail, issuer, leaf, [Drawn(lot.tails[0], 0, (*path, tag("one more")))])
    with pytest.raises(Halted):
        pair.evm.send(cast.maker.device, longer)
    drawn(pair, lot, Drawn(lot.tails[0], 0, path))


def test_more_than_twenty_five_are_not_drawn_at_once(pair: Pair, cast: Cast) -> None:
    lot = pair.lot(cast.maker, 40)
    with pytest.raises(BadInput, match="1 to 25 units"):
        pair.take_from(lot, *range(26))
    pair.take_from(lot, *range(25))


def test_one_unit_that_is_not_in_the_lot_undoes_the_whole_draw(pair: Pair, cast: Cast) -> None:
    lot = pair.lot(cast.maker, 9)
    with pytest.raises(RuleBroken, match="lot: not in it"):
        drawn(pair, lot, *lot.drawn(1, 2), replace(lot.drawn(3)[0], index=4))
    assert not pair.model.units
    pair.check_everything()


def test_a_recall_reaches_all_units_of_the_lot_drawn_before_or_after(pair: Pair, cast: Cast) -> None:
    lot = pair.lot(cast.maker, 4)
    [early] = pair.take_from(lot, 0)
    single = pair.item(cast.maker, "single", lot_tail=lot.tail)
    free = pair.item(cast.maker, "free")
    pair.do(cast.maker, Verb.SHIP, early, to=cast.shop.number)
    pair.do(cast.maker, Verb.RECALL, argument=lot.id)
    [late] = pair.take_from(lot, 1)
    pair.do(cast.shop, Verb.RECEIVE, early)
    for party, unit in ((cast.shop, early), (cast.maker, single), (cast.maker, late)):
        with pytest.raises(RuleBroken, match="unit: recalled"):
            pair.do(party, Verb.SHIP, unit, to=cast.keeper.number)
    pair.do(cast.maker, Verb.SHIP, free, to=cast.keeper.number)
    pair.do(cast.shop, Verb.SHIP, early, to=cast.maker.number)
    pair.do(cast.maker, Verb.LIFT, argument=lot.id)
    for unit in (single, late):
        pair.do(cast.maker, Verb.SHIP, unit, to=cast.keeper.number)
    pair.check_everything()


def test_an_auditor_recalls_anybodys_lot_and_lifts_anybodys_recall(pair: Pair, cast: Cast) -> None:
    lot = pair.lot(cast.maker, 2)
    for recalls, lifts in ((cast.maker, cast.maker), (cast.auditor, cast.auditor), (cast.maker, cast.auditor)):
        pair.do(recalls, Verb.RECALL, argument=lot.id)
        assert pair.model.lots[lot.id] == (cast.maker.number, recalls.number)
        pair.do(lifts, Verb.LIFT, argument=lot.id)
        assert pair.model.lots[lot.id] == (cast.maker.number, 0)
    pair.check_everything()


def test_issuing_more_of_a_recalled_lot_does_not_lift_the_recall(pair: Pair, cast: Cast) -> None:
    first = pair.item(cast.maker, "first", lot_tail=tag("L"))
    lot = pair.state(first).lot
    pair.do(cast.auditor, Verb.RECALL, argument=lot)
    second = pair.item(cast.maker, "second", lot_tail=tag("L"))
    assert pair.model.lots[lot] == (cast.maker.number, cast.auditor.number)
    for unit in (first, second):
        with pytest.raises(RuleBroken, match="unit: recalled"):
            pair.do(cast.maker, Verb.SHIP, unit, to=cast.shop.number)
    pair.check_everything()


def test_a_lot_is_known_from_its_first_unit_and_may_be_stated_as_a_whole_later(pair: Pair, cast: Cast) -> None:
    lot = Lot(cast.maker.prefix, tag("L"), (tag("a"), tag("b")))
    unit = pair.item(cast.maker, lot_tail=lot.tail)
    with pytest.raises(RuleBroken, match="lot: unknown"):
        pair.draw(lot.minted.birth, lot.tail, cast.maker.number, ZERO, lot.drawn(0))
    pair.do(cast.maker, Verb.RECALL, argument=lot.id)
    pair.commission(cast.maker.device, (act(Verb.COMMISSION_LOT), [lot.minted]))
    assert pair.model.lots[lot.id] == (cast.maker.number, cast.maker.number)
    with pytest.raises(RuleBroken, match="unit: recalled"):
        pair.do(cast.maker, Verb.SHIP, unit, to=cast.shop.number)
    pair.check_everything()


def test_a_path_of_the_library_is_the_path_of_the_rfc(cast: Cast) -> None:
    for size in range(1, 40):
        leaves = [leaf_hash(bytes([i])) for i in range(size)]
        for index in range(size):
            assert list(inclusion_path(leaves, index, size)) == _path(index, leaves)


def _path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962 section 2.1.1, as it is written there."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*_path(m, leaves[:k]), mth(leaves[k:])]
    return [*_path(m - k, leaves[k:]), mth(leaves[:k])]
