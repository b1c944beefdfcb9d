"""Transactions through a node that loses, refuses, invents and delays: what is said, what is kept, what is sent again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from chain import calls, rlp
from chain.devnet.transactions import decode
from chain.errors import LedgerError, RuleBroken
from chain.rpc import broken_rule
from tests.chain.consortium import MAKER, Consortium, item, key
from tests.chain.lying import Lie, LyingNode, consortium, node, refusal

__all__ = ["consortium", "node"]  # fixtures


# ---- transactions


def sending(consortium: Consortium, number: int = 7) -> Callable[[], Any]:
    return lambda: consortium.ledger.send(consortium.device(MAKER), [consortium.minted(item(number))])


def test_the_hash_of_another_transaction_is_refused(consortium: Consortium, node: LyingNode) -> None:
    node.lies["eth_sendRawTransaction"] = lambda *_: "0x" + "55" * 32
    with pytest.raises(LedgerError, match="another transaction than it was sent"):
        sending(consortium)()


@pytest.mark.parametrize("words", ["already known", "known transaction: 55", "AlreadyKnown", "Transaction already imported"])
def test_what_the_network_knows_already_is_followed(consortium: Consortium, node: LyingNode, words: str) -> None:
    node.lies["eth_sendRawTransaction"] = lambda *_: refusal(words)
    (sent,) = sending(consortium)()
    assert sent.ok


@pytest.mark.parametrize("words", ["nonce too low", "nonce too low: next nonce 9, tx nonce 8", "Nonce too low", "old nonce"])
def test_a_used_nonce_can_be_ones_own(consortium: Consortium, node: LyingNode, words: str) -> None:
    node.lies["eth_sendRawTransaction"] = lambda *_: refusal(words)
    (sent,) = sending(consortium)()
    assert sent.ok
    node.lies["eth_sendRawTransaction"] = lambda *_: refusal(words)
    node.lies["eth_getTransactionReceipt"] = lambda *_: None
    with pytest.raises(LedgerError, match="Another transaction of this key was faster"):
        sending(consortium, 8)()


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("insufficient funds for gas * price + value", "not enough to pay"),
        ("transaction underpriced", "wants a higher fee"),
        ("replacement transaction underpriced", "wants a higher fee"),
        ("max fee per gas less than block base fee", "wants a higher fee"),
        ("<a href='https://evil.example'>click</a>", "did not take the transaction"),
        ("", "did not take the transaction"),
    ],
)
def test_a_refused_transaction_is_said_in_our_words(consortium: Consortium, node: LyingNode, message: str, words: str) -> None:
    node.lies["eth_sendRawTransaction"] = lambda *_: refusal(message)
    with pytest.raises(LedgerError, match=words) as raised:
        sending(consortium)()
    assert "evil" not in str(raised.value)
    assert raised.value.details["sent"] == []


def test_what_was_taken_beside_a_refused_one_is_named(consortium: Consortium, node: LyingNode) -> None:
    signed = consortium.ledger.sign(consortium.device(MAKER), [consortium.minted(item(7)), consortium.minted(item(8))])
    second = "0x" + signed[1].raw.hex()
    node.lies["eth_sendRawTransaction"] = lambda params, answer: refusal("txpool is full") if params[0] == second else answer
    with pytest.raises(LedgerError, match="did not take") as raised:
        consortium.ledger.submit(signed)
    assert raised.value.details["sent"] == [signed[0].hash.hex()]
    del node.lies["eth_sendRawTransaction"]
    assert [one.ok for one in consortium.ledger.submit(signed)] == [True, True]


def test_a_receipt_that_comes_late_is_waited_for(consortium: Consortium, node: LyingNode) -> None:
    turns = iter(range(5))
    node.lies["eth_getTransactionReceipt"] = lambda _, receipt: None if next(turns, None) is not None else receipt
    (sent,) = sending(consortium)()
    assert sent.ok
    assert node.count("eth_getTransactionReceipt") == 6


def test_a_transaction_that_is_taken_and_dropped_ends_in_words_and_its_nonce_is_used_again(
    consortium: Consortium, node: LyingNode
) -> None:
    node.lies["eth_getTransactionReceipt"] = lambda *_: None
    node.lies["eth_getTransactionByHash"] = lambda *_: None
    node.devnet.request("evm_setAutomine", [False])
    with pytest.raises(LedgerError, match="no block holds them yet") as raised:
        sending(consortium)()
    (raw,) = (params[0] for method, params in node.asked if method == "eth_sendRawTransaction")
    lost = decode(bytes.fromhex(raw[2:]), 1337)
    assert raised.value.details["waiting"] == [lost.hash.hex()]
    (again,) = consortium.ledger.sign(consortium.device(MAKER), [consortium.minted(item(8))], gas=500_000)
    assert (again.nonce, again.hash != lost.hash) == (lost.nonce, True)


def test_a_transaction_that_still_waits_keeps_its_nonce(consortium: Consortium, node: LyingNode) -> None:
    node.devnet.request("evm_setAutomine", [False])
    with pytest.raises(LedgerError, match="no block holds them yet"):
        sending(consortium)()
    (after,) = consortium.ledger.sign(consortium.device(MAKER), [consortium.minted(item(8))], gas=500_000)
    assert hex(after.nonce) == node.devnet.request("eth_getTransactionCount", ["0x" + after.sender.hex(), "pending"])
    node.devnet.request("evm_setAutomine", [True])
    (sent,) = consortium.ledger.submit([after])
    assert sent.ok
    consortium.sync()
    assert {consortium.unit(item(7)), consortium.unit(item(8))} <= consortium.world.units.keys()


@pytest.mark.parametrize(
    "change",
    [
        lambda receipt: receipt | {"transactionHash": "0x" + "66" * 32},
        lambda receipt: receipt | {"from": "0x" + "66" * 20},
        lambda receipt: receipt | {"status": "0x2"},
        lambda receipt: receipt | {"status": None},
        lambda receipt: receipt | {"gasUsed": "0xffffffff"},
        lambda receipt: receipt | {"blockNumber": None},
        lambda receipt: [receipt],
        lambda receipt: "0x1",
    ],
)
def test_a_receipt_that_is_not_of_this_transaction_is_refused(
    consortium: Consortium, node: LyingNode, change: Callable[[Any], Any]
) -> None:
    node.lies["eth_getTransactionReceipt"] = lambda _, receipt: change(receipt)
    with pytest.raises(LedgerError, match=r"another transaction|not a number|another shape"):
        sending(consortium)()


def test_a_receipt_of_a_block_that_is_not_in_the_chain_is_not_believed(consortium: Consortium, node: LyingNode) -> None:
    node.lies["eth_getTransactionReceipt"] = lambda _, receipt: receipt | {"blockHash": "0x" + "77" * 32}
    with pytest.raises(LedgerError, match="no block holds them yet"):
        sending(consortium)()
    node.lies["eth_getTransactionReceipt"] = lambda _, receipt: receipt | {"blockNumber": "0xffff"}
    with pytest.raises(LedgerError, match="no block holds them yet"):
        sending(consortium, 8)()


def test_an_absurd_estimate_is_not_paid(consortium: Consortium, node: LyingNode) -> None:
    node.lies["eth_estimateGas"] = lambda *_: hex(10**9)
    with pytest.raises(LedgerError, match="more gas than one transaction"):
        sending(consortium)()


def test_an_absurd_fee_is_not_paid(consortium: Consortium, node: LyingNode) -> None:
    node.lies["eth_feeHistory"] = lambda *_: {"baseFeePerGas": ["0x1", hex(10**13)]}
    with pytest.raises(LedgerError, match="absurd fee"):
        sending(consortium)()
    node.lies["eth_feeHistory"] = lambda *_: refusal("no such method", -32601)
    node.lies["eth_gasPrice"] = lambda *_: hex(10**13)
    with pytest.raises(LedgerError, match="absurd fee"):
        sending(consortium)()


def test_networks_of_every_age_are_paid_in_their_way(consortium: Consortium, node: LyingNode) -> None:
    def kind(**lies: Lie) -> tuple[str, int, int]:
        node.lies = dict(lies)
        (signed,) = consortium.ledger.sign(consortium.device(MAKER), [b""], gas=100_000)
        legacy = signed.raw[0] >= 0xC0
        sent = decode_fees(signed.raw, legacy)
        return ("legacy" if legacy else "dynamic", *sent)

    history = {"baseFeePerGas": ["0x64", "0xc8"]}
    assert kind() == ("legacy", 0, 0)
    assert kind(eth_feeHistory=lambda *_: history, eth_maxPriorityFeePerGas=lambda *_: "0x7") == ("dynamic", 7, 407)
    unknown = refusal("no such method", -32601)
    assert kind(eth_feeHistory=lambda *_: history, eth_maxPriorityFeePerGas=lambda *_: unknown) == ("dynamic", 10**9, 10**9 + 400)
    assert kind(eth_feeHistory=lambda *_: unknown, eth_gasPrice=lambda *_: "0x9") == ("legacy", 9, 9)
    assert kind(eth_feeHistory=lambda *_: {"oldestBlock": "0x1"}) == ("legacy", 0, 0)
    with pytest.raises(LedgerError, match="refused the request"):
        kind(eth_feeHistory=lambda *_: refusal("busy"))
    with pytest.raises(LedgerError, match="another shape"):
        kind(eth_feeHistory=lambda *_: "0x1")


def test_a_clock_that_cannot_be_set_is_said(consortium: Consortium, node: LyingNode) -> None:
    node.lies["evm_setNextBlockTimestamp"] = lambda *_: refusal("no such method", -32601)
    with pytest.raises(LedgerError, match="clock of this network cannot be set"):
        consortium.send(consortium.device(MAKER), consortium.minted(item(7)))
    assert node.count("eth_sendRawTransaction") == 0


@pytest.mark.parametrize("keep_reason", [True, False])
def test_a_reason_is_found_by_replaying_where_the_receipt_has_none(
    consortium: Consortium, node: LyingNode, keep_reason: bool
) -> None:
    def stripped(_: Sequence[Any], receipt: Any) -> Any:
        return {name: value for name, value in receipt.items() if name != "revertReason"}

    if not keep_reason:
        node.lies["eth_getTransactionReceipt"] = stripped
    with pytest.raises(RuleBroken, match="unit: issued already"):
        consortium.send(consortium.device(MAKER), consortium.minted(item(1)))
    assert node.count("eth_call") == (0 if keep_reason else 1)
    node.lies["eth_getTransactionReceipt"] = stripped
    node.lies["eth_call"] = lambda *_: "0x"
    with pytest.raises(RuleBroken, match="refused without a reason"):
        consortium.send(consortium.device(MAKER), consortium.minted(item(1)))
    node.lies["eth_call"] = lambda *_: refusal("header not found")
    with pytest.raises(RuleBroken, match="refused without a reason"):
        consortium.send(consortium.device(MAKER), consortium.minted(item(1)))


OFFCHAIN_LOOKUP = "0x556f1830" + "00" * 200
STALE = "0x08c379a0" + f"{32:064x}{11:064x}" + b"unit: stale".hex()


@pytest.mark.parametrize(
    ("details", "reason"),
    [
        ({"code": 3, "message": "execution reverted", "data": STALE + "00" * 21}, "unit: stale"),
        ({"code": -32015, "message": "VM execution error.", "data": "Reverted " + STALE}, "unit: stale"),
        ({"code": -32000, "message": "execution reverted: unit: stale"}, "unit: stale"),
        ({"code": 3, "message": "execution reverted: <b>pay at https://evil.example</b>"}, "refused without a reason"),
        ({"code": 3, "message": "execution reverted", "data": OFFCHAIN_LOOKUP}, "refused without a reason"),
        ({"code": 3, "message": "execution reverted", "data": "0x08c379a0" + "ff" * 64}, "refused without a reason"),
        ({"code": 3, "message": "execution reverted", "data": "0x08c379a"}, "refused without a reason"),
        ({"code": 3, "message": "", "data": {"a": 1}}, "refused without a reason"),
        ({"code": -32000, "message": "header not found"}, None),
        ({}, None),
    ],
)
def test_a_reason_is_one_that_the_contract_can_give(
    node: LyingNode, consortium: Consortium, details: dict[str, Any], reason: str | None
) -> None:
    error = LedgerError("The network refused the request.", **details)
    found = broken_rule(error)
    assert (found and found.reason) == reason
    node.lies["eth_call"] = node.lies["eth_estimateGas"] = lambda *_: error
    for ask in (sending(consortium), lambda: consortium.ledger.call(b"")):
        with pytest.raises(RuleBroken if reason else LedgerError, match=reason or "refused the request"):
            ask()
    assert node.count("eth_sendRawTransaction") == 0


def test_an_offchain_lookup_is_not_followed(consortium: Consortium, node: LyingNode) -> None:
    node.lies["eth_call"] = lambda *_: LedgerError("no", code=3, message="execution reverted", data=OFFCHAIN_LOOKUP)
    with pytest.raises(RuleBroken, match="without a reason"):
        consortium.ledger.call(calls.selector("log_size"))
    assert [method for method, _ in node.asked] == ["eth_call"]


def test_gas_limits_must_be_as_many_as_calls(consortium: Consortium) -> None:
    with pytest.raises(ValueError, match="as many gas limits"):
        consortium.ledger.sign(key("admin"), [b"", b""], gas=[1])
    assert consortium.ledger.send(key("admin"), []) == []
    assert consortium.ledger.submit([]) == []
    assert [one.gas for one in consortium.ledger.sign(key("admin"), [b"", b""], gas=[50_000, 60_000])] == [50_000, 60_000]


def test_a_very_large_batch_goes_in_several_requests(consortium: Consortium, node: LyingNode) -> None:
    calldata = consortium.minted(item(50)) + bytes(60_000)
    sent = consortium.ledger.send(key("stranger"), [calldata] * 20, raise_=False, gas=400_000)
    assert {one.reason for one in sent} == {"device: unknown"}
    assert len(sent) == 20


def decode_fees(raw: bytes, legacy: bool) -> tuple[int, int]:
    fields = rlp.decode(raw if legacy else raw[1:])
    assert isinstance(fields, list)
    return (rlp.number(fields[1]),) * 2 if legacy else (rlp.number(fields[2]), rlp.number(fields[3]))


def test_a_network_that_does_not_count_is_said(consortium: Consortium, node: LyingNode) -> None:
    node.lies["eth_getTransactionCount"] = lambda *_: refusal("busy")
    with pytest.raises(LedgerError, match="refused the request"):
        sending(consortium)()
    node.lies["eth_getTransactionCount"] = lambda _, count: hex(int(count, 16) + 5)  # a nonce that leaves a hole
    with pytest.raises(LedgerError, match="did not take"):
        sending(consortium)()
