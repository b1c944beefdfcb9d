"""Many events over many units in one transaction: how they are laid out, that order counts, and that it is all or nothing."""

from __future__ import annotations

import pytest

from chain import calls, encoding
from chain.calls import Held, Minted
from chain.errors import BadInput, RuleBroken
from chain.journey import Kind, Verb
from tests.chain.contract import abi
from tests.chain.contract.conftest import Cast
from tests.chain.contract.evm import Halted
from tests.chain.contract.pair import Org, Pair, act, tag

BLOCK_ON_NEWER_FORKS = 16_777_216  # EIP-7825


@pytest.mark.parametrize("size", [1, 2, 99, 100])
def test_up_to_a_hundred_events_of_one_unit_each(pair: Pair, cast: Cast, size: int) -> None:
    minted = [Minted(Kind.ITEM, cast.maker.prefix, tag(i)) for i in range(size)]
    born = pair.commission(cast.maker.device, *((act(Verb.COMMISSION, about=i), [one]) for i, one in enumerate(minted)))
    units = [one.birth.unit for one in minted]
    seen = pair.record(cast.maker.device, *((act(Verb.OBSERVE, about=i), [pair.held(unit)]) for i, unit in enumerate(units)))
    assert [entry.units for entry in born.entries] == [entry.units for entry in seen.entries] == [(unit,) for unit in units]
    assert max(born.gas, seen.gas) < BLOCK_ON_NEWER_FORKS
    pair.check_everything()


@pytest.mark.parametrize("size", [2, 99, 100])
def test_one_event_of_up_to_a_hundred_units(pair: Pair, cast: Cast, size: int) -> None:
    units = pair.mint(cast.maker, "x", count=size)
    pair.do(cast.maker, Verb.PACK, *units)
    assert pair.state(units[0]).children == size - 1
    pair.do(cast.maker, Verb.SHIP, units[0], to=cast.shop.number)
    pair.do(cast.shop, Verb.RECEIVE, units[0])
    pair.do(cast.shop, Verb.UNPACK, *units)
    done = pair.do(cast.shop, Verb.SHIP, *units, to=cast.keeper.number)
    assert [entry.units for entry in done.entries] == [tuple(units)]
    pair.check_everything()


def test_events_of_different_sizes_take_their_units_in_order(pair: Pair, cast: Cast) -> None:
    a, b, c, d, e, f = pair.mint(cast.maker, "x", count=6)
    batch = pair.chain(
        cast.maker.device,
        (act(Verb.PACK), (a, b, c)),
        (act(Verb.ANCHOR_MODEL, argument=tag("model")), ()),
        (act(Verb.QUARANTINE), (d, e)),
        (act(Verb.SHIP, to=cast.shop.number), (a,)),
        (act(Verb.DECOMMISSION), (f,)),
        (act(Verb.RELEASE), (e,)),
    )
    done = pair.record(cast.maker.device, *batch)
    assert [entry.units for entry in done.entries] == [(a, b, c), (), (d, e), (a,), (f,), (e,)]
    assert [entry.index for entry in done.entries] == list(range(len(pair.log) - 6, len(pair.log)))
    assert pair.state(a).receiver == cast.shop.number
    assert (pair.state(d).held_by, pair.state(e).held_by) == (cast.maker.number, 0)
    pair.check_everything()


def test_births_of_different_sizes_take_their_units_in_order(pair: Pair, cast: Cast) -> None:
    lot = Minted(Kind.LOT, cast.maker.prefix, tag("lot"), 0, bytes(32), tag("root"), 9)
    minted = [Minted(Kind.ITEM, cast.maker.prefix, tag(i), lot_tail=tag("lot")) for i in range(5)]
    done = pair.commission(
        cast.maker.device,
        (act(Verb.COMMISSION, about=1), minted[:3]),
        (act(Verb.COMMISSION_LOT), [lot]),
        (act(Verb.COMMISSION, about=2), minted[3:]),
    )
    units = [one.birth.unit for one in minted]
    assert [entry.units for entry in done.entries] == [tuple(units[:3]), (lot.birth.unit,), tuple(units[3:])]
    assert list(done.births) == [*units[:3], lot.birth.unit, *units[3:]]
    pair.check_everything()


def test_a_later_event_of_a_batch_meets_the_state_that_an_earlier_one_left(pair: Pair, cast: Cast) -> None:
    unit, box = pair.mint(cast.maker, "x", count=2)
    verbs = [(Verb.QUARANTINE, (unit,)), (Verb.RELEASE, (unit,)), (Verb.PACK, (box, unit)), (Verb.UNPACK, (box, unit)),
             (Verb.RECALL, (unit,)), (Verb.LIFT, (unit,)), (Verb.SHIP, (unit,))]  # fmt: skip
    batch = pair.chain(cast.maker.device, *((act(verb, to=cast.shop.number), units) for verb, units in verbs))
    pair.record(cast.maker.device, *batch)
    assert pair.state(unit).seq == 8
    pair.check_everything()


@pytest.mark.parametrize("bad", [0, 1, 49, 99])
def test_one_broken_rule_undoes_the_whole_batch(pair: Pair, cast: Cast, bad: int) -> None:
    units = pair.mint(cast.maker, "x", count=100)
    pair.do(cast.maker, Verb.QUARANTINE, units[bad])
    before = dict(pair.evm.accounts.storage)
    with pytest.raises(RuleBroken, match="unit: quarantined"):
        pair.record(cast.maker.device, *((act(Verb.SHIP, cast.shop.number), [pair.held(unit)]) for unit in units))
    assert pair.evm.accounts.storage == before


@pytest.mark.parametrize("bad", [0, 1, 49])
def test_one_unit_issued_already_undoes_the_whole_commission(pair: Pair, cast: Cast, bad: int) -> None:
    minted = [Minted(Kind.ITEM, cast.maker.prefix, tag(i)) for i in range(50)]
    pair.commission(cast.maker.device, (act(Verb.COMMISSION), [minted[bad]]))
    with pytest.raises(RuleBroken, match="unit: issued already"):
        pair.commission(cast.maker.device, (act(Verb.COMMISSION), minted))
    assert {one.birth.unit for one in minted} & set(pair.model.units) == {minted[bad].birth.unit}


def test_a_hundred_and_one_of_anything_is_refused(pair: Pair, cast: Cast) -> None:
    units = pair.mint(cast.maker, "x", count=100)
    held = pair.held(units[0])
    many = [pair.held(unit) for unit in units] + [held]
    with pytest.raises(BadInput, match="1 to 100 events over at most 100 units"):
        calls.record([(act(Verb.OBSERVE), many)])
    with pytest.raises(BadInput, match="1 to 100 events"):
        calls.record([(act(Verb.ANCHOR_MODEL, argument=tag(i)), []) for i in range(101)])
    one = act(Verb.ANCHOR_MODEL)
    acts = [(int(one.verb), 0, 0, 0, one.commitment, tag(i)) for i in range(101)]
    raw = [(u.unit, u.previous, u.leaf, encoding.pack(u.state), u.state.parent, u.state.lot) for u in many]
    before = dict(pair.evm.accounts.storage)
    for data in (
        abi.call("record", acts, []),
        abi.call("record", [(int(Verb.OBSERVE), 101, 0, 0, one.commitment, bytes(32))], raw),
        abi.call("commission", [(1, 101, 0, 0, bytes(32), bytes(32))], [(1, cast.maker.prefix, 0, tag(i), *[bytes(32)] * 2, 0)
                                                                        for i in range(101)]),
    ):  # fmt: skip
        with pytest.raises(Halted):
            pair.evm.send(cast.maker.device, data)
    assert pair.evm.accounts.storage == before
    pair.evm.send(cast.maker.device, abi.call("record", acts[:100], []))


@pytest.mark.parametrize(("count", "reason"), [(0, "event: no units"), (1, "batch: units left over"), (3, "batch: units missing"),
                                               (255, "batch: units missing")])  # fmt: skip
def test_a_count_that_is_not_the_number_of_units_is_refused(pair: Pair, cast: Cast, count: int, reason: str) -> None:
    helds: list[Held] = [pair.held(unit) for unit in pair.mint(cast.maker, "x", count=2)]
    data = bytearray(calls.record([(act(Verb.OBSERVE), helds)]))
    place = 4 + 32 * 4 + 31
    assert data[place] == 2
    data[place] = count
    with pytest.raises(RuleBroken, match=reason):
        pair.evm.send(cast.maker.device, bytes(data))


def _word(data: bytes, place: int, value: int) -> bytes:
    return data[:place] + value.to_bytes(32, "big") + data[place + 32 :]


@pytest.mark.parametrize(("field", "limit"), [(0, 2**8), (1, 2**8), (2, 2**32), (3, 2**64)])
def test_a_number_that_does_not_fit_its_field_is_refused(pair: Pair, cast: Cast, field: int, limit: int) -> None:
    data = calls.record([(act(Verb.OBSERVE), [pair.held(pair.item(cast.maker))])])
    place = 4 + 32 * (3 + field)
    for value in (limit, 2**255, 2**256 - 1):
        with pytest.raises(Halted):
            pair.evm.send(cast.maker.device, _word(data, place, value))


def test_calldata_that_ends_early_reads_as_zeros_and_never_as_anything_else(pair: Pair, cast: Cast) -> None:
    held = pair.held(pair.item(cast.maker))
    for data in (calls.record([(act(Verb.OBSERVE), [held])]), calls.commission([(act(Verb.COMMISSION), [_another(cast)])])):
        for size in range(4, len(data), 13):
            padded = data[:size] + bytes(len(data) - size)
            assert _outcome(pair, cast, data[:size]) == _outcome(pair, cast, padded)


def _another(cast: Cast) -> Minted:
    return Minted(Kind.ITEM, cast.maker.prefix, tag("another"))


def _outcome(pair: Pair, cast: Cast, data: bytes) -> object:
    with pair.evm.undone():
        try:
            return pair.evm.send(cast.maker.device, data).read
        except (Halted, RuleBroken):
            return "refused"


@pytest.mark.parametrize("place", [4, 36])
@pytest.mark.parametrize("value", [0, 1, 31, 63, 2**32, 2**255, 2**256 - 1, 2**256 - 32, 2**256 - 64])
def test_an_array_that_is_said_to_be_elsewhere_is_refused(pair: Pair, cast: Cast, place: int, value: int) -> None:
    data = calls.record([(act(Verb.OBSERVE), [pair.held(pair.item(cast.maker))])])
    assert _outcome(pair, cast, _word(data, place, value)) == "refused"


def test_value_and_unknown_functions_are_refused(pair: Pair, cast: Cast) -> None:
    for data in (b"", b"\0" * 4, calls.selector("record")[:3], b"\xff" * 36):
        with pytest.raises(Halted):
            pair.evm.send(cast.maker.device, data)
    with pytest.raises(Halted):
        pair.evm.send(cast.maker.device, calls.record([(act(Verb.ANCHOR_MODEL, argument=tag("m")), [])]), value=1)


def test_two_devices_of_one_organisation_share_its_goods(pair: Pair, cast: Cast) -> None:
    spare = Org(cast.maker.number, cast.maker.owner, tag("spare")[:20], cast.maker.prefix)
    pair.administer(calls.enrol_device(spare.number, spare.device, 0, 2**40 - 1), spare.owner)
    unit = pair.item(spare)
    pair.do(cast.maker, Verb.SHIP, unit, to=cast.shop.number)
    assert [entry.device for entry in pair.log[-2:]] == [spare.device, cast.maker.device]
