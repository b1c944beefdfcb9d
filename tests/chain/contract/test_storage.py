"""What stands in storage, slot by slot: proofs name slots by number, so numbers and contents are pinned here."""

from __future__ import annotations

from hashlib import sha256

import pytest
from tiny_keccak import keccak256

from chain import calls, encoding
from chain.calls import Act, Held
from chain.journey import Entry, Kind, Role, Verb
from chain.merkle import Frontier
from tests.chain.contract import abi
from tests.chain.contract.conftest import Cast
from tests.chain.contract.evm import START
from tests.chain.contract.pair import FOREVER, Pair, act, tag


def mth(leaves: list[bytes]) -> bytes:
    """MTH over leaf hashes as RFC 6962 section 2.1 writes it, with nothing but hashlib."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def leaf(entry: Entry) -> bytes:
    """The leaf as the contract's own comments describe it, apart from chain/encoding.py."""
    subject = bytes(32)
    for unit in entry.units:
        subject = keccak256(subject + unit)
    numbers = (entry.verb, entry.organisation, int.from_bytes(entry.device, "big"), entry.counterparty, entry.event_time,
               entry.record_time)  # fmt: skip
    data = b"".join(map(word, numbers)) + entry.commitment + entry.argument + subject
    return sha256(b"\x00" + data).digest()


def test_the_slots_are_where_proofs_look_for_them() -> None:
    assert calls.artifact()["slots"] == {
        "log_size": 1, "log_root": 2, "head": 3, "lots": 4, "organisations": 5, "devices": 6, "prefixes": 7, "models": 8,
        "organisation_count": 9, "administrator": 10, "successor": 11, "frontier": 12, "corrected": 76,
        "signed": 77,
    }  # fmt: skip


def test_a_fresh_contract_holds_nothing_but_its_administrator() -> None:
    pair = Pair()
    assert [slot for (_, slot), value in pair.evm.accounts.storage.items() if value] == [calls.slot("administrator")]
    assert pair.evm.named("log_size") == pair.evm.named("log_root") == 0


def test_the_public_functions_answer_what_the_slots_hold(pair: Pair, cast: Cast) -> None:
    unit = pair.item(cast.maker, lot_tail=tag("lot"))
    lot = pair.state(unit).lot
    pair.do(cast.maker, Verb.RECALL, argument=lot)
    pair.do(cast.maker, Verb.ANCHOR_MODEL, argument=tag("model"))
    ask = pair.evm.ask
    assert abi.answer("log_size", ask(abi.call("log_size"))) == len(pair.log)
    assert abi.answer("log_root", ask(abi.call("log_root"))) == pair.frontier.root
    assert abi.answer("head", ask(abi.call("head", unit))) == pair.held(unit).head
    assert encoding.lot_word(abi.answer("lots", ask(abi.call("lots", lot)))) == (1, 1)
    word = abi.answer("organisations", ask(abi.call("organisations", 1)))
    assert encoding.organisation_word(word) == (cast.maker.owner, Role.ISSUER)
    device = encoding.device_word(abi.answer("devices", ask(abi.call("devices", cast.maker.device))))
    assert (device.organisation, device.valid_from, device.valid_until, device.revoked_at) == (1, 0, FOREVER, 0)
    assert abi.answer("prefixes", ask(abi.call("prefixes", cast.maker.prefix))) == 1
    assert abi.answer("prefixes", ask(abi.call("prefixes", cast.maker.prefix // 10))) == 1 << 255
    assert abi.answer("models", ask(abi.call("models", tag("model")))) == 1
    assert abi.answer("organisation_count", ask(abi.call("organisation_count"))) == 5


def test_a_units_head_is_the_hash_chain_over_its_whole_history(pair: Pair, cast: Cast) -> None:
    unit = pair.item(cast.maker, expiry=FOREVER, lot_tail=tag("lot"))
    pair.do(cast.maker, Verb.SHIP, unit, to=cast.shop.number)
    pair.do(cast.shop, Verb.RECEIVE, unit, argument=word(2))
    lot = keccak256(word(3) + word(cast.maker.prefix) + tag("lot"))
    maker, shop = cast.maker.number, cast.shop.number
    fixed = maker << 48 | 1 << 144 | 1 << 152 | FOREVER << 160
    words = [maker | fixed | 1 << 200, maker | shop << 24 | fixed | 2 << 200, shop | shop << 72 | fixed | 3 << 200]
    head = bytes(32)
    for state, entry in zip(words, pair.log[-3:], strict=True):
        head = keccak256(head + word(state) + bytes(32) + lot + leaf(entry))
    assert pair.evm.mapped("head", unit) == int.from_bytes(head, "big")
    assert unit == keccak256(word(1) + word(cast.maker.prefix) + tag("unit", "item", 0))


def test_a_lots_head_states_root_size_expiry_and_issuer(pair: Pair, cast: Cast) -> None:
    lot = pair.lot(cast.maker, 5, expiry=START + 9)
    minted = lot.minted
    head = keccak256(word(3) + minted.root + word(5) + word(START + 9) + word(cast.maker.number) + leaf(pair.log[-1]))
    assert pair.evm.mapped("head", lot.id) == int.from_bytes(head, "big")
    assert pair.evm.mapped("lots", lot.id) == cast.maker.number
    pair.do(cast.auditor, Verb.RECALL, argument=lot.id)
    assert pair.evm.mapped("lots", lot.id) == cast.maker.number | cast.auditor.number << 24


def test_a_devices_word_tells_its_validity_and_its_revocation(pair: Pair, cast: Cast) -> None:
    device = tag("d")[:20]
    pair.administer(calls.enrol_device(cast.shop.number, device, 5, START + 5), cast.shop.owner)
    size = len(pair.log)
    pair.administer(calls.revoke_device(device, START - 5), cast.shop.owner)
    expected = cast.shop.number | 5 << 32 | START + 5 << 72 | size << 112 | START - 5 << 152
    assert pair.evm.mapped("devices", device) == expected


@pytest.mark.parametrize(
    "sizes", [[1] * 70, [2] * 40, [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 97], [100, 1, 27, 100, 28], [63, 1, 64]]
)
def test_size_and_root_of_the_log_are_rfc_6962s_at_every_step(sizes: list[int]) -> None:
    pair = Pair()
    org = pair.org(Role.ISSUER)
    leaves = [leaf(entry) for entry in pair.log]
    for step, size in enumerate(sizes):
        pair.evm.now += 1
        done = pair.record(org.device, *((act(Verb.ANCHOR_MODEL, argument=tag(step, i)), []) for i in range(size)))
        leaves += [leaf(entry) for entry in done.entries]
        assert pair.evm.named("log_size") == len(leaves)
        assert pair.evm.named("log_root") == int.from_bytes(mth(leaves), "big")
        frontier = [word(pair.evm.named("frontier", level)) for level in range(64)]
        assert Frontier.of_slots(len(leaves), frontier).root == mth(leaves)


@pytest.mark.parametrize("size", [2**20 - 1, 2**20, 2**20 + 1, 2**40 - 50, 2**63 - 1])
def test_the_log_goes_on_rightly_when_it_is_very_long(size: int) -> None:
    pair = Pair()
    org = pair.org(Role.ISSUER)
    peaks = [tag("peak", level) for level in range(64)]
    pair.evm.put(calls.slot("log_size"), size)
    for level, peak in enumerate(peaks):
        pair.evm.put(calls.slot("frontier") + level, int.from_bytes(peak, "big"))
    frontier = Frontier.of_slots(size, peaks)
    for count in (1, 2, 100, 51):
        batch: list[tuple[Act, list[Held]]] = [(act(Verb.ANCHOR_MODEL, argument=tag(count, i)), []) for i in range(count)]
        done = pair.evm.send(org.device, calls.record(batch))
        assert [entry.index for entry in done.entries] == list(range(frontier.size, frontier.size + count))
        frontier = frontier.after([leaf(entry) for entry in done.entries])
        assert pair.evm.named("log_size") == frontier.size
        assert pair.evm.named("log_root") == int.from_bytes(frontier.root, "big")


def test_an_item_a_logistic_unit_and_a_lot_of_one_name_are_three_units(pair: Pair, cast: Cast) -> None:
    ids = {encoding.unit_id(kind, cast.maker.prefix, tag("name")) for kind in Kind}
    minted = [calls.Minted(kind, cast.maker.prefix, tag("name")) for kind in (Kind.ITEM, Kind.LOGISTIC)]
    done = pair.commission(cast.maker.device, (act(Verb.COMMISSION), minted))
    assert len(ids) == 3
    assert {birth.unit for birth in done.births.values()} < ids
