"""The same suite over the embedded chain and over a real node (anvil): one ledger, two engines, the same truth."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest

from chain import calls, encoding, merkle
from chain.calls import Minted
from chain.custody import World
from chain.devnet import Devnet
from chain.errors import BadProof, LedgerError, MissingNode, RuleBroken
from chain.journey import Item, Kind, Verb
from chain.keys import transaction_hash
from chain.ledger import Connection, HttpConnection, Ledger
from chain.signed_batch import SignedBatch
from tests.chain import anvil as second_engine
from tests.chain.consortium import CARRIER, MAKER, MORNING, PALLET, PREFIX, SHOP, Consortium, item, key


@contextmanager
def running(engine: str) -> Iterator[Connection]:
    if engine == "embedded":
        with Devnet.open(None) as devnet:
            yield devnet
        return
    program = second_engine.binary()
    if program is None or not program.is_file():
        pytest.skip("anvil is not installed: npm install @foundry-rs/anvil, or set WAYPROOF_ANVIL")
    with second_engine.running(program) as anvil, HttpConnection(anvil.url) as http:
        yield http


@pytest.fixture(params=["embedded", pytest.param("anvil", marks=pytest.mark.anvil)])
def connection(request: pytest.FixtureRequest) -> Iterator[Connection]:
    with running(request.param) as one:
        yield one


@pytest.fixture
def consortium(connection: Connection) -> Consortium:
    one = Consortium(Ledger(connection))
    one.found()
    one.sync()
    return one


def test_a_day_of_history_is_read_back_and_proven_slot_by_slot(consortium: Consortium) -> None:
    consortium.a_day()
    ledger, world = consortium.ledger, consortium.world
    head = ledger.head()

    proven = ledger.proven(head.number)
    assert proven.header == head
    assert proven.size == world.size == len(consortium.entries) == 16
    assert proven.root == merkle.root([encoding.leaf(entry) for entry in consortium.entries])

    slots = consortium.slots()
    account, values = ledger.proof(head, list(slots)).read(head.state_root, ledger.contract, list(slots))
    assert dict(zip(slots, values, strict=True)) == slots
    assert account.code_hash == calls.code_hash()
    state = world.units[consortium.unit(item(0))].state
    assert (state.custodian, state.recalled_by, state.parent) == (SHOP, MAKER, bytes(32))
    assert [entry.verb for entry in consortium.entries[-3:]] == [Verb.RECEIVE, Verb.UNPACK, Verb.RECALL]


def test_the_time_that_is_set_is_the_blocks_and_the_entrys(consortium: Consortium) -> None:
    sent = consortium.send(consortium.device(MAKER), consortium.minted(item(0)), consortium.minted(item(1)))
    assert sent[0].block == sent[1].block
    assert consortium.ledger.header(sent[0].block).timestamp == consortium.now
    consortium.sync()
    assert [entry.record_time for entry in consortium.entries[-2:]] == [consortium.now] * 2
    assert {entry.block for entry in consortium.entries[-2:]} == {sent[0].block}


def test_calls_that_depend_on_each_other_go_in_one_block(consortium: Consortium) -> None:
    """The prefix is granted to an organisation that the call before enrols: no estimate could have been made."""
    first = consortium.sent[0].block
    assert [one.block for one in consortium.sent] == [first] * 4 + [first + 1, first + 2, first + 3]
    assert all(one.ok for one in consortium.sent)
    assert consortium.world.prefixes == {PREFIX: MAKER}


def test_without_a_set_time_the_gas_is_estimated_and_the_clock_is_the_networks(consortium: Consortium) -> None:
    before = consortium.ledger.head()
    (sent,) = consortium.ledger.send(consortium.device(MAKER), [consortium.minted(item(0))])
    after = consortium.ledger.header(sent.block)
    assert (sent.ok, sent.reason, sent.block) == (True, "", before.number + 1)
    assert after.timestamp >= before.timestamp
    assert after.parent_hash == before.hash
    assert 50_000 < sent.gas == after.gas_used < 300_000


@pytest.mark.parametrize("estimated", [True, False], ids=["estimated", "sent"])
def test_a_revert_gives_the_contracts_reason(consortium: Consortium, estimated: bool) -> None:
    maker, carrier, stranger = consortium.device(MAKER), consortium.device(CARRIER), key("stranger")
    consortium.send(maker, consortium.minted(item(0)))
    consortium.sync()
    shipped = consortium.recorded(Verb.SHIP, item(0), counterparty=CARRIER)
    refused = [
        (maker, consortium.minted(item(0)), "unit: issued already"),
        (carrier, consortium.minted(PALLET), "prefix: not yours"),
        (carrier, shipped, "unit: not custodian"),
        (stranger, shipped, "device: unknown"),
        (maker, consortium.recorded(Verb.SHIP, item(0), counterparty=9), "ship: no such receiver"),
        (stranger, calls.grant_prefix(MAKER, 12345), "admin: only the administrator"),
    ]
    block = consortium.ledger.head().number
    for by, calldata, reason in refused:
        consortium.now += 60
        with pytest.raises(RuleBroken) as raised:
            consortium.ledger.send(by, [calldata], at=None if estimated else consortium.now)
        assert raised.value.reason == reason
        with pytest.raises(RuleBroken, match=reason):
            consortium.ledger.call(calldata, sender=by.address)
    assert consortium.ledger.head().number == block + (0 if estimated else len(refused))
    consortium.send(maker, shipped)
    with pytest.raises(RuleBroken, match="unit: stale"):
        consortium.send(maker, shipped)


def test_the_word_that_a_devices_last_statement_left_is_asked_for(consortium: Consortium) -> None:
    """Of the right device: the other one has signed nothing."""
    device, ledger = consortium.device(MAKER), consortium.ledger
    contract, chain_id = ledger.contract, ledger.chain_id()
    minted = Minted(encoding.kind_of(PALLET), PREFIX, encoding.tail(PALLET))
    batch = SignedBatch.make(device, 0, [(consortium.act(Verb.COMMISSION), (minted,))], chain_id, contract)
    consortium.send(key("relayer"), batch.calldata({}))
    left = {n: int.from_bytes(ledger.call(calls.signed(consortium.device(n).address)), "big") for n in (MAKER, CARRIER)}
    assert left == {MAKER: batch.left, CARRIER: 0}


def test_what_was_refused_beside_others_is_told_apart(consortium: Consortium) -> None:
    maker = consortium.device(MAKER)
    calldatas = [consortium.minted(item(0)), consortium.minted(item(0)), consortium.minted(item(1))]
    sent = consortium.send(maker, *calldatas, raise_=False)
    assert [(one.ok, one.reason) for one in sent] == [(True, ""), (False, "unit: issued already"), (True, "")]
    with pytest.raises(RuleBroken, match="unit: issued already") as raised:
        consortium.send(maker, consortium.minted(item(2)), consortium.minted(item(0)))
    assert raised.value.details["place"] == 1
    consortium.sync()
    assert consortium.unit(item(2)) in consortium.world.units


def test_too_little_gas_is_not_taken_for_a_rule(consortium: Consortium) -> None:
    calldata = consortium.minted(item(0))
    with pytest.raises(LedgerError, match="needs more gas"):
        consortium.ledger.send(consortium.device(MAKER), [calldata], at=consortium.now + 60, gas=80_000)


def test_sending_the_same_bytes_again_records_nothing_twice(consortium: Consortium) -> None:
    """As after a crash between the sending and the answer, by a process that knows only the bytes."""
    ledger, maker = consortium.ledger, consortium.device(MAKER)
    signed = ledger.sign(maker, [consortium.minted(item(0)), consortium.minted(item(1))])
    assert [one.hash for one in signed] == [transaction_hash(one.raw) for one in signed]
    assert signed[1].nonce == signed[0].nonce + 1
    first = ledger.submit(signed)
    assert ledger.submit(signed) == first
    consortium.sync()
    assert consortium.world.size == 9


def test_a_nonce_that_another_transaction_used_is_said(consortium: Consortium) -> None:
    ledger, maker = consortium.ledger, consortium.device(MAKER)
    mine, other = ledger.sign(maker, [consortium.minted(item(0))]), ledger.sign(maker, [consortium.minted(item(1))])
    assert mine[0].nonce == other[0].nonce
    ledger.submit(other)
    with pytest.raises(LedgerError, match="Another transaction of this key was faster"):
        ledger.submit(mine)


def test_the_log_is_the_same_in_ranges_of_any_size(consortium: Consortium, connection: Connection) -> None:
    consortium.a_day()
    head = consortium.ledger.head().number
    for span in (1, 3, 1000):
        ledger = Ledger(connection, consortium.ledger.contract, span=span)
        chunks = list(ledger.logs(0, head, index=0, size=16))
        assert [chunk.first for chunk in chunks] == [0, *(chunk.last + 1 for chunk in chunks[:-1])]
        assert chunks[-1].last == head
        assert [entry for chunk in chunks for entry in chunk.entries] == consortium.entries
        world = World()
        for chunk in chunks:
            chunk.replay(world)
            assert all(ledger.header(number).hash == claimed for number, claimed in chunk.blocks.items())
        assert world == consortium.world
    assert list(consortium.ledger.logs(head + 1, head)) == []


def test_a_lot_is_made_as_a_root_and_its_units_are_drawn_before_their_first_event(consortium: Consortium) -> None:
    lot_tail = encoding.tail(Item(gtin="09506000134352", lot="L7"))
    units = [consortium.unit(item(number)) for number in range(5)]
    leaves = [merkle.leaf_hash(unit) for unit in units]
    minted = calls.Minted(Kind.LOT, PREFIX, lot_tail, root=merkle.root(leaves), size=5)
    consortium.send(consortium.device(MAKER), calls.commission([(consortium.act(Verb.COMMISSION_LOT), [minted])]))
    consortium.sync()
    _, issuer, leaf = consortium.world.lot_births[minted.birth.unit]
    path = merkle.inclusion_path(leaves, 3, 5)
    drawn = calls.draw(minted.birth, lot_tail, issuer, leaf, [calls.Drawn(encoding.tail(item(3)), 3, path)])
    consortium.send(key("anybody"), drawn)
    consortium.sync()
    consortium.send(consortium.device(MAKER), consortium.recorded(Verb.SHIP, item(3), counterparty=SHOP))
    consortium.sync()
    head, slots = consortium.ledger.head(), consortium.slots()
    _, values = consortium.ledger.proof(head, list(slots)).read(head.state_root, consortium.ledger.contract, list(slots))
    assert dict(zip(slots, values, strict=True)) == slots
    assert units[3] in consortium.world.units

    (chunk,) = consortium.ledger.logs(0, head.number)  # all at once: the lot, the drawing and the shipment
    world = World()
    chunk.replay(world)
    assert world == consortium.world


def test_many_slots_are_proven_in_several_requests(consortium: Consortium) -> None:
    head = consortium.ledger.head()
    slots = [*consortium.slots(), *(number.to_bytes(32, "big") for number in range(1000, 1600))]
    proof = consortium.ledger.proof(head, slots)
    _, values = proof.read(head.state_root, consortium.ledger.contract, slots)
    assert values == [*consortium.slots().values(), *[0] * 600]
    assert len(set(proof.storage_nodes)) == len(proof.storage_nodes)
    with pytest.raises((BadProof, MissingNode)):
        proof.read(consortium.ledger.header(1).state_root, consortium.ledger.contract, slots)


def test_a_call_reads_the_state_of_any_block(consortium: Consortium) -> None:
    size = calls.selector("log_size")
    head = consortium.ledger.head().number
    assert int.from_bytes(consortium.ledger.call(size), "big") == 7
    assert int.from_bytes(consortium.ledger.call(size, block=head - 1), "big") == 6


def test_every_header_hashes_and_leads_to_its_parent(consortium: Consortium) -> None:
    head = consortium.ledger.head()
    headers = [
        consortium.ledger.header(number) for number in range(1, head.number + 1)
    ]  # anvil's block 0 has the fields of no fork
    assert headers[-1] == head
    for before, after in pairwise(headers):
        assert after.parent_hash == before.hash
    with pytest.raises(LedgerError, match="does not have this block"):
        consortium.ledger.header(head.number + 1)


def test_a_contract_that_is_none_is_said(connection: Connection, consortium: Consortium) -> None:
    consortium.ledger.verify_code()
    elsewhere = Ledger(connection, key("nobody").address)
    with pytest.raises(LedgerError, match="no contract at this address"):
        elsewhere.verify_code()
    with pytest.raises(BadProof, match="no contract at this address"):
        elsewhere.proven(1)
    with pytest.raises(LedgerError, match="no contract on this network yet"):
        list(Ledger(connection).logs(0, 1))


def test_the_clock_runs_forward_from_the_first_block(consortium: Consortium) -> None:
    assert consortium.ledger.header(1).timestamp == MORNING
    assert consortium.ledger.chain_id() == 1337


@pytest.mark.anvil
def test_gas_storage_and_receipts_agree_between_the_two_engines() -> None:
    told = []
    for engine in ("embedded", "anvil"):
        with running(engine) as connection:
            one = Consortium(Ledger(connection))
            one.found()
            one.sync()
            one.a_day()
            ended = [one.recorded(Verb.DECOMMISSION, item(1)) for _ in range(2)]
            one.send(one.device(SHOP), *ended, raise_=False)
            head = one.ledger.head()
            slots = list(one.slots())
            account, _ = one.ledger.proof(head, slots).read(head.state_root, one.ledger.contract, slots)
            told.append((one.ledger.contract, one.sent, one.entries, account, head.gas_used, head.receipts_root))
    embedded, anvil = told
    assert embedded == anvil


@pytest.mark.anvil
def test_a_network_with_fees_is_paid_its_fees(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same calls where gas costs: EIP-1559 transactions, and words where the purse is empty."""
    monkeypatch.setitem(second_engine.RULES, "--block-base-fee-per-gas", 7 * 10**9)
    monkeypatch.delitem(second_engine.RULES, "--gas-price")
    admin = key("admin")
    with running("anvil") as http:
        with pytest.raises(LedgerError, match="not enough to pay"):
            Ledger(http).deploy(admin)
        http.request("anvil_setBalance", ["0x" + admin.address.hex(), hex(10**18)])
        ledger = Ledger(http)
        ledger.deploy(admin)
        (sent,) = ledger.send(admin, [calls.enrol_organisation(admin.address, 1, bytes(32))])
        transaction = http.request("eth_getTransactionByHash", ["0x" + sent.hash.hex()])
        assert transaction["type"] == "0x2"
        assert int(transaction["maxFeePerGas"], 16) > int(transaction["maxPriorityFeePerGas"], 16) > 0
        with pytest.raises(LedgerError, match="absurd fee"):
            Ledger(http, ledger.contract, fee_cap=10**9).send(admin, [calls.set_roles(1, 3)])
